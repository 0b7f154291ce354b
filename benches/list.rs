//! Reading `subscribers.toml`, beside the `toml` crate with nothing around it.
//!
//! ```text
//! cargo bench --bench list                     # the figures for 10,000 and 100,000 people
//! PEOPLE=1000000 cargo bench --bench list      # one reading of so many, and the most memory that it took (Linux)
//! cargo test --bench list                      # each once, as the tests do
//! ```
//!
//! `toml alone` makes the tree of the whole list and drops it. `postrider` has people at the end, each address and group held to its
//! rules, and duplicates found.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use criterion::{Criterion, criterion_group};
use postrider::files::Project;
use postrider::model::document::Mistakes;
use postrider::model::language::Language;
use postrider::model::publication::Vocabulary;
use postrider::model::roster::Roster;
use postrider::model::source::Source;
use toml::de::DeTable;

/// The variable that asks for one reading of so many people.
const PEOPLE: &str = "PEOPLE";

/// A list as people keep it: a name and a group, two in three with a first name, one in four with a language.
fn list(people: usize) -> String {
    let mut text = String::new();
    for number in 0..people {
        let _ = writeln!(text, "[[subscriber]]\nemail = \"reader{number}@example.org\"\nname = \"Reader Number {number}\"");
        if number % 3 > 0 {
            text.push_str("first_name = \"Reader\"\n");
        }
        if number % 4 == 0 {
            text.push_str("language = \"bn\"\n");
        }
        text.push_str("groups = [\"members\"]\n\n");
    }
    text
}

fn vocabulary() -> Vocabulary {
    let languages = ["en", "bn"].into_iter().filter_map(Language::from_tag).collect();
    Vocabulary { languages, groups: vec!["members".to_owned()], ..Vocabulary::default() }
}

fn read(source: &Arc<Source>, vocabulary: &Vocabulary) -> Roster {
    let mistakes = Mistakes::default();
    let roster = Roster::read(source, vocabulary, &mistakes);
    assert!(mistakes.into_vec().is_empty());
    roster
}

fn reading(criterion: &mut Criterion) {
    let vocabulary = vocabulary();
    let mut group = criterion.benchmark_group("list");
    group.sample_size(10);
    for people in [10_000, 100_000] {
        let source = Source::new("subscribers.toml", list(people));
        assert_eq!(read(&source, &vocabulary).subscribers.len(), people);
        group.bench_function(format!("{people}/toml alone"), |bencher| bencher.iter(|| DeTable::parse(black_box(&source.text))));
        group.bench_function(format!("{people}/postrider"), |bencher| bencher.iter(|| read(black_box(&source), &vocabulary)));
    }
    group.finish();
}

/// Loads a project with so many people, from its files, and prints what it took.
fn load_once(people: usize) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let newsletter = "name = \"Test\"\nlanguages = [\"en\", \"bn\"]\ngroups = [\"members\"]\n\n[sender]\nname = \"Test\"\n\
                      email = \"news@example.org\"\n\n[list]\nid = \"list.example.org\"\nunsubscribe = \"leave@example.org\"\n";
    fs::write(folder.path().join("newsletter.toml"), newsletter)?;
    fs::write(folder.path().join("subscribers.toml"), list(people))?;
    // Writing the list took memory that is none of the reading's: the mark of the most is set back.
    let is_reset = fs::write("/proc/self/clear_refs", "5").is_ok();
    let start = Instant::now();
    let loaded = Project { root: folder.path().to_owned() }.load(None);
    let seconds = start.elapsed().as_secs_f64();
    assert!(loaded.is_sound() && loaded.subscribers.count() == people, "{:?}", loaded.findings);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).filter(|_| is_reset).map_or("unknown", str::trim);
    writeln!(io::stdout(), "{people} people: {seconds:.2} s, at most {most} of memory")
}

criterion_group!(benches, reading);

fn main() -> io::Result<()> {
    if let Some(people) = std::env::var(PEOPLE).ok().and_then(|people| people.parse().ok()) {
        return load_once(people);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    Ok(())
}
