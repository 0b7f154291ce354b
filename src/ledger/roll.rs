//! The list as the database has it. It is read over connections of its own, which no writing waits for.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::person::{ACTIVE, COLUMNS, preference, read};
use super::{Ledger, LedgerError, Preference};
use crate::import::Entry;
use crate::model::address::Address;
use crate::model::list::{Keeper, List, Unlisted};
use crate::model::publication::Vocabulary;
use crate::model::source::{Place, Source};
use crate::model::subscriber::Subscriber;
use crate::token::{Keyring, Mark};

/// What a place in the database is called where a place in a file would be named.
const NAME: &str = "the database";
/// How many people are read at a time.
const PAGE: usize = 1_000;

/// Everyone active as of one moment: who is written down later has a greater number, and is not told.
struct Roll {
    path: PathBuf,
    keyring: Arc<Keyring>,
    vocabulary: Vocabulary,
    /// The greatest number that counts.
    horizon: i64,
    count: usize,
    source: Arc<Source>,
    /// For single questions, which are many during a send.
    connection: Mutex<Connection>,
    /// The numbers in order: read only where somebody asks for places.
    numbers: OnceLock<Vec<i64>>,
}

/// What the database knows of the people on a list that a file has.
#[derive(Debug, Default)]
pub struct Word {
    /// Who joined by themselves, in the order in which they did.
    pub joined: Vec<Entry>,
    /// What readers chose.
    pub preferences: HashMap<Mark, Preference>,
}

impl Ledger {
    /// The list as the database has it at this moment, for a publication with these words, by these keys.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn roll(&self, vocabulary: &Vocabulary, keyring: Arc<Keyring>) -> Result<List, LedgerError> {
        let open = || -> rusqlite::Result<Roll> {
            let path = self.database();
            let connection = connect(&path)?;
            let (horizon, count) =
                connection.query_row("SELECT coalesce(max(id), 0), count(*) FROM person WHERE state = ?1", [ACTIVE], |row| {
                    Ok((row.get(0)?, row.get::<_, i64>(1)?))
                })?;
            Ok(Roll {
                path,
                keyring,
                vocabulary: vocabulary.clone(),
                horizon,
                count: usize::try_from(count).unwrap_or_default(),
                source: Source::new(NAME, ""),
                connection: Mutex::new(connection),
                numbers: OnceLock::new(),
            })
        };
        open().map(|roll| List::Kept(Arc::new(roll))).map_err(|e| LedgerError::storage("read the list", e))
    }

    /// The names of attributes that anybody in the database has, or had.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn attributes(&self) -> Result<BTreeSet<String>, LedgerError> {
        let read = || -> rusqlite::Result<_> {
            let connection = connect(&self.database())?;
            let mut names = connection.prepare("SELECT name FROM attribute")?;
            names.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|e| LedgerError::storage("read the list", e))
    }

    /// Who joined by themselves, and what readers chose: what is to be laid over a list that a file has.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn word(&self) -> Result<Word, LedgerError> {
        let read = || -> rusqlite::Result<Word> {
            let connection = connect(&self.database())?;
            let mut joined = connection.prepare(&format!("SELECT {COLUMNS} FROM person WHERE state = ?1 ORDER BY id"))?;
            let joined = joined.query_map([ACTIVE], read)?.collect::<rusqlite::Result<_>>()?;
            let mut chosen = connection.prepare("SELECT mark, language, groups FROM preference")?;
            let chosen = chosen.query_map([], |row| {
                let chosen = preference(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?);
                Ok(chosen.map(|chosen| (Mark::from_octets(row.get_unwrap(0)), chosen)))
            })?;
            let preferences = chosen.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?;
            Ok(Word { joined, preferences })
        };
        read().map_err(|e| LedgerError::storage("read who joined", e))
    }
}

