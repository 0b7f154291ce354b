//! What happens during a run, for a log: recipients by the ledger's numbers, never by address, and no credentials.
//!
//! Events go to [`tracing`] under the target [`TARGET`]; without a subscriber they cost next to nothing. Each is told once it is on the
//! disk.

use jiff::Timestamp;
use tracing::{enabled, info};

use super::{Credentials, Progress, Stop};
use crate::ledger::{Balance, Claim, ClaimId, Deliveries, LedgerError, Outcome};

/// The target of every event.
pub const TARGET: &str = "postrider::run";

/// A run whose every change is told to the log.
#[derive(Debug, Clone)]
pub struct Logged<L> {
    run: L,
    veil: Veil,
}

impl<L> Logged<L> {
    /// Tells of the changes of `run`. Servers may repeat what they were told: the credentials are blotted out wherever they stand.
    #[must_use]
    pub fn new(run: L, credentials: Vec<Credentials>) -> Self {
        Self { run, veil: Veil(credentials) }
    }

    /// What hides addresses and credentials in the words of this run.
    #[must_use]
    pub fn veil(&self) -> &Veil {
        &self.veil
    }
}

impl<L: Deliveries> Deliveries for Logged<L> {
    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
        let claims = told(self.run.claim(limit, now).await)?;
        for claim in &claims {
            info!(target: TARGET, recipient = %claim.id, edition = claim.edition, attempts = claim.attempts, "claimed");
        }
        Ok(claims)
    }

    async fn advance(&self, done: Option<(ClaimId, Outcome)>, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let outcome = done.clone().filter(|_| enabled!(target: TARGET, tracing::Level::INFO));
        told(self.run.advance(done, next).await)?;
        if let Some((id, outcome)) = outcome {
            self.veil.tell(id, &outcome);
        }
        if let Some(id) = next {
            info!(target: TARGET, recipient = %id, "the body leaves");
        }
        Ok(())
    }

    async fn release(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        told(self.run.release(claims.clone()).await)?;
        for id in claims {
            info!(target: TARGET, recipient = %id, "given back");
        }
        Ok(())
    }

    async fn postpone(&self, claims: Vec<(ClaimId, Timestamp)>) -> Result<(), LedgerError> {
        told(self.run.postpone(claims.clone()).await)?;
        for (id, turn) in claims {
            info!(target: TARGET, recipient = %id, %turn, "postponed");
        }
        Ok(())
    }

    async fn wake(&self, now: Timestamp) -> Result<u64, LedgerError> {
        let count = told(self.run.wake(now).await)?;
        if count > 0 {
            info!(target: TARGET, count, "deferred recipients are due again");
        }
        Ok(count)
    }

    async fn pardon(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        told(self.run.pardon(claims.clone()).await)?;
        for id in claims {
            info!(target: TARGET, recipient = %id, "the refusal is taken back");
        }
        Ok(())
    }

    async fn balance(&self) -> Result<Balance, LedgerError> {
        told(self.run.balance().await)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        told(self.run.next_due().await)
    }

    async fn next_turn(&self) -> Result<Option<Timestamp>, LedgerError> {
        told(self.run.next_turn().await)
    }

    async fn finish(&self, now: Timestamp) -> Result<Balance, LedgerError> {
        let balance = told(self.run.finish(now).await)?;
        tell_balance(&balance, "the run ends");
        Ok(balance)
    }
}

/// Tells of an error of the ledger. Its words hold paths and numbers, no addresses.
fn told<T>(result: Result<T, LedgerError>) -> Result<T, LedgerError> {
    if let Err(error) = &result {
        tracing::error!(target: TARGET, why = %error, "the ledger failed");
    }
    result
}

fn tell_balance(balance: &Balance, message: &str) {
    let Balance { planned, accepted, refused, deferred, skipped, pending, ambiguous } = *balance;
    info!(target: TARGET, planned, accepted, refused, deferred, skipped, pending, ambiguous, "{message}");
}

