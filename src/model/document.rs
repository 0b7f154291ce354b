//! TOML read field by field, every mistake collected and shown at its place.
//!
//! serde's derive stops at the first mistake; people want all of them at once. So a file becomes a [`Document`] with spans, and the rooms'
//! readers take it apart with [`Fields`]: what is missing, misspelt or of the wrong kind lands in [`Mistakes`], and the reading goes on.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::address::{Address, describe, is_forbidden};
use super::diagnostic::Diagnostic;
use super::mistake;
use super::source::{Place, Source};

/// Where the mistakes of a reading are collected.
#[derive(Debug, Default)]
pub struct Mistakes(RefCell<Vec<Diagnostic>>);

impl Mistakes {
    /// Adds one.
    pub fn add(&self, finding: Diagnostic) {
        self.0.borrow_mut().push(finding);
    }

    /// All of them, in the order in which they were met.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// A file as TOML with spans.
#[derive(Debug)]
pub struct Document<'s> {
    source: &'s Arc<Source>,
    table: Spanned<DeTable<'s>>,
    syntax: Vec<Diagnostic>,
}

impl<'s> Document<'s> {
    /// Reads a file's text; whatever is not TOML is remembered, and the rest read as far as it goes.
    #[must_use]
    pub fn parse(source: &'s Arc<Source>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let mut syntax: Vec<Diagnostic> = Vec::new();
        for error in errors {
            let place = Place::new(source, error.span().unwrap_or(0..0));
            // One slip makes several errors in its wake; the first of a line is the one to mend.
            let line = place.position().map(|(line, _)| line);
            if !syntax.iter().any(|earlier| earlier.place.position().map(|(line, _)| line) == line) {
                syntax.push(mistake::syntax(place, error.message()));
            }
        }
        Self { source, table, syntax }
    }

    /// Reads the file's fields with `read`, whose mistakes go to `mistakes` with those of the syntax.
    ///
    /// After a slip of syntax a key may seem missing that is only unreadable: such consequences are left out.
    pub fn read<T>(&self, owner: &str, mistakes: &Mistakes, read: impl FnOnce(&Fields<'_>) -> T) -> T {
        let own = Mistakes::default();
        let fields = Fields::new(self.source, &own, self.table.get_ref(), 0..0, owner);
        let value = read(&fields);
        fields.finish();
        let broken: Vec<_> = self.syntax.iter().filter_map(|finding| finding.place.position()).map(|(line, _)| line).collect();
        for finding in own.into_vec() {
            let is_consequence = !broken.is_empty()
                && (finding.rule == "missing-key"
                    || finding.place.position().is_none_or(|(line, _)| broken.iter().any(|near| near.abs_diff(line) <= 1)));
            if !is_consequence {
                mistakes.add(finding);
            }
        }
        for finding in &self.syntax {
            mistakes.add(finding.clone());
        }
        value
    }
}

/// A string as it stands in a file: what it says, and where.
#[derive(Debug, Clone)]
pub struct Literal<'a> {
    /// What it says, escapes resolved.
    pub text: &'a str,
    /// The file.
    pub source: &'a Arc<Source>,
    /// From quote to quote.
    pub span: Range<usize>,
}

impl Literal<'_> {
    /// The whole literal's place, quotes included.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(self.source, self.span.clone())
    }

    /// The place in the file of some octets of [`text`](Self::text), escapes and line continuations reckoned in.
    #[must_use]
    pub fn place_of(&self, part: Range<usize>) -> Place {
        let offset_of = |wanted: usize| self.source_offset(wanted).unwrap_or(self.span.start);
        Place::new(self.source, offset_of(part.start)..offset_of(part.end))
    }

    /// Walks literal and text side by side, as TOML's rules for strings relate them (TOML 1.1, "String").
    fn source_offset(&self, wanted: usize) -> Option<usize> {
        let raw = self.source.text.get(self.span.clone())?;
        let is_basic = raw.starts_with('"');
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        let mut at = quotes;
        if quotes == 3 && raw[at..].starts_with('\n') {
            at += 1;
        }
        let mut said = 0;
        while said < wanted {
            let rest = &raw[at..];
            if is_basic && rest.starts_with('\\') {
                let after = rest[1..].chars().next()?;
                match after {
                    ' ' | '\t' | '\n' => {
                        at += 1 + rest[1..].len() - rest[1..].trim_start().len();
                        continue;
                    }
                    'u' => at += 6,
                    'U' => at += 10,
                    'x' => at += 4,
                    _ => at += 2,
                }
            } else {
                at += rest.chars().next()?.len_utf8();
            }
            said += self.text[said..].chars().next()?.len_utf8();
        }
        Some(self.span.start + at)
    }
}

