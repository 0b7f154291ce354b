//! Which way a line runs where a mail program asks the line itself.
//!
//! Plain text has no `dir`. Most programs lay a line out by its first letter (Unicode Standard Annex #9, rule P2), so that an Arabic
//! line that begins with a Latin name, or with nothing but a number, comes out backwards. One invisible mark before such a line,
//! U+200F in editions that run from right to left and U+200E in the others, settles it. Isolates would do the same for a stretch
//! inside a line, but programs that do not know them show boxes; so nothing is put inside a line but [a mark](join) where two
//! foreign words would otherwise swap places. Addresses have no mark next to them: programs would take it for a part of the link.

use crate::compose::slot;
use crate::model::language::Direction;

const LEFT_TO_RIGHT_MARK: char = '\u{200e}';
const RIGHT_TO_LEFT_MARK: char = '\u{200f}';

/// The mark that makes a line run in a direction.
#[must_use]
pub fn mark(direction: Direction) -> char {
    match direction {
        Direction::Ltr => LEFT_TO_RIGHT_MARK,
        Direction::Rtl => RIGHT_TO_LEFT_MARK,
    }
}

/// The direction of the first letter, if there is a letter.
#[must_use]
pub fn first(text: &str) -> Option<Direction> {
    text.chars().find_map(strong)
}

/// The direction of the last letter, if there is a letter.
#[must_use]
pub fn last(text: &str) -> Option<Direction> {
    text.chars().rev().find_map(strong)
}

/// Whether a letter of a direction is in it.
#[must_use]
pub fn has(text: &str, direction: Direction) -> bool {
    text.chars().any(|c| strong(c) == Some(direction))
}

/// Whether a text begins with an address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.split(' ').next().is_some_and(|word| word.contains('@') || word.contains("://"))
}

/// Whether a line of `text`, in an edition of direction `own`, needs a mark to run that way. `is_marked` tells that a list's or a
/// heading's mark stands before it. A paragraph that is wholly in foreign letters is left to run as its letters do.
#[must_use]
pub fn is_mark_needed(own: Direction, line: &str, text: &str, is_marked: bool) -> bool {
    match own {
        Direction::Ltr => first(line) == Some(Direction::Rtl) && (is_marked || has(text, Direction::Ltr)),
        Direction::Rtl => {
            first(line) != Some(Direction::Rtl)
                && line.chars().any(char::is_alphanumeric)
                && !is_address(line)
                && (is_marked || has(text, Direction::Rtl) || !has(text, Direction::Ltr))
        }
    }
}

/// Joins what stands side by side on a line, such as place and date. Between two parts in foreign letters the edition's mark keeps
/// the first part first.
#[must_use]
pub fn join(own: Direction, parts: &[String], separator: &str) -> String {
    let mut line = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let is_foreign = |direction: Option<Direction>| direction.is_some_and(|direction| direction != own);
            line.push_str(separator.trim_end());
            let is_open = slot::is_open(&line) || slot::is_open(part);
            if is_open {
                line.push(slot::MARK);
            } else if is_foreign(last(&line)) && is_foreign(first(part)) {
                line.push(mark(own));
            }
            line.push_str(&separator[separator.trim_end().len()..]);
            line.push_str(part);
            if is_open {
                line.push(slot::END);
            }
        } else {
            line.push_str(part);
        }
    }
    line
}

/// Decides about the marks that [`join`] could not decide about: the text has its values now.
#[must_use]
pub(in crate::compose) fn settled(own: Direction, text: &str) -> String {
    let mut parts = text.split(slot::MARK);
    let mut line = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let (part, after) = rest.split_once(slot::END).unwrap_or((rest, ""));
        let is_foreign = |direction: Option<Direction>| direction.is_some_and(|direction| direction != own);
        if is_foreign(last(&line)) && is_foreign(first(part)) {
            line.push(mark(own));
        }
        line.push_str(part);
        line.push_str(after);
    }
    line
}

/// The direction of a letter: that of its block, which Unicode reserves as a whole (`DerivedBidiClass.txt`, `@missing`). Digits and
/// punctuation have none of their own.
fn strong(c: char) -> Option<Direction> {
    let is_from_right = matches!(c, RIGHT_TO_LEFT_MARK | '\u{61c}')
        || matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
            && c.is_alphabetic();
    if is_from_right {
        Some(Direction::Rtl)
    } else if c == LEFT_TO_RIGHT_MARK || c.is_alphabetic() {
        Some(Direction::Ltr)
    } else {
        None
    }
}
