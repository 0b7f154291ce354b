//! One run: its workers, their common queue, its end.

use std::collections::VecDeque;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, mpsc, watch};
use tokio::task::JoinSet;

use super::smtp::{Route, Trust};
use super::worker::{End, work};
use super::{Credentials, Patience, Progress, Reply, Stop, Summary};
use crate::ledger::{Claim, Deliveries, LedgerError};
use crate::model::address::Address;
use crate::model::relay::Relay;

/// How many recipients are claimed at a time, for all workers together.
const CLAIMS: usize = 64;

/// Makes the message for a recipient: finished octets as they go over the wire, CRLF line ends, dots not doubled. It must give the
/// same octets each time. It may take a while, and runs on a thread for such work; the words of its error go into the report, and
/// the recipient is refused.
pub type Compose = dyn Fn(&Address) -> Result<Arc<[u8]>, String> + Send + Sync;

/// All that a run needs besides its ledger.
pub struct Job {
    /// Where to send, and over how many connections.
    pub relay: Relay,
    /// The login, where the relay wants one.
    pub credentials: Option<Credentials>,
    /// The project's folder, at which a relative `ca_file` starts.
    pub project: PathBuf,
    /// The envelope's sender (MAIL FROM).
    pub sender: Address,
    /// What we call ourselves in EHLO: a domain name of ours, or an address literal in brackets (RFC 5321 §4.1.1.1).
    pub hello: String,
    /// How long to wait for the relay, and how often to come back.
    pub patience: Patience,
    /// Makes the messages.
    pub compose: Arc<Compose>,
    /// Where to tell what happens. Nobody need listen.
    pub progress: mpsc::UnboundedSender<Progress>,
}

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
    let unclaimed: Vec<_> = shared.queue.lock().await.drain(..).map(|claim| claim.id).collect();
    ledger.release(unclaimed).await?;
    let halted = shared.halt.borrow().clone();
    match (halted, gave_up) {
        (Some(stop), _) => Ok(Some(stop)),
        // Some workers may give up while others do all there is to do.
        (None, Some(why)) if ledger.balance().await?.pending > 0 => Ok(Some(Stop::Unreachable { host, why })),
        (None, _) => Ok(None),
    }
}

/// What the workers have in common.
pub(super) struct Shared<L> {
    pub(super) route: Route,
    pub(super) sender: Address,
    pub(super) patience: Patience,
    pub(super) compose: Arc<Compose>,
    pub(super) ledger: L,
    progress: mpsc::UnboundedSender<Progress>,
    queue: Mutex<VecDeque<Claim>>,
    halt: watch::Sender<Option<Stop>>,
    /// Refusals held back: see `record`.
    pub(super) suspects: Mutex<Vec<(Claim, Reply)>>,
    /// Told of each connection.
    pub(super) connected: Notify,
}

impl<L: Deliveries> Shared<L> {
    async fn prepare(job: Job, ledger: L) -> Result<Self, Stop> {
        let is_hello = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if job.hello.is_empty() || !job.hello.chars().all(is_hello) {
            return Err(Stop::Setup(format!("{:?} is no name to greet a server with: a domain name is needed", job.hello)));
        }
        if job.relay.tls == crate::model::relay::Tls::None && !job.relay.is_loopback() {
            return Err(Stop::Unprotected { host: job.relay.host });
        }
        let (relay, project) = (job.relay.clone(), job.project);
        // The system's certificates are some hundred files.
        let trust = tokio::task::spawn_blocking(move || Trust::read(&relay, &project))
            .await
            .map_err(|e| Stop::Setup(format!("reading the certificates to trust failed: {e}")))??;
        Ok(Self {
            route: Route {
                relay: job.relay,
                trust,
                credentials: job.credentials,
                hello: job.hello,
                deadlines: job.patience.deadlines,
            },
            sender: job.sender,
            patience: job.patience,
            compose: job.compose,
            ledger,
            progress: job.progress,
            queue: Mutex::default(),
            halt: watch::Sender::new(None),
            suspects: Mutex::default(),
            connected: Notify::new(),
        })
    }

    /// The next recipient; `None` where nobody is pending, or the run stops.
    pub(super) async fn next(&self) -> Result<Option<Claim>, LedgerError> {
        let mut queue = self.queue.lock().await;
        if self.is_halted() {
            return Ok(None);
        }
        if queue.is_empty() {
            queue.extend(self.ledger.claim(CLAIMS).await?);
        }
        Ok(queue.pop_front())
    }

    pub(super) fn tell(&self, event: Progress) {
        let _ = self.progress.send(event);
    }

    /// Stops the run. The first reason counts: what follows is most likely its consequence.
    pub(super) fn halt(&self, reason: Stop) {
        let is_first = self.halt.send_if_modified(|halt| {
            let is_first = halt.is_none();
            halt.get_or_insert(reason.clone());
            is_first
        });
        if is_first {
            self.tell(Progress::Stopping { reason });
        }
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halt.borrow().is_some()
    }

    /// Completes when the run stops.
    pub(super) async fn halted(&self) {
        // The sender lives as long as `self`.
        let _ = self.halt.subscribe().wait_for(Option::is_some).await;
    }
}
