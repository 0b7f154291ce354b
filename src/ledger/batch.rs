//! Imports into the database: each is a batch that can be taken back.
//!
//! A file is first put beside the people, into a table of this connection alone, which lies on the disk; then it is weighed against them, one
//! after the other; then done, a few thousand people a commit, so that nobody who leaves meanwhile waits. Each is asked for once more in the
//! commit that takes them in: who left by then stays out. Whoever ends it in between begins it again: what is done already is unchanged then.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::departure::{self, note_in, write};
use super::person::{self, COLUMNS, put};
use super::report::time;
use super::roll::subscriber;
use super::{Ledger, LedgerError};
use crate::import::plan::{Judgement, Outlook, judge};
use crate::import::{Entry, Ground, State};
use crate::model::publication::Vocabulary;
use crate::model::source::Source;
use crate::model::subscriber::Subscriber;
use crate::token::{Keyring, Mark};

/// People to a commit.
const COMMIT: i64 = 2_000;
/// By which way it is learnt what a file says.
const SOURCE: &str = "import";

/// An import, as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Batch {
    /// Its number.
    pub number: i64,
    /// The name of its file.
    pub name: String,
    /// When it was done.
    pub at: Timestamp,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<Timestamp>,
    /// What it added to the end of a file, where it did.
    #[serde(skip)]
    pub text: Option<String>,
}

/// What came of an import, or of taking one back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// The number of the batch.
    pub batch: i64,
    /// Who came onto the list, or was taken off it again.
    pub people: usize,
    /// Of whom the list knows more, or no more.
    pub changed: usize,
    /// Who left, or is let back in.
    pub departures: usize,
}

/// A file on its way into the database.
#[derive(Debug)]
pub struct Import {
    connection: Connection,
    keyring: Arc<Keyring>,
    vocabulary: Vocabulary,
    source: Arc<Source>,
}

fn failed(error: rusqlite::Error) -> LedgerError {
    LedgerError::storage("import", error)
}

impl Ledger {
    /// Begins an import. Nothing of it is seen by others before it is [applied](Import::apply).
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn import(&self, vocabulary: &Vocabulary, keyring: Arc<Keyring>) -> Result<Import, LedgerError> {
        let open = |path: &Path| -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.execute_batch(
                "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = FILE;
                 CREATE TEMP TABLE staged
                     (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE, address TEXT NOT NULL, name TEXT NOT NULL, language TEXT,
                      groups TEXT NOT NULL, attributes TEXT NOT NULL, word TEXT NOT NULL, line INTEGER NOT NULL);
                 BEGIN;",
            )?;
            Ok(connection)
        };
        let connection = open(&self.database()).map_err(failed)?;
        Ok(Import { connection, keyring, vocabulary: vocabulary.clone(), source: Source::new("", "") })
    }

    /// The imports there were, the first first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn batches(&self) -> Result<Vec<Batch>, LedgerError> {
        let work = |connection: &Connection| {
            let mut rows = connection.prepare("SELECT id, name, at, undone, text FROM batch ORDER BY id")?;
            let batch = |row: &rusqlite::Row<'_>| {
                let undone: Option<i64> = row.get(3)?;
                Ok(Batch {
                    number: row.get(0)?,
                    name: row.get(1)?,
                    at: time(row.get(2)?),
                    undone: undone.map(time),
                    text: row.get(4)?,
                })
            };
            rows.query_map([], batch)?.collect::<rusqlite::Result<_>>()
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("list the imports", e);
        self.writer.read("list the imports", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes an import that adds a text to a file, and gives its number: those whom it makes leave are to be noted
    /// [under it](Self::depart_in).
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn open_batch(&self, name: &str, text: String, now: Timestamp) -> Result<i64, LedgerError> {
        let name = name.to_owned();
        let failed = |e: rusqlite::Error| LedgerError::storage("note an import", e);
        self.writer
            .write("note an import", move |connection| open_batch(connection, &name, Some(&text), now).map_err(failed))
            .await
    }

    /// Notes of people whom a batch added to a file that they came by it.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is noted then.
    pub async fn note_imported(&self, batch: i64, marks: Vec<Mark>, now: Timestamp) -> Result<(), LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("note who was imported", e);
        let work = move |connection: &Connection| {
            marks.into_iter().try_for_each(|mark| note_in(connection, Some(batch), mark, "imported", SOURCE, None, now))
        };
        self.writer.write("note who was imported", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes that somebody left, as the file of a batch knows.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn depart_in(&self, batch: i64, mark: Mark, ground: Ground, now: Timestamp) -> Result<bool, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("note who left", e);
        let work = move |connection: &Connection| depart_in(connection, batch, mark, ground, now);
        self.writer.write("note who left", move |connection| work(connection).map_err(failed)).await
    }

    /// Takes an import back: who came by it goes, who was changed by it is as before, and who left by it and has not left again since is let back
    /// in. What happened to people since stays. `None` where there is no such import, or it was taken back already.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]: what is done then is done, and to ask again does the rest.
    pub async fn undo(&self, batch: i64, now: Timestamp) -> Result<Option<Done>, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("take an import back", e);
        let open = move |connection: &Connection| {
            connection
                .query_row("SELECT EXISTS (SELECT 1 FROM batch WHERE id = ?1 AND undone IS NULL)", [batch], |row| row.get(0))
        };
        if !self.writer.read("take an import back", move |connection| open(connection).map_err(failed)).await? {
            return Ok(None);
        }
        let mut done = Done { batch, ..Done::default() };
        loop {
            let step =
                self.writer.write("take an import back", move |connection| undo(connection, batch, now).map_err(failed)).await?;
            if step == Done::default() {
                return Ok(Some(done));
            }
            done.people += step.people;
            done.changed += step.changed;
            done.departures += step.departures;
        }
    }
}

