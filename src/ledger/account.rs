//! The account of a run: all that a status or a report says of it, read at one moment.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Serialize, Serializer};

use super::lock::{self, Lock};
use super::report::{self, Delivery, find, time};
use super::{Balance, Kind, Ledger, LedgerError, Return, State, failure};

/// All that is known about one run, read at one moment. As JSON one object, with the counts of [`Balance`] among it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// The issue's slug.
    pub issue: String,
    /// The sender at its last beginning.
    pub sender: String,
    /// The relay's host at its last beginning.
    pub relay: String,
    /// When it first began.
    pub started: Timestamp,
    /// When nobody in it was open any more.
    pub finished: Option<Timestamp>,
    /// The process that works on it at this moment, as it describes itself; `None` where none does.
    pub sending: Option<String>,
    /// How many recipients are in which state.
    #[serde(flatten)]
    pub balance: Balance,
    /// How many of the accepted are so because a person decided to assume it.
    pub assumed: u64,
    /// The processes that worked on it, the first one first.
    pub sessions: Vec<Session>,
    /// Each edition, the largest first; `planned` is the sum of the others here.
    pub editions: Vec<Group>,
    /// Each recipient domain (A-labels), the largest first; `planned` is the sum of the others here.
    pub domains: Vec<Group>,
    /// Why recipients are not accepted, the most frequent first.
    pub reasons: Vec<Reason>,
    /// What came back of what was accepted, the most frequent first.
    pub returns: Vec<Return>,
    /// The recipients asked for, in the order in which they were planned.
    pub recipients: Vec<Delivery>,
}

/// One process's work on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Session {
    /// When it began.
    pub began: Timestamp,
    /// When it ended; `None` while it works, and for ever where it was killed.
    pub ended: Option<Timestamp>,
    /// How many more were accepted at its end than at its beginning; `None` as long as it has not ended.
    pub accepted: Option<u64>,
}

impl Session {
    /// How long it took, in seconds, where it has ended. A clock that was set back makes it 0.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.ended.map(|ended| ended.duration_since(self.began).as_secs_f64().max(0.0))
    }
}

/// The balance of a part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What the part is called.
    pub name: String,
    /// How many of its recipients are in which state.
    #[serde(flatten)]
    pub balance: Balance,
}

/// Why some recipients stand where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Where they stand.
    pub state: State,
    /// The server's reply code, where it gave one.
    pub code: Option<u16>,
    /// The server's words, or ours, with `‹address›` in place of each recipient's own.
    pub words: String,
    /// How many.
    pub count: u64,
    /// For the deferred: when the first of them is due.
    pub next_at: Option<Timestamp>,
}

/// An issue that was sent, or begun to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The issue's slug.
    pub issue: String,
    /// When its run first began.
    pub started: Timestamp,
    /// When nobody in it was open any more.
    pub finished: Option<Timestamp>,
    /// How many recipients are in which state.
    #[serde(flatten)]
    pub balance: Balance,
}

impl Account {
    /// How many of those accepted came back as undeliverable, and how many complained.
    #[must_use]
    pub fn came_back(&self) -> (u64, u64) {
        let (complaints, failures): (Vec<&Return>, Vec<&Return>) =
            self.returns.iter().partition(|found| found.class == "complaint");
        let count = |found: &[&Return]| found.iter().map(|found| found.count).sum();
        (count(&failures), count(&complaints))
    }
}

impl Serialize for Delivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row<'a> {
            address: String,
            edition: &'a str,
            state: State,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
            attempts: u32,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_at: Option<Timestamp>,
            #[serde(skip_serializing_if = "Option::is_none")]
            decision: Option<super::Decided>,
        }
        let Self { address, edition, state, code, reason, attempts, next_at, decision } = self;
        let (reason, address) = (reason.as_deref(), address.wire());
        let row = Row {
            address,
            edition,
            state: *state,
            code: *code,
            reason,
            attempts: *attempts,
            next_at: *next_at,
            decision: *decision,
        };
        row.serialize(serializer)
    }
}

