//! The time of a run.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// What time it is, for a run: the clock on the wall is read once, and from then on the run counts by itself.
///
/// So a clock that is set, forth or back, while a run goes on neither makes everybody due at once nor keeps anybody waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    began: Timestamp,
    since: Instant,
}

impl Clock {
    /// A run that begins now, at what the clock on the wall calls `began`.
    pub(super) fn starting(began: Timestamp) -> Self {
        Self { began, since: Instant::now() }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The time at an instant of this run.
    pub(super) fn at(&self, instant: Instant) -> Timestamp {
        self.after(instant.saturating_duration_since(self.since))
    }

    /// The instant at which it is `at`; the run's beginning for what lies before it.
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since(self.began)).unwrap_or_default();
        // Beyond any clock's reach it is as good as never; thirty years are.
        self.since.checked_add(wait).unwrap_or_else(|| self.since + Duration::from_hours(24 * 365 * 30))
    }

    fn after(&self, time: Duration) -> Timestamp {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        self.began.saturating_add(time).unwrap_or(Timestamp::MAX)
    }
}
