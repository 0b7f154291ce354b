//! The composed HTML as a document: what its tags say of its structure, to browsers and to Word's engine.
//!
//! Classic Outlook shows mail with Word. It reads what stands in comments that begin with `[if mso]`, and passes over what stands between
//! `[if !mso]` and `[endif]`: to it, a letter is another document, which no validator of HTML ever sees. Here both are read in one go.

use std::collections::HashSet;
use std::convert::Infallible;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use crate::compose::Message;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;
use crate::model::source::Place;

/// Elements that have no end tag (WHATWG HTML §13.1.2).
const VOID: [&str; 13] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// What shows a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Browsers, and the many mail programs that use one.
    Browser,
    /// Word, in classic Outlook.
    Word,
}

/// Who gets to see a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everyone,
    WordOnly,
    AllButWord,
}

#[derive(Debug)]
struct Tag {
    name: String,
    is_end: bool,
    is_self_closing: bool,
    role: Option<String>,
    id: Option<String>,
    /// What follows the `#` of a link within the document.
    anchor: Option<String>,
    audience: Audience,
    span: Range<usize>,
}

/// The tags of a document, and what else the rules ask of it.
#[derive(Debug)]
pub struct Markup {
    tags: Vec<Tag>,
    faults: Vec<Fault>,
    style: usize,
    /// Who gets to see what is being read.
    audience: Audience,
    attribute: String,
    is_in_style: bool,
}

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// Where, in octets of the HTML.
    pub at: Range<usize>,
}

/// What a conditional comment holds for Word begins with this.
const FOR_WORD: &str = "[if mso]>";
/// And ends with this.
const END: &str = "<![endif]";

impl Markup {
    /// Reads an HTML document, conditional comments included. Never fails: what is not sound is among its [faults](Self::faults).
    #[must_use]
    pub fn read(html: &str) -> Self {
        let (tags, faults, attribute) = (Vec::new(), Vec::new(), String::new());
        let mut markup = Self { tags, faults, style: 0, audience: Audience::Everyone, attribute, is_in_style: false };
        markup.tokenize(html, 0);
        markup
    }

    /// Octets of all style sheets that mail programs other than Word read.
    #[must_use]
    pub fn style(&self) -> usize {
        self.style
    }

    fn tokenize(&mut self, html: &str, offset: usize) {
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| -> Option<Infallible> {
            self.see(&event, span.start + offset..span.end + offset);
            None
        });
        // The text of `style` holds no tags.
        emitter.naively_switch_states(true);
        // A text in memory cannot fail to be read.
        let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    }

    fn see(&mut self, event: &CallbackEvent<'_>, at: Range<usize>) {
        match *event {
            CallbackEvent::OpenStartTag { name } => self.tags.push(Tag::new(name, false, self.audience, at)),
            CallbackEvent::EndTag { name } => {
                self.is_in_style = false;
                self.tags.push(Tag::new(name, true, self.audience, at));
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute.clear();
                self.attribute.push_str(&String::from_utf8_lossy(name));
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(tag) = self.tags.last_mut().filter(|tag| !tag.is_end) {
                    tag.set(&self.attribute, value);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                if let Some(tag) = self.tags.last_mut() {
                    tag.is_self_closing = self_closing;
                    tag.span.end = at.end;
                    self.is_in_style = tag.name == "style";
                }
            }
            CallbackEvent::String { value } if self.is_in_style && self.audience != Audience::WordOnly => {
                self.style += value.len();
            }
            CallbackEvent::Comment { value } => self.comment(&String::from_utf8_lossy(value), at),
            _ => {}
        }
    }

    fn comment(&mut self, comment: &str, at: Range<usize>) {
        let fault = |message: &str| Fault { rule: "unbalanced-tag", message: message.to_owned(), at: at.clone() };
        match (comment, self.audience) {
            ("[if !mso]><!", Audience::Everyone) => self.audience = Audience::AllButWord,
            ("<![endif]", Audience::AllButWord) => self.audience = Audience::Everyone,
            ("[if !mso]><!" | "<![endif]", _) => self.faults.push(fault("a conditional comment is not closed, or was not open")),
            (_, Audience::Everyone) if comment.starts_with(FOR_WORD) => {
                let Some(inside) = comment[FOR_WORD.len()..].strip_suffix(END) else {
                    self.faults.push(fault("a conditional comment does not end with <![endif]-->"));
                    return;
                };
                self.audience = Audience::WordOnly;
                self.tokenize(inside, at.start + "<!--".len() + FOR_WORD.len());
                self.audience = Audience::Everyone;
                self.is_in_style = false;
            }
            _ => {}
        }
    }

    /// What is wrong with the document, as an engine reads it.
    #[must_use]
    pub fn faults(&self, engine: Engine) -> Vec<Fault> {
        let hidden = match engine {
            Engine::Browser => Audience::WordOnly,
            Engine::Word => Audience::AllButWord,
        };
        let tags: Vec<_> = self.tags.iter().filter(|tag| tag.audience != hidden).collect();
        let mut faults = self.faults.clone();
        faults.extend(balance(&tags));
        faults.extend(roles(&tags));
        faults.extend(headings(&tags));
        faults.extend(anchors(&tags));
        faults
    }
}

impl Tag {
    fn new(name: &[u8], is_end: bool, audience: Audience, span: Range<usize>) -> Self {
        let name = String::from_utf8_lossy(name).into_owned();
        Self { name, is_end, is_self_closing: false, role: None, id: None, anchor: None, audience, span }
    }

