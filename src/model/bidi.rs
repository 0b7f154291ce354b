//! The invisible characters that turn the direction of text (Unicode Standard Annex #9, §2).
//!
//! A text may hold embeddings and isolates, which a careful writer sets round a foreign phrase, as long as each is closed within the
//! same text: one left open would turn what comes after it, in HTML up to the end of the element and in plain text up to the end of
//! the line. Overrides, which make letters run against their nature and hide what a text says, never stay.

use std::collections::BTreeSet;

/// What opens a stretch, and what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// U+202A, U+202B: closed by U+202C.
    Embedding,
    /// U+202D, U+202E: closed by U+202C; not kept.
    Override,
    /// U+2066 to U+2068: closed by U+2069.
    Isolate,
}

/// Whether a character is one of them. The marks U+200E, U+200F and U+061C are not: they turn nothing but themselves.
#[must_use]
pub fn is_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text without overrides, and without embeddings and isolates that are not closed or not open.
#[must_use]
pub fn settled(text: &str) -> String {
    let mut text = text.to_owned();
    settle(&mut [&mut text]);
    text
}

/// The same for a text in several pieces, in order.
pub fn settle(pieces: &mut [&mut String]) {
    if !pieces.iter().any(|piece| piece.chars().any(is_control)) {
        return;
    }
    let mut open: Vec<(Opened, (usize, usize))> = Vec::new();
    let mut kept = BTreeSet::new();
    for (number, piece) in pieces.iter().enumerate() {
        for (at, c) in piece.char_indices() {
            let here = (number, at);
            match c {
                '\u{202a}' | '\u{202b}' => open.push((Opened::Embedding, here)),
                '\u{202d}' | '\u{202e}' => open.push((Opened::Override, here)),
                '\u{2066}'..='\u{2068}' => open.push((Opened::Isolate, here)),
                // It closes what was opened last, but nothing outside an isolate it stands in (rule X7).
                '\u{202c}' => {
                    if let Some((opened, there)) = open.pop_if(|(opened, _)| *opened != Opened::Isolate)
                        && opened == Opened::Embedding
                    {
                        kept.extend([there, here]);
                    }
                }
                // It closes an isolate, and with it whatever was left open inside (rule X6a).
                '\u{2069}' => {
                    if let Some(index) = open.iter().rposition(|(opened, _)| *opened == Opened::Isolate) {
                        kept.extend([open[index].1, here]);
                        open.truncate(index);
                    }
                }
                _ => {}
            }
        }
    }
    for (number, piece) in pieces.iter_mut().enumerate() {
        let is_staying = |&(at, c): &(usize, char)| !is_control(c) || kept.contains(&(number, at));
        **piece = piece.char_indices().filter(is_staying).map(|(_, c)| c).collect();
    }
}
