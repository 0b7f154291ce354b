//! HTML taken apart: put together again, it is the same, octet for octet, but for what somebody changed.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::preview::letter) struct Token<'h> {
    /// As it stands there.
    pub(in crate::preview::letter) raw: Cow<'h, str>,
    /// What it is.
    pub(in crate::preview::letter) kind: Kind,
}

/// What a piece of a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::preview::letter) enum Kind {
    /// A start tag.
    Start(Tag),
    /// The end tag of an element of that name.
    End(String),
    /// Text, decoded.
    Text(String),
    /// The text of a `style` element.
    Sheet,
    /// What a comment says.
    Comment(String),
    /// Anything else.
    Other,
}

/// A start tag. `Display` writes it as HTML, whatever its attributes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::preview::letter) struct Tag {
    /// The element's name, in lower case.
    pub(in crate::preview::letter) name: String,
    /// Names, in lower case, and decoded values, in order.
    pub(in crate::preview::letter) attributes: Vec<(String, String)>,
    is_self_closing: bool,
}

impl Tag {
    /// The value of an attribute.
    pub(in crate::preview::letter) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Gives an attribute a value.
    pub(in crate::preview::letter) fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escaped(value))?;
        }
        f.write_str(if self.is_self_closing { "/>" } else { ">" })
    }
}

/// Text as HTML, in an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

/// Takes a document apart. What its conditional comments hold is not read.
pub(in crate::preview::letter) fn read(html: &str) -> Vec<Token<'_>> {
    let mut reading = Reading::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| -> Option<Infallible> {
        reading.see(&event, span.start..span.end);
        None
    });
    // The text of `style` holds no tags.
    emitter.naively_switch_states(true);
    // A text in memory cannot fail to be read.
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    let mut tokens = Vec::with_capacity(reading.found.len());
    let mut end = 0;
    let mut put = |range: Range<usize>, kind: Kind| tokens.push(Token { raw: Cow::Borrowed(&html[range]), kind });
    for (kind, at) in reading.found {
        // Nothing that the tokeniser says of places makes anything stand twice, or not at all.
        let is_sound = at.start >= end && at.end >= at.start && html.is_char_boundary(at.start) && html.is_char_boundary(at.end);
        if !is_sound {
            continue;
        }
        if at.start > end {
            put(end..at.start, Kind::Other);
        }
        end = at.end;
        put(at, kind);
    }
    if end < html.len() {
        put(end..html.len(), Kind::Other);
    }
    tokens
}

#[derive(Debug, Default)]
struct Reading {
    found: Vec<(Kind, Range<usize>)>,
    /// The tag that is being read, and where it began.
    open: Option<(Tag, usize)>,
    attribute: String,
    is_in_style: bool,
}

impl Reading {
    fn see(&mut self, event: &CallbackEvent<'_>, at: Range<usize>) {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        match *event {
            CallbackEvent::OpenStartTag { name } => {
                self.open = Some((Tag { name: text(name), attributes: Vec::new(), is_self_closing: false }, at.start));
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute = text(name);
                if let Some((tag, _)) = &mut self.open {
                    tag.attributes.push((text(name), String::new()));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some((tag, _)) = &mut self.open
                    && let Some((_, last)) = tag.attributes.last_mut()
                {
                    *last = text(value);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                if let Some((mut tag, start)) = self.open.take() {
                    tag.is_self_closing = self_closing;
                    self.is_in_style = tag.name == "style";
                    self.found.push((Kind::Start(tag), start..at.end));
                }
            }
            CallbackEvent::EndTag { name } => {
                self.is_in_style = false;
                self.found.push((Kind::End(text(name)), at));
            }
            CallbackEvent::String { .. } if self.is_in_style => self.found.push((Kind::Sheet, at)),
            CallbackEvent::String { value } => self.found.push((Kind::Text(text(value)), at)),
            CallbackEvent::Comment { value } => self.found.push((Kind::Comment(text(value)), at)),
            CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_document_is_taken_apart() {
        let html = "<!DOCTYPE html><style>a{color:red}</style><!-- c --><p title='a&amp;b' hidden>x &lt; y</p>";
        let kinds: Vec<_> = read(html).into_iter().map(|token| (token.raw.into_owned(), token.kind)).collect();
        let tag = |name: &str, attributes: &[(&str, &str)]| {
            let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Kind::Start(Tag { name: name.to_owned(), attributes, is_self_closing: false })
        };
        let expected = [
            ("<!DOCTYPE html>", Kind::Other),
            ("<style>", tag("style", &[])),
            ("a{color:red}", Kind::Sheet),
            ("</style>", Kind::End("style".to_owned())),
            ("<!-- c -->", Kind::Comment(" c ".to_owned())),
            ("<p title='a&amp;b' hidden>", tag("p", &[("title", "a&b"), ("hidden", "")])),
            ("x &lt; y", Kind::Text("x < y".to_owned())),
            ("</p>", Kind::End("p".to_owned())),
        ];
        assert_eq!(kinds, expected.map(|(raw, kind)| (raw.to_owned(), kind)));
    }

    #[test]
    fn a_tag_is_written_so_that_no_value_ends_it() {
        let tag =
            Tag { name: "p".to_owned(), attributes: vec![("title".to_owned(), "\"><&".to_owned())], is_self_closing: false };
        assert_eq!(tag.to_string(), "<p title=\"&quot;&gt;&lt;&amp;\">");
    }

    proptest! {
        #[test]
        fn together_the_pieces_are_the_whole(html in "(\\PC|[<>!/&;\"'=\r\n-]|<style>|</style>|<p |<!--|-->|&amp;|\u{e9}){0,80}") {
            prop_assert_eq!(read(&html).iter().map(|token| token.raw.as_ref()).collect::<String>(), html);
        }
    }
}
