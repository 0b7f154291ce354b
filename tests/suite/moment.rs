//! `send --at`: the times that are understood, those that are refused, and the waiting.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use postrider::deliver::moment::{Clock, parse, wait_until};

use crate::relay::Relay;
use crate::workspace::Workspace;

/// 2023-11-14T22:13:20Z.
const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn read(written: &str) -> Result<String, String> {
    let dhaka = TimeZone::get("Asia/Dhaka").ok();
    parse(written, NOW, dhaka).map(|at| at.timestamp().to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_time_is_read_in_its_own_zone_or_in_this_computers() {
    for written in [
        "2026-12-01 09:00 Asia/Dhaka",
        "2026-12-01 09:00",
        " 2026-12-01  09:00:00  asia/dhaka ",
        "2026-12-01T09:00 +06:00",
        "2026-12-01 03:00 UTC",
        "2026-11-30 22:00 America/New_York",
        "2026-12-01 00:00 -03:00",
    ] {
        assert_eq!(read(written), Ok("2026-12-01T03:00:00Z".to_owned()), "{written}");
    }
}

#[test]
fn a_time_that_cannot_be_meant_is_refused_in_words() {
    for (written, words) in [
        ("tomorrow", "`tomorrow` is no time. Write it like this: \"2026-12-01 09:00 Asia/Dhaka\""),
        ("2026-12-01", "`2026-12-01` is no time. Write it like this: \"2026-12-01 09:00 Asia/Dhaka\""),
        ("2026-02-30 09:00", "`2026-02-30 09:00` is no time. Write it like this: \"2026-12-01 09:00 Asia/Dhaka\""),
        ("2026-12-01 25:00", "`2026-12-01 25:00` is no time. Write it like this: \"2026-12-01 09:00 Asia/Dhaka\""),
        (
            "2026-12-01 09:00 Mars/Olympus",
            "there is no time zone `Mars/Olympus`. Write a city's, such as Asia/Dhaka, or the distance from UTC, such as +06:00",
        ),
        (
            "2026-12-01 09:00 +25:00",
            "there is no time zone `+25:00`. Write a city's, such as Asia/Dhaka, or the distance from UTC, such as +06:00",
        ),
        (
            "2027-03-28 02:30 Europe/Berlin",
            "there is no 2027-03-28 02:30 Europe/Berlin: clocks are set forward over it. Choose a time before or after",
        ),
        (
            "2026-10-25 02:30 Europe/Berlin",
            "2026-10-25 02:30 Europe/Berlin comes twice: clocks are set back. Write which one by its distance from UTC: +02:00 or +01:00",
        ),
        ("2023-11-14 22:13:20 UTC", "2023-11-14 22:13:20 UTC is past. Leave --at out to send now"),
        ("1999-01-01 00:00", "1999-01-01 00:00 is past. Leave --at out to send now"),
    ] {
        assert_eq!(read(written), Err(words.to_owned()), "{written}");
    }
    assert!(read("\u{1b}[2J").is_err_and(|words| !words.contains('\u{1b}')));
    let nowhere = parse("2026-12-01 09:00", NOW, None).unwrap_err().to_string();
    assert_eq!(nowhere, "this computer does not say in which time zone it is. Write one behind the time, such as Asia/Dhaka");
}

/// A clock that moves only when somebody waits, and jumps when it is told to.
struct Clockwork {
    now: Mutex<Timestamp>,
    pauses: Mutex<Vec<Duration>>,
    /// By how much the clock is set at the pause of that number.
    jump: (usize, SignedDuration),
}

impl Clockwork {
    fn new(jump: (usize, SignedDuration)) -> Self {
        Self { now: Mutex::new(NOW), pauses: Mutex::default(), jump }
    }
}

impl Clock for Clockwork {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn pause(&self, time: Duration) {
        let mut pauses = self.pauses.lock().unwrap();
        pauses.push(time);
        let mut now = self.now.lock().unwrap();
        *now += time;
        if pauses.len() == self.jump.0 {
            *now += self.jump.1;
        }
    }
}

#[tokio::test]
async fn the_wait_ends_when_the_clock_says_so_however_it_was_set_meanwhile() {
    let at = NOW + SignedDuration::from_millis(90_500);
    for (jump, pauses) in [(0, 91), (60, 31), (-60, 151), (-90_000, 90_091)] {
        let clock = Clockwork::new((5, SignedDuration::from_secs(jump)));
        let mut ticks = Vec::new();
        wait_until(at, &clock, |left| ticks.push(left)).await;
        assert!(clock.now() >= at, "never before its time");
        assert_eq!((clock.pauses.lock().unwrap().len(), ticks.len()), (pauses, pauses), "{jump}");
        assert_eq!(ticks[0], SignedDuration::from_millis(90_500));
    }
    let clock = Clockwork::new((0, SignedDuration::ZERO));
    wait_until(NOW, &clock, |_| panic!("nothing to wait for")).await;
}

#[test]
fn a_stop_while_waiting_sends_nothing() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let past = workspace.run(&["send", "--at", "1999-01-01 00:00 UTC", "--expect-recipients", "3"]);
    assert_eq!(past.code, Some(2), "{past:?}");
    let unconfirmed = workspace.run(&["send", "--at", "2099-01-01 00:00 UTC"]);
    assert_eq!(unconfirmed.code, Some(2), "it asks before it waits: {unconfirmed:?}");

    let mut command = workspace.command(&["send", "--at", "2099-01-01 09:00 Asia/Dhaka", "--expect-recipients", "3"]);
    let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(waiting.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = told.find(|line| line.starts_with("Waiting until ")).expect("it waits");
    assert!(line.contains("2099-01-01 09:00:00 Asia/Dhaka"), "{line}");
    let stopped = std::process::Command::new("kill").args(["-INT", &waiting.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(told.any(|line| line.contains("stopped while waiting; nothing was sent")));
    assert_eq!(waiting.wait().unwrap().code(), Some(1));
    assert_eq!(relay.taken().len(), 0);
    assert!(!workspace.path(".postrider/ledger.sqlite").exists());
}
