//! Who gets no mail any more, and what led to it. Nobody is named here but by their [mark](Mark), so that it may outlive all that is known of a
//! person: a list that is written or imported anew brings nobody back.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::report::time;
use super::{Ledger, LedgerError};
use crate::import::Ground;
use crate::token::Mark;

/// That somebody gets no mail any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Departure {
    /// Why.
    pub ground: Ground,
    /// Since when.
    pub since: Timestamp,
}

/// In words for a report: `left the list on 2026-11-26`.
impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.ground, self.since.strftime("%Y-%m-%d"))
    }
}

/// Something that happened to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What: a word such as `unsubscribed` or `readmitted`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// By which way it was learnt: `one-click`, `mail`, `command`.
    pub source: String,
    /// What else is to be known of it; never an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Ledger {
    /// Notes that somebody gets no mail any more. Gives whether that is news: who has left already leaves again without a trace, unless the new
    /// ground weighs more.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is noted then.
    pub async fn depart(
        &self,
        mark: Mark,
        ground: Ground,
        source: &str,
        detail: Option<String>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let source = source.to_owned();
        let work = move |connection: &Connection| {
            let known = find(connection, mark)?;
            if known.is_some_and(|known| known.ground >= ground) {
                return Ok(false);
            }
            write(connection, mark, ground, now)?;
            note(connection, mark, ground.as_str(), &source, detail.as_deref(), now)?;
            Ok(true)
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("note who left", e);
        self.writer.write("note who left", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes that somebody who had left may get mail again, because they asked for it. Gives whether they had.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn readmit(&self, mark: Mark, source: &str, detail: Option<String>, now: Timestamp) -> Result<bool, LedgerError> {
        let source = source.to_owned();
        let work = move |connection: &Connection| {
            if connection.execute("DELETE FROM departure WHERE mark = ?1", [mark.octets()])? == 0 {
                return Ok(false);
            }
            note(connection, mark, "readmitted", &source, detail.as_deref(), now)?;
            Ok(true)
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("note who came back", e);
        self.writer.write("note who came back", move |connection| work(connection).map_err(failed)).await
    }

    /// That somebody gets no mail any more, if it is so.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn departure(&self, mark: Mark) -> Result<Option<Departure>, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("read who left", e);
        self.writer.read("read who left", move |connection| find(connection, mark).map_err(failed)).await
    }

    /// Everyone who gets no mail any more.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn departed(&self) -> Result<HashMap<Mark, Departure>, LedgerError> {
        let work = |connection: &Connection| {
            let mut rows = connection.prepare("SELECT mark, ground, since FROM departure")?;
            let rows = rows
                .query_map([], |row| Ok((Mark::from_octets(row.get(0)?), departure(&row.get::<_, String>(1)?, row.get(2)?))))?;
            rows.collect::<rusqlite::Result<_>>()
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("read who left", e);
        self.writer.read("read who left", move |connection| work(connection).map_err(failed)).await
    }

    /// What happened to somebody, the first first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn events(&self, mark: Mark) -> Result<Vec<Event>, LedgerError> {
        let work = move |connection: &Connection| {
            let mut rows = connection.prepare(
                "SELECT kind, at, source, coalesce(detail, (SELECT 'from ' || name FROM batch WHERE batch.id = event.batch))
                 FROM event WHERE mark = ?1 ORDER BY id",
            )?;
            let event = |row: &rusqlite::Row<'_>| {
                Ok(Event { kind: row.get(0)?, at: time(row.get(1)?), source: row.get(2)?, detail: row.get(3)? })
            };
            rows.query_map([mark.octets()], event)?.collect::<rusqlite::Result<_>>()
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("read what happened", e);
        self.writer.read("read what happened", move |connection| work(connection).map_err(failed)).await
    }
}

/// A ground that a newer version of this program wrote counts as the gravest: whoever left is not written to.
fn departure(ground: &str, since: i64) -> Departure {
    Departure {
        ground: Ground::ALL.into_iter().find(|known| known.as_str() == ground).unwrap_or(Ground::Complained),
        since: time(since),
    }
}

pub(super) fn write(connection: &Connection, mark: Mark, ground: Ground, now: Timestamp) -> rusqlite::Result<()> {
    let mut write = connection.prepare_cached(
        "INSERT INTO departure (mark, ground, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (mark) DO UPDATE SET ground = excluded.ground, since = excluded.since",
    )?;
    write.execute(params![mark.octets(), ground.as_str(), now.as_second()]).map(drop)
}

pub(super) fn note(
    connection: &Connection,
    mark: Mark,
    kind: &str,
    source: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    note_in(connection, None, mark, kind, source, detail, now)
}

/// Notes something that happened in the course of an import.
pub(super) fn note_in(
    connection: &Connection,
    batch: Option<i64>,
    mark: Mark,
    kind: &str,
    source: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut note =
        connection.prepare_cached("INSERT INTO event (mark, kind, at, source, detail, batch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    note.execute(params![mark.octets(), kind, now.as_second(), source, detail, batch]).map(drop)
}

/// That somebody left, if they did.
pub(super) fn find(connection: &Connection, mark: Mark) -> rusqlite::Result<Option<Departure>> {
    let mut find = connection.prepare_cached("SELECT ground, since FROM departure WHERE mark = ?1")?;
    find.query_row([mark.octets()], |row| Ok(departure(&row.get::<_, String>(0)?, row.get(1)?))).optional()
}

/// Whether anybody left.
pub(super) fn is_any(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM departure)")?.query_row([], |row| row.get(0))
}
