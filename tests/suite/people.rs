//! The list in the database, those who joined by themselves, and an issue for a part of the list.

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;
use postrider::import::{Entry, Ground, Setting, read_octets};
use postrider::ledger::{Occasion, Preference};
use postrider::model::language::Language;
use postrider::model::publication::Vocabulary;

use crate::leave::{SERVICE, ledger, mark, with_service};
use crate::relay::Relay;
use crate::workspace::{Ran, Workspace};

const MEMBERS: &str = "email,name,language,groups,first_name\r\nada@example.org,Ada,en,donors,Ada\r\nrina@বাংলা.example,রিনা,bn,members,রিনা\r\n\
                       cyd@example.org,,en,,Cyd\r\nCYD@example.org,Cyd Late,en,donors,\r\nnobody at all,,,,\r\n";

/// What makes the database the list.
const KEPT: [&str; 2] = [SERVICE, "\n[subscribers]\nsource = \"database\"\n"];

/// A project whose list is in its database, with three people in it.
fn kept() -> Workspace {
    let workspace = with_service();
    workspace.append("newsletter.toml", KEPT[1]);
    fs::remove_file(workspace.path("subscribers.toml")).expect("it was there");
    workspace.write("members.csv", MEMBERS);
    let applied = run(&workspace, &["import", "members.csv", "--apply"]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    workspace
}

fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.run(&[&["subscribers"], arguments].concat())
}

/// Somebody as a file of lines has them.
fn entry(line: &str) -> Entry {
    let languages = ["en", "bn"].into_iter().filter_map(Language::from_tag).collect();
    let vocabulary = Vocabulary { languages, groups: vec!["members".to_owned(), "donors".to_owned()], ..Vocabulary::default() };
    let read = read_octets(format!("{line}\n").as_bytes(), &Setting::new("lines", &vocabulary)).expect("a line");
    read.entries.into_iter().next().expect("somebody")
}

fn joined() -> Occasion {
    Occasion { kind: "confirmed", source: "page", detail: None }
}

/// Has a project send to a relay, with tables of its own.
fn serve(relay: &Relay, workspace: &Workspace, tables: &[&str]) {
    relay.serve(workspace, "");
    workspace.append("newsletter.toml", &tables.concat());
}

/// To whom a relay was given something.
fn reached(relay: &Relay) -> Vec<String> {
    let mut reached: Vec<_> = relay.taken().into_iter().map(|(recipient, _)| recipient).collect();
    reached.sort();
    reached
}

#[test]
fn a_list_in_the_database_is_imported_and_shown_and_gets_the_issue() {
    let (workspace, relay) = (kept(), Relay::start());
    let listed = run(&workspace, &["list"]);
    assert_eq!(
        listed.stdout.lines().collect::<Vec<_>>(),
        ["ada@example.org  en", "rina@বাংলা.example  bn", "cyd@example.org  en"],
        "one mailbox in two lines is one person, where it stood first"
    );
    assert!(listed.stderr.contains("3 on the list, of whom 3 get mail"), "{listed:?}");
    let chosen = run(&workspace, &["list", "--where", "\"donors\" in groups and first_name = \"Cyd\""]).stdout;
    assert_eq!(chosen, "cyd@example.org  en\n", "the second line told the group, the first the name to be called by");
    let dry = workspace.run(&["send", "--dry-run", "--json"]).last_json();
    assert_eq!((dry["planned"].as_u64(), dry["editions"]["en"].as_u64()), (Some(3), Some(3)), "{dry}");

    assert_eq!(run(&workspace, &["remove", "ada@example.org"]).code, Some(0));
    serve(&relay, &workspace, &KEPT);
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(reached(&relay), ["cyd@example.org", "rina@xn--54b7fta0cc.example"]);
    let octets: Vec<u8> = relay.taken().into_iter().flat_map(|(_, octets)| octets).collect();
    assert!(
        String::from_utf8_lossy(&octets).contains("Subject: The subject for Cyd"),
        "merge fields are filled from the database"
    );
    let rehearsed = workspace.run(&["rehearse", "--json"]);
    assert_eq!((rehearsed.code, rehearsed.last_json()["checked"].as_u64()), (Some(0), Some(3)), "{rehearsed:?}");
}

