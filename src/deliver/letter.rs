//! A recipient with the message composed for them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::body::Body;
use super::queue::Turn;
use super::shared::Shared;
use crate::ledger::{Claim, Deliveries, LedgerError, Outcome};

/// A recipient in a worker's hands, and what is to be sent to them.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) claim: Claim,
    pub(super) body: Body,
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
            let composed = catch_unwind(AssertUnwindSafe(|| (self.compose)(&claim.address)));
            let composed = composed
                .unwrap_or_else(|_| Err("composing the message failed in a way that it should not; please report it".to_owned()));
            match composed {
                Ok(body) => return Ok(Turn::Now(Letter { claim, body })),
                Err(reason) => self.record(&claim, Outcome::Refused { code: None, reason }).await?,
            }
        }
    }
}
