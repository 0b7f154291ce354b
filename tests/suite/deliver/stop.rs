//! What stops a run.

use std::future::pending;

use base64::Engine;
use postrider::deliver::{Credentials, Progress, Stop, send};
use postrider::ledger::State;
use postrider::model::relay::{Kept, Login, Relay, Secret};

use super::peer::{DATA, MAIL, OPENING, Peer, RCPT, SERVE};
use super::project::{Project, borrowed, numbered};

#[tokio::test]
async fn a_refusal_of_us_stops_the_run_and_charges_nobody() {
    let size = "S: 220 hi\n C: EHLO\n S: 250-hi\\r\\n250 SIZE 24";
    let cases: [(&[&str], &str); 8] = [
        (&["S: 554 no mail from you"], "127.0.0.1 takes no mail from here: 554 no mail from you"),
        (&["S: 220 hi\n C: EHLO\n S: 502 what"], "127.0.0.1 refuses EHLO: 502 what"),
        (&[OPENING, "\n C: MAIL\n S: 550 5.1.8 who"], "127.0.0.1 refuses the sender news@example.org: 550 5.1.8 who"),
        (&[OPENING, "\n C: MAIL\n S: 530 5.7.0 log in"], "127.0.0.1 refuses the login: 530 5.7.0 log in"),
        (&[OPENING, "\n C: MAIL\n S: 552 too large"], "127.0.0.1 takes no message of 25 octets: 552 too large"),
        (&[size], "127.0.0.1 takes no message of 25 octets: its limit is 24"),
        (&[OPENING, MAIL, "\n C: RCPT\n S: 550 5.7.26 who"], "127.0.0.1 refuses by its policy: 550 5.7.26 who"),
        (
            &[OPENING, MAIL, RCPT, DATA, "\n C: <message>\n S: 550 5.7.28 spam"],
            "127.0.0.1 refuses by its policy: 550 5.7.28 spam",
        ),
    ];
    for (script, words) in cases {
        let peer = Peer::start(&[script]).await;
        let sent = Project::new(peer.relay()).once().send(&["a@example.org", "b@example.org"]).await;
        sent.assert_states(&[("a@example.org", State::Pending), ("b@example.org", State::Pending)]);
        assert!(sent.words().contains(words), "{script:?}: {}", sent.words());
        assert_eq!(peer.connections(), 1, "{script:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_however_many_connections_there_are() {
    let login = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 AUTH PLAIN LOGIN
        C: AUTH PLAIN AG1pbmEAd3Jvbmc=
        S: 535 5.7.8 bad credentials";
    let peer = Peer::start(&[&[login]]).await;
    let mut project = Project::new(peer.relay()).logged_in("mina", "wrong");
    project.relay.connections = 5;
    let sent = project.send(&borrowed(&numbered(20))).await;
    assert_eq!(sent.summary.balance.pending, 20);
    assert_eq!((peer.connections(), peer.count("AUTH")), (1, 1));
    assert_eq!(
        sent.words(),
        "127.0.0.1 refuses the login: 535 5.7.8 bad credentials. Check user and password in [relay]. \
         It was tried only once, lest the account be locked"
    );
}

#[tokio::test]
async fn either_mechanism_is_used_when_it_alone_is_offered_in_any_case() {
    let plain = "
        C: AUTH PLAIN AG1pbmEAc2VjcmV0
        S: 235 welcome";
    let login = "
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: bWluYQ==
        S: 334 UGFzc3dvcmQ6
        C: c2VjcmV0
        S: 235 welcome";
    for (offer, dialogue) in [("AUTH PLAIN", plain), ("auth cram-md5 plain", plain), ("AUTH LOGIN", login), ("Auth=Login", login)]
    {
        let opening = format!("S: 220 relay.example\n C: EHLO\n S: 250-relay.example\\r\\n250 {offer}");
        let peer = Peer::start(&[&[&opening, dialogue, SERVE]]).await;
        let sent = Project::new(peer.relay()).logged_in("mina", "secret").send(&["a@example.org"]).await;
        assert!(sent.summary.is_complete(), "{offer}: {}", sent.words());
        assert_eq!(peer.surprises(), [""; 0], "{offer}");
    }
    let peer = Peer::start(&[&["S: 220 relay.example\n C: EHLO\n S: 250-relay.example\\r\\n250 AUTH CRAM-MD5"]]).await;
    let sent = Project::new(peer.relay()).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert!(
        sent.words().contains("offers no login by PLAIN or LOGIN on this connection (it offers CRAM-MD5)"),
        "{}",
        sent.words()
    );
}

#[tokio::test]
async fn a_login_that_cannot_be_checked_now_is_tried_again() {
    let busy = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 AUTH PLAIN
        C: AUTH PLAIN
        S: 454 4.7.0 later";
    let good = busy.replace("454 4.7.0 later", "235 welcome");
    let peer = Peer::start(&[&[busy], &[&good, SERVE]]).await;
    let sent = Project::new(peer.relay()).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
}

#[tokio::test]
async fn nothing_leaves_unprotected_for_a_relay_elsewhere() {
    let relay = Relay { host: "relay.example".to_owned(), ..Peer::well_behaved().await.relay() };
    let sent = Project::new(relay).logged_in("mina", "secret").send(&["a@example.org"]).await;
    assert_eq!(sent.summary.stopped, Some(Stop::Unprotected { host: "relay.example".to_owned() }));
    assert!(!sent.events.iter().any(|event| matches!(event, Progress::Lost { .. })), "it was not even looked up");
}

#[tokio::test]
async fn a_name_that_would_smuggle_commands_into_ehlo_is_refused() {
    let peer = Peer::well_behaved().await;
    let project = Project::new(peer.relay());
    for hello in ["", "a.example\r\nMAIL FROM:<x@example.org>", "two words"] {
        let (mut job, _events) = project.job();
        hello.clone_into(&mut job.hello);
        let summary = send(job, project.begin(&["a@example.org"]).await.unwrap(), pending()).await.unwrap();
        assert!(matches!(summary.stopped, Some(Stop::Setup(_))), "{hello:?}");
    }
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn a_token_logs_in_by_xoauth2_and_is_asked_for_anew_at_each_login() {
    let login = |token: &str| {
        let response = base64::engine::general_purpose::STANDARD.encode(format!("user=mina\u{1}auth=Bearer {token}\u{1}\u{1}"));
        format!(
            "S: 220 relay.example\n C: EHLO\n S: 250-relay.example\\r\\n250 AUTH PLAIN XOAUTH2\n C: AUTH XOAUTH2 {response}\n S: 235 welcome"
        )
    };
    let one = "\n C: MAIL\n S: 250 ok\n C: RCPT\n S: 250 ok\n C: DATA\n S: 354 go\n C: <message>\n S: 250 ok\n S: <close>";
    let peer = Peer::start(&[&[&login("first"), one], &[&login("second"), SERVE]]).await;
    let mut project = Project::new(peer.relay());
    let folder = project.folder.path();
    std::fs::write(folder.join("tokens"), "first\nsecond\n").unwrap();
    // Prints a line, and takes it out of the file.
    let command = ["sh", "-c", "head -n 1 tokens && sed -i 1d tokens"].map(str::to_owned).to_vec();
    let kept = Login { user: "mina".to_owned(), secret: Secret::Token(Kept::Command(command)) };
    project.credentials = Some(Credentials::read(&kept, folder).unwrap());
    let sent = project.send(&["a@example.org", "b@example.org"]).await;
    assert!(sent.summary.is_complete(), "{}", sent.words());
    assert_eq!(peer.surprises(), [""; 0]);
}

#[tokio::test]
async fn a_token_that_is_refused_stops_the_run_with_the_servers_reason() {
    let login = "
        S: 220 relay.example
        C: EHLO
        S: 250-relay.example\\r\\n250 AUTH XOAUTH2
        C: AUTH XOAUTH2
        S: 334 eyJzdGF0dXMiOiI0MDAifQ==
        C:
        S: 535 5.7.8 token expired";
    let peer = Peer::start(&[&[login]]).await;
    let mut project = Project::new(peer.relay());
    std::fs::write(project.folder.path().join("tokens"), "old").unwrap();
    let kept = Kept::Command(["cat", "tokens"].map(str::to_owned).to_vec());
    let login = Login { user: "mina".to_owned(), secret: Secret::Token(kept) };
    project.credentials = Some(Credentials::read(&login, project.folder.path()).unwrap());
    let sent = project.send(&["a@example.org"]).await;
    assert_eq!(sent.summary.balance.pending, 1);
    assert!(sent.words().contains("refuses the login: 535 5.7.8 token expired"), "{}", sent.words());
}
