//! TOML read field by field, every mistake collected and shown at its place.
//!
//! serde's derive stops at the first mistake; people want all of them at once. So a file becomes a [`Document`] with spans, and the rooms'
//! readers take it apart with [`Fields`]: what is missing, misspelt or of the wrong kind lands in [`Mistakes`], and the reading goes on.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::address::{Address, describe, is_forbidden};
use super::diagnostic::{self, Diagnostic};
use super::mistake;
use super::source::{Place, Source};

/// The most mistakes shown of one file. One slip in `newsletter.toml` can make every entry of a long list a mistake.
const SHOWN_MAX: usize = 500;

/// The most octets of a file that is read on after a slip of syntax. In a larger one, which may not be TOML at all, the first slip is
/// all that is told: every line of it might be another.
pub(super) const RECOVERY_MAX: usize = 4 << 20;

/// Where the mistakes of a reading are collected.
#[derive(Debug, Default)]
pub struct Mistakes(Mutex<Vec<Diagnostic>>);

impl Mistakes {
    /// Adds one.
    pub fn add(&self, finding: Diagnostic) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    /// All of them, in the order in which they were met.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file as TOML with spans.
#[derive(Debug)]
pub struct Document<'s> {
    source: &'s Arc<Source>,
    /// Octets of the file before the text of which the tree was made.
    offset: usize,
    table: Spanned<DeTable<'s>>,
    syntax: Vec<Diagnostic>,
    /// The lines where the parser was at a loss: what is read in them was not written so.
    broken: BTreeSet<usize>,
}

impl<'s> Document<'s> {
    /// Reads a file's text; whatever is not TOML is remembered, and the rest read as far as it goes.
    #[must_use]
    pub fn parse(source: &'s Arc<Source>) -> Self {
        Self::parse_up_to(source, RECOVERY_MAX)
    }

    /// The same, but a text of more than `recovery_max` octets is not read on after the first slip.
    pub(super) fn parse_up_to(source: &'s Arc<Source>, recovery_max: usize) -> Self {
        if source.text.len() <= recovery_max {
            let (table, errors) = DeTable::parse_recoverable(&source.text);
            return Self::new(source, 0, table, errors);
        }
        Self::parse_piece(source, 0..source.text.len()).unwrap_or_else(|slipped| *slipped)
    }

    /// Reads a piece of a file's text, which must be TOML by itself. Places are those in the whole file.
    ///
    /// # Errors
    /// A document that holds the first slip of syntax and nothing else.
    pub(super) fn parse_piece(source: &'s Arc<Source>, piece: Range<usize>) -> Result<Self, Box<Self>> {
        match DeTable::parse(&source.text[piece.clone()]) {
            Ok(table) => Ok(Self::new(source, piece.start, table, Vec::new())),
            Err(error) => Err(Box::new(Self::new(source, piece.start, Spanned::new(0..0, DeTable::new()), vec![error]))),
        }
    }

    fn new(source: &'s Arc<Source>, offset: usize, table: Spanned<DeTable<'s>>, errors: Vec<toml::de::Error>) -> Self {
        let mut syntax: Vec<Diagnostic> = Vec::new();
        let (mut lines, mut broken) = (BTreeSet::new(), BTreeSet::new());
        let mut previous = String::new();
        for error in errors {
            let place = error.span().map_or_else(|| Place::whole(source), |span| Place::new(source, shifted(span, offset)));
            let slip = slip(place, error.message());
            if slip.rule == "syntax" {
                broken.extend(line_of(&slip));
            }
            // One slip makes several errors in its wake: the first of a line is the one to mend, and in a list that is not closed
            // every line that follows seems to lack a comma.
            if !lines.insert(line_of(&slip)) {
                continue;
            }
            if error.message() != previous || !previous.starts_with("missing comma") {
                syntax.push(slip);
            }
            error.message().clone_into(&mut previous);
        }
        Self { source, offset, table, syntax, broken }
    }

