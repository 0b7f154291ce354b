//! Refusals that are too many to be about the recipients.

use std::sync::{Mutex, PoisonError};

use super::{Reply, Stop};
use crate::ledger::ClaimId;

/// How many recipients' servers may refuse the content, with nobody accepted between them, before it is clear that it is the content.
const CONTENT_MAX: usize = 3;
/// How many refusals there must be before their share counts: in a short list three dead addresses are no sign.
const REFUSED_LEAST: u64 = 10;

/// Counts what comes of a run, and says when to stop it.
#[derive(Debug)]
pub(super) struct Breaker {
    /// The most of a hundred decided recipients that may be refused.
    percent: Option<u64>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    refused: u64,
    deferred: u64,
    /// Whose content was refused since the last one was accepted.
    content: Vec<ClaimId>,
}

impl Breaker {
    pub(super) fn new(percent: Option<u64>) -> Self {
        Self { percent, counts: Mutex::default() }
    }

    /// Notes that the server refused the content of a message to somebody. Whether that is enough.
    pub(super) fn note_content(&self, id: ClaimId) -> bool {
        let mut counts = self.counts();
        counts.content.push(id);
        counts.content.len() >= CONTENT_MAX
    }

    pub(super) fn note_accepted(&self) {
        let mut counts = self.counts();
        counts.accepted += 1;
        counts.content.clear();
    }

    pub(super) fn note_deferred(&self) {
        self.counts().deferred += 1;
    }

    /// Notes that somebody was refused. Gives the reason to stop where they are too many.
    pub(super) fn note_refused(&self) -> Option<Stop> {
        let mut counts = self.counts();
        counts.refused += 1;
        let (refused, of) = (counts.refused, counts.refused + counts.accepted);
        let is_enough = self.percent.is_some_and(|percent| refused >= REFUSED_LEAST && refused * 100 > percent * of);
        is_enough.then_some(Stop::Refusals { refused, of })
    }

    /// How many recipients a definite reply was had about.
    pub(super) fn decided(&self) -> u64 {
        let counts = self.counts();
        counts.accepted + counts.refused + counts.deferred
    }

    /// Those whose refusals are taken back where the run stopped over the content.
    pub(super) fn pardoned(&self, stop: Option<&Stop>) -> Vec<ClaimId> {
        if matches!(stop, Some(Stop::Content { .. })) { std::mem::take(&mut self.counts().content) } else { Vec::new() }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reply {
    /// Whether a refusal of a message that was sent is about its content, rather than its recipient: `5.1.z` and `5.2.z` are about
    /// the address and the mailbox (RFC 3463 §3.2, §3.3).
    pub(super) fn is_about_content(&self) -> bool {
        self.is_permanent() && !matches!(self.enhanced(), Some((5, 1 | 2, _)))
    }
}
