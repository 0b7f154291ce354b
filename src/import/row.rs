//! The cells of a row, or what stands for them in other formats, to an entry or to what is wrong with it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::address::{self, Address, AddressError, DisplayName, describe};
use crate::model::language::Language;
use crate::model::publication::Vocabulary;
use crate::model::{bidi, subscriber};

use super::column::{FIRST_NAME, LAST_NAME, Meaning};
use super::entry::Entry;
use super::refusal::{Notice, Reason, excerpt, is_invisible};
use super::state::{State, bare};

/// The most characters of a name. No mail program shows as many.
const NAME_MAX: usize = 300;
/// The most characters of a value: an attribute is a merge field, not a text.
const VALUE_MAX: usize = 5_000;

/// Mailboxes that are for the mail itself: complaints come from there.
const DUTIES: [&str; 2] = ["postmaster", "abuse"];
/// Mailboxes that several people read (RFC 2142, and the usual ones beyond it).
const ROLES: [&str; 32] = [
    "admin",
    "administrator",
    "billing",
    "contact",
    "enquiries",
    "finance",
    "ftp",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "inquiries",
    "jobs",
    "legal",
    "mail",
    "marketing",
    "news",
    "noc",
    "noreply",
    "no-reply",
    "office",
    "press",
    "root",
    "sales",
    "security",
    "support",
    "team",
    "usenet",
    "webmaster",
    "www",
    "mailer-daemon",
];

/// Names of languages beside those they have in themselves.
const LANGUAGES: [(&str, &[&str]); 7] = [
    ("ar", &["arabic", "arabisch", "arabe", "árabe"]),
    ("bn", &["bengali", "bangla", "bengalisch"]),
    ("en", &["english", "englisch", "anglais", "inglés"]),
    ("es", &["spanish", "spanisch", "espagnol", "castellano"]),
    ("fr", &["french", "französisch", "francés"]),
    ("ru", &["russian", "russisch", "russe", "ruso"]),
    ("zh", &["chinese", "chinesisch", "chinois", "chino"]),
];

/// What rows are held against.
pub(super) struct Terms<'v> {
    vocabulary: &'v Vocabulary,
    /// The groups of the vocabulary, each once in memory however many people are in it.
    groups: Vec<(Arc<str>, String)>,
    first_name: Arc<str>,
    last_name: Arc<str>,
    /// The state of those of whom the file says nothing; others are never less restricted.
    state: Option<State>,
}

impl<'v> Terms<'v> {
    pub(super) fn new(vocabulary: &'v Vocabulary, state: Option<State>) -> Self {
        let groups = vocabulary.groups.iter().map(|group| (group.as_str().into(), bare(group))).collect();
        Self { vocabulary, groups, first_name: FIRST_NAME.into(), last_name: LAST_NAME.into(), state }
    }

    fn group(&self, written: &str) -> Option<&Arc<str>> {
        let exact = self.groups.iter().find(|(group, _)| **group == *written);
        let word = || bare(written);
        let found = exact.or_else(|| {
            let word = word();
            self.groups.iter().find(|(_, known)| *known == word && !word.is_empty())
        });
        found.map(|(group, _)| group)
    }

    fn language(&self, written: &str) -> Option<Language> {
        let tag = written.split(['-', '_']).next().unwrap_or_default().trim().to_lowercase();
        let by_name = || {
            let word = bare(written);
            let by_itself = Language::tags()
                .into_iter()
                .find(|tag| Language::from_tag(tag).is_some_and(|known| bare(known.words().name) == word));
            by_itself.or_else(|| LANGUAGES.iter().find(|(_, names)| names.contains(&word.as_str())).map(|(tag, _)| *tag))
        };
        let language = Language::from_tag(&tag).or_else(|| Language::from_tag(by_name()?))?;
        self.vocabulary.languages.contains(&language).then_some(language)
    }
}

/// What a row says, cell by cell. The first refusal stays; the other cells are read past.
pub(super) struct Draft<'t> {
    terms: &'t Terms<'t>,
    address: Option<Address>,
    name: Option<DisplayName>,
    /// Whether there is a place for the name, though nothing may stand in it: then it is not made of its parts.
    is_name_told: bool,
    /// The name beside the address, `Name <address>`.
    beside: Option<DisplayName>,
    language: Option<Language>,
    groups: Vec<Arc<str>>,
    attributes: Vec<(Arc<str>, Box<str>)>,
    state: Option<State>,
    refused: Option<Reason>,
    notices: Vec<Notice>,
}

