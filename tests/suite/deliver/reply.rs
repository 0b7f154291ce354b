//! Servers that speak badly.

use postrider::deliver::Stop;
use postrider::ledger::State;

use super::peer::{BEFORE_THE_BODY, DATA, MAIL, OPENING, Peer, RCPT, SERVE};
use super::project::{Project, assert_one};

#[tokio::test]
async fn replies_are_read_however_they_are_cut() {
    let bytewise = "
        S: <bytewise> 220-relay.example\\r\\n220 ready
        C: EHLO
        S: <bytewise> 250-relay.example\\r\\n250-\\r\\n250-   \\r\\n250 size 1000
        C: MAIL FROM:<news@example.org> SIZE=25
        S: <bytewise> 250
        C: RCPT
        S: <bytewise> 250-2.1.5 well\\r\\n250-\\r\\n250 2.1.5 well
        C: DATA
        S: <bytewise> 354
        C: <message>
        S: <bytewise> 250";
    let (peer, _) = assert_one(&[&[bytewise]], State::Accepted).await;
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn nonsense_and_floods_end_the_connection_and_nothing_panics() {
    for answer in [
        "S: <flood 100000>",
        "S: <flood 900>\nS: <close>",
        "S: ",
        "S: \\r\\n",
        "S: hello",
        "S: 25",
        "S: 250_ok",
        "S: 250-a\\r\\n251 b",
    ] {
        for phase in BEFORE_THE_BODY {
            let peer = Peer::start(&[&[&phase.concat(), "\n", answer]]).await;
            let sent = Project::new(peer.relay()).once().send(&["a@example.org"]).await;
            sent.assert_states(&[("a@example.org", State::Pending)]);
            assert!(matches!(sent.summary.stopped, Some(Stop::Unreachable { .. })), "{answer} {phase:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_too_many_is_credited_to_nothing() {
    let extra = [
        "C: MAIL\n S: 250 ok\\r\\n250 ok",
        "C: MAIL\n S: 250 ok\n C: RCPT\n S: 250 ok\\r\\n354 go",
        "C: MAIL\n S: 250 ok\n C: RCPT\n S: 250 ok\n C: DATA\n S: 354 go\\r\\n250 ok",
    ];
    for extra in extra {
        let (peer, _) = assert_one(&[&[OPENING, "\n", extra], &[SERVE]], State::Accepted).await;
        assert_eq!((peer.connections(), peer.receipts().len()), (2, 1), "{extra}");
    }
    // Behind the body's own answer, or before it: nobody can tell which of two is meant, but where they agree.
    for (more, expected) in [("250 ok", State::Accepted), ("550 no", State::Ambiguous), ("what", State::Ambiguous)] {
        let after = format!("\n C: <message>\n S: 250 ok\\r\\n{more}");
        let peer = Peer::start(&[&[OPENING, MAIL, RCPT, DATA, &after], &[SERVE]]).await;
        let sent = Project::new(peer.relay()).send(&["a@example.org", "b@example.org"]).await;
        sent.assert_states(&[("a@example.org", expected), ("b@example.org", State::Accepted)]);
        assert_eq!(peer.connections(), 2);
    }
}

#[tokio::test]
async fn hostile_words_are_shown_without_their_controls() {
    let hostile = "
        C: RCPT
        S: 550 \u{1b}[2Jyou \u{7}have won
        C: RSET
        S: 250 ok";
    let (_, sent) = assert_one(&[&[OPENING, MAIL, hostile]], State::Refused).await;
    assert_eq!(sent.reasons["a@example.org"], "[2Jyou  have won");
}
