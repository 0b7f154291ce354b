//! What an inbox shows before anybody opens the mail: subject and preheader.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::content::{Content, Phrase, Role};
use super::personal::SUBJECT_MAX;
use crate::model::diagnostic::Diagnostic;

/// The widest subject that most inboxes show whole, in columns.
pub const SUBJECT_WIDTH: usize = 60;
/// The narrowest preheader that says something, in columns.
const PREHEADER_LEAST: usize = 12;
/// The widest preheader that an inbox shows, in columns.
pub const PREHEADER_WIDTH: usize = 120;
/// So many capital letters in a row are no abbreviation any more.
const CAPITALS: usize = 12;

/// Findings on the subject and the preheader of an edition.
#[must_use]
pub fn check(content: &Content<'_>) -> Vec<Diagnostic> {
    let find = |role| content.phrases.iter().find(|phrase| phrase.role == role);
    let mut findings = Vec::new();
    let subject = find(Role::Subject).filter(|subject| !subject.words.is_empty());
    if let Some(subject) = subject {
        findings.extend(long_subject(subject));
        findings.extend(shouting(subject));
        findings.extend(wordless_subject(subject));
    }
    match find(Role::Preheader) {
        None => findings.push(missing_preheader(content, subject)),
        Some(preheader) => {
            findings.extend(subject.and_then(|subject| repeated_subject(subject, preheader)));
            findings.extend(preheader_length(preheader));
            findings.extend(shouting(preheader));
        }
    }
    findings
}

/// The columns that a text takes: two for a wide character, one for a letter with its marks.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.graphemes(true).map(|grapheme| grapheme.width().min(2)).sum()
}

fn long_subject(subject: &Phrase) -> Option<Diagnostic> {
    let columns = columns(&subject.words);
    let message = format!("the subject is {columns} characters wide, and many inboxes cut it off after {SUBJECT_WIDTH}");
    let help = "put what matters first, and move the rest to the preheader";
    // Beyond what is allowed, the composed mail has an error that says more.
    let is_allowed = subject.words.chars().count() <= SUBJECT_MAX;
    (columns > SUBJECT_WIDTH && is_allowed).then(|| Diagnostic::warning("long-subject", subject.place(), message, help))
}

fn shouting(phrase: &Phrase) -> Option<Diagnostic> {
    let words = &phrase.words;
    let signs: String = words.chars().filter(|c| !c.is_whitespace()).collect();
    let is_pressing = ["!!", "??", "!?", "?!", "！！"].iter().any(|marks| signs.contains(marks));
    let cased = || words.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    let are_capitals = cased().all(char::is_uppercase) && cased().count() >= CAPITALS && words.trim().contains(' ');
    let message = match (are_capitals, is_pressing) {
        (true, _) => "this is all in capitals",
        (false, true) => "this has several exclamation or question marks in a row",
        (false, false) => return None,
    };
    let help = "write it as you would say it: to filters and to readers, shouting looks like spam";
    Some(Diagnostic::warning("shouting", phrase.place(), message, help))
}

fn wordless_subject(subject: &Phrase) -> Option<Diagnostic> {
    if subject.words.chars().any(char::is_alphanumeric) {
        return None;
    }
    let help = "say in words what the issue is about: pictures in a subject are read out by their names, or not at all";
    Some(Diagnostic::warning("wordless-subject", subject.place(), "the subject has no word in it", help))
}

fn missing_preheader(content: &Content<'_>, subject: Option<&Phrase>) -> Diagnostic {
    let place = subject.map_or_else(|| content.edition.place.clone(), Phrase::place);
    let message = "there is no preheader: beside the subject, inboxes show nothing of what the issue holds";
    let help = "add a line such as: preheader = \"The two or three things that readers find in it\"";
    Diagnostic::warning("missing-preheader", place, message, help)
}

fn repeated_subject(subject: &Phrase, preheader: &Phrase) -> Option<Diagnostic> {
    let plain = |phrase: &Phrase| -> String {
        phrase.words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    if plain(subject) != plain(preheader) || plain(subject).is_empty() {
        return None;
    }
    let help = "go on where the subject stops: name what else the issue holds";
    let finding = Diagnostic::warning("preheader-repeats", preheader.place(), "the preheader says what the subject says", help);
    Some(finding.related_to(subject.place(), "inboxes show both, side by side"))
}

fn preheader_length(preheader: &Phrase) -> Option<Diagnostic> {
    let columns = columns(preheader.words.trim());
    let (message, help) = if columns < PREHEADER_LEAST {
        let message = format!("the preheader has only {columns} characters");
        (message, "name two or three things that the issue holds; there is room for a line")
    } else if columns > PREHEADER_WIDTH {
        let message =
            format!("the preheader is {columns} characters wide, and inboxes cut it off after {PREHEADER_WIDTH} at most");
        (message, "put what matters first, and leave out the rest")
    } else {
        return None;
    };
    Some(Diagnostic::warning("preheader-length", preheader.place(), message, help))
}