    fn set(&mut self, attribute: &str, value: &[u8]) {
        let value = || String::from_utf8_lossy(value).into_owned();
        match attribute {
            "role" => self.role = Some(value()),
            "id" => self.id = Some(value()),
            "href" => self.anchor = value().strip_prefix('#').map(str::to_owned),
            _ => {}
        }
    }

    fn fault(&self, rule: &'static str, message: String) -> Fault {
        Fault { rule, message, at: self.span.clone() }
    }
}

/// Tags that close nothing, or are closed by nothing. Browsers would guess, each alike; Word guesses otherwise.
fn balance(tags: &[&Tag]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut open: Vec<&Tag> = Vec::new();
    let unclosed = |tag: &Tag| tag.fault("unbalanced-tag", format!("`<{}>` is not closed", tag.name));
    for tag in tags.iter().filter(|tag| !VOID.contains(&tag.name.as_str())) {
        if !tag.is_end {
            // HTML knows no `<p/>`: it is an open `<p>`. Only the XML that Word reads closes itself.
            if !(tag.is_self_closing && tag.name.contains(':')) {
                open.push(tag);
            }
        } else if let Some(at) = open.iter().rposition(|opened| opened.name == tag.name) {
            faults.extend(open.drain(at..).skip(1).map(unclosed));
        } else {
            faults.push(tag.fault("unbalanced-tag", format!("`</{}>` closes nothing", tag.name)));
        }
    }
    faults.extend(open.into_iter().map(unclosed));
    faults
}

/// Tables without the role that tells screen readers to pass over them: in a letter of ours, each serves the layout.
fn roles(tags: &[&Tag]) -> Vec<Fault> {
    let is_layout = |tag: &Tag| matches!(tag.role.as_deref(), Some("presentation" | "none"));
    let tables = tags.iter().filter(|tag| !tag.is_end && tag.name == "table" && !is_layout(tag));
    tables.map(|tag| tag.fault("table-role", "a table that serves the layout does not say so".to_owned())).collect()
}

/// Headings that skip a level, and a document with no first heading or with several.
fn headings(tags: &[&Tag]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut level = 0;
    let mut firsts = 0;
    for tag in tags.iter().filter(|tag| !tag.is_end) {
        let &[b'h', digit @ b'1'..=b'6'] = tag.name.as_bytes() else { continue };
        let next = digit - b'0';
        firsts += usize::from(next == 1);
        if next > level + 1 {
            let message = if level == 0 {
                format!("the first heading is an `<h{next}>`, not the `<h1>`")
            } else {
                format!("an `<h{next}>` follows an `<h{level}>`: a level of headings is left out")
            };
            faults.push(tag.fault("heading-order", message));
        } else if next == 1 && firsts == 2 {
            faults.push(tag.fault("heading-order", "there is more than one `<h1>`".to_owned()));
        }
        level = next;
    }
    if firsts == 0 {
        faults.push(Fault { rule: "heading-order", message: "there is no `<h1>`".to_owned(), at: 0..0 });
    }
    faults
}

/// Places in the document that are named twice, and links to places that are not there.
fn anchors(tags: &[&Tag]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut ids = HashSet::new();
    for tag in tags {
        if let Some(id) = tag.id.as_deref().filter(|id| !ids.insert(*id)) {
            faults.push(tag.fault("duplicate-id", format!("the name `{id}` is given to two places")));
        }
    }
    for tag in tags {
        if let Some(anchor) = tag.anchor.as_deref().filter(|anchor| !ids.contains(anchor)) {
            faults.push(tag.fault("dead-anchor", format!("a link leads to `#{anchor}`, and nothing has that name")));
        }
    }
    faults
}

/// Findings on the composed HTML of an edition, each at the block that became it.
#[must_use]
pub fn check(edition: &Edition, message: &Message, markup: &Markup) -> Vec<Diagnostic> {
    let for_word = markup.faults(Engine::Word);
    let mut faults: Vec<_> = markup.faults(Engine::Browser).into_iter().map(|fault| (fault, false)).collect();
    let is_new = |fault: &Fault| faults.iter().all(|(known, _)| known != fault);
    let only_word: Vec<_> = for_word.into_iter().filter(is_new).map(|fault| (fault, true)).collect();
    faults.extend(only_word);
    // One fault of a frame around all blocks can show at each of them.
    faults.truncate(FAULTS_MAX);
    faults
        .into_iter()
        .map(|(fault, is_word)| {
            let reader = if is_word { "; so classic Outlook reads it" } else { "" };
            let said = format!("the HTML made from this is not sound: {}{reader}", fault.message);
            let help = "this is a fault of Postrider's, not of the text: please report it, with this block";
            Diagnostic::error(fault.rule, place(edition, message, fault.at.start), said, help)
        })
        .collect()
}

/// The most faults of a document that are told.
const FAULTS_MAX: usize = 20;

/// The block whose markup has an octet of the HTML; the file as a whole for what stands around the blocks.
#[must_use]
pub fn place(edition: &Edition, message: &Message, octet: usize) -> Place {
    let next = message.blocks.partition_point(|span| span.html.end <= octet);
    let found = message.blocks.get(next).filter(|span| span.html.start <= octet);
    found.and_then(|span| edition.blocks.get(span.block)).map_or_else(|| edition.place.clone(), |block| block.place.clone())
}
