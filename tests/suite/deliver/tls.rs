//! TLS, and what must not happen without it.

use std::fs;
use std::path::PathBuf;

use postrider::deliver::Stop;
use postrider::ledger::State;
use postrider::model::relay::Tls;

use super::peer::Peer;
use super::project::Project;

#[tokio::test]
async fn implicit_tls_and_starttls_protect_login_and_mail() {
    let login = "
        S: 250-relay.example\\r\\n250 AUTH PLAIN
        C: AUTH PLAIN AG1pbmEAc2VjcmV0
        S: 235 welcome
        S: <serve>";
    let implicit = "
        S: <tls>
        S: 220 relay.example
        C: EHLO";
    let starttls = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 starttls
        C: STARTTLS
        S: 220 go
        S: <tls>
        C: EHLO";
    for (tls, opening) in [(Tls::Implicit, implicit), (Tls::StartTls, starttls)] {
        let peer = Peer::start(&[&[opening, login]]).await;
        let project = Project::new(peer.relay()).with_tls(tls).logged_in("mina", "secret");
        let sent = project.sending("0123456789\r\n".repeat(10_000)).send(&["a@example.org", "b@example.org"]).await;
        assert!(sent.summary.is_complete(), "{tls:?}: {}", sent.words());
        assert_eq!((peer.connections(), peer.surprises()), (1, vec![]), "{tls:?}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_or_from_a_stranger_stops_the_run() {
    let implicit = "
        S: <tls>
        S: 220 relay.example";
    let peer = Peer::start(&[&[implicit]]).await;
    let mut wrong_name = Project::new(peer.relay()).with_tls(Tls::Implicit).logged_in("mina", "secret");
    "127.0.0.1".clone_into(&mut wrong_name.relay.host);
    let sent = wrong_name.send(&["a@example.org"]).await;
    assert!(
        sent.words().starts_with("no secure connection to 127.0.0.1: invalid peer certificate: certificate not valid for name"),
        "{}",
        sent.words()
    );
    let mut stranger = Project::new(peer.relay()).with_tls(Tls::Implicit).logged_in("mina", "secret");
    stranger.relay.ca_file = None;
    let sent = stranger.send(&["a@example.org"]).await;
    assert!(matches!(sent.summary.stopped, Some(Stop::Tls { .. })), "{}", sent.words());
    sent.assert_states(&[("a@example.org", State::Pending)]);
    assert!(peer.seen.lock().unwrap().commands.is_empty());
}

#[tokio::test]
async fn a_server_without_tls_where_tls_is_due_stops_the_run_before_the_login() {
    let without = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 AUTH PLAIN";
    let peer = Peer::start(&[&[without]]).await;
    let sent = Project::new(peer.relay()).with_tls(Tls::StartTls).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert_eq!(sent.summary.stopped, Some(Stop::StartTlsMissing { host: "localhost".to_owned() }));
    assert_eq!(peer.seen.lock().unwrap().commands, ["EHLO sender.example", "QUIT"]);
    let plain = Peer::start(&[&["S: 220 relay.example"]]).await;
    let sent = Project::new(plain.relay()).with_tls(Tls::Implicit).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert!(matches!(sent.summary.stopped, Some(Stop::Tls { .. })), "{}", sent.words());
}

#[tokio::test]
async fn what_is_said_ahead_of_the_handshake_counts_for_nothing_after_it() {
    let injection = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 STARTTLS
        C: STARTTLS
        S: 220 go\\r\\n250-evil.example\\r\\n250 AUTH PLAIN";
    let peer = Peer::start(&[&[injection]]).await;
    let sent = Project::new(peer.relay()).with_tls(Tls::StartTls).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert!(sent.words().contains("after STARTTLS, the server said without being asked: 250-evil.example"), "{}", sent.words());
    assert_eq!(peer.count("AUTH"), 0);
}

#[tokio::test]
async fn a_ca_file_of_no_use_is_named() {
    let peer = Peer::well_behaved().await;
    for (content, words) in [(None, "cannot be read"), (Some("no certificate"), "holds no certificate")] {
        let mut project = Project::new(peer.relay()).with_tls(Tls::Implicit);
        project.relay.ca_file = Some(PathBuf::from("other.pem"));
        if let Some(content) = content {
            fs::write(project.folder.path().join("other.pem"), content).unwrap();
        }
        let sent = project.send(&["a@example.org"]).await;
        assert!(sent.words().contains("other.pem") && sent.words().contains(words), "{}", sent.words());
    }
    assert_eq!(peer.connections(), 0);
}
