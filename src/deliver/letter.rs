//! A recipient with the message composed for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::body::Body;
use super::job::Compose;
use super::queue::Turn;
use super::shared::Shared;
use crate::ledger::{Claim, Deliveries, LedgerError, Outcome};
use crate::model::address::Address;

/// Composing that takes longer is worth the way to another thread.
const SLOW: Duration = Duration::from_micros(150);

/// A recipient in a worker's hands, and what is to be sent to them.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) claim: Claim,
    pub(super) body: Body,
    /// The envelope's sender, where it is the recipient's own.
    pub(super) sender: Option<Address>,
}

impl<L: Deliveries> Shared<L> {
    /// The next recipient for the road of this number, with a message that can be sent; those who have none are refused on the way.
    pub(super) async fn next_letter(&self, road: usize) -> Result<Turn<Letter>, LedgerError> {
        loop {
            let claim = match self.next(road).await? {
                Turn::Now(claim) => claim,
                Turn::Later(at) => return Ok(Turn::Later(at)),
                Turn::Nobody => return Ok(Turn::Nobody),
            };
            let composed = self.composed(&claim.address).await;
            match composed {
                Ok(body) => {
                    let sender = self.return_path.as_ref().map(|make| make(claim.id.number(), &claim.address));
                    return Ok(Turn::Now(Letter { claim, body, sender }));
                }
                Err(reason) => self.record(&claim, Outcome::Refused { code: None, reason }).await?,
            }
        }
    }

    /// The message for a recipient: composed here as long as that takes little, and elsewhere where it takes long, as a signature of RSA does:
    /// the runtime gives what a task spawns to the thread that it runs on, and that one would do all the work while the others wait.
    async fn composed(&self, address: &Address) -> Result<Body, String> {
        let compose = Arc::clone(&self.compose);
        let (composed, took) = if self.is_composing_slow.load(Ordering::Relaxed) {
            let address = address.clone();
            let _core = self.cores.acquire().await.map_err(|error| error.to_string())?;
            let work = tokio::task::spawn_blocking(move || timed(&*compose, &address));
            work.await.map_err(|error| error.to_string())?
        } else {
            timed(&*compose, address)
        };
        self.is_composing_slow.store(took > SLOW, Ordering::Relaxed);
        composed
    }
}

/// Composes a message, and says how long it took.
fn timed(compose: &Compose, address: &Address) -> (Result<Body, String>, Duration) {
    let started = Instant::now();
    let composed = catch_unwind(AssertUnwindSafe(|| compose(address)));
    let panicked = |_| Err("composing the message failed in a way that it should not; please report it".to_owned());
    (composed.unwrap_or_else(panicked), started.elapsed())
}
