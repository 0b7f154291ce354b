//! A text of one line, with merge fields.

use super::bidi;
use super::document::{Fields, Literal, Mistakes};
use super::mistake;
use super::source::Place;

/// A text in which `{{ first_name | colleague }}` stands for what is known of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The parts, in order.
    pub pieces: Vec<Piece>,
    place: Option<Place>,
}

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The same for everyone.
    Plain(String),
    /// Filled for each reader.
    Field(Field),
}

/// A merge field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The attribute's name: lower-case letters, digits and underscores.
    pub name: String,
    /// What stands there for a reader who has no such attribute.
    pub fallback: Option<String>,
    /// Where it is written.
    pub place: Place,
}

impl Piece {
    fn plain_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Field(_) => None,
        }
    }
}

impl Text {
    /// Reads the merge fields of a literal.
    pub fn read(literal: &Literal<'_>, mistakes: &Mistakes) -> Option<Self> {
        Self::parse(literal.text, |part| literal.place_of(part), mistakes)
    }

    /// Reads the merge fields of `text`; `place_of` tells where in the file an octet range of it stands.
    pub fn parse(text: &str, place_of: impl Fn(std::ops::Range<usize>) -> Place, mistakes: &Mistakes) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut is_sound = true;
        while let Some(open) = text[at..].find("{{").map(|found| at + found) {
            let Some(close) = text[open..].find("}}").map(|found| open + found) else {
                mistakes.add(mistake::bad_field(place_of(open..text.len()), "this merge field is not closed by }} on its line"));
                return None;
            };
            if open > at {
                pieces.push(Piece::Plain(text[at..open].to_owned()));
            }
            let place = place_of(open..close + 2);
            match Field::parse(&text[open + 2..close], place.clone()) {
                Ok(field) => pieces.push(Piece::Field(field)),
                Err(problem) => {
                    mistakes.add(mistake::bad_field(place, problem));
                    is_sound = false;
                }
            }
            at = close + 2;
        }
        if at < text.len() {
            pieces.push(Piece::Plain(text[at..].to_owned()));
        }
        bidi::settle(&mut pieces.iter_mut().filter_map(Piece::plain_mut).collect::<Vec<_>>());
        is_sound.then(|| Self { pieces, place: Some(place_of(0..text.len())) })
    }

    /// The merge fields in it.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(field) => Some(field),
            Piece::Plain(_) => None,
        })
    }

    /// Where it is written, if in a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

impl From<&str> for Text {
    /// A text that is the same for everyone; `{{` has no meaning in it.
    fn from(plain: &str) -> Self {
        Self { pieces: vec![Piece::Plain(plain.to_owned())], place: None }
    }
}

impl Field {
    fn parse(inside: &str, place: Place) -> Result<Self, &'static str> {
        let (name, fallback) = match inside.split_once('|') {
            Some((name, fallback)) => (name.trim(), Some(bidi::settled(fallback.trim()))),
            None => (inside.trim(), None),
        };
        if name.is_empty() {
            return Err("this merge field names no attribute");
        }
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err("the name of an attribute has lower-case letters, digits and underscores only");
        }
        if fallback.as_ref().is_some_and(|text| text.contains("{{")) {
            return Err("a merge field does not stand inside another");
        }
        Ok(Self { name: name.to_owned(), fallback, place })
    }
}

impl Fields<'_> {
    /// A text with merge fields. It is one line to its readers: line breaks in it, which its writer may need, become spaces.
    pub fn text(&self, key: &'static str) -> Option<Text> {
        let literal = self.string(key)?;
        let mut text = self.checked_text(key, &literal, |c| c == '\n')?;
        for piece in &mut text.pieces {
            if let Piece::Plain(plain) = piece {
                *plain = unfold(plain);
            }
        }
        Some(text)
    }

    /// A text with merge fields that goes into a header: it must be one line in the file as well.
    pub fn header_text(&self, key: &'static str) -> Option<Text> {
        let literal = self.string(key)?;
        self.checked_text(key, &literal, |_| false)
    }

    fn checked_text(&self, key: &str, literal: &Literal<'_>, is_allowed: impl Fn(char) -> bool) -> Option<Text> {
        self.check(key, literal, is_allowed)?;
        let trimmed = literal.text.trim();
        let lead = literal.text.len() - literal.text.trim_start().len();
        Text::parse(trimmed, |part| literal.place_of(part.start + lead..part.end + lead), self.mistakes())
    }
}

/// A text whose line breaks, with the spaces around them, have become single spaces.
fn unfold(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut unfolded = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        unfolded.truncate(unfolded.trim_end().len());
        unfolded.push(' ');
        unfolded.push_str(line.trim_start());
    }
    unfolded
}
