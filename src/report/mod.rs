//! Floor 4: what came of a send, for people: the answer in one line, what to do next, and a page to keep.
//!
//! - [`Report`]: an account of the ledger with its answer; what `status` prints and what the files hold are the same values
//! - `answer`: "did everyone get it?", and what to do next
//! - `page`: the report as one HTML file; `page.css` beside it
//! - `file`: both files, for their owner's eyes only

mod answer;
mod file;
mod page;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub use file::write;

use crate::ledger::{Account, State};

/// Whom a report lists: those who do not have it, or may not. Everyone else is counted, so that a report of a million stays small.
pub const LISTED: [State; 4] = [State::Refused, State::Deferred, State::Ambiguous, State::InData];

/// What came of a send. As JSON one object: `answer`, `next`, `stopped`, `written`, and everything of the [`Account`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// "Did everyone get it?", answered in one line.
    pub answer: String,
    /// What to do next, one step each; empty where nothing is left to do.
    pub next: Vec<String>,
    /// Why the last session ended before its end, where that is known.
    pub stopped: Option<String>,
    /// When this was read.
    pub written: Timestamp,
    /// What the ledger knows.
    #[serde(flatten)]
    pub account: Account,
}

impl Report {
    /// Answers for an account as it was at `now`; times in sentences are told in `zone`.
    #[must_use]
    pub fn new(account: Account, stopped: Option<String>, now: Timestamp, zone: &TimeZone) -> Self {
        let (answer, next) = (answer::answer(&account), answer::next(&account, now, zone));
        Self { answer, next, stopped, written: now, account }
    }

    /// The report as one HTML document, times in `zone`. Refused, deferred and doubtful recipients are listed if the account has them.
    #[must_use]
    pub fn page(&self, zone: &TimeZone) -> String {
        page::document(self, zone)
    }

    /// Whether nobody is open any more: the one case in which nothing is left to do or to wait for.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let balance = &self.account.balance;
        self.account.sending.is_none() && balance.is_balanced() && balance.open() == 0 && balance.ambiguous == 0
    }
}

/// The word for a state in sentences and tables.
#[must_use]
pub fn word(state: State) -> &'static str {
    match state {
        State::Pending | State::Claimed => "not yet sent",
        State::InData | State::Ambiguous => "in doubt",
        State::Accepted => "accepted",
        State::Deferred => "deferred",
        State::Refused => "refused",
        State::Skipped => "left out",
    }
}

/// A time as people read it: `2026-12-01 09:00:05 Asia/Dhaka`.
#[must_use]
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Q").to_string().replace("Etc/UTC", "UTC")
}

/// `1 person`, `2 people`.
#[must_use]
pub fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}
