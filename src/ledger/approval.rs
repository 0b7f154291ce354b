//! A second person's yes to what is to be sent.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::report::time;
use super::{Content, Kind, Ledger, LedgerError};

/// A person's yes to an issue as it was at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who approved it.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// For how many recipients at most.
    pub recipients: u64,
    /// What was approved.
    pub content: Content,
}

impl Ledger {
    /// Records that somebody approves what is to be sent.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn approve(&self, approval: Approval) -> Result<(), LedgerError> {
        let content = serde_json::to_string(&approval.content).map_err(|e| LedgerError::storage("record the approval", e))?;
        let work = move |connection: &Connection| {
            let Approval { name, at, recipients, content: Content { issue, .. } } = approval;
            let recipients = i64::try_from(recipients).unwrap_or(i64::MAX);
            connection
                .execute(
                    "INSERT INTO approval (issue, name, approved, recipients, content) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![issue, name, at.as_second(), recipients, content],
                )
                .map(drop)
                .map_err(|e| LedgerError::storage("record the approval", e))
        };
        self.writer.write("record the approval", work).await
    }

    /// The approvals of an issue, the newest first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn approvals(&self, issue: &str) -> Result<Vec<Approval>, LedgerError> {
        let issue = issue.to_owned();
        let work = move |connection: &Connection| {
            let read = || -> rusqlite::Result<Vec<(String, i64, i64, String)>> {
                let mut rows = connection
                    .prepare("SELECT name, approved, recipients, content FROM approval WHERE issue = ?1 ORDER BY id DESC")?;
                let rows = rows.query_map([&issue], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
                rows.collect()
            };
            let rows = read().map_err(|e| LedgerError::storage("read the approvals", e))?;
            let approval = |(name, at, recipients, content): (String, i64, i64, String)| {
                let content = serde_json::from_str(&content).map_err(|e| LedgerError::storage("read the approvals", e))?;
                Ok(Approval { name, at: time(at), recipients: recipients.unsigned_abs(), content })
            };
            rows.into_iter().map(approval).collect()
        };
        self.writer.read("read the approvals", work).await
    }

    /// For whom an issue's run was begun, where it was: `Some(None)` is everyone on the list.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn selection(&self, issue: &str) -> Result<Option<Option<String>>, LedgerError> {
        let issue = issue.to_owned();
        let work = move |connection: &Connection| {
            connection
                .query_row("SELECT selection FROM run WHERE issue = ?1 AND kind = ?2", [&issue, Kind::Issue.as_str()], |row| {
                    row.get(0)
                })
                .optional()
                .map_err(|e| LedgerError::storage("read for whom it is", e))
        };
        self.writer.read("read for whom it is", work).await
    }

    /// Lets an issue's run go on for other people of the list than it was begun for; `None` is everyone.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn widen(&self, issue: &str, selection: Option<String>) -> Result<(), LedgerError> {
        let issue = issue.to_owned();
        let work = move |connection: &Connection| {
            connection
                .execute(
                    "UPDATE run SET selection = ?3 WHERE issue = ?1 AND kind = ?2",
                    params![issue, Kind::Issue.as_str(), selection],
                )
                .map(drop)
                .map_err(|e| LedgerError::storage("note for whom it is", e))
        };
        self.writer.write("note for whom it is", work).await
    }

    /// Lets an issue's run go on over another relay than before.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn move_relay(&self, issue: &str, relay: &str) -> Result<(), LedgerError> {
        let (issue, relay) = (issue.to_owned(), relay.to_owned());
        let work = move |connection: &Connection| {
            connection
                .execute("UPDATE run SET relay = ?3 WHERE issue = ?1 AND kind = ?2", params![issue, Kind::Issue.as_str(), relay])
                .map(drop)
                .map_err(|e| LedgerError::storage("note the new relay", e))
        };
        self.writer.write("note the new relay", work).await
    }
}
