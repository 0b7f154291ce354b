//! The signs that stand in a template where a reader's values will: noncharacters, which no file can hold.

use std::cell::RefCell;

use super::{Reader, leave};
use crate::model::text::{Field, Piece, Text};

const OPEN: char = '\u{fdd0}';
const ZERO: u32 = 0xfdd1;
const CLOSE: char = '\u{fddb}';
/// Where a mark of direction may have to stand, which the values decide.
pub(super) const MARK: char = '\u{fddc}';
/// The end of the part that decides about the mark before it.
pub(super) const END: char = '\u{fddd}';

/// What becomes of merge fields while a template is made.
#[derive(Debug)]
pub(super) struct Slots<'a> {
    /// Who reads.
    reader: &'a Reader<'a>,
    /// Whether the reader's values stand in the template itself.
    is_settled: bool,
    /// Fields that stand for nothing.
    blank: Vec<Field>,
    /// Those met so far; the number of a sign is the place of its field.
    fields: RefCell<Vec<Field>>,
}

impl<'a> Slots<'a> {
    /// Signs for all fields but those that are blank.
    pub(super) fn open(reader: &'a Reader<'a>, blank: Vec<Field>) -> Self {
        Self { reader, is_settled: false, blank, fields: RefCell::default() }
    }

    /// No sign at all: for values on which the shape of a message depends.
    pub(super) fn settled(reader: &'a Reader<'a>) -> Self {
        Self { reader, is_settled: true, blank: Vec::new(), fields: RefCell::default() }
    }

    /// The fields that have a sign.
    pub(super) fn into_fields(self) -> Vec<Field> {
        self.fields.into_inner()
    }

    /// A text with signs for its fields.
    pub(super) fn fill(&self, text: &Text) -> String {
        if self.is_settled {
            return self.reader.fill(text);
        }
        let mut filled = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Plain(plain) => filled.push_str(plain),
                Piece::Field(field) if self.blank.iter().any(|blank| is_same(blank, field)) => {}
                Piece::Field(field) => self.push_sign(field, &mut filled),
            }
        }
        filled
    }

    /// The sign for the reader's own link, or the link where no signs are made.
    pub(super) fn own_link(&self, link: &str) -> String {
        if self.is_settled {
            return link.to_owned();
        }
        let mut sign = String::new();
        self.push_sign(&leave::field(), &mut sign);
        sign
    }

    fn push_sign(&self, field: &Field, into: &mut String) {
        let mut fields = self.fields.borrow_mut();
        let index = fields.iter().position(|known| is_same(known, field)).unwrap_or_else(|| {
            fields.push(field.clone());
            fields.len() - 1
        });
        into.push(OPEN);
        into.extend(index.to_string().chars().filter_map(|digit| char::from_u32(ZERO + digit.to_digit(10)?)));
        into.push(CLOSE);
    }
}

/// Whether two fields have the same value for everyone.
fn is_same(one: &Field, other: &Field) -> bool {
    one.name == other.name && one.fallback == other.fallback
}

/// Whether a text has a sign in it.
pub(super) fn is_open(text: &str) -> bool {
    !text.is_ascii() && text.contains([OPEN, MARK])
}

/// A text taken apart at its signs: what stands before each, and the number of its field; then the rest.
pub(super) fn split(text: &str) -> (Vec<(&str, usize)>, &str) {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN)
        && let Some((number, after)) = after.split_once(CLOSE)
    {
        let digit = |index, c| index * 10 + (u32::from(c) - ZERO) as usize;
        parts.push((before, number.chars().fold(0, digit)));
        rest = after;
    }
    (parts, rest)
}

/// Octets of the sign with a number.
pub(super) fn width(number: usize) -> usize {
    OPEN.len_utf8() * (2 + number.to_string().len())
}

/// A text with its signs replaced by values.
pub(super) fn fill(text: &str, values: &[String]) -> String {
    let (parts, rest) = split(text);
    let mut filled = String::with_capacity(text.len() + 16 * parts.len());
    for (before, number) in parts {
        filled.push_str(before);
        filled.push_str(&values[number]);
    }
    filled.push_str(rest);
    filled
}
