//! Lines: where text may be broken, and how wide it is.

use std::ops::Range;

use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::direction;
use crate::model::language::{Direction, Words};

/// A line of a paragraph that was broken into lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says, without the spaces at which it was broken.
    pub text: String,
    /// What comes after it.
    pub end: End,
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// For good.
    Hard,
    /// Where a space stood: the paragraph goes on in the next line.
    Space,
    /// Where nothing stood, as between two Chinese characters: the paragraph goes on in the next line.
    Seam,
}

/// Columns that a text takes, as a reader sees it: by graphemes, so that a family of emoji counts as the one picture it is. Letters
/// that join into one (Bangla's conjuncts, Arabic's lam-alif) count as many, for not every program joins them. Vowel signs that stand
/// beside their letter count too, although Unicode has some of them extend it.
///
/// In Chinese editions, characters of ambiguous width (Unicode Standard Annex #11), such as dashes and curly quotation marks, are wide,
/// as in the fonts of their readers.
#[must_use]
pub fn columns(text: &str, words: &Words) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let width = if words.is_spaced { UnicodeWidthStr::width } else { UnicodeWidthStr::width_cjk };
    let beside = text.chars().filter(|&c| is_vowel_beside(c)).count();
    if words.is_spaced && text.chars().all(stands_alone) {
        return text.chars().filter_map(UnicodeWidthChar::width).sum::<usize>() + beside;
    }
    text.graphemes(true).map(width).sum::<usize>() + beside
}

/// Whether a text takes more than `width` columns.
fn is_wider(text: &str, width: usize, words: &Words) -> bool {
    // No character has more columns than octets in UTF-8: most texts need not be taken apart.
    text.len() > width && columns(text, words) > width
}

/// Whether a character is of the scripts (Latin, Greek, Cyrillic, Armenian; those of India) and the punctuation that take as many
/// columns as their characters do one by one: no emoji, nothing that joins. Most texts are made of these alone, and quickly measured.
fn stands_alone(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{58f}' | '\u{900}'..='\u{dff}' | '\u{2010}'..='\u{2027}') && c != '\u{ad}'
}

/// Whether a vowel sign takes room of its own and yet is a grapheme extender, for which the tables of widths have nothing
/// (`PropList.txt`, `Other_Grapheme_Extend`: those of the scripts of India and Sri Lanka).
fn is_vowel_beside(c: char) -> bool {
    matches!(
        c,
        '\u{9be}'
            | '\u{9d7}'
            | '\u{b3e}'
            | '\u{b57}'
            | '\u{bbe}'
            | '\u{bd7}'
            | '\u{cc2}'
            | '\u{cd5}'
            | '\u{cd6}'
            | '\u{d3e}'
            | '\u{d57}'
    ) && c.width() == Some(0)
}

