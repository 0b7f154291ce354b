//! What an import would do to the list that is there. Nothing is done here: a person reads the plan first.

use std::collections::HashMap;
use std::fmt;

use crate::model::address::Address;
use crate::model::subscriber::{Mailbox, Subscriber};

use super::Imported;
use super::entry::Entry;
use super::refusal::Refusal;
use super::state::{Ground, State};
use super::tally::{Noted, Tally};

/// How many examples of each kind a person is shown.
const SHOWN: usize = 5;

/// What an import would do, each in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Those who would come onto the list; [pending](State::Pending) where the file has them so.
    pub new: Vec<Entry>,
    /// Those on the list of whom the file knows more, or something else.
    pub changed: Vec<Change>,
    /// How many are on the list as the file has them, or have left and stay so.
    pub unchanged: usize,
    /// Those who have left as the file knows and the list does not yet: they are to be noted as such, and get no mail.
    pub departures: Vec<Departure>,
    /// Those who have left as the list knows, whatever the file says: an import brings nobody back.
    pub resurrections: Vec<Resurrection>,
    /// Lines that make nobody.
    pub refused: Tally<Refusal>,
    /// What is left out of lines, or worth a look.
    pub notices: Noted,
}

/// Somebody of whom the file says something that the list does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The address, as the list has it.
    pub address: Address,
    /// The line of the file.
    pub line: usize,
    /// What would change, by name, from what to what; `None` where the list has nothing.
    pub fields: Vec<FieldChange>,
}

/// A field that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// `name`, `language`, `groups` or an attribute.
    pub field: String,
    /// What the list has.
    pub from: Option<String>,
    /// What it would have.
    pub to: String,
}

/// Somebody who has left, as the file knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The person.
    pub entry: Entry,
    /// Why they left.
    pub ground: Ground,
    /// Whether they are on the list.
    pub is_listed: bool,
}

/// Somebody whom the file would bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resurrection {
    /// What the file says of them.
    pub entry: Entry,
    /// Why they left.
    pub ground: Ground,
}

/// Holds a file's people against those on the list and those who have left.
///
/// A file adds: what it does not say, the list keeps. Nobody leaves a group by it, and nobody who has left comes back. `suppressed` says of an
/// address why no mail may go there; where that cannot be found out, the caller must not plan at all.
#[must_use]
pub fn plan(existing: &[Subscriber], suppressed: impl Fn(&Address) -> Option<Ground>, imported: Imported) -> Plan {
    let Imported { entries, refused, notices, .. } = imported;
    let mut plan = Plan { refused, notices, ..Plan::default() };
    let mailboxes: HashMap<Mailbox, usize> =
        existing.iter().enumerate().map(|(at, person)| (Mailbox::new(&person.address), at)).collect();
    for entry in entries {
        let known = mailboxes.get(&Mailbox::new(&entry.address)).map(|&at| &existing[at]);
        match judge(&entry, known, suppressed(&entry.address)) {
            Judgement::New => plan.new.push(entry),
            Judgement::Changed(fields) => plan.changed.push(Change::of(&entry, known, fields)),
            Judgement::Unchanged => plan.unchanged += 1,
            Judgement::Departure(ground) => {
                plan.departures.push(Departure { entry, ground, is_listed: known.is_some() });
            }
            Judgement::Resurrection(ground) => plan.resurrections.push(Resurrection { entry, ground }),
        }
    }
    plan
}

/// What becomes of one person of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// They come onto the list.
    New,
    /// The file knows more of them, or something else.
    Changed(Vec<FieldChange>),
    /// They are as the file has them, or have left and stay so.
    Unchanged,
    /// They have left, as the file knows and the list does not.
    Departure(Ground),
    /// They have left, and are not brought back.
    Resurrection(Ground),
}

/// Holds one person of a file against what the list has of them, and against why no mail may go there.
#[must_use]
pub fn judge(entry: &Entry, known: Option<&Subscriber>, suppressed: Option<Ground>) -> Judgement {
    match (suppressed, entry.state, known) {
        (Some(ground), State::Left(told), _) if told <= ground => Judgement::Unchanged,
        (_, State::Left(ground), _) => Judgement::Departure(ground),
        (Some(ground), ..) => Judgement::Resurrection(ground),
        (None, _, None) => Judgement::New,
        (None, _, Some(known)) => match changes(known, entry) {
            fields if fields.is_empty() => Judgement::Unchanged,
            fields => Judgement::Changed(fields),
        },
    }
}

impl Change {
    fn of(entry: &Entry, known: Option<&Subscriber>, fields: Vec<FieldChange>) -> Self {
        let address = known.map_or(&entry.address, |known| &known.address).clone();
        Self { address, line: entry.line, fields }
    }
}

/// What an import would do, counted, with a few examples of each: for a list that is not held in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Those who would come onto the list.
    pub new: Tally<Entry>,
    /// Those on the list of whom the file knows more, or something else.
    pub changed: Tally<Change>,
    /// How many are as the file has them, or have left and stay so.
    pub unchanged: usize,
    /// Those who have left as the file knows and the list does not yet.
    pub departures: Tally<Departure>,
    /// Those who have left as the list knows, whatever the file says.
    pub resurrections: Tally<Resurrection>,
    /// Lines that make nobody.
    pub refused: Tally<Refusal>,
    /// What is left out of lines, or worth a look.
    pub notices: Noted,
}

