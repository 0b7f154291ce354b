//! The log of a send: everything that happened, nobody's address, no password.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::relay::Relay;
use crate::workspace::{NEWSLETTER, Workspace};

const PEOPLE: &str = "\n[[subscriber]]\nemail = \"gone@example.org\"\n\n[[subscriber]]\nemail = \"later@example.org\"\n\n\
                      [[subscriber]]\nemail = \"mute@example.org\"\n";

fn lines(workspace: &Workspace) -> Vec<Value> {
    let text = fs::read_to_string(workspace.path("send.log")).expect("a log");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_log_tells_what_became_of_each_recipient_by_number_and_names_nobody() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("subscribers.toml", PEOPLE);
    let sent = workspace.run(&["send", "--expect-recipients", "6", "--log", "send.log"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    let lines = lines(&workspace);
    let count = |key: &str, value: &str| lines.iter().filter(|line| line[key] == value).count();
    for (message, times) in [("the run begins", 1), ("claimed", 6), ("the body leaves", 4), ("outcome", 6), ("the run ends", 1)] {
        assert_eq!(count("message", message), times, "{message}: {lines:?}");
    }
    for (state, times) in [("accepted", 3), ("refused", 1), ("deferred", 1), ("ambiguous", 1)] {
        assert_eq!(count("state", state), times, "{state}: {lines:?}");
    }
    let refused = lines.iter().find(|line| line["state"] == "refused").expect("a refusal");
    assert_eq!((&refused["code"], &refused["why"]), (&550.into(), &"5.1.1 <‹address›>: user unknown".into()));
    assert!(refused["recipient"].as_str().is_some_and(|id| id.parse::<u64>().is_ok()), "{refused}");
    assert!(lines.iter().all(|line| line["timestamp"].is_string()), "{lines:?}");

    let text = fs::read_to_string(workspace.path("send.log")).expect("a log");
    for name in ["@", "ana", "rina", "nameless", "gone", "later@", "mute"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    let mode = fs::metadata(workspace.path("send.log")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    workspace.run(&["send", "--expect-recipients", "6", "--log", "send.log"]);
    assert_eq!(self::lines(&workspace).iter().filter(|line| line["message"] == "the run begins").count(), 2, "it is added to");
}

#[test]
fn a_log_holds_no_password_even_where_the_server_repeats_it() {
    let workspace = Workspace::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        for stream in listener.incoming().flatten() {
            let mut output = stream.try_clone().expect("a stream");
            let _ = output.write_all(b"220 relay.example ESMTP\r\n");
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let answer = match line.split_whitespace().next() {
                    Some("EHLO") => "250-relay.example\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned(),
                    Some("AUTH") => format!("535 5.7.8 correct-horse is wrong, and so is {line}"),
                    _ => "221 bye".to_owned(),
                };
                let _ = output.write_all(format!("{answer}\r\n").as_bytes());
            }
        }
    });
    workspace.write("password", "correct-horse\n");
    fs::set_permissions(workspace.path("password"), fs::Permissions::from_mode(0o600)).expect("our own file");
    let relay = format!(
        "\n[relay]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"news\"\npassword_file = \"password\"\n"
    );
    workspace.write("newsletter.toml", NEWSLETTER.to_owned() + &relay);
    let sent = workspace.run(&["send", "--expect-recipients", "3", "--log", "send.log"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    let text = fs::read_to_string(workspace.path("send.log")).expect("a log");
    assert!(text.contains("stopping: the login is refused"), "{text}");
    // The second is "\0news\0correct-horse", as AUTH PLAIN carries it.
    for secret in ["correct-horse", "AG5ld3MAY29ycmVjdC1ob3JzZQ=="] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_log_that_cannot_be_opened_stops_before_anything_is_sent() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let sent = workspace.run(&["send", "--expect-recipients", "3", "--log", "nowhere/send.log"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    assert!(sent.stderr.contains("cannot open the log nowhere/send.log: "), "{sent:?}");
    assert_eq!(relay.taken().len(), 0);
}

#[test]
fn a_rehearsal_can_be_logged_as_well() {
    let workspace = Workspace::new();
    workspace.run(&["rehearse", "--log", "send.log"]);
    assert_eq!(lines(&workspace).iter().filter(|line| line["state"] == "accepted").count(), 3);
}