/// A person as a reader of the publication: whatever it has no word for is left out, and the reader's own choice goes before all else.
#[must_use]
pub fn subscriber(
    entry: Entry,
    chosen: Option<&Preference>,
    vocabulary: &Vocabulary,
    source: &Arc<Source>,
) -> Option<Subscriber> {
    let first = *vocabulary.languages.first()?;
    let language = chosen.map(|chosen| chosen.language).or(entry.language);
    let language = language.filter(|language| vocabulary.languages.contains(language)).unwrap_or(first);
    let groups: Vec<String> = match chosen {
        Some(chosen) => chosen.groups.clone(),
        None => entry.groups.iter().map(|group| (**group).to_owned()).collect(),
    };
    Some(Subscriber {
        address: entry.address,
        name: entry.name,
        language,
        groups: groups.into_iter().filter(|group| vocabulary.groups.contains(group)).collect(),
        attributes: entry.attributes,
        place: Place::whole(source),
    })
}

/// A connection that only reads.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA busy_timeout = 10000;")?;
    Ok(connection)
}

impl Roll {
    fn person(&self, row: &Row<'_>) -> rusqlite::Result<Option<Subscriber>> {
        let chosen = match row.get_ref(6)?.as_str_or_null()? {
            Some(language) => preference(language, row.get_ref(7)?.as_str()?),
            None => None,
        };
        Ok(subscriber(read(row)?, chosen.as_ref(), &self.vocabulary, &self.source))
    }

    /// The people that a condition chooses, in order.
    fn select(condition: &str) -> String {
        format!(
            "SELECT {COLUMNS}, preference.language, preference.groups, person.id
             FROM person LEFT JOIN preference ON preference.mark = person.mark
             WHERE person.state = {ACTIVE} AND person.id <= ?1 AND {condition}"
        )
    }

    fn tell(&self, see: &mut dyn FnMut(&Subscriber) -> ControlFlow<()>) -> rusqlite::Result<()> {
        let connection = connect(&self.path)?;
        let mut page = connection.prepare(&Self::select("person.id > ?2 ORDER BY person.id LIMIT ?3"))?;
        let mut last = 0_i64;
        // In pieces: a snapshot that is held for long keeps the log of the database from being cut.
        loop {
            let mut rows = page.query(params![self.horizon, last, i64::try_from(PAGE).unwrap_or(i64::MAX)])?;
            let mut found = 0;
            while let Some(row) = rows.next()? {
                found += 1;
                last = row.get(8)?;
                let Some(subscriber) = self.person(row)? else { continue };
                if see(&subscriber).is_break() {
                    return Ok(());
                }
            }
            if found < PAGE {
                return Ok(());
            }
        }
    }

    fn numbers(&self) -> rusqlite::Result<&[i64]> {
        if let Some(numbers) = self.numbers.get() {
            return Ok(numbers);
        }
        let connection = connect(&self.path)?;
        let mut numbers = connection.prepare("SELECT id FROM person WHERE state = ?1 AND id <= ?2 ORDER BY id")?;
        let numbers = numbers.query_map([ACTIVE, self.horizon], |row| row.get(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(self.numbers.get_or_init(|| numbers))
    }
}

impl Keeper for Roll {
    fn count(&self) -> usize {
        self.count
    }

    fn each(&self, see: &mut dyn FnMut(&Subscriber) -> ControlFlow<()>) -> Result<(), Unlisted> {
        self.tell(see).map_err(unlisted)
    }

    fn find(&self, address: &Address) -> Result<Option<Subscriber>, Unlisted> {
        let mark = self.keyring.mark(address);
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let find = || {
            let mut find = connection.prepare_cached(&Self::select("person.mark = ?2"))?;
            find.query_row(params![self.horizon, mark.octets()], |row| self.person(row)).optional()
        };
        find().map(Option::flatten).map_err(unlisted)
    }

    fn at(&self, places: &[usize]) -> Result<Vec<Subscriber>, Unlisted> {
        let read = || {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let mut find = connection.prepare_cached(&Self::select("person.id = ?2"))?;
            let mut people = Vec::with_capacity(places.len());
            let numbers = self.numbers()?;
            for &number in places.iter().filter_map(|&place| numbers.get(place)) {
                let found = find.query_row([self.horizon, number], |row| self.person(row)).optional()?;
                people.extend(found.flatten());
            }
            Ok(people)
        };
        read().map_err(unlisted)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
fn unlisted(error: rusqlite::Error) -> Unlisted {
    Unlisted(error.to_string())
}

impl fmt::Debug for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roll").field("path", &self.path).field("count", &self.count).finish_non_exhaustive()
    }
}
