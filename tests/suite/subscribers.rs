//! A list from elsewhere, brought in from the command line; and the list, taken out.

use std::fs;

use crate::leave::with_service;
use crate::workspace::{Ran, Workspace};

const FILE: &str = "E-Mail;Name;Gruppen\r\nnew@example.net;Nadia Novak;donors\r\nANA@example.org;Ana Different;\r\nleft@example.org;Lee;\r\nnot an address;;\r\n";

fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.run(&[&["subscribers"], arguments].concat())
}

#[test]
fn an_import_shows_its_plan_and_changes_nothing_before_it_is_told_to() {
    let workspace = with_service();
    workspace.write("members.csv", FILE);
    assert_eq!(run(&workspace, &["remove", "left@example.org"]).code, Some(0));
    let before = fs::read(workspace.path("subscribers.toml")).expect("the list");
    let plan = run(&workspace, &["import", "members.csv"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    for words in
        ["1 new, 1 changed", "Nadia Novak <new@example.net>", "left@example.org was taken off the list", "line 5", "add --apply"]
    {
        assert!(plan.stdout.contains(words), "{words}: {}", plan.stdout);
    }
    assert_eq!(fs::read(workspace.path("subscribers.toml")).expect("the list"), before);

    let applied = run(&workspace, &["import", "members.csv", "--apply"]);
    assert!(applied.code == Some(0) && applied.stdout.contains("Added 1 to subscribers.toml; 0 left."), "{applied:?}");
    let after = fs::read(workspace.path("subscribers.toml")).expect("the list");
    assert!(after.starts_with(&before), "what stood there stands as it was");
    assert_eq!(workspace.run(&["check"]).code, Some(0));
    let listed = run(&workspace, &["list"]).stdout;
    assert!(listed.contains("new@example.net") && !listed.contains("left@example.org"), "{listed}");
    let shown = run(&workspace, &["show", "new@example.net"]).stdout;
    assert!(shown.contains("imported (import): from members.csv"), "{shown}");
    let again = run(&workspace, &["import", "members.csv", "--apply"]);
    assert!(again.stdout.contains("Added 0 to subscribers.toml"), "{again:?}");
    assert_eq!(fs::read(workspace.path("subscribers.toml")).expect("the list"), after);
}

#[test]
fn who_left_elsewhere_has_left_here_too() {
    let workspace = with_service();
    workspace.write("gone.csv", "email\nana@example.org\nstranger@example.net\n");
    let applied = run(&workspace, &["import", "gone.csv", "--left", "unsubscribed", "--apply"]);
    assert!(applied.code == Some(0) && applied.stdout.contains("2 left"), "{applied:?}");
    let shown = run(&workspace, &["show", "ana@example.org"]).stdout;
    assert!(shown.contains("left the list on") && shown.contains("unsubscribed (import): from gone.csv"), "{shown}");
    workspace.write("back.csv", "email\nstranger@example.net\n");
    let back = run(&workspace, &["import", "back.csv", "--apply"]);
    assert!(back.stdout.contains("1 left before and not brought back") && back.stdout.contains("Added 0"), "{back:?}");
    assert_eq!(run(&workspace, &["import", "gone.csv", "--left", "bored"]).code, Some(2));
}

#[test]
fn what_is_no_list_is_said_and_nothing_is_changed() {
    let workspace = with_service();
    let before = fs::read(workspace.path("subscribers.toml")).expect("the list");
    for content in [&b"PK\x03\x04rest of a workbook"[..], b"", b"\x00\x01\x02\xff\xfe\x00\x00", b"just words\nand more of them\n"]
    {
        workspace.write("list", content);
        let ran = run(&workspace, &["import", "list", "--apply"]);
        assert!(ran.code.is_some_and(|code| code <= 1) && !ran.stderr.contains("panicked"), "{ran:?}");
        assert_eq!(fs::read(workspace.path("subscribers.toml")).expect("the list"), before, "{ran:?}");
    }
    let missing = run(&workspace, &["import", "nowhere.csv"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("nowhere.csv"), "{missing:?}");
}

#[test]
fn the_list_goes_out_and_comes_in_again_as_it_was() {
    let workspace = with_service();
    assert_eq!(run(&workspace, &["remove", "ana@example.org"]).code, Some(0));
    for format in ["csv", "json"] {
        let out = run(&workspace, &["export", "--format", format]);
        assert_eq!(out.code, Some(0), "{out:?}");
        workspace.write("out", &out.stdout);
        let plan = run(&workspace, &["import", "out"]).stdout;
        assert!(plan.starts_with("0 new, 0 changed, 3 unchanged"), "{format}: {plan}");
    }
    let toml = run(&workspace, &["export", "--format", "toml"]).stdout;
    assert!(toml.contains("nameless+news@example.com") && !toml.contains("ana@example.org"), "{toml}");
}

#[test]
fn the_list_is_asked_by_a_condition_and_a_slip_in_it_is_shown() {
    let workspace = with_service();
    let listed = run(&workspace, &["list", "--where", "\"donors\" in groups"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:?}");
    let all = run(&workspace, &["list", "--where", "not \"donors\" in groups or language = \"bn\""]);
    assert!(all.code == Some(0) && all.stdout.lines().count() >= 2, "{all:?}");
    let slip = run(&workspace, &["list", "--where", "langauge = \"en\""]);
    assert_eq!(slip.code, Some(2), "{slip:?}");
    assert!(slip.stderr.contains("langauge") && slip.stderr.contains("language"), "{slip:?}");
    assert!(slip.stdout.is_empty(), "{slip:?}");
}
