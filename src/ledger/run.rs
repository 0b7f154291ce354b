//! A run open for sending.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::begin::Begun;
use super::lock::Lock;
use super::writer::Writer;
use super::{Balance, Claim, ClaimId, LedgerError, Outcome, State, departure, report};
use crate::model::address::Address;
use crate::token::Keyring;

/// The keys by which people are known who left, as far as they are at hand.
type Guard = Option<Arc<Keyring>>;

/// What the delivery engine needs of a run: the face behind which another store can stand.
///
/// Every method that changes something answers once the change is durable. A store where several machines claim puts its lease and
/// fence into [`ClaimId`] and refuses a claim that is no longer its holder's with [`LedgerError::Lost`].
pub trait Deliveries: Clone + Send + Sync + 'static {
    /// Takes up to `limit` pending recipients whose turn has come at `now`, those tried least first, then in the order of the list.
    /// Empty means that nobody is at this moment; one who is claimed may still come back.
    fn claim(&self, limit: usize, now: Timestamp) -> impl Future<Output = Result<Vec<Claim>, LedgerError>> + Send;

    /// Records the outcome of one recipient and that the body of the next one's message is about to leave, in one commit. The body
    /// may leave once this has answered.
    fn advance(
        &self,
        done: Option<(ClaimId, Outcome)>,
        next: Option<ClaimId>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives back recipients that were not tried.
    fn release(&self, claims: Vec<ClaimId>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Gives back recipients that were not tried, each until its turn comes at the time beside it.
    fn postpone(&self, claims: Vec<(ClaimId, Timestamp)>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Makes the deferred recipients pending whose time has come at `now`, and says how many they are.
    fn wake(&self, now: Timestamp) -> impl Future<Output = Result<u64, LedgerError>> + Send;

    /// Makes refused recipients pending again, for the refusal turned out not to be about them.
    fn pardon(&self, claims: Vec<ClaimId>) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Counts the states.
    fn balance(&self) -> impl Future<Output = Result<Balance, LedgerError>> + Send;

    /// The earliest time at which a deferred recipient is due.
    fn next_due(&self) -> impl Future<Output = Result<Option<Timestamp>, LedgerError>> + Send;

    /// The earliest time at which the turn of a pending recipient comes who was [postponed](Self::postpone).
    fn next_turn(&self) -> impl Future<Output = Result<Option<Timestamp>, LedgerError>> + Send;

    /// Ends the work on a run: it counts as finished if nobody in it is open, and gives the balance.
    fn finish(&self, now: Timestamp) -> impl Future<Output = Result<Balance, LedgerError>> + Send;
}

/// A run open for sending; made by [`Ledger::begin`](super::Ledger::begin). Cheap to clone; it and its clones hold the ledger's lock.
#[derive(Clone)]
pub struct Run {
    id: i64,
    session: i64,
    repeated: Arc<[Address]>,
    writer: Writer,
    /// What keeps people from being claimed who left: `None` where it is not asked, as in a test to addresses that a person named.
    guard: Option<Guard>,
    _lock: Arc<Lock>,
}

impl Run {
    pub(super) fn new(begun: Begun, lock: Arc<Lock>, writer: Writer, guard: Option<Guard>) -> Self {
        Self { id: begun.run, session: begun.session, repeated: begun.repeated.into(), writer, guard, _lock: lock }
    }

    /// The earliest of the times that `question` asks for.
    async fn earliest(&self, question: &'static str) -> Result<Option<Timestamp>, LedgerError> {
        let run = self.id;
        let work = move |connection: &Connection| {
            let earliest = connection.prepare_cached(question).and_then(|mut ask| ask.query_row([run], |row| row.get(0)));
            earliest
                .map(|at: Option<i64>| at.and_then(|at| Timestamp::from_second(at).ok()))
                .map_err(|e| LedgerError::storage("look for the next time", e))
        };
        self.writer.read("look for the next time", work).await
    }

    /// Addresses that the plan held more than once, under whatever spelling. The first of each counts.
    #[must_use]
    pub fn repeated(&self) -> &[Address] {
        &self.repeated
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Deliveries for Run {
    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
        let (run, guard) = (self.id, self.guard.clone());
        let work = move |connection: &Connection| loop {
            let claimed = claim(connection, run, limit, now)?;
            let found = claimed.len();
            let welcome = without_departed(connection, claimed, guard.as_ref())?;
            // Where all of them left, others may be waiting behind.
            if !welcome.is_empty() || found == 0 {
                return Ok(welcome);
            }
        };
        self.writer.write("claim recipients", work).await
    }

    async fn advance(&self, done: Option<(ClaimId, Outcome)>, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            if let Some((id, outcome)) = done {
                record(connection, id, &outcome)?;
            }
            next.map_or(Ok(()), |id| mark_in_data(connection, id))
        };
        self.writer.write("record an outcome", work).await
    }

    async fn release(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            claims.into_iter().try_for_each(|id| record(connection, id, &Outcome::Released { reason: None }))
        };
        self.writer.write("release recipients", work).await
    }

    async fn postpone(&self, claims: Vec<(ClaimId, Timestamp)>) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| claims.iter().try_for_each(|(id, turn)| postpone(connection, *id, *turn));
        self.writer.write("postpone recipients", work).await
    }

    async fn wake(&self, now: Timestamp) -> Result<u64, LedgerError> {
        let run = self.id;
        // The numbers stand in the statement, so that the index over those deferred serves.
        let wake = "UPDATE recipient SET state = 0, next_at = NULL WHERE run = ?1 AND state = 4 AND next_at <= ?2";
        let work = move |connection: &Connection| {
            let woken = connection.prepare_cached(wake).and_then(|mut wake| wake.execute(params![run, now.as_second()]));
            woken.map(|count| u64::try_from(count).unwrap_or(u64::MAX)).map_err(|e| LedgerError::storage("look for retries", e))
        };
        self.writer.write("look for retries", work).await
    }

    async fn pardon(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            let mut pardon =
                connection.prepare_cached("UPDATE recipient SET state = ?2, code = NULL WHERE id = ?1 AND state = ?3")?;
            claims.iter().try_for_each(|id| pardon.execute(params![id.0, State::Pending.code(), State::Refused.code()]).map(drop))
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("take refusals back", e);
        self.writer.write("take refusals back", move |connection| work(connection).map_err(failed)).await
    }

    async fn balance(&self) -> Result<Balance, LedgerError> {
        let run = self.id;
        self.writer.read("count", move |connection| report::balance(connection, run)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.earliest("SELECT min(next_at) FROM recipient WHERE run = ?1 AND state = 4").await
    }

    async fn next_turn(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.earliest(
            "SELECT nullif(min(coalesce(next_at, 0)), 0) FROM recipient
             WHERE run = ?1 AND state = 0 AND coalesce(next_at, 0) > 0",
        )
        .await
    }

    async fn finish(&self, now: Timestamp) -> Result<Balance, LedgerError> {
        let (run, session) = (self.id, self.session);
        let work = move |connection: &Connection| {
            let balance = report::balance(connection, run)?;
            let accepted = i64::try_from(balance.accepted).unwrap_or(i64::MAX);
            connection
                .execute(
                    "UPDATE session SET ended = ?2, has = ?3 WHERE id = ?1",
                    params![session, now.as_millisecond(), accepted],
                )
                .map_err(|e| LedgerError::storage("finish the run", e))?;
            if balance.open() == 0 && balance.ambiguous == 0 {
                connection
                    .execute("UPDATE run SET finished = ?2 WHERE id = ?1", params![run, now.as_second()])
                    .map_err(|e| LedgerError::storage("finish the run", e))?;
            }
            Ok(balance)
        };
        self.writer.write("finish the run", work).await
    }
}

fn claim(connection: &Connection, run: i64, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
    let read = || -> rusqlite::Result<Vec<(i64, String, u32, i64)>> {
        let mut claimed = connection.prepare_cached(
            "UPDATE recipient SET state = ?3, next_at = NULL
             WHERE id IN (SELECT id FROM recipient WHERE run = ?1 AND state = 0 AND coalesce(next_at, 0) <= ?4
                          ORDER BY coalesce(next_at, 0), attempts, id LIMIT ?2)
             RETURNING id, address, attempts, edition",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = claimed.query_map(params![run, limit, State::Claimed.code(), now.as_second()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        rows.collect()
    };
    let mut rows = read().map_err(|e| LedgerError::storage("claim recipients", e))?;
    // RETURNING promises no order.
    rows.sort_unstable_by_key(|&(id, _, attempts, _)| (attempts, id));
    rows.into_iter()
        .map(|(id, address, attempts, edition)| {
            Ok(Claim {
                id: ClaimId(id),
                address: Address::parse(&address).map_err(|e| LedgerError::storage("read an address", e))?,
                edition: edition_name(connection, edition).map_err(|e| LedgerError::storage("read an edition", e))?,
                attempts,
            })
        })
        .collect()
}

/// Those who did not leave; who did is skipped, in the very commit in which they would have been claimed.
fn without_departed(connection: &Connection, claimed: Vec<Claim>, guard: Option<&Guard>) -> Result<Vec<Claim>, LedgerError> {
    let failed = |e| LedgerError::storage("look for who left", e);
    let Some(keyring) = guard else { return Ok(claimed) };
    if !departure::is_any(connection).map_err(failed)? {
        return Ok(claimed);
    }
    let keyring = keyring.as_ref().ok_or(LedgerError::Keyless)?;
    let mut welcome = Vec::with_capacity(claimed.len());
    for claim in claimed {
        match departure::find(connection, keyring.mark(&claim.address)).map_err(failed)? {
            Some(departure) => skip(connection, claim.id, &departure.to_string()).map_err(failed)?,
            None => welcome.push(claim),
        }
    }
    Ok(welcome)
}

fn skip(connection: &Connection, id: ClaimId, reason: &str) -> rusqlite::Result<()> {
    let mut skip = connection.prepare_cached("UPDATE recipient SET state = ?2, reason = ?3 WHERE id = ?1 AND state = ?4")?;
    skip.execute(params![id.0, State::Skipped.code(), reason, State::Claimed.code()]).map(drop)
}

fn postpone(connection: &Connection, id: ClaimId, turn: Timestamp) -> Result<(), LedgerError> {
    let postponed = connection
        .prepare_cached("UPDATE recipient SET state = ?2, next_at = ?3 WHERE id = ?1 AND state = ?4")
        .and_then(|mut give_back| {
            give_back.execute(params![id.0, State::Pending.code(), turn.as_second(), State::Claimed.code()])
        })
        .map_err(|e| LedgerError::storage("postpone a recipient", e))?;
    if postponed == 1 { Ok(()) } else { Err(LedgerError::Lost { id: id.0 }) }
}

fn edition_name(connection: &Connection, edition: i64) -> rusqlite::Result<String> {
    connection.prepare_cached("SELECT name FROM edition WHERE id = ?1")?.query_row([edition], |row| row.get(0))
}

fn mark_in_data(connection: &Connection, id: ClaimId) -> Result<(), LedgerError> {
    let marked = connection
        .prepare_cached("UPDATE recipient SET state = ?2 WHERE id = ?1 AND state = ?3")
        .and_then(|mut mark| mark.execute(params![id.0, State::InData.code(), State::Claimed.code()]))
        .map_err(|e| LedgerError::storage("mark a message as leaving", e))?;
    if marked == 1 { Ok(()) } else { Err(LedgerError::Lost { id: id.0 }) }
}

fn record(connection: &Connection, id: ClaimId, outcome: &Outcome) -> Result<(), LedgerError> {
    let (state, next_at, code, reason, tries) = match outcome {
        Outcome::Accepted => (State::Accepted, None, None, None, 1),
        Outcome::Deferred { next_at, code, reason } => {
            (State::Deferred, Some(next_at.as_second()), *code, Some(reason.as_str()), 1)
        }
        Outcome::Refused { code, reason } => (State::Refused, None, *code, Some(reason.as_str()), 1),
        Outcome::Ambiguous { reason } => (State::Ambiguous, None, None, Some(reason.as_str()), 1),
        Outcome::Released { reason } => (State::Pending, None, None, reason.as_deref(), i64::from(reason.is_some())),
    };
    let recorded = connection
        .prepare_cached(
            "UPDATE recipient SET state = ?2, next_at = ?3, code = ?4, reason = ?5, attempts = attempts + ?6
             WHERE id = ?1 AND state IN (?7, ?8)",
        )
        .and_then(|mut update| {
            update.execute(params![id.0, state.code(), next_at, code, reason, tries, State::Claimed.code(), State::InData.code()])
        })
        .map_err(|e| LedgerError::storage("record an outcome", e))?;
    if recorded == 1 { Ok(()) } else { Err(LedgerError::Lost { id: id.0 }) }
}
