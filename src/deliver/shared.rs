//! What the workers of a run have in common: the roads, the queue, the stop, the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::time::Instant;

use super::breaker::Breaker;
use super::clock::Clock;
use super::queue::{Queue, Turn};
use super::road::Road;
use super::smtp::{Route, Sender, Trust};
use super::{Compose, Gateway, Job, Patience, Progress, Reply, ReturnPath, Stop};
use crate::ledger::{Claim, Deliveries, LedgerError};
use crate::model::relay::Tls;

/// How many recipients are claimed at a time, for all workers together; more where there are many workers.
const CLAIMS: usize = 64;

/// What the engine is told by workers.
#[derive(Debug)]
pub(super) enum News {
    /// The road of this number has a connection that works.
    Connected(usize),
    /// The first recipients have their outcomes.
    CanaryThrough,
}

/// What the workers have in common.
pub(super) struct Shared<L> {
    pub(super) roads: Vec<Road>,
    pub(super) patience: Patience,
    pub(super) compose: Arc<Compose>,
    pub(super) return_path: Option<Arc<ReturnPath>>,
    /// Whether the last message took long to compose.
    pub(super) is_composing_slow: AtomicBool,
    /// How many messages are composed at a time where it takes long: one a core.
    pub(super) cores: Semaphore,
    pub(super) ledger: L,
    pub(super) clock: Clock,
    pub(super) breaker: Breaker,
    /// Whether those whose retry is due are tried again in this run.
    pub(super) waits: bool,
    progress: mpsc::UnboundedSender<Progress>,
    queue: Mutex<Queue>,
    /// How many recipients are claimed at a time.
    claims: usize,
    halt: watch::Sender<Option<Stop>>,
    /// Refusals held back, each with the relay that spoke it: see `record`.
    pub(super) suspects: Mutex<Vec<(String, Claim, Reply)>>,
    news: mpsc::UnboundedSender<News>,
    canary: u64,
    /// Whether the first recipients have their outcomes.
    is_canary_through: AtomicBool,
}

impl<L: Deliveries> Shared<L> {
    /// Makes ready what a run needs; `canary` recipients go first.
    pub(super) async fn prepare(
        job: Job,
        ledger: L,
        clock: Clock,
        canary: u64,
    ) -> Result<(Self, mpsc::UnboundedReceiver<News>), Stop> {
        let is_hello = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if job.hello.is_empty() || !job.hello.chars().all(is_hello) {
            return Err(Stop::Setup(format!("{:?} is no name to greet a server with: a domain name is needed", job.hello)));
        }
        let connections: usize = job.gateways.iter().map(|gateway| gateway.relay.connections).sum();
        let mut roads = Vec::with_capacity(job.gateways.len());
        for Gateway { relay, credentials } in job.gateways {
            if relay.tls == Tls::None && !relay.is_loopback() {
                return Err(Stop::Unprotected { host: relay.host });
            }
            let (named, project) = (relay.clone(), job.project.clone());
            // The system's certificates are some hundred files.
            let trust = tokio::task::spawn_blocking(move || Trust::read(&named, &project))
                .await
                .map_err(|e| Stop::Setup(format!("reading the certificates to trust failed: {e}")))??;
            let sender = Sender { address: job.sender.clone(), envid: relay.dsn.then(|| job.envid.clone()) };
            let (hello, deadlines) = (job.hello.clone(), job.patience.deadlines);
            roads.push(Road::new(Route { relay, trust, credentials, hello, sender, deadlines }));
        }
        if roads.is_empty() {
            return Err(Stop::Setup("no relay is named to send over".to_owned()));
        }
        let (news, heard) = mpsc::unbounded_channel();
        let shared = Self {
            claims: CLAIMS.max(2 * connections),
            roads,
            patience: job.patience,
            compose: job.compose,
            return_path: job.return_path,
            is_composing_slow: AtomicBool::new(false),
            cores: Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)),
            ledger,
            clock,
            breaker: Breaker::new(job.refused_percent),
            waits: job.waits,
            progress: job.progress,
            queue: Mutex::new(Queue::new(&job.pace)),
            halt: watch::Sender::new(None),
            suspects: Mutex::default(),
            news,
            canary,
            is_canary_through: AtomicBool::new(canary == 0),
        };
        Ok((shared, heard))
    }

    /// Who is next for the road of this number.
    pub(super) async fn next(&self, road: usize) -> Result<Turn<Claim>, LedgerError> {
        let mut queue = self.queue.lock().await;
        let road = &self.roads[road];
        if self.is_halted() || road.is_out() {
            return Ok(Turn::Nobody);
        }
        let now = Instant::now();
        if let Some(later) = road.held_until(&self.roads, now) {
            return Ok(Turn::Later(later));
        }
        let turn = queue.next(&self.ledger, &self.clock, self.claims).await?;
        if matches!(turn, Turn::Now(_)) {
            road.take(now);
        }
        Ok(turn)
    }

    /// Gives back to the ledger the recipients that nobody took from the queue.
    pub(super) async fn give_back(&self) -> Result<(), LedgerError> {
        let unclaimed = self.queue.lock().await.drain();
        if unclaimed.is_empty() { Ok(()) } else { self.ledger.release(unclaimed).await }
    }

    /// Tells whoever follows the run; nobody need.
    pub(super) fn tell(&self, event: Progress) {
        let _ = self.progress.send(event);
    }

    /// Tells the engine of a connection that works.
    pub(super) fn note_connected(&self, road: usize) {
        let _ = self.news.send(News::Connected(road));
    }

    /// Notes that somebody more is decided.
    pub(super) fn note_decided(&self) {
        if !self.is_canary_through() && self.breaker.decided() >= self.canary {
            self.is_canary_through.store(true, Ordering::Release);
            let _ = self.news.send(News::CanaryThrough);
        }
    }

    /// Whether the first recipients have their outcomes, so that all relays and connections may work.
    pub(super) fn is_canary_through(&self) -> bool {
        self.is_canary_through.load(Ordering::Acquire)
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

    /// Why the run stops, if it does.
    pub(super) fn reason_to_halt(&self) -> Option<Stop> {
        self.halt.borrow().clone()
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
