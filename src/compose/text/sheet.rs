//! Lines of plain text: wrapped at 72 columns, flowing again where the reader's program can.

use unicode_width::UnicodeWidthStr;

use crate::model::link::Link;

/// Columns of a line, as a reader sees them.
pub const COLUMNS: usize = 72;

/// A plain text being written, line by line.
#[derive(Debug, Default)]
pub struct Sheet {
    lines: Vec<Line>,
    links: usize,
    waiting: Vec<(usize, String)>,
}

#[derive(Debug)]
struct Line {
    text: String,
    /// Whether the line's paragraph goes on in the next one.
    is_soft: bool,
}

impl Sheet {
    /// A paragraph that flows. Line feeds in it are line breaks.
    pub fn paragraph(&mut self, text: &str) {
        for line in text.split('\n') {
            let wrapped = wrap(line, COLUMNS);
            let last = wrapped.len().saturating_sub(1);
            let lines = wrapped.into_iter().enumerate();
            self.lines.extend(lines.map(|(index, text)| Line { text, is_soft: index < last }));
        }
    }

    /// A paragraph that hangs: `mark` before its first line, the others as far in. Such lines stay as they are: flowing would undo
    /// the indent.
    pub fn hanging(&mut self, indent: usize, mark: &str, text: &str) {
        let depth = indent + mark.width();
        for (number, line) in text.split('\n').enumerate() {
            let width = COLUMNS.saturating_sub(depth).max(COLUMNS / 3);
            for (index, words) in wrap(line, width).into_iter().enumerate() {
                let lead = if number == 0 && index == 0 { format!("{:indent$}{mark}", "") } else { " ".repeat(depth) };
                self.fixed(&format!("{lead}{words}"));
            }
        }
    }

    /// A line that stays as it is.
    pub fn fixed(&mut self, text: &str) {
        self.lines.push(Line { text: text.trim_end().to_owned(), is_soft: false });
    }

    /// A title, underlined as far as it is wide with `sign`.
    pub fn heading(&mut self, indent: usize, sign: &str, text: &str) {
        let room = COLUMNS.saturating_sub(indent).max(COLUMNS / 3);
        let lines: Vec<_> = text.split('\n').flat_map(|line| wrap(line, room)).collect();
        let width = lines.iter().map(|line| line.width()).max().unwrap_or(0).clamp(1, room);
        for line in lines.into_iter().chain([sign.repeat(width)]) {
            self.fixed(&format!("{:indent$}{line}", ""));
        }
    }

    /// A line across the sheet.
    pub fn rule(&mut self) {
        self.fixed(&"-".repeat(COLUMNS));
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
        self.lines.push(Line { text: "-- ".to_owned(), is_soft: false });
    }

    /// A link's words with a number, under which its address is listed [after the piece](Self::list_links). Words that are the
    /// address itself need none.
    pub fn link(&mut self, words: &str, link: &Link) -> String {
        let shown = link.shown();
        if words.trim() == shown {
            return words.to_owned();
        }
        let known = self.waiting.iter().find(|(_, address)| address == shown).map(|(number, _)| *number);
        let number = known.unwrap_or_else(|| {
            self.links += 1;
            self.waiting.push((self.links, shown.to_owned()));
            self.links
        });
        format!("{words} [{number}]")
    }

    /// Lists the addresses of the links since the last such list. Addresses are never broken.
    pub fn list_links(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.gap();
        for (number, address) in std::mem::take(&mut self.waiting) {
            self.fixed(&format!("[{number}] {address}"));
        }
    }

    /// The text, as it goes into a `format=flowed` part (RFC 3676 §4.2 and §4.4): a soft line ends in a space, and a line that begins
    /// with a space, `>` or `From ` has one more space before it.
    #[must_use]
    pub fn into_text(self) -> String {
        let mut text = String::new();
        for line in self.lines {
            if line.text.starts_with([' ', '>']) || line.text.starts_with("From ") {
                text.push(' ');
            }
            text.push_str(&line.text);
            // Two hyphens and a space are the separator before a signature, wherever they stand alone (§4.3).
            if line.is_soft && line.text != "--" {
                text.push(' ');
            }
            text.push('\n');
        }
        text
    }
}

/// Breaks a line at its spaces into lines of at most `width` columns. A word that is wider stands alone, whole: it may be an address.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split([' ', '\t']).filter(|word| !word.is_empty()) {
        let current = lines.last_mut().expect("there is always a line");
        if current.is_empty() {
            current.push_str(word);
            used = word.width();
        } else if used + 1 + word.width() <= width {
            current.push(' ');
            current.push_str(word);
            used += 1 + word.width();
        } else {
            lines.push(word.to_owned());
            used = word.width();
        }
    }
    lines
}
