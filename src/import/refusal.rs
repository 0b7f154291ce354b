//! What is wrong with a line, and what is left out of one: in words, with what to do about it.

use std::fmt;

use crate::model::address::AddressError;

use super::format::Foreign;

/// The most characters of a line that are shown.
const EXCERPT_MAX: usize = 120;

/// A line that makes no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its number, from 1; of a row of several lines, the first.
    pub line: usize,
    /// What it says, of one line and at most 120 characters, with what cannot be shown as a stand-in.
    pub text: String,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    pub(super) fn new(line: usize, text: &str, reason: Reason) -> Self {
        Self { line, text: excerpt(text), reason }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        self.reason.help()
    }
}

/// All of it, of three lines.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}\n  | {}\n  = help: {}", self.line, self.reason, self.text, self.help())
    }
}

/// Why a line makes no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The other cells say something, and the one for the address does not.
    NoAddress,
    /// The address is none.
    Address(AddressError),
    /// The address holds something that cannot be seen.
    Invisible(char),
    /// Two addresses where there is room for one.
    SeveralAddresses,
    /// An address that belongs to those who run the mail, not to a reader.
    Duty(String),
    /// The name holds what no header may hold.
    Name(String),
    /// A value holds what no text of one line may hold.
    Value {
        /// The column.
        column: String,
        /// What was found.
        found: String,
    },
    /// A value is longer than any that is meant.
    TooLong {
        /// The column.
        column: String,
        /// The most characters.
        most: usize,
    },
    /// A character was lost before, in this file or an earlier one.
    Undecodable {
        /// The column.
        column: String,
    },
    /// Nobody knows whether mail may go there.
    Status(String),
    /// The cell for attributes holds no JSON object.
    Attributes,
    /// More cells than the header has.
    Ragged {
        /// Cells of the row.
        cells: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// More cells than any list has.
    TooWide {
        /// The most cells.
        most: usize,
    },
    /// A quotation mark that is never closed.
    Unclosed,
    /// A line that never ends.
    Endless {
        /// The most octets.
        most: usize,
    },
    /// A line of JSON lines that is no JSON object.
    NoObject(String),
    /// A vCard that ends before its END.
    OpenCard,
    /// A mistake in our own format, in its own words.
    List {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// So many quotation marks are not closed that the rest cannot be told.
    GivenUp,
}

impl Reason {
    fn help(&self) -> String {
        match self {
            Self::NoAddress => "write the address there, or take the entry out".to_owned(),
            Self::Address(_) => "write it as name@example.org".to_owned(),
            Self::Invisible(_) => "type the address anew, letter by letter, rather than copying it".to_owned(),
            Self::SeveralAddresses => "give each address a line of its own".to_owned(),
            Self::Duty(_) => "ask for an address at which a person reads".to_owned(),
            Self::Name(_) => "write the name on one line".to_owned(),
            Self::Value { .. } => "take it out of the cell".to_owned(),
            Self::TooLong { most, .. } => format!("shorten it to {most} characters, or take the column out"),
            Self::Undecodable { .. } => {
                "write the text anew; if there are many such lines, export the list once more, as “CSV UTF-8”".to_owned()
            }
            Self::Status(_) => "write active, pending, unsubscribed, bounced, complained, removed or erased; \
                                or give the column another name if it means something else"
                .to_owned(),
            Self::Attributes => "write it as {\"country\": \"BD\"}, or empty the cell".to_owned(),
            Self::Ragged { .. } => "put quotation marks round the cell that has the separator in it".to_owned(),
            Self::TooWide { .. } => "take out the columns that are not needed".to_owned(),
            Self::Unclosed => "close it, or take it out; inside quoted cells a quotation mark is written twice".to_owned(),
            Self::Endless { .. } => "look whether this is the right file; if so, take the long cell out".to_owned(),
            Self::NoObject(_) => "write one object a line: {\"email\": \"name@example.org\"}".to_owned(),
            Self::OpenCard => "end each card with a line END:VCARD; export the list once more if it was cut off".to_owned(),
            Self::List { help, .. } => help.clone(),
            Self::GivenUp => "mend those above, and import the file again".to_owned(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => f.write_str("there is no address"),
            Self::Address(error) => write!(f, "this is not a mail address: {error}"),
            Self::Invisible(c) => write!(f, "the address holds an invisible character (U+{:04X})", u32::from(*c)),
            Self::SeveralAddresses => f.write_str("there are several addresses in one cell"),
            Self::Duty(local) => write!(f, "{local}@ is for those who run the domain's mail, and complaints come from there"),
            Self::Name(found) => write!(f, "the name holds {found}, which no name may hold"),
            Self::Value { column, found } => write!(f, "`{column}` holds {found}"),
            Self::TooLong { column, most } => write!(f, "`{column}` is longer than {most} characters"),
            Self::Undecodable { column } => write!(f, "`{column}` holds a character that could not be read"),
            Self::Status(word) => write!(f, "whether `{word}` means that mail may go there is not known"),
            Self::Attributes => f.write_str("the attributes are no JSON object"),
            Self::Ragged { cells, columns } => write!(f, "this row has {cells} cells, and the header has {columns}"),
            Self::TooWide { most } => write!(f, "this row has more than {most} cells"),
            Self::Unclosed => f.write_str("a quotation mark is opened here and never closed"),
            Self::Endless { most } => write!(f, "this line has more than {} KB", most / 1000),
            Self::NoObject(problem) => write!(f, "this is no JSON object: {problem}"),
            Self::OpenCard => f.write_str("this vCard has no end"),
            Self::List { message, .. } => f.write_str(message),
            Self::GivenUp => {
                f.write_str("so many quotation marks are not closed that the lines from here on cannot be told apart")
            }
        }
    }
}

/// Something that was left out or is worth a look, though the line makes an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A mailbox that several people read, such as `info@`: any of them may complain.
    Role(String),
    /// Mailboxes that came more than once and were joined.
    Duplicate,
    /// A group that the publication does not have.
    UnknownGroup(String),
    /// A language that the publication does not have.
    UnknownLanguage(String),
    /// What another program keeps for itself, and addresses of machines: the names of the columns.
    Bookkeeping(String),
    /// A column without a name.
    NamelessColumn,
    /// A column whose name cannot be one of an attribute.
    UnnamedColumn(String),
    /// An attribute that is no single value.
    Nested(String),
    /// Further addresses of a person.
    SecondAddress,
    /// Octets that are not of the file's encoding.
    Broken,
    /// More kinds of notice than are kept.
    Others,
}

impl Notice {
    /// What to do, where there is something to do.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Role(_) => Some("ask for the address of a person, if you can"),
            Self::UnknownGroup(_) => Some("add it to `groups` in newsletter.toml first, if it is to be kept"),
            Self::UnknownLanguage(_) => Some("add it to `languages` in newsletter.toml first, if it is to be kept"),
            Self::NamelessColumn => {
                Some("name the columns in the first row, such as email, name, language, groups, if it is to be kept")
            }
            Self::UnnamedColumn(_) => {
                Some("give it a name of a to z, digits and underscores, such as first_name, if it is to be kept")
            }
            Self::Broken => Some("look through the names; export the list once more, as “CSV UTF-8”, if they are wrong"),
            Self::Duplicate | Self::Bookkeeping(_) | Self::Nested(_) | Self::SecondAddress | Self::Others => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(local) => write!(f, "{local}@ is a mailbox of an office rather than of a person"),
            Self::Duplicate => {
                f.write_str("a mailbox stands in the file again: the two are joined, and the state that restricts more holds")
            }
            Self::UnknownGroup(group) => {
                write!(f, "the group `{}` is left out: the publication has none of this name", excerpt(group))
            }
            Self::UnknownLanguage(word) => {
                write!(f, "the language `{}` is left out: the publication has no such edition", excerpt(word))
            }
            Self::Bookkeeping(columns) => write!(f, "left out, for it belongs to the other program: {}", cut(columns, 400)),
            Self::NamelessColumn => f.write_str("what stands in columns without a name is left out"),
            Self::UnnamedColumn(column) => {
                write!(f, "the column `{}` is left out: its name cannot be one of an attribute", excerpt(column))
            }
            Self::Nested(name) => write!(f, "the attribute `{}` is left out: it is no single value", excerpt(name)),
            Self::SecondAddress => f.write_str("a person has further addresses, which are left out"),
            Self::Broken => f.write_str("some octets are not of the file's encoding"),
            Self::Others => f.write_str("further things are left out"),
        }
    }
}

