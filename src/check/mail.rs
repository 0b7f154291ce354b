//! The composed messages: what a mail server or a mail program would stumble over.

use super::personal::SUBJECT_MAX;
use super::support;
use crate::compose::{Composer, Message, Purpose, Reader};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;

/// Gmail hides what follows about 102 000 octets of HTML behind a link.
const HTML_MAX: usize = 100_000;
/// From here on a text or a picture more may cross that line.
const HTML_WARN: usize = 80_000;
/// The most octets a line may have without its line end (RFC 5322 §2.1.1).
const LINE_MAX: usize = 998;

/// Findings on each edition as everyone and nobody in particular would get it.
#[must_use]
pub fn check(composer: &Composer) -> Vec<Diagnostic> {
    let editions = &composer.issue().editions;
    let of_edition = |edition: &Edition| {
        let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
        let mut findings = edition_findings(edition, &message, composer.publication().message.budget);
        findings.extend(support::check(edition, &message));
        findings
    };
    editions.iter().flat_map(of_edition).collect()
}

fn edition_findings(edition: &Edition, message: &Message, budget: usize) -> Vec<Diagnostic> {
    let place = || edition.place.clone();
    let mut findings = Vec::new();
    let html = message.html.len();
    let kilobytes = |octets: usize| octets.div_ceil(1000);
    if html > HTML_WARN {
        let said = format!("the HTML has {} KB; beyond {} KB Gmail cuts it off", kilobytes(html), kilobytes(HTML_MAX));
        let help = "shorten the texts, and link to the rest";
        findings.push(if html > HTML_MAX {
            Diagnostic::error("html-weight", place(), said, help)
        } else {
            Diagnostic::warning("html-weight", place(), said, help)
        });
    }
    if message.bytes.len() > budget {
        let said = format!(
            "the message has {} KB with its pictures, and its budget is {} KB",
            kilobytes(message.bytes.len()),
            kilobytes(budget)
        );
        let help = "use fewer pictures, host them ([web] pictures = \"hosted\"), or raise budget_kb under [message]";
        findings.push(Diagnostic::error("message-weight", place(), said, help));
    }
    if message.subject.chars().count() > SUBJECT_MAX {
        let said = format!("the subject has {} characters", message.subject.chars().count());
        findings.push(Diagnostic::error(
            "subject-length",
            place(),
            said,
            "an inbox shows the first 50 or so; write one short line",
        ));
    } else if message.bytes.split(|&octet| octet == b'\n').any(|line| line.len() > LINE_MAX + 1) {
        let said = "a header would have a line longer than mail allows";
        findings.push(Diagnostic::error("line-length", place(), said, "break up the longest word of subject or names"));
    }
    findings
}
