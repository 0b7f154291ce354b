//! What the workers of a run have in common: their queue, their stop, the ledger.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, mpsc, watch};

use super::limit::Limit;
use super::smtp::{Route, Sender, Trust};
use super::{Compose, Job, Patience, Progress, Reply, Stop};
use crate::ledger::{Claim, Deliveries, LedgerError};
use crate::model::relay::Tls;

/// How many recipients are claimed at a time, for all workers together; more where there are many workers.
const CLAIMS: usize = 64;

/// What the workers have in common.
pub(super) struct Shared<L> {
    pub(super) route: Route,
    pub(super) limit: Limit,
    pub(super) patience: Patience,
    pub(super) compose: Arc<Compose>,
    pub(super) ledger: L,
    progress: mpsc::UnboundedSender<Progress>,
    queue: Mutex<VecDeque<Claim>>,
    /// How many recipients are claimed at a time.
    claims: usize,
    halt: watch::Sender<Option<Stop>>,
    /// Refusals held back: see `record`.
    pub(super) suspects: Mutex<Vec<(Claim, Reply)>>,
    /// Told of each connection.
    pub(super) connected: Notify,
}

impl<L: Deliveries> Shared<L> {
    pub(super) async fn prepare(job: Job, ledger: L) -> Result<Self, Stop> {
        let is_hello = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if job.hello.is_empty() || !job.hello.chars().all(is_hello) {
            return Err(Stop::Setup(format!("{:?} is no name to greet a server with: a domain name is needed", job.hello)));
        }
        if job.relay.tls == Tls::None && !job.relay.is_loopback() {
            return Err(Stop::Unprotected { host: job.relay.host });
        }
        let (relay, project) = (job.relay.clone(), job.project);
        // The system's certificates are some hundred files.
        let trust = tokio::task::spawn_blocking(move || Trust::read(&relay, &project))
            .await
            .map_err(|e| Stop::Setup(format!("reading the certificates to trust failed: {e}")))??;
        let sender = Sender { address: job.sender, envid: job.relay.dsn.then_some(job.envid) };
        Ok(Self {
            claims: CLAIMS.max(2 * job.relay.connections),
            limit: Limit::new(job.relay.messages_per_connection, job.relay.time_per_connection),
            route: Route {
                relay: job.relay,
                trust,
                credentials: job.credentials,
                hello: job.hello,
                sender,
                deadlines: job.patience.deadlines,
            },
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
            queue.extend(self.ledger.claim(self.claims).await?);
        }
        Ok(queue.pop_front())
    }

    /// Gives back to the ledger the recipients that nobody took from the queue.
    pub(super) async fn give_back(&self) -> Result<(), LedgerError> {
        let unclaimed: Vec<_> = self.queue.lock().await.drain(..).map(|claim| claim.id).collect();
        self.ledger.release(unclaimed).await
    }

    /// Tells whoever follows the run; nobody need.
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
