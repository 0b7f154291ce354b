//! How fast mail may go: over a relay, or to a domain.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::relay::Rate;

/// How much of its rate may come at once, if more than one message: what it allows in this time.
const BURST: Duration = Duration::from_secs(1);

/// A rate being kept: messages at even distances, but for what little was not used just before (the "virtual scheduling" form of
/// the generic cell rate algorithm, ITU-T I.371 Annex A).
///
/// Unlike a limiter that only says no, it can say when: a message can [reserve](Self::reserve) its time far ahead, so that thousands
/// to one slow domain are put off once each instead of being looked at again and again.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    burst: Duration,
    /// When the next message is due at the even distance.
    due: Option<Instant>,
}

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        let interval = rate.interval();
        Self { interval, burst: BURST.saturating_sub(interval), due: None }
    }

    /// The earliest time for another message, not before `now`.
    pub(super) fn next(&self, now: Instant) -> Instant {
        self.due.map_or(now, |due| due.checked_sub(self.burst).unwrap_or(now).max(now))
    }

    /// Takes the earliest time for a message, and gives it.
    pub(super) fn reserve(&mut self, now: Instant) -> Instant {
        let at = self.next(now);
        self.due = Some(self.due.map_or(now, |due| due.max(now)) + self.interval);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_distance_and_a_fast_rate_may_catch_up_a_second() {
        let start = Instant::now();
        let seconds = |pace: &mut Pace, now: Instant| pace.reserve(now).duration_since(start).as_millis();
        let mut slow = Pace::new(Rate::parse("20/min").unwrap());
        assert_eq!([0; 3].map(|_| seconds(&mut slow, start)), [0, 3000, 6000]);
        assert_eq!(slow.next(start).duration_since(start), Duration::from_secs(9));
        // A minute later nothing is owed for the minute in between.
        let later = start + Duration::from_mins(1);
        assert_eq!([0; 2].map(|_| seconds(&mut slow, later)), [60_000, 63_000]);
        let mut fast = Pace::new(Rate::parse("10/s").unwrap());
        let times: Vec<u128> = (0..12).map(|_| seconds(&mut fast, start)).collect();
        assert_eq!(times.iter().filter(|&&time| time == 0).count(), 10);
        assert_eq!(times[11], 200);
    }
}
