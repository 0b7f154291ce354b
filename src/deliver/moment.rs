//! The time of a send: read from what a person types, and waited for.

use std::future::Future;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// How long a clock is believed: after each pause of at most this long it is asked again, so that a clock that was set, or a machine
/// that slept, is noticed.
const STEP: Duration = Duration::from_secs(1);

/// Why a text is not the time of a send, in words for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// It is no date and time.
    #[error("`{0}` is no time. Write it like this: \"2026-12-01 09:00 Asia/Dhaka\"")]
    Unreadable(String),
    /// The zone is not known.
    #[error("there is no time zone `{0}`. Write a city's, such as Asia/Dhaka, or the distance from UTC, such as +06:00")]
    UnknownZone(String),
    /// No zone is given, and the system does not say which it is in.
    #[error("this computer does not say in which time zone it is. Write one behind the time, such as Asia/Dhaka")]
    NoZone,
    /// The clock is set forward over that time.
    #[error("there is no {0}: clocks are set forward over it. Choose a time before or after")]
    Gap(String),
    /// The clock is set back, so that the time comes twice.
    #[error("{time} comes twice: clocks are set back. Write which one by its distance from UTC: {first} or {second}")]
    Fold {
        /// The time with its zone.
        time: String,
        /// The distance of the first from UTC.
        first: String,
        /// The distance of the second.
        second: String,
    },
    /// It is over.
    #[error("{0} is past. Leave --at out to send now")]
    Past(String),
}

/// Reads a time such as `2026-12-01 09:00 Asia/Dhaka`: a date, a time with or without seconds, and a zone by its name in the IANA
/// database or as a distance from UTC. Without a zone, `local` counts.
///
/// # Errors
/// Says what is wrong and what to write. A time at or before `now` is one, and so is one that does not come, or comes twice.
pub fn parse(written: &str, now: Timestamp, local: Option<TimeZone>) -> Result<ZonedDateTime, MomentError> {
    let shown: String = written.chars().filter(|c| !c.is_control()).take(80).collect();
    let unreadable = || MomentError::Unreadable(shown.clone());
    let mut words: Vec<&str> = written.split_whitespace().collect();
    // The form of RFC 3339, with a T in the middle, is one word.
    if let Some((date, time)) = words.first().and_then(|first| first.split_once(['T', 't'])) {
        words.splice(..1, [date, time]);
    }
    let (date, time, zone) = match words.as_slice() {
        [date, time] => (date, time, None),
        [date, time, zone] => (date, time, Some(*zone)),
        _ => return Err(unreadable()),
    };
    let is_plain = |text: &str, separator: char| text.chars().all(|c| c.is_ascii_digit() || c == separator);
    if !is_plain(date, '-') || !is_plain(time, ':') || !time.contains(':') {
        return Err(unreadable());
    }
    let date: Date = date.parse().map_err(|_| unreadable())?;
    let time: Time = time.parse().map_err(|_| unreadable())?;
    let zone = match zone {
        Some(zone) => read_zone(zone).ok_or_else(|| MomentError::UnknownZone(zone.chars().take(80).collect()))?,
        None => local.ok_or(MomentError::NoZone)?,
    };
    let at = place(DateTime::from_parts(date, time), &zone, &shown)?;
    if at.timestamp() <= now { Err(MomentError::Past(shown)) } else { Ok(at) }
}

fn read_zone(written: &str) -> Option<TimeZone> {
    if !written.starts_with(['+', '-']) {
        return TimeZone::get(written).ok();
    }
    let (hours, minutes) = written[1..].split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    let sign = if written.starts_with('-') { -1 } else { 1 };
    Some(TimeZone::fixed(Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?))
}

fn place(local: DateTime, zone: &TimeZone, shown: &str) -> Result<ZonedDateTime, MomentError> {
    let moment = zone.clone().to_ambiguous_zoned_datetime(local);
    match moment.offset() {
        AmbiguousOffset::Gap { .. } => Err(MomentError::Gap(shown.to_owned())),
        AmbiguousOffset::Fold { before, after } => {
            Err(MomentError::Fold { time: shown.to_owned(), first: distance(before), second: distance(after) })
        }
        AmbiguousOffset::Unambiguous { .. } => moment.unambiguous().map_err(|_| MomentError::Unreadable(shown.to_owned())),
    }
}

/// `+06:00`.
fn distance(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

/// What tells the time and lets it pass.
pub trait Clock: Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Lets some time pass.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Waits until the clock says `at`, telling `tick` every second how long it still is.
pub async fn wait_until(at: Timestamp, clock: &impl Clock, mut tick: impl FnMut(SignedDuration)) {
    loop {
        let left = at.duration_since(clock.now());
        if !left.is_positive() {
            return;
        }
        tick(left);
        // Not negative: see above.
        clock.pause(Duration::try_from(left).unwrap_or(STEP).min(STEP)).await;
    }
}
