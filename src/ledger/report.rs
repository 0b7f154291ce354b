//! What a run did: by recipient, by domain, by edition.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::content::Fingerprint;
use super::decision::{Decided, Decision};
use super::{Balance, Kind, Ledger, LedgerError, State};
use crate::model::address::Address;

/// What recipients are counted by, in SQL.
pub(super) const BY_DOMAIN: &str = "substr(address, instr(address, '@') + 1)";
pub(super) const BY_EDITION: &str = "(SELECT name FROM edition WHERE edition.id = recipient.edition)";

/// What the ledger knows about a run as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The sender at its last beginning.
    pub sender: String,
    /// The relay's host at its last beginning.
    pub relay: String,
    /// When it first began.
    pub started: Timestamp,
    /// When nobody in it was open any more.
    pub finished: Option<Timestamp>,
    /// The digest of each edition that somebody reads.
    pub digests: BTreeMap<String, String>,
    /// How many recipients are in which state.
    pub balance: Balance,
}

/// One recipient of a run, as a report tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where the mail goes.
    pub address: Address,
    /// The edition.
    pub edition: String,
    /// Where it stands.
    pub state: State,
    /// The server's reply code, where it gave one.
    pub code: Option<u16>,
    /// The server's words, or ours: why it is not accepted.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When a deferred recipient is due.
    pub next_at: Option<Timestamp>,
    /// What a person decided last, where it once was in doubt.
    pub decision: Option<Decided>,
}

impl Ledger {
    /// What is known about the run of an issue; `None` where it never began.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn record(&self, issue: &str, kind: Kind) -> Result<Option<RunRecord>, LedgerError> {
        let issue = issue.to_owned();
        let work = move |connection: &Connection| {
            let Some(run) = find(connection, &issue, kind)? else { return Ok(None) };
            let record = read_record(connection, run).map_err(|e| LedgerError::storage("read the run", e))?;
            Ok(Some(RunRecord { balance: balance(connection, run)?, ..record }))
        };
        self.writer.read("read the run", work).await
    }

    /// The recipients of a run in any of `states`, in the order in which they were planned. Empty where the run never began.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn deliveries(&self, issue: &str, kind: Kind, states: &[State]) -> Result<Vec<Delivery>, LedgerError> {
        let (issue, states) = (issue.to_owned(), states.to_vec());
        let work = move |connection: &Connection| match find(connection, &issue, kind)? {
            Some(run) => deliveries(connection, run, &states),
            None => Ok(Vec::new()),
        };
        self.writer.read("list recipients", work).await
    }

    /// The balance of each recipient domain (A-labels), the largest first. `planned` is the sum of the others here.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn domains(&self, issue: &str, kind: Kind) -> Result<Vec<(String, Balance)>, LedgerError> {
        self.grouped(issue, kind, BY_DOMAIN).await
    }

    /// The balance of each edition, the largest first. `planned` is the sum of the others here.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn editions(&self, issue: &str, kind: Kind) -> Result<Vec<(String, Balance)>, LedgerError> {
        self.grouped(issue, kind, BY_EDITION).await
    }

    async fn grouped(&self, issue: &str, kind: Kind, group: &'static str) -> Result<Vec<(String, Balance)>, LedgerError> {
        let issue = issue.to_owned();
        let work = move |connection: &Connection| match find(connection, &issue, kind)? {
            Some(run) => grouped(connection, run, group).map_err(|e| LedgerError::storage("count", e)),
            None => Ok(Vec::new()),
        };
        self.writer.read("count", work).await
    }
}

/// Counts the states of a run.
pub(super) fn balance(connection: &Connection, run: i64) -> Result<Balance, LedgerError> {
    let read = || -> rusqlite::Result<Balance> {
        let planned: i64 = connection.query_row("SELECT planned FROM run WHERE id = ?1", [run], |row| row.get(0))?;
        let mut balance = Balance { planned: planned.unsigned_abs(), ..Balance::default() };
        let mut counts = connection.prepare_cached("SELECT state, count(*) FROM recipient WHERE run = ?1 GROUP BY state")?;
        for row in counts.query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (state, count): (i64, i64) = row?;
            add(&mut balance, state, count.unsigned_abs());
        }
        Ok(balance)
    };
    read().map_err(|e| LedgerError::storage("count", e))
}

/// A state that this program does not know is added nowhere, so that the balance shows it.
fn add(balance: &mut Balance, state: i64, count: u64) {
    match State::from_code(state) {
        Some(State::Pending | State::Claimed) => balance.pending += count,
        Some(State::InData | State::Ambiguous) => balance.ambiguous += count,
        Some(State::Accepted) => balance.accepted += count,
        Some(State::Deferred) => balance.deferred += count,
        Some(State::Refused) => balance.refused += count,
        Some(State::Skipped) => balance.skipped += count,
        None => {}
    }
}

