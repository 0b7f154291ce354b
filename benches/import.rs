//! Reading a list from elsewhere, and planning what it would change.
//!
//! ```text
//! cargo bench --bench import                     # the figures for 100,000 rows
//! PEOPLE=1000000 cargo bench --bench import      # each step once with so many, and the most memory that it took (Linux)
//! cargo test --bench import                      # each once, as the tests do
//! ```
//!
//! `scan` reads entry by entry and keeps none; `read` keeps all and joins those of one mailbox; `plan` holds them against a list of which
//! half are there already, one in a hundred with another name.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Cursor, Write};
use std::time::Instant;

use criterion::{Criterion, criterion_group};
use postrider::import::plan::{Plan, plan};
use postrider::import::{self, Entry, Imported, Setting, State, export};
use postrider::model::document::Mistakes;
use postrider::model::language::Language;
use postrider::model::publication::Vocabulary;
use postrider::model::roster::Roster;
use postrider::model::source::Source;
use postrider::model::subscriber::Subscriber;

/// The variable that asks for each step once with so many people.
const PEOPLE: &str = "PEOPLE";

fn vocabulary() -> Vocabulary {
    let languages = ["en", "bn"].into_iter().filter_map(Language::from_tag).collect();
    Vocabulary { languages, groups: vec!["members".to_owned(), "donors".to_owned()], ..Vocabulary::default() }
}

/// A list as a mailing program exports it: six columns, one name in three beyond ASCII.
fn write_rows(people: usize, mut into: impl Write) -> io::Result<()> {
    into.write_all(b"Email Address,Full Name,Language,Tags,Country,CONFIRM_TIME\r\n")?;
    for number in 0..people {
        let name = if number % 3 == 0 { "রিনা আক্তার" } else { "Reader Number" };
        let language = if number % 4 == 0 { "bn" } else { "en" };
        write!(into, "reader{number}@example.org,\"{name}, {number}\",{language},\"members,donors\",BD,2023-04-05 10:11:12\r\n")?;
    }
    into.flush()
}

/// Half of those people, as the list has them.
fn existing(people: usize) -> Vec<Subscriber> {
    let mut text = String::new();
    for number in (0..people).step_by(2) {
        let name = match number % 100 {
            0 => "Somebody Else".to_owned(),
            _ if number % 3 == 0 => format!("রিনা আক্তার, {number}"),
            _ => format!("Reader Number, {number}"),
        };
        let language = if number % 4 == 0 { "bn" } else { "en" };
        let _ = writeln!(
            text,
            "[[subscriber]]\nemail = \"reader{number}@example.org\"\nname = \"{name}\"\nlanguage = \"{language}\"\n\
             groups = [\"members\", \"donors\"]\ncountry = \"BD\"\nconfirmed = \"2023-04-05\"\n"
        );
    }
    let mistakes = Mistakes::default();
    let roster = Roster::read(&Source::new("subscribers.toml", text), &vocabulary(), &mistakes);
    assert!(mistakes.into_vec().is_empty());
    roster.subscribers
}

fn scan(input: impl io::Read + io::Seek, vocabulary: &Vocabulary) -> usize {
    let mut entries = 0;
    let setting = Setting::new("list.csv", vocabulary);
    let scanned = import::scan(input, &setting, &mut |event| entries += usize::from(matches!(event, import::Event::Entry(_))));
    scanned.expect("the list is sound");
    entries
}

fn read(input: impl io::Read + io::Seek, vocabulary: &Vocabulary) -> Imported {
    import::read(input, &Setting::new("list.csv", vocabulary)).expect("the list is sound")
}

fn planned(existing: &[Subscriber], imported: Imported) -> Plan {
    plan(existing, |_| None, imported)
}

fn reading(criterion: &mut Criterion) {
    let people = 100_000;
    let vocabulary = vocabulary();
    let mut octets = Vec::new();
    write_rows(people, &mut octets).expect("memory takes it");
    let existing = existing(people);
    let imported = read(Cursor::new(&octets), &vocabulary);
    assert_eq!(imported.entries.len(), people);
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    group.bench_function(format!("{people}/scan"), |bencher| bencher.iter(|| scan(Cursor::new(black_box(&octets)), &vocabulary)));
    group.bench_function(format!("{people}/read"), |bencher| bencher.iter(|| read(Cursor::new(black_box(&octets)), &vocabulary)));
    group.bench_function(format!("{people}/plan"), |bencher| bencher.iter(|| planned(&existing, black_box(imported.clone()))));
    let exported: Vec<Entry> = existing.iter().map(|person| Entry::of(person, State::Active)).collect();
    group.bench_function(format!("{people}/export"), |bencher| {
        bencher.iter(|| export::write(export::Form::Csv, black_box(&exported), io::sink()));
    });
    group.finish();
}

/// The most memory since the mark was last set back, in megabytes.
fn most() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1000
}

/// Runs a step, and prints what it took beyond what was there before.
fn step<T>(name: &str, run: impl FnOnce() -> T) -> io::Result<T> {
    // Without this the most is that of an earlier step.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (before, start) = (most(), Instant::now());
    let result = run();
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        io::stdout(),
        "{name:>6}: {seconds:5.2} s, {:4} MB more than the {before} MB before",
        most().saturating_sub(before)
    )?;
    Ok(result)
}

/// Each step once, from a file.
fn once(people: usize) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("list.csv");
    write_rows(people, BufWriter::new(File::create(&path)?))?;
    let vocabulary = vocabulary();
    writeln!(io::stdout(), "{people} rows, {} MB", fs::metadata(&path)?.len() / 1_000_000)?;
    let file = || File::open(&path);
    let input = file()?;
    assert_eq!(step("scan", || scan(input, &vocabulary))?, people);
    let input = file()?;
    let imported = step("read", || read(input, &vocabulary))?;
    let existing = existing(people);
    let plan = step("plan", || planned(&existing, imported))?;
    assert_eq!((plan.new.len(), plan.changed.len(), plan.refused.count), (people / 2, people.div_ceil(100), 0));
    step("export", || export::write(export::Form::Csv, &plan.new, io::sink()))?.map(drop)
}

criterion_group!(benches, reading);

fn main() -> io::Result<()> {
    if let Some(people) = std::env::var(PEOPLE).ok().and_then(|people| people.parse().ok()) {
        return once(people);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    Ok(())
}
