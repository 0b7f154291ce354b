//! How a plan meets what is known already: see [`Ledger::begin`](super::Ledger::begin).

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::content::{Fingerprint, changed_relay, changed_sender, listed};
use super::{LedgerError, Plan, Planned, State, report};
use crate::model::address::Address;
use crate::model::list::Unlisted;

/// Why a recipient is ambiguous that the last process left while its message was leaving.
pub(super) const ENDED_IN_DATA: &str = "the program ended while this message was on its way";
/// Why somebody is skipped who was planned once.
const OFF_THE_LIST: &str = "no longer on the list";
/// The longest that anybody waits to be tried again, in seconds. Who seems to wait longer was deferred while the clock went wrong.
const WAIT_MAX: i64 = 86_400;

/// A run as [`begin`] leaves it.
pub(super) struct Begun {
    pub(super) run: i64,
    pub(super) session: i64,
    pub(super) repeated: Vec<Address>,
}

/// Lays `plan` over what is known. Must run inside a transaction.
pub(super) fn begin(connection: &Connection, plan: &Plan, now: Timestamp) -> Result<Begun, LedgerError> {
    let storage = |e| LedgerError::storage("begin the run", e);
    if let Some(what) = changed_since_sent(connection, plan)? {
        return Err(LedgerError::Changed { what });
    }
    let known = find(connection, plan).map_err(storage)?;
    if let Some(run) = known.filter(|_| !plan.kind.is_repeatable()) {
        let begun: Option<String> =
            connection.query_row("SELECT selection FROM run WHERE id = ?1", [run], |row| row.get(0)).map_err(storage)?;
        if begun != plan.selection {
            return Err(LedgerError::Selection { begun });
        }
    }
    lay(connection, known, plan, now).map_err(storage)
}

/// Names all that is not as it went out; `None` where nothing is, or where the same people may get it again.
pub(super) fn changed_since_sent(connection: &Connection, plan: &Plan) -> Result<Option<String>, LedgerError> {
    let compare = || match find(connection, plan)? {
        Some(run) if !plan.kind.is_repeatable() => changed(connection, run, plan),
        _ => Ok(None),
    };
    compare().map_err(|e| LedgerError::storage("compare with what went out", e))
}

fn find(connection: &Connection, plan: &Plan) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row("SELECT id FROM run WHERE issue = ?1 AND kind = ?2", params![plan.issue, plan.kind.as_str()], |row| row.get(0))
        .optional()
}

fn changed(connection: &Connection, run: i64, plan: &Plan) -> rusqlite::Result<Option<String>> {
    // Whom a person decided to send to again may have the first copy.
    let went_out = |edition: Option<i64>| {
        connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM recipient WHERE run = ?1 AND state IN (?2, ?3, ?4) AND (?5 IS NULL OR edition = ?5))
                 OR EXISTS (SELECT 1 FROM decision JOIN recipient ON recipient.id = decision.recipient
                            WHERE decision.run = ?1 AND (?5 IS NULL OR edition = ?5))",
            params![run, State::Accepted.code(), State::Ambiguous.code(), State::InData.code(), edition],
            |row| row.get::<_, bool>(0),
        )
    };
    let (sender, relay): (String, String) =
        connection.query_row("SELECT sender, relay FROM run WHERE id = ?1", [run], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut changes = Vec::new();
    let sender = changed_sender(&sender, &plan.sender);
    let relay = changed_relay(&relay, &plan.relay).map(|words| format!("{words}; to go on over the new one, add --new-relay;"));
    if (sender.is_some() || relay.is_some()) && went_out(None)? {
        changes.extend(sender.into_iter().chain(relay));
    }
    for (id, name, known) in report::editions(connection, run)? {
        let Some(change) = plan.digests.get(&name).and_then(|now| now.changes_since(&known, &name)) else { continue };
        if went_out(Some(id))? {
            changes.push(change);
        }
    }
    Ok((!changes.is_empty()).then(|| listed(&changes)))
}

fn lay(connection: &Connection, known: Option<i64>, plan: &Plan, now: Timestamp) -> rusqlite::Result<Begun> {
    if let Some(run) = known.filter(|_| plan.kind.is_repeatable()) {
        connection.execute("DELETE FROM recipient WHERE run = ?1", [run])?;
        connection.execute("DELETE FROM part WHERE edition IN (SELECT id FROM edition WHERE run = ?1)", [run])?;
        connection.execute("DELETE FROM edition WHERE run = ?1", [run])?;
        connection.execute("DELETE FROM session WHERE run = ?1", [run])?;
        connection.execute("DELETE FROM run WHERE id = ?1", [run])?;
    }
    let run: i64 = connection.query_row(
        "INSERT INTO run (issue, kind, sender, relay, started, planned, selection) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)
         ON CONFLICT (issue, kind) DO UPDATE SET sender = excluded.sender, relay = excluded.relay, finished = NULL
         RETURNING id",
        params![plan.issue, plan.kind.as_str(), plan.sender, plan.relay, now.as_second(), plan.selection],
        |row| row.get(0),
    )?;
    let repeated = lay_list(connection, run, plan, known.is_none() || plan.kind.is_repeatable(), now)?;
    let session = connection.query_row(
        "INSERT INTO session (run, began, had)
         SELECT ?1, ?2, count(*) FROM recipient WHERE run = ?1 AND state = ?3 RETURNING id",
        params![run, now.as_millisecond(), State::Accepted.code()],
        |row| row.get(0),
    )?;
    Ok(Begun { run, session, repeated })
}

