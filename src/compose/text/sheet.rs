//! A plain text being written: paragraphs that flow, lines that stay, links listed after each piece.

use super::direction;
use super::line::{End, Line, columns, tidy, wrap};
use crate::compose::slot;
use crate::model::language::Words;
use crate::model::link::Link;

/// Columns of a line, as a reader sees them.
pub const COLUMNS: usize = 72;

/// A plain text being written, line by line.
#[derive(Debug)]
pub struct Sheet {
    layout: Layout,
    entries: Vec<Entry>,
    /// How many links have a number.
    links: usize,
    /// Numbers and addresses not listed yet.
    waiting: Vec<(usize, String)>,
    /// Addresses that stand in the text itself.
    addresses: Vec<String>,
    /// Open words of links that have a number, and the address that they would have to be to need none.
    unlike: Vec<(String, String)>,
}

/// How paragraphs become lines.
#[derive(Debug, Clone, Copy)]
struct Layout {
    words: &'static Words,
    /// Whether paragraphs are broken into lines that flow again; otherwise each is one line.
    is_flowed: bool,
}

/// What stands on a sheet.
#[derive(Debug)]
pub(in crate::compose) enum Entry {
    Line(Line),
    /// A paragraph with merge fields in a template.
    Open(Open),
    /// An empty line, if the open paragraph before it does not end in one.
    Gap,
}

/// A paragraph that is to be set once its values are known.
#[derive(Debug)]
pub(in crate::compose) struct Open {
    setting: Setting,
    text: String,
    /// How many addresses stood in the text when it was written.
    addresses: usize,
}

#[derive(Debug)]
enum Setting {
    Paragraph,
    Hanging { indent: usize, mark: String },
}

/// A text of which some stretches wait for a reader's values.
#[derive(Debug)]
pub(in crate::compose) struct Draft {
    layout: Layout,
    is_seamed: bool,
    /// The text, in order; each stretch is whole lines.
    pub(in crate::compose) stretches: Vec<Stretch>,
    addresses: Vec<String>,
    unlike: Vec<(String, String)>,
}

/// Lines that are the same for everyone, or are not.
#[derive(Debug)]
pub(in crate::compose) enum Stretch {
    Same(String),
    Open(Vec<Entry>),
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
        let layout = Layout { words, is_flowed };
        Self { layout, entries: Vec::new(), links: 0, waiting: Vec::new(), addresses: Vec::new(), unlike: Vec::new() }
    }

    /// A paragraph that flows. Line feeds in it are line breaks.
    pub fn paragraph(&mut self, text: &str) {
        self.set(Setting::Paragraph, text);
    }

    /// A paragraph that hangs: `mark` before its first line, the others as far in. Such lines stay as they are: flowing would undo
    /// the indent. In editions from right to left the indent is at the right by itself, for the line runs from there.
    pub fn hanging(&mut self, indent: usize, mark: &str, text: &str) {
        self.set(Setting::Hanging { indent, mark: mark.to_owned() }, text);
    }

    fn set(&mut self, setting: Setting, text: &str) {
        if slot::is_open(text) {
            self.entries.push(Entry::Open(Open { setting, text: text.to_owned(), addresses: self.addresses.len() }));
        } else {
            let lines = self.layout.lines(&setting, text, &self.addresses);
            self.entries.extend(lines.into_iter().map(Entry::Line));
        }
    }

    /// A line that stays as it is.
    pub fn fixed(&mut self, text: &str) {
        self.entries.push(Entry::Line(fixed(text)));
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
        if !self.entries.is_empty() {
            self.fixed("");
        }
    }

    /// A line between two parts.
    pub fn rule(&mut self, indent: usize) {
        self.fixed(&format!("{:indent$}* * *", ""));
    }

    /// One empty line, unless there is one already.
    pub fn gap(&mut self) {
        match self.entries.last() {
            Some(Entry::Line(line)) if !line.text.is_empty() => self.fixed(""),
            // Whether it ends in an empty line is for its values to say.
            Some(Entry::Open(_)) => self.entries.push(Entry::Gap),
            _ => {}
        }
    }

    /// The separator before a signature (RFC 3676 §4.3): two hyphens and a space.
    pub fn signature(&mut self) {
        self.gap();
        self.entries.push(Entry::Line(Line { text: "-- ".to_owned(), end: End::Hard }));
    }

    /// A link's words with a number, under which its address is listed [after the piece](Self::list_links). Words that are the
    /// address itself need none.
    pub fn link(&mut self, words: &str, link: &Link) -> String {
        let shown = link.shown();
        if slot::is_open(words) {
            self.unlike.push((words.to_owned(), shown.to_owned()));
        }
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
        format!("{words} [{}]", self.layout.words.number(number))
    }

    /// Lists the addresses of the links since the last such list. Addresses are never broken.
    pub fn list_links(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.gap();
        for (number, address) in std::mem::take(&mut self.waiting) {
            let number = self.layout.words.number(number);
            self.fixed(&format!("[{number}] {address}"));
        }
    }

    /// The text, as it goes into its part. In a flowed one (RFC 3676 §4.2 and §4.4) a soft line ends in a space, and a line that
    /// begins with a space, `>` or `From ` has one more space before it. If a line ends where no space stood, as between Chinese
    /// characters, each soft line ends in one space more than the text has there (`delsp=yes`).
    #[must_use]
    pub fn finish(self) -> PlainText {
        let draft = self.draft(false);
        let media_type = draft.media_type();
        let text = draft.stretches.iter().map(|stretch| match stretch {
            Stretch::Same(text) => text.clone(),
            Stretch::Open(_) => draft.filled(stretch, &[]).unwrap_or_default(),
        });
        PlainText { text: text.collect(), media_type }
    }

    /// What is the same for everyone, finished, and what is not, to be set once the values are known. `is_seamed` tells that soft lines
    /// end as where one of them ends in a [seam](End::Seam), even if none of the same ones does.
    pub(in crate::compose) fn draft(self, is_seamed: bool) -> Draft {
        let Self { layout, entries, addresses, unlike, .. } = self;
        let is_seamed = is_seamed || entries.iter().any(|entry| matches!(entry, Entry::Line(line) if line.end == End::Seam));
        let mut stretches: Vec<Stretch> = Vec::new();
        for entry in entries {
            match (entry, stretches.last_mut()) {
                (Entry::Line(line), Some(Stretch::Same(text))) => layout.write(&line, is_seamed, text),
                (Entry::Line(line), _) => {
                    let mut text = String::new();
                    layout.write(&line, is_seamed, &mut text);
                    stretches.push(Stretch::Same(text));
                }
                (entry, Some(Stretch::Open(entries))) => entries.push(entry),
                (entry, _) => stretches.push(Stretch::Open(vec![entry])),
            }
        }
        Draft { layout, is_seamed, stretches, addresses, unlike }
    }
}