pub(super) fn find(connection: &Connection, issue: &str, kind: Kind) -> Result<Option<i64>, LedgerError> {
    connection
        .query_row("SELECT id FROM run WHERE issue = ?1 AND kind = ?2", params![issue, kind.as_str()], |row| row.get(0))
        .optional()
        .map_err(|e| LedgerError::storage("find the run", e))
}

pub(super) fn read_record(connection: &Connection, run: i64) -> rusqlite::Result<RunRecord> {
    let mut editions = connection.prepare("SELECT name, digest FROM edition WHERE run = ?1")?;
    let digests = editions.query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    connection.query_row("SELECT sender, relay, started, finished FROM run WHERE id = ?1", [run], |row| {
        Ok(RunRecord {
            sender: row.get(0)?,
            relay: row.get(1)?,
            started: time(row.get(2)?),
            finished: row.get::<_, Option<i64>>(3)?.map(time),
            digests,
            balance: Balance::default(),
        })
    })
}

/// A recipient's row before its values are checked: address, edition, state, code, reason, attempts, next try, decision.
type Row = (String, String, i64, Option<u16>, Option<String>, u32, Option<i64>, Option<(String, i64)>);

pub(super) fn deliveries(connection: &Connection, run: i64, states: &[State]) -> Result<Vec<Delivery>, LedgerError> {
    // Numbers of ours, so that they can stand in the statement.
    let codes: Vec<String> = states.iter().map(|state| state.code().to_string()).collect();
    let read = || -> rusqlite::Result<Vec<Row>> {
        let mut rows = connection.prepare(&format!(
            "SELECT recipient.address, edition.name, state, code, reason, attempts, next_at, choice, decided
             FROM recipient JOIN edition ON edition.id = recipient.edition
             LEFT JOIN decision
                 ON decision.id = (SELECT max(id) FROM decision WHERE decision.run = ?1 AND decision.recipient = recipient.id)
             WHERE recipient.run = ?1 AND state IN ({}) ORDER BY recipient.id",
            codes.join(", ")
        ))?;
        let rows = rows.query_map([run], |row| {
            let decision = row.get::<_, Option<String>>(7)?.zip(row.get::<_, Option<i64>>(8)?);
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, decision))
        })?;
        rows.collect()
    };
    let rows = read().map_err(|e| LedgerError::storage("list recipients", e))?;
    let unknown = |what: &'static str| LedgerError::storage(what, "its name is unknown");
    rows.into_iter()
        .map(|(address, edition, state, code, reason, attempts, next_at, decision)| {
            let decided = |(choice, at): (String, i64)| {
                let choice = Decision::from_word(&choice).ok_or_else(|| unknown("read a decision"))?;
                Ok(Decided { choice, at: time(at) })
            };
            Ok(Delivery {
                address: Address::parse(&address).map_err(|e| LedgerError::storage("read an address", e))?,
                edition,
                state: State::from_code(state).ok_or_else(|| unknown("read a state"))?,
                code,
                reason,
                attempts,
                next_at: next_at.map(time),
                decision: decision.map(decided).transpose()?,
            })
        })
        .collect()
}

/// The editions of a run with what is known of their content, in the order of their names.
pub(super) fn editions(connection: &Connection, run: i64) -> rusqlite::Result<Vec<(i64, String, Fingerprint)>> {
    let mut rows = connection.prepare("SELECT id, name, digest FROM edition WHERE run = ?1 ORDER BY name")?;
    let mut parts = connection.prepare("SELECT name, digest FROM part WHERE edition = ?1")?;
    let rows = rows.query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (id, name, whole): (i64, String, String) = row?;
        let parts = parts.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        Ok((id, name, Fingerprint { whole, parts }))
    })
    .collect()
}

pub(super) fn grouped(connection: &Connection, run: i64, group: &str) -> rusqlite::Result<Vec<(String, Balance)>> {
    let mut counts =
        connection.prepare(&format!("SELECT {group}, state, count(*) FROM recipient WHERE run = ?1 GROUP BY 1, 2"))?;
    let mut groups: BTreeMap<String, Balance> = BTreeMap::new();
    for row in counts.query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))? {
        let (name, state, count): (String, i64, i64) = row?;
        let balance = groups.entry(name).or_default();
        balance.planned += count.unsigned_abs();
        add(balance, state, count.unsigned_abs());
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // Stable, so that groups of one size stay in the order of their names.
    groups.sort_by_key(|(_, balance)| std::cmp::Reverse(balance.planned));
    Ok(groups)
}

/// A time this program wrote. One that cannot be read is shown as the epoch rather than hiding the rest of the record.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}
