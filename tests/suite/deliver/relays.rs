//! Several relays.

use postrider::deliver::Progress;
use postrider::ledger::State;
use postrider::model::relay::Relay;

use super::peer::{Peer, SERVE};
use super::project::{Project, Sent, borrowed, numbered};

/// Asserts that everyone was taken once, by whichever relay.
fn assert_once_each_by_any(peers: &[&Peer], people: &[String]) {
    for person in people {
        let copies: usize = peers.iter().filter_map(|peer| peer.receipts().get(person).copied()).sum();
        assert_eq!(copies, 1, "{person}");
    }
}

fn lost(sent: &Sent) -> usize {
    sent.events.iter().filter(|event| matches!(event, Progress::RelayLost { .. })).count()
}

#[tokio::test]
async fn relays_share_the_mail_by_their_weights() {
    let (first, second) = (Peer::well_behaved().await, Peer::well_behaved().await);
    let mut project = Project::new(Relay { weight: 3, ..first.relay() });
    project.others = vec![second.relay()];
    let people = numbered(400);
    let sent = project.send(&borrowed(&people)).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_once_each_by_any(&[&first, &second], &people);
    // A hundred are its share; some more or fewer come about by who asks first.
    let share = second.receipts().len();
    assert!((50..=150).contains(&share), "{share} of 400 over the one of weight 1 beside 3");
}

#[tokio::test]
async fn what_a_relay_cannot_take_goes_over_the_other() {
    let cases: [&[&[&str]]; 3] = [
        &[&["S: 554 no mail from you"]],
        &[&["S: <close>"]],
        // It takes one message, then no connection any more.
        &[&[SERVE], &["S: 554 closed for today"]],
    ];
    for script in cases {
        let (first, second) = (Peer::start(script).await, Peer::well_behaved().await);
        let mut project = Project::new(Relay { messages_per_connection: Some(1), ..first.relay() });
        project.others = vec![second.relay()];
        let people = numbered(30);
        let sent = project.send(&borrowed(&people)).await;
        assert!(sent.summary.is_complete(), "{script:?}: {}", sent.words());
        assert_once_each_by_any(&[&first, &second], &people);
        assert_eq!(lost(&sent), 1, "{script:?}");
    }
}

#[tokio::test]
async fn a_relay_of_weight_nought_is_not_even_spoken_to_while_another_works() {
    let (first, second) = (Peer::well_behaved().await, Peer::well_behaved().await);
    let mut project = Project::new(first.relay());
    project.others = vec![Relay { weight: 0, ..second.relay() }];
    assert!(project.send(&["a@example.org", "b@example.org"]).await.summary.is_complete());
    assert_eq!((first.receipts().len(), second.connections()), (2, 0));

    let closed = Peer::start(&[&["S: 554 no mail from you"]]).await;
    let mut project = Project::new(closed.relay());
    project.others = vec![Relay { weight: 0, ..second.relay() }];
    let sent = project.send(&["a@example.org", "b@example.org"]).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_eq!((second.receipts().len(), lost(&sent)), (2, 1));
}

#[tokio::test]
async fn without_any_relay_that_works_the_run_stops_and_charges_nobody() {
    let (first, second) = (Peer::start(&[&["S: 554 not you"]]).await, Peer::start(&[&["S: 554 nor you"]]).await);
    let mut project = Project::new(first.relay());
    project.others = vec![second.relay()];
    let sent = project.send(&["a@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Pending)]);
    assert!(sent.words().contains("takes no mail from here"), "{}", sent.words());
}
