//! Diagnostics for the browser: where, what, the text itself with the place marked, and what to do.

use std::ops::Range;

use maud::{Markup, html};

use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::source::Place;
use crate::preview::page;

/// The most findings on a page: more say nothing that these do not.
const SHOWN_MAX: usize = 200;
/// The most lines of an excerpt.
const LINES_MAX: usize = 6;
/// The most characters of a line that an excerpt shows before and after what is marked, and of the mark itself.
const BESIDE_MAX: usize = 60;

/// A list of findings, in the order given.
pub(in crate::preview) fn list(findings: &[&Diagnostic]) -> Markup {
    let beyond = findings.len().saturating_sub(SHOWN_MAX);
    html! {
        ol.findings {
            @for finding in findings.iter().take(SHOWN_MAX) { li { (one(finding)) } }
        }
        @if beyond > 0 { p.quiet { "And " (page::grouped(beyond)) " more." } }
    }
}

fn one(finding: &Diagnostic) -> Markup {
    let kind = match finding.severity {
        Severity::Error => "Mistake",
        Severity::Warning => "Worth a look",
    };
    html! {
        article.finding .(finding.severity.as_str()) {
            p.where { span.kind { (kind) } " " (place(&finding.place)) }
            h3 { (page::sentence(&visible(&finding.message))) }
            (excerpt(&finding.place))
            @if !finding.label.is_empty() { p.label { (page::sentence(&visible(&finding.label))) } }
            @for (related, words) in &finding.related {
                p.where { (page::sentence(&visible(words))) ": " (place(related)) }
                (excerpt(related))
            }
            p.remedy { (page::sentence(&visible(&finding.help))) }
        }
    }
}

/// File, line and column, as editors and terminals write them.
fn place(place: &Place) -> Markup {
    let file = visible(&place.source.name);
    html! {
        code.place {
            @match place.position() {
                Some((line, column)) => { (file) ":" (line) ":" (column) }
                None => (file)
            }
        }
    }
}

/// The lines of a place with the place marked, and the line before for orientation; nothing for a file as a whole.
fn excerpt(place: &Place) -> Markup {
    let Some(span) = place.span.clone() else { return html! {} };
    let text = &place.source.text;
    let first_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let start = text[..first_start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1).min(first_start);
    let number = text[..start].matches('\n').count() + 1;
    let mut offset = start;
    let mut lines = Vec::new();
    for (number, line) in (number..).zip(text[start..].split('\n')) {
        let here = offset..offset + line.len();
        if here.start > first_start && here.start >= span.end || lines.len() > LINES_MAX {
            break;
        }
        offset = here.end + 1;
        let is_context = here.end < first_start;
        if !(is_context && line.trim().is_empty()) {
            lines.push((number, marked(line, &here, &span, is_context)));
        }
    }
    let beyond = lines.len() > LINES_MAX;
    html! {
        pre.excerpt tabindex="0" {
            @for (number, line) in lines.iter().take(LINES_MAX) { span.number { (number) } (line) "\n" }
            @if beyond { span.number { "…" } "\n" }
        }
    }
}

/// A line with the part of it that lies in the span marked; long lines are cut to what lies around.
fn marked(line: &str, here: &Range<usize>, span: &Range<usize>, is_context: bool) -> Markup {
    let tail = |text: &str| {
        let cut = text.char_indices().rev().nth(BESIDE_MAX).map(|(at, c)| at + c.len_utf8());
        cut.map_or_else(|| visible(text), |at| format!("…{}", visible(&text[at..])))
    };
    let head = |text: &str| {
        let cut = text.char_indices().nth(BESIDE_MAX).map(|(at, _)| at);
        cut.map_or_else(|| visible(text), |at| format!("{}…", visible(&text[..at])))
    };
    if is_context {
        return html! { (head(line)) };
    }
    let from = span.start.clamp(here.start, here.end) - here.start;
    let until = span.end.clamp(here.start, here.end) - here.start;
    let within = &line[from..until];
    html! {
        (tail(&line[..from]))
        // A place between two characters, or at the end of a line, is still to be seen.
        mark { @if within.is_empty() { " " } @else { (head(within)) } }
        (head(&line[until..]))
    }
}

/// Text in which no character can hide or turn the line around: controls and directional marks become the replacement character.
fn visible(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control() && c != '\t' || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_hidden(c) { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::source::Source;

    fn shown(text: &str, span: Range<usize>) -> String {
        excerpt(&Place::new(&Source::new("a.toml", text), span)).into_string()
    }

    #[test]
    fn the_excerpt_marks_the_place_and_shows_the_line_before() {
        let html = shown("one = 1\ntwo = 2\nthree = 3\n", 14..15);
        assert!(html.contains("<span class=\"number\">1</span>one = 1\n"), "{html}");
        assert!(html.contains("<span class=\"number\">2</span>two = <mark>2</mark>\n"), "{html}");
        assert!(!html.contains("three"), "{html}");
    }

    #[test]
    fn a_place_at_the_end_of_the_file_is_marked() {
        let html = shown("one = 1\n", 8..8);
        assert!(html.contains("<span class=\"number\">2</span><mark> </mark>"), "{html}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}X{}", "ä".repeat(5000), "ö".repeat(5000));
        let html = shown(&text, 10_000..10_001);
        assert!(html.contains(&format!("…{}<mark>X</mark>{}…", "ä".repeat(BESIDE_MAX), "ö".repeat(BESIDE_MAX))), "{html}");
    }

    #[test]
    fn a_place_of_many_lines_shows_the_first_few() {
        let html = shown(&"line\n".repeat(100), 0..400);
        assert_eq!(html.matches("<mark>").count(), LINES_MAX);
        assert!(html.contains('…'));
    }

    #[test]
    fn no_character_hides() {
        assert_eq!(visible("a\u{202E}b\u{7}c"), "a\u{FFFD}b\u{FFFD}c");
    }
}
