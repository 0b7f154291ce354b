//! Who is next: claims taken from the ledger in lots, held back as long as their domain's pace asks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::clock::Clock;
use super::pace::Pace;
use crate::ledger::{Claim, ClaimId, Deliveries, LedgerError};
use crate::model::relay::Rate;

/// Whose time comes within this is waited for in memory; others go back to the ledger until then.
const HORIZON: Duration = Duration::from_secs(10);

/// Whether somebody is next.
#[derive(Debug)]
pub(super) enum Turn<T> {
    /// This one, now.
    Now(T),
    /// Ask again then.
    Later(Instant),
    /// Nobody is pending, or the run stops.
    Nobody,
}

/// The claims of a run that no worker has yet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<Claim>,
    /// Those whose domain's pace has them wait a little, by when their time comes and in which order they came.
    held: BTreeMap<(Instant, u64), Claim>,
    held_so_far: u64,
    lanes: HashMap<String, Lane>,
    /// Whether anybody went back to the ledger.
    has_postponed: bool,
}

/// What goes to one domain, at its pace.
#[derive(Debug)]
struct Lane {
    pace: Pace,
    interval: Duration,
    /// Where the line of those ends who went back to the ledger until about their time.
    end: Option<Instant>,
}

impl Lane {
    fn new(rate: Rate) -> Self {
        Self { pace: Pace::new(rate), interval: rate.interval(), end: None }
    }

    /// The time for another message; where it is far, about that time, for one that goes back to the ledger until then.
    fn time(&mut self, now: Instant) -> Instant {
        let next = self.pace.next(now);
        if next <= now + HORIZON {
            return self.pace.reserve(now);
        }
        let at = self.end.map_or(next, |end| next.max(end + self.interval));
        self.end = Some(at);
        at
    }
}

impl Queue {
    /// An empty queue that keeps these rates, by recipient domain (A-labels).
    pub(super) fn new(rates: &BTreeMap<String, Rate>) -> Self {
        Self { lanes: rates.iter().map(|(domain, &rate)| (domain.clone(), Lane::new(rate))).collect(), ..Self::default() }
    }

    /// The next claim, of `lot` taken from the ledger where none is at hand.
    pub(super) async fn next(&mut self, ledger: &impl Deliveries, clock: &Clock, lot: usize) -> Result<Turn<Claim>, LedgerError> {
        loop {
            let now = Instant::now();
            if let Some(entry) = self.held.first_entry().filter(|entry| entry.key().0 <= now) {
                return Ok(Turn::Now(entry.remove()));
            }
            if let Some(claim) = self.ready.pop_front() {
                return Ok(Turn::Now(claim));
            }
            let claims = ledger.claim(lot, clock.at(now)).await?;
            if claims.is_empty() {
                return self.wait(ledger, clock).await;
            }
            self.admit(claims, ledger, clock, now).await?;
        }
    }

    /// All that nobody took.
    pub(super) fn drain(&mut self) -> Vec<ClaimId> {
        let held = std::mem::take(&mut self.held).into_values();
        self.ready.drain(..).chain(held).map(|claim| claim.id).collect()
    }

    /// When to ask again.
    async fn wait(&mut self, ledger: &impl Deliveries, clock: &Clock) -> Result<Turn<Claim>, LedgerError> {
        let postponed = if self.has_postponed { ledger.next_turn().await? } else { None };
        self.has_postponed = postponed.is_some();
        let held = self.held.keys().next().map(|&(at, _)| at);
        let next = held.into_iter().chain(postponed.map(|at| clock.instant(at))).min();
        Ok(next.map_or(Turn::Nobody, Turn::Later))
    }

    /// Takes claims in, each for when its domain's pace lets it.
    async fn admit(
        &mut self,
        claims: Vec<Claim>,
        ledger: &impl Deliveries,
        clock: &Clock,
        now: Instant,
    ) -> Result<(), LedgerError> {
        if self.lanes.is_empty() {
            self.ready.extend(claims);
            return Ok(());
        }
        let mut postponed = Vec::new();
        for claim in claims {
            let at = self.lanes.get_mut(claim.address.domain()).map_or(now, |lane| lane.time(now));
            if at <= now {
                self.ready.push_back(claim);
            } else if at <= now + HORIZON {
                self.held_so_far += 1;
                self.held.insert((at, self.held_so_far), claim);
            } else {
                // A second later at the most: the ledger knows whole seconds.
                postponed.push((claim.id, clock.at(at + Duration::from_secs(1))));
                self.has_postponed = true;
            }
        }
        if postponed.is_empty() { Ok(()) } else { ledger.postpone(postponed).await }
    }
}