/// A table of a file, to be taken apart key by key.
#[derive(Debug)]
pub struct Fields<'a> {
    source: &'a Arc<Source>,
    mistakes: &'a Mistakes,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    owner: String,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    fn new(
        source: &'a Arc<Source>,
        mistakes: &'a Mistakes,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        owner: impl Into<String>,
    ) -> Self {
        Self { source, mistakes, table, span, owner: owner.into(), known: RefCell::default() }
    }

    /// Calls the table by a better name in what is said about it from here on, such as `a quote`.
    pub fn call(&mut self, owner: impl Into<String>) {
        self.owner = owner.into();
    }

    /// The place of the table's header, or of the file as a whole.
    #[must_use]
    pub fn place(&self) -> Place {
        if self.span.is_empty() { Place::whole(self.source) } else { Place::new(self.source, self.span.clone()) }
    }

    /// Where mistakes go.
    #[must_use]
    pub fn mistakes(&self) -> &'a Mistakes {
        self.mistakes
    }

    /// Says that a key may be there, without reading it now.
    pub fn expect(&self, key: &'static str) {
        self.known.borrow_mut().push(key);
    }

    fn value(&self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.expect(key);
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// Whether the key is there.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The keys of the table with their places, in the order of the file.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'a str, Place)> {
        let mut keys: Vec<_> = self.table.keys().map(|key| (key.get_ref().as_ref(), key.span())).collect();
        keys.sort_by_key(|(_, span)| span.start);
        keys.into_iter().map(|(key, span)| (key, Place::new(self.source, span))).collect()
    }

    /// Reads a key that must be there, with one of the readers below.
    pub fn need<T>(&self, key: &'static str, example: &str, read: impl FnOnce(&Self, &'static str) -> Option<T>) -> Option<T> {
        if self.has(key) {
            return read(self, key);
        }
        self.expect(key);
        self.mistakes.add(mistake::missing_key(self.place(), key, &self.owner, example));
        None
    }

    fn wrong_type(&self, key: &str, span: Range<usize>, found: &DeValue<'_>, wanted: &str, example: &str) {
        let place = Place::new(self.source, span);
        self.mistakes.add(mistake::wrong_type(place, key, wanted, kind_of(found), example));
    }

    /// A string of any kind, as it stands.
    pub fn string(&self, key: &'static str) -> Option<Literal<'a>> {
        let (value, span) = self.value(key)?;
        let DeValue::String(text) = value else {
            self.wrong_type(key, span, value, "a text in quotes", "\"…\"");
            return None;
        };
        Some(Literal { text, source: self.source, span })
    }

    /// A string of one line, not empty, without control characters.
    pub fn line(&self, key: &'static str) -> Option<Literal<'a>> {
        let literal = self.string(key)?;
        self.checked_line(key, literal)
    }

    fn checked_line(&self, key: &str, literal: Literal<'a>) -> Option<Literal<'a>> {
        self.check(key, &literal, |_| false).map(|()| literal)
    }

    /// Refuses a string that is empty, or holds a forbidden character other than those allowed.
    pub(super) fn check(&self, key: &str, literal: &Literal<'_>, is_allowed: impl Fn(char) -> bool) -> Option<()> {
        if let Some((at, c)) = literal.text.char_indices().find(|&(_, c)| is_forbidden(c) && !is_allowed(c)) {
            let place = literal.place_of(at..at + c.len_utf8());
            self.mistakes.add(mistake::control_character(place, key, &describe(c)));
            return None;
        }
        if literal.text.trim().is_empty() {
            self.mistakes.add(mistake::empty(literal.place(), key));
            return None;
        }
        Some(())
    }

    /// A mail address.
    pub fn address(&self, key: &'static str) -> Option<Address> {
        let literal = self.line(key)?;
        match Address::parse(literal.text) {
            Ok(address) => Some(address),
            Err(error) => {
                self.mistakes.add(mistake::bad_address(literal.place(), literal.text, &error));
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        let (value, span) = self.value(key)?;
        let DeValue::Boolean(truth) = value else {
            self.wrong_type(key, span, value, "true or false", "true");
            return None;
        };
        Some(*truth)
    }

    /// A whole number within a range.
    pub fn integer(&self, key: &'static str, range: Range<i64>) -> Option<i64> {
        let (value, span) = self.value(key)?;
        let DeValue::Integer(digits) = value else {
            self.wrong_type(key, span, value, "a whole number", &range.start.to_string());
            return None;
        };
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok().filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("`{key}` must lie between {} and {}", range.start, range.end - 1);
            self.mistakes.add(mistake::bad_value(Place::new(self.source, span), message, "write a number in that range"));
        }
        number
    }

    /// A date, or a date and a time of day; the time is midday where none is given, and in UTC unless an offset is.
    pub fn moment(&self, key: &'static str) -> Option<Moment> {
        let (value, span) = self.value(key)?;
        let place = Place::new(self.source, span);
        let found = match value {
            DeValue::Datetime(found) => found,
            other => {
                self.mistakes.add(mistake::bad_date(place, key, &format!("this is {}", kind_of(other))));
                return None;
            }
        };
        let moment = Moment::from_toml(found);
        if moment.is_none() {
            self.mistakes.add(mistake::bad_date(place, key, "no such day, or no date at all"));
        }
        moment
    }

    /// A date without a time of day.
    pub fn date(&self, key: &'static str) -> Option<civil::Date> {
        self.moment(key).map(|moment| moment.date)
    }

    /// A list of strings of one line; empty where the key is not there.
    pub fn lines(&self, key: &'static str) -> Vec<Literal<'a>> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            self.wrong_type(key, span, value, "a list of texts", "[\"…\", \"…\"]");
            return Vec::new();
        };
        let read = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::String(text) => self.checked_line(key, Literal { text, source: self.source, span: item.span() }),
            other => {
                self.wrong_type(key, item.span(), other, "a list of texts", "[\"…\", \"…\"]");
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// The list of strings as they stand, of as many lines as they like; empty where the key is not there.
    pub fn strings(&self, key: &'static str) -> Vec<Literal<'a>> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            self.wrong_type(key, span, value, "a list of texts", "[\"…\", \"…\"]");
            return Vec::new();
        };
        let read = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.mistakes.add(mistake::empty(Place::new(self.source, item.span()), key));
                None
            }
            DeValue::String(text) => Some(Literal { text, source: self.source, span: item.span() }),
            other => {
                self.wrong_type(key, item.span(), other, "a list of texts", "[\"…\", \"…\"]");
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// A table below this one. The caller [finishes](Self::finish) it.
    pub fn table(&self, key: &'static str, owner: &str) -> Option<Fields<'a>> {
        let (value, span) = self.value(key)?;
        let DeValue::Table(table) = value else {
            self.wrong_type(key, span, value, "a table", "{ … }");
            return None;
        };
        Some(Fields::new(self.source, self.mistakes, table, span, owner))
    }

    /// The tables of a list, `[[key]]` or `key = [{ … }]`; empty where the key is not there.
    pub fn tables(&self, key: &'static str, owner: &str) -> Vec<Fields<'a>> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            self.wrong_type(key, span, value, "a list of tables", "[{ … }, { … }]");
            return Vec::new();
        };
        let read = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => Some(Fields::new(self.source, self.mistakes, table, item.span(), owner)),
            other => {
                self.wrong_type(key, item.span(), other, "a list of tables", "[{ … }, { … }]");
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// Any other string of one line; for tables whose owners choose keys themselves.
    pub fn free(&self, key: &str) -> Option<Literal<'a>> {
        let value = self.table.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, value.span(), value.get_ref(), "a text in quotes", "\"…\"");
            return None;
        };
        if text.is_empty() {
            return None;
        }
        self.checked_line(key, Literal { text, source: self.source, span: value.span() })
    }

    /// The keys nobody asked for.
    #[must_use]
    pub fn unread(&self) -> Vec<(&'a str, Place)> {
        let known = self.known.borrow();
        self.keys().into_iter().filter(|(key, _)| !known.contains(key)).collect()
    }

    /// The keys that were asked for.
    #[must_use]
    pub fn known(&self) -> Vec<&'static str> {
        let mut known = self.known.borrow().clone();
        known.dedup();
        known
    }

    /// Refuses every key nobody asked for.
    pub fn finish(&self) {
        let known = self.known();
        for (key, place) in self.unread() {
            self.mistakes.add(mistake::unknown_key(place, key, &known, &self.owner));
        }
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A day, and the instant that stands for it in a mail's Date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The day as written.
    pub date: civil::Date,
    /// Midday UTC of that day, unless a time is written.
    pub instant: jiff::Timestamp,
    /// The offset from UTC that was written, in seconds; 0 without.
    pub offset: i32,
}

impl Moment {
    fn from_toml(found: &toml::value::Datetime) -> Option<Self> {
        let day = found.date?;
        let date =
            civil::Date::new(i16::try_from(day.year).ok()?, i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?).ok()?;
        let time = match found.time {
            None => civil::time(12, 0, 0, 0),
            Some(time) => {
                let second = i8::try_from(time.second.unwrap_or(0)).ok()?;
                civil::Time::new(i8::try_from(time.hour).ok()?, i8::try_from(time.minute).ok()?, second, 0).ok()?
            }
        };
        let offset = match found.offset {
            Some(toml::value::Offset::Custom { minutes }) => i32::from(minutes) * 60,
            Some(toml::value::Offset::Z) | None => 0,
        };
        let instant = jiff::tz::Offset::from_seconds(offset).ok()?.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Self { date, instant, offset })
    }
}
