//! A list from elsewhere: read in whatever form it comes, held against the list that is there, and written out again.

mod encoding;
mod export;
mod filter;
mod format;
mod hostile;
mod plan;
mod refusal;
mod table;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use postrider::import::{self, Entry, Imported, Setting, State};
use postrider::model::document::Mistakes;
use postrider::model::language::Language;
use postrider::model::publication::Vocabulary;
use postrider::model::roster::Roster;
use postrider::model::source::Source;
use postrider::model::subscriber::Subscriber;

fn vocabulary() -> Vocabulary {
    let languages = ["en", "bn", "ar", "ru", "zh"].into_iter().filter_map(Language::from_tag).collect();
    let groups = ["members", "donors", "the board; old"].map(str::to_owned).to_vec();
    Vocabulary { languages, groups, ..Vocabulary::default() }
}

fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/import/samples").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads octets that must be a list.
fn read(name: &str, octets: &[u8]) -> Imported {
    import::read_octets(octets, &Setting::new(name, &vocabulary())).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Why octets are no list, with what to do.
fn unreadable(name: &str, octets: &[u8]) -> String {
    match import::read_octets(octets, &Setting::new(name, &vocabulary())) {
        Ok(imported) => panic!("{name} was read: {}", told(&imported)),
        Err(error) => format!("{error}\n  = help: {}", error.help()),
    }
}

/// A person in a line: what a test compares.
fn person(entry: &Entry) -> String {
    let mut told = format!("{} <{}>", entry.name, entry.address.wire());
    if let Some(language) = entry.language {
        let _ = write!(told, " {language}");
    }
    if !entry.groups.is_empty() {
        let _ = write!(told, " {:?}", entry.groups);
    }
    for (name, value) in &entry.attributes {
        let _ = write!(told, " {name}={value:?}");
    }
    if entry.state != State::Active {
        let _ = write!(told, " {}", entry.state.as_str());
    }
    told
}

/// All of what was read.
fn told(imported: &Imported) -> String {
    let mut told = format!("{}, {}\n", imported.origin.format, imported.origin.encoding);
    for entry in &imported.entries {
        let _ = writeln!(told, "{}: {}", entry.line, person(entry));
    }
    for refusal in &imported.refused.examples {
        let _ = writeln!(told, "{refusal}");
    }
    for (notice, count, line) in imported.notices.iter() {
        let _ = writeln!(told, "{count}x from line {line}: {notice}");
    }
    told
}

/// A sample, read and told.
fn told_of(name: &str) -> String {
    told(&read(name, &sample(name)))
}

/// Holds what samples are read as against what stands beside each.
fn assert_told(names: &[&str]) {
    for name in names {
        insta::with_settings!({ snapshot_path => "import/samples", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(*name, told_of(name));
        });
    }
}

/// The people of a `subscribers.toml`, which must be sound.
fn roster(text: &str) -> Vec<Subscriber> {
    let mistakes = Mistakes::default();
    let source: Arc<Source> = Source::new("subscribers.toml", text);
    let roster = Roster::read(&source, &vocabulary(), &mistakes);
    let mistakes = mistakes.into_vec();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    roster.subscribers
}
