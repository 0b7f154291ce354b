//! A list from elsewhere: octets to people, and to what is wrong with each line; and people to octets again.
//!
//! Nothing here reads a file by its path, asks a clock or writes anywhere: [`read`] is given octets to read, and gives back values. It holds no
//! more of a file in memory than a window of about a megabyte (a list in TOML apart, which our own reader takes whole), however long a row
//! claims to be. No octets make it panic.
//!
//! - [`scan`] reads a file entry by entry; [`read`] joins what one mailbox has in several lines: an [`Imported`]
//! - [`plan`](plan::plan) holds it against the list that is there: who is new, what changes, whom it must not bring back
//! - [`export`] writes people as CSV, TOML or JSON lines, each of which is read back to the same people
//!
//! Inside: `encoding` makes text of octets, [`format`](mod@format) tells what kind of text it is, and `table`, `card`, `list` and `line`
//! read one kind each. What a [`column`](mod@column) holds is told by its name; `row` makes an [`Entry`] of the cells, with its [`State`], or
//! a [`Refusal`].

mod card;
mod cell;
pub mod column;
mod encoding;
mod entry;
pub mod export;
pub mod format;
mod line;
mod list;
pub mod plan;
mod refusal;
mod row;
mod state;
mod table;
mod tally;

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::Encoding;

use crate::model::publication::Vocabulary;
use crate::model::subscriber::Mailbox;

use column::Meaning;
use encoding::Text;
use format::{Foreign, Format, Kind};

pub use entry::Entry;
pub use refusal::{Notice, Reason, Refusal, Unreadable};
pub use state::{Ground, State};
pub use tally::{Noted, Tally};

/// Octets from which the kind of a file is told.
const HEAD: usize = 8 << 10;

/// What a person says about a file, and what its people are held against.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// The name of the file: where its content says nothing, `.toml` does.
    pub name: &'s str,
    /// The languages and groups of the publication.
    pub vocabulary: &'s Vocabulary,
    /// The state of those of whom the file says nothing, [active](State::Active) without. Nobody in the file is less restricted than this.
    pub state: Option<State>,
    /// The encoding by its name (`windows-1251`), where a person knows better; without it, or with a name that nobody knows, it is found out.
    pub encoding: Option<&'s str>,
}

impl<'s> Setting<'s> {
    /// A setting in which the file speaks for itself.
    #[must_use]
    pub fn new(name: &'s str, vocabulary: &'s Vocabulary) -> Self {
        Self { name, vocabulary, state: None, encoding: None }
    }
}

/// What a file is, as far as it was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its kind.
    pub format: Format,
    /// Its encoding, by the name that the web has for it: `windows-1251`.
    pub encoding: &'static str,
    /// The columns of a table, in order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What the file calls it.
    pub name: String,
    /// What it is taken for.
    pub meaning: Meaning,
}

/// What a file has, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A person.
    Entry(Entry),
    /// A line that makes none.
    Refused(Refusal),
    /// Something in a line, from 1, that is left out or worth a look.
    Notice(usize, Notice),
}

/// Reads a file to its end, from its beginning, whatever position it is at, and hands over what is in it in the order of its lines. One mailbox
/// may come several times. The file is read twice: its encoding is known only at its end.
///
/// # Errors
/// [`Unreadable`] where the file is no list as a whole, or breaks off.
pub fn scan<R: Read + Seek>(mut input: R, setting: &Setting<'_>, each: &mut dyn FnMut(Event)) -> Result<Origin, Unreadable> {
    input.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(Unreadable::Empty);
    }
    if let Some(foreign) = Foreign::of(&head) {
        return Err(Unreadable::Foreign(foreign));
    }
    input.seek(SeekFrom::Start(0))?;
    let told = setting.encoding.and_then(|label| Encoding::for_label_no_replacement(label.as_bytes()));
    let found = match told {
        Some(encoding) => encoding::Found { encoding, is_broken: false },
        None => encoding::detect(&mut input)?,
    };
    let mut text = Text::open(input, found.encoding)?;
    text.fill_to(HEAD)?;
    let head = String::from_utf8_lossy(&text.window()[..text.window().len().min(HEAD)]).into_owned();
    if !is_text(&head) {
        return Err(Unreadable::NotText);
    }
    if head.trim().is_empty() && text.window().len() < HEAD {
        return Err(Unreadable::Empty);
    }
    if found.is_broken {
        each(Event::Notice(1, Notice::Broken));
    }
    let terms = row::Terms::new(setting.vocabulary, setting.state);
    let (format, columns) = match format::of(&head, setting.name).map_err(Unreadable::Foreign)? {
        Kind::Table => table::read(&mut text, &terms, each)?,
        Kind::Cards => card::read(&mut text, &terms, each).map(|()| (Format::Cards, Vec::new()))?,
        Kind::Lines => line::read(&mut text, &terms, each).map(|()| (Format::Lines, Vec::new()))?,
        Kind::List => {
            list::read(text, setting.name, setting.vocabulary, setting.state, each)?;
            (Format::List, Vec::new())
        }
    };
    Ok(Origin { format, encoding: found.encoding.name(), columns })
}

/// Whether a text has hardly any characters in it that no text has.
fn is_text(head: &str) -> bool {
    let strange = head.chars().filter(|&c| c == '\u{FFFD}' || c.is_control() && !matches!(c, '\n' | '\r' | '\t')).count();
    strange * 10 <= head.chars().count()
}

/// A file's people, each once, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What the file is.
    pub origin: Origin,
    /// The people, in the order in which they come first.
    pub entries: Vec<Entry>,
    /// The lines that make nobody.
    pub refused: Tally<Refusal>,
    /// What was left out or is worth a look, each kind once.
    pub notices: Noted,
}

/// Reads a file to its end, as [`scan`] does, and joins what it says of one mailbox in several places: the first name and language that are
/// told, all groups, and the state that restricts most.
///
/// # Errors
/// As [`scan`].
pub fn read<R: Read + Seek>(input: R, setting: &Setting<'_>) -> Result<Imported, Unreadable> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut places: HashMap<Mailbox, u32> = HashMap::new();
    let (mut refused, mut notices) = (Tally::default(), Noted::default());
    let origin = scan(input, setting, &mut |event| match event {
        Event::Entry(entry) => match places.entry(Mailbox::new(&entry.address)) {
            Slot::Occupied(place) => {
                notices.add(entry.line, Notice::Duplicate);
                entries[*place.get() as usize].join(entry);
            }
            Slot::Vacant(place) => {
                place.insert(u32::try_from(entries.len()).unwrap_or(u32::MAX));
                entries.push(entry);
            }
        },
        Event::Refused(refusal) => refused.add(refusal),
        Event::Notice(line, notice) => notices.add(line, notice),
    })?;
    Ok(Imported { origin, entries, refused, notices })
}

/// The same for octets in memory.
///
/// # Errors
/// As [`scan`].
pub fn read_octets(octets: &[u8], setting: &Setting<'_>) -> Result<Imported, Unreadable> {
    read(io::Cursor::new(octets), setting)
}
