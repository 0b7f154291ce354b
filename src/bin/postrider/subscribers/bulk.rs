//! Many people at once: from a file, back again, and out.

use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use postrider::import::{self, Entry, Noted, Notice, Setting, State, Tally, export};
use postrider::ledger::{Batch, Done, LedgerError};
use postrider::model::address::Address;
use postrider::report::moment;

use super::file;
use crate::failure::Failure;
use crate::people::People;
use crate::{args, workspace};

/// Shows what a list from elsewhere would change, and with `--apply` does it.
pub(super) async fn import(people: &People, arguments: &args::SubscribersImport) -> Result<(), Failure> {
    let name = arguments.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let file = File::open(&arguments.file).map_err(Failure::while_doing(&format!("read {}", arguments.file.display())))?;
    let vocabulary = &people.publication.vocabulary;
    let setting = Setting { state: arguments.left.map(|left| State::Left(left.0)), ..Setting::new(&name, vocabulary) };
    if people.is_kept() {
        import_into_database(people, file, &setting, arguments.apply)
    } else {
        import_into_file(people, file, &setting, arguments.apply).await
    }
}

fn unreadable(name: &str) -> impl Fn(import::Unreadable) -> Failure + '_ {
    move |error| Failure::Failed(format!("{}: {error}; {}", workspace::printable(name), error.help()))
}

/// First whom the file knows to have left, then who is new. Whoever is on the list already is not touched: that file is for human hands.
async fn import_into_file(people: &People, file: File, setting: &Setting<'_>, is_applied: bool) -> Result<(), Failure> {
    let imported = import::read(file, setting).map_err(unreadable(setting.name))?;
    let departed = people.ledger.departed().await?;
    let has_left = |address: &Address| departed.get(&people.keyring.mark(address)).map(|departure| departure.ground);
    let plan = import::plan::plan(people.listed.written(), has_left, imported);
    anstream::println!("{plan}");
    if !is_applied {
        anstream::println!("Nothing was changed. To do it, add --apply.");
        return Ok(());
    }
    let mut added = Vec::new();
    let unconfirmed =
        export::write(export::Form::Toml, &plan.new, &mut added).map_err(Failure::while_doing("write the people down"))?;
    let added = String::from_utf8_lossy(&added).into_owned();
    let now = Timestamp::now();
    let batch = people.ledger.open_batch(&workspace::printable(setting.name), added.clone(), now).await?;
    for departure in &plan.departures {
        people.ledger.depart_in(batch, people.keyring.mark(&departure.entry.address), departure.ground, now).await?;
    }
    file::append(people, &added)?;
    let came = plan.new.iter().filter(|entry| entry.state == State::Active);
    people.ledger.note_imported(batch, came.map(|entry| people.keyring.mark(&entry.address)).collect(), now).await?;
    anstream::println!("Added {} to subscribers.toml; {} left.", plan.new.len() - unconfirmed, plan.departures.len());
    tell_unconfirmed(unconfirmed);
    if !plan.changed.is_empty() {
        anstream::println!("Whoever is on the list already was left as it is there: change it by hand where the file is right.");
    }
    tell_undo(batch);
    Ok(())
}

fn import_into_database(people: &People, file: File, setting: &Setting<'_>, is_applied: bool) -> Result<(), Failure> {
    let mut import = people.ledger.import(setting.vocabulary, Arc::clone(&people.keyring))?;
    let (mut refused, mut notices) = (Tally::default(), Noted::default());
    let (mut staged, mut unconfirmed) = (Ok::<(), LedgerError>(()), 0);
    let scanned = import::scan(file, setting, &mut |event| match event {
        import::Event::Entry(entry) if staged.is_ok() => {
            let line = entry.line;
            unconfirmed += usize::from(entry.state == State::Pending);
            match import.stage(entry) {
                Ok(true) => notices.add(line, Notice::Duplicate),
                Ok(false) => {}
                Err(error) => staged = Err(error),
            }
        }
        import::Event::Entry(_) => {}
        import::Event::Refused(refusal) => refused.add(refusal),
        import::Event::Notice(line, notice) => notices.add(line, notice),
    });
    scanned.map_err(unreadable(setting.name))?;
    staged?;
    let outlook = import::plan::Outlook { refused, notices, ..import.weigh()? };
    anstream::println!("{outlook}");
    if !is_applied {
        anstream::println!("Nothing was changed. To do it, add --apply.");
        return Ok(());
    }
    let Done { batch, people: came, changed, departures } =
        import.apply(&workspace::printable(setting.name), Timestamp::now())?;
    anstream::println!("Added {came}, changed {changed}; {departures} left.");
    tell_unconfirmed(unconfirmed);
    tell_undo(batch);
    Ok(())
}

