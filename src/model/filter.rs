//! Whom a send is for, as a person writes it: `language = "bn" and "donors" in groups`.
//!
//! A little language of its own, read into a tree of conditions that are asked of each subscriber. Nothing of it reaches a database, and it has
//! no way to say anything but conditions over what the list knows.
//!
//! ```text
//! filter     = condition { ( "and" | "or" ) condition }      "and" binds closer
//! condition  = "not" condition | "(" filter ")" | text [ "not" ] "in" "groups" | field comparison value
//! field      = "email" | "name" | "language" | "domain" | the name of an attribute
//! comparison = "=" | "!=" | "<" | "<=" | ">" | ">="
//! value      = text | number | day                           "BD", 12.5, 2024-01-01
//! ```

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::address::{Address, parse_domain};
use super::diagnostic::Diagnostic;
use super::language::Language;
use super::mistake;
use super::source::{Place, Source};
use super::subscriber::Subscriber;

/// How far conditions may stand inside one another.
const DEPTH_MAX: usize = 50;
/// The most octets of a filter.
const LENGTH_MAX: usize = 10_000;

/// Fields that every subscriber has.
const FIELDS: [&str; 4] = ["email", "name", "language", "domain"];

/// What a filter may name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The languages of the publication.
    pub languages: &'k [Language],
    /// Its groups.
    pub groups: &'k [String],
    /// The names of attributes that somebody on the list has.
    pub attributes: &'k [&'k str],
}

/// A condition over subscribers.
///
/// Every condition is either so or not: of somebody of whom an attribute is not known, `=` and the comparisons are not so, and `!=` is.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Every(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    InGroup(String),
    Address(String),
    Domain(String),
    Language(Language),
    Name(String),
    Attribute(String, Comparison, Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Day(Date),
}

impl Filter {
    /// Reads a filter. `name` is what the text is called in what is said about it, such as `--where`.
    ///
    /// # Errors
    /// What is wrong, with its place in the text, and the nearest known name where one is misspelt.
    pub fn parse(name: &str, text: &str, known: &Known<'_>) -> Result<Self, Box<Diagnostic>> {
        let source = Source::new(name, text);
        if source.text.len() > LENGTH_MAX {
            let message = format!("the filter is longer than {LENGTH_MAX} octets");
            return Err(Box::new(mistake::bad_filter(
                Place::whole(&source),
                message,
                "put people into a group, and ask for the group",
            )));
        }
        let words = split(&source)?;
        let mut reader = Reader { source: &source, words: &words, at: 0, known };
        let condition = reader.filter(0)?;
        match reader.words.get(reader.at) {
            None => Ok(Self { text: source.text.clone(), condition }),
            Some((word, span)) => {
                let help = if matches!(word, Word::Close) { "take it out, or open a parenthesis before it" } else { CONNECT };
                Err(reader.wrong(span.clone(), "the filter is at its end before this".to_owned(), help))
            }
        }
    }

    /// Whether a subscriber is meant.
    #[must_use]
    pub fn admits(&self, subscriber: &Subscriber) -> bool {
        self.condition.admits(subscriber)
    }

    /// The filter as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Who of the list is meant: everyone, unless it is said otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection(Option<Filter>);

impl Selection {
    /// Those whom a filter admits.
    #[must_use]
    pub fn of(filter: Filter) -> Self {
        Self(Some(filter))
    }

    /// Whether a subscriber is meant.
    #[must_use]
    pub fn admits(&self, subscriber: &Subscriber) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.admits(subscriber))
    }

    /// The filter as it was written; `None` where everyone is meant.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.0.as_ref().map(Filter::text)
    }
}

impl Condition {
    fn admits(&self, person: &Subscriber) -> bool {
        match self {
            Self::Every(conditions) => conditions.iter().all(|condition| condition.admits(person)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.admits(person)),
            Self::Not(condition) => !condition.admits(person),
            Self::InGroup(group) => person.groups.contains(group),
            Self::Address(key) => person.address.key() == *key,
            Self::Domain(domain) => person.address.domain() == domain,
            Self::Language(language) => person.language == *language,
            Self::Name(name) => person.name.as_str() == name,
            Self::Attribute(name, comparison, value) => {
                let found = person.attributes.iter().find(|(known, _)| **known == **name).map(|(_, value)| value.trim());
                found
                    .filter(|found| !found.is_empty())
                    .and_then(|found| value.compared(found))
                    .is_some_and(|order| comparison.holds(order))
            }
        }
    }
}

