//! What a send would do, counted before anything is done.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::fingerprint;
use crate::compose::{Composer, Purpose, Reader};
use crate::ledger::{Balance, Kind, People, Plan, Planned, Standing, State};
use crate::model::address::Address;
use crate::model::filter::Selection;
use crate::model::list::{List, Unlisted};
use crate::model::publication::Publication;
use crate::model::subscriber::Subscriber;

/// Who would get what, and who would not. As JSON one flat object, with the counts of [`Balance`] among it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// The issue's slug.
    pub issue: String,
    /// The latest date among its editions, which the mail carries.
    pub date: Date,
    /// Where everyone on the list stands before the send; those pending would be sent to.
    #[serde(flatten)]
    pub balance: Balance,
    /// Those pending, by edition (language tag).
    pub editions: BTreeMap<String, usize>,
    /// Those pending, by group; a person of two groups counts in both.
    pub groups: BTreeMap<String, usize>,
    /// Those pending, by recipient domain (A-labels).
    pub domains: BTreeMap<String, usize>,
    /// Those pending who asked for a language that the issue has no edition in, by that language.
    pub other_languages: BTreeMap<String, usize>,
    /// The size of a message in octets, by edition, for a reader who sees every block.
    pub octets: BTreeMap<String, usize>,
}

/// Counts what a send of the issue to the list would do at `now`, given where people stand in the ledger already; `skip` says why somebody
/// would get nothing, and who is not [meant](Selection) is not counted at all.
///
/// # Errors
/// If the list cannot be read to its end.
pub fn outline(
    composer: &Composer,
    list: &List,
    selection: &Selection,
    standing: &Standing,
    now: Timestamp,
    skip: &dyn Fn(&Address) -> Option<String>,
) -> Result<Outline, Unlisted> {
    let date = composer.issue().editions.iter().map(|edition| edition.moment.date).max().unwrap_or_default();
    let mut outline = Outline { issue: composer.issue().slug.clone(), date, ..Outline::default() };
    list.each(|subscriber| {
        if !selection.admits(subscriber) {
            return;
        }
        outline.balance.planned += 1;
        let balance = &mut outline.balance;
        match standing.of(&subscriber.address) {
            Some((State::Accepted, _)) => balance.accepted += 1,
            Some((State::Refused, _)) => balance.refused += 1,
            Some((State::InData | State::Ambiguous, _)) => balance.ambiguous += 1,
            Some((State::Deferred, next_at)) if next_at > Some(now) => balance.deferred += 1,
            _ if skip(&subscriber.address).is_some() => balance.skipped += 1,
            _ => {
                balance.pending += 1;
                outline.count(composer, subscriber);
            }
        }
    })?;
    let octets = |language| composer.compose(&Reader::Anyone(language), Purpose::Issue).bytes.len();
    let editions = composer.issue().editions.iter().map(|edition| edition.language);
    outline.octets = editions.map(|language| (language.tag().to_owned(), octets(language))).collect();
    Ok(outline)
}

impl Outline {
    /// Counts somebody who would be sent to.
    fn count(&mut self, composer: &Composer, subscriber: &Subscriber) {
        let edition = composer.edition(&Reader::Subscriber(subscriber)).language;
        *self.editions.entry(edition.tag().to_owned()).or_default() += 1;
        if edition != subscriber.language {
            *self.other_languages.entry(subscriber.language.tag().to_owned()).or_default() += 1;
        }
        for group in &subscriber.groups {
            *self.groups.entry(group.clone()).or_default() += 1;
        }
        *self.domains.entry(subscriber.address.domain().to_owned()).or_default() += 1;
    }
}

/// The plan of a send of the issue, for the ledger.
#[must_use]
pub fn plan(
    composer: &Composer,
    publication: &Publication,
    relay: &str,
    kind: Kind,
    selection: &Selection,
    recipients: People,
) -> Plan {
    Plan {
        issue: composer.issue().slug.clone(),
        kind,
        sender: match publication.inbox.as_ref().and_then(|inbox| inbox.bounces.as_ref()) {
            Some(bounces) => format!("{}, with failures to {}", publication.sender.address.wire(), bounces.wire()),
            None => publication.sender.address.wire(),
        },
        relay: relay.to_owned(),
        digests: fingerprint::of_issue(composer),
        recipients,
        selection: selection.text().map(str::to_owned),
    }
}

/// A reader's place in a plan; one without an address of their own has none. `skip` says why somebody gets nothing.
#[must_use]
pub fn planned(composer: &Composer, reader: &Reader<'_>, skip: &dyn Fn(&Address) -> Option<String>) -> Option<Planned> {
    let address = reader.address()?;
    let edition = composer.edition(reader).language.tag().to_owned();
    Some(Planned { address: address.clone(), edition, skip: skip(address) })
}
