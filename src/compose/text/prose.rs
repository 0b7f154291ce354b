//! Markdown's tree as plain text.

use super::Letter;
use super::sheet::Sheet;
use crate::model::prose::{Inline, Part, Prose};

/// Paragraphs, lists and the like, each part after a gap.
pub fn prose(letter: &Letter<'_>, prose: &Prose, indent: usize, sheet: &mut Sheet) {
    for part in &prose.parts {
        self::part(letter, part, indent, sheet);
        // A heading belongs to what follows it.
        if !matches!(part, Part::Heading(_)) {
            sheet.gap();
        }
    }
}

fn part(letter: &Letter<'_>, part: &Part, indent: usize, sheet: &mut Sheet) {
    match part {
        Part::Paragraph(words) => {
            let words = inlines(letter, words, sheet);
            if indent == 0 { sheet.paragraph(&words) } else { sheet.hanging(indent, "", &words) }
        }
        Part::Heading(words) => {
            let words = inlines(letter, words, sheet);
            sheet.heading(indent, 3, &words);
        }
        Part::List { first, items } => list(letter, *first, items, indent, sheet),
        // Not with `>`: mail programs take such lines for an earlier mail.
        Part::Quotation(quoted) => prose(letter, quoted, indent + 4, sheet),
        Part::Preformatted(code) => {
            for line in code.lines() {
                sheet.fixed(&format!("{:1$}{line}", "", indent + 2));
            }
        }
        Part::Rule => sheet.rule(indent),
    }
}

/// A list with hanging marks: hyphens, or numbers from `first`. It stands one column in, so that all its lines begin with a space
/// and stay aligned with the one that `format=flowed` adds to such lines, and without.
pub fn list(letter: &Letter<'_>, first: Option<u64>, items: &[Prose], indent: usize, sheet: &mut Sheet) {
    let indent = indent.max(1);
    let last = first.map(|first| first + items.len().saturating_sub(1) as u64);
    for (item, offset) in items.iter().zip(0..) {
        let mark = first.zip(last).map_or_else(|| "- ".to_owned(), |(first, last)| number_mark(letter, first + offset, last));
        let depth = indent + mark.chars().count();
        let (opening, rest) = match item.parts.split_first() {
            Some((Part::Paragraph(words), rest)) => (inlines(letter, words, sheet), rest),
            _ => (String::new(), item.parts.as_slice()),
        };
        sheet.hanging(indent, &mark, &opening);
        for nested in rest {
            let is_list = matches!(nested, Part::List { .. });
            // A list goes with the words above it; whatever else is nested stands apart, from the next item too.
            if !is_list {
                sheet.gap();
            }
            part(letter, nested, depth, sheet);
            if !is_list {
                sheet.gap();
            }
        }
    }
}

/// The mark of a numbered item, as wide as that of the last one.
#[must_use]
pub fn number_mark(letter: &Letter<'_>, number: u64, last: u64) -> String {
    let room = last.to_string().len();
    format!("{:>room$}. ", letter.edition.language.words().number(number))
}

/// Words, with a number behind each link. Stress has no sign of its own here: a screen reader would spell it.
pub fn inlines(letter: &Letter<'_>, words: &[Inline], sheet: &mut Sheet) -> String {
    let mut said = String::new();
    for word in words {
        match word {
            Inline::Text(text) => said.push_str(&letter.fill(text)),
            Inline::Emphasis(inner) | Inline::Strong(inner) => said.push_str(&inlines(letter, inner, sheet)),
            Inline::Link(link, inner) => {
                let words = inlines(letter, inner, sheet);
                said.push_str(&sheet.link(&words, link));
            }
            Inline::Code(code) => said.push_str(code),
            Inline::Break => said.push('\n'),
        }
    }
    said
}