impl Layout {
    fn lines(&self, setting: &Setting, text: &str, addresses: &[String]) -> Vec<Line> {
        match setting {
            Setting::Paragraph => self.paragraph(text, addresses),
            Setting::Hanging { indent, mark } => self.hanging(*indent, mark, text, addresses),
        }
    }

    fn paragraph(&self, text: &str, addresses: &[String]) -> Vec<Line> {
        let mut lines = Vec::new();
        for text in text.split('\n') {
            let mut before = None;
            for line in self.broken(text, COLUMNS, addresses) {
                // Between two foreign words the mark would part them where the lines flow together again.
                let is_inside_phrase = before.is_some_and(|before| before != self.words.direction);
                before = direction::last(&line.text).or(before);
                let line = if is_inside_phrase { line } else { Line { text: self.marked(&line.text, text, false), ..line } };
                lines.push(line);
            }
        }
        lines
    }

    fn hanging(&self, indent: usize, mark: &str, text: &str, addresses: &[String]) -> Vec<Line> {
        let depth = indent + columns(mark, self.words);
        let mut lines = Vec::new();
        for (number, text) in text.split('\n').enumerate() {
            let width = COLUMNS.saturating_sub(depth).max(COLUMNS / 3);
            for (index, line) in self.broken(text, width, addresses).into_iter().enumerate() {
                let is_first = number == 0 && index == 0;
                let words = if is_first { [mark, &line.text].concat() } else { line.text };
                let words = self.marked(&words, text, !mark.is_empty());
                lines.push(fixed(&format!("{:1$}{words}", "", if is_first { indent } else { depth })));
            }
        }
        lines
    }

    /// Adds a line as it goes into its part.
    fn write(&self, line: &Line, is_seamed: bool, text: &mut String) {
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

    fn broken(&self, text: &str, width: usize, addresses: &[String]) -> Vec<Line> {
        if self.is_flowed { wrap(text, width, self.words, addresses) } else { vec![Line { text: tidy(text), end: End::Hard }] }
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

impl Draft {
    /// The media type of the text, with the parameters that tell how its lines flow.
    pub(in crate::compose) fn media_type(&self) -> &'static str {
        match (self.layout.is_flowed, self.is_seamed) {
            (false, _) => "text/plain; charset=utf-8",
            (true, false) => "text/plain; charset=utf-8; format=flowed; delsp=no",
            (true, true) => "text/plain; charset=utf-8; format=flowed; delsp=yes",
        }
    }

    /// Whether a reader's values make a link's words its address, which then would have no number.
    pub(in crate::compose) fn is_alike(&self, values: &[String]) -> bool {
        self.unlike.iter().any(|(words, address)| slot::fill(words, values).trim() == address)
    }

    /// A stretch with a reader's values. `None` where a line of it ends in a seam and the rest of the text does not know of any.
    pub(in crate::compose) fn filled(&self, stretch: &Stretch, values: &[String]) -> Option<String> {
        let entries = match stretch {
            Stretch::Same(text) => return Some(text.clone()),
            Stretch::Open(entries) => entries,
        };
        let mut text = String::new();
        let mut is_after_words = false;
        for entry in entries {
            let lines = match entry {
                Entry::Open(open) => {
                    let filled = direction::settled(self.layout.words.direction, &slot::fill(&open.text, values));
                    self.layout.lines(&open.setting, &filled, &self.addresses[..open.addresses])
                }
                Entry::Gap if is_after_words => vec![fixed("")],
                Entry::Gap | Entry::Line(_) => Vec::new(),
            };
            for line in lines {
                if line.end == End::Seam && !self.is_seamed {
                    return None;
                }
                self.layout.write(&line, self.is_seamed, &mut text);
                is_after_words = !line.text.is_empty();
            }
        }
        Some(text)
    }
}

/// A line that stays as it is.
fn fixed(text: &str) -> Line {
    Line { text: text.trim_end_matches([' ', '\t']).to_owned(), end: End::Hard }
}
