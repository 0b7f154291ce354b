//! Numbers and days that differ between editions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::alignment::Step;
use super::{days, named, place_of};
use crate::check::content::{Content, Phrase, Role};
use crate::check::number::{Number, is_often_spelt_out, is_scaled, numbers};
use crate::model::diagnostic::Diagnostic;
use crate::model::source::Place;

/// A number in a text of an edition.
#[derive(Debug)]
struct Figure<'c> {
    phrase: &'c Phrase,
    number: Number,
}

impl Figure<'_> {
    /// As written.
    fn shown(&self) -> &str {
        &self.phrase.words[self.number.span.clone()]
    }

    fn place(&self) -> Place {
        self.phrase.place_of(self.shown())
    }
}

/// The numbers in texts that are to say the same in each language.
fn figures<'c>(phrases: impl Iterator<Item = &'c Phrase>) -> Vec<Figure<'c>> {
    let is_compared = |phrase: &&Phrase| !matches!(phrase.role, Role::Name | Role::Verbatim) && !phrase.words.contains("://");
    let in_phrase = |phrase: &'c Phrase| {
        let found = numbers(&phrase.words).into_iter().filter(|number| !is_scaled(&phrase.words, number));
        found.map(move |number| Figure { phrase, number })
    };
    phrases.filter(is_compared).flat_map(in_phrase).collect()
}

/// The figures by block, in one pass.
fn by_block<'c>(content: &'c Content<'_>) -> BTreeMap<Option<usize>, Vec<Figure<'c>>> {
    let mut blocks: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for figure in figures(content.phrases.iter()) {
        blocks.entry(figure.phrase.block).or_default().push(figure);
    }
    blocks
}

/// Findings for blocks of both editions whose numbers or days are not the same.
pub(super) fn differences(reference: &Content<'_>, content: &Content<'_>, steps: &[Step]) -> Vec<Diagnostic> {
    let (ours, theirs) = (by_block(reference), by_block(content));
    let none = Vec::new();
    let mut findings: Vec<_> = [(None, None)]
        .into_iter()
        .chain(steps.iter().filter_map(|step| match step {
            Step::Both(first, other) => Some((Some(*first), Some(*other))),
            _ => None,
        }))
        .filter_map(|(first, other)| {
            let whole =
                other.map_or_else(|| content.edition.subject.place().cloned(), |other| Some(place_of(content.edition, other)));
            let (first, other) = (ours.get(&first).unwrap_or(&none), theirs.get(&other).unwrap_or(&none));
            difference(reference, first, other, whole.unwrap_or_else(|| content.edition.place.clone()))
        })
        .collect();
    for step in steps {
        if let Step::Both(first, other) = step {
            findings.extend(other_days(reference, content, *first, *other));
        }
    }
    findings
}

/// The figures of one list that the other lacks, each as often as it lacks it.
fn lacking<'f, 'c>(of: &'f [Figure<'c>], other: &[Figure<'_>]) -> Vec<&'f Figure<'c>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for figure in other {
        *counts.entry(&figure.number.digits).or_default() += 1;
    }
    let is_new = |figure: &&Figure<'_>| match counts.get_mut(figure.number.digits.as_str()) {
        Some(left @ 1..) => {
            *left -= 1;
            false
        }
        _ => true,
    };
    of.iter().filter(is_new).collect()
}

fn difference(reference: &Content<'_>, first: &[Figure<'_>], other: &[Figure<'_>], whole: Place) -> Option<Diagnostic> {
    let (mut ours, mut theirs) = (lacking(first, other), lacking(other, first));
    // A small number stands in words as often as in digits: it differs only from another small one.
    let has_small = |figures: &[&Figure<'_>]| figures.iter().any(|figure| is_often_spelt_out(&figure.number));
    if !(has_small(&ours) && has_small(&theirs)) {
        ours.retain(|figure| !is_often_spelt_out(&figure.number));
        theirs.retain(|figure| !is_often_spelt_out(&figure.number));
    }
    // Said once more, or once less, a number is no other number.
    let is_elsewhere =
        |figure: &&Figure<'_>, list: &[Figure<'_>]| list.iter().any(|known| known.number.digits == figure.number.digits);
    if ours.iter().all(|figure| is_elsewhere(figure, other)) && theirs.iter().all(|figure| is_elsewhere(figure, first)) {
        return None;
    }
    ours.retain(|figure| !is_elsewhere(figure, other));
    theirs.retain(|figure| !is_elsewhere(figure, first));
    let list = |figures: &[&Figure<'_>]| {
        let mut shown: Vec<_> = figures.iter().take(5).map(|figure| figure.shown()).collect();
        shown.dedup();
        shown.join(", ")
    };
    let name = named(reference);
    let message = match (ours.is_empty(), theirs.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("{name} says {} here, and this edition does not", list(&ours)),
        (true, false) => format!("{name} does not say {} here", list(&theirs)),
        (false, false) => format!("{name} says {} where this edition says {}", list(&ours), list(&theirs)),
    };
    let place = theirs.first().map_or(whole, |figure| figure.place());
    let finding = Diagnostic::warning("edition-number", place, message, "write the number that is right in both editions");
    Some(match ours.first() {
        Some(figure) => finding.related_to(figure.place(), "the number there"),
        None => finding,
    })
}

