//! Findings in the terminal, as a compiler shows them, and as JSON.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use postrider::model::diagnostic::{Diagnostic, Severity};
use postrider::model::source::Place;

/// The most octets of lines that are shown around a place; what has longer ones was not written by a person.
const EXCERPT_MAX: usize = 20_000;

/// Prints findings as JSON, one object a line.
pub(crate) fn print_json(findings: &[Diagnostic]) {
    for finding in findings {
        anstream::println!("{}", serde_json::to_string(finding).expect("a finding is plain data"));
    }
}

/// Prints findings where a command's own output does not go.
pub(crate) fn print_to_stderr(findings: &[Diagnostic]) {
    for finding in findings {
        anstream::eprintln!("{}\n", text(finding));
    }
}

/// Prints findings as a command's output.
pub(crate) fn print(findings: &[Diagnostic]) {
    for finding in findings {
        anstream::println!("{}\n", text(finding));
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `1 error and 2 warnings`.
pub(crate) fn tally(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "no mistakes".to_owned(),
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    }
}

fn text(finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(finding.message.as_str()).id(finding.rule).elements([] as [Origin<'_>; 0]);
    group = excerpt(group, &finding.place, &finding.label, AnnotationKind::Primary);
    for (place, words) in &finding.related {
        group = excerpt(group, place, words, AnnotationKind::Context);
    }
    let group = group.element(Level::HELP.message(finding.help.as_str()));
    Renderer::styled().render(&[group])
}

/// The lines around a place. Only these are handed on: a list can have a million.
fn excerpt<'a>(group: Group<'a>, place: &'a Place, label: &'a str, kind: AnnotationKind) -> Group<'a> {
    let Some(span) = &place.span else { return group.element(Origin::path(place.source.name.as_str())) };
    let text = &place.source.text;
    let (line, column) = place.source.position(span.start);
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    // A finding about a long text shows its first lines.
    let end = text[start..end].match_indices('\n').nth(4).map_or(end, |(at, _)| start + at);
    if end - start > EXCERPT_MAX {
        return group.element(Origin::path(place.source.name.as_str()).line(line).char_column(column));
    }
    let within = span.start - start..span.end.min(end) - start;
    let annotation = kind.span(within);
    let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
    group.element(Snippet::source(&text[start..end]).path(place.source.name.as_str()).line_start(line).annotation(annotation))
}
