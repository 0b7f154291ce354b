//! The house stands as ARCHITECTURE.md says: imports point down, and one room alone names the SMTP transport.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by floor, as `src/lib.rs` lists them.
const FLOORS: [&[&str]; 7] = [
    &["model"],
    &["files", "import", "token", "trust"],
    &["bounce", "compose"],
    &["check", "ledger", "links"],
    &["deliver", "receive", "report"],
    &["archive", "deed", "inbox"],
    &["preview", "public"],
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("the room {room} is on no floor"))
}

/// The rooms that a text names after `crate::`, those in braces after `use crate::{` included.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0usize;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    c if depth == 0 && is_name(c) => word.push(c),
                    ':' | ',' if depth == 0 => {
                        let named = std::mem::take(&mut word);
                        rooms.extend(Some(named).filter(|named| FLOORS.concat().contains(&named.as_str())));
                    }
                    _ => {}
                }
            }
        } else {
            let word: String = rest.chars().take_while(|&c| is_name(c)).collect();
            rooms.extend(Some(word).filter(|word| !word.is_empty()));
        }
    }
    rooms
}

#[test]
fn imports_point_down_and_never_sideways() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows = 0;
    let mut wrong = Vec::new();
    for room in FLOORS.concat() {
        for file in source_files(&source.join(room)) {
            let text = fs::read_to_string(&file).expect("a text");
            for named in rooms_named(&text) {
                arrows += 1;
                if named != room && floor(&named) >= floor(room) {
                    wrong.push(format!("{}: {room} names {named}", file.display()));
                }
            }
        }
    }
    assert!(arrows > 50, "only {arrows} arrows were found: the test looks in the wrong place");
    assert!(wrong.is_empty(), "arrows up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_stands_on_a_floor_and_the_library_names_all() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = fs::read_to_string(source.join("lib.rs")).expect("the map");
    for entry in fs::read_dir(&source).expect("the source").flatten() {
        let name = entry.file_name().into_string().expect("a plain name");
        if entry.path().is_dir() && name != "bin" {
            assert!(map.contains(&format!("| {} | [`{name}`]", floor(&name))), "src/lib.rs does not list {name} on its floor");
        }
    }
}

#[test]
fn the_smtp_transport_is_named_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let elsewhere: Vec<_> = source_files(&source)
        .into_iter()
        .filter(|file| fs::read_to_string(file).expect("a text").contains("lettre::transport"))
        .filter(|file| !file.starts_with(source.join("deliver/smtp")))
        .collect();
    assert!(elsewhere.is_empty(), "lettre's transport is named in {elsewhere:?}");
}

#[test]
fn the_library_never_prints_and_never_exits() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in source_files(&source).into_iter().filter(|file| !file.starts_with(source.join("bin"))) {
        let text = fs::read_to_string(&file).expect("a text");
        for word in ["println!", "eprintln!", "print!(", "process::exit", "stdin()"] {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}
