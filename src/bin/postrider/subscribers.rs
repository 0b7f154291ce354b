//! `postrider subscribers`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use postrider::import::{self, Entry, Ground, Setting, State, export};
use postrider::ledger::{Departure, Event};
use postrider::model::address::Address;
use postrider::model::filter::{Filter, Known};
use postrider::model::subscriber::Subscriber;
use postrider::report::moment;
use postrider::token::Mark;
use serde_json::json;

use crate::failure::Failure;
use crate::people::People;
use crate::{args, dispatch, finding, people, workspace};

/// By which way it is learnt what is typed here.
const SOURCE: &str = "command";
/// The most characters of a reason.
const REASON_MAX: usize = 500;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Subscribers) -> Result<(), Failure> {
    let people = people::open(folder)?;
    dispatch::runtime()?.block_on(async {
        match arguments {
            args::Subscribers::List(arguments) => list(&people, arguments).await,
            args::Subscribers::Show(arguments) => show(&people, arguments).await,
            args::Subscribers::Remove(arguments) => depart(&people, arguments, Ground::Removed).await,
            args::Subscribers::Erase(arguments) => depart(&people, arguments, Ground::Erased).await,
            args::Subscribers::Readmit(arguments) => readmit(&people, arguments).await,
            args::Subscribers::Import(arguments) => import(&people, arguments).await,
            args::Subscribers::Export(arguments) => export(&people, arguments).await,
        }
    })
}

fn parse(written: &str) -> Result<Address, Failure> {
    let refused = |error| Failure::Usage(format!("`{}` is not a mail address: {error}", workspace::printable(written)));
    Address::parse(written).map_err(refused)
}

async fn list(people: &People, arguments: &args::SubscribersList) -> Result<(), Failure> {
    let departed = people.ledger.departed().await?;
    let of = |address: &Address| departed.get(&people.keyring.mark(address));
    let attributes: Vec<&str> = people.attributes.iter().map(String::as_str).collect();
    let vocabulary = &people.publication.vocabulary;
    let known = Known { languages: &vocabulary.languages, groups: &vocabulary.groups, attributes: &attributes };
    let filter =
        arguments.condition.as_ref().map(|text| Filter::parse("--where", text, &known)).transpose().map_err(|found| {
            finding::print_to_stderr(&[*found]);
            Failure::Usage("the condition must be mended first, as shown above".to_owned())
        })?;
    let is_meant = |subscriber: &&Subscriber| filter.as_ref().is_none_or(|filter| filter.admits(subscriber));
    for subscriber in people.listed.written().iter().filter(is_meant) {
        let departure = of(&subscriber.address);
        if arguments.left && departure.is_none() {
            continue;
        }
        let (address, name, language) = (&subscriber.address, subscriber.name.as_str(), subscriber.language.tag());
        if arguments.json {
            let row = json!({ "address": address.as_written(), "name": name, "language": language, "groups": subscriber.groups, "departure": departure });
            anstream::println!("{row}");
        } else {
            let why = departure.map_or_else(String::new, |departure| format!("  {departure}"));
            anstream::println!("{address}  {language}{why}");
        }
    }
    if !arguments.json {
        anstream::eprintln!("{}", tally(people, &departed));
    }
    Ok(())
}

/// How many are on the list, and how many of them get mail.
fn tally(people: &People, departed: &HashMap<Mark, Departure>) -> String {
    let gone = people
        .listed
        .written()
        .iter()
        .filter(|subscriber| departed.contains_key(&people.keyring.mark(&subscriber.address)))
        .count();
    let elsewhere = departed.len() - gone;
    let others = if elsewhere > 0 { format!("; {elsewhere} who left are not in it any more") } else { String::new() };
    format!("{} in subscribers.toml, of whom {} get mail{others}", people.listed.count(), people.listed.count() - gone)
}

async fn show(people: &People, arguments: &args::SubscribersShow) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let mark = people.keyring.mark(&address);
    let departure = people.ledger.departed().await?.remove(&mark);
    let events = people.ledger.events(mark).await?;
    let listed = people.listed.written().iter().find(|subscriber| subscriber.address.is_same_mailbox(&address));
    if arguments.json {
        let row =
            json!({ "address": address.as_written(), "listed": listed.is_some(), "departure": departure, "events": events });
        anstream::println!("{row}");
        return Ok(());
    }
    match listed {
        Some(subscriber) => anstream::println!(
            "{} is in subscribers.toml, line {}.",
            subscriber.address,
            subscriber.place.position().map_or(0, |(line, _)| line)
        ),
        None => anstream::println!("{address} is not in subscribers.toml."),
    }
    match departure {
        Some(departure) => anstream::println!("No mail goes there: whoever reads it {departure}."),
        None if listed.is_some() => anstream::println!("Mail goes there."),
        None => {}
    }
    let zone = TimeZone::system();
    for Event { kind, at, source, detail } in events {
        let detail = detail.map_or_else(String::new, |detail| format!(": {}", workspace::printable(&detail)));
        anstream::println!("  {}  {kind} ({source}){detail}", moment(at, &zone));
    }
    Ok(())
}

