//! A relay of a run, among several: what it needs to be reached, what it may carry, whether it works.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Stop;
use super::limit::Limit;
use super::pace::Pace;
use super::smtp::Route;

/// How far, in messages, one relay may be ahead of the others' shares.
const LEAD: u64 = 32;
/// A relay that took no message for so long does not hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);
/// When to ask again for a message that another relay is to take before.
const SOON: Duration = Duration::from_millis(20);

/// A relay of a run.
pub(super) struct Road {
    pub(super) route: Route,
    pub(super) limit: Limit,
    pace: Option<Mutex<Pace>>,
    traffic: Mutex<Traffic>,
}

#[derive(Debug, Default)]
struct Traffic {
    taken: u64,
    last: Option<Instant>,
    out: Option<Stop>,
}

impl Road {
    pub(super) fn new(route: Route) -> Self {
        Self {
            limit: Limit::new(route.relay.messages_per_connection, route.relay.time_per_connection),
            pace: route.relay.rate.map(|rate| Mutex::new(Pace::new(rate))),
            route,
            traffic: Mutex::default(),
        }
    }

    /// Whether nothing goes over it any more.
    pub(super) fn is_out(&self) -> bool {
        self.traffic().out.is_some()
    }

    /// Says that nothing goes over it any more, and why. The first reason counts.
    pub(super) fn put_out(&self, stop: Stop) {
        self.traffic().out.get_or_insert(stop);
    }

    /// Why nothing goes over it any more.
    pub(super) fn why_out(&self) -> Option<Stop> {
        self.traffic().out.clone()
    }

    /// Lets it be tried again.
    pub(super) fn revive(&self) {
        self.traffic().out = None;
    }

    /// Whether it is used only where no other works.
    pub(super) fn is_stand_by(&self) -> bool {
        self.route.relay.weight == 0
    }

    /// Notes that a message is taken for it.
    pub(super) fn take(&self, now: Instant) {
        if let Some(pace) = &self.pace {
            pace.lock().unwrap_or_else(PoisonError::into_inner).reserve(now);
        }
        let mut traffic = self.traffic();
        traffic.taken += 1;
        traffic.last = Some(now);
    }

    /// When it may take a message, if not now: as its rate has it, and its share beside the others.
    pub(super) fn held_until(&self, others: &[Self], now: Instant) -> Option<Instant> {
        let by_rate = self.pace.as_ref().map(|pace| pace.lock().unwrap_or_else(PoisonError::into_inner).next(now));
        let by_rate = by_rate.filter(|&at| at > now);
        by_rate.or_else(|| self.is_ahead(others, now).then(|| now + SOON))
    }

    /// Whether it carries more than its share: `taken` is to the weight as it is elsewhere.
    fn is_ahead(&self, others: &[Self], now: Instant) -> bool {
        let mine = self.traffic().taken;
        let weight = u64::from(self.route.relay.weight);
        others.iter().any(|other| {
            let traffic = other.traffic();
            let is_waited_for = traffic.last.is_some_and(|last| now.saturating_duration_since(last) < PATIENCE);
            let theirs = traffic.taken * weight;
            !other.is_stand_by()
                && traffic.out.is_none()
                && is_waited_for
                && mine.saturating_sub(LEAD) * u64::from(other.route.relay.weight) > theirs
        })
    }

    fn traffic(&self) -> std::sync::MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