/// Makes every stretch of spaces and tabs one space, with none at the ends.
#[must_use]
pub fn tidy(text: &str) -> String {
    let words: Vec<_> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Breaks a text into lines of at most `width` columns where Unicode Standard Annex #14 allows it: after spaces, not before closing
/// punctuation even where a space precedes it, and between the characters of scripts that have no spaces. Where spaces stand between
/// words, only a word too wide for a line is broken, and only there; an address, whether found in the text or one of `addresses`, is
/// never broken. What may be broken nowhere stands whole, however wide.
#[must_use]
pub fn wrap(text: &str, width: usize, words: &Words, addresses: &[String]) -> Vec<Line> {
    let text = tidy(text);
    if !is_wider(&text, width, words) {
        return vec![Line { text, end: End::Hard }];
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    for run in runs(&text, width, words, addresses) {
        let is_after_space = run.start > 0 && text.as_bytes()[run.start - 1] == b' ';
        let run_columns = columns(&text[run.clone()], words);
        // Two hyphens and a space are the separator before a signature (RFC 3676 §4.3): no line may become one.
        let fits = used + usize::from(is_after_space) + run_columns <= width || current == "--" && is_after_space;
        if current.is_empty() || fits {
            if is_after_space && !current.is_empty() {
                current.push(' ');
                used += 1;
            }
        } else {
            let end = if is_after_space { End::Space } else { End::Seam };
            lines.push(Line { text: std::mem::take(&mut current), end });
            used = 0;
        }
        current.push_str(&text[run]);
        used += run_columns;
    }
    lines.push(Line { text: current, end: End::Hard });
    lines
}

/// Cuts a tidied text, more than one line long, into stretches that stay on one line each: octet ranges, without the spaces between.
fn runs(text: &str, width: usize, words: &Words, addresses: &[String]) -> Vec<Range<usize>> {
    let allowed: Vec<usize> = linebreaks(text).map(|(at, _)| at).filter(|&at| at < text.len()).collect();
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    let mut start = 0;
    for word in text.split(' ') {
        let end = start + word.len();
        if start > 0 && allowed.binary_search(&start).is_ok() && !is_inside_quotation(&text[..start - 1], word) {
            runs.push(from..start - 1);
            from = start;
        }
        if !words.is_spaced || is_wider(word, width, words) {
            let inside = allowed.partition_point(|&at| at <= start)..allowed.partition_point(|&at| at < end);
            for seam in seams(text, start..end, &allowed[inside], addresses) {
                runs.push(from..seam);
                from = seam;
            }
        }
        start = end + 1;
    }
    runs.push(from..text.len());
    let runs =
        runs.into_iter().flat_map(|run| if is_wider(&text[run.clone()], width, words) { words_of(text, run) } else { vec![run] });
    if direction::has(text, words.direction) { joined(text, runs, width, words) } else { runs.collect() }
}

/// Whether a space stands between a guillemet and the words it encloses, as French has it; Annex #14 takes these signs for either end
/// of a quotation.
fn is_inside_quotation(before: &str, after: &str) -> bool {
    before.ends_with(['«', '‹']) || after.starts_with(['»', '›'])
}

/// The words of a run with spaces at which no line should end, but too many of them.
fn words_of(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let mut start = run.start;
    let next = |word: &str| {
        let from = start;
        start += word.len() + 1;
        from..from + word.len()
    };
    text[run].split(' ').map(next).collect()
}

/// Of the places in a word where a line may end, those beside a wide character, such as a Chinese one, or after a space without width
/// or with the width of one; none within an address. Not those after a hyphen or a slash: a program that flows the lines again would
/// leave a gap there.
fn seams(text: &str, word: Range<usize>, allowed: &[usize], addresses: &[String]) -> Vec<usize> {
    let is_wide = |c: Option<char>| c.is_some_and(|c| c.width() == Some(2) || matches!(c, '\u{200b}' | '\u{3000}'));
    let is_seam = |at: usize| is_wide(text[..at].chars().next_back()) || is_wide(text[at..].chars().next());
    let mut seams: Vec<_> = allowed.iter().copied().filter(|&at| is_seam(at)).collect();
    if !seams.is_empty() {
        let whole = addresses_in(&text[word.clone()], addresses);
        let letters: Vec<_> = text[word.clone()].grapheme_indices(true).map(|(at, _)| at).collect();
        seams.retain(|at| {
            let at = at - word.start;
            letters.binary_search(&at).is_ok() && !whole.iter().any(|whole| whole.start < at && at < whole.end)
        });
    }
    seams
}

/// The addresses in a word, as octet ranges of it: those known, and what looks like one, up to punctuation beyond ASCII.
fn addresses_in(word: &str, known: &[String]) -> Vec<Range<usize>> {
    let find = |address: &String| word.match_indices(address).map(|(at, found)| at..at + found.len()).collect::<Vec<_>>();
    let mut found: Vec<_> = known.iter().flat_map(find).collect();
    let mut start = 0;
    for part in word.split_inclusive(|c: char| !c.is_ascii_graphic() && !c.is_alphanumeric()) {
        if part.contains("://") || part.contains('@') {
            let is_end = |c: char| !c.is_ascii_graphic() && !c.is_alphanumeric();
            found.push(start..start + part.trim_end_matches(is_end).len());
        }
        start += part.len();
    }
    found
}

/// Puts together again what no line should begin with in an edition of mixed direction: the rest of a short foreign phrase, whose
/// parts a program that lays each line out by itself and one that flows them would show in different order, and an address, which
/// cannot have a mark before it.
fn joined(text: &str, runs: impl Iterator<Item = Range<usize>>, width: usize, words: &Words) -> Vec<Range<usize>> {
    let is_foreign = |found: Option<Direction>| found.is_some_and(|found| found != words.direction);
    let is_parted = |before: &str, after: &str| is_foreign(direction::last(before)) && is_foreign(direction::first(after));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for run in runs {
        if let Some(before) = merged.last_mut()
            && let (first, second) = (&text[before.clone()], &text[run.clone()])
            && let room = columns(&text[before.start..run.end], words)
            && (room <= width / 2 && is_parted(first, second)
                || room <= width && is_foreign(direction::first(second)) && direction::is_address(second))
        {
            before.end = run.end;
        } else {
            merged.push(run);
        }
    }
    merged
}
