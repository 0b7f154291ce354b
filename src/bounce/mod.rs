//! Floor 2: what mail means that came to the list's own mailbox: a failed delivery, a complaint, an answer of a machine, a request to leave.
//!
//! Every octet of it is a stranger's. Nothing here believes whom a message says that it is about: the marks in the addresses that it came to
//! prove that ([`Returned`](crate::token::Returned)), and whoever calls holds them against the keys.
//!
//! - [`read`]: a message to a [`Reading`]
//! - [`status`]: what a status and a server's words say about an address: a [`Class`]
//! - [`score`](score()): what several of them come to, issue by issue
//!
//! Inside: `report` reads the standard forms (RFC 3464, RFC 5965), `plain` those that servers made up, `phrase` has the words of the latter.

mod phrase;
mod plain;
mod report;
mod score;
pub mod status;

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

pub use score::{Incident, Verdict, is_domain_fault, score};
pub use status::{Class, Status};

/// The most recipients of a report that are read.
const RECIPIENTS_MAX: usize = 1_000;
/// The most parts of a message that hold others.
const PARTS_MAX: usize = 60;
/// The most octets of a text that are looked at: what matters stands at the beginning.
const TEXT_MAX: usize = 64 << 10;
/// The most characters of a server's words that are kept.
const WORDS_MAX: usize = 300;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Mail that could not be delivered: what that says about each address, its [`Class`] says.
    Bounce,
    /// A warning that delivery takes longer: it counts for nothing.
    Delayed,
    /// A receipt: it was delivered, relayed or expanded.
    Delivered,
    /// Somebody pressed the button for unwanted mail (RFC 5965).
    Complaint,
    /// An answer of a machine: somebody is away, somebody wants a proof that we are human (RFC 3834).
    AutoReply,
    /// Somebody asks to leave.
    Request,
    /// A letter to be read by people.
    Other,
}

/// A recipient of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address that it names, as it is written there.
    pub address: Option<String>,
    /// What it says about the address.
    pub class: Class,
    /// The status.
    pub status: Option<Status>,
    /// The server's words: one line of visible characters.
    pub text: String,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub kind: Kind,
    /// Whom a report is about; one without an address where it names nobody. Empty for what is no report.
    pub recipients: Vec<Recipient>,
    /// The addresses that it came to: of the envelope first, as servers write them down, then those in `To` and `Cc`.
    pub to: Vec<String>,
    /// Whom it is from, as it claims.
    pub from: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The beginning of its text, for what somebody wrote there.
    pub text: String,
    /// The fields of the message that a report gives back, as far as it does: where a mail carries the marks of its reader, they are among them.
    pub returned: String,
}

/// Reads a message. Whatever the octets are, it reads as something.
#[must_use]
pub fn read(octets: &[u8]) -> Reading {
    let Some(message) = MessageParser::default().parse(shallow(octets)) else {
        return Reading {
            kind: Kind::Other,
            recipients: Vec::new(),
            to: Vec::new(),
            from: None,
            subject: String::new(),
            text: String::new(),
            returned: String::new(),
        };
    };
    let text = text_of(&message);
    let subject = line(message.subject().unwrap_or_default());
    let returned = returned_of(&message, &text);
    let (kind, recipients) = report::complaint(&message)
        .or_else(|| report::delivery(&message))
        .or_else(|| plain::machine(&message, &subject, &text))
        .unwrap_or_else(|| (plain::letter(&subject, &text), Vec::new()));
    Reading { kind, recipients, to: addressees(&message), from: sender(&message), subject, text: first(&text, 2_000), returned }
}

/// A message as far as parts stand in parts: no report needs many, and taking apart what has a hundred thousand would take all of the stack.
fn shallow(octets: &[u8]) -> &[u8] {
    let begins = |at: usize, word: &[u8]| octets[at..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let mut places = (0..octets.len()).filter(|&at| {
        matches!(octets[at], b'm' | b'M')
            && (begins(at, b"message/rfc822") || begins(at, b"message/global") || begins(at, b"multipart/"))
    });
    places.nth(PARTS_MAX).map_or(octets, |end| &octets[..end])
}

/// The text that a person would read.
fn text_of(message: &Message<'_>) -> String {
    let part = message.parts.iter().find_map(|part| match &part.body {
        PartType::Text(text) if !is_returned(part) => Some(text.as_ref().to_owned()),
        PartType::Html(html) => Some(mail_parser::decoders::html::html_to_text(&first(html, TEXT_MAX))),
        _ => None,
    });
    first(&part.unwrap_or_default(), TEXT_MAX)
}

fn is_returned(part: &mail_parser::MessagePart<'_>) -> bool {
    let subtype = part.content_type().and_then(|found| found.subtype()).unwrap_or_default().to_ascii_lowercase();
    matches!(subtype.as_str(), "rfc822-headers" | "delivery-status" | "feedback-report")
}

/// The header of the message that came back: a part of its own, or what stands below the report's own words.
fn returned_of(message: &Message<'_>, text: &str) -> String {
    for part in &message.parts {
        match &part.body {
            PartType::Message(inner) => {
                let raw = inner.raw_message();
                let raw = &raw[..raw.len().min(TEXT_MAX)];
                return String::from_utf8_lossy(raw).into_owned();
            }
            PartType::Text(fields) if is_returned(part) && fields.to_ascii_lowercase().contains("message-id:") => {
                return first(fields, TEXT_MAX);
            }
            _ => {}
        }
    }
    phrase::below_separator(text).map(|below| first(below, TEXT_MAX)).unwrap_or_default()
}

fn addressees(message: &Message<'_>) -> Vec<String> {
    let mut to = Vec::new();
    let mut add = |address: &str| {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>');
        if address.contains('@') && address.len() <= 320 && to.len() < 100 && !to.iter().any(|known| known == address) {
            to.push(address.to_owned());
        }
    };
    let fields = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Original-Recipient"];
    for (name, value) in message.headers_raw() {
        if fields.iter().any(|field| field.eq_ignore_ascii_case(name)) {
            value.split([',', ' ', '\t', '\r', '\n', ';']).for_each(&mut add);
        }
    }
    for list in [message.to(), message.cc()].into_iter().flatten() {
        list.iter().filter_map(|one| one.address()).for_each(&mut add);
    }
    to
}

fn sender(message: &Message<'_>) -> Option<String> {
    let from = message.from()?.first()?.address()?;
    Some(first(from, 320))
}

/// The beginning of a text, of so many octets at most.
fn first(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most.min(text.len()))].to_owned()
}

/// A stranger's words in one line: no control characters, nothing that turns the direction of writing, no more than a few hundred characters.
fn line(text: &str) -> String {
    let is_quiet = |c: char| {
        !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let words = text.split_whitespace().map(|word| word.chars().filter(|&c| is_quiet(c)).collect::<String>());
    let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    joined.chars().take(WORDS_MAX).collect()
}
