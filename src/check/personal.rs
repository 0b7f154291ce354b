//! Merge fields against the list: what nobody has, and what somebody lacks where no fallback stands in.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::Reader;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::mistake::nearest;
use crate::model::publication::Vocabulary;
use crate::model::subscriber::Subscriber;
use crate::model::text::Field;

/// The most characters a subject can have before it no longer is one.
pub const SUBJECT_MAX: usize = 250;

/// Findings for every merge field of every edition that somebody would see unfilled, and for everyone whose subject it makes too long.
#[must_use]
pub fn check(
    issue: &Issue,
    vocabulary: &Vocabulary,
    subscribers: &[Subscriber],
    attributes: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let attributes: BTreeSet<&str> = attributes.iter().map(String::as_str).chain(["name", "email", "language"]).collect();
    // On an empty list nobody lacks anything.
    if subscribers.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let chains: BTreeMap<Language, Vec<Language>> =
        subscribers.iter().map(|reader| reader.language).map(|language| (language, vocabulary.chain(language))).collect();
    for edition in &issue.editions {
        let readers: Vec<_> =
            subscribers.iter().filter(|reader| std::ptr::eq(issue.edition(&chains[&reader.language]), edition)).collect();
        for field in fields(edition) {
            let lacking = readers.iter().filter(|reader| reader.value(&field.name).is_none()).count();
            if !attributes.contains(field.name.as_str()) {
                findings.push(unknown_field(field, &attributes));
            } else if field.fallback.is_none() && lacking > 0 {
                findings.push(unfilled_field(field, lacking));
            }
        }
        findings.extend(readers.iter().filter_map(|reader| long_subject(edition, reader)));
    }
    findings
}

fn fields(edition: &Edition) -> Vec<&Field> {
    let mut fields = Vec::new();
    edition.each_text(&mut |text| fields.extend(text.fields()));
    fields
}

fn unknown_field(field: &Field, attributes: &BTreeSet<&str>) -> Diagnostic {
    let message = format!("nobody on the list has `{}`", field.name);
    let known: Vec<_> = attributes.iter().copied().collect();
    let help = format!("the list knows: {}", known.join(", "));
    let near = nearest(&field.name, known).map_or_else(String::new, |near| format!("did you mean `{near}`?"));
    // With a fallback, every reader gets a whole text all the same.
    if field.fallback.is_some() {
        Diagnostic::warning("unknown-field", field.place.clone(), message, help).labelled(near)
    } else {
        Diagnostic::error("unknown-field", field.place.clone(), message, help).labelled(near)
    }
}

/// A finding for somebody whose own words make the subject too long; one that is so for everyone is found once, in the composed mail.
fn long_subject(edition: &Edition, reader: &Subscriber) -> Option<Diagnostic> {
    let length = |reader: &Reader<'_>| reader.fill(&edition.subject).chars().count();
    let own = length(&Reader::Subscriber(reader));
    if own <= SUBJECT_MAX || length(&Reader::Anyone(edition.language)) > SUBJECT_MAX {
        return None;
    }
    let message = format!("with what stands here, the subject would have {own} characters");
    let help = format!("shorten what the subject takes from here; it can have {SUBJECT_MAX} characters");
    Some(Diagnostic::error("subject-length", reader.place.clone(), message, help))
}

fn unfilled_field(field: &Field, lacking: usize) -> Diagnostic {
    let (who, verb) = if lacking == 1 { ("1 subscriber".to_owned(), "has") } else { (format!("{lacking} subscribers"), "have") };
    let message = format!("{who} {verb} no `{}`, and this field has no fallback", field.name);
    let help = format!("write what stands there for them: {{{{ {} | … }}}}", field.name);
    Diagnostic::error("unfilled-field", field.place.clone(), message, help)
}