/// Lays the plan's people over those of the run; gives those that come more than once.
fn lay_list(connection: &Connection, run: i64, plan: &Plan, is_new: bool, now: Timestamp) -> rusqlite::Result<Vec<Address>> {
    let mut editions = Editions::new(connection, run, plan)?;
    let list = plan.recipients.digest().map_err(unlisted)?;
    let known: Option<Vec<u8>> = connection.query_row("SELECT list FROM run WHERE id = ?1", [run], |row| row.get(0))?;
    recover(connection, run, now)?;
    if known.as_ref() == Some(&list) {
        editions.renew()?;
        return Ok(Vec::new());
    }
    let repeated = if is_new {
        enter(connection, run, plan, editions)?
    } else {
        let repeated = write_plan(connection, plan, editions)?;
        merge(connection, run)?;
        connection.execute("DELETE FROM temp.planned", [])?;
        repeated
    };
    // Whoever comes twice is told each time.
    let list = repeated.is_empty().then_some(list);
    connection.execute("UPDATE run SET list = ?2 WHERE id = ?1", params![run, list])?;
    Ok(repeated)
}

/// The editions of a run by their names; each is entered, with what is known of its content, when somebody is met who reads it.
struct Editions<'a> {
    connection: &'a Connection,
    enter: Statement<'a>,
    plan: &'a Plan,
    run: i64,
    met: HashMap<String, i64>,
}

impl<'a> Editions<'a> {
    fn new(connection: &'a Connection, run: i64, plan: &'a Plan) -> rusqlite::Result<Self> {
        let enter = connection.prepare(
            "INSERT INTO edition (run, name, digest) VALUES (?1, ?2, ?3)
             ON CONFLICT (run, name) DO UPDATE SET digest = iif(excluded.digest = '', digest, excluded.digest) RETURNING id",
        )?;
        Ok(Self { connection, enter, plan, run, met: HashMap::new() })
    }

    fn id(&mut self, name: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.met.get(name) {
            return Ok(id);
        }
        let digests = self.plan.digests.get(name);
        let whole = digests.map_or("", |digests| digests.whole.as_str());
        let id = self.enter.query_row(params![self.run, name, whole], |row| row.get(0))?;
        if let Some(digests) = digests {
            write_parts(self.connection, id, digests)?;
        }
        self.met.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Writes down again what those are that the run has.
    fn renew(&mut self) -> rusqlite::Result<()> {
        for (_, name, _) in report::editions(self.connection, self.run)? {
            self.id(&name)?;
        }
        Ok(())
    }
}

/// Enters the people of a run that has none yet; gives those that come more than once.
fn enter(connection: &Connection, run: i64, plan: &Plan, mut editions: Editions<'_>) -> rusqlite::Result<Vec<Address>> {
    let mut enter = connection.prepare(
        "INSERT OR IGNORE INTO recipient (run, edition, address, key, state, reason) VALUES (?1, ?2, ?3, nullif(?4, ?3), ?5, ?6)",
    )?;
    let (mut repeated, mut planned) = (Vec::new(), 0);
    each(plan, &mut |person| {
        let edition = editions.id(&person.edition)?;
        let state = if person.skip.is_some() { State::Skipped } else { State::Pending };
        let (address, key) = (person.address.wire(), person.address.key());
        match enter.execute(params![run, edition, address, key, state.code(), person.skip])? {
            0 => repeated.push(person.address),
            _ => planned += 1,
        }
        Ok(())
    })?;
    connection.execute("UPDATE run SET planned = ?2 WHERE id = ?1", params![run, planned])?;
    Ok(repeated)
}

/// Writes the plan's people into a table of this connection, where SQL can compare them with the ledger's; gives those that come
/// more than once.
fn write_plan(connection: &Connection, plan: &Plan, mut editions: Editions<'_>) -> rusqlite::Result<Vec<Address>> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS planned
             (place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, address TEXT NOT NULL, edition INTEGER NOT NULL, skip TEXT);
         DELETE FROM temp.planned;",
    )?;
    let mut enter =
        connection.prepare("INSERT OR IGNORE INTO temp.planned (key, address, edition, skip) VALUES (?1, ?2, ?3, ?4)")?;
    let mut repeated = Vec::new();
    each(plan, &mut |person| {
        let edition = editions.id(&person.edition)?;
        if enter.execute(params![person.address.key(), person.address.wire(), edition, person.skip])? == 0 {
            repeated.push(person.address);
        }
        Ok(())
    })?;
    Ok(repeated)
}

