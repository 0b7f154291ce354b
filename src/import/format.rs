//! What kind of file a list is in, told from what is in it.

use std::fmt;

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Rows of cells (RFC 4180, and what spreadsheets make of it).
    Table {
        /// What stands between cells: `,`, `;`, a tab or `|`.
        separator: char,
        /// Whether the first row names the columns.
        has_header: bool,
    },
    /// vCards, one after another (RFC 6350, RFC 2426, and the older 2.1).
    Cards,
    /// Our own `subscribers.toml`.
    List,
    /// One JSON object a line.
    Lines,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { separator, has_header } => {
                let separator = if *separator == '\t' { "tabs".to_owned() } else { format!("`{separator}`") };
                write!(f, "CSV with {separator} between cells{}", if *has_header { "" } else { ", without a header" })
            }
            Self::Cards => f.write_str("vCard"),
            Self::List => f.write_str("TOML, as subscribers.toml"),
            Self::Lines => f.write_str("JSON lines"),
        }
    }
}

/// A kind of file that holds no list as text, known by its first octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A workbook of a spreadsheet program.
    Workbook,
    /// An archive.
    Archive,
    /// A page of print.
    Pdf,
    /// A document of a word processor.
    Document,
    /// A web page, which some programs save under the name of a spreadsheet.
    WebPage,
    /// A picture.
    Picture,
    /// A database.
    Database,
    /// UTF-32, which hardly any program writes.
    Utf32,
    /// A JSON list in one piece.
    JsonList,
}

impl Foreign {
    /// What a file is that begins with these octets, if it is none of ours.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let holds = |needle: &[u8]| head.windows(needle.len()).any(|found| found == needle);
        let begins = |octets: &[u8]| head.starts_with(octets);
        if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
            let is_workbook =
                holds(b"[Content_Types].xml") || holds(b"xl/") || holds(b"opendocument.spreadsheet") || holds(b"Index/");
            let is_document = holds(b"word/") || holds(b"opendocument.text");
            return Some(match () {
                () if is_document => Self::Document,
                () if is_workbook => Self::Workbook,
                () => Self::Archive,
            });
        }
        if begins(b"\xFF\xFE\0\0") || begins(b"\0\0\xFE\xFF") {
            return Some(Self::Utf32);
        }
        let known: [(&[u8], Self); 11] = [
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Self::Workbook),
            (b"%PDF-", Self::Pdf),
            (b"{\\rtf", Self::Document),
            (b"\x1F\x8B", Self::Archive),
            (b"7z\xBC\xAF\x27\x1C", Self::Archive),
            (b"Rar!", Self::Archive),
            (b"BZh", Self::Archive),
            (b"\x89PNG", Self::Picture),
            (b"\xFF\xD8\xFF", Self::Picture),
            (b"GIF8", Self::Picture),
            (b"SQLite format 3\0", Self::Database),
        ];
        known.into_iter().find(|(octets, _)| begins(octets)).map(|(_, kind)| kind)
    }

    /// The same for a text.
    fn of_text(head: &str) -> Option<Self> {
        let start: String = head.trim_start().chars().take(200).flat_map(char::to_lowercase).collect();
        let is_page = ["<!doctype html", "<html", "<table", "<meta", "<?xml", "<div"].iter().any(|tag| start.starts_with(tag));
        let rest = start.strip_prefix('[').map(str::trim_start);
        match () {
            () if is_page => Some(Self::WebPage),
            () if rest.is_some_and(|rest| rest.starts_with('{')) => Some(Self::JsonList),
            () => None,
        }
    }

    /// What to do with it.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Workbook => {
                "open it in the spreadsheet program, save the sheet with the addresses as “CSV UTF-8”, and import that file"
            }
            Self::Archive => "unpack it, and import the files in it one by one",
            Self::Pdf | Self::Document | Self::Picture => {
                "copy the addresses into a spreadsheet, one a row, save it as “CSV UTF-8”, and import that file"
            }
            Self::WebPage => "open it in a spreadsheet program, save it as “CSV UTF-8”, and import that file",
            Self::Database => "export the table with the addresses as CSV, and import that file",
            Self::Utf32 => "open it in a text editor, save it as UTF-8, and import that file",
            Self::JsonList => "write one object a line, without the brackets around them (jq -c '.[]' does it), or export CSV",
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workbook => "this is a workbook (.xlsx, .xls, .ods, .numbers), not a text",
            Self::Archive => "this is an archive of files, not a text",
            Self::Pdf => "this is a PDF, not a text",
            Self::Document => "this is a document of a word processor, not a list",
            Self::WebPage => "this is a web page or XML, whatever its name says",
            Self::Picture => "this is a picture, not a text",
            Self::Database => "this is a database, not a text",
            Self::Utf32 => "this text is in UTF-32, which is not read",
            Self::JsonList => "this is JSON in one piece, and is read only as one object a line",
        })
    }
}

/// The kinds that are told apart before a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Cards,
    List,
    Lines,
}

/// Tells the kind of a text from its beginning and, where that says nothing, from the name of its file.
pub(super) fn of(head: &str, name: &str) -> Result<Kind, Foreign> {
    if let Some(foreign) = Foreign::of_text(head) {
        return Err(foreign);
    }
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if first.len() >= 11 && first.is_char_boundary(11) && first[..11].eq_ignore_ascii_case("begin:vcard") {
        return Ok(Kind::Cards);
    }
    if first.starts_with('{') {
        return Ok(Kind::Lines);
    }
    let is_ours = name.to_lowercase().ends_with(".toml");
    let is_table_head = |line: &str| line.strip_prefix("[[").is_some_and(|rest| rest.trim_start().starts_with(['s', '"', '\'']));
    // Comments may come first; a CSV whose first column is called `#` goes on with something else.
    if is_ours || std::iter::once(first).chain(lines).find(|line| !line.starts_with('#')).is_some_and(is_table_head) {
        return Ok(Kind::List);
    }
    Ok(Kind::Table)
}