/// Takes some of an import back; nothing where nothing is left to do, and then it counts as undone.
fn undo(connection: &Connection, batch: i64, now: Timestamp) -> rusqlite::Result<Done> {
    let marks = |select: &str| -> rusqlite::Result<Vec<Mark>> {
        let mut rows = connection.prepare_cached(select)?;
        rows.query_map([batch, COMMIT], |row| Ok(Mark::from_octets(row.get(0)?)))?.collect()
    };
    let came = marks("SELECT mark FROM person WHERE batch = ?1 LIMIT ?2")?;
    for &mark in &came {
        connection.prepare_cached("DELETE FROM person WHERE mark = ?1")?.execute([mark.octets()])?;
        note_in(connection, Some(batch), mark, "import-undone", SOURCE, None, now)?;
    }
    let changed = marks("SELECT mark FROM changed WHERE batch = ?1 LIMIT ?2")?;
    for &mark in &changed {
        let mut before = connection.prepare_cached("SELECT before FROM changed WHERE batch = ?1 AND mark = ?2")?;
        let before: String = before.query_row(params![batch, mark.octets()], |row| row.get(0))?;
        person::restore(connection, mark, &before)?;
        connection
            .prepare_cached("DELETE FROM changed WHERE batch = ?1 AND mark = ?2")?
            .execute(params![batch, mark.octets()])?;
    }
    // Whoever left again since, or whose departure weighs more now, has another entry in `departure` than this import made.
    let left = marks(
        "SELECT departure.mark FROM departure JOIN event ON event.mark = departure.mark AND event.batch = ?1
             AND event.kind = departure.ground AND event.at = departure.since LIMIT ?2",
    )?;
    for &mark in &left {
        connection.prepare_cached("DELETE FROM departure WHERE mark = ?1")?.execute([mark.octets()])?;
        note_in(connection, None, mark, "readmitted", SOURCE, Some("the import was taken back"), now)?;
    }
    let done = Done { batch: 0, people: came.len(), changed: changed.len(), departures: left.len() };
    if done == Done::default() {
        connection.execute("UPDATE batch SET undone = ?2 WHERE id = ?1", [batch, now.as_second()])?;
    }
    Ok(done)
}

fn open_batch(connection: &Connection, name: &str, text: Option<&str>, now: Timestamp) -> rusqlite::Result<i64> {
    connection.query_row(
        "INSERT INTO batch (name, at, text) VALUES (?1, ?2, ?3) RETURNING id",
        params![name, now.as_second(), text],
        |row| row.get(0),
    )
}

fn depart_in(connection: &Connection, batch: i64, mark: Mark, ground: Ground, now: Timestamp) -> rusqlite::Result<bool> {
    if departure::find(connection, mark)?.is_some_and(|known| known.ground >= ground) {
        return Ok(false);
    }
    write(connection, mark, ground, now)?;
    note_in(connection, Some(batch), mark, ground.as_str(), SOURCE, None, now)?;
    Ok(true)
}

