//! People to octets: CSV, TOML and JSON lines. Each is read back by [`read`](super::read) to the same people.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::language::Language;

use super::cell::guarded;
use super::column::{Meaning, PREFIX};
use super::entry::Entry;
use super::state::State;

/// The columns that every table has, before those of the attributes.
const COLUMNS: [&str; 5] = ["email", "name", "language", "groups", "status"];

/// How people are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// UTF-8 with a byte order mark, which Excel needs to see that it is UTF-8, a header, and CRLF (RFC 4180). A cell that a spreadsheet would
    /// compute has an apostrophe before it. Groups stand in one cell, with `;` between them.
    Csv,
    /// As `subscribers.toml`. Everybody in that file gets the mail, so only those who are [active](State::Active) can stand in it; the others are
    /// left out.
    Toml,
    /// JSON, one object a line.
    Json,
}

/// Writes people, one after the other.
#[derive(Debug)]
pub struct Writer<W> {
    form: Form,
    /// The columns of attributes.
    attributes: Vec<String>,
    into: W,
    left_out: usize,
}

impl<W: Write> Writer<W> {
    /// Begins. Of a table, the columns for attributes must be known before its first row.
    ///
    /// # Errors
    /// Those of `into`.
    pub fn new<'a>(form: Form, attributes: impl IntoIterator<Item = &'a str>, mut into: W) -> io::Result<Self> {
        let attributes: BTreeSet<&str> = attributes.into_iter().collect();
        let attributes: Vec<String> = attributes.into_iter().map(str::to_owned).collect();
        if form == Form::Csv {
            into.write_all("\u{FEFF}".as_bytes())?;
            let header = |name: &String| match Meaning::of(name) {
                Meaning::Attribute(meant) if *meant == **name => name.clone(),
                _ => format!("{PREFIX}{name}"),
            };
            let headers: Vec<_> = COLUMNS.into_iter().map(str::to_owned).chain(attributes.iter().map(header)).collect();
            write_row(&mut into, headers.iter().map(|name| Cow::Borrowed(name.as_str())))?;
        }
        Ok(Self { form, attributes, into, left_out: 0 })
    }

    /// Writes somebody.
    ///
    /// # Errors
    /// Those of `into`.
    pub fn add(&mut self, entry: &Entry) -> io::Result<()> {
        match self.form {
            Form::Csv => self.row(entry),
            Form::Toml if entry.state != State::Active => {
                self.left_out += 1;
                Ok(())
            }
            Form::Toml => self.table(entry),
            Form::Json => {
                serde_json::to_writer(&mut self.into, entry)?;
                self.into.write_all(b"\n")
            }
        }
    }

    /// Ends, and says how many were left out.
    ///
    /// # Errors
    /// Those of `into`.
    pub fn finish(mut self) -> io::Result<usize> {
        self.into.flush()?;
        Ok(self.left_out)
    }

    fn row(&mut self, entry: &Entry) -> io::Result<()> {
        let language = entry.language.map_or("", |language| language.tag());
        let own = [entry.address.as_written(), entry.name.as_str(), language].into_iter().map(Cow::Borrowed);
        let state = [Cow::Owned(groups(entry)), Cow::Borrowed(entry.state.as_str())];
        let others = self.attributes.iter().map(|name| Cow::Borrowed(entry.attribute(name).unwrap_or_default()));
        write_row(&mut self.into, own.chain(state).chain(others))
    }

    fn table(&mut self, entry: &Entry) -> io::Result<()> {
        let into = &mut self.into;
        writeln!(into, "[[subscriber]]\nemail = {}", literal(entry.address.as_written()))?;
        if !entry.name.as_str().is_empty() {
            writeln!(into, "name = {}", literal(entry.name.as_str()))?;
        }
        if let Some(language) = entry.language {
            writeln!(into, "language = {}", literal(language.tag()))?;
        }
        if !entry.groups.is_empty() {
            let groups: Vec<_> = entry.groups.iter().map(|group| literal(group)).collect();
            writeln!(into, "groups = [{}]", groups.join(", "))?;
        }
        for (name, value) in &entry.attributes {
            writeln!(into, "{name} = {}", literal(value))?;
        }
        writeln!(into)
    }
}

/// Writes people who are all at hand, and gives how many were left out.
///
/// # Errors
/// Those of `into`.
pub fn write(form: Form, people: &[Entry], into: impl Write) -> io::Result<usize> {
    let attributes = people.iter().flat_map(|entry| entry.attributes.iter().map(|(name, _)| &**name));
    let mut writer = Writer::new(form, attributes, into)?;
    people.iter().try_for_each(|entry| writer.add(entry))?;
    writer.finish()
}

fn write_row<'c>(into: &mut impl Write, cells: impl Iterator<Item = Cow<'c, str>>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            into.write_all(b",")?;
        }
        let cell = guarded(&cell);
        if cell.contains([',', ';', '"', '\n', '\r', '\t', '|']) {
            write!(into, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            into.write_all(cell.as_bytes())?;
        }
    }
    into.write_all(b"\r\n")
}

/// The groups in one cell; one that has a separator in its name stands in quotation marks.
fn groups(entry: &Entry) -> String {
    let quoted = |group: &str| {
        if group.contains([',', ';', '|', '"']) { format!("\"{}\"", group.replace('"', "\"\"")) } else { group.to_owned() }
    };
    entry.groups.iter().map(|group| quoted(group)).collect::<Vec<_>>().join("; ")
}

/// A text as a string of TOML. The controls that it would need escapes for are in no entry.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// `email`, `name`, `language`, `groups`, `attributes` and `status`.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(6))?;
        object.serialize_entry("email", self.address.as_written())?;
        object.serialize_entry("name", self.name.as_str())?;
        object.serialize_entry("language", &self.language.map(Language::tag))?;
        object.serialize_entry("groups", &self.groups.iter().map(|group| &**group).collect::<Vec<_>>())?;
        object.serialize_entry("attributes", &Attributes(self))?;
        object.serialize_entry("status", self.state.as_str())?;
        object.end()
    }
}

struct Attributes<'e>(&'e Entry);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.attributes.iter().map(|(name, value)| (&**name, &**value)))
    }
}
