//! `send --at`: waiting for the time, with a countdown.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use postrider::deliver::moment::{self, SystemClock};
use postrider::report;

use crate::failure::Failure;
use crate::signal;

/// Reads the time that was typed.
pub(crate) fn parse(written: &str) -> Result<ZonedDateTime, Failure> {
    moment::parse(written, Timestamp::now(), TimeZone::try_system().ok()).map_err(|error| Failure::Usage(error.to_string()))
}

/// Waits until the time has come. A person's stop ends it: nothing was sent then.
pub(crate) async fn wait(at: &ZonedDateTime, is_json: bool) -> Result<(), Failure> {
    let shown = report::moment(at.timestamp(), at.time_zone());
    let bar = if is_json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    bar.set_style(ProgressStyle::with_template("  {spinner} {msg}").expect("a sound template"));
    let mut is_told = false;
    let tick = |left: SignedDuration| {
        // Not before a stop is listened for, which the first branch below does: whoever reads that it waits may stop it.
        if !is_told && is_json {
            anstream::println!("{}", serde_json::json!({ "event": "waiting", "until": at.timestamp().to_string() }));
        } else if !is_told {
            anstream::eprintln!(
                "Waiting until {shown}. Ctrl-C leaves; nothing is sent then. What was confirmed is what will be sent."
            );
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        is_told = true;
        bar.set_message(format!("{} left", countdown(left)));
    };
    let is_time = tokio::select! {
        biased;
        () = signal::wait() => false,
        () = moment::wait_until(at.timestamp(), &SystemClock, tick) => true,
    };
    bar.finish_and_clear();
    if is_time { Ok(()) } else { Err(Failure::Failed("stopped while waiting; nothing was sent".to_owned())) }
}

/// `6 d 05:12:09`.
fn countdown(left: SignedDuration) -> String {
    let seconds = left.as_secs();
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days} d {clock}"),
    }
}