impl Import {
    /// Puts a person of the file beside the list; joins what it says of one mailbox in several places, and says whether it did.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn stage(&mut self, entry: Entry) -> Result<bool, LedgerError> {
        let mark = self.keyring.mark(&entry.address);
        stage(&self.connection, mark, entry).map_err(failed)
    }

    /// Holds the file against the list and against who left. Nothing is changed.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn weigh(&mut self) -> Result<Outlook, LedgerError> {
        let mut outlook = Outlook::default();
        let mut last = 0;
        loop {
            let staged = page(&self.connection, last).map_err(failed)?;
            let Some(&(id, ..)) = staged.last() else { break };
            last = id;
            for (_, mark, entry) in staged {
                let (known, judgement) = self.judge(mark, &entry).map_err(failed)?;
                outlook.add(entry, known.as_ref(), judgement);
            }
        }
        Ok(outlook)
    }

    /// Does it, under the name of the file.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]: what is done then is done, under a batch that can be taken back.
    pub fn apply(mut self, name: &str, now: Timestamp) -> Result<Done, LedgerError> {
        self.connection.execute_batch("COMMIT").map_err(failed)?;
        let batch = open_batch(&self.connection, name, None, now).map_err(failed)?;
        let mut done = Done { batch, ..Done::default() };
        let mut last = 0;
        loop {
            let staged = page(&self.connection, last).map_err(failed)?;
            let Some(&(id, ..)) = staged.last() else { return Ok(done) };
            last = id;
            self.take_in(batch, staged, now, &mut done).map_err(failed)?;
        }
    }

    fn take_in(&mut self, batch: i64, staged: Vec<Staged>, now: Timestamp, done: &mut Done) -> rusqlite::Result<()> {
        // A transaction of the library's would borrow the connection that the judge asks.
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let take = || -> rusqlite::Result<()> {
            for (_, mark, entry) in staged {
                let (_, judgement) = self.judge(mark, &entry)?;
                match judgement {
                    Judgement::New if entry.state == State::Active => {
                        put(&self.connection, mark, &entry, Some(batch), now)?;
                        note_in(&self.connection, Some(batch), mark, "imported", SOURCE, None, now)?;
                        done.people += 1;
                    }
                    Judgement::Changed(_) => {
                        person::change(&self.connection, batch, mark, entry)?;
                        note_in(&self.connection, Some(batch), mark, "changed", SOURCE, None, now)?;
                        done.changed += 1;
                    }
                    Judgement::Departure(ground) => {
                        done.departures += usize::from(depart_in(&self.connection, batch, mark, ground, now)?);
                    }
                    // Whoever has not confirmed is not on the list, and is not asked by an import.
                    Judgement::New | Judgement::Unchanged | Judgement::Resurrection(_) => {}
                }
            }
            Ok(())
        };
        let taken = take();
        self.connection.execute_batch(if taken.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        taken
    }

    fn judge(&self, mark: Mark, entry: &Entry) -> rusqlite::Result<(Option<Subscriber>, Judgement)> {
        let suppressed = departure::find(&self.connection, mark)?.map(|departure| departure.ground);
        // Who has not confirmed is not on the list yet.
        let known = person::find(&self.connection, mark)?.filter(|known| known.state == State::Active);
        let known = known.and_then(|known| subscriber(known, None, &self.vocabulary, &self.source));
        let judgement = judge(entry, known.as_ref(), suppressed);
        Ok((known, judgement))
    }
}

/// A person of the file, by number.
type Staged = (i64, Mark, Entry);

fn stage(connection: &Connection, mark: Mark, mut entry: Entry) -> rusqlite::Result<bool> {
    let mut find = connection.prepare_cached(&select("mark = ?1"))?;
    let earlier = find.query_row([mark.octets()], staged).optional()?;
    let is_again = earlier.is_some();
    let place = earlier.map(|(id, _, earlier)| {
        let later = std::mem::replace(&mut entry, earlier);
        entry.join(later);
        id
    });
    let person::Columns { address, name, language, groups, attributes } = person::columns(&entry);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO temp.staged (id, mark, address, name, language, groups, attributes, word, line)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            place,
            mark.octets(),
            address,
            name,
            language,
            groups,
            attributes,
            entry.state.as_str(),
            i64::try_from(entry.line).unwrap_or(i64::MAX)
        ])?;
    Ok(is_again)
}

/// The file's people that a condition chooses.
fn select(condition: &str) -> String {
    let columns = COLUMNS.replace("person.state", "0").replace("person.", "");
    format!("SELECT {columns}, id, mark, word, line FROM temp.staged WHERE {condition}")
}

fn page(connection: &Connection, last: i64) -> rusqlite::Result<Vec<Staged>> {
    let mut rows = connection.prepare_cached(&select("id > ?1 ORDER BY id LIMIT ?2"))?;
    rows.query_map([last, COMMIT], staged)?.collect()
}

fn staged(row: &rusqlite::Row<'_>) -> rusqlite::Result<Staged> {
    let mut entry = person::read(row)?;
    let word: String = row.get(8)?;
    entry.state = State::from_word(&word).unwrap_or(State::Left(Ground::Complained));
    entry.line = usize::try_from(row.get::<_, i64>(9)?).unwrap_or_default();
    Ok((row.get(6)?, Mark::from_octets(row.get(7)?), entry))
}
