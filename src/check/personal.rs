//! Merge fields against the list: what nobody has, and what somebody lacks where no fallback stands in.

use std::collections::{BTreeMap, BTreeSet};

use crate::compose::Reader;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::list::List;
use crate::model::mistake::{self, nearest};
use crate::model::publication::Vocabulary;
use crate::model::source::Place;
use crate::model::subscriber::Subscriber;
use crate::model::text::Field;

/// The most characters a subject can have before it no longer is one.
pub const SUBJECT_MAX: usize = 250;

/// Findings for every merge field of every edition that somebody would see unfilled, and for everyone whose subject it makes too long. The list is
/// gone through once.
#[must_use]
pub fn check(issue: &Issue, vocabulary: &Vocabulary, subscribers: &List, attributes: &BTreeSet<String>) -> Vec<Diagnostic> {
    let attributes: BTreeSet<&str> = attributes.iter().map(String::as_str).chain(["name", "email", "language"]).collect();
    // On an empty list nobody lacks anything.
    if subscribers.is_empty() {
        return Vec::new();
    }
    let mut edition_of: BTreeMap<Language, usize> = BTreeMap::new();
    let mut asked: Vec<Asked<'_>> = issue.editions.iter().map(Asked::of).collect();
    let read = subscribers.each(|reader| {
        let edition = *edition_of.entry(reader.language).or_insert_with(|| {
            let edition = issue.edition(&vocabulary.chain(reader.language));
            issue.editions.iter().position(|known| std::ptr::eq(known, edition)).unwrap_or_default()
        });
        if let Some(asked) = asked.get_mut(edition) {
            asked.ask(reader);
        }
    });
    let mut findings: Vec<_> = asked.into_iter().flat_map(|asked| asked.findings(&attributes)).collect();
    // What a file has is shown in that file; for the database it is one sentence.
    findings.extend(read.err().map(|error| mistake::unreadable_list(Place::file(DATABASE), &error.to_string())));
    findings
}

/// What a list in the database is called where the name of its file would stand.
const DATABASE: &str = "the database";

/// An edition's fields, and what its readers have of them.
struct Asked<'i> {
    edition: &'i Edition,
    /// Each with how many lack it.
    fields: Vec<(&'i Field, usize)>,
    /// Whether the subject is as long for nobody in particular, or the same for everyone.
    is_subject_fixed: bool,
    long_subjects: Vec<Diagnostic>,
}

impl<'i> Asked<'i> {
    fn of(edition: &'i Edition) -> Self {
        let is_fixed = Reader::Anyone(edition.language).fill(&edition.subject).chars().count() > SUBJECT_MAX
            || edition.subject.fields().next().is_none();
        let fields = fields(edition).into_iter().map(|field| (field, 0)).collect();
        Self { edition, fields, is_subject_fixed: is_fixed, long_subjects: Vec::new() }
    }

    fn ask(&mut self, reader: &Subscriber) {
        for (field, lacking) in &mut self.fields {
            *lacking += usize::from(reader.value(&field.name).is_none());
        }
        if !self.is_subject_fixed {
            self.long_subjects.extend(long_subject(self.edition, reader));
        }
    }

    fn findings(self, attributes: &BTreeSet<&str>) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (field, lacking) in self.fields {
            if !attributes.contains(field.name.as_str()) {
                findings.push(unknown_field(field, attributes));
            } else if field.fallback.is_none() && lacking > 0 {
                findings.push(unfilled_field(field, lacking));
            }
        }
        findings.extend(self.long_subjects);
        findings
    }
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
    let own = Reader::Subscriber(reader).fill(&edition.subject).chars().count();
    if own <= SUBJECT_MAX {
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
