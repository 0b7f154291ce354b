//! What a run is to do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::content::{Content, Fingerprint};
use crate::model::address::Address;
use crate::model::list::Unlisted;

/// What a run is to do, as worked out from the files at this moment.
///
/// The ledger compares it with what it knows of the same issue and kind: see [`Ledger::begin`](super::Ledger::begin).
#[derive(Debug, Clone)]
pub struct Plan {
    /// The issue's slug, for example `2023-q3`.
    pub issue: String,
    /// What the run is for.
    pub kind: Kind,
    /// The sender, as people are to know it: it is compared as text, and named in the error when it changed.
    pub sender: String,
    /// The relay's host.
    pub relay: String,
    /// What is sent, by edition: digests of all that a recipient would notice.
    pub digests: BTreeMap<String, Fingerprint>,
    /// Everyone whom it is for, those who are left out included.
    pub recipients: People,
    /// For whom of the list it is, in the words of a person; `None` for all.
    pub selection: Option<String>,
}

/// Everyone on a list, told one after the other, as often as asked: a long list need not stand in memory.
#[derive(Clone)]
pub struct People(Arc<Tell>);

/// Tells everyone.
type Tell = dyn Fn(&mut dyn FnMut(Planned)) -> Result<(), Unlisted> + Send + Sync;

impl People {
    /// Those whom `tell` tells, the same and in the same order each time.
    pub fn told_by(tell: impl Fn(&mut dyn FnMut(Planned)) -> Result<(), Unlisted> + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells everyone, in order.
    ///
    /// # Errors
    /// If the list cannot be read to its end.
    pub fn each(&self, see: &mut dyn FnMut(Planned)) -> Result<(), Unlisted> {
        (self.0)(see)
    }

    /// What identifies the list: a SHA-256 over everyone in it.
    pub(super) fn digest(&self) -> Result<Vec<u8>, Unlisted> {
        let mut context = Context::new(&SHA256);
        self.each(&mut |person| {
            for part in [&person.address.wire(), &person.edition, person.skip.as_deref().unwrap_or("\n")] {
                context.update(part.as_bytes());
                context.update(b"\0");
            }
        })?;
        Ok(context.finish().as_ref().to_vec())
    }
}

impl FromIterator<Planned> for People {
    fn from_iter<I: IntoIterator<Item = Planned>>(people: I) -> Self {
        let people: Arc<[Planned]> = people.into_iter().collect();
        Self::told_by(move |see| {
            people.iter().cloned().for_each(see);
            Ok(())
        })
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("People").finish_non_exhaustive()
    }
}

impl Plan {
    /// What would be sent, without to whom.
    #[must_use]
    pub fn content(&self) -> Content {
        Content {
            issue: self.issue.clone(),
            sender: self.sender.clone(),
            relay: self.relay.clone(),
            editions: self.digests.clone(),
        }
    }
}

/// One person of a [`Plan`].
#[derive(Debug, Clone)]
pub struct Planned {
    /// Where the mail goes.
    pub address: Address,
    /// The edition this person reads; a key of [`Plan::digests`] unless the person is skipped.
    pub edition: String,
    /// Why this person gets no mail, in words for a report; `None` for those who do.
    pub skip: Option<String>,
}

/// What a run is for. An issue has at most one run of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The issue to its list: each mailbox gets it once.
    Issue,
    /// A few named addresses. Beginning it again forgets the test before, so that a test can be repeated.
    Test,
    /// The whole list to the built-in receiver. Beginning it again forgets the rehearsal before.
    Rehearsal,
}

impl Kind {
    /// Whether the same people may get it again.
    #[must_use]
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Self::Issue)
    }

    /// The word for it in the database.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Test => "test",
            Self::Rehearsal => "rehearsal",
        }
    }
}