impl Ledger {
    /// The account of an issue's run, its recipients those in any of `states`; `None` where the run never began.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn account(&self, issue: &str, kind: Kind, states: &[State]) -> Result<Option<Account>, LedgerError> {
        let sending = self.holder();
        let (issue, states) = (issue.to_owned(), states.to_vec());
        let work = move |connection: &Connection| {
            let Some(run) = find(connection, &issue, kind)? else { return Ok(None) };
            let mut account = read(connection, run, issue).map_err(|e| LedgerError::storage("read the run", e))?;
            account.balance = report::balance(connection, run)?;
            account.recipients = report::deliveries(connection, run, &states)?;
            // The lock is the project's: whoever holds it may be sending another issue, or a test.
            let is_last = |holder: &String| {
                account.sessions.last().is_some_and(|last| last.ended.is_none() && holder.ends_with(&lock::since(last.began)))
            };
            account.sending = sending.filter(is_last);
            Ok(Some(account))
        };
        self.writer.read("read the run", work).await
    }

    /// Every issue that was sent, or begun to be, the one begun last first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn issues(&self) -> Result<Vec<Sent>, LedgerError> {
        let work = |connection: &Connection| {
            let read = || -> rusqlite::Result<Vec<(i64, Sent)>> {
                let mut runs = connection
                    .prepare("SELECT id, issue, started, finished FROM run WHERE kind = ?1 ORDER BY started DESC, id DESC")?;
                let runs = runs.query_map([Kind::Issue.as_str()], |row| {
                    let finished = row.get::<_, Option<i64>>(3)?.map(time);
                    let (issue, started) = (row.get(1)?, time(row.get(2)?));
                    Ok((row.get(0)?, Sent { issue, started, finished, balance: Balance::default() }))
                })?;
                runs.collect()
            };
            let runs = read().map_err(|e| LedgerError::storage("list the issues", e))?;
            runs.into_iter().map(|(run, sent)| Ok(Sent { balance: report::balance(connection, run)?, ..sent })).collect()
        };
        self.writer.read("list the issues", work).await
    }

    /// The process that sends from this ledger at this moment, whatever it sends, as it describes itself; `None` where none does.
    #[must_use]
    pub fn holder(&self) -> Option<String> {
        Lock::holder(&self.lock_path())
    }
}

fn read(connection: &Connection, run: i64, issue: String) -> rusqlite::Result<Account> {
    let assumed: i64 = connection.query_row(
        "SELECT count(DISTINCT recipient) FROM decision JOIN recipient ON recipient.id = decision.recipient
         WHERE decision.run = ?1 AND choice = 'assume-sent' AND state = ?2",
        params![run, State::Accepted.code()],
        |row| row.get(0),
    )?;
    let editions = report::grouped(connection, run, report::BY_EDITION)?;
    let domains = report::grouped(connection, run, report::BY_DOMAIN)?;
    let group = |(name, balance)| Group { name, balance };
    let record = report::read_record(connection, run)?;
    Ok(Account {
        issue,
        sender: record.sender,
        relay: record.relay,
        started: record.started,
        finished: record.finished,
        sending: None,
        balance: Balance::default(),
        assumed: assumed.unsigned_abs(),
        sessions: sessions(connection, run)?,
        editions: editions.into_iter().map(group).collect(),
        domains: domains.into_iter().map(group).collect(),
        reasons: reasons(connection, run)?,
        returns: failure::returns(connection, run)?,
        recipients: Vec::new(),
    })
}

fn sessions(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Session>> {
    let mut rows = connection.prepare("SELECT began, ended, has - had FROM session WHERE run = ?1 ORDER BY id")?;
    let moment = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    let rows = rows.query_map([run], |row| {
        let accepted: Option<i64> = row.get(2)?;
        Ok(Session {
            began: moment(row.get(0)?),
            ended: row.get::<_, Option<i64>>(1)?.map(moment),
            accepted: accepted.map(|count| u64::try_from(count).unwrap_or_default()),
        })
    })?;
    rows.collect()
}

fn reasons(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Reason>> {
    // Servers like to repeat the address, which would make each refusal a reason of its own.
    let mut rows = connection.prepare(
        "SELECT iif(state = ?2, ?3, state), code, replace(coalesce(reason, iif(state = ?2, ?4, '')), address, '‹address›'),
                count(*) AS people, min(next_at)
         FROM recipient WHERE run = ?1 AND (state IN (?2, ?3, ?5, ?6, ?7) OR (state = ?8 AND reason IS NOT NULL))
         GROUP BY 1, 2, 3 ORDER BY people DESC, 1, 2, 3",
    )?;
    let rows = rows.query_map(
        params![
            run,
            State::InData.code(),
            State::Ambiguous.code(),
            super::begin::ENDED_IN_DATA,
            State::Refused.code(),
            State::Deferred.code(),
            State::Skipped.code(),
            State::Pending.code()
        ],
        |row| {
            Ok(Reason {
                state: State::from_code(row.get(0)?).unwrap_or(State::Ambiguous),
                code: row.get(1)?,
                words: row.get(2)?,
                count: row.get::<_, i64>(3)?.unsigned_abs(),
                next_at: row.get::<_, Option<i64>>(4)?.map(time),
            })
        },
    )?;
    rows.collect()
}
