//! The manual of rules: whole, and the same wherever it is read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use postrider::check::manual::{FAMILIES, all, page};

use crate::workspace::Workspace;

fn source_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { source_files(&entry.path(), into) } else { into.push(entry.path()) }
    }
}

/// The program's source, the manual itself left out.
fn source() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    let is_source =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs") && !path.starts_with(root.join("check/manual"));
    files.iter().filter(|path| is_source(path)).map(|path| fs::read_to_string(path).expect("a text")).collect()
}

/// The names of rules that the source gives to findings.
fn names_in_source(source: &str) -> BTreeSet<&str> {
    let makers = ["Diagnostic::error(", "Diagnostic::warning(", "unknown_word(", ".fault(", "rule: "];
    makers
        .into_iter()
        .flat_map(|maker| source.match_indices(maker).map(|(at, maker)| source[at + maker.len()..].trim_start()))
        .filter_map(|rest| rest.strip_prefix('"')?.split('"').next())
        .filter(|name| {
            name.contains(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        })
        .collect()
}

#[test]
fn every_rule_of_the_program_stands_in_the_manual() {
    let source = source();
    let named = names_in_source(&source);
    assert!(named.len() > 60, "only {} names were found: the test looks in the wrong place", named.len());
    let known: BTreeSet<_> = all().map(|rule| rule.name).collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "not in the manual: {unknown:?}");
}

#[test]
fn every_rule_of_the_manual_is_one_of_the_program() {
    let source = source();
    let unused: Vec<_> = all().map(|rule| rule.name).filter(|name| !source.contains(&format!("\"{name}\""))).collect();
    assert!(unused.is_empty(), "only in the manual: {unused:?}");
}

#[test]
fn every_entry_says_something_of_its_own_and_no_name_is_given_twice() {
    let names: BTreeSet<_> = all().map(|rule| rule.name).collect();
    assert_eq!(names.len(), all().count());
    for rule in all() {
        let is_sentence = rule.why.ends_with('.') && rule.why.len() > 60;
        assert!(is_sentence && !rule.summary.ends_with('.') && !rule.summary.is_empty(), "{}", rule.name);
        assert!(!rule.wrong.is_empty() && !rule.right.is_empty() && !rule.severities.is_empty(), "{}", rule.name);
    }
}

/// To write the page anew: `POSTRIDER_WRITE_RULES=1 cargo test rules_page`.
#[test]
fn the_rules_page_in_docs_is_the_manual() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var_os("POSTRIDER_WRITE_RULES").is_some() {
        fs::write(&path, page()).expect("a page");
    }
    assert!(fs::read_to_string(&path).expect("a page") == page(), "docs/rules.md is not what the manual says; write it anew");
}

#[test]
fn a_rule_is_explained_with_its_reason_and_an_example() {
    let ran = Workspace::new().run(&["check", "--explain", "vague-link"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    insta::assert_snapshot!(ran.stdout, @r#"
    vague-link (warning)

    Words of a link that do not say where it leads.

    Many readers go from link to link, by ear or by eye, without the words around.
    “Click here” five times over tells them nothing.

    Wrong:

        links = [{ text = "Read more", url = "https://example.org/dialogue" }]

    Right:

        links = [{ url = "https://example.org/dialogue" }] # reads: Read more about the piece's title
    "#);
}

#[test]
fn without_a_name_all_rules_are_listed_and_no_project_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Workspace::new().command(&["check", "--explain"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(output.status.success());
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(FAMILIES.iter().all(|family| listed.contains(family.title)), "{listed}");
    assert!(all().all(|rule| listed.lines().any(|line| line.trim_start().starts_with(&format!("{} ", rule.name)))), "{listed}");
}

#[test]
fn a_name_that_no_rule_has_is_answered_with_the_nearest() {
    let ran = Workspace::new().run(&["check", "--explain", "vage-link"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(
        ran.stderr,
        "error: there is no rule `vage-link`; did you mean `vague-link`? All of them: postrider check --explain\n"
    );
    let ran = Workspace::new().run(&["check", "--explain", "12345678901234567890"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("`12345678901234567890`. All"), "{ran:?}");
}
