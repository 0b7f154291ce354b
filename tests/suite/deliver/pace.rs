//! How fast mail goes, who goes first, when a run stops over what others are told, and who is tried again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use postrider::deliver::{Progress, Stop, send};
use postrider::ledger::{Kind, Ledger, State};
use postrider::model::relay::{Rate, Relay};

use super::peer::{OPENING, Peer, SERVE};
use super::project::{Project, assert_once_each, borrowed, numbered};

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

#[test]
fn a_rate_is_a_number_of_messages_in_a_second_a_minute_or_an_hour() {
    let interval = |text: &str| Rate::parse(text).map(|rate| rate.interval().as_millis());
    assert_eq!(["10/s", "600/min", "20 / min", "1800/h"].map(interval), [Some(100), Some(100), Some(3000), Some(2000)]);
    assert_eq!(["", "10", "/min", "0/min", "-1/s", "1.5/s", "10/day", "10/s/s", "1000001/s"].map(interval), [None; 9]);
}

#[tokio::test]
async fn a_relay_is_given_no_more_than_its_rate() {
    let peer = Peer::well_behaved().await;
    let project = Project::new(Relay { rate: Some(rate("20/s")), connections: 3, ..peer.relay() });
    let people = numbered(26);
    let sent = project.send(&borrowed(&people)).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_once_each(&peer, &people);
    // Twenty may come at once, the others at a distance of 50 ms.
    assert!(sent.summary.seconds >= 0.25, "{} s", sent.summary.seconds);
}

#[tokio::test]
async fn a_slow_domain_is_put_off_and_holds_nobody_up() {
    let peer = Peer::well_behaved().await;
    let mut project = Project::new(Relay { connections: 2, ..peer.relay() });
    project.pace = BTreeMap::from([("slow.example".to_owned(), rate("1/h"))]);
    let slow: Vec<String> = (0..200).map(|number| format!("reader{number}@slow.example")).collect();
    // The slow ones come first in the list.
    let people: Vec<String> = slow.into_iter().chain(numbered(40)).collect();
    let sent = project.send_until(&borrowed(&people), until_taken(&peer, 41)).await;
    assert_eq!((sent.summary.balance.accepted, sent.summary.balance.pending), (41, 199));
    let slow = |address: &&String| address.ends_with("@slow.example");
    assert_eq!(peer.receipts().keys().filter(slow).count(), 1, "one an hour");
    // The next run begins its own count.
    let again = project.begin(&borrowed(&people)).await.unwrap();
    assert_eq!(postrider::ledger::Deliveries::claim(&again, 500, Timestamp::now()).await.unwrap().len(), 199);
}

/// Completes when so many messages were taken.
async fn until_taken(peer: &Peer, count: usize) {
    while peer.receipts().len() < count {
        peer.taken.notified().await;
    }
}

#[tokio::test]
async fn the_first_few_go_over_one_connection_before_all_others() {
    let peer = Peer::well_behaved().await;
    let mut project = Project::new(Relay { connections: 4, ..peer.relay() });
    project.canary = 10;
    let people = numbered(60);
    let sent = project.send(&borrowed(&people)).await;
    assert_once_each(&peer, &people);
    let second = sent.events.iter().enumerate().filter(|(_, event)| matches!(event, Progress::Connected { .. })).nth(1);
    let (place, _) = second.expect("more than one connection in the end");
    let before = sent.events[..place].iter().filter(|event| matches!(event, Progress::Accepted { .. })).count();
    assert!(before >= 10, "{before}");
    let first: Vec<_> = people[..10].iter().collect();
    assert!(first.iter().all(|person| peer.receipts().contains_key(*person)));
}

/// A dialogue that refuses a recipient, so often.
fn refusals(count: usize) -> String {
    "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 550 5.1.1 unknown\n C: RSET\n S: 250 ok".repeat(count)
}

