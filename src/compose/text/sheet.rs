//! A plain text being written: paragraphs that flow, lines that stay, links listed after each piece.

use super::direction;
use super::line::{End, Line, columns, tidy, wrap};
use crate::model::language::Words;
use crate::model::link::Link;

/// Columns of a line, as a reader sees them.
pub const COLUMNS: usize = 72;

/// A plain text being written, line by line.
#[derive(Debug)]
pub struct Sheet {
    words: &'static Words,
    /// Whether paragraphs are broken into lines that flow again; otherwise each is one line.
    is_flowed: bool,
    lines: Vec<Line>,
    /// How many links have a number.
    links: usize,
    /// Numbers and addresses not listed yet.
    waiting: Vec<(usize, String)>,
    /// Addresses that stand in the text itself.
    addresses: Vec<String>,
}

/// A finished plain text.
#[derive(Debug, PartialEq, Eq)]
pub struct PlainText {
    /// What it says: LF line ends, marked for the media type.
    pub text: String,
    /// Its media type, with the parameters that tell how its lines flow.
    pub media_type: &'static str,
}

impl Sheet {
    /// An empty sheet for an edition in the language of `words`.
    #[must_use]
    pub fn new(words: &'static Words, is_flowed: bool) -> Self {
        Self { words, is_flowed, lines: Vec::new(), links: 0, waiting: Vec::new(), addresses: Vec::new() }
    }

    /// A paragraph that flows. Line feeds in it are line breaks.
    pub fn paragraph(&mut self, text: &str) {
        for text in text.split('\n') {
            let mut before = None;
            for line in self.broken(text, COLUMNS) {
                // Between two foreign words the mark would part them where the lines flow together again.
                let is_inside_phrase = before.is_some_and(|before| before != self.words.direction);
                before = direction::last(&line.text).or(before);
                let line = if is_inside_phrase { line } else { Line { text: self.marked(&line.text, text, false), ..line } };
                self.lines.push(line);
            }
        }
    }

    /// A paragraph that hangs: `mark` before its first line, the others as far in. Such lines stay as they are: flowing would undo
    /// the indent. In editions from right to left the indent is at the right by itself, for the line runs from there.
    pub fn hanging(&mut self, indent: usize, mark: &str, text: &str) {
        let depth = indent + columns(mark, self.words);
        for (number, text) in text.split('\n').enumerate() {
            let width = COLUMNS.saturating_sub(depth).max(COLUMNS / 3);
            for (index, line) in self.broken(text, width).into_iter().enumerate() {
                let is_first = number == 0 && index == 0;
                let words = if is_first { [mark, &line.text].concat() } else { line.text };
                let words = self.marked(&words, text, !mark.is_empty());
                self.fixed(&format!("{:1$}{words}", "", if is_first { indent } else { depth }));
            }
        }
    }

    /// A line that stays as it is.
    pub fn fixed(&mut self, text: &str) {
        self.lines.push(Line { text: text.trim_end_matches([' ', '\t']).to_owned(), end: End::Hard });
    }

    /// A title of a level: 1 for the letter's, 2 for a block's, 3 for one inside a text. Before it stand plus signs, more the higher
    /// it is, as the TEN Standard (§8) has them: one can search for them, and hear them, which no underline allows.
    pub fn heading(&mut self, indent: usize, level: usize, text: &str) {
        let mark = "+".repeat(4_usize.saturating_sub(level)) + " ";
        self.hanging(indent, &mark, text);
    }

    /// Two empty lines, as they stand before a title.
    pub fn wide_gap(&mut self) {
        self.gap();
        if !self.lines.is_empty() {
            self.fixed("");
        }
    }

    /// A line between two parts.
    pub fn rule(&mut self, indent: usize) {
        self.fixed(&format!("{:indent$}* * *", ""));
    }

    /// One empty line, unless there is one already.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.text.is_empty()) {
            self.fixed("");
        }
    }

    /// The separator before a signature (RFC 3676 §4.3): two hyphens and a space.
    pub fn signature(&mut self) {
        self.gap();
        self.lines.push(Line { text: "-- ".to_owned(), end: End::Hard });
    }

    /// A link's words with a number, under which its address is listed [after the piece](Self::list_links). Words that are the
    /// address itself need none.
    pub fn link(&mut self, words: &str, link: &Link) -> String {
        let shown = link.shown();
        if words.trim() == shown {
            self.addresses.push(shown.to_owned());
            return words.to_owned();
        }
        let known = self.waiting.iter().find(|(_, address)| address == shown).map(|(number, _)| *number);
        let number = known.unwrap_or_else(|| {
            self.links += 1;
            self.waiting.push((self.links, shown.to_owned()));
            self.links
        });
        // In the digits of the language: so its readers type them when they search, and a voice reads them without changing tongue.
        format!("{words} [{}]", self.words.number(number))
    }

    /// Lists the addresses of the links since the last such list. Addresses are never broken.
    pub fn list_links(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.gap();
        for (number, address) in std::mem::take(&mut self.waiting) {
            let number = self.words.number(number);
            self.fixed(&format!("[{number}] {address}"));
        }
    }

    /// The text, as it goes into its part. In a flowed one (RFC 3676 §4.2 and §4.4) a soft line ends in a space, and a line that
    /// begins with a space, `>` or `From ` has one more space before it. If a line ends where no space stood, as between Chinese
    /// characters, each soft line ends in one space more than the text has there (`delsp=yes`).
    #[must_use]
    pub fn finish(self) -> PlainText {
        let is_seamed = self.lines.iter().any(|line| line.end == End::Seam);
        let media_type = match (self.is_flowed, is_seamed) {
            (false, _) => "text/plain; charset=utf-8",
            (true, false) => "text/plain; charset=utf-8; format=flowed; delsp=no",
            (true, true) => "text/plain; charset=utf-8; format=flowed; delsp=yes",
        };
        let mut text = String::new();
        for line in self.lines {
            if self.is_flowed && (line.text.starts_with([' ', '>']) || line.text.starts_with("From ")) {
                text.push(' ');
            }
            text.push_str(&line.text);
            text.push_str(match (line.end, is_seamed) {
                (End::Hard, _) => "",
                (End::Space, true) => "  ",
                (End::Space, false) | (End::Seam, _) => " ",
            });
            text.push('\n');
        }
        PlainText { text, media_type }
    }

    fn broken(&self, text: &str, width: usize) -> Vec<Line> {
        if self.is_flowed {
            wrap(text, width, self.words, &self.addresses)
        } else {
            vec![Line { text: tidy(text), end: End::Hard }]
        }
    }

    /// A line of `text` with the mark that makes it run as the edition does, if it needs one.
    fn marked(&self, line: &str, text: &str, is_marked: bool) -> String {
        let own = self.words.direction;
        if direction::is_mark_needed(own, line, text, is_marked) {
            format!("{}{line}", direction::mark(own))
        } else {
            line.to_owned()
        }
    }
}
