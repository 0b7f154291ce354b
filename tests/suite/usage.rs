//! The commands as a person or a script uses them: what they say, what they leave behind, how they exit.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use postrider::model::mail::Mail;
use serde_json::Value;

use crate::workspace::{EDITION, NEWSLETTER, Ran, Workspace};

/// A relay that nobody may contact: whoever connects is noticed.
fn forbidden_relay(workspace: &Workspace) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    let relay = format!("\n[relay]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
    workspace.write("newsletter.toml", NEWSLETTER.to_owned() + &relay);
    listener
}

fn assert_untouched(relay: &TcpListener) {
    assert!(relay.accept().is_err(), "the relay was contacted");
}

fn assert_balanced(summary: &Value) {
    let count = |key: &str| summary[key].as_u64().unwrap_or_else(|| panic!("no {key} in {summary}"));
    let sum: u64 = ["accepted", "refused", "deferred", "skipped", "pending", "ambiguous"].map(count).iter().sum();
    assert_eq!(count("planned"), sum, "{summary}");
    assert!(summary["seconds"].is_number(), "{summary}");
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("a plain name")).collect();
    names.sort();
    names
}

#[test]
fn outside_a_project_every_command_says_where_to_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Workspace::new();
    for command in [&["check"][..], &["preview"], &["rehearse"], &["send"], &["new", "x"], &["build", "--out", "o"]] {
        let ran = Ran::from(workspace.command(command).current_dir(folder.path()).output().expect("the binary runs"));
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("there is no newsletter.toml here or in any folder above"), "{ran:?}");
    }
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[test]
fn the_project_is_the_nearest_one_upwards_or_the_one_named() {
    let workspace = Workspace::new();
    let inside = workspace.command(&["check"]).current_dir(workspace.path("issues/2023-q3")).output().expect("the binary runs");
    assert!(inside.status.success(), "{inside:?}");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let root = workspace.root().to_str().expect("a plain path");
    for arguments in [["--project", root, "check"], ["check", "--project", root]] {
        let ran = Ran::from(workspace.command(&arguments).current_dir(elsewhere.path()).output().expect("the binary runs"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.starts_with("no mistakes: 3 subscribers, issue 2023-q3; client support: en "), "{ran:?}");
    }
    let wrong = workspace.run(&["check", "--project", "issues"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn the_issue_is_the_newest_by_its_date_or_the_one_named() {
    let workspace = Workspace::new();
    workspace.write("issues/a-later-one/en.toml", EDITION.replace("2023-09-30", "2024-01-31"));
    assert!(workspace.run(&["check"]).stdout.contains("issue a-later-one"));
    assert!(workspace.run(&["check", "2023-q3"]).stdout.contains("issue 2023-q3"));
    let typo = workspace.run(&["check", "2023-q4"]);
    assert_eq!(typo.code, Some(2), "{typo:?}");
    assert!(typo.stderr.contains("there is no issue 2023-q4: did you mean 2023-q3?"), "{typo:?}");
    let hostile = workspace.run(&["check", "\u{1b}[2Jx"]);
    assert_eq!(hostile.code, Some(2), "{hostile:?}");
    assert!(!hostile.stderr.contains('\u{1b}'), "{hostile:?}");
}

#[test]
fn a_new_issue_is_sound_and_overwrites_nothing() {
    let workspace = Workspace::new();
    let made = workspace.run(&["new", "2024-q1"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let checked = workspace.run(&["check", "2024-q1"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.starts_with("no mistakes: 3 subscribers, issue 2024-q1; client support: en "), "{checked:?}");

    workspace.write("issues/2024-q1/en.toml", EDITION);
    let again = workspace.run(&["new", "2024-q1"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("nothing is overwritten"), "{again:?}");
    assert_eq!(fs::read_to_string(workspace.path("issues/2024-q1/en.toml")).expect("a text"), EDITION);

    for slug in ["../out", "a/b", "", "With Space", "-x", "Ä", ".hidden"] {
        let refused = workspace.run(&["new", "--", slug]);
        assert_eq!(refused.code, Some(2), "{slug}: {refused:?}");
    }
    assert_eq!(names_in(&workspace.path("issues")), ["2023-q3", "2024-q1"]);
}

#[test]
fn every_example_that_new_writes_is_sound_once_it_is_used() {
    let workspace = Workspace::new();
    assert_eq!(workspace.run(&["new", "2024-q1"]).code, Some(0));
    let written = fs::read_to_string(workspace.path("issues/2024-q1/en.toml")).expect("a text");
    let (preface, blocks) = written.split_at(written.find("subject").expect("a subject"));
    // A commented line of TOML has a key, a table or the end of a list; the other notes are prose.
    let is_example = |line: &str| {
        let rest = line.trim_start_matches("# ");
        line.starts_with("# ")
            && (rest.starts_with("[[") || rest.starts_with("  {") || rest == "]" || rest.contains(" = ") || rest.contains("  = "))
    };
    let uncomment = |line: &str| if is_example(line) { line[2..].to_owned() } else { line.to_owned() };
    let used: Vec<_> = blocks.lines().map(uncomment).collect();
    workspace.write("issues/2024-q1/en.toml", preface.to_owned() + &used.join("\n"));
    for name in ["lead", "people", "river"] {
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("issues/2023-q3/pictures/anniversary.jpg"),
            workspace.path(&format!("issues/2024-q1/pictures/{name}.jpg")),
        )
        .expect("a picture");
    }
    let checked = workspace.run(&["check", "2024-q1"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let kinds = used.iter().filter(|line| line.starts_with("kind")).count();
    assert_eq!(kinds, 14, "an example of every kind of block");
}

#[test]
fn a_build_is_files_to_open_and_never_overwrites_somebody_elses() {
    let workspace = Workspace::sample();
    for _ in 0..2 {
        let built = workspace.run(&["build", "--out", "site"]);
        assert_eq!(built.code, Some(0), "{built:?}");
    }
    let files: Vec<_> =
        ["ar", "bn", "en"].iter().flat_map(|tag| ["eml", "html", "txt"].map(|end| format!("{tag}.{end}"))).collect();
    let names = names_in(&workspace.path("site"));
    assert!(files.iter().all(|file| names.contains(file)), "{names:?}");
    let message = Mail::parse(&fs::read(workspace.path("site/en.eml")).expect("a file")).expect("a message");
    assert_eq!(message.text, fs::read_to_string(workspace.path("site/en.txt")).expect("a text"));
    let html = fs::read_to_string(workspace.path("site/en.html")).expect("a text");
    assert!(!html.contains("cid:"), "a browser could not open these pictures");
    for picture in names_in(&workspace.path("site/pictures")) {
        let is_shown = |tag: &str| {
            fs::read_to_string(workspace.path(&format!("site/{tag}.html")))
                .expect("a text")
                .contains(&format!("pictures/{picture}"))
        };
        assert!(["ar", "bn", "en"].into_iter().any(is_shown), "{picture} is shown");
    }

    workspace.write("mine/thesis.txt", "years of work");
    let refused = workspace.run(&["build", "--out", "mine"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(names_in(&workspace.path("mine")), ["thesis.txt"]);
}

#[test]
fn a_dry_run_contacts_nothing_and_tells_who_would_get_what() {
    let workspace = Workspace::new();
    let relay = forbidden_relay(&workspace);
    let told = workspace.run(&["send", "--dry-run"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    for words in ["3 people", "en 3", "bn 1", "donors 1", "members 1", "example.org 1", "xn--54b7fta0cc.example 1"] {
        assert!(told.stdout.contains(words), "{words}: {told:?}");
    }
    let json = workspace.run(&["send", "--dry-run", "--json", "--out", "first"]).last_json();
    assert_balanced(&json);
    assert_eq!((&json["planned"], &json["pending"]), (&3.into(), &3.into()));

    assert_eq!(workspace.run(&["send", "--dry-run", "--out", "second"]).code, Some(0));
    let names = names_in(&workspace.path("first"));
    assert_eq!(names.len(), 3);
    for name in names {
        let [first, second] =
            ["first", "second"].map(|folder| fs::read(workspace.path(&format!("{folder}/{name}"))).expect("a file"));
        assert!(first == second, "the same files give the same bytes: {name}");
        assert!(Mail::parse(&first).is_some_and(|mail| name.contains(&mail.to[0].1)), "{name}");
    }
    let again = workspace.run(&["send", "--dry-run", "--out", "second"]);
    assert_eq!(again.code, Some(2), "nothing is overwritten: {again:?}");
    assert!(!workspace.path(".postrider").exists(), "a look leaves nothing behind");
    assert_untouched(&relay);
}

#[test]
fn a_rehearsal_ends_by_itself_without_a_terminal_and_leaves_nothing_behind() {
    let workspace = Workspace::new();
    let relay = forbidden_relay(&workspace);
    let rehearsed = workspace.run(&["rehearse", "--json"]);
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:?}");
    let summary = rehearsed.last_json();
    assert_balanced(&summary);
    assert_eq!((&summary["accepted"], &summary["checked"]), (&3.into(), &3.into()), "{rehearsed:?}");
    assert_eq!(summary["faults"], Value::Array(Vec::new()), "{rehearsed:?}");

    let told = workspace.run(&["rehearse"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("3 accepted of 3"), "{told:?}");
    assert!(!workspace.path(".postrider").exists());
    assert_untouched(&relay);
}

#[test]
fn nothing_is_rehearsed_or_sent_while_there_are_mistakes() {
    let workspace = Workspace::new();
    let relay = forbidden_relay(&workspace);
    workspace.append("issues/2023-q3/en.toml", "\n[[block]]\nkind = \"artcle\"\n");
    for command in [
        &["rehearse"][..],
        &["send", "--expect-recipients", "3"],
        &["send", "--dry-run"],
        &["test", "--to", "a@example.org"],
        &["build", "--out", "o"],
    ] {
        let ran = workspace.run(command);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("did you mean `article`?") && ran.stderr.contains("nothing was composed or sent"), "{ran:?}");
    }
    let json = workspace.run(&["rehearse", "--json"]);
    assert_eq!((json.code, &json.last_json()["rule"]), (Some(1), &"unknown-kind".into()), "{json:?}");
    assert_untouched(&relay);
}

#[test]
fn nothing_is_sent_without_a_yes_or_with_the_wrong_number() {
    let workspace = Workspace::new();
    let relay = forbidden_relay(&workspace);
    let unasked = workspace.run(&["send"]);
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    assert!(unasked.stderr.contains("--expect-recipients 3"), "{unasked:?}");
    let wrong = workspace.run(&["send", "--expect-recipients", "4"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.stderr.contains("3 recipients, not 4; nothing was sent"), "{wrong:?}");
    let nobody = workspace.run(&["test", "--to", "not an address"]);
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
    assert_untouched(&relay);
}

#[test]
fn a_person_types_the_lists_name_and_the_number_and_nothing_less() {
    let workspace = Workspace::new();
    let relay = forbidden_relay(&workspace);
    for answer in ["y\n", "yes\n", "\n", "3\n", "Test Quarterly\n", "Test Quarterly 2\n", "test quarterly 3\n"] {
        let asked = workspace.in_a_terminal("send", answer);
        assert!(asked.stdout.contains("(Test Quarterly 3)"), "{asked:?}");
        assert!(asked.stdout.contains("that is not what was asked for; nothing was sent"), "{asked:?}");
        assert_eq!(asked.code, Some(1), "{asked:?}");
    }
    assert_untouched(&relay);
    drop(relay);
    let asked = workspace.in_a_terminal("send", "Test Quarterly 3\n");
    assert!(asked.stdout.contains("no connection to 127.0.0.1"), "it went on to the relay: {asked:?}");
}

#[test]
fn help_completions_and_manual_come_from_the_same_definitions() {
    let workspace = Workspace::new();
    let options = [
        ("new", "<SLUG>"),
        ("check", "--format"),
        ("build", "--out"),
        ("preview", "--port"),
        ("preview", "--open"),
        ("rehearse", "--json"),
        ("test", "--to"),
        ("send", "--dry-run"),
        ("send", "--expect-recipients"),
        ("dkim", "keygen"),
        ("send", "--expect-digest"),
        ("send", "--at"),
        ("send", "--log"),
        ("approve", "--name"),
        ("status", "--report"),
        ("resolve", "--assume-sent"),
    ];
    let bash = workspace.run(&["completions", "bash"]).stdout;
    let manual = workspace.run(&["man"]).stdout;
    assert!(manual.starts_with(".ie \\n(.g .ds Aq") && manual.contains("postrider"), "{manual}");
    assert_eq!(workspace.run(&["man", "--out", "manual"]).code, Some(0));
    let pages = names_in(&workspace.path("manual"));
    for (command, option) in options {
        let help = workspace.run(&[command, "--help"]);
        assert_eq!(help.code, Some(0));
        assert!(help.stdout.contains(option) && help.stdout.contains("--project"), "{command}: {help:?}");
        assert!(bash.contains(command), "{command}");
        assert!(pages.contains(&format!("postrider-{command}.1")), "{pages:?}");
    }
    for shell in ["zsh", "fish"] {
        assert!(workspace.run(&["completions", shell]).stdout.contains("rehearse"), "{shell}");
    }
    let nothing = workspace.run(&[]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
}
