//! Outcomes put on the disk and told of; refusals held back until it is known whom they concern.

use super::shared::Shared;
use super::{Progress, Reply, Stop};
use crate::ledger::{Claim, ClaimId, Deliveries, LedgerError, Outcome};

/// How many recipients in a row, with nobody accepted between them, are refused by policy before it is clear that it is about us.
const SUSPECTS_MAX: usize = 3;

/// What the breaker counts.
enum Counted {
    Accepted,
    Refused,
    Deferred,
}

impl<L: Deliveries> Shared<L> {
    /// Puts an outcome on the disk, in one commit with the next recipient's intent if there is one, and tells of it. Whoever is
    /// accepted shows that refusals held back were not about us.
    pub(super) async fn conclude(&self, claim: &Claim, outcome: Outcome, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let is_accepted = outcome == Outcome::Accepted;
        self.advance(claim, outcome, next).await?;
        if is_accepted { self.refuse_suspects().await } else { Ok(()) }
    }

    /// Puts an outcome on the disk, then tells of it.
    pub(super) async fn record(&self, claim: &Claim, outcome: Outcome) -> Result<(), LedgerError> {
        self.advance(claim, outcome, None).await
    }

    async fn advance(&self, claim: &Claim, outcome: Outcome, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let address = claim.address.wire();
        let with_code =
            |code: Option<u16>, reason: &str| code.map_or_else(|| reason.to_owned(), |code| format!("{code} {reason}"));
        let event = match &outcome {
            Outcome::Accepted => Some(Progress::Accepted { address }),
            Outcome::Deferred { code, reason, .. } => Some(Progress::Deferred { address, reason: with_code(*code, reason) }),
            Outcome::Refused { code, reason } => Some(Progress::Refused { address, reason: with_code(*code, reason) }),
            Outcome::Ambiguous { reason } => Some(Progress::Ambiguous { address, reason: reason.clone() }),
            Outcome::Released { .. } => None,
        };
        let counted = match &outcome {
            Outcome::Accepted => Some(Counted::Accepted),
            // What we refused ourselves says nothing about the list.
            Outcome::Refused { code: Some(_), .. } => Some(Counted::Refused),
            Outcome::Deferred { .. } => Some(Counted::Deferred),
            _ => None,
        };
        self.ledger.advance(Some((claim.id, outcome)), next).await?;
        if let Some(event) = event {
            self.tell(event);
        }
        match counted {
            Some(Counted::Accepted) => self.breaker.note_accepted(),
            Some(Counted::Deferred) => self.breaker.note_deferred(),
            Some(Counted::Refused) => self.breaker.note_refused().into_iter().for_each(|stop| self.halt(stop)),
            None => return Ok(()),
        }
        self.note_decided();
        Ok(())
    }

    /// Holds back a refusal that may be the recipient's or ours. Whether it is enough: then the run has stopped, and it was ours.
    pub(super) async fn suspect(&self, host: &str, claim: Claim, reply: Reply) -> bool {
        let mut suspects = self.suspects.lock().await;
        suspects.push((host.to_owned(), claim, reply.clone()));
        let is_enough = suspects.len() >= SUSPECTS_MAX;
        if is_enough {
            self.halt(Stop::Policy { host: host.to_owned(), reply });
        }
        is_enough
    }

    /// Refuses those held back: somebody else was accepted, so it is about them.
    pub(super) async fn refuse_suspects(&self) -> Result<(), LedgerError> {
        let suspects = std::mem::take(&mut *self.suspects.lock().await);
        for (_, claim, reply) in suspects {
            self.record(&claim, Outcome::Refused { code: Some(reply.code()), reason: reply.words().to_owned() }).await?;
        }
        Ok(())
    }

    /// At the end of a run, settles whom the refusals still held back concern: the recipients, if the relay ever took a message of this
    /// issue and the run did not stop over them; else us, and nobody is charged.
    pub(super) async fn settle_suspects(&self) -> Result<(), LedgerError> {
        if self.suspects.lock().await.is_empty() {
            return Ok(());
        }
        if !self.is_halted() && self.ledger.balance().await?.accepted > 0 {
            return self.refuse_suspects().await;
        }
        let suspects = std::mem::take(&mut *self.suspects.lock().await);
        if let Some((host, _, reply)) = suspects.first() {
            self.halt(Stop::Policy { host: host.clone(), reply: reply.clone() });
        }
        for (_, claim, reply) in suspects {
            self.record(&claim, Outcome::Released { reason: Some(reply.to_string()) }).await?;
        }
        Ok(())
    }
}
