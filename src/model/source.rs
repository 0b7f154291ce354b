//! A file's text, and places in it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A file as it was read: its name and its text.
#[derive(Debug)]
pub struct Source {
    /// The path from the project's folder, with `/` between its parts.
    pub name: String,
    /// The whole text, without a byte order mark and with LF line ends. Empty where the file could not be read.
    pub text: String,
    /// Where each line begins, in octets: a place is found without walking the whole text. Nobody asks where all is well.
    lines: OnceLock<Vec<usize>>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for Source {}

impl Source {
    /// A source, with the text brought to its one form: a byte order mark is dropped, CRLF becomes LF.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let mut text = text.into();
        if text.starts_with('\u{FEFF}') {
            text.remove(0);
        }
        // A list can be large, and most have nothing to exchange.
        if text.contains("\r\n") {
            text = text.replace("\r\n", "\n");
        }
        Arc::new(Self { name: name.into(), text, lines: OnceLock::new() })
    }

    /// The line and the column of an octet offset, both from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let begin = || std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let lines: &Vec<usize> = self.lines.get_or_init(begin);
        let line = lines.partition_point(|&start| start <= offset);
        (line, self.text[lines[line - 1]..offset].chars().count() + 1)
    }
}

/// A stretch of a source, or the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Octets of [`Source::text`], at character boundaries; `None` where the file as a whole is meant.
    pub span: Option<Range<usize>>,
}

impl Place {
    /// A stretch of a file.
    #[must_use]
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        let end = source.text.ceil_char_boundary(span.end.min(source.text.len()));
        let start = source.text.floor_char_boundary(span.start.min(end));
        Self { source: Arc::clone(source), span: Some(start..end) }
    }

    /// A file as a whole.
    #[must_use]
    pub fn whole(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), span: None }
    }

    /// A file whose text is not to be had: a folder, a picture, one that is missing.
    #[must_use]
    pub fn file(name: impl Into<String>) -> Self {
        Self::whole(&Source::new(name, ""))
    }

    /// The same place with some octets of its file made unreadable: a secret that a message must not repeat.
    #[must_use]
    pub fn hiding(&self, secret: Range<usize>) -> Self {
        let text = &self.source.text;
        let hidden: String = text[secret.clone()].bytes().map(|octet| if octet == b'\n' { '\n' } else { '*' }).collect();
        let text = [&text[..secret.start], hidden.as_str(), &text[secret.end..]].concat();
        let source = Source::new(self.source.name.as_str(), text);
        Self { source, span: self.span.clone() }
    }

    /// Line and column of the start, both from 1, unless the file as a whole is meant.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.span.as_ref().map(|span| self.source.position(span.start))
    }
}