    /// Reads the file's fields with `read`, whose mistakes go to `mistakes` with those of the syntax.
    ///
    /// After a slip of syntax a key may seem missing that is only unreadable: such consequences are left out.
    pub fn read<T>(&self, owner: &str, mistakes: &Mistakes, read: impl FnOnce(&Fields<'_>) -> T) -> T {
        let (value, found) = self.collect(owner, read);
        let mut shown = Shown::default();
        shown.extend(found);
        shown.finish(mistakes);
        value
    }

    /// The same, with all mistakes given back, in the order of the file.
    pub(super) fn collect<T>(&self, owner: &str, read: impl FnOnce(&Fields<'_>) -> T) -> (T, Vec<Diagnostic>) {
        let own = Mistakes::default();
        let fields = Fields {
            source: self.source,
            offset: self.offset,
            mistakes: &own,
            table: self.table.get_ref(),
            span: 0..0,
            owner: owner.to_owned(),
            known: RefCell::default(),
        };
        let value = read(&fields);
        fields.finish();
        let slips: BTreeSet<_> = self.syntax.iter().map(|slip| (line_of(slip), slip.rule)).collect();
        // A bad value is read past; after any other slip nobody knows what belongs where.
        let is_broken = slips.iter().any(|(_, rule)| *rule == "syntax");
        let is_consequence = |finding: &Diagnostic| match line_of(finding) {
            None => is_broken,
            line @ Some(number) => {
                let is_beside = self.broken.contains(&number) || slips.contains(&(line, finding.rule));
                is_beside || is_broken && finding.rule == "missing-key"
            }
        };
        let mut found: Vec<_> = own.into_vec().into_iter().filter(|finding| !is_consequence(finding)).collect();
        found.extend(self.syntax.iter().cloned());
        diagnostic::sort(&mut found);
        (value, found)
    }
}

/// The mistakes of a file that are shown, and how many more there are.
#[derive(Debug, Default)]
pub(super) struct Shown {
    found: Vec<Diagnostic>,
    /// The place of the first that is not shown.
    rest: Option<Place>,
    hidden: usize,
}

impl Shown {
    /// Adds further ones. All come in the order of the file.
    pub(super) fn extend(&mut self, found: Vec<Diagnostic>) {
        for finding in found {
            if self.found.len() < SHOWN_MAX {
                self.found.push(finding);
            } else {
                self.rest.get_or_insert(finding.place);
                self.hidden += 1;
            }
        }
    }

    /// Hands over those shown, and a word about the others.
    pub(super) fn finish(self, mistakes: &Mistakes) {
        for finding in self.found {
            mistakes.add(finding);
        }
        if let Some(place) = self.rest {
            mistakes.add(mistake::too_many(place, self.hidden));
        }
    }
}

/// A span of a piece as one of the whole file.
fn shifted(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

fn line_of(finding: &Diagnostic) -> Option<usize> {
    finding.place.position().map(|(line, _)| line)
}

/// A slip that TOML's own rules do not let pass; told in our words where it is a control character or a date.
fn slip(place: Place, problem: &str) -> Diagnostic {
    let first = place.span.as_ref().and_then(|span| place.source.text[span.start..].chars().next());
    if let Some(c) = first.filter(|&c| is_forbidden(c) && c != '\n') {
        let key = key_before(&place).map_or("this line", |(key, _)| key).to_owned();
        return mistake::control_character(place, &key, &describe(c));
    }
    let is_date = |key: &str| ["date", "until"].contains(&key) || problem.starts_with("invalid date");
    match key_before(&place).filter(|(key, _)| is_date(key)) {
        Some((key, value)) => {
            // TOML's own words help where it took the text for a date; elsewhere it guesses at numbers and strings.
            let problem = problem.strip_prefix("invalid date, ").unwrap_or("it is written another way");
            let end = place.span.as_ref().map_or(value, |span| span.end);
            mistake::bad_date(Place::new(&place.source, value..end), key, problem)
        }
        None => mistake::syntax(place, problem),
    }
}

/// The key whose value a place is in, and where that value begins, if both stand on the line of the place.
fn key_before(place: &Place) -> Option<(&str, usize)> {
    let before = &place.source.text[..place.span.as_ref()?.start];
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let (head, value) = line.rsplit_once('=')?;
    let key = head.trim_end().rsplit(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).next()?;
    Some((key, before.len() - value.trim_start().len()))
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
    seams: OnceCell<Vec<Seam>>,
}

/// A spot where text and file part company: the beginning, an escape, a continued line.
#[derive(Debug, Clone)]
struct Seam {
    /// Octets of the text before it.
    said: usize,
    /// Octets of the file up to where what was said ends.
    end: usize,
    /// Octets of the file up to where what follows begins.
    next: usize,
}

impl<'a> Literal<'a> {
    fn new(text: &'a str, source: &'a Arc<Source>, span: Range<usize>) -> Self {
        Self { text, source, span, seams: OnceCell::new() }
    }

    /// The whole literal's place, quotes included.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(self.source, self.span.clone())
    }

    /// The place in the file of some octets of [`text`](Self::text), escapes and line continuations reckoned in.
    #[must_use]
    pub fn place_of(&self, part: Range<usize>) -> Place {
        let seams = self.seams.get_or_init(|| self.seams());
        let before = |wanted: usize| &seams[seams.partition_point(|seam| seam.said <= wanted).saturating_sub(1)];
        let (first, last) = (before(part.start), before(part.end));
        let start = first.next + (part.start - first.said);
        let end = if last.said == part.end { last.end } else { last.next + (part.end - last.said) };
        Place::new(self.source, start..end.max(start))
    }

    /// Walks literal and text side by side, as TOML's rules for strings relate them (TOML 1.1, "String"). Never empty.
    fn seams(&self) -> Vec<Seam> {
        let raw = self.source.text.get(self.span.clone()).unwrap_or_default();
        // After a slip of syntax a string may stand there without its quotes.
        let quotes = match raw {
            _ if raw.starts_with("\"\"\"") || raw.starts_with("'''") => 3,
            _ if raw.starts_with(['"', '\'']) => 1,
            _ => 0,
        };
        let is_first_line_empty = quotes == 3 && raw[quotes..].starts_with('\n');
        let (mut at, mut said) = (quotes + usize::from(is_first_line_empty), 0);
        let seam = |said: usize, end: usize, next: usize| Seam { said, end: self.span.start + end, next: self.span.start + next };
        let mut seams = vec![seam(said, at, at)];
        if !raw.starts_with('"') {
            return seams;
        }
        while let Some(found) = raw.get(at..).and_then(|rest| rest.find('\\')) {
            (at, said) = (at + found, said + found);
            let end = at;
            let after = &raw[at + 1..];
            if after.starts_with([' ', '\t', '\n']) {
                at += 1 + after.len() - after.trim_start_matches([' ', '\t', '\n']).len();
                seams.push(seam(said, end, at));
                continue;
            }
            at += match after.as_bytes().first() {
                Some(b'u') => 6,
                Some(b'U') => 10,
                Some(b'x') => 4,
                _ => 2,
            };
            let Some(c) = self.text.get(said..).and_then(|rest| rest.chars().next()) else { break };
            said += c.len_utf8();
            seams.push(seam(said, at, at));
        }
        seams
    }
}

/// A table of a file, to be taken apart key by key.
#[derive(Debug)]
pub struct Fields<'a> {
    source: &'a Arc<Source>,
    /// Octets of the file before the text of which the tree was made.
    offset: usize,
    mistakes: &'a Mistakes,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    owner: String,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// A table below this one.
    fn below(&self, table: &'a DeTable<'a>, span: Range<usize>, owner: &str) -> Self {
        let (source, offset, mistakes) = (self.source, self.offset, self.mistakes);
        Self { source, offset, mistakes, table, span, owner: owner.to_owned(), known: RefCell::default() }
    }

    /// Where a part of the tree stands in the file.
    fn span_of<T>(&self, part: &Spanned<T>) -> Range<usize> {
        shifted(part.span(), self.offset)
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
        self.table.get(key).map(|value| (value.get_ref(), self.span_of(value)))
    }

    /// Whether the key is there.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The place of a key; of the table where it is not there.
    #[must_use]
    pub fn place_of_key(&self, key: &str) -> Place {
        self.table.get_key_value(key).map_or_else(|| self.place(), |(key, _)| Place::new(self.source, self.span_of(key)))
    }

    /// Where the value of a key stands; where the table does if the key is not there.
    #[must_use]
    pub fn span_of_value(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or_else(|| self.span.clone(), |value| self.span_of(value))
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
        Some(Literal::new(text, self.source, span))
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
            let problem = if found.date.is_some() { "there is no such day or time" } else { "this is a time of day alone" };
            self.mistakes.add(mistake::bad_date(place, key, problem));
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
            DeValue::String(text) => self.checked_line(key, Literal::new(text, self.source, self.span_of(item))),
            other => {
                self.wrong_type(key, self.span_of(item), other, "a list of texts", "[\"…\", \"…\"]");
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
                self.mistakes.add(mistake::empty(Place::new(self.source, self.span_of(item)), key));
                None
            }
            DeValue::String(text) => Some(Literal::new(text, self.source, self.span_of(item))),
            other => {
                self.wrong_type(key, self.span_of(item), other, "a list of texts", "[\"…\", \"…\"]");
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// Whether a value is there and is a table.
    #[must_use]
    pub fn is_table(&self, key: &'static str) -> bool {
        self.value(key).is_some_and(|(value, _)| matches!(value, DeValue::Table(_)))
    }

    /// Whether a key is there and a list.
    pub fn is_list(&self, key: &'static str) -> bool {
        self.value(key).is_some_and(|(value, _)| matches!(value, DeValue::Array(_)))
    }

    /// A table below this one. The caller [finishes](Self::finish) it.
    pub fn table(&self, key: &'static str, owner: &str) -> Option<Fields<'a>> {
        let (value, span) = self.value(key)?;
        let DeValue::Table(table) = value else {
            self.wrong_type(key, span, value, "a table", "{ … }");
            return None;
        };
        Some(self.below(table, span, owner))
    }

    /// The tables of a list, `[[key]]` or `key = [{ … }]`; empty where the key is not there.
    pub fn tables(&self, key: &'static str, owner: &str) -> Vec<Fields<'a>> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value else {
            self.wrong_type(key, span, value, "a list of tables", "[{ … }, { … }]");
            return Vec::new();
        };
        let read = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => Some(self.below(table, self.span_of(item), owner)),
            other => {
                self.wrong_type(key, self.span_of(item), other, "a list of tables", "[{ … }, { … }]");
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// Any other string of one line; for tables whose owners choose keys themselves.
    pub fn free(&self, key: &str) -> Option<Literal<'a>> {
        let value = self.table.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, self.span_of(value), value.get_ref(), "a text in quotes", "\"…\"");
            return None;
        };
        if text.is_empty() {
            return None;
        }
        self.checked_line(key, Literal::new(text, self.source, self.span_of(value)))
    }

    /// The keys nobody asked for, in the order of the file.
    #[must_use]
    pub fn unread(&self) -> Vec<&'a str> {
        let known = self.known.borrow();
        let mut keys: Vec<_> = self.table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())).collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter().map(|key| key.get_ref().as_ref()).collect()
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
        for key in self.unread() {
            self.mistakes.add(mistake::unknown_key(self.place_of_key(key), key, &known, &self.owner));
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
