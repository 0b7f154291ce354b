//! Connections that break.

use std::collections::BTreeMap;
use std::time::Duration;

use postrider::deliver::{Deadlines, Progress, Stop};
use postrider::ledger::{Balance, State};
use postrider::model::relay::Relay;
use tokio::net::TcpListener;

use super::peer::{BEFORE_THE_BODY, DATA, MAIL, OPENING, Peer, RCPT, SERVE};
use super::project::{Project, assert_once_each, assert_one, borrowed, numbered};

#[tokio::test]
async fn a_connection_lost_before_the_body_costs_nothing_but_another() {
    for fault in ["\nS: <close>", "\nS: 421 4.3.2 shutting down\nS: <close>"] {
        for phase in BEFORE_THE_BODY {
            let (peer, sent) = assert_one(&[&[&phase.concat(), fault], &[SERVE]], State::Accepted).await;
            assert_eq!((peer.connections(), peer.receipts().len()), (2, 1), "{phase:?}");
            assert!(sent.summary.is_complete());
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline_of_each_step() {
    let hurries: [fn(&mut Deadlines); 5] = [
        |d| d.greeting = Duration::from_millis(30),
        |d| d.command = Duration::from_millis(30),
        |d| d.mail = Duration::from_millis(30),
        |d| d.rcpt = Duration::from_millis(30),
        |d| d.data = Duration::from_millis(30),
    ];
    let waits = ["for the greeting", "after EHLO", "after MAIL FROM", "after RCPT TO", "after DATA"];
    for fault in ["\nS: <stall>", "\nS: <drip>"] {
        for ((phase, hurry), wait) in BEFORE_THE_BODY.into_iter().zip(hurries).zip(waits) {
            let peer = Peer::start(&[&[&phase.concat(), fault]]).await;
            let sent = Project::new(peer.relay()).hurried(hurry).send(&["a@example.org"]).await;
            sent.assert_states(&[("a@example.org", State::Pending)]);
            let words = format!("no connection to 127.0.0.1 that works: no answer {wait} within 30ms");
            assert!(sent.words().starts_with(&words), "{}", sent.words());
        }
    }
}

#[tokio::test]
async fn a_connection_lost_inside_the_body_is_no_doubt_for_the_dot_never_left() {
    let cut = "
        C: <octets 100000>
        S: <close>";
    let peer = Peer::start(&[&[OPENING, MAIL, RCPT, DATA, cut], &[SERVE]]).await;
    // Larger than all that the system keeps between the two.
    let project = Project::new(peer.relay()).sending("0123456789\r\n".repeat(1_400_000));
    project.send(&["a@example.org"]).await.assert_states(&[("a@example.org", State::Accepted)]);
    assert_eq!((peer.connections(), peer.receipts().len()), (2, 1));
}

#[tokio::test]
async fn a_server_that_stops_reading_the_body_is_left_at_its_deadline() {
    let stop = "
        C: <octets 1000>
        S: <drip>";
    let peer = Peer::start(&[&[OPENING, MAIL, RCPT, DATA, stop]]).await;
    let project = Project::new(peer.relay()).sending("0123456789\r\n".repeat(1_400_000));
    // 257 blocks of 64 KiB.
    let sent = project.hurried(|d| d.body = Duration::from_micros(200)).send(&["a@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Pending)]);
    assert!(sent.words().contains("no answer after the message within 51.4ms"), "{}", sent.words());
}

#[tokio::test]
async fn without_an_answer_to_the_whole_message_nobody_knows_and_nobody_is_mailed_again() {
    for fault in ["S: <close>", "S: <stall>", "S: <drip>", "S: gibberish", "S: 354 what", "S: 999 what"] {
        let peer = Peer::start(&[&[OPENING, MAIL, RCPT, DATA, "\n C: <message>\n", fault], &[SERVE]]).await;
        let mut project = Project::new(peer.relay()).hurried(|d| d.end = Duration::from_millis(30));
        let sent = project.send(&["a@example.org"]).await;
        sent.assert_states(&[("a@example.org", State::Ambiguous)]);
        assert!(!sent.summary.is_complete());
        project.patience.deadlines = Deadlines::default();
        let sent = project.send(&["a@example.org", "b@example.org"]).await;
        sent.assert_states(&[("a@example.org", State::Ambiguous), ("b@example.org", State::Accepted)]);
        let expected = [("a@example.org".to_owned(), 1), ("b@example.org".to_owned(), 1)];
        assert_eq!(peer.receipts(), BTreeMap::from(expected), "{fault}");
    }
}

#[tokio::test]
async fn an_answer_counts_for_the_message_on_its_own_connection_alone() {
    let silence = "
        C: <message>
        S: <stall>";
    let second = "
        C: <message>
        S: 550 5.6.0 not this one";
    let rcpt_b = RCPT.replace("a@", "b@");
    let peer = Peer::start(&[&[OPENING, MAIL, RCPT, DATA, silence], &[OPENING, MAIL, &rcpt_b, DATA, second]]).await;
    let mut project = Project::new(peer.relay());
    // Long enough for the second answer on a busy machine.
    project.patience.deadlines.end = Duration::from_secs(1);
    let sent = project.send(&["a@example.org", "b@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Ambiguous), ("b@example.org", State::Refused)]);
}

#[tokio::test]
async fn a_server_that_takes_messages_and_never_answers_does_not_get_many() {
    let silent = "
        C: MAIL
        S: 250 ok
        C: RCPT
        S: 250 ok
        C: DATA
        S: 354 go
        C: <message>
        S: <close>";
    let peer = Peer::start(&[&[OPENING, silent]]).await;
    let sent = Project::new(peer.relay()).send(&borrowed(&numbered(20))).await;
    assert_eq!((sent.summary.balance.ambiguous, sent.summary.balance.pending), (3, 17));
    assert!(matches!(sent.summary.stopped, Some(Stop::Unreachable { .. })));
}

#[tokio::test]
async fn a_server_that_closes_after_each_message_gets_a_new_connection_for_each() {
    let one = "
        C: MAIL
        S: 250 ok
        C: RCPT
        S: 250 ok
        C: DATA
        S: 354 go
        C: <message>
        S: 250 ok";
    for end in ["\nS: <close>", "\nS: 421 enough\nS: <close>", "\nC: MAIL\nS: 421 enough\nS: <close>"] {
        let peer = Peer::start(&[&[OPENING, one, end]]).await;
        let people = numbered(10);
        let sent = Project::new(peer.relay()).send(&borrowed(&people)).await;
        assert!(sent.summary.is_complete(), "{} {:?}", sent.words(), sent.events);
        assert_once_each(&peer, &people);
    }
}

#[tokio::test]
async fn one_poisonous_recipient_stops_nobody_else() {
    let poisoned = "
        S: 220 relay.example
        C: EHLO
        S: 250 relay.example
        C: MAIL
        S: 250 ok
        C: RCPT TO:<a@example.org>
        S: <close>";
    let peer = Peer::start(&[&[poisoned], &[SERVE]]).await;
    let people = ["a@example.org", "b@example.org", "c@example.org"];
    let sent = Project::new(peer.relay()).send(&people).await;
    assert!(sent.summary.is_complete());
    let seen = peer.seen.lock().unwrap();
    let order: Vec<_> = seen.messages.iter().map(|(recipient, _)| recipient.as_str()).collect();
    assert_eq!(order, ["b@example.org", "c@example.org", "a@example.org"], "it waits until the others are done");
}

#[tokio::test]
async fn a_relay_that_is_down_costs_no_recipient_anything() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let relay = Relay { port: gone.port(), connections: 5, ..Peer::well_behaved().await.relay() };
    let sent = Project::new(relay).send(&borrowed(&numbered(10))).await;
    assert_eq!(sent.summary.balance, Balance { planned: 10, pending: 10, ..Balance::default() });
    let lost = sent.events.iter().filter(|event| matches!(event, Progress::Lost { .. })).count();
    assert_eq!(lost, 3, "one worker tries, three times");
    assert!(sent.words().contains("Check host and port in [relay]"), "{}", sent.words());
}

#[tokio::test]
async fn how_many_messages_a_connection_carries_is_learnt_and_kept_to() {
    let one = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 250 ok\n C: DATA\n S: 354 go\n C: <message>\n S: 250 ok".repeat(3);
    for end in ["\n S: <close>", "\n C: MAIL\n S: 421 4.7.0 enough for one connection\n S: <close>"] {
        let peer = Peer::start(&[&[OPENING, &one, end]]).await;
        let people = numbered(30);
        let sent = Project::new(peer.relay()).send(&borrowed(&people)).await;
        assert!(sent.summary.is_complete(), "{}", sent.words());
        assert_once_each(&peer, &people);
        assert!(sent.events.contains(&Progress::LimitLearnt { messages: 3 }), "{:?}", sent.events);
        assert_eq!(peer.connections(), 10, "three messages each");
        // Once it is known, the server is told goodbye rather than asked for one more.
        assert!(peer.count("MAIL") <= 32, "{}", peer.count("MAIL"));
    }
}
