//! One recipient's own fate.

use std::time::Duration;

use jiff::Timestamp;
use postrider::deliver::Progress;
use postrider::ledger::State;

use super::peer::{DATA, MAIL, OPENING, Peer, RCPT, SERVE};
use super::project::{Project, assert_one};

#[tokio::test]
async fn a_refused_recipient_is_cleared_away_and_the_next_goes_over_the_same_connection() {
    let refusal = "
        C: RCPT TO:<a@example.org>
        S: 550-5.1.1 no such user\\r\\n550 5.1.1 here
        C: RSET
        S: 250 ok";
    let peer = Peer::start(&[&[OPENING, MAIL, refusal, SERVE]]).await;
    let sent = Project::new(peer.relay()).send(&["a@example.org", "b@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Refused), ("b@example.org", State::Accepted)]);
    assert_eq!(sent.reasons["a@example.org"], "5.1.1 no such user here");
    assert!(
        sent.events.contains(&Progress::Refused {
            address: "a@example.org".to_owned(),
            reason: "550 5.1.1 no such user here".to_owned()
        })
    );
    assert_eq!((peer.connections(), peer.count("RSET")), (1, 1));
    assert!(!sent.summary.is_complete());
}

#[tokio::test]
async fn a_greylisted_recipient_is_deferred_and_accepted_the_next_time() {
    for phase in [
        "C: RCPT TO\n S: 451 4.7.1 come again\n C: RSET\n S: 250 ok",
        "C: RCPT TO\n S: 250 ok\n C: DATA\n S: 354 go\n C: <message>\n S: 451 4.7.1 come again",
    ] {
        let peer = Peer::start(&[&[OPENING, MAIL, "\n", phase], &[SERVE]]).await;
        let project = Project::new(peer.relay());
        let sent = project.send(&["a@example.org"]).await;
        sent.assert_states(&[("a@example.org", State::Deferred)]);
        assert_eq!(sent.reasons["a@example.org"], "4.7.1 come again");
        assert!(sent.summary.next_at.is_some() && sent.summary.stopped.is_none());
        assert_eq!(peer.connections(), 1, "not again in the same run");
        project.send(&["a@example.org"]).await.assert_states(&[("a@example.org", State::Accepted)]);
        assert_eq!(peer.surprises(), [""; 0]);
    }
}

#[tokio::test]
async fn a_recipient_waits_half_an_hour_then_twice_as_long() {
    let deferral = "
        C: RCPT TO
        S: 451 come again
        C: RSET
        S: 250 ok";
    let peer = Peer::start(&[&[OPENING, MAIL, deferral]]).await;
    let mut project = Project::new(peer.relay());
    let mut waits = Vec::new();
    for retry_after in [Duration::ZERO, Duration::from_mins(30)] {
        project.patience.retry_after = retry_after;
        let before = Timestamp::now();
        let sent = project.send(&["a@example.org"]).await;
        let next_at: Timestamp = sent.summary.next_at.unwrap().parse().unwrap();
        waits.push((next_at.as_second() - before.as_second()) / 1800);
    }
    assert_eq!(waits, [0, 2]);
}

#[tokio::test]
async fn a_refusal_after_the_dot_is_definite() {
    let refusal = "
        C: <message>
        S: 554 5.6.0 I do not like it";
    let (_, sent) = assert_one(&[&[OPENING, MAIL, RCPT, DATA, refusal]], State::Refused).await;
    assert_eq!(sent.reasons["a@example.org"], "5.6.0 I do not like it");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_alone_before_the_server_hears_of_it() {
    let opening = "
        S: 220 relay.example ESMTP
        C: EHLO sender.example
        S: 250 relay.example
        S: <serve>";
    let peer = Peer::start(&[&[opening]]).await;
    let people = ["uncomposable@example.org", "poison@example.org", "jürgen@example.org", "a@example.org"];
    let sent = Project::new(peer.relay()).send(&people).await;
    sent.assert_states(&[
        ("uncomposable@example.org", State::Refused),
        ("poison@example.org", State::Refused),
        ("jürgen@example.org", State::Refused),
        ("a@example.org", State::Accepted),
    ]);
    assert_eq!(sent.reasons["uncomposable@example.org"], "no first name");
    assert_eq!(sent.reasons["poison@example.org"], "line 1 of the message ends in a line feed alone");
    assert_eq!(
        sent.reasons["jürgen@example.org"],
        "the relay takes no address with letters beyond ASCII before the @ (SMTPUTF8), and jürgen@example.org has some"
    );
    assert_eq!(peer.count("MAIL"), 1);
}
