//! What was to be replaced before the issue goes out: placeholders, years and dates of the last one.

use std::ops::Range;

use super::content::{Content, Phrase, Role, said};
use super::number::years;
use crate::model::block::{Events, Kind};
use crate::model::diagnostic::Diagnostic;
use crate::model::publication::Publication;
use crate::model::source::Place;
use crate::model::text::Text;

/// Words that people write where text is to come. As a word of its own, spelt so.
const MARKERS: [&str; 5] = ["TODO", "TBD", "FIXME", "TKTK", "???"];

/// First words of what stands in brackets for something else. In lower case.
const BRACKETED: [&str; 42] = [
    "name",
    "names",
    "first",
    "last",
    "surname",
    "date",
    "dates",
    "day",
    "month",
    "year",
    "quarter",
    "time",
    "title",
    "subject",
    "place",
    "location",
    "venue",
    "city",
    "country",
    "link",
    "links",
    "url",
    "address",
    "email",
    "e-mail",
    "phone",
    "number",
    "amount",
    "organisation",
    "organization",
    "company",
    "insert",
    "add",
    "your",
    "text",
    "caption",
    "picture",
    "photo",
    "image",
    "placeholder",
    "tbd",
    "todo",
];

/// Findings on the texts of an edition.
#[must_use]
pub fn check(content: &Content<'_>) -> Vec<Diagnostic> {
    let mut findings: Vec<_> = content
        .phrases
        .iter()
        .filter(|phrase| phrase.role != Role::Verbatim)
        .filter_map(|phrase| Some(placeholder(phrase.place_of(&phrase.words[marker(&phrase.words)?]))))
        .collect();
    findings.extend(content.phrases.iter().filter_map(|phrase| stale_year(content, phrase)));
    for block in &content.edition.blocks {
        if let Kind::Events(events) = &block.kind {
            findings.extend(past_events(content, events, &block.place));
        }
    }
    findings
}

fn placeholder(place: Place) -> Diagnostic {
    let help = "write what is to stand here, or take it out";
    Diagnostic::warning("placeholder", place, "this looks like a note of what is still to be written", help)
}

/// Where a text has a marker of something still to be written.
fn marker(text: &str) -> Option<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |at: usize, length: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at + length..].chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    };
    let found = |word: &&str| text.match_indices(*word).find(|(at, word)| stands_alone(*at, word.len()));
    if let Some((at, word)) = MARKERS.iter().find_map(found) {
        return Some(at..at + word.len());
    }
    dummy_latin(text).or_else(|| crosses(text, stands_alone)).or_else(|| bracketed(text)).or_else(|| foreign_field(text))
}

/// The printers' dummy text, in whatever case.
fn dummy_latin(text: &str) -> Option<Range<usize>> {
    const DUMMY: &str = "lorem ipsum";
    let is_there =
        |at: &usize| text.as_bytes()[*at..].get(..DUMMY.len()).is_some_and(|part| part.eq_ignore_ascii_case(DUMMY.as_bytes()));
    let at = text.match_indices(['l', 'L']).map(|(at, _)| at).find(is_there)?;
    Some(at..at + DUMMY.len())
}

/// `XXX` or more of them, in either case, as a word of its own.
fn crosses(text: &str, stands_alone: impl Fn(usize, usize) -> bool) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(start) = text[at..].find(['x', 'X']).map(|found| at + found) {
        let length = text[start..].bytes().take_while(|octet| matches!(octet, b'x' | b'X')).count();
        if length >= 3 && stands_alone(start, length) {
            return Some(start..start + length);
        }
        at = start + length;
    }
    None
}

/// `[name]`, `[insert the date]`.
fn bracketed(text: &str) -> Option<Range<usize>> {
    const LONGEST: usize = 60;
    let mut at = 0;
    while let Some(open) = text[at..].find('[').map(|found| at + found) {
        at = open + 1;
        let end = text.ceil_char_boundary((at + LONGEST).min(text.len()));
        let Some(close) = text[at..end].find(']').map(|found| at + found) else { continue };
        let inside = text[at..close].trim().to_lowercase();
        let first = inside.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default();
        if BRACKETED.contains(&first) || inside.chars().all(|c| matches!(c, '.' | '…' | '_' | ' ' | 'x')) && !inside.is_empty()
        {
            return Some(open..close + 1);
        }
    }
    None
}