fn tell_unconfirmed(count: usize) {
    if count > 0 {
        anstream::println!("{count} have not confirmed that they want the mail, and were left out.");
    }
}

fn tell_undo(batch: i64) {
    anstream::println!("To take it back: postrider subscribers imports --undo {batch}");
}

/// Lists the imports there were, or takes one back.
pub(super) async fn imports(people: &People, arguments: &args::SubscribersImports) -> Result<(), Failure> {
    let batches = people.ledger.batches().await?;
    if let Some(number) = arguments.undo {
        return undo(people, batches, number).await;
    }
    let zone = TimeZone::system();
    for batch in &batches {
        if arguments.json {
            anstream::println!("{}", serde_json::to_string(batch).expect("a batch is plain data"));
            continue;
        }
        let undone = batch.undone.map_or_else(String::new, |at| format!("  taken back {}", moment(at, &zone)));
        anstream::println!("{:>4}  {}  {}{undone}", batch.number, moment(batch.at, &zone), workspace::printable(&batch.name));
    }
    if batches.is_empty() && !arguments.json {
        anstream::println!("Nothing was imported yet.");
    }
    Ok(())
}

async fn undo(people: &People, batches: Vec<Batch>, number: i64) -> Result<(), Failure> {
    let Some(batch) = batches.into_iter().find(|batch| batch.number == number && batch.undone.is_none()) else {
        let words =
            format!("there is no import {number} to take back: `postrider subscribers imports` lists them; nothing was changed");
        return Err(Failure::Usage(words));
    };
    let is_cut = match &batch.text {
        Some(text) if !people.is_kept() => file::cut(people, text)?,
        _ => true,
    };
    if !is_cut {
        let words =
            "what it added to subscribers.toml was edited since: take out by hand whom you do not want; nothing was changed";
        return Err(Failure::Failed(words.to_owned()));
    }
    let done = people.ledger.undo(number, Timestamp::now()).await?.unwrap_or_default();
    let file = if batch.text.is_some() { "What it added to subscribers.toml is out again" } else { "It is taken back" };
    anstream::println!("{file}: {} off the list, {} as before, {} let back in.", done.people, done.changed, done.departures);
    Ok(())
}

/// Writes the list out, with who left.
pub(super) async fn export(people: &People, arguments: &args::SubscribersExport) -> Result<(), Failure> {
    let departed = people.ledger.departed().await?;
    let form = match arguments.format {
        args::ListFormat::Csv => export::Form::Csv,
        args::ListFormat::Json => export::Form::Json,
        args::ListFormat::Toml => export::Form::Toml,
    };
    let out: BufWriter<io::StdoutLock<'_>> = BufWriter::new(io::stdout().lock());
    let failed = "write the list";
    let attributes = people.attributes.iter().map(String::as_str);
    let mut writer = export::Writer::new(form, attributes, out).map_err(Failure::while_doing(failed))?;
    let mut written = Ok(());
    people.listed.until(&mut |subscriber| {
        let departure = departed.get(&people.keyring.mark(&subscriber.address));
        let state = departure.map_or(State::Active, |departure| State::Left(departure.ground));
        written = writer.add(&Entry::of(subscriber, state));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.and_then(|()| writer.finish().map(drop)).map_err(Failure::while_doing(failed))
}