#[test]
fn an_import_into_the_database_shows_its_plan_first_and_brings_nobody_back() {
    let workspace = kept();
    assert_eq!(run(&workspace, &["remove", "cyd@example.org"]).code, Some(0));
    workspace.write("more.csv", "email,name,groups,status\nnew@example.org,Nell,donors,\nada@example.org,Ada Byron,members,\ncyd@example.org,,,\nrina@বাংলা.example,,,unsubscribed\nlater@example.org,,,pending\n");
    let before = run(&workspace, &["export"]).stdout;
    let plan = run(&workspace, &["import", "more.csv"]);
    for words in
        ["2 new, 1 changed", "1 left, as the file knows", "1 left before and not brought back", "Ada Byron", "add --apply"]
    {
        assert!(plan.stdout.contains(words), "{words}: {}", plan.stdout);
    }
    assert_eq!(run(&workspace, &["export"]).stdout, before, "a plan changes nothing");

    let applied = run(&workspace, &["import", "more.csv", "--apply"]);
    assert!(
        applied.stdout.contains("Added 1, changed 1; 1 left.") && applied.stdout.contains("1 have not confirmed"),
        "{applied:?}"
    );
    let exported = run(&workspace, &["export"]).stdout;
    assert!(
        exported.contains("ada@example.org,Ada Byron,en,donors; members")
            || exported.contains("ada@example.org,Ada Byron,en,\"donors; members\""),
        "{exported}"
    );
    assert!(
        exported.contains("cyd@example.org") && exported.contains("removed") && !exported.contains("later@example.org"),
        "{exported}"
    );
    let shown = run(&workspace, &["show", "new@example.org"]).stdout;
    assert!(shown.contains("is in the database") && shown.contains("imported (import): from more.csv"), "{shown}");
    let again = run(&workspace, &["import", "more.csv", "--apply"]);
    assert!(again.stdout.contains("Added 0, changed 0; 0 left."), "{again:?}");
}

#[test]
fn an_import_into_the_database_is_taken_back_and_what_happened_since_stays() {
    let workspace = kept();
    let before = run(&workspace, &["export"]).stdout;
    workspace.write("more.csv", "email,name,status\nnew@example.org,Nell,\ngoes@example.org,,\nada@example.org,Ada Byron,\ncyd@example.org,,unsubscribed\nrina@বাংলা.example,,unsubscribed\n");
    assert_eq!(run(&workspace, &["import", "more.csv", "--apply"]).code, Some(0));
    assert_eq!(run(&workspace, &["remove", "goes@example.org"]).code, Some(0), "left by themselves after the import");
    let listed = run(&workspace, &["imports"]).stdout;
    assert!(listed.contains("   1") && listed.contains("   2") && listed.contains("more.csv"), "{listed}");
    let undone = run(&workspace, &["imports", "--undo", "2"]);
    assert!(undone.stdout.contains("2 off the list, 1 as before, 2 let back in"), "{undone:?}");
    assert_eq!(run(&workspace, &["export"]).stdout, before);
    assert!(
        run(&workspace, &["show", "goes@example.org"]).stdout.contains("was taken off the list"),
        "that they left outlives it"
    );
    assert_eq!(run(&workspace, &["imports", "--undo", "2"]).code, Some(2), "once");
    assert_eq!(run(&workspace, &["imports", "--undo", "9"]).code, Some(2));
}

#[test]
fn an_import_into_the_file_is_taken_back_unless_it_was_edited_since() {
    let workspace = with_service();
    let before = fs::read_to_string(workspace.path("subscribers.toml")).expect("the list");
    workspace.write("members.csv", "email,status\nada@example.org,\ngone@example.net,bounced\n");
    assert_eq!(run(&workspace, &["import", "members.csv", "--apply"]).code, Some(0));
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"later@example.org\"\n");
    let undone = run(&workspace, &["imports", "--undo", "1"]);
    assert!(undone.code == Some(0) && undone.stdout.contains("1 let back in"), "{undone:?}");
    let after = fs::read_to_string(workspace.path("subscribers.toml")).expect("the list");
    assert_eq!(
        after,
        before.clone() + "\n[[subscriber]]\nemail = \"later@example.org\"\n",
        "what was written by hand since stays"
    );

    assert_eq!(run(&workspace, &["import", "members.csv", "--apply"]).code, Some(0));
    let edited = fs::read_to_string(workspace.path("subscribers.toml")).expect("the list").replace("ada@", "ada.b@");
    workspace.write("subscribers.toml", &edited);
    let refused = run(&workspace, &["imports", "--undo", "2"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("was edited since"), "{refused:?}");
    assert_eq!(fs::read_to_string(workspace.path("subscribers.toml")).expect("the list"), edited);
    assert!(run(&workspace, &["show", "gone@example.net"]).stdout.contains("takes no mail"), "nothing was changed");
}

