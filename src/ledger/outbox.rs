//! The letters that the service writes by itself, one at a time to people who asked: a store of its own behind the engine's trait, so that they go out by
//! the very code of an issue. What leaves its hands in doubt is never sent again; whoever got nothing asks once more.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::lock::Lock;
use super::wish::{Notice, notices};
use super::writer::Writer;
use super::{Balance, Claim, ClaimId, Deliveries, Ledger, LedgerError, Outcome};
use crate::model::address::Address;

/// How a letter stands. One that was accepted or refused is deleted, with the address in it.
const PENDING: i64 = 0;
const CLAIMED: i64 = 1;
const IN_DATA: i64 = 2;
const DOUBTFUL: i64 = 4;
/// How often a letter is tried.
const TRIES: i64 = 8;

/// The letters, held by the one process that sends them.
#[derive(Clone)]
pub struct Outbox {
    writer: Writer,
    /// The greatest number among those that were composed: later ones wait for the next round.
    horizon: i64,
    /// When the round began, in seconds.
    now: i64,
    _lock: Arc<Lock>,
}

impl Ledger {
    /// Takes the letters in hand. What the last process left while it was leaving is in doubt, and what it had not begun is pending again.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] where another process has them, [`LedgerError::Storage`].
    pub async fn outbox(&self, now: Timestamp) -> Result<Outbox, LedgerError> {
        let lock = Lock::take(&self.lock_path().with_file_name("letters.lock"), now)?;
        let work = |connection: &Connection| {
            // Nobody needs the address any more of a letter that nobody sends again.
            connection.execute(
                "UPDATE notice SET state = ?2, address = '', mark = randomblob(16) WHERE state = ?1",
                [IN_DATA, DOUBTFUL],
            )?;
            connection.execute("UPDATE notice SET state = ?2 WHERE state = ?1", [CLAIMED, PENDING])?;
            Ok(())
        };
        self.writer.write("take the letters in hand", move |connection| work(connection).map_err(failed)).await?;
        Ok(Outbox { writer: self.writer.clone(), horizon: 0, now: 0, _lock: Arc::new(lock) })
    }
}

fn failed(error: rusqlite::Error) -> LedgerError {
    LedgerError::storage("see to the letters", error)
}

impl Outbox {
    /// The letters to be sent now, and the store with those in it.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn round(&self, now: Timestamp) -> Result<(Vec<Notice>, Self), LedgerError> {
        let read = move |connection: &Connection| notices(connection, now).map_err(failed);
        let found = self.writer.read("read the letters", read).await?;
        let horizon = found.iter().map(|notice| notice.number).max().unwrap_or(0);
        Ok((found, Self { horizon, now: now.as_second(), ..self.clone() }))
    }

    async fn change(&self, query: &'static str, ids: Vec<i64>, more: i64) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            let mut change = connection.prepare_cached(query)?;
            ids.into_iter().try_for_each(|id| change.execute([id, more]).map(drop))
        };
        self.writer.write("see to the letters", move |connection| work(connection).map_err(failed)).await
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("horizon", &self.horizon).finish_non_exhaustive()
    }
}

fn record(connection: &Connection, id: ClaimId, outcome: &Outcome) -> rusqlite::Result<()> {
    let id = id.0;
    match outcome {
        Outcome::Accepted | Outcome::Refused { .. } => connection.execute("DELETE FROM notice WHERE id = ?1", [id])?,
        Outcome::Deferred { next_at, .. } => {
            let tried = connection.execute(
                "UPDATE notice SET state = ?2, next_at = ?3, tries = tries + 1 WHERE id = ?1 AND tries < ?4",
                params![id, PENDING, next_at.as_second(), TRIES],
            )?;
            if tried == 0 { connection.execute("DELETE FROM notice WHERE id = ?1", [id])? } else { tried }
        }
        Outcome::Ambiguous { .. } => connection
            .execute("UPDATE notice SET state = ?2, address = '', mark = randomblob(16) WHERE id = ?1", [id, DOUBTFUL])?,
        Outcome::Released { .. } => connection.execute("UPDATE notice SET state = ?2 WHERE id = ?1", [id, PENDING])?,
    };
    Ok(())
}

impl Deliveries for Outbox {
    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
        let horizon = self.horizon;
        let work = move |connection: &Connection| {
            let mut claim = connection.prepare_cached(
                "UPDATE notice SET state = ?1 WHERE id IN
                     (SELECT id FROM notice WHERE state = ?2 AND id <= ?3 AND coalesce(next_at, 0) <= ?4 ORDER BY id LIMIT ?5)
                 RETURNING id, address, language, tries",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = claim.query_map(params![CLAIMED, PENDING, horizon, now.as_second(), limit], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, u32>(3)?))
            })?;
            let mut claims = Vec::new();
            for row in rows {
                let (id, address, edition, attempts) = row?;
                if let Ok(address) = Address::parse(&address) {
                    claims.push(Claim { id: ClaimId(id), address, edition, attempts });
                }
            }
            Ok(claims)
        };
        self.writer.write("claim letters", move |connection| work(connection).map_err(failed)).await
    }

    async fn advance(&self, done: Option<(ClaimId, Outcome)>, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            if let Some((id, outcome)) = done {
                record(connection, id, &outcome)?;
            }
            if let Some(id) = next {
                connection.execute("UPDATE notice SET state = ?2 WHERE id = ?1", [id.0, IN_DATA])?;
            }
            Ok(())
        };
        self.writer.write("record a letter", move |connection| work(connection).map_err(failed)).await
    }

    async fn release(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        self.change("UPDATE notice SET state = ?2 WHERE id = ?1", claims.into_iter().map(|id| id.0).collect(), PENDING).await
    }

    async fn postpone(&self, claims: Vec<(ClaimId, Timestamp)>) -> Result<(), LedgerError> {
        for (id, turn) in claims {
            self.change("UPDATE notice SET state = 0, next_at = ?2 WHERE id = ?1", vec![id.0], turn.as_second()).await?;
        }
        Ok(())
    }

    async fn wake(&self, _now: Timestamp) -> Result<u64, LedgerError> {
        Ok(0)
    }

    async fn pardon(&self, _claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        // Who was refused is forgotten already, and may ask again.
        Ok(())
    }

    async fn balance(&self) -> Result<Balance, LedgerError> {
        let (horizon, now) = (self.horizon, self.now);
        let work = move |connection: &Connection| {
            let pending: i64 = connection.query_row(
                "SELECT count(*) FROM notice WHERE state IN (0, 1) AND id <= ?1 AND coalesce(next_at, 0) <= ?2",
                [horizon, now],
                |row| row.get(0),
            )?;
            let pending = pending.unsigned_abs();
            Ok(Balance { planned: pending, pending, ..Balance::default() })
        };
        self.writer.read("count the letters", move |connection| work(connection).map_err(failed)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }

    async fn next_turn(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }

    async fn finish(&self, _now: Timestamp) -> Result<Balance, LedgerError> {
        self.balance().await
    }
}
