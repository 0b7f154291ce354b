//! A person on the list: what an entry of `subscribers.toml` says.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use super::address::{Address, DisplayName};
use super::bidi;
use super::document::Fields;
use super::language::Language;
use super::mistake;
use super::publication::Vocabulary;
use super::source::Place;

/// A person on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Where mail goes.
    pub address: Address,
    /// The name before the address; may be empty.
    pub name: DisplayName,
    /// The language asked for; the publication's first one where none is.
    pub language: Language,
    /// The groups the person is in, each one of the publication's.
    pub groups: Vec<String>,
    /// What else is known, for merge fields, each with its name; every value is one line.
    pub attributes: Vec<(Arc<str>, Box<str>)>,
    /// Where the entry stands.
    pub place: Place,
}

/// The keys of a subscriber that have a meaning of their own.
const KEYS: [&str; 4] = ["email", "name", "language", "groups"];

/// What tells mailboxes apart, small and of one size, for a list has a million of them: half of the SHA-256 of
/// [what is compared](Address::key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mailbox([u8; 16]);

impl Mailbox {
    pub(crate) fn new(address: &Address) -> Self {
        Self::of_key(&address.key())
    }

    /// The mailbox of what is compared.
    pub(crate) fn of_key(key: &str) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&digest(&SHA256, key.as_bytes()).as_ref()[..16]);
        Self(half)
    }
}

/// An entry of the list that has an address.
pub(super) struct Entry {
    /// The mailbox of the address.
    pub(super) mailbox: Mailbox,
    /// Where the address stands.
    pub(super) span: Range<usize>,
    /// The person; the address alone where the entry has mistakes.
    pub(super) person: Result<Subscriber, Address>,
}

impl Entry {
    /// Reads an entry; `None` without an address. The names of attributes are added to `names`, those in entries with mistakes
    /// included: a merge field that asks for one is not misspelt.
    pub(super) fn read(fields: &Fields<'_>, vocabulary: &Vocabulary, names: &mut BTreeSet<Arc<str>>) -> Option<Self> {
        let mistakes = fields.mistakes();
        let address = fields.need("email", "\"name@example.org\"", Fields::address);
        let name = fields.display_name("name").unwrap_or_default();
        let language = match fields.line("language") {
            Some(literal) => vocabulary.language(&literal, mistakes),
            None => vocabulary.languages.first().copied(),
        };
        let groups = vocabulary.groups(&fields.lines("groups"), mistakes);
        let attributes = read_attributes(fields, names);
        let address = address?;
        let person = match language {
            Some(language) => Ok(Subscriber { address, name, language, groups, attributes, place: fields.place() }),
            None => Err(address),
        };
        let address = person.as_ref().map_or_else(|address| address, |person| &person.address);
        Some(Self { mailbox: Mailbox::new(address), span: fields.span_of_value("email"), person })
    }
}

/// Every other key is an attribute, unless it looks like a slip of the pen in one of ours.
fn read_attributes(fields: &Fields<'_>, names: &mut BTreeSet<Arc<str>>) -> Vec<(Arc<str>, Box<str>)> {
    let mut attributes = Vec::new();
    for key in fields.unread() {
        // To measure how far a word is from ours takes longer than to look it up.
        let known = names.get(key).cloned();
        if known.is_none() && is_slip(key) {
            fields.mistakes().add(mistake::unknown_key(fields.place_of_key(key), key, &KEYS, "a subscriber"));
        } else if known.is_none() && !is_name(key) {
            let (place, message) = (fields.place_of_key(key), format!("`{key}` cannot name an attribute"));
            let help = "use lower-case letters, digits and underscores, as in first_name";
            fields.mistakes().add(mistake::bad_value(place, message, help));
        } else {
            let name = known.unwrap_or_else(|| key.into());
            names.insert(Arc::clone(&name));
            attributes.extend(fields.free(key).map(|literal| (name, bidi::settled(literal.text).into())));
        }
    }
    attributes.shrink_to_fit();
    attributes
}

impl Subscriber {
    /// What a merge field of this name stands for: `name`, `email`, `language` or an attribute.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&str> {
        match field {
            "name" => Some(self.name.as_str()).filter(|name| !name.is_empty()),
            "email" => Some(self.address.as_written()),
            "language" => Some(self.language.tag()),
            other => self.attributes.iter().find(|(name, _)| **name == *other).map(|(_, value)| &**value),
        }
    }
}

/// Whether a word can name an attribute, in `subscribers.toml` as anywhere else: it has lower-case letters, digits and underscores, and is
/// not taken for one of the keys that have a meaning of their own.
#[must_use]
pub fn is_attribute(word: &str) -> bool {
    !word.is_empty() && is_name(word) && !is_slip(word)
}

/// Whether a key can name an attribute.
fn is_name(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a key is one of [`KEYS`], or looks like a slip of the pen in one.
fn is_slip(key: &str) -> bool {
    KEYS.iter().any(|known| strsim::damerau_levenshtein(known, &key.to_lowercase()) <= 1 + known.len() / 6)
}