/// A merge field as other programs write it: `*|FNAME|*`, `{name}`, `%NAME%`. Ours would be filled by now.
fn foreign_field(text: &str) -> Option<Range<usize>> {
    // To Markdown, the stars of the first are emphasis.
    [("*|", "|*"), ("|", "|"), ("{", "}"), ("%%", "%%"), ("[[", "]]")].iter().find_map(|(open, close)| {
        let start = text.find(open)?;
        let inside = start + open.len();
        let length = text[inside..].find(close)?;
        let name = text.get(inside..inside + length).filter(|_| length <= 40)?;
        let is_field = if *open == "|" {
            name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | ':'))
        } else {
            name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ' | ':'))
        };
        let is_field = is_field && name.chars().any(|c| c.is_ascii_alphabetic());
        is_field.then_some(start..inside + length + close.len())
    })
}

/// A text at the top that names years, none of which fits the day of the issue.
fn stale_year(content: &Content<'_>, phrase: &Phrase) -> Option<Diagnostic> {
    if !matches!(phrase.role, Role::Subject | Role::Preheader | Role::Masthead | Role::Period) {
        return None;
    }
    let (year, span) = year_that_does_not_fit(content, &phrase.words, phrase.role == Role::Period)?;
    let what = match phrase.role {
        Role::Subject => "subject",
        Role::Preheader => "preheader",
        Role::Masthead => "title",
        _ => "period",
    };
    Some(stale(content, phrase.place_of(&phrase.words[span]), what, year))
}

fn stale(content: &Content<'_>, place: Place, what: &str, year: i16) -> Diagnostic {
    let date = content.edition.moment.date;
    let message = format!("the {what} speaks of {year}, and the issue is of {date}");
    Diagnostic::warning("stale-year", place, message, "write the year that is meant, here or under `date`")
}

/// The first year in a text where no year fits. A year fits that is the issue's own, or the one before in its first half; later ones are
/// plans, which only a period cannot report on.
fn year_that_does_not_fit(content: &Content<'_>, text: &str, is_period: bool) -> Option<(i16, Range<usize>)> {
    let date = content.edition.moment.date;
    let latest = if date.month() > 6 { date.year() + 1 } else { date.year() };
    let earliest = if date.month() <= 6 { date.year() - 1 } else { date.year() };
    let fits = |year: i16| year >= earliest && (!is_period || year <= latest);
    let found: Vec<_> = years(text).collect();
    if found.iter().any(|(year, _)| fits(*year)) {
        return None;
    }
    found.into_iter().next()
}

/// Events that were over when the issue came out, among others that were still to come. A list of past ones alone is a chronicle.
fn past_events(content: &Content<'_>, events: &Events, block: &Place) -> Vec<Diagnostic> {
    let date = content.edition.moment.date;
    let is_past = |(from, until): (jiff::civil::Date, Option<jiff::civil::Date>)| until.unwrap_or(from) < date;
    if events.items.iter().all(|event| is_past(event.date)) {
        return Vec::new();
    }
    let past = events.items.iter().filter(|event| is_past(event.date));
    past.map(|event| {
        let last = event.date.1.unwrap_or(event.date.0);
        let message =
            format!("this event was over on {last}, before the issue of {date}, and others in the list are still to come");
        let place = event.title.place().unwrap_or(block).clone();
        Diagnostic::warning("past-event", place, message, "correct its date, or take it out")
    })
    .collect()
}

/// Findings on the small print below an edition: the year in a text that was written for an earlier one.
#[must_use]
pub fn check_footer(content: &Content<'_>, publication: &Publication) -> Vec<Diagnostic> {
    let language = content.edition.language;
    let footer = &publication.footer;
    let texts = [footer.address.text(language), footer.reason.text(language)];
    let find = |text: &Text| {
        let words = said(text);
        let place = text.place()?;
        if let Some(span) = marker(&words) {
            return Some(placeholder(Phrase::at(place, &words).place_of(&words[span])));
        }
        // A footer may say since when something is; only a line with a mark of copyright speaks of the present.
        let is_dated = words.contains(['©', '℗']);
        let (year, span) = is_dated.then(|| year_that_does_not_fit(content, &words, false))??;
        Some(stale(content, Phrase::at(place, &words).place_of(&words[span]), "footer", year))
    };
    texts.into_iter().flatten().filter_map(find).collect()
}