#[tokio::test]
async fn whoever_joined_by_themselves_is_sent_to_besides_the_file_and_choices_go_before_it() {
    let (workspace, relay) = (with_service(), Relay::start());
    let store = ledger(&workspace);
    let now = Timestamp::now();
    let newcomer = entry(r#"{"email": "new@example.org", "language": "en"}"#);
    store.enrol(mark(&workspace, "new@example.org"), newcomer.clone(), joined(), now).await.expect("written").expect("welcome");
    // In the file as well, in another spelling: one person, and the file's entry.
    let twin = entry(r#"{"email": "ANA@example.org"}"#);
    store.enrol(mark(&workspace, "ana@example.org"), twin, joined(), now).await.expect("written").expect("welcome");
    let pending = entry(r#"{"email": "pending@example.org", "status": "pending"}"#);
    store.enrol(mark(&workspace, "pending@example.org"), pending, joined(), now).await.expect("written").expect("welcome");
    let bangla = Language::from_tag("bn").expect("a language");
    let choice = Preference { language: bangla, groups: vec!["donors".to_owned()] };
    store.prefer(mark(&workspace, "ana@example.org"), choice, "page", now).await.expect("noted");

    let listed = run(&workspace, &["list"]).stdout;
    assert!(listed.contains("ana@example.org  bn") && listed.contains("new@example.org  en"), "{listed}");
    assert!(!listed.contains("pending@") && !listed.contains("ANA@"), "{listed}");
    assert_eq!(run(&workspace, &["list", "--where", "\"members\" in groups"]).stdout, "", "Ana chose to be in another");
    let exported = run(&workspace, &["stats", "--json"]).last_json();
    assert_eq!((exported["listed"].as_u64(), exported["pending"].as_u64()), (Some(4), Some(1)), "{exported}");
    serve(&relay, &workspace, &[SERVICE]);
    let sent = workspace.run(&["send", "--expect-recipients", "4"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(reached(&relay).len(), 4);
    assert!(reached(&relay).contains(&"new@example.org".to_owned()));

    // Whoever left is not written down again by anybody but themselves.
    store.depart(mark(&workspace, "new@example.org"), Ground::Unsubscribed, "one-click", None, now).await.expect("noted");
    let departure = store.enrol(mark(&workspace, "new@example.org"), newcomer, joined(), now).await.expect("read");
    assert_eq!(departure.expect_err("they left").ground, Ground::Unsubscribed);
}

#[tokio::test]
async fn without_the_keys_nobody_can_tell_who_joined_and_nothing_is_sent() {
    let workspace = with_service();
    let newcomer = entry(r#"{"email": "new@example.org"}"#);
    let mark = mark(&workspace, "new@example.org");
    ledger(&workspace).enrol(mark, newcomer, joined(), Timestamp::now()).await.expect("written").expect("welcome");
    fs::remove_file(workspace.path(".postrider/keys.toml")).expect("keys");
    let refused = workspace.run(&["send", "--dry-run"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("unreadable-list"), "{refused:?}");
    let kept = kept();
    fs::remove_file(kept.path(".postrider/keys.toml")).expect("keys");
    let refused = kept.run(&["send", "--dry-run"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("Put the keys back"), "{refused:?}");
}

#[test]
fn an_issue_for_a_group_reaches_that_group_and_is_not_widened_by_forgetting_it() {
    let (workspace, relay) = (with_service(), Relay::start());
    relay.serve(&workspace, "");
    let wrong = workspace.run(&["send", "--dry-run", "--to-group", "doners"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("donors"), "{wrong:?}");
    let injected = workspace.run(&["send", "--dry-run", "--to-group", "donors\" in groups or \"members"]);
    assert_eq!(injected.code, Some(2), "a group's name is no condition: {injected:?}");
    let dry = workspace.run(&["send", "--dry-run", "--to-group", "donors", "--to-group", "members"]);
    assert!(dry.stdout.contains("\"donors\" in groups or \"members\" in groups"), "{dry:?}");
    let both = workspace.run(&[
        "send",
        "--dry-run",
        "--json",
        "--to-group",
        "donors",
        "--to-group",
        "members",
        "--where",
        "language = \"bn\"",
    ]);
    assert_eq!(both.last_json()["planned"], 1, "{both:?}");

    let sent = workspace.run(&["send", "--to-group", "donors", "--expect-recipients", "1"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(relay.taken().len(), 1);
    for forgetful in [&["send", "--expect-recipients", "3"][..], &["send", "--to-group", "members", "--expect-recipients", "1"]] {
        let refused = workspace.run(forgetful);
        assert!(
            refused.code == Some(1) && refused.stderr.contains("\"donors\" in groups") && refused.stderr.contains("--widen"),
            "{refused:?}"
        );
    }
    assert_eq!(relay.taken().len(), 1);
    let wider = workspace.run(&["send", "--widen", "--expect-recipients", "3"]);
    assert_eq!(wider.code, Some(0), "{wider:?}");
    let reached: BTreeSet<_> = reached(&relay).into_iter().collect();
    assert_eq!((relay.taken().len(), reached.len()), (3, 3), "each once");
    let narrower = workspace.run(&["send", "--to-group", "donors", "--expect-recipients", "1"]);
    assert!(narrower.code == Some(1) && narrower.stderr.contains("everyone on the list"), "{narrower:?}");
}

#[test]
fn somebody_is_put_on_the_list_by_the_rules_that_hold_for_files() {
    for workspace in [with_service(), kept()] {
        let added = run(
            &workspace,
            &[
                "add",
                "neu@example.org",
                "--name",
                "Nell",
                "--language",
                "bn",
                "--group",
                "donors",
                "--set",
                "first_name=Nell",
                "--because",
                "asked by telephone",
            ],
        );
        assert_eq!(added.code, Some(0), "{added:?}");
        let found =
            run(&workspace, &["list", "--where", "first_name = \"Nell\" and \"donors\" in groups and language = \"bn\""]).stdout;
        assert_eq!(found, "neu@example.org  bn\n");
        assert!(run(&workspace, &["show", "NEU@example.org"]).stdout.contains("subscribed (command): asked by telephone"));
        for (arguments, words) in [
            (&["add", "Neu@Example.org"][..], "already"),
            (&["add", "postmaster@example.org"], "postmaster"),
            (&["add", "x@example.org\r\nBcc: y@example.org"], "address"),
            (&["add", "x@example.org", "--group", "doners"], "doners"),
            (&["add", "x@example.org", "--language", "xx"], "xx"),
            (&["add", "x@example.org", "--set", "novalue"], "NAME=VALUE"),
        ] {
            let refused = run(&workspace, arguments);
            assert!(
                refused.code.is_some_and(|code| code == 1 || code == 2) && refused.stderr.contains(words),
                "{words}: {refused:?}"
            );
        }
        assert_eq!(run(&workspace, &["remove", "left@example.org"]).code, Some(0));
        let refused = run(&workspace, &["add", "left@example.org"]);
        assert!(refused.code == Some(1) && refused.stderr.contains("readmit"), "{refused:?}");
        assert_eq!(run(&workspace, &["list"]).stdout.lines().count(), 4);
        assert_eq!(workspace.run(&["check"]).code, Some(0));
    }
}

#[test]
fn who_asked_to_be_forgotten_is_nowhere_on_the_disk() {
    let (workspace, relay) = (kept(), Relay::start());
    serve(&relay, &workspace, &KEPT);
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    let erased = run(&workspace, &["erase", "ada@example.org"]);
    assert!(erased.code == Some(0) && erased.stdout.contains("keyed hash"), "{erased:?}");
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let octets = fs::read(workspace.path(&format!(".postrider/{name}"))).unwrap_or_default();
        assert!(!octets.windows(6).any(|part| part.eq_ignore_ascii_case(b"ada@ex")), "{name}");
    }
    let status = workspace.run(&["status", "2023-q3"]);
    assert!(status.code == Some(0) && status.stdout.contains('3'), "the counts of what was sent still add up: {status:?}");
    let shown = run(&workspace, &["show", "ada@example.org"]).stdout;
    assert!(shown.contains("asked to be forgotten") && !shown.contains("imported"), "{shown}");
    assert_eq!(run(&workspace, &["import", "members.csv", "--apply"]).code, Some(0));
    assert!(!run(&workspace, &["list"]).stdout.contains("ada@"), "an import brings nobody back");
}

#[test]
fn a_file_beside_a_list_in_the_database_is_told_of_and_a_wrong_source_refused() {
    let workspace = kept();
    workspace.write("subscribers.toml", "[[subscriber]]\nemail = \"unread@example.org\"\n");
    let checked = workspace.run(&["check"]);
    assert!(checked.code == Some(0) && checked.stdout.contains("unread-list"), "{checked:?}");
    assert!(!run(&workspace, &["list"]).stdout.contains("unread@"));
    let wrong = Workspace::new();
    wrong.append("newsletter.toml", "\n[subscribers]\nsource = \"databse\"\n");
    let checked = wrong.run(&["check"]);
    assert!(checked.code == Some(1) && checked.stdout.contains("did you mean `database`?"), "{checked:?}");
}
