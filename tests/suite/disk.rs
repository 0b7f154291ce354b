//! A disk that is full, or that fails, in the middle of a send: it stops before the next body, and everyone is accounted for.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use serde_json::Value;

use crate::relay::Relay;
use crate::workspace::{Ran, Workspace};

const PEOPLE: usize = 400;
const CONNECTIONS: u64 = 4;

fn project() -> (Workspace, Relay) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let newsletter = std::fs::read_to_string(workspace.path("newsletter.toml")).expect("a text");
    workspace.write("newsletter.toml", newsletter.replace("connections = 1", &format!("connections = {CONNECTIONS}")));
    let list = (0..PEOPLE).fold(String::new(), |mut list, n| {
        writeln!(list, "[[subscriber]]\nemail = \"reader{n}@example.org\"").expect("a string takes it");
        list
    });
    workspace.write("subscribers.toml", list);
    (workspace, relay)
}

/// Runs a script of the shell in the project, `$POSTRIDER` being the binary.
fn shell(workspace: &Workspace, shell: &[&str], script: &str) -> Ran {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["sh", "-c", script]).current_dir(workspace.root()).env("NO_COLOR", "1");
    Ran::from(command.env("POSTRIDER", env!("CARGO_BIN_EXE_postrider")).output().expect("a shell"))
}

fn receipts(relay: &Relay) -> BTreeMap<String, usize> {
    let mut receipts = BTreeMap::new();
    for (recipient, _) in relay.taken() {
        *receipts.entry(recipient).or_default() += 1;
    }
    receipts
}

/// Whom the ledger has in a state.
fn those(status: &Value, state: &str) -> Vec<String> {
    let all = status["recipients"].as_array().expect("recipients").iter();
    all.filter(|one| one["state"] == state).map(|one| one["address"].as_str().expect("an address").to_owned()).collect()
}

/// Asserts that the send stopped in the middle, and that the ledger's account is what the server saw; then goes on without a limit.
fn assert_nothing_lost_and_nothing_twice(workspace: &Workspace, relay: &Relay, stopped: &Ran) {
    assert!(stopped.stderr.contains("in the ledger: "), "{stopped:?}");
    assert!(stopped.stderr.contains("Free or repair the disk, then run the same command again"), "{stopped:?}");
    let taken = receipts(relay);
    assert!(!taken.is_empty() && taken.len() < PEOPLE, "it stopped in the middle: {}", taken.len());
    let status = workspace.run(&["status", "2023-q3", "--json"]);
    assert_eq!(status.code, Some(3), "{}", status.stderr);
    let status = status.last_json();
    let count = |key: &str| status[key].as_u64().expect("a count");
    let parts = ["accepted", "refused", "skipped", "deferred", "pending", "ambiguous"];
    assert_eq!(count("planned"), parts.map(count).iter().sum::<u64>());
    assert!(
        count("ambiguous") + u64::try_from(those(&status, "in_data").len()).unwrap() <= 2 * CONNECTIONS,
        "{}",
        status["answer"]
    );
    assert!(those(&status, "accepted").iter().all(|one| taken.contains_key(one)), "nobody is said to have what never came");
    assert!(those(&status, "pending").iter().all(|one| !taken.contains_key(one)), "nobody is to be sent to who has it");

    let people = PEOPLE.to_string();
    let resumed = workspace.run(&["send", "--expect-recipients", &people, "--json"]).last_json();
    assert_eq!(resumed["pending"], 0, "{resumed}");
    let sum = resumed["accepted"].as_u64().unwrap() + resumed["ambiguous"].as_u64().unwrap();
    assert_eq!(sum, u64::try_from(PEOPLE).unwrap(), "{resumed}");
    assert!(resumed["ambiguous"].as_u64().unwrap() <= CONNECTIONS, "{resumed}");
    assert!(receipts(relay).values().all(|count| *count == 1), "nobody got it twice");
}

#[test]
fn a_disk_that_fails_stops_the_send_before_the_next_body() {
    let (workspace, relay) = project();
    // Files may not grow beyond 768 KiB: with the signal ignored, writing beyond it is an error like any other.
    let script = format!("trap '' XFSZ; ulimit -f 1536; exec \"$POSTRIDER\" send --expect-recipients {PEOPLE}");
    let stopped = shell(&workspace, &["env"], &script);
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    assert_nothing_lost_and_nothing_twice(&workspace, &relay, &stopped);
}

#[test]
fn a_full_disk_stops_the_send_before_the_next_body() {
    let (workspace, relay) = project();
    let private = ["unshare", "--map-root-user", "--mount"];
    if !Command::new(private[0]).args(&private[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        // Where nobody may mount a small disk of their own, the failing writes above have to do.
        return;
    }
    let script = format!(
        "set -e; mkdir .postrider; mount -t tmpfs -o size=768k,mode=700 tmpfs .postrider
         code=0; \"$POSTRIDER\" send --expect-recipients {PEOPLE} || code=$?
         cp -a .postrider kept; exit $code"
    );
    let stopped = shell(&workspace, &private, &script);
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    std::fs::remove_dir(workspace.path(".postrider")).expect("only the disk's place is left");
    std::fs::rename(workspace.path("kept"), workspace.path(".postrider")).expect("what the disk held");
    assert_nothing_lost_and_nothing_twice(&workspace, &relay, &stopped);
}