impl Outlook {
    /// Adds one person of the file.
    pub fn add(&mut self, entry: Entry, known: Option<&Subscriber>, judgement: Judgement) {
        match judgement {
            Judgement::New => self.new.add(entry),
            Judgement::Changed(fields) => self.changed.add(Change::of(&entry, known, fields)),
            Judgement::Unchanged => self.unchanged += 1,
            Judgement::Departure(ground) => self.departures.add(Departure { entry, ground, is_listed: known.is_some() }),
            Judgement::Resurrection(ground) => self.resurrections.add(Resurrection { entry, ground }),
        }
    }
}

impl Plan {
    /// It counted, with a few examples of each.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        Outlook {
            new: Tally::of(&self.new),
            changed: Tally::of(&self.changed),
            unchanged: self.unchanged,
            departures: Tally::of(&self.departures),
            resurrections: Tally::of(&self.resurrections),
            refused: self.refused.clone(),
            notices: self.notices.clone(),
        }
    }
}

/// What a file says of somebody that the list does not.
fn changes(known: &Subscriber, entry: &Entry) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let mut change = |field: &str, from: Option<&str>, to: &str| {
        let from = from.filter(|from| !from.is_empty()).map(str::to_owned);
        fields.push(FieldChange { field: field.to_owned(), from, to: to.to_owned() });
    };
    if !entry.name.as_str().is_empty() && entry.name != known.name {
        change("name", Some(known.name.as_str()), entry.name.as_str());
    }
    if let Some(language) = entry.language.filter(|language| *language != known.language) {
        change("language", Some(known.language.tag()), language.tag());
    }
    let more: Vec<_> = entry.groups.iter().filter(|group| !known.groups.iter().any(|known| *known == ***group)).collect();
    if !more.is_empty() {
        let before = known.groups.join(", ");
        let after: Vec<_> = known.groups.iter().map(String::as_str).chain(more.iter().map(|group| &***group)).collect();
        change("groups", Some(&before), &after.join(", "));
    }
    for (name, value) in &entry.attributes {
        let before = known.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
        if before != Some(value) {
            change(name, before, value);
        }
    }
    fields
}

/// As its [outlook](Plan::outlook).
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outlook().fmt(f)
    }
}

/// All of it for a person to read: the counts, and a few examples of each.
impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.new.count, "new"),
            (self.changed.count, "changed"),
            (self.unchanged, "unchanged"),
            (self.departures.count, "left, as the file knows"),
            (self.resurrections.count, "left before and not brought back"),
            (self.refused.count, "refused"),
        ];
        let counts: Vec<_> = counts.iter().map(|(count, word)| format!("{count} {word}")).collect();
        writeln!(f, "{}", counts.join(", "))?;
        let state = |state| if state == State::Pending { ", to be confirmed" } else { "" };
        list(f, "New", &self.new, |entry| format!("{}{}", person(&entry.address, entry.name.as_str()), state(entry.state)))?;
        list(f, "Changed", &self.changed, |change| {
            let fields: Vec<_> = change.fields.iter().map(ToString::to_string).collect();
            format!("{}: {}", change.address, fields.join("; "))
        })?;
        list(f, "Left, as the file knows", &self.departures, |departure| {
            let listed = if departure.is_listed { ", and is on the list until now" } else { "" };
            format!("{} {}{listed}", departure.entry.address, departure.ground)
        })?;
        list(f, "Left before and not brought back", &self.resurrections, |found| {
            format!("{} {}", found.entry.address, found.ground)
        })?;
        list(f, "Refused", &self.refused, |refusal| refusal.to_string().replace('\n', "\n  "))?;
        if !self.notices.is_empty() {
            writeln!(f, "\nTo be noticed:")?;
        }
        for (notice, count, line) in self.notices.iter() {
            let times = if count == 1 { format!("line {line}") } else { format!("{count} times, first in line {line}") };
            writeln!(f, "  {notice} ({times})")?;
            if let Some(help) = notice.help() {
                writeln!(f, "    = help: {help}")?;
            }
        }
        Ok(())
    }
}

fn list<T>(f: &mut fmt::Formatter<'_>, title: &str, tally: &Tally<T>, line: impl Fn(&T) -> String) -> fmt::Result {
    if tally.count == 0 {
        return Ok(());
    }
    writeln!(f, "\n{title}:")?;
    for item in tally.examples.iter().take(SHOWN) {
        writeln!(f, "  {}", line(item))?;
    }
    let shown = tally.examples.len().min(SHOWN);
    if tally.count > shown { writeln!(f, "  and {} more", tally.count - shown) } else { Ok(()) }
}

fn person(address: &Address, name: &str) -> String {
    if name.is_empty() { address.to_string() } else { format!("{name} <{address}>") }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) => write!(f, "{} from “{from}” to “{}”", self.field, self.to),
            None => write!(f, "{} becomes “{}”", self.field, self.to),
        }
    }
}
