//! The plan of a send, for a person to read.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Consent;
use crate::deliver::Outline;
use crate::model::filter::Selection;
use crate::model::publication::Publication;
use crate::report::people;

/// How many domains are worth a line each.
const DOMAINS_SHOWN: usize = 8;

/// The plan as rows, each with its label; some go on without one.
pub(super) fn rows(
    outline: &Outline,
    publication: &Publication,
    selection: &Selection,
    today: Date,
    consent: &Consent,
) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let mut row = |label: &'static str, value: String| rows.push((label, value));
    let balance = &outline.balance;
    row("List", publication.name.as_str().to_owned());
    row("Issue", outline.issue.clone());
    row("From", format!("{} <{}>", publication.sender.name, publication.sender.address));
    row("Dated", dated(outline.date, today));
    if let Some(text) = selection.text() {
        row("For", format!("those alone of whom this is so: {text}"));
    }
    row("To send", people(balance.pending));
    if balance.pending > 0 {
        row("Editions", tally(&outline.editions, usize::MAX));
        if !outline.other_languages.is_empty() {
            row("", format!("in place of a language without an edition: {}", tally(&outline.other_languages, usize::MAX)));
        }
        if !outline.groups.is_empty() {
            row("Groups", tally(&outline.groups, usize::MAX));
        }
        row("Domains", tally(&outline.domains, DOMAINS_SHOWN));
    }
    let left_out = [
        (balance.accepted, "have it already"),
        (balance.refused, "were refused for good"),
        (balance.deferred, "are to be tried again later"),
        (balance.ambiguous, "may have it: the connection broke at the last moment"),
        (balance.skipped, "left the list, or may not be written to"),
    ];
    for (count, reason) in left_out.iter().filter(|(count, _)| *count > 0) {
        row("Left out", format!("{count} {reason}"));
    }
    for (edition, octets) in &outline.octets {
        row("Message", format!("{edition} {} KB", octets.div_ceil(1000)));
    }
    row("Digest", consent.short_digest().to_owned());
    rows.extend(consent.rows());
    rows
}

/// The issue's date, which its mail carries; with a word where spam filters would mistrust it.
fn dated(date: Date, today: Date) -> String {
    let days = date.duration_until(today).as_hours() / 24;
    match days {
        ..-1 => format!("{date}, in {} days: mail from the future is mistrusted; set `date` to the day of sending", -days),
        8.. => format!("{date}, {days} days ago: old mail is mistrusted; set `date` to the day of sending"),
        _ => date.to_string(),
    }
}

/// The counts, the largest first, `shown` of them at most.
fn tally(counts: &BTreeMap<String, usize>, shown: usize) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let more = counts.len().saturating_sub(shown);
    let mut words: Vec<_> = counts.into_iter().take(shown).map(|(name, count)| format!("{name} {count}")).collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
