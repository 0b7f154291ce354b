//! What a run sends, reduced to digests: so that a change can be noticed, and named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The digests of one edition: of the whole, and of each part that can be named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The digest of all that a recipient would notice.
    pub whole: String,
    /// The digests of its parts, by what each is called in words for people: `the HTML`, `the picture river.jpg`. Empty where they are
    /// not known.
    pub parts: BTreeMap<String, String>,
}

impl From<&str> for Fingerprint {
    /// A digest of the whole alone.
    fn from(whole: &str) -> Self {
        Self { whole: whole.to_owned(), parts: BTreeMap::new() }
    }
}

impl Fingerprint {
    /// Names what is not as it was in `earlier`, in words; `None` where nothing changed.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self, edition: &str) -> Option<String> {
        if self.whole == earlier.whole {
            return None;
        }
        let of_edition = format!("the edition \"{edition}\"");
        if self.parts.is_empty() || earlier.parts.is_empty() {
            return Some(of_edition);
        }
        let names: BTreeSet<&String> = self.parts.keys().chain(earlier.parts.keys()).collect();
        let changed: Vec<_> =
            names.into_iter().filter(|name| self.parts.get(*name) != earlier.parts.get(*name)).cloned().collect();
        Some(if changed.is_empty() { of_edition } else { format!("{} of {of_edition}", listed(&changed)) })
    }
}

/// What a run sends: the sender, the relay and every edition. To whom is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The issue's slug.
    pub issue: String,
    /// The sender.
    pub sender: String,
    /// The relay's host.
    pub relay: String,
    /// The editions, by language tag.
    pub editions: BTreeMap<String, Fingerprint>,
}

impl Content {
    /// One digest of everything: a SHA-256, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut context = Context::new(&SHA256);
        let mut enter = |text: &str| {
            // The length before each text, so that no two contents read alike.
            context.update(&text.len().to_be_bytes());
            context.update(text.as_bytes());
        };
        for text in [&self.issue, &self.sender, &self.relay] {
            enter(text);
        }
        for (edition, fingerprint) in &self.editions {
            enter(edition);
            enter(&fingerprint.whole);
        }
        context.finish().as_ref().iter().fold(String::with_capacity(64), |mut digits, octet| {
            write!(digits, "{octet:02x}").expect("writing to a string does not fail");
            digits
        })
    }

    /// Names what is not as it was in `earlier`, in words; empty where all is.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        changes.extend(changed_sender(&earlier.sender, &self.sender));
        changes.extend(changed_relay(&earlier.relay, &self.relay));
        let editions: BTreeSet<&String> = self.editions.keys().chain(earlier.editions.keys()).collect();
        for edition in editions {
            match (earlier.editions.get(edition), self.editions.get(edition)) {
                (Some(was), Some(is)) => changes.extend(is.changes_since(was, edition)),
                (None, _) => changes.push(format!("the edition \"{edition}\", which is new,")),
                (_, None) => changes.push(format!("the edition \"{edition}\", which is gone,")),
            }
        }
        changes
    }
}

pub(super) fn changed_sender(was: &str, is: &str) -> Option<String> {
    (was != is).then(|| format!("the sender (it was {was}, now it is {is})"))
}

pub(super) fn changed_relay(was: &str, is: &str) -> Option<String> {
    (was != is).then(|| format!("the relay (it was {was}, now it is {is})"))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