/// Does something with everyone in the plan; after the first failure with nobody any more.
fn each(plan: &Plan, work: &mut dyn FnMut(Planned) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let mut done = Ok(());
    let told = plan.recipients.each(&mut |person| {
        if done.is_ok() {
            done = work(person);
        }
    });
    done.and(told.map_err(unlisted))
}

fn unlisted(error: Unlisted) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn write_parts(connection: &Connection, edition: i64, digests: &Fingerprint) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM part WHERE edition = ?1", [edition])?;
    let mut enter = connection.prepare_cached("INSERT INTO part (edition, name, digest) VALUES (?1, ?2, ?3)")?;
    digests.parts.iter().try_for_each(|(name, digest)| enter.execute(params![edition, name, digest]).map(drop))
}

/// Whoever the last process left with a message on its way is ambiguous. Only who holds the lock may say so.
pub(super) fn recover_in_data(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    let left = params![run, State::Ambiguous.code(), ENDED_IN_DATA, State::InData.code()];
    connection.execute("UPDATE recipient SET state = ?2, code = NULL, reason = ?3 WHERE run = ?1 AND state = ?4", left)?;
    Ok(())
}

/// Ends what the last process left open.
fn recover(connection: &Connection, run: i64, now: Timestamp) -> rusqlite::Result<()> {
    recover_in_data(connection, run)?;
    connection.execute(
        "UPDATE recipient SET state = ?2, next_at = NULL, code = NULL, reason = NULL
         WHERE run = ?1 AND (state = ?3 OR (state = ?4 AND next_at NOT BETWEEN ?5 + 1 AND ?5 + ?7)
                             OR (state = ?6 AND code IS NULL))",
        params![
            run,
            State::Pending.code(),
            State::Claimed.code(),
            State::Deferred.code(),
            now.as_second(),
            State::Refused.code(),
            WAIT_MAX
        ],
    )?;
    // Whose turn comes when is for each process to say anew.
    connection.execute("UPDATE recipient SET next_at = NULL WHERE run = ?1 AND state = 0 AND coalesce(next_at, 0) > 0", [run])?;
    Ok(())
}

/// Lays the plan's people over the ledger's, who are all in a state that lasts.
fn merge(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    let (pending, deferred, skipped) = (State::Pending.code(), State::Deferred.code(), State::Skipped.code());
    // A skipped person that the plan sends to is pending, a pending or deferred one that it skips is skipped; edition and spelling
    // are the plan's as long as nothing was sent.
    connection.execute(
        "UPDATE recipient
         SET edition = planned.edition, address = planned.address, key = nullif(planned.key, planned.address),
             state = CASE WHEN planned.skip IS NOT NULL THEN ?4 WHEN state = ?4 THEN ?2 ELSE state END,
             next_at = CASE WHEN planned.skip IS NULL THEN next_at END,
             code = CASE WHEN planned.skip IS NULL THEN code END,
             reason = CASE WHEN planned.skip IS NOT NULL THEN planned.skip WHEN state <> ?4 THEN reason END
         FROM temp.planned
         WHERE recipient.run = ?1 AND recipient.state IN (?2, ?3, ?4) AND planned.key = coalesce(recipient.key, recipient.address)
           AND (recipient.edition <> planned.edition OR recipient.address <> planned.address
                OR planned.skip IS NOT NULL OR recipient.state = ?4)",
        params![run, pending, deferred, skipped],
    )?;
    connection.execute(
        "UPDATE recipient SET state = ?4, next_at = NULL, code = NULL, reason = ?5
         WHERE run = ?1 AND state IN (?2, ?3)
           AND NOT EXISTS (SELECT 1 FROM temp.planned WHERE planned.key = coalesce(recipient.key, recipient.address))",
        params![run, pending, deferred, skipped, OFF_THE_LIST],
    )?;
    // The plus takes the column's affinity away, without which the index over the expression would not serve and each newcomer would be
    // looked for among everybody.
    connection.execute(
        "INSERT INTO recipient (run, edition, address, key, state, reason)
         SELECT ?1, edition, address, nullif(key, address), iif(skip IS NULL, ?2, ?3), skip FROM temp.planned
         WHERE NOT EXISTS
             (SELECT 1 FROM recipient WHERE recipient.run = ?1 AND coalesce(recipient.key, recipient.address) = +planned.key)
         ORDER BY place",
        params![run, pending, skipped],
    )?;
    // Counted as they enter and never again: a balance compares it with the rows.
    connection.execute("UPDATE run SET planned = planned + changes() WHERE id = ?1", [run])?;
    Ok(())
}
