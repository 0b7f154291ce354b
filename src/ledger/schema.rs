//! The tables, and their migrations.

use std::path::Path;

use rusqlite::Connection;

use super::LedgerError;

/// Each step leads from the layout before it to the next; the database's `user_version` counts the steps done. A step that was once
/// released is never edited.
const MIGRATIONS: &[&str] = &[
    // `key` stands only where it differs from `address`: with most lists that is nowhere, and the rows stay narrow.
    "
    CREATE TABLE run (
        id       INTEGER PRIMARY KEY,
        issue    TEXT NOT NULL,
        kind     TEXT NOT NULL,
        sender   TEXT NOT NULL,
        relay    TEXT NOT NULL,
        started  INTEGER NOT NULL,
        finished INTEGER,
        planned  INTEGER NOT NULL,
        UNIQUE (issue, kind)
    );
    CREATE TABLE edition (
        id       INTEGER PRIMARY KEY,
        run      INTEGER NOT NULL REFERENCES run,
        name     TEXT NOT NULL,
        digest   TEXT NOT NULL,
        UNIQUE (run, name)
    );
    CREATE TABLE recipient (
        id       INTEGER PRIMARY KEY,
        run      INTEGER NOT NULL,
        edition  INTEGER NOT NULL,
        address  TEXT NOT NULL,
        key      TEXT,
        state    INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at  INTEGER,
        code     INTEGER,
        reason   TEXT
    );
    CREATE UNIQUE INDEX recipient_once ON recipient (run, coalesce(key, address));
    CREATE INDEX recipient_pending ON recipient (run, attempts) WHERE state = 0;
    ",
    // A session is one process's work on a run, its times in milliseconds; `ended` stays empty where the process was killed.
    "
    CREATE TABLE part (
        edition  INTEGER NOT NULL,
        name     TEXT NOT NULL,
        digest   TEXT NOT NULL,
        PRIMARY KEY (edition, name)
    ) WITHOUT ROWID;
    CREATE TABLE session (
        id       INTEGER PRIMARY KEY,
        run      INTEGER NOT NULL,
        began    INTEGER NOT NULL,
        ended    INTEGER,
        had      INTEGER NOT NULL,
        has      INTEGER
    );
    CREATE INDEX session_of_run ON session (run);
    CREATE TABLE decision (
        id        INTEGER PRIMARY KEY,
        run       INTEGER NOT NULL,
        recipient INTEGER NOT NULL,
        choice    TEXT NOT NULL,
        decided   INTEGER NOT NULL
    );
    CREATE INDEX decision_about ON decision (run, recipient);
    CREATE TABLE approval (
        id         INTEGER PRIMARY KEY,
        issue      TEXT NOT NULL,
        name       TEXT NOT NULL,
        approved   INTEGER NOT NULL,
        recipients INTEGER NOT NULL,
        content    TEXT NOT NULL
    );
    CREATE INDEX approval_of_issue ON approval (issue);
    ",
    // `list` identifies the list that the run was last laid over; with the same again nothing is to be compared.
    // A pending recipient with `next_at` waits for its turn: those who do not come first, and nobody looks through the others.
    "
    ALTER TABLE run ADD COLUMN list BLOB;
    DROP INDEX recipient_pending;
    CREATE INDEX recipient_pending ON recipient (run, coalesce(next_at, 0), attempts) WHERE state = 0;
    CREATE INDEX recipient_deferred ON recipient (run, next_at) WHERE state = 4;
    ",
    // People are known by their marks, 16 octets: no address stands in these tables.
    "
    CREATE TABLE departure (
        mark     BLOB PRIMARY KEY,
        ground   TEXT NOT NULL,
        since    INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE event (
        id       INTEGER PRIMARY KEY,
        mark     BLOB NOT NULL,
        kind     TEXT NOT NULL,
        at       INTEGER NOT NULL,
        source   TEXT NOT NULL,
        detail   TEXT
    );
    CREATE INDEX event_of ON event (mark);
    ",
    // `person` has whom the database keeps: everyone where it is the list, else those who joined by themselves. Numbers are never given twice, so that
    // whoever comes later has a greater one. Groups and attributes are JSON. `preference` is what readers chose: it goes before what the list says.
    // A `batch` is one import; `text` is what it added to a file, and `before` what a person was (JSON) whom it changed. `selection` says whom a run was begun for, where not for all.
    "
    CREATE TABLE person (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        mark       BLOB NOT NULL UNIQUE,
        address    TEXT NOT NULL,
        name       TEXT NOT NULL,
        language   TEXT,
        groups     TEXT NOT NULL,
        attributes TEXT NOT NULL,
        state      INTEGER NOT NULL,
        since      INTEGER NOT NULL,
        batch      INTEGER
    );
    CREATE INDEX person_of_batch ON person (batch) WHERE batch IS NOT NULL;
    CREATE TABLE attribute (
        name TEXT PRIMARY KEY
    ) WITHOUT ROWID;
    CREATE TABLE preference (
        mark     BLOB PRIMARY KEY,
        language TEXT NOT NULL,
        groups   TEXT NOT NULL,
        since    INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE batch (
        id     INTEGER PRIMARY KEY AUTOINCREMENT,
        name   TEXT NOT NULL,
        at     INTEGER NOT NULL,
        undone INTEGER,
        text   TEXT
    );
    CREATE TABLE changed (
        batch  INTEGER NOT NULL,
        mark   BLOB NOT NULL,
        before TEXT NOT NULL,
        PRIMARY KEY (batch, mark)
    ) WITHOUT ROWID;
    ALTER TABLE event ADD COLUMN batch INTEGER;
    CREATE INDEX event_of_batch ON event (batch) WHERE batch IS NOT NULL;
    ALTER TABLE run ADD COLUMN selection TEXT;
    ",
    // What came back of mail that was accepted: one row a recipient, the gravest report. The domain is in A-labels.
    // A `letter` is one of the list's own mailbox that was dealt with.
    "
    CREATE TABLE failure (
        recipient INTEGER PRIMARY KEY,
        run       INTEGER NOT NULL,
        mark      BLOB NOT NULL,
        domain    TEXT NOT NULL,
        class     TEXT NOT NULL,
        status    TEXT,
        text      TEXT NOT NULL,
        at        INTEGER NOT NULL
    );
    CREATE INDEX failure_of ON failure (mark);
    CREATE INDEX failure_in ON failure (run, domain);
    CREATE TABLE letter (
        mailbox TEXT NOT NULL,
        name    TEXT NOT NULL,
        at      INTEGER NOT NULL,
        PRIMARY KEY (mailbox, name)
    ) WITHOUT ROWID;
    ",
    // A `wish` is what was typed into a form and is yet to be judged; `asked` what was asked for a mark, and how many letters went there for it;
    // `spent` how many letters a day allowed; `notice` a letter to be sent.
    "
    CREATE TABLE wish (
        id          INTEGER PRIMARY KEY,
        address     TEXT NOT NULL,
        language    TEXT NOT NULL,
        groups      TEXT NOT NULL,
        is_settings INTEGER NOT NULL,
        network     BLOB NOT NULL,
        form        TEXT NOT NULL,
        at          INTEGER NOT NULL
    );
    CREATE TABLE asked (
        mark       BLOB PRIMARY KEY,
        generation INTEGER NOT NULL,
        confirmed  INTEGER,
        letters    INTEGER NOT NULL,
        last       INTEGER NOT NULL,
        language   TEXT NOT NULL,
        groups     TEXT NOT NULL,
        form       TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE spent (
        kind  TEXT NOT NULL,
        key   BLOB NOT NULL,
        day   INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (kind, key, day)
    ) WITHOUT ROWID;
    CREATE TABLE notice (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        mark       BLOB NOT NULL UNIQUE,
        address    TEXT NOT NULL,
        language   TEXT NOT NULL,
        generation INTEGER,
        at         INTEGER NOT NULL,
        state      INTEGER NOT NULL,
        tries      INTEGER NOT NULL DEFAULT 0,
        next_at    INTEGER
    );
    ",
];

/// Sets a fresh connection up and brings its database to the newest layout.
///
/// # Errors
/// [`LedgerError::Newer`] for a layout this program does not know: nothing is changed then.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::storage("open the tables", source);
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA temp.cache_size = -8192;",
        )
        .map_err(|e| failed(e.into()))?;
    migrate(connection)
        .map_err(failed)?
        .map_or(Ok(()), |found| Err(LedgerError::Newer { path: path.to_owned(), found, known: newest() }))
}

/// Gives the number of a layout that is too new.
fn migrate(connection: &mut Connection) -> Result<Option<i64>, Box<dyn std::error::Error + Send + Sync>> {
    // Two processes may open a new ledger at once: the version is read under the write lock.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > newest() {
        return Ok(Some(found));
    }
    if found < newest() {
        for step in &MIGRATIONS[usize::try_from(found)?..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", newest())?;
    }
    transaction.commit()?;
    Ok(None)
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}