async fn depart(people: &People, arguments: &args::SubscribersDepart, ground: Ground) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let detail = reason(arguments.because.as_deref())?;
    let is_news = people.ledger.depart(people.keyring.mark(&address), ground, SOURCE, detail, Timestamp::now()).await?;
    if is_news {
        anstream::println!("No mail goes to {address} any more, whatever list it turns up in.");
    } else {
        anstream::println!("No mail goes to {address} already; nothing was changed.");
    }
    if let Some(subscriber) = people.listed.written().iter().find(|subscriber| subscriber.address.is_same_mailbox(&address)) {
        let line = subscriber.place.position().map_or(0, |(line, _)| line);
        let must = if ground == Ground::Erased { "Delete the entry as well" } else { "The entry can go" };
        anstream::println!("{must}: subscribers.toml, line {line}.");
    }
    Ok(())
}

async fn readmit(people: &People, arguments: &args::SubscribersReadmit) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let detail = reason(Some(&arguments.because))?;
    if detail.is_none() {
        return Err(Failure::Usage("say why: --because \"asked by telephone on …\"; nothing was changed".to_owned()));
    }
    if people.ledger.readmit(people.keyring.mark(&address), SOURCE, detail, Timestamp::now()).await? {
        anstream::println!("Mail goes to {address} again, once it is in subscribers.toml.");
        Ok(())
    } else {
        Err(Failure::Failed(format!("nobody at {address} had left; nothing was changed")))
    }
}

/// Shows what a list from elsewhere would change, and with `--apply` does it: first whom it knows to have left, then who is new. Whoever is
/// on the list already is not touched: that file is for human hands.
async fn import(people: &People, arguments: &args::SubscribersImport) -> Result<(), Failure> {
    let name = arguments.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let file = File::open(&arguments.file).map_err(Failure::while_doing(&format!("read {}", arguments.file.display())))?;
    let vocabulary = &people.publication.vocabulary;
    let setting = Setting { state: arguments.left.map(|left| State::Left(left.0)), ..Setting::new(&name, vocabulary) };
    let imported = import::read(file, &setting)
        .map_err(|error| Failure::Failed(format!("{}: {error}; {}", workspace::printable(&name), error.help())))?;
    let departed = people.ledger.departed().await?;
    let has_left = |address: &Address| departed.get(&people.keyring.mark(address)).map(|departure| departure.ground);
    let plan = import::plan::plan(people.listed.written(), has_left, imported);
    anstream::println!("{plan}");
    if !arguments.apply {
        anstream::println!("Nothing was changed. To do it, add --apply.");
        return Ok(());
    }
    let detail = Some(format!("imported from {}", workspace::printable(&name)));
    for departure in &plan.departures {
        let mark = people.keyring.mark(&departure.entry.address);
        people.ledger.depart(mark, departure.ground, "import", detail.clone(), Timestamp::now()).await?;
    }
    let mut added = Vec::new();
    let unconfirmed = export::toml(&plan.new, &mut added).map_err(Failure::while_doing("write the people down"))?;
    append(people, &added)?;
    anstream::println!("Added {} to subscribers.toml; {} left.", plan.new.len() - unconfirmed, plan.departures.len());
    if unconfirmed > 0 {
        anstream::println!("{unconfirmed} have not confirmed that they want the mail, and were left out.");
    }
    if !plan.changed.is_empty() {
        anstream::println!("Whoever is on the list already was left as it is there: change it by hand where the file is right.");
    }
    Ok(())
}

/// Adds entries to the end of the list, at one stroke; what stands there stays as it is.
fn append(people: &People, entries: &[u8]) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let path = people.list_file();
    let mut content = fs::read(&path).map_err(Failure::while_doing("read subscribers.toml"))?;
    if !content.is_empty() && !content.ends_with(b"\n") {
        content.push(b'\n');
    }
    content.push(b'\n');
    content.extend_from_slice(entries.trim_ascii_end());
    content.push(b'\n');
    let aside = path.with_extension(format!("toml.{}.part", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = File::create(&aside)?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        file.write_all(&content)?;
        file.sync_all()?;
        fs::rename(&aside, &path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&aside);
        Failure::while_doing("write subscribers.toml")(error)
    })
}

/// Writes the list out, with who left.
async fn export(people: &People, arguments: &args::SubscribersExport) -> Result<(), Failure> {
    let departed = people.ledger.departed().await?;
    let entry = |subscriber: &Subscriber| {
        let departure = departed.get(&people.keyring.mark(&subscriber.address));
        Entry::of(subscriber, departure.map_or(State::Active, |departure| State::Left(departure.ground)))
    };
    let entries: Vec<Entry> = people.listed.written().iter().map(entry).collect();
    let out = io::stdout().lock();
    let written = match arguments.format {
        args::ListFormat::Csv => export::csv(&entries, out),
        args::ListFormat::Json => export::json(&entries, out),
        args::ListFormat::Toml => export::toml(&entries, out).map(drop),
    };
    written.map_err(Failure::while_doing("write the list"))
}

/// A reason as it is kept: one line, without what could play tricks on whoever reads it.
fn reason(written: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(written) = written.map(str::trim).filter(|written| !written.is_empty()) else { return Ok(None) };
    if written.chars().count() > REASON_MAX {
        return Err(Failure::Usage(format!("a reason has {REASON_MAX} characters at most; nothing was changed")));
    }
    Ok(Some(written.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()))
}