/// A block whose days are not those of the reference.
fn other_days(reference: &Content<'_>, content: &Content<'_>, first: usize, other: usize) -> Option<Diagnostic> {
    let (ours, theirs) = (&reference.edition.blocks[first], &content.edition.blocks[other]);
    let (mut known, mut found) = (days(ours), days(theirs));
    known.sort_unstable();
    found.sort_unstable();
    if known == found {
        return None;
    }
    let only = |of: &[Date], other: &[Date]| {
        let only: Vec<_> = of.iter().filter(|day| !other.contains(day)).map(ToString::to_string).collect();
        if only.is_empty() { "none".to_owned() } else { only.join(", ") }
    };
    let message =
        format!("the dates differ from {}: {} here, {} there", named(reference), only(&found, &known), only(&known, &found));
    let place = theirs.headings().first().and_then(|title| title.place()).unwrap_or(&theirs.place).clone();
    let there = ours.headings().first().and_then(|title| title.place()).unwrap_or(&ours.place).clone();
    let finding = Diagnostic::warning("edition-date", place, message, "write the date that is right in both editions");
    Some(finding.related_to(there, "the same block there"))
}

/// An edition that is not of the same day.
pub(super) fn issue_date(reference: &Content<'_>, content: &Content<'_>) -> Option<Diagnostic> {
    let (ours, theirs) = (reference.edition.moment.date, content.edition.moment.date);
    if ours == theirs {
        return None;
    }
    let message = format!("this edition is of {theirs}, and {} of {ours}", named(reference));
    let finding = Diagnostic::warning("edition-date", key_date(content), message, "write the same `date` in each edition");
    Some(finding.related_to(key_date(reference), "the date there"))
}

/// Where an edition's own date is written: before its blocks.
fn key_date(content: &Content<'_>) -> Place {
    let source = &content.edition.place.source;
    let mut at = 0;
    for line in source.text.split_inclusive('\n').take_while(|line| !line.trim_start().starts_with('[')) {
        let key = line.trim_start();
        if key.strip_prefix("date").is_some_and(|rest| rest.trim_start().starts_with('=')) {
            let start = at + line.len() - key.len();
            return Place::new(source, start..start + key.trim_end().len());
        }
        at += line.len();
    }
    content.edition.place.clone()
}

/// Numbers and days of a summary that the reference has nowhere.
pub(super) fn strange_in_summary(reference: &Content<'_>, content: &Content<'_>) -> Vec<Diagnostic> {
    let known_days: BTreeSet<Date> = reference.edition.blocks.iter().flat_map(days).collect();
    let mut known: BTreeSet<String> =
        reference.phrases.iter().flat_map(|phrase| numbers(&phrase.words)).map(|number| number.digits).collect();
    // A day that has a key of its own there may stand in a text here.
    let day_numbers = known_days.iter().flat_map(|day| [day.year(), i16::from(day.month()), i16::from(day.day())]);
    known.extend(day_numbers.map(|number| number.to_string()));
    let name = named(reference);
    let mut findings: Vec<_> = figures(content.phrases.iter())
        .iter()
        .filter(|figure| !known.contains(&figure.number.digits) && !is_often_spelt_out(&figure.number))
        .map(|figure| {
            let message = format!("{name} says {} nowhere", figure.shown());
            let help = "a summary says less, but nothing else: write the number that is right in both editions";
            Diagnostic::warning("edition-number", figure.place(), message, help)
        })
        .collect();
    for block in &content.edition.blocks {
        let strange: Vec<_> =
            days(block).into_iter().filter(|day| !known_days.contains(day)).map(|day| day.to_string()).collect();
        if !strange.is_empty() {
            let message = format!("{name} has nothing dated {}", strange.join(", "));
            let place = block.headings().first().and_then(|title| title.place()).unwrap_or(&block.place).clone();
            findings.push(Diagnostic::warning("edition-date", place, message, "write the date that is right in both editions"));
        }
    }
    findings
}
