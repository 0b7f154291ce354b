//! Ctrl-C during a send.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::relay::Relay;
use crate::workspace::Workspace;

const PEOPLE: &str = "\n[[subscriber]]\nemail = \"slow@example.org\"\n\n[[subscriber]]\nemail = \"last@example.org\"\n";

/// A send of which the fourth message is on its way, and the server's answer to it held back.
fn sending() -> (Workspace, Relay, Child) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("subscribers.toml", PEOPLE);
    let mut command = workspace.command(&["send", "--expect-recipients", "5", "--json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    (workspace, relay, child)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs").success());
}

#[test]
fn the_first_ctrl_c_finishes_what_is_on_its_way_and_says_how_to_go_on() {
    for name in ["-INT", "-TERM"] {
        let (workspace, relay, mut child) = sending();
        let answer = relay.held();
        signal(&child, name);
        let mut told = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        assert!(told.any(|line| line.contains(r#""event":"stopping""#)), "{name}");
        drop(answer);
        let last = told.last().expect("a summary");
        let summary: serde_json::Value = serde_json::from_str(&last).expect("JSON");
        assert_eq!((&summary["accepted"], &summary["pending"]), (&4.into(), &1.into()), "{last}");
        assert!(summary["stopped"].as_str().is_some_and(|words| words.contains("Run the same command again to go on")), "{last}");
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(1));
        let said = String::from_utf8(ended.stderr).expect("UTF-8");
        assert!(said.contains("messages on their way are finished first"), "{said}");
        assert_eq!(workspace.run(&["send", "--expect-recipients", "5"]).code, Some(0));
        assert_eq!(relay.taken().len(), 5, "each once");
    }
}

#[test]
fn the_second_ctrl_c_ends_at_once_and_the_ledger_holds_the_one_on_its_way() {
    let (workspace, relay, mut child) = sending();
    let answer = relay.held();
    signal(&child, "-INT");
    let mut told = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("Press Ctrl-C again to stop at once")));
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "though the server has not answered");
    drop(answer);
    let again = workspace.run(&["send", "--expect-recipients", "5"]);
    assert!(again.stdout.contains("4 accepted, 1 in doubt"), "{again:?}");
    assert_eq!(relay.taken().len(), 5, "nobody twice");
}
