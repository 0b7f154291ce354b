//! The people on the list: what `subscribers.toml` says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::address::{Address, DisplayName};
use super::bidi;
use super::document::{Document, Fields, Mistakes};
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
    /// What else is known, for merge fields; every value is one line.
    pub attributes: BTreeMap<String, String>,
    /// Where the entry stands.
    pub place: Place,
}

/// The keys of a subscriber that have a meaning of their own.
const KEYS: [&str; 4] = ["email", "name", "language", "groups"];

impl Subscriber {
    /// Reads the list. Entries with mistakes are left out; an address that comes twice is a mistake, whatever its spelling.
    #[must_use]
    pub fn read_all(document: &Document<'_>, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Vec<Self> {
        document.read("subscribers.toml", mistakes, |fields| {
            let mut first_places: HashMap<String, Place> = HashMap::new();
            let mut subscribers = Vec::new();
            let entries = fields.tables("subscriber", "a subscriber");
            if entries.is_empty() {
                fields.mistakes().add(mistake::empty_list(fields.place()));
            }
            for fields in entries {
                let address = fields.need("email", "\"name@example.org\"", Fields::address);
                let is_first = address.as_ref().is_none_or(|address| {
                    let place = fields.string("email").map_or_else(|| fields.place(), |literal| literal.place());
                    let first = first_places.entry(address.key()).or_insert_with(|| place.clone());
                    if *first != place {
                        fields.mistakes().add(mistake::duplicate_address(place.clone(), address.as_written(), first.clone()));
                    }
                    *first == place
                });
                subscribers.extend(Self::read(&fields, address, vocabulary).filter(|_| is_first));
            }
            subscribers
        })
    }

    fn read(fields: &Fields<'_>, address: Option<Address>, vocabulary: &Vocabulary) -> Option<Self> {
        let mistakes = fields.mistakes();
        let name = fields.display_name("name").unwrap_or_default();
        let language = match fields.line("language") {
            Some(literal) => vocabulary.language(&literal, mistakes),
            None => vocabulary.languages.first().copied(),
        };
        let groups = vocabulary.groups(&fields.lines("groups"), mistakes);
        let attributes = Self::read_attributes(fields);
        Some(Self { address: address?, name, language: language?, groups, attributes, place: fields.place() })
    }

    /// Every other key is an attribute, unless it looks like a slip of the pen in one of ours.
    fn read_attributes(fields: &Fields<'_>) -> BTreeMap<String, String> {
        let mistakes = fields.mistakes();
        let mut attributes = BTreeMap::new();
        for (key, place) in fields.unread() {
            if is_slip(key) {
                mistakes.add(mistake::unknown_key(place, key, &KEYS, "a subscriber"));
            } else if is_name(key) {
                attributes.extend(fields.free(key).map(|literal| (key.to_owned(), bidi::settled(literal.text))));
            } else {
                let message = format!("`{key}` cannot name an attribute");
                mistakes.add(mistake::bad_value(
                    place,
                    message,
                    "use lower-case letters, digits and underscores, as in first_name",
                ));
            }
        }
        attributes
    }

    /// The names of attributes in the list, those in entries with mistakes included: a field that asks for one is not misspelt.
    #[must_use]
    pub fn attribute_names(document: &Document<'_>) -> BTreeSet<String> {
        document.read("subscribers.toml", &Mistakes::default(), |fields| {
            let mut names = BTreeSet::new();
            for (key, _) in fields.tables("subscriber", "a subscriber").iter().flat_map(Fields::keys) {
                if !names.contains(key) && is_name(key) && !is_slip(key) {
                    names.insert(key.to_owned());
                }
            }
            names
        })
    }

    /// What a merge field of this name stands for: `name`, `email`, `language` or an attribute.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&str> {
        match field {
            "name" => Some(self.name.as_str()).filter(|name| !name.is_empty()),
            "email" => Some(self.address.as_written()),
            "language" => Some(self.language.tag()),
            other => self.attributes.get(other).map(String::as_str),
        }
    }
}

/// Whether a key can name an attribute.
fn is_name(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a key is one of [`KEYS`], or looks like a slip of the pen in one.
fn is_slip(key: &str) -> bool {
    KEYS.iter().any(|known| strsim::damerau_levenshtein(known, &key.to_lowercase()) <= 1 + known.len() / 6)
}
