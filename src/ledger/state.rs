//! The states of a recipient, what is learnt about one, and the claim a worker holds on one.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::model::address::Address;

/// Where a recipient of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing was sent.
    Pending,
    /// A worker has it; nothing was sent.
    Claimed,
    /// The body is about to leave, or on its way.
    InData,
    /// The server took the message.
    Accepted,
    /// The server asked to come again.
    Deferred,
    /// Refused for good.
    Refused,
    /// Left out on purpose.
    Skipped,
    /// The body was sent, or may have been, and no answer came.
    Ambiguous,
}

impl State {
    /// All states, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Claimed,
        Self::InData,
        Self::Accepted,
        Self::Deferred,
        Self::Refused,
        Self::Skipped,
        Self::Ambiguous,
    ];

    /// The number that stands for it in the database. These never change.
    pub(super) fn code(self) -> i64 {
        self as i64
    }

    /// The word for it in reports and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::InData => "in_data",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Ambiguous => "ambiguous",
        }
    }

    pub(super) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What is learnt about a recipient that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the message and with it the duty to deliver it (RFC 5321 §6.1).
    Accepted,
    /// The server asked to come again (a 4xx reply).
    Deferred {
        /// Not before this time.
        next_at: Timestamp,
        /// The server's reply code; `None` where the reason is our own.
        code: Option<u16>,
        /// The server's words, or ours.
        reason: String,
    },
    /// Refused for good.
    Refused {
        /// The server's reply code (5xx). `None` where we refused before asking the server: the cause lies in the files then, and
        /// the next beginning of the run tries again.
        code: Option<u16>,
        /// The server's words, or ours.
        reason: String,
    },
    /// The whole body went out, and no answer came.
    Ambiguous {
        /// How the connection was lost.
        reason: String,
    },
    /// Certainly not sent, and not this recipient's fault: it is pending again.
    Released {
        /// What went wrong while it was tried; it goes behind the others then. `None` where it was not even tried.
        reason: Option<String>,
    },
}

/// A recipient in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What the ledger knows it by.
    pub id: ClaimId,
    /// Where the mail goes.
    pub address: Address,
    /// The edition to send.
    pub edition: String,
    /// How often it was tried before without a final outcome.
    pub attempts: u32,
}

/// What the ledger knows a [`Claim`] by. Opaque, so that a store with leases can put its fence in it. It names a recipient in a
/// log without telling the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimId(pub(super) i64);

impl ClaimId {
    /// A number of its own in the run.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl std::fmt::Display for ClaimId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