#[tokio::test]
async fn a_run_stops_where_more_are_refused_than_a_list_in_good_order_has() {
    let peer = Peer::start(&[&[OPENING, &refusals(10)], &[OPENING, &refusals(10), SERVE]]).await;
    let mut project = Project::new(peer.relay());
    project.refused_percent = Some(5);
    let people = numbered(40);
    let sent = project.send(&borrowed(&people)).await;
    assert_eq!((sent.summary.balance.refused, sent.summary.balance.pending), (10, 30));
    assert_eq!(sent.summary.stopped, Some(Stop::Refusals { refused: 10, of: 10 }));
    assert!(sent.words().contains("10 of 10 people were refused") && sent.words().contains("--despite-refusals"));
    project.refused_percent = None;
    let sent = project.send(&borrowed(&people)).await;
    assert_eq!((sent.summary.balance.refused, sent.summary.balance.accepted, sent.summary.stopped), (20, 20, None));
}

#[tokio::test]
async fn a_content_that_is_refused_to_several_in_a_row_stops_the_run_and_charges_nobody() {
    let message = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 250 ok\n C: DATA\n S: 354 go\n C: <message>";
    let unliked = format!("{message}\n S: 554 5.6.0 not this");
    let gone = format!("{message}\n S: 550 5.1.1 unknown after all");
    let peer = Peer::start(&[&[OPENING, &gone, &unliked, &unliked, &unliked], &[SERVE]]).await;
    let project = Project::new(peer.relay());
    let people = numbered(6);
    let sent = project.send(&borrowed(&people)).await;
    assert_eq!((sent.summary.balance.refused, sent.summary.balance.pending), (1, 5), "{:?}", sent.states);
    assert!(matches!(sent.summary.stopped, Some(Stop::Content { .. })), "{}", sent.words());
    let sent = project.send(&borrowed(&people)).await;
    assert_eq!((sent.summary.balance.refused, sent.summary.balance.accepted), (1, 5));
}

#[tokio::test]
async fn a_run_that_waits_comes_back_to_whom_it_was_asked_to() {
    let later = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 451 4.7.1 come again\n C: RSET\n S: 250 ok";
    let peer = Peer::start(&[&[OPENING, later, SERVE], &[SERVE]]).await;
    let mut project = Project::new(peer.relay());
    project.waits = true;
    let sent = project.send(&["a@example.org", "b@example.org"]).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_eq!(peer.count("RCPT"), 3, "one of them twice");
}

#[tokio::test]
async fn who_is_deferred_again_and_again_is_given_up_at_last() {
    let later = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 452 4.2.2 mailbox full\n C: RSET\n S: 250 ok";
    let peer = Peer::start(&[&[OPENING, later]]).await;
    let mut project = Project::new(peer.relay());
    project.waits = true;
    project.patience.attempts = 3;
    let sent = project.send(&["a@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Refused)]);
    assert_eq!(sent.reasons["a@example.org"], "4.2.2 mailbox full (given up after 3 tries)");
    assert_eq!(peer.count("RCPT"), 3);
}

#[tokio::test]
async fn a_clock_that_was_wrong_makes_no_storm_and_keeps_nobody_waiting() {
    let later = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 451 come again\n C: RSET\n S: 250 ok";
    for years in [-20, 20] {
        let peer = Peer::start(&[&[OPENING, later]]).await;
        let mut project = Project::new(peer.relay());
        project.patience.retry_after = std::time::Duration::from_mins(30);
        let now = Timestamp::now();
        let wrong = now + SignedDuration::from_hours(years * 365 * 24);
        let (mut job, _events) = project.job();
        job.now = wrong;
        let run = project.begin(&["a@example.org"]).await.unwrap();
        let summary = send(job, run, std::future::pending()).await.unwrap();
        let next_at: Timestamp = summary.next_at.unwrap().parse().unwrap();
        assert!((1800..=2000).contains(&(next_at.as_second() - wrong.as_second())), "half an hour by the run's own clock");
        assert_eq!(peer.count("RCPT"), 1, "no storm");
        // By the right clock it is due, or would be for ever.
        project.begin(&["a@example.org"]).await.unwrap();
        let ledger = Ledger::open(project.folder.path()).unwrap();
        let pending = ledger.deliveries("2023-q3", Kind::Issue, &[State::Pending]).await.unwrap();
        assert_eq!(pending.len(), 1, "{years} years off");
    }
}
