//! Whom the database keeps: everyone where it is the list, else those who joined by themselves; and what readers chose, which goes before
//! whatever a list says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::departure::{self, Departure, note};
use super::{Ledger, LedgerError};
use crate::import::{Entry, State};
use crate::model::address::{Address, DisplayName};
use crate::model::language::Language;
use crate::token::Mark;

/// How a state stands in the table. People who left are in `departure`, whatever stands here.
const PENDING: i64 = 0;
pub(super) const ACTIVE: i64 = 1;

/// The columns of a person, as [`read`] takes them.
pub(super) const COLUMNS: &str = "person.address, person.name, person.language, person.groups, person.attributes, person.state";

/// What a reader chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// The language.
    pub language: Language,
    /// The groups.
    pub groups: Vec<String>,
}

/// How something came to be known that is written down about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// What happened: `subscribed`, `confirmed`, `imported`.
    pub kind: &'static str,
    /// By which way: `page`, `command`, `import`.
    pub source: &'static str,
    /// What else is to be known of it; never an address.
    pub detail: Option<String>,
}

impl Ledger {
    /// Writes somebody down, in place of what is known of the same mailbox. Whoever [left](Departure) stays out: then nothing is written, and why is
    /// given back. An entry that says itself that its person has left is not for this.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is written then.
    pub async fn enrol(
        &self,
        mark: Mark,
        entry: Entry,
        occasion: Occasion,
        now: Timestamp,
    ) -> Result<Result<(), Departure>, LedgerError> {
        let work = move |connection: &Connection| {
            if let Some(departure) = departure::find(connection, mark)? {
                return Ok(Err(departure));
            }
            put(connection, mark, &entry, None, now)?;
            note(connection, mark, occasion.kind, occasion.source, occasion.detail.as_deref(), now)?;
            Ok(Ok(()))
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("write somebody down", e);
        self.writer.write("write somebody down", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes something about somebody who stands in a file.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn note(&self, mark: Mark, occasion: Occasion, now: Timestamp) -> Result<(), LedgerError> {
        let Occasion { kind, source, detail } = occasion;
        let failed = |e: rusqlite::Error| LedgerError::storage("note what happened", e);
        let work = move |connection: &Connection| note(connection, mark, kind, source, detail.as_deref(), now);
        self.writer.write("note what happened", move |connection| work(connection).map_err(failed)).await
    }

    /// How many have yet to confirm that they want the mail.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn pending(&self) -> Result<u64, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("count who has yet to confirm", e);
        let work = |connection: &Connection| {
            let count: i64 = connection.query_row("SELECT count(*) FROM person WHERE state = ?1", [PENDING], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        };
        self.writer.read("count who has yet to confirm", move |connection| work(connection).map_err(failed)).await
    }

    /// How often what happened, by month (`2026-11`) and kind.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn happenings(&self) -> Result<Vec<(String, String, u64)>, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("count what happened", e);
        let work = |connection: &Connection| {
            let mut rows = connection.prepare(
                "SELECT strftime('%Y-%m', at, 'unixepoch') AS month, kind, count(*) FROM event GROUP BY month, kind ORDER BY month, kind",
            )?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs())))?
                .collect::<rusqlite::Result<_>>()
        };
        self.writer.read("count what happened", move |connection| work(connection).map_err(failed)).await
    }

    /// What the database keeps of somebody, whether or not they left since.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn person(&self, mark: Mark) -> Result<Option<Entry>, LedgerError> {
        let work = move |connection: &Connection| find(connection, mark);
        let failed = |e: rusqlite::Error| LedgerError::storage("look for somebody", e);
        self.writer.read("look for somebody", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes what a reader chose. It outlives every list that is written or imported.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn prefer(
        &self,
        mark: Mark,
        preference: Preference,
        source: &'static str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            let language = preference.language.tag();
            connection
                .prepare_cached(
                    "INSERT INTO preference (mark, language, groups, since) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (mark) DO UPDATE SET language = excluded.language, groups = excluded.groups, since = excluded.since",
                )?
                .execute(params![mark.octets(), language, json(&preference.groups), now.as_second()])?;
            let detail = format!("{language}; {}", preference.groups.join(", "));
            note(connection, mark, "preferred", source, Some(&detail), now)
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("note what a reader chose", e);
        self.writer.write("note what a reader chose", move |connection| work(connection).map_err(failed)).await
    }

    /// What a reader chose, if they did.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn preference(&self, mark: Mark) -> Result<Option<Preference>, LedgerError> {
        let work = move |connection: &Connection| {
            let mut find = connection.prepare_cached("SELECT language, groups FROM preference WHERE mark = ?1")?;
            find.query_row([mark.octets()], |row| Ok(preference(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?))).optional()
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("read what a reader chose", e);
        let found = self.writer.read("read what a reader chose", move |connection| work(connection).map_err(failed)).await?;
        Ok(found.flatten())
    }

    /// Deletes all that is kept of somebody but that they left; from the records of what was sent, their address.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is deleted then.
    pub async fn forget(&self, mark: Mark, address: &Address) -> Result<(), LedgerError> {
        let (wire, key) = (address.wire(), address.key());
        let work = move |connection: &Connection| {
            connection.execute("DELETE FROM person WHERE mark = ?1", [mark.octets()])?;
            connection.execute("DELETE FROM preference WHERE mark = ?1", [mark.octets()])?;
            connection.execute("DELETE FROM changed WHERE mark = ?1", [mark.octets()])?;
            connection.execute("DELETE FROM event WHERE mark = ?1", [mark.octets()])?;
            for table in ["failure", "asked", "notice"] {
                connection.execute(&format!("DELETE FROM {table} WHERE mark = ?1"), [mark.octets()])?;
            }
            // Their place in each run stays, so that its counts still add up.
            connection.execute(
                "UPDATE recipient SET address = 'erased-' || id || '@erased.invalid', key = NULL, reason = NULL
                 WHERE coalesce(key, address) IN (?1, ?2)",
                [&key, &wire],
            )?;
            Ok(())
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("delete what is known of somebody", e);
        self.writer.write("delete what is known of somebody", move |connection| work(connection).map_err(failed)).await?;
        // What was deleted still stands in the log, or in the database to which the log is yet to be brought.
        let path = self.database();
        let settle =
            move || Connection::open(&path)?.execute_batch("PRAGMA busy_timeout = 10000; PRAGMA wal_checkpoint(TRUNCATE);");
        let settled = tokio::task::spawn_blocking(settle).await;
        settled.map_err(|error| LedgerError::storage("delete what is known of somebody", error))?.map_err(failed)
    }
}

/// Writes somebody down under a new number, in place of what is known.
pub(super) fn put(
    connection: &Connection,
    mark: Mark,
    entry: &Entry,
    batch: Option<i64>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM person WHERE mark = ?1")?.execute([mark.octets()])?;
    let mut enter = connection.prepare_cached(
        "INSERT INTO person (mark, address, name, language, groups, attributes, state, since, batch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    learn(connection, entry)?;
    let state = if entry.state == State::Active { ACTIVE } else { PENDING };
    let Columns { address, name, language, groups, attributes } = columns(entry);
    enter.execute(params![mark.octets(), address, name, language, groups, attributes, state, now.as_second(), batch]).map(drop)
}

/// A person as they stand in a row.
pub(super) struct Columns<'e> {
    pub(super) address: &'e str,
    pub(super) name: &'e str,
    pub(super) language: Option<&'static str>,
    pub(super) groups: String,
    pub(super) attributes: String,
}

pub(super) fn columns(entry: &Entry) -> Columns<'_> {
    Columns {
        address: entry.address.as_written(),
        name: entry.name.as_str(),
        language: entry.language.map(Language::tag),
        groups: json(&entry.groups.iter().map(|group| &**group).collect::<Vec<_>>()),
        attributes: json(&entry.attributes.iter().map(|(name, value)| (&**name, &**value)).collect::<BTreeMap<_, _>>()),
    }
}