impl Value {
    /// How an attribute stands to the value; `None` where the two cannot be compared.
    fn compared(&self, found: &str) -> Option<Ordering> {
        match self {
            Self::Text(text) if found == text => Some(Ordering::Equal),
            // Texts have no order here but being the same or not: less and more are for numbers and days.
            Self::Text(text) => Some(composed(found).cmp(text)),
            Self::Number(number) => found.parse::<f64>().ok()?.partial_cmp(number),
            Self::Day(day) => Some(read_day(found)?.cmp(day)),
        }
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// The day that a text is, or begins with where a time of day follows.
fn read_day(text: &str) -> Option<Date> {
    let day = text.get(..10)?;
    let is_alone = text[10..].chars().next().is_none_or(|c| c == ' ' || c == 'T');
    is_alone.then(|| day.parse().ok())?
}

const CONNECT: &str = "put `and` or `or` between two conditions";

/// A word of the text.
#[derive(Debug, Clone, PartialEq)]
enum Word {
    /// A field or one of the filter's own words.
    Bare(String),
    Text(String),
    Number(f64),
    Day(Date),
    /// `=` and its kin; `None` is `!=`.
    Comparison(Option<Comparison>),
    Open,
    Close,
}

/// Cuts the text into words, each with its place.
fn split(source: &Arc<Source>) -> Result<Vec<(Word, Range<usize>)>, Box<Diagnostic>> {
    let text = source.text.as_str();
    let wrong =
        |span: Range<usize>, message: String, help: &str| Box::new(mistake::bad_filter(Place::new(source, span), message, help));
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = |is_part: fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, octets) = match c {
            _ if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            '=' => (Word::Comparison(Some(Comparison::Equal)), if rest.starts_with("==") { 2 } else { 1 }),
            '!' if rest.starts_with("!=") => (Word::Comparison(None), 2),
            '<' if rest.starts_with("<>") => (Word::Comparison(None), 2),
            '<' if rest.starts_with("<=") => (Word::Comparison(Some(Comparison::LessOrEqual)), 2),
            '<' => (Word::Comparison(Some(Comparison::Less)), 1),
            '>' if rest.starts_with(">=") => (Word::Comparison(Some(Comparison::GreaterOrEqual)), 2),
            '>' => (Word::Comparison(Some(Comparison::Greater)), 1),
            '"' | '\'' | '“' | '”' | '„' | '«' => {
                let (text, octets) = quoted(rest, c).ok_or_else(|| {
                    wrong(at..text.len(), "this text is not closed".to_owned(), "close it with the quotation mark that opens it")
                })?;
                (Word::Text(text), octets)
            }
            _ if c.is_ascii_digit() || c == '-' || c == '+' => {
                let octets = length(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | ':'));
                let written = &rest[..octets];
                let number = || written.parse::<f64>().ok().filter(|number| number.is_finite()).map(Word::Number);
                let word = (written.len() == 10).then(|| written.parse::<Date>().ok().map(Word::Day)).flatten().or_else(number);
                let message = || format!("`{written}` is neither a number nor a day");
                (
                    word.ok_or_else(|| {
                        wrong(at..at + octets, message(), "write 12, 12.5 or 2024-01-01; a text stands in quotation marks")
                    })?,
                    octets,
                )
            }
            _ if c.is_alphanumeric() || c == '_' => {
                let octets =
                    length(|c| c.is_alphanumeric() || c == '_' || c == '-' || unicode_normalization::char::is_combining_mark(c));
                (Word::Bare(rest[..octets].to_owned()), octets)
            }
            _ => {
                let shown = if super::address::is_forbidden(c) { super::address::describe(c) } else { format!("`{c}`") };
                let help = "a filter has fields, texts in quotation marks, =, !=, <, >, and, or, not, in, and parentheses";
                return Err(wrong(at..at + c.len_utf8(), format!("{shown} has no meaning in a filter"), help));
            }
        };
        words.push((word, at..at + octets));
        at += octets;
    }
    Ok(words)
}

/// A text in quotation marks, with how many octets it takes. A backslash makes the mark that follows part of the text. The marks that word
/// processors put are taken too.
fn quoted(rest: &str, open: char) -> Option<(String, usize)> {
    let closes = |c: char| match open {
        '“' | '”' | '„' => matches!(c, '“' | '”'),
        '«' => c == '»',
        open => c == open,
    };
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            _ if closes(c) => return Some((composed(text.trim()), at + c.len_utf8())),
            '\\' => text.push(characters.next()?.1),
            c => text.push(c),
        }
    }
    None
}