impl<'t> Draft<'t> {
    pub(super) fn new(terms: &'t Terms<'t>) -> Self {
        Self {
            terms,
            address: None,
            name: None,
            is_name_told: false,
            beside: None,
            language: None,
            groups: Vec::new(),
            attributes: Vec::new(),
            state: None,
            refused: None,
            notices: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, reason: Reason) {
        self.refused.get_or_insert(reason);
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// Takes a cell; `column` is what its column is called.
    pub(super) fn put(&mut self, meaning: &Meaning, column: &str, cell: &str) {
        self.is_name_told |= *meaning == Meaning::Name;
        let cell = cell.trim();
        if cell.is_empty() {
            return;
        }
        if cell.contains('\u{FFFD}') && !matches!(meaning, Meaning::Bookkeeping | Meaning::Unnamed | Meaning::Blank) {
            return self.refuse(Reason::Undecodable { column: column.to_owned() });
        }
        match meaning {
            Meaning::Address => self.put_address(cell),
            Meaning::SecondAddress => self.notice(Notice::SecondAddress),
            Meaning::Name => self.put_name(cell),
            Meaning::Language => self.put_language(cell),
            Meaning::Groups => self.put_groups(cell),
            Meaning::Status => match State::from_word(cell) {
                Some(state) => self.put_state(state),
                None => self.refuse(Reason::Status(excerpt(cell))),
            },
            Meaning::Attributes => match serde_json::from_str(cell) {
                Ok(object) => self.put_object(&object),
                Err(_) => self.refuse(Reason::Attributes),
            },
            Meaning::Attribute(name) => self.put_attribute(name, column, cell),
            Meaning::Day(name) => self.put_attribute(name, column, day(cell).unwrap_or(cell)),
            Meaning::Flag(yes, no) => match truth(cell) {
                Some(true) => self.put_state(*yes),
                Some(false) => self.put_state(*no),
                None => match State::from_word(cell) {
                    Some(state) => self.put_state(state),
                    None => self.refuse(Reason::Status(excerpt(cell))),
                },
            },
            Meaning::Mark(ground) => self.put_state(State::Left(*ground)),
            // What is left out of every row is told once, of the column.
            Meaning::Bookkeeping | Meaning::Unnamed | Meaning::Blank => {}
        }
    }

    fn put_address(&mut self, cell: &str) {
        let (name, written) = apart(trim(cell));
        match read_address(written) {
            Ok(address) if self.address.is_none() => {
                match judge(&address) {
                    Ok(notice) => self.notices.extend(notice),
                    Err(reason) => return self.refuse(reason),
                }
                self.address = Some(address);
                if !name.is_empty() {
                    match read_name(name) {
                        Ok(name) => self.beside = Some(name),
                        Err(reason) => self.refuse(reason),
                    }
                }
            }
            Ok(_) => self.notice(Notice::SecondAddress),
            Err(reason) => self.refuse(reason),
        }
    }

    pub(super) fn put_name(&mut self, cell: &str) {
        match read_name(cell) {
            Ok(name) => {
                self.name.get_or_insert(name);
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn put_language(&mut self, cell: &str) {
        match self.terms.language(cell) {
            Some(language) => {
                self.language.get_or_insert(language);
            }
            None => self.notice(Notice::UnknownLanguage(excerpt(cell))),
        }
    }

    fn put_groups(&mut self, cell: &str) {
        // A group may have the separator in its name.
        if let Some(group) = self.terms.group(cell) {
            return self.put_known_group(&Arc::clone(group));
        }
        if let Ok(serde_json::Value::Array(items)) = serde_json::from_str(cell) {
            return self.put_group_list(&items);
        }
        for written in split(cell) {
            self.put_group(&written);
        }
    }

    fn put_group_list(&mut self, items: &[serde_json::Value]) {
        for item in items.iter().filter_map(|item| item.as_str()) {
            self.put_group(item.trim());
        }
    }

    pub(super) fn put_group(&mut self, written: &str) {
        if written.is_empty() {
            return;
        }
        match self.terms.group(written) {
            Some(group) => self.put_known_group(&Arc::clone(group)),
            None => self.notice(Notice::UnknownGroup(excerpt(written))),
        }
    }

    fn put_known_group(&mut self, group: &Arc<str>) {
        if !self.groups.contains(group) {
            self.groups.push(Arc::clone(group));
        }
    }

    /// Of two states that are said of one person, the one that restricts more holds.
    fn put_state(&mut self, state: State) {
        self.state = self.state.max(Some(state));
    }

    fn put_attribute(&mut self, name: &Arc<str>, column: &str, cell: &str) {
        if self.attributes.iter().any(|(known, _)| known == name) {
            return;
        }
        match read_value(cell) {
            Ok(value) if value.is_empty() => {}
            Ok(value) if value.chars().nth(VALUE_MAX).is_some() => {
                self.refuse(Reason::TooLong { column: column.to_owned(), most: VALUE_MAX });
            }
            Ok(value) => self.attributes.push((Arc::clone(name), value.into())),
            Err(found) => self.refuse(Reason::Value { column: excerpt(column), found }),
        }
    }

    /// Takes attributes as an object has them: single values, and nothing inside them.
    pub(super) fn put_object(&mut self, object: &serde_json::Map<String, serde_json::Value>) {
        for (key, value) in object {
            let meaning = if subscriber::is_attribute(key) { Meaning::Attribute(key.as_str().into()) } else { Meaning::of(key) };
            match meaning {
                Meaning::Attribute(name) => self.put_value(&name, key, value),
                _ => self.notice(Notice::UnnamedColumn(excerpt(key))),
            }
        }
    }

    /// Takes an attribute that is a JSON value.
    fn put_value(&mut self, name: &Arc<str>, key: &str, value: &serde_json::Value) {
        match scalar(value) {
            Some(text) if text.contains('\u{FFFD}') => self.refuse(Reason::Undecodable { column: key.to_owned() }),
            Some(text) => self.put_attribute(name, key, text.trim()),
            None => self.notice(Notice::Nested(excerpt(key))),
        }
    }

    /// Takes a member of a JSON object as a cell.
    pub(super) fn put_member(&mut self, key: &str, value: &serde_json::Value) {
        use serde_json::Value;
        let meaning = Meaning::of(key);
        match (&meaning, value) {
            (_, Value::Null) => {}
            (Meaning::Attributes, Value::Object(object)) => self.put_object(object),
            (Meaning::Groups, Value::Array(items)) => self.put_group_list(items),
            (Meaning::Bookkeeping | Meaning::Blank, _) => self.notice(Notice::Bookkeeping(excerpt(key))),
            (Meaning::Unnamed, _) => self.notice(Notice::UnnamedColumn(excerpt(key))),
            _ => match scalar(value) {
                Some(text) => self.put(&meaning, key, &text),
                None => self.notice(Notice::Nested(excerpt(key))),
            },
        }
    }

    /// The entry, with what is to be noticed about it.
    pub(super) fn finish(self, line: usize) -> Result<(Entry, Vec<Notice>), Reason> {
        if let Some(reason) = self.refused {
            return Err(reason);
        }
        let address = self.address.ok_or(Reason::NoAddress)?;
        let name = match self.name.or(self.beside) {
            Some(name) => name,
            None if self.is_name_told => DisplayName::default(),
            None => Self::whole_name(self.terms, &self.attributes)?,
        };
        let state = self.state.or(self.terms.state).unwrap_or_default().max(self.terms.state.unwrap_or_default());
        let entry =
            Entry { address, name, language: self.language, groups: self.groups, attributes: self.attributes, state, line };
        Ok((entry, self.notices))
    }

    /// A whole name of its parts.
    fn whole_name(terms: &Terms<'_>, attributes: &[(Arc<str>, Box<str>)]) -> Result<DisplayName, Reason> {
        let part = |wanted: &Arc<str>| attributes.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value);
        read_name(format!("{} {}", part(&terms.first_name), part(&terms.last_name)).trim())
    }
}

/// Whether an address is a reader's: one of an office is worth a notice, one for the mail itself is refused.
pub(super) fn judge(address: &Address) -> Result<Option<Notice>, Reason> {
    let local = address.local_part().to_lowercase();
    match () {
        () if DUTIES.contains(&local.as_str()) => Err(Reason::Duty(local)),
        () if ROLES.contains(&local.as_str()) => Ok(Some(Notice::Role(local))),
        () => Ok(None),
    }
}

/// A text without white space, byte order marks and the like around it.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}'))
}

/// Takes `Name <address>` apart.
fn apart(cell: &str) -> (&str, &str) {
    let Some(inside) = cell.strip_suffix('>') else { return ("", cell) };
    let Some((name, written)) = inside.rsplit_once('<') else { return ("", cell) };
    (unquoted(trim(name)), trim(written))
}

fn unquoted(text: &str) -> &str {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.or_else(|| text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))).map_or(text, str::trim)
}

/// Whether a cell holds an address, with or without a name beside it.
pub(super) fn is_address(cell: &str) -> bool {
    cell.contains('@') && read_address(apart(trim(cell)).1).is_ok()
}

fn read_address(written: &str) -> Result<Address, Reason> {
    let written = unquoted(written);
    let written = written.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:")).map_or(written, |_| trim(&written[7..]));
    if let Some(c) = written.chars().find(|&c| is_invisible(c)) {
        return Err(Reason::Invisible(c));
    }
    Address::parse(written).map_err(|error| {
        let parts = written.split([',', ';', ' ', '/', '\n']).filter(|part| part.contains('@')).count();
        let is_list = parts > 1
            && matches!(
                error,
                AddressError::At | AddressError::Forbidden(_) | AddressError::LocalPart(_) | AddressError::Domain(_)
            );
        if is_list { Reason::SeveralAddresses } else { Reason::Address(error) }
    })
}

fn read_name(written: &str) -> Result<DisplayName, Reason> {
    if written.chars().nth(NAME_MAX).is_some() {
        return Err(Reason::TooLong { column: "name".to_owned(), most: NAME_MAX });
    }
    DisplayName::parse(written).map_err(Reason::Name)
}

/// A value of one line: breaks and tabs, which spreadsheets have in their cells, become spaces; other controls are described.
fn read_value(cell: &str) -> Result<String, String> {
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}');
    let line = if cell.contains(is_break) {
        Cow::Owned(cell.split(is_break).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(cell)
    };
    match line.chars().find(|&c| address::is_forbidden(c)) {
        Some(c) => Err(describe(c)),
        None => Ok(bidi::settled(&line).trim().to_owned()),
    }
}

/// A single value of JSON as a text; `None` for lists and objects with something in them.
fn scalar(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(items) if items.is_empty() => Some(String::new()),
        Value::Object(members) if members.is_empty() => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The day of a moment that begins with it: `2024-03-01 10:15:00`.
fn day(cell: &str) -> Option<&str> {
    let day = cell.get(..10)?;
    let is_alone = cell[10..].chars().next().is_none_or(|c| c == ' ' || c == 'T');
    (is_alone && day.parse::<jiff::civil::Date>().is_ok()).then_some(day)
}

/// Yes or no, as programs and people write it.
fn truth(cell: &str) -> Option<bool> {
    const YES: [&str; 17] =
        ["yes", "y", "true", "t", "1", "on", "x", "ja", "sí", "si", "oui", "да", "হ্যাঁ", "نعم", "是", "sim", "✓"];
    const NO: [&str; 15] = ["no", "n", "false", "f", "0", "off", "nein", "non", "нет", "না", "لا", "否", "não", "never", "✗"];
    let word = cell.to_lowercase();
    match () {
        () if YES.contains(&word.as_str()) => Some(true),
        () if NO.contains(&word.as_str()) => Some(false),
        () => day(cell).map(|_| true),
    }
}

/// The items of a cell that holds several, each perhaps in quotation marks: `members; "board, old"`.
fn split(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        let item = items.last_mut().expect("there is one from the start");
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                item.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if item.trim().is_empty() => {
                item.clear();
                is_quoted = true;
            }
            ',' | ';' | '|' | '\n' if !is_quoted => items.push(String::new()),
            c => item.push(c),
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}