/// Keeps the names of somebody's attributes among those that are known.
fn learn(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let mut name = connection.prepare_cached("INSERT OR IGNORE INTO attribute (name) VALUES (?1)")?;
    entry.attributes.iter().try_for_each(|(attribute, _)| name.execute([&**attribute]).map(drop))
}

/// Takes over what a file says of somebody, and keeps under its batch what they were.
pub(super) fn change(connection: &Connection, batch: i64, mark: Mark, told: Entry) -> rusqlite::Result<()> {
    let Some(mut entry) = find(connection, mark)? else { return Ok(()) };
    let before = columns(&entry);
    let before = json(&(before.name, before.language, &before.groups, &before.attributes));
    connection.prepare_cached("INSERT OR IGNORE INTO changed (batch, mark, before) VALUES (?1, ?2, ?3)")?.execute(params![
        batch,
        mark.octets(),
        before
    ])?;
    entry.take_over(told);
    learn(connection, &entry)?;
    let Columns { name, language, groups, attributes, .. } = columns(&entry);
    set(connection, mark, name, language, &groups, &attributes)
}

/// Makes somebody what they were before a change.
pub(super) fn restore(connection: &Connection, mark: Mark, before: &str) -> rusqlite::Result<()> {
    let before: Result<(String, Option<String>, String, String), _> = serde_json::from_str(before);
    let (name, language, groups, attributes) =
        before.map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into()))?;
    set(connection, mark, &name, language.as_deref(), &groups, &attributes)
}

fn set(
    connection: &Connection,
    mark: Mark,
    name: &str,
    language: Option<&str>,
    groups: &str,
    attributes: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE person SET name = ?2, language = ?3, groups = ?4, attributes = ?5 WHERE mark = ?1")?
        .execute(params![mark.octets(), name, language, groups, attributes])
        .map(drop)
}

/// What is kept of somebody.
pub(super) fn find(connection: &Connection, mark: Mark) -> rusqlite::Result<Option<Entry>> {
    let mut find = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM person WHERE mark = ?1"))?;
    find.query_row([mark.octets()], read).optional()
}

/// A person from a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let broken = |at, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error)
    };
    let address: String = row.get(0)?;
    let address = Address::parse(&address).map_err(|error| broken(0, error.into()))?;
    let name: String = row.get(1)?;
    let language: Option<String> = row.get(2)?;
    let groups: Vec<String> = serde_json::from_str(row.get_ref(3)?.as_str()?).map_err(|error| broken(3, error.into()))?;
    let attributes: BTreeMap<String, String> =
        serde_json::from_str(row.get_ref(4)?.as_str()?).map_err(|error| broken(4, error.into()))?;
    let state: i64 = row.get(5)?;
    Ok(Entry {
        address,
        name: DisplayName::parse(&name).unwrap_or_default(),
        language: language.as_deref().and_then(Language::from_tag),
        groups: groups.into_iter().map(Arc::from).collect(),
        attributes: attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        state: if state == ACTIVE { State::Active } else { State::Pending },
        line: 0,
    })
}

/// What a reader chose; `None` in a language that nobody knows any more.
pub(super) fn preference(language: &str, groups: &str) -> Option<Preference> {
    let groups = serde_json::from_str(groups).unwrap_or_default();
    Language::from_tag(language).map(|language| Preference { language, groups })
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("texts and lists of them are JSON")
}
