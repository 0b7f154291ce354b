//! One run: its workers, their common queue, its end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::shared::Shared;
use super::worker::{End, work};
use super::{Job, Progress, Stop, Summary};
use crate::ledger::{Deliveries, LedgerError};

/// Sends to everyone pending in `ledger`, once each, and gives what came of it.
///
/// When `shutdown` completes, messages whose body has begun to leave are finished, which may take as long as their deadlines; everyone
/// else stays pending. When the returned future is dropped, all stops at once, and recipients whose body was leaving will be
/// ambiguous: never more of them than connections. Deferred recipients are not tried again before the next
/// [`begin`](crate::ledger::Ledger::begin).
///
/// Whatever is wrong with the relay is told in [`Summary::stopped`].
///
/// # Errors
/// Only where the ledger fails. Nothing is sent that it has not recorded first.
pub async fn send<L: Deliveries>(job: Job, ledger: L, shutdown: impl Future<Output = ()>) -> Result<Summary, LedgerError> {
    let started = Instant::now();
    let balance = ledger.balance().await?;
    let progress = job.progress.clone();
    // Nobody need listen: here and below, a closed channel is no failure.
    let _ = progress.send(Progress::Begun { balance });
    let stopped = if balance.pending == 0 { None } else { run(job, &ledger, balance.pending, shutdown).await? };
    let balance = ledger.finish(Timestamp::now()).await?;
    let next_at = ledger.next_due().await?.map(|at| at.to_string());
    let _ = progress.send(Progress::Ended { balance });
    Ok(Summary { balance, seconds: started.elapsed().as_secs_f64(), stopped, next_at })
}

/// Runs the workers until nobody is left, or until something stops them.
async fn run<L: Deliveries>(
    job: Job,
    ledger: &L,
    pending: u64,
    shutdown: impl Future<Output = ()>,
) -> Result<Option<Stop>, LedgerError> {
    let workers = job.relay.connections.clamp(1, usize::try_from(pending).unwrap_or(usize::MAX));
    let host = job.relay.host.clone();
    let shared = match Shared::prepare(job, ledger.clone()).await {
        Ok(shared) => Arc::new(shared),
        Err(stop) => return Ok(Some(stop)),
    };
    let mut running = JoinSet::new();
    running.spawn(work(0, Arc::clone(&shared)));
    let mut is_alone = true;
    let mut shutdown = pin!(shutdown);
    let mut failure = None;
    let mut gave_up = None;
    loop {
        let ended = tokio::select! {
            () = &mut shutdown, if !shared.is_halted() => {
                shared.halt(Stop::Shutdown);
                continue;
            }
            // The others wait until the first is logged in: a wrong password is tried once, and a relay that is down costs one wait.
            () = shared.connected.notified(), if is_alone => {
                is_alone = false;
                for number in 1..workers {
                    running.spawn(work(number, Arc::clone(&shared)));
                }
                continue;
            }
            ended = running.join_next() => ended,
        };
        match ended.map(|joined| joined.map_err(tokio::task::JoinError::into_panic)) {
            None => break,
            Some(Ok(Ok(End::Done))) => {}
            Some(Ok(Ok(End::GaveUp(why)))) => gave_up = Some(why),
            Some(Ok(Err(error))) => {
                shared.halt(Stop::Ledger);
                failure.get_or_insert(error);
            }
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
    // The first failure is the cause; giving back what the queue holds would most likely fail the same way.
    if let Some(error) = failure {
        return Err(error);
    }
    shared.settle_suspects().await?;
    shared.give_back().await?;
    match (shared.reason_to_halt(), gave_up) {
        (Some(stop), _) => Ok(Some(stop)),
        // Some workers may give up while others do all there is to do.
        (None, Some(why)) if ledger.balance().await?.pending > 0 => Ok(Some(Stop::Unreachable { host, why })),
        (None, _) => Ok(None),
    }
}
