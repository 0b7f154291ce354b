//! After a send: "did everyone get it?", what is decided about those in doubt, and the report.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use postrider::ledger::{Deliveries, Kind, Ledger, Outcome, Plan, Planned};
use postrider::model::address::Address;
use postrider::model::mail::Mail;
use serde_json::Value;

use crate::relay::Relay;
use crate::workspace::{Ran, Workspace};

const PEOPLE: &str = r#"
[[subscriber]]
email = "gone@example.org"

[[subscriber]]
email = "gone.too@example.com"
language = "bn"

[[subscriber]]
email = "later@example.org"

[[subscriber]]
email = "mute@example.org"
first_name = "Mute"
"#;

/// Sends to seven: three accepted, two refused, one deferred, one in doubt.
fn sent() -> (Workspace, Relay, Ran) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("subscribers.toml", PEOPLE);
    let sent = workspace.run(&["send", "--expect-recipients", "7"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    (workspace, relay, sent)
}

fn mode(workspace: &Workspace, name: &str) -> u32 {
    fs::metadata(workspace.path(name)).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn the_first_line_answers_and_the_rest_says_why_and_what_to_do() {
    let (workspace, _relay, _) = sent();
    let told = workspace.run(&["status", "2023-q3"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    let first = "Not yet: the server took it for 3 of 7 people; 1 deferred, 1 in doubt, 2 refused.";
    assert_eq!(told.stdout.lines().next(), Some(first), "{told:?}");
    for words in [
        "7 planned = 3 accepted + 2 refused + 0 left out + 1 deferred + 0 not yet sent + 1 in doubt",
        "  en                  7        3        2        0        1        0        1\n",
        "  example.org                   4        1        1        0        1        0        1\n",
        "       2 refused: 550 5.1.1 <‹address›>: user unknown\n",
        "       1 deferred: 451 4.2.1 <‹address›>: try again later\n",
        "       1 in doubt: ",
        "- Run `postrider send 2023-q3` after ",
        "- Decide about 1 person in doubt: ",
        "`postrider resolve 2023-q3 --resend`",
    ] {
        assert!(told.stdout.contains(words), "{words}: {}", told.stdout);
    }
    let json = workspace.run(&["status", "2023-q3", "--json"]);
    assert_eq!(json.code, Some(3), "{json:?}");
    let report = json.last_json();
    assert_eq!(report["answer"], first);
    let count = |key: &str| report[key].as_u64().expect("a count");
    let parts = ["accepted", "refused", "skipped", "deferred", "pending", "ambiguous"];
    assert_eq!(count("planned"), parts.map(count).iter().sum::<u64>());
    let recipients = report["recipients"].as_array().expect("a list");
    assert_eq!(recipients.len(), 7);
    assert!(recipients.iter().any(|one| one["address"] == "gone@example.org" && one["state"] == "refused" && one["code"] == 550));
    assert_eq!(report["sessions"].as_array().expect("a list").len(), 1);

    let all = workspace.run(&["status"]);
    assert_eq!(all.code, Some(3), "{all:?}");
    assert!(
        all.stdout.contains("2023-q3             7        3        2        0        1        0        1  begun "),
        "{all:?}"
    );
    assert_eq!(workspace.run(&["status", "--json"]).last_json()["ambiguous"], 1);
}

#[test]
fn a_send_that_everyone_got_is_a_yes() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let before = workspace.run(&["status", "2023-q3"]);
    assert_eq!(before.code, Some(3), "{before:?}");
    assert!(before.stderr.contains("2023-q3 was not sent to anybody yet"), "{before:?}");
    assert!(!workspace.path(".postrider/ledger.sqlite").exists(), "a look leaves nothing behind");
    let none = workspace.run(&["status"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), "Nothing was sent from this project yet.\n"));
    assert_eq!(workspace.run(&["status", "2023-q4"]).code, Some(2));

    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    let told = workspace.run(&["status", "2023-q3"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.starts_with("Yes: the server took it for 3 of 3 people.\n"), "{told:?}");
    assert!(!told.stdout.contains("What to do next"), "{told:?}");
    assert_eq!(workspace.run(&["status"]).code, Some(0));
}

#[test]
fn whoever_is_in_doubt_is_sent_the_very_same_message_again_once_a_person_says_so() {
    let (workspace, relay, _) = sent();
    let first = relay.taken();
    assert_eq!(first.len(), 4);
    let again = workspace.run(&["send", "--expect-recipients", "7"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(relay.taken().len(), 4, "nobody in doubt is written to by itself");

    let unasked = workspace.run(&["resolve", "2023-q3", "--resend"]);
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    assert!(unasked.stderr.contains("mute@example.org (en): "), "{unasked:?}");
    assert!(unasked.stderr.contains("a script adds --yes"), "{unasked:?}");
    let decided = workspace.run(&["resolve", "2023-q3", "--resend", "--yes", "MUTE@example.org"]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    assert_eq!(decided.stdout, "1 person will get it once more: run `postrider send 2023-q3`.\n");
    workspace.run(&["send", "--expect-recipients", "7"]);
    let taken = relay.taken();
    assert_eq!(taken.len(), 5);
    let copies: Vec<_> = taken.iter().filter(|(recipient, _)| recipient == "mute@example.org").collect();
    assert_eq!(copies.len(), 2);
    assert!(copies[0].1 == copies[1].1, "byte for byte the same, Message-ID and Date included");
    assert!(Mail::parse(&copies[0].1).is_some_and(|mail| !mail.message_id.is_empty()));
}

#[test]
fn what_is_assumed_is_told_as_such_and_nobody_else_can_be_decided_about() {
    let (workspace, _relay, _) = sent();
    for (address, words) in [
        ("gone@example.org", "gone@example.org is not in doubt: it is refused. Nothing was changed"),
        ("who@example.org", "who@example.org is not in doubt: nobody in this run has that address. Nothing was changed"),
    ] {
        let wrong = workspace.run(&["resolve", "2023-q3", "--assume-sent", "mute@example.org", address]);
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
        assert!(wrong.stderr.contains(words), "{wrong:?}");
    }
    assert_eq!(workspace.run(&["resolve", "2023-q3", "--assume-sent", "no address"]).code, Some(2));
    assert_eq!(workspace.run(&["resolve", "2023-q3"]).code, Some(2), "one of the two must be said");
    let decided = workspace.run(&["resolve", "2023-q3", "--assume-sent", "--yes"]);
    assert_eq!(decided.stdout, "Taken as sent to 1 person, by your decision.\n", "{decided:?}");
    let told = workspace.run(&["status", "2023-q3"]);
    assert!(told.stdout.contains("took it for 4 of 7 people (1 of them by decision: no answer came)"), "{told:?}");
    let nothing = workspace.run(&["resolve", "2023-q3", "--resend", "--yes"]);
    assert_eq!((nothing.code, nothing.stdout.contains("Nobody of 2023-q3 is in doubt")), (Some(0), true), "{nothing:?}");
}

#[test]
fn a_report_is_left_for_its_owner_alone_with_the_servers_words() {
    let (workspace, _relay, sent) = sent();
    let page = ".postrider/reports/2023-q3.html";
    assert!(sent.stderr.contains("Report: ") && sent.stderr.contains("reports/2023-q3.html"), "{sent:?}");
    let html = fs::read_to_string(workspace.path(page)).expect("a page");
    for words in [
        "Not yet: the server took it for 3 of 7 people",
        "550 5.1.1 &lt;gone.too@example.com&gt;: user unknown",
        "<html lang=\"en\">",
        "prefers-color-scheme: dark",
        "<code>postrider resolve 2023-q3 --resend</code>",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(!html.contains("<script") && !html.contains("http"), "nothing is run and nothing is fetched");
    let json: Value =
        serde_json::from_slice(&fs::read(workspace.path(".postrider/reports/2023-q3.json")).expect("a file")).unwrap();
    let status = workspace.run(&["status", "2023-q3", "--json"]).last_json();
    for key in ["answer", "next", "planned", "reasons", "domains", "editions", "sessions"] {
        assert_eq!(json[key], status[key], "{key}");
    }
    let listed = json["recipients"].as_array().expect("a list").iter().map(|one| one["address"].as_str().expect("an address"));
    assert_eq!(
        listed.collect::<Vec<_>>(),
        ["gone@example.org", "gone.too@example.com", "later@example.org", "mute@example.org"],
        "those who do not have it, or may not"
    );
    assert_eq!((mode(&workspace, page), mode(&workspace, ".postrider/reports")), (0o600, 0o700));

    let elsewhere = workspace.run(&["status", "2023-q3", "--report", "kept"]);
    assert!(elsewhere.stderr.contains("Report: kept/2023-q3.html"), "{elsewhere:?}");
    assert_eq!(mode(&workspace, "kept/2023-q3.json"), 0o600);
}

#[test]
fn a_servers_words_can_neither_change_the_page_nor_the_terminal() {
    let workspace = Workspace::new();
    let hostile = "5.0.0 <script>alert(1)</script> \u{1b}[2J\u{202e}";
    plant(&workspace, hostile);
    let told = workspace.run(&["status", "2023-q3", "--report", "kept"]);
    assert!(told.stdout.contains("<script>") && !told.stdout.contains('\u{1b}'), "{told:?}");
    let html = fs::read_to_string(workspace.path("kept/2023-q3.html")).expect("a page");
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
}

/// A plan for one person.
fn plan() -> Plan {
    Plan {
        issue: "2023-q3".to_owned(),
        kind: Kind::Issue,
        sender: "news@list.example.org".to_owned(),
        relay: "127.0.0.1".to_owned(),
        digests: BTreeMap::from([("en".to_owned(), "d".into())]),
        recipients: [Planned { address: Address::parse("a@example.org").unwrap(), edition: "en".to_owned(), skip: None }]
            .into_iter()
            .collect(),
        selection: None,
    }
}

/// A ledger in which one person was refused in these words.
fn plant(workspace: &Workspace, words: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&workspace.path(".postrider")).unwrap();
        let run = ledger.begin(plan(), jiff::Timestamp::now()).await.unwrap();
        let claim = run.claim(1, jiff::Timestamp::now()).await.unwrap().pop().unwrap();
        run.advance(Some((claim.id, Outcome::Refused { code: Some(550), reason: words.to_owned() })), None).await.unwrap();
        run.finish(jiff::Timestamp::now()).await.unwrap();
    });
}

#[test]
fn a_decision_is_asked_for_and_only_a_yes_is_one() {
    let (workspace, _relay, _) = sent();
    for answer in ["\n", "n\n", "resend\n"] {
        let asked = workspace.in_a_terminal("resolve 2023-q3 --resend", answer);
        assert_eq!(asked.code, Some(1), "{asked:?}");
        assert!(asked.stdout.contains("mute@example.org (en): "), "{asked:?}");
        assert!(asked.stdout.contains("Send it to 1 person once more? Some may get a second copy. (y/N): "), "{asked:?}");
        assert!(asked.stdout.contains("that is no yes; nothing was changed"), "{asked:?}");
    }
    assert_eq!(workspace.run(&["status", "2023-q3", "--json"]).last_json()["ambiguous"], 1);
    let asked = workspace.in_a_terminal("resolve 2023-q3 --resend", "y\n");
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert_eq!(workspace.run(&["status", "2023-q3", "--json"]).last_json()["pending"], 1);
}

#[test]
fn while_a_process_sends_the_answer_says_which_and_a_second_one_is_told() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // This process sends it.
    let run = runtime.block_on(async {
        let ledger = Ledger::open(&workspace.path(".postrider")).unwrap();
        ledger.begin(plan(), jiff::Timestamp::now()).await.unwrap()
    });
    let told = workspace.run(&["status", "2023-q3"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    let words = format!("Not yet: it is being sent at this moment (process {} on ", std::process::id());
    assert!(told.stdout.starts_with(&words), "{words}: {told:?}");
    assert!(told.stdout.contains("; 0 of 1 person have it.\n"), "{told:?}");
    for command in [&["send", "--expect-recipients", "3"][..], &["resolve", "2023-q3", "--resend", "--yes", "a@example.org"]] {
        let second = workspace.run(command);
        assert_eq!(second.code, Some(1), "{second:?}");
        assert!(second.stderr.contains("another postrider is sending from this project (process "), "{second:?}");
    }
    assert_eq!(relay.taken().len(), 0);
    drop(run);
    let told = workspace.run(&["status", "2023-q3"]);
    assert!(told.stdout.contains("The last process ended in the middle: it was killed"), "{told:?}");
}

#[test]
fn a_process_that_sends_something_else_changes_no_answer() {
    let (workspace, _relay, _) = sent();
    let before = workspace.run(&["status", "2023-q3"]);
    // Locks belong to open files: this stands for another process.
    let lock = fs::OpenOptions::new().write(true).open(workspace.path(".postrider/sending.lock")).expect("the lock's file");
    lock.try_lock().expect("nobody sends");
    assert_eq!(workspace.run(&["status", "2023-q3"]).stdout, before.stdout);
}