/// Reads conditions, word by word.
struct Reader<'r> {
    source: &'r Arc<Source>,
    words: &'r [(Word, Range<usize>)],
    at: usize,
    known: &'r Known<'r>,
}

impl Reader<'_> {
    fn wrong(&self, span: Range<usize>, message: String, help: impl Into<String>) -> Box<Diagnostic> {
        Box::new(mistake::bad_filter(Place::new(self.source, span), message, help))
    }

    /// The end of the text, where something is missing.
    fn end(&self) -> Range<usize> {
        let end = self.source.text.trim_end().len();
        end..end
    }

    fn is_next(&self, bare: &str) -> bool {
        matches!(self.words.get(self.at), Some((Word::Bare(word), _)) if word.eq_ignore_ascii_case(bare))
    }

    fn take(&mut self, bare: &str) -> bool {
        let is_next = self.is_next(bare);
        self.at += usize::from(is_next);
        is_next
    }

    fn filter(&mut self, depth: usize) -> Result<Condition, Box<Diagnostic>> {
        let mut any = vec![self.every(depth)?];
        while self.take("or") {
            any.push(self.every(depth)?);
        }
        Ok(alone(any).unwrap_or_else(Condition::Any))
    }

    fn every(&mut self, depth: usize) -> Result<Condition, Box<Diagnostic>> {
        let mut every = vec![self.condition(depth)?];
        while self.take("and") {
            every.push(self.condition(depth)?);
        }
        Ok(alone(every).unwrap_or_else(Condition::Every))
    }

    fn condition(&mut self, depth: usize) -> Result<Condition, Box<Diagnostic>> {
        let Some((word, span)) = self.words.get(self.at).cloned() else {
            let message = if self.at == 0 { "the filter is empty" } else { "a condition is missing here" };
            return Err(self.wrong(self.end(), message.to_owned(), EXAMPLE));
        };
        if depth > DEPTH_MAX {
            return Err(self.wrong(
                span,
                format!("conditions stand more than {DEPTH_MAX} deep in one another"),
                "write it with fewer parentheses",
            ));
        }
        self.at += 1;
        match word {
            Word::Open => {
                let condition = self.filter(depth + 1)?;
                if !matches!(self.words.get(self.at), Some((Word::Close, _))) {
                    let (at, help) = match self.words.get(self.at) {
                        Some((_, next)) => (next.clone(), CONNECT),
                        None => (span, "put a ) behind the last condition that belongs inside"),
                    };
                    return Err(self.wrong(at, "a parenthesis is opened and not closed before this".to_owned(), help));
                }
                self.at += 1;
                Ok(condition)
            }
            Word::Bare(word) if word.eq_ignore_ascii_case("not") => Ok(Condition::Not(Box::new(self.condition(depth + 1)?))),
            Word::Bare(word) if ["and", "or", "in"].contains(&word.to_ascii_lowercase().as_str()) => {
                Err(self.wrong(span, format!("a condition is missing before `{word}`"), EXAMPLE))
            }
            Word::Text(group) => self.group(&group, span),
            Word::Bare(field) => self.comparison(&field, span),
            Word::Close | Word::Comparison(_) | Word::Number(_) | Word::Day(_) => {
                Err(self.wrong(span, "a condition begins with a field, or with a group in quotation marks".to_owned(), EXAMPLE))
            }
        }
    }

    /// `"donors" in groups`, whose text is read.
    fn group(&mut self, group: &str, span: Range<usize>) -> Result<Condition, Box<Diagnostic>> {
        let is_not = self.take("not");
        if !(self.take("in") && (self.take("groups") || self.take("group"))) {
            let at = self.words.get(self.at).map_or(span, |(_, next)| next.clone());
            let help = "write \"donors\" in groups; the field stands before the text otherwise, as in country = \"BD\"";
            return Err(self.wrong(
                at,
                "a text at the beginning of a condition is a group, and `in groups` follows it".to_owned(),
                help,
            ));
        }
        if !self.known.groups.iter().any(|known| known == group) {
            let known: Vec<_> = self.known.groups.iter().map(String::as_str).collect();
            return Err(self.unknown(span, "group", group, &known));
        }
        let condition = Condition::InGroup(group.to_owned());
        Ok(if is_not { Condition::Not(Box::new(condition)) } else { condition })
    }

    /// `field = value`, whose field is read.
    fn comparison(&mut self, field: &str, span: Range<usize>) -> Result<Condition, Box<Diagnostic>> {
        let is_attribute = self.known.attributes.contains(&field);
        if !is_attribute && !FIELDS.contains(&field) {
            if field.eq_ignore_ascii_case("groups") || field.eq_ignore_ascii_case("group") {
                return Err(self.wrong(span, "`groups` stands behind the group".to_owned(), "write \"donors\" in groups"));
            }
            let known: Vec<_> = FIELDS.into_iter().chain(self.known.attributes.iter().copied()).collect();
            return Err(self.unknown(span, "field", field, &known));
        }
        let (comparison, at) = match self.words.get(self.at) {
            Some((Word::Comparison(comparison), at)) => (*comparison, at.clone()),
            next => {
                let at = next.map_or_else(|| self.end(), |(_, at)| at.clone());
                return Err(self.wrong(at, format!("`{field}` is to be compared with something here"), EXAMPLE));
            }
        };
        let Some((word, value_at)) = self.words.get(self.at + 1).cloned() else {
            return Err(self.wrong(self.end(), format!("what `{field}` is compared with is missing"), EXAMPLE));
        };
        self.at += 2;
        let value = match word {
            Word::Text(text) => Value::Text(text),
            Word::Number(number) => Value::Number(number),
            Word::Day(day) => Value::Day(day),
            Word::Bare(word) => {
                return Err(self.wrong(
                    value_at,
                    "a text stands in quotation marks".to_owned(),
                    format!("write {field} = \"{word}\""),
                ));
            }
            _ => return Err(self.wrong(value_at, format!("what `{field}` is compared with is missing"), EXAMPLE)),
        };
        let is_ordered = !matches!(comparison, None | Some(Comparison::Equal));
        if is_ordered && matches!(value, Value::Text(_)) {
            let help = "write joined < 2024-01-01 or age >= 18, without quotation marks";
            return Err(self.wrong(value_at, "less and more are asked of numbers and days, not of texts".to_owned(), help));
        }
        let condition = if is_attribute && !FIELDS.contains(&field) {
            Condition::Attribute(field.to_owned(), comparison.unwrap_or(Comparison::Equal), value)
        } else {
            match value {
                Value::Text(text) if !is_ordered => self.own_field(field, &text, value_at)?,
                _ => {
                    return Err(self.wrong(
                        at.start..value_at.end,
                        format!("`{field}` is a text"),
                        format!("write {field} = \"…\""),
                    ));
                }
            }
        };
        Ok(if comparison.is_none() { Condition::Not(Box::new(condition)) } else { condition })
    }

    /// A field that every subscriber has, with what it is to be.
    fn own_field(&self, field: &str, text: &str, at: Range<usize>) -> Result<Condition, Box<Diagnostic>> {
        match field {
            "language" => {
                let found = self.known.languages.iter().find(|language| language.tag() == text);
                found.map(|language| Condition::Language(*language)).ok_or_else(|| {
                    let known: Vec<_> = self.known.languages.iter().map(|language| language.tag()).collect();
                    self.unknown(at, "language", text, &known)
                })
            }
            "domain" => match parse_domain(text) {
                Ok(domain) => Ok(Condition::Domain(domain.into_owned())),
                Err(_) => Err(self.wrong(at, format!("`{text}` is not the name of a domain"), "write domain = \"example.org\"")),
            },
            "email" => match Address::parse(text) {
                Ok(address) => Ok(Condition::Address(address.key())),
                Err(error) => Err(self.wrong(at, error.to_string(), "write email = \"name@example.org\"")),
            },
            _ => Ok(Condition::Name(text.to_owned())),
        }
    }

    fn unknown(&self, span: Range<usize>, noun: &str, word: &str, known: &[&str]) -> Box<Diagnostic> {
        Box::new(mistake::unknown_in_filter(Place::new(self.source, span), noun, word, known))
    }
}

const EXAMPLE: &str = "write a condition such as language = \"bn\" or \"donors\" in groups";

/// The only one of several conditions; all of them where there are more.
fn alone(mut conditions: Vec<Condition>) -> Result<Condition, Vec<Condition>> {
    if conditions.len() == 1 { conditions.pop().ok_or(conditions) } else { Err(conditions) }
}
