//! Diagnostics for the browser: where, what, the text itself with the place marked, and what to do.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use maud::{Markup, html};

use super::spot::Spot;
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::source::Place;
use crate::preview::page;

/// The most findings on a page: more say nothing that these do not.
const SHOWN_MAX: usize = 200;
/// The most lines of an excerpt.
const LINES_MAX: usize = 6;
/// The most characters of a line that an excerpt shows before and after what is marked, and of the mark itself.
const BESIDE_MAX: usize = 60;

/// What a place of the files leads to, as far as there is such a thing.
#[derive(Debug, Default)]
pub(in crate::preview) struct Lead {
    /// Where it is shown.
    pub(in crate::preview) spot: Option<Spot>,
    /// What kind of block that is.
    pub(in crate::preview) kind: Option<&'static str>,
    /// The view in which the mail shows it.
    pub(in crate::preview) address: Option<String>,
    /// What opens an editor there.
    pub(in crate::preview) edit: Option<Edit>,
}

/// What opens an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::preview) enum Edit {
    /// An address that the browser hands on to the editor.
    Link(String),
    /// A form that has the server start it.
    Form {
        /// Where the form goes.
        action: String,
        /// The file, by its name in the project.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}

/// What tells where places lead.
pub(in crate::preview) type Leads<'l> = dyn Fn(&Place) -> Lead + 'l;

/// A list of findings, in the order given, each with all that is to be said about it.
pub(in crate::preview) fn list(findings: &[&Diagnostic]) -> Markup {
    led_list(findings, &|_| Lead::default())
}

/// The same, with what they lead to.
pub(in crate::preview) fn led_list(findings: &[&Diagnostic], leads: &Leads<'_>) -> Markup {
    html! {
        ol.findings {
            @for finding in findings.iter().take(SHOWN_MAX) { li { (one(finding, leads)) } }
        }
        (beyond(findings.len()))
    }
}

/// The findings by weight and file, each folded up.
pub(super) fn groups(findings: &[&Diagnostic], leads: &Leads<'_>) -> Markup {
    let shown = &findings[..findings.len().min(SHOWN_MAX)];
    let mut names = Names::default();
    html! {
        @for (severity, title) in [(Severity::Error, "Mistakes"), (Severity::Warning, "Worth a look")] {
            @let of_weight: Vec<_> = shown.iter().filter(|finding| finding.severity == severity).collect();
            @if !of_weight.is_empty() { h3 { (title) } }
            @for group in of_weight.chunk_by(|one, next| one.place.source.name == next.place.source.name) {
                (heading(&group[0].place, group.len(), leads))
                ol.findings.folded { @for finding in group { li { (folded(finding, &names.name(finding), leads)) } } }
            }
        }
        (beyond(findings.len()))
    }
}

fn beyond(count: usize) -> Markup {
    let beyond = count.saturating_sub(SHOWN_MAX);
    html! { @if beyond > 0 { p.quiet { "And " (page::grouped(beyond)) " more." } } }
}

/// Which file the findings below are in.
fn heading(place: &Place, count: usize, leads: &Leads<'_>) -> Markup {
    let name = visible(&place.source.name);
    let edition = leads(place).spot.map(|spot| spot.edition);
    html! {
        h4.file {
            @if let Some(edition) = edition { span lang=(edition) { (edition.words().name) } " " }
            code { (name) }
            span.number { (count) }
        }
    }
}

/// Names for findings that stay the same when lines move, so that what is unfolded stays unfolded.
#[derive(Debug, Default)]
struct Names(BTreeMap<u64, usize>);

impl Names {
    fn name(&mut self, finding: &Diagnostic) -> String {
        let mut hasher = DefaultHasher::new();
        (finding.rule, &finding.place.source.name, &finding.message).hash(&mut hasher);
        let count = self.0.entry(hasher.finish()).or_default();
        *count += 1;
        format!("check-{:x}-{count}", hasher.finish())
    }
}

/// A finding in a line or two, and all the rest behind it.
fn folded(finding: &Diagnostic, name: &str, leads: &Leads<'_>) -> Markup {
    let lead = leads(&finding.place);
    let line = finding.place.position().map(|(line, _)| line);
    html! {
        details.finding .(finding.severity.as_str()) id=(name) {
            summary {
                span.what { (page::sentence(&visible(&finding.message))) }
                span.where {
                    @if let Some(line) = line { "Line " (line) } @else { "The file as a whole" }
                    @if let Some(kind) = lead.kind { ", " (kind) }
                }
            }
            (body(finding, leads))
        }
    }
}

fn one(finding: &Diagnostic, leads: &Leads<'_>) -> Markup {
    let kind = match finding.severity {
        Severity::Error => "Mistake",
        Severity::Warning => "Worth a look",
    };
    html! {
        article.finding .(finding.severity.as_str()) {
            p.where { span.kind { (kind) } " " (place(&finding.place)) }
            h3 { (page::sentence(&visible(&finding.message))) }
            (body(finding, leads))
        }
    }
}

/// The lines with the place marked, what is to be said of it, and what to do.
fn body(finding: &Diagnostic, leads: &Leads<'_>) -> Markup {
    html! {
        (excerpt(&finding.place))
        @if !finding.label.is_empty() { p.label { (page::sentence(&visible(&finding.label))) } }
        p.remedy { (page::sentence(&visible(&finding.help))) }
        (onward(&finding.place, leads))
        @for (related, words) in &finding.related {
            p.where { (page::sentence(&visible(words))) ": " (place(related)) }
            (excerpt(related))
            (onward(related, leads))
        }
    }
}

/// The ways from a finding: to its place in the mail, and to that in the file.
fn onward(at: &Place, leads: &Leads<'_>) -> Markup {
    let Lead { spot, address, edit, .. } = leads(at);
    if address.is_none() && edit.is_none() {
        return html! {};
    }
    let words = match at.position() {
        Some((line, _)) => format!("Edit line {line}"),
        None => "Edit the file".to_owned(),
    };
    html! {
        div.onward-ways {
            @if let Some(address) = address {
                a.shown href=(address) data-block=[spot.map(|spot| spot.block.map_or_else(String::new, |block| block.to_string()))] {
                    "Show in the mail"
                }
            }
            @match edit {
                Some(Edit::Link(address)) => a.edit href=(address) { (words) },
                Some(Edit::Form { action, file, line, column }) => form.edit method="post" action=(action) {
                    input type="hidden" name="file" value=(file);
                    input type="hidden" name="line" value=(line);
                    input type="hidden" name="column" value=(column);
                    button type="submit" { (words) }
                },
                None => {}
            }
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
pub(super) fn visible(text: &str) -> String {
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