/// Hides addresses and credentials in words that come from outside.
#[derive(Debug, Clone, Default)]
pub struct Veil(Vec<Credentials>);

impl Veil {
    /// The words without any address or secret in them.
    #[must_use]
    pub fn over(&self, words: &str) -> String {
        let blotted_out = self.0.iter().fold(words.to_owned(), |words, credentials| credentials.blotted_out(&words));
        without_addresses(&blotted_out)
    }

    fn tell(&self, id: ClaimId, outcome: &Outcome) {
        let (state, code, why) = match outcome {
            Outcome::Accepted => ("accepted", None, None),
            Outcome::Deferred { code, reason, .. } => ("deferred", *code, Some(reason)),
            Outcome::Refused { code, reason } => ("refused", *code, Some(reason)),
            Outcome::Ambiguous { reason } => ("ambiguous", None, Some(reason)),
            Outcome::Released { reason } => ("pending", None, reason.as_ref()),
        };
        let why = why.map(|words| self.over(words));
        info!(target: TARGET, recipient = %id, state, code, why, "outcome");
    }

    /// Tells of what concerns the run as a whole; what concerns recipients is told by [`Logged`].
    pub fn note(&self, event: &Progress) {
        if !enabled!(target: TARGET, tracing::Level::INFO) {
            return;
        }
        match event {
            Progress::Begun { balance } => tell_balance(balance, "the run begins"),
            Progress::Connected { worker } => info!(target: TARGET, worker, "connected"),
            Progress::Lost { worker, why } => info!(target: TARGET, worker, why = self.over(why), "connection lost"),
            // Servers may say anything about a login, and nothing of it is needed.
            Progress::Stopping { reason: Stop::Login { host, reply } } => {
                info!(target: TARGET, host, code = reply.code(), "stopping: the login is refused");
            }
            Progress::RelayLost { host, reason: Stop::Login { reply, .. } } => {
                info!(target: TARGET, host, code = reply.code(), "relay lost: the login is refused");
            }
            Progress::RelayLost { host, reason } => {
                info!(target: TARGET, host, why = self.over(&reason.to_string()), "relay lost");
            }
            Progress::Waiting { until } => info!(target: TARGET, until, "waiting"),
            Progress::Stopping { reason } => info!(target: TARGET, why = self.over(&reason.to_string()), "stopping"),
            _ => {}
        }
    }
}

/// Puts `‹address›` in place of whatever stands around each `@`.
fn without_addresses(words: &str) -> String {
    let is_outside = |c: char| c.is_whitespace() || "<>()[]{},;:\"'`".contains(c);
    let mut veiled = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.find('@') {
        let start =
            rest[..at].rfind(is_outside).map_or(0, |before| before + rest[before..].chars().next().map_or(0, char::len_utf8));
        let end = rest[at..].find(is_outside).map_or(rest.len(), |after| at + after);
        veiled.push_str(&rest[..start]);
        veiled.push_str("‹address›");
        rest = &rest[end..];
    }
    veiled.push_str(rest);
    veiled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_and_no_secret_is_seen_through_the_veil() {
        let veil = Veil(vec![Credentials::new("news", "hunter2!")]);
        for (words, expected) in [
            ("5.1.1 <ana@example.org>: unknown, ana@example.org", "5.1.1 <‹address›>: unknown, ‹address›"),
            ("no such user রিনা@বাংলা.example", "no such user ‹address›"),
            ("@ a@ @b", "‹address› ‹address› ‹address›"),
            ("RCPT TO:<A+b@xn--54b7fta0cc.example> ok", "RCPT TO:<‹address›> ok"),
            ("you said hunter2! or AG5ld3MAaHVudGVyMiE=", "you said ‹secret› or ‹secret›"),
            ("aHVudGVyMiE=", "‹secret›"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(veil.over(words), expected);
        }
        assert!(!format!("{veil:?}").contains("hunter2"));
    }
}