/// Why a file is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file could not be read to its end.
    #[error("the file cannot be read: {0}")]
    Broken(#[from] std::io::Error),
    /// It holds something else than a text with a list.
    #[error("{0}")]
    Foreign(Foreign),
    /// It holds octets of no text.
    #[error("this is not a text")]
    NotText,
    /// It holds nothing.
    #[error("the file is empty")]
    Empty,
    /// No column has addresses in it.
    #[error("no column holds mail addresses; the first row says: {0}")]
    NoAddresses(String),
    /// The header has more cells than any list has.
    #[error("the first row has more than {0} cells")]
    TooWide(usize),
    /// A list in our own format that is larger than any that is kept by hand.
    #[error("a list in TOML of more than {} MB is not read", .0 >> 20)]
    TooLarge(usize),
}

impl Unreadable {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Broken(_) => "look whether the file is there and may be read",
            Self::Foreign(foreign) => foreign.help(),
            Self::NotText => "export the list as “CSV UTF-8”, and import that file",
            Self::Empty => "look whether this is the right file",
            Self::NoAddresses(_) => "give the column with the addresses the name email, in the first row",
            Self::TooWide(_) => "take out the columns that are not needed",
            Self::TooLarge(_) => "export it as CSV or JSON lines, and import that file",
        }
    }
}

/// A text as it can be shown: one line, bounded, with nothing in it that a terminal would act on or that turns what follows.
pub(super) fn excerpt(text: &str) -> String {
    cut(text, EXCERPT_MAX)
}

/// The same with so many characters at most.
fn cut(text: &str, most: usize) -> String {
    use crate::model::{address, bidi};
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == most {
            shown.push('…');
            break;
        }
        let c = match c {
            '\n' => '␊',
            '\r' => '␍',
            '\t' => '␉',
            '\0' => '␀',
            c if address::is_forbidden(c) || bidi::is_control(c) || is_invisible(c) => '\u{FFFD}',
            c => c,
        };
        shown.push(c);
    }
    shown
}

/// Characters that take no room and show nothing, but the joiners that some scripts need.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    ) || crate::model::bidi::is_control(c)
}
