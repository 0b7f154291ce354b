//! Merge fields against the list: what nobody has, and what somebody lacks where no fallback stands in.

use std::collections::BTreeSet;

use crate::model::diagnostic::Diagnostic;
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::mistake::nearest;
use crate::model::subscriber::Subscriber;
use crate::model::text::Field;

/// Findings for every merge field of every edition that somebody would see unfilled.
#[must_use]
pub fn check(issue: &Issue, languages: &[Language], subscribers: &[Subscriber]) -> Vec<Diagnostic> {
    let attributes: BTreeSet<&str> = subscribers
        .iter()
        .flat_map(|subscriber| subscriber.attributes.keys().map(String::as_str))
        .chain(["name", "email", "language"])
        .collect();
    let mut findings = Vec::new();
    for edition in &issue.editions {
        let readers: Vec<_> =
            subscribers.iter().filter(|reader| std::ptr::eq(issue.edition(reader.language, languages), edition)).collect();
        for field in fields(edition) {
            let lacking = readers.iter().filter(|reader| reader.value(&field.name).is_none()).count();
            if !attributes.contains(field.name.as_str()) {
                findings.push(unknown_field(field, &attributes, subscribers.is_empty()));
            } else if field.fallback.is_none() && lacking > 0 {
                findings.push(unfilled_field(field, lacking));
            }
        }
    }
    findings
}

fn fields(edition: &Edition) -> Vec<&Field> {
    let mut fields = Vec::new();
    edition.each_text(&mut |text| fields.extend(text.fields()));
    fields
}

fn unknown_field(field: &Field, attributes: &BTreeSet<&str>, is_list_empty: bool) -> Diagnostic {
    let message = format!("nobody on the list has `{}`", field.name);
    let known: Vec<_> = attributes.iter().copied().collect();
    let help = format!("the list knows: {}", known.join(", "));
    let near = nearest(&field.name, known).map_or_else(String::new, |near| format!("did you mean `{near}`?"));
    // With a fallback, or with nobody on the list yet, every reader gets a whole text all the same.
    if field.fallback.is_some() || is_list_empty {
        Diagnostic::warning("unknown-field", field.place.clone(), message, help).labelled(near)
    } else {
        Diagnostic::error("unknown-field", field.place.clone(), message, help).labelled(near)
    }
}

fn unfilled_field(field: &Field, lacking: usize) -> Diagnostic {
    let (who, verb) = if lacking == 1 { ("1 subscriber".to_owned(), "has") } else { (format!("{lacking} subscribers"), "have") };
    let message = format!("{who} {verb} no `{}`, and this field has no fallback", field.name);
    let help = format!("write what stands there for them: {{{{ {} | … }}}}", field.name);
    Diagnostic::error("unfilled-field", field.place.clone(), message, help)
}
