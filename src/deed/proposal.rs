//! What a send would do.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::absence::Absence;
use super::{Consent, Ready, Refusal, dispatch, plan};
use crate::compose::Reader;
use crate::deliver::{self, Outline};
use crate::ledger::{Kind, Ledger, People, Plan, Standing};
use crate::model::address::Address;

/// What a send would do, and what is known about consent to it, read at one moment.
#[derive(Debug)]
pub struct Proposal {
    /// Who would get what, and who would not.
    pub outline: Outline,
    /// The same for the ledger.
    pub plan: Plan,
    /// Drafts, approvals, changes, last time's count.
    pub consent: Consent,
}

impl Proposal {
    /// What a send of the issue to everyone on the list would do at `now`. `ledger` is the project's, if it has one: where nothing was ever
    /// sent none is made for a look. Without a relay it can be looked at, and not sent.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn new(ready: &Ready, ledger: Option<&Ledger>, now: Timestamp) -> Result<Self, Refusal> {
        let standing = match ledger {
            Some(ledger) => ledger.standing(ready.slug(), Kind::Issue).await?,
            None => Standing::default(),
        };
        let absence = Arc::new(Absence::read(ledger, ready).await?);
        let skip = |address: &Address| absence.of(address);
        let outline = deliver::outline(&ready.composer, &ready.subscribers, &ready.selection, &standing, now, &skip)?;
        let relays = dispatch::names(&ready.publication.relays);
        let people = people(ready, &absence);
        let plan = deliver::plan(&ready.composer, &ready.publication, &relays, Kind::Issue, &ready.selection, people);
        let consent = Consent::new(ledger, &plan, ready, &outline).await?;
        Ok(Self { outline, plan, consent })
    }

    /// It in rows for a person to read, each with its label; some rows go on without one.
    #[must_use]
    pub fn rows(&self, ready: &Ready, today: Date) -> Vec<(&'static str, String)> {
        plan::rows(&self.outline, &ready.publication, &ready.selection, today, &self.consent)
    }

    /// Whether nobody is left to be sent to now.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outline.balance.pending == 0
    }
}

/// Those who are meant, told from the list whenever they are asked for.
fn people(ready: &Ready, absence: &Arc<Absence>) -> People {
    let (list, selection) = (ready.subscribers.clone(), ready.selection.clone());
    let (composer, absence) = (Arc::clone(&ready.composer), Arc::clone(absence));
    People::told_by(move |see| {
        list.each(|subscriber| {
            if selection.admits(subscriber) {
                let skip = |address: &Address| absence.of(address);
                deliver::planned(&composer, &Reader::Subscriber(subscriber), &skip).into_iter().for_each(&mut *see);
            }
        })
    })
}
