//! What arrives.

use postrider::deliver::Progress;
use postrider::ledger::{Balance, State};

use super::peer::Peer;
use super::project::{MESSAGE, Project, assert_once_each, borrowed, numbered};

#[tokio::test]
async fn a_message_arrives_once_and_the_summary_adds_up() {
    let peer = Peer::well_behaved().await;
    let sent = Project::new(peer.relay()).send(&["a@example.org"]).await;
    sent.assert_states(&[("a@example.org", State::Accepted)]);
    assert_eq!(peer.message(), MESSAGE.as_bytes());
    assert!(sent.summary.is_complete());
    assert_eq!(peer.count("QUIT"), 1);
    let json = serde_json::to_value(&sent.summary).unwrap();
    for (key, count) in [("planned", 1), ("accepted", 1), ("refused", 0), ("deferred", 0), ("skipped", 0), ("pending", 0)] {
        assert_eq!(json[key], count, "{key}");
    }
    assert!(json["seconds"].is_number() && json["ambiguous"] == 0 && json["stopped"].is_null());
    let begun = Progress::Begun { balance: Balance { planned: 1, pending: 1, ..Balance::default() } };
    let accepted = Progress::Accepted { address: "a@example.org".to_owned() };
    let ended = Progress::Ended { balance: sent.summary.balance };
    assert_eq!(sent.events, [begun, Progress::Connected { worker: 0 }, accepted, ended]);
}

#[tokio::test]
async fn every_octet_arrives_as_it_was_composed() {
    let long = "x".repeat(998);
    let messages = [
        ".\r\n..\r\n.leading\r\n\r\n.\r\n".to_owned(),
        "no line end".to_owned(),
        "blank lines at the end\r\n\r\n\r\n".to_owned(),
        "\r\n".to_owned(),
        format!("{long}\r\n.{}", &long[1..]),
        "বাংলা and ümlauts\r\n".repeat(10_000),
    ];
    for message in messages {
        let peer = Peer::well_behaved().await;
        let project = Project::new(peer.relay()).sending(message.clone());
        project.send(&["a@example.org"]).await.assert_states(&[("a@example.org", State::Accepted)]);
        let whole = if message.ends_with("\r\n") { message } else { message + "\r\n" };
        assert!(peer.message() == whole.as_bytes(), "{:?}", &whole[..whole.len().min(100)]);
    }
}

#[tokio::test]
async fn a_list_goes_over_several_connections_to_each_reader_once() {
    let peer = Peer::well_behaved().await;
    let people = numbered(200);
    let mut project = Project::new(peer.relay());
    project.relay.connections = 4;
    let sent = project.send(&borrowed(&people)).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_once_each(&peer, &people);
    assert_eq!(peer.connections(), 4);
    let again = project.send(&borrowed(&people)).await;
    assert!(again.summary.is_complete());
    assert_once_each(&peer, &people);
    assert_eq!(peer.connections(), 4, "nobody was left to send to");
}

#[tokio::test]
async fn parameters_are_said_when_they_are_needed_and_offered() {
    let peer = Peer::well_behaved().await;
    let people = ["a@example.org", "jürgen@example.org", "li@bücher.example"];
    let project = Project::new(peer.relay()).sending("grün\r\n");
    assert!(project.send(&people).await.summary.is_complete());
    let seen = peer.seen.lock().unwrap();
    let mail: Vec<_> = seen.commands.iter().filter(|command| command.starts_with("MAIL")).collect();
    assert_eq!(
        mail,
        [
            "MAIL FROM:<news@example.org> SIZE=7 BODY=8BITMIME",
            "MAIL FROM:<news@example.org> SIZE=7 BODY=8BITMIME SMTPUTF8",
            "MAIL FROM:<news@example.org> SIZE=7 BODY=8BITMIME"
        ]
    );
    assert!(seen.commands.contains(&"RCPT TO:<li@xn--bcher-kva.example>".to_owned()));
}
