//! The counts that must always add up.

use std::fmt;

use serde::Serialize;

/// How many recipients of a run are in which state.
///
/// `planned` comes from the record made when the run began; the others are counted row by row. So [`is_balanced`](Self::is_balanced)
/// says whether anyone was lost or counted twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// All recipients of the run.
    pub planned: u64,
    /// The server took the message.
    pub accepted: u64,
    /// The server, or a check of ours before it, refused for good.
    pub refused: u64,
    /// The server asked to come again later.
    pub deferred: u64,
    /// Left out on purpose.
    pub skipped: u64,
    /// Nothing was sent yet; those in a worker's hands are among them.
    pub pending: u64,
    /// Nobody knows: the body was sent and no answer came. While a run goes on, messages on their way at this moment count here.
    pub ambiguous: u64,
}

impl Balance {
    /// Whether every planned recipient is in exactly one state.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.planned == self.accepted + self.refused + self.deferred + self.skipped + self.pending + self.ambiguous
    }

    /// Whether everyone who should have the mail has it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.planned == self.accepted + self.skipped
    }

    /// How many may still be sent to without a person's decision.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.pending + self.deferred
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { planned, accepted, refused, deferred, skipped, pending, ambiguous } = self;
        write!(
            f,
            "{planned} planned: {accepted} accepted, {refused} refused, {deferred} deferred, {skipped} skipped, {pending} pending, \
             {ambiguous} ambiguous"
        )
    }
}
