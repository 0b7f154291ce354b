//! What happens during a run, and what came of it.

use serde::Serialize;

use super::Stop;
use crate::ledger::Balance;

/// Something that happened during a run, in the order in which it became durable. Each worker is named by a number from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// The run begins; everyone pending is about to be tried.
    Begun {
        /// Where everyone stands.
        balance: Balance,
    },
    /// A connection is ready: secured, logged in.
    Connected {
        /// Whose.
        worker: usize,
    },
    /// A connection could not be made, or was lost.
    Lost {
        /// Whose.
        worker: usize,
        /// How.
        why: String,
    },
    /// Several connections ended after the same number of messages, and none carried more: from now on each is closed before.
    LimitLearnt {
        /// How many messages the relay takes over a connection.
        messages: u32,
    },
    /// The relay took a message.
    Accepted {
        /// Its recipient, as in the envelope.
        address: String,
    },
    /// The relay asked to come again for this recipient.
    Deferred {
        /// The recipient.
        address: String,
        /// The relay's code and words.
        reason: String,
    },
    /// A recipient was refused for good.
    Refused {
        /// The recipient.
        address: String,
        /// The relay's code and words, or ours.
        reason: String,
    },
    /// Nobody knows whether this recipient has the message.
    Ambiguous {
        /// The recipient.
        address: String,
        /// How the connection was lost.
        reason: String,
    },
    /// Nothing goes over this relay any more; what is left goes over the others.
    RelayLost {
        /// The relay.
        host: String,
        /// Why.
        reason: Stop,
    },
    /// Nobody is left to be sent to now; the run goes on at this time, with those who were deferred or whose turn comes then.
    Waiting {
        /// The time (RFC 3339).
        until: String,
    },
    /// The run stops; messages on their way are finished first.
    Stopping {
        /// Why.
        reason: Stop,
    },
    /// The run is over.
    Ended {
        /// Where everyone stands.
        balance: Balance,
    },
}

/// What came of a run. As JSON one flat object: the counts of [`Balance`], `seconds`, `stopped`, `next_at`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Where everyone stands.
    #[serde(flatten)]
    pub balance: Balance,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Why it ended before its end; `None` where everyone pending was tried.
    pub stopped: Option<Stop>,
    /// When the first deferred recipient is due (RFC 3339); `None` where nobody waits.
    pub next_at: Option<String>,
}

impl Summary {
    /// Whether everyone who should have the mail has it and nothing was lost count of: the one case for exit code 0.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.balance.is_balanced() && self.balance.is_complete()
    }
}
