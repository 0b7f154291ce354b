//! That what went wrong elsewhere has its tests here, by the names that `docs/threats.md` gives.

use std::fs;
use std::path::Path;

use crate::workspace::{EDITION, Workspace};

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn every_accident_has_the_tests_that_its_row_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/threats.md")).expect("the page");
    let mut text = String::new();
    sources(&root.join("tests/suite"), &mut text);
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what")).collect();
    assert!(rows.len() >= 28, "{} rows", rows.len());
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().expect("a cell");
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert!(text.contains(&format!("fn {name}(")), "there is no test {name}");
        }
    }
}

#[test]
fn no_field_reads_the_environment() {
    let workspace = Workspace::new();
    for field in ["HOME", "env.HOME", "env(\"HOME\")", "$HOME", "home", "self", "1 + 1", "../secret"] {
        workspace.write(
            "issues/2023-q3/en.toml",
            EDITION.replace("{{ first_name | colleague }}, this", &format!("{{{{ {field} }}}}, this").replace('"', "'")),
        );
        let mut command = workspace.command(&["build", "--out", "site", "--messages"]);
        let ran = command.env("HOME", "/the/secret/home").output().expect("the binary runs");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{field}: {said}");
        assert!(!said.contains("/the/secret/home") && !workspace.path("site/en.eml").exists(), "{field}: {said}");
    }
}
