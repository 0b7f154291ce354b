//! What a person decides about recipients in doubt.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::lock::Lock;
use super::report::{self, Delivery, find};
use super::{Kind, Ledger, LedgerError, State, begin};
use crate::model::address::Address;

/// What is to become of a recipient who may have the message already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Send it again, at the risk of a second copy. Message-ID and Date are those of the first, by which many servers know a copy.
    Resend,
    /// Take it as sent, at the risk that it never came.
    AssumeSent,
}

impl Decision {
    fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::AssumeSent => "assume-sent",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Resend, Self::AssumeSent].into_iter().find(|decision| decision.as_str() == word)
    }
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decision that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// What was decided.
    pub choice: Decision,
    /// When.
    pub at: Timestamp,
}

impl Ledger {
    /// Records a person's decision about recipients in doubt: those named, or all. Whoever is to get the message again is pending, the
    /// tries made so far still counted. Gives those decided about, as they stood before. Either all of it is done, or nothing.
    ///
    /// # Errors
    /// [`LedgerError::NotInDoubt`] where somebody named is in another state or not in the run at all, [`LedgerError::Busy`] while a
    /// process sends, for it may still learn what became of them; [`LedgerError::Storage`] as ever.
    pub async fn resolve(
        &self,
        issue: &str,
        decision: Decision,
        named: Option<Vec<Address>>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, LedgerError> {
        let _lock = Lock::take(&self.lock_path(), now)?;
        let issue = issue.to_owned();
        let work = move |connection: &Connection| {
            let Some(run) = find(connection, &issue, Kind::Issue)? else { return Ok(Vec::new()) };
            let everyone = report::deliveries(connection, run, &[State::Ambiguous, State::InData])?;
            let meant = match &named {
                None => everyone,
                Some(named) => pick(connection, run, everyone, named)?,
            };
            decide(connection, run, decision, &meant, now).map_err(|e| LedgerError::storage("record the decision", e))?;
            Ok(meant)
        };
        self.writer.write("record the decision", work).await
    }
}

/// Those named, among `everyone` who is in doubt; each once.
fn pick(connection: &Connection, run: i64, everyone: Vec<Delivery>, named: &[Address]) -> Result<Vec<Delivery>, LedgerError> {
    let is_meant = |delivery: &Delivery| named.iter().any(|address| address.is_same_mailbox(&delivery.address));
    for address in named {
        if everyone.iter().any(|delivery| delivery.address.is_same_mailbox(address)) {
            continue;
        }
        let state = connection
            .query_row(
                "SELECT state FROM recipient WHERE run = ?1 AND coalesce(key, address) = ?2",
                params![run, address.key()],
                |row| row.get(0),
            )
            .optional()
            .map_err(|e| LedgerError::storage("look for a recipient", e))?;
        return Err(LedgerError::NotInDoubt { address: address.wire(), state: state.and_then(State::from_code) });
    }
    Ok(everyone.into_iter().filter(is_meant).collect())
}

fn decide(connection: &Connection, run: i64, decision: Decision, meant: &[Delivery], now: Timestamp) -> rusqlite::Result<()> {
    begin::recover_in_data(connection, run)?;
    let state = match decision {
        Decision::Resend => State::Pending,
        Decision::AssumeSent => State::Accepted,
    };
    let mut note = connection.prepare(
        "INSERT INTO decision (run, recipient, choice, decided)
         SELECT run, id, ?3, ?4 FROM recipient WHERE run = ?1 AND coalesce(key, address) = ?2",
    )?;
    let mut change =
        connection.prepare("UPDATE recipient SET state = ?3, reason = NULL WHERE run = ?1 AND coalesce(key, address) = ?2")?;
    for delivery in meant {
        let key = delivery.address.key();
        note.execute(params![run, key, decision.as_str(), now.as_second()])?;
        change.execute(params![run, key, state.code()])?;
    }
    // Whoever is open again makes the run so; one that nobody is open in any more is finished by this.
    connection.execute(
        "UPDATE run SET finished = iif(
             EXISTS (SELECT 1 FROM recipient WHERE run = ?1 AND state NOT IN (?2, ?3, ?4)), NULL, coalesce(finished, ?5))
         WHERE id = ?1",
        params![run, State::Accepted.code(), State::Refused.code(), State::Skipped.code(), now.as_second()],
    )?;
    Ok(())
}
