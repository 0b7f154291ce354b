//! What is known of people: nothing is changed.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

use jiff::tz::TimeZone;
use postrider::ledger::{Departure, Event};
use postrider::model::subscriber::Subscriber;
use postrider::report::moment;
use postrider::token::Mark;
use serde::Serialize;
use serde_json::json;

use super::parse;
use crate::failure::Failure;
use crate::people::People;
use crate::{args, workspace};

pub(super) async fn list(people: &People, arguments: &args::SubscribersList) -> Result<(), Failure> {
    let departed = people.ledger.departed().await?;
    let vocabulary = &people.publication.vocabulary;
    let selection = workspace::selection(vocabulary, &people.attributes, &[], arguments.condition.as_deref())?;
    let mut out = BufWriter::new(anstream::stdout().lock());
    let mut written = Ok(());
    people.listed.until(&mut |subscriber| {
        let departure = departed.get(&people.keyring.mark(&subscriber.address));
        if !selection.admits(subscriber) || arguments.left && departure.is_none() {
            return ControlFlow::Continue(());
        }
        written = row(&mut out, subscriber, departure, arguments.json);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.and_then(|()| out.flush()).map_err(Failure::while_doing("print the list"))?;
    if !arguments.json {
        anstream::eprintln!("{}", tally(people, &departed)?);
    }
    Ok(())
}

fn row(out: &mut impl Write, subscriber: &Subscriber, departure: Option<&Departure>, is_json: bool) -> io::Result<()> {
    let (address, language) = (&subscriber.address, subscriber.language.tag());
    if is_json {
        let row = json!({
            "address": address.as_written(), "name": subscriber.name.as_str(), "language": language, "groups": subscriber.groups,
            "departure": departure
        });
        return writeln!(out, "{row}");
    }
    let why = departure.map_or_else(String::new, |departure| format!("  {departure}"));
    writeln!(out, "{address}  {language}{why}")
}

/// How many are on the list, and how many of them get mail.
fn tally(people: &People, departed: &HashMap<Mark, Departure>) -> Result<String, Failure> {
    let mut gone = 0;
    if !departed.is_empty() {
        people.listed.each(|subscriber| {
            gone += usize::from(departed.contains_key(&people.keyring.mark(&subscriber.address)));
        })?;
    }
    let elsewhere = departed.len() - gone;
    let others = if elsewhere > 0 { format!("; {elsewhere} who left are not in it any more") } else { String::new() };
    let (count, place) = (people.listed.count(), people.place());
    Ok(format!("{count} {place}, of whom {} get mail{others}", count - gone))
}

/// Figures of a list.
#[derive(Debug, Default, Serialize)]
struct Stats {
    /// Who is on the list.
    listed: usize,
    /// Who of them gets mail.
    reached: usize,
    /// Those by language.
    languages: BTreeMap<String, usize>,
    /// Those by group; a person of two groups counts in both.
    groups: BTreeMap<String, usize>,
    /// Who left, by why, whether they are still on the list or not.
    departed: BTreeMap<&'static str, usize>,
    /// Who has yet to confirm.
    pending: u64,
    /// What happened, by month and kind.
    events: BTreeMap<String, BTreeMap<String, u64>>,
}

pub(super) async fn stats(people: &People, arguments: &args::SubscribersStats) -> Result<(), Failure> {
    let departed = people.ledger.departed().await?;
    let mut stats = Stats { pending: people.ledger.pending().await?, ..Stats::default() };
    for departure in departed.values() {
        *stats.departed.entry(departure.ground.as_str()).or_default() += 1;
    }
    for (month, kind, count) in people.ledger.happenings().await? {
        stats.events.entry(month).or_default().insert(kind, count);
    }
    people.listed.each(|subscriber| {
        stats.listed += 1;
        if !departed.is_empty() && departed.contains_key(&people.keyring.mark(&subscriber.address)) {
            return;
        }
        stats.reached += 1;
        *stats.languages.entry(subscriber.language.tag().to_owned()).or_default() += 1;
        for group in &subscriber.groups {
            *stats.groups.entry(group.clone()).or_default() += 1;
        }
    })?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&stats).expect("counts are plain data"));
        return Ok(());
    }
    let line = |label: &str, value: String| anstream::println!("{label:<10}{value}");
    let counts = |counts: &mut dyn Iterator<Item = (&str, u64)>| {
        counts.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    let plain = |map: &BTreeMap<String, usize>| counts(&mut map.iter().map(|(name, count)| (name.as_str(), *count as u64)));
    line("On it", format!("{} {}", stats.listed, people.place()));
    line("Get mail", stats.reached.to_string());
    line("Languages", plain(&stats.languages));
    if !stats.groups.is_empty() {
        line("Groups", plain(&stats.groups));
    }
    if !stats.departed.is_empty() {
        line("Left", counts(&mut stats.departed.iter().map(|(name, count)| (*name, *count as u64))));
    }
    if stats.pending > 0 {
        line("Pending", format!("{} have yet to confirm", stats.pending));
    }
    for (month, kinds) in &stats.events {
        line(month, counts(&mut kinds.iter().map(|(kind, count)| (kind.as_str(), *count))));
    }
    Ok(())
}

pub(super) async fn show(people: &People, arguments: &args::SubscribersShow) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let mark = people.keyring.mark(&address);
    let departure = people.ledger.departed().await?.remove(&mark);
    let events = people.ledger.events(mark).await?;
    let listed = people.listed.find(&address)?;
    if arguments.json {
        let row =
            json!({ "address": address.as_written(), "listed": listed.is_some(), "departure": departure, "events": events });
        anstream::println!("{row}");
        return Ok(());
    }
    match &listed {
        Some(subscriber) => {
            let line = subscriber.place.position().map_or_else(String::new, |(line, _)| format!(", line {line}"));
            let language = subscriber.language.words().name;
            let groups = if subscriber.groups.is_empty() { String::new() } else { format!(", {}", subscriber.groups.join(", ")) };
            anstream::println!("{} is in {}{line}: {language}{groups}.", subscriber.address, subscriber.place.source.name);
        }
        None => anstream::println!("{address} is not {}.", people.place()),
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
