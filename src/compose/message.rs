//! MIME around the two renderings: headers, parts, pictures.
//!
//! ```text
//! multipart/alternative
//! ├─ text/plain; format=flowed
//! └─ multipart/related           (only with pictures)
//!    ├─ text/html
//!    └─ image/…                  one for each picture, by Content-ID
//! ```
//!
//! Nothing is random and nothing depends on the clock: Date, Message-ID and boundaries follow from issue and reader, so that a message
//! sent again is the same message.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use email_encoding::headers::writer::EmailWriter;
use email_encoding::headers::{quoted_string, rfc2047};
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Date, Header, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0,
};
use lettre::message::{Attachment, Body};

use super::picture::Inline;
use super::{Letter, Purpose, Reader, hex};
use crate::model::address::{Address, DisplayName};
use crate::model::language::Language;
use crate::model::publication::Publication;

/// The longest word of a subject, in octets: with the field's name before it, it fits a line of 78.
const SUBJECT_WORD_MAX: usize = 66;

/// The widest line of a header, in octets (RFC 5322 §2.1.1 asks for 78).
const LINE_WIDTH: usize = 76;

/// A composed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The Message-ID without angle brackets.
    pub id: String,
    /// The language of the edition it is made from.
    pub edition: Language,
    /// The subject, as the reader sees it.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// Where the markup of each block that the reader sees stands in `html`, in order.
    pub blocks: Vec<BlockSpan>,
    /// The plain text part: LF line ends, soft ones marked for `format=flowed`.
    pub text: String,
    /// The whole message as it goes over the wire before dot-stuffing: CRLF line ends, ending in CRLF, 7-bit, but for an address
    /// whose local part is not ASCII.
    pub bytes: Vec<u8>,
}

/// Where a block's markup stands in the HTML part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockSpan {
    /// The block, by its place in the edition.
    pub block: usize,
    /// Octets of the HTML.
    pub html: std::ops::Range<usize>,
}

/// A subject as it is for a purpose.
pub(super) fn subject(subject: &str, purpose: Purpose) -> String {
    match purpose {
        Purpose::Issue | Purpose::Notice => subject.to_owned(),
        Purpose::Test => format!("[TEST] {subject}"),
    }
}

/// The fields of a header that are a reader's own, with those by which they leave, if they have their own; and the Message-ID among them.
pub(super) fn own_header(
    publication: &Publication,
    slug: &str,
    reader: &Reader<'_>,
    purpose: Purpose,
    subject: &str,
    leave: Option<&str>,
) -> (Vec<u8>, String) {
    let nameless = DisplayName::default();
    let (to_name, to) = match reader {
        Reader::Subscriber(subscriber) => (&subscriber.name, &subscriber.address),
        Reader::Guest(address, _) => (&nameless, *address),
        // To nobody: to the list itself.
        Reader::Anyone(_) | Reader::Passerby(_) | Reader::Template(_) => (&publication.name, &publication.sender.address),
    };
    let id = message_id(publication, slug, purpose, to);
    let mut headers = Headers::new();
    headers.insert_raw(mailbox_field("To", to_name, to));
    headers.insert_raw(subject_field(subject));
    // A long domain makes a line of its own.
    let fold = if "Message-ID: <>".len() + id.len() > LINE_WIDTH { "\r\n" } else { "" };
    let machine = if purpose == Purpose::Notice { "Auto-Submitted: auto-generated\r\n" } else { "" };
    let leave = leave.unwrap_or_default();
    (format!("{headers}Message-ID:{fold} <{id}>\r\n{machine}{leave}").into_bytes(), id)
}

/// The others, but for those about the parts.
pub(super) fn shared_header(letter: &Letter<'_>) -> Vec<u8> {
    let publication = letter.publication;
    let sender = &publication.sender;
    let mut headers = Headers::new();
    headers.set(Date::new(date(letter)));
    headers.insert_raw(mailbox_field("From", &sender.name, &sender.address));
    if let Some(reply_to) = &sender.reply_to {
        headers.insert_raw(mailbox_field("Reply-To", &sender.name, reply_to));
    }
    headers.set(ListId(list_id(publication)));
    // With links of their own, each reader has it among theirs.
    if !letter.has_own_link() {
        headers.set(ListUnsubscribe(format!("<{}>", publication.list.unsubscribe_url())));
    }
    headers.set(MIME_VERSION_1_0);
    headers.to_string().into_bytes()
}

/// The instant of the issue: fixed, so that a message sent again carries the same Date.
fn date(letter: &Letter<'_>) -> SystemTime {
    let seconds = u64::try_from(letter.edition.moment.instant.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The same for the same issue, reader and purpose; at the sender's own domain (RFC 5322 §3.6.4). From it no address can be read.
fn message_id(publication: &Publication, slug: &str, purpose: Purpose, to: &Address) -> String {
    let kind = match purpose {
        Purpose::Issue => "issue",
        Purpose::Test => "test",
        Purpose::Notice => "notice",
    };
    let identity = [publication.list.id.as_str(), slug, kind, &to.key()].join("\n");
    // Only for people who read logs; a name in another script leaves nothing of itself.
    let slug: String = slug.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    let slug = if slug.is_empty() { "issue" } else { &slug };
    let hash = &hex(digest(&SHA256, identity.as_bytes()).as_ref())[..32];
    format!("{slug}.{hash}@{}", publication.sender.address.domain())
}

/// The subject as its field holds it. lettre leaves every ASCII word as it stands: one that reads like an encoded word would be decoded
/// by the reader's program, and a very long one fits no line. Such a subject is encoded as a whole.
fn subject_field(subject: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if subject.split(' ').all(|word| !word.contains("=?") && word.len() <= SUBJECT_WORD_MAX) {
        return HeaderValue::new(name, subject.to_owned());
    }
    HeaderValue::dangerous_new_pre_encoded(name, subject.to_owned(), encoded_words(subject, "Subject: ".len()))
}

/// A person's or a list's field, folded before the address where name and address do not fit one line: lettre leaves them on one.
fn mailbox_field(field: &'static str, name: &DisplayName, address: &Address) -> HeaderValue {
    let (name, address) = (name.as_str(), address.wire());
    let plain = if name.is_empty() { address.clone() } else { format!("{name} <{address}>") };
    let mut encoded = String::new();
    let writer = EmailWriter::new(&mut encoded, field.len() + ": ".len(), 0, false);
    write_mailbox(writer, name, &address).expect("a string takes any text");
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(field), plain, encoded)
}

fn write_mailbox(mut writer: EmailWriter<'_>, name: &str, address: &str) -> std::fmt::Result {
    if name.is_empty() {
        return writer.write_str(address);
    }
    quoted_string::encode(name, &mut writer)?;
    if writer.line_len() + " <>".len() + address.len() > LINE_WIDTH {
        writer.new_line()?;
    }
    writer.space();
    write!(writer, "<{address}>")
}

/// A text as encoded words (RFC 2047 §4.1), the first of them after `written` octets of its line.
fn encoded_words(text: &str, written: usize) -> String {
    let mut encoded = String::new();
    rfc2047::encode(text, &mut EmailWriter::new(&mut encoded, written, 0, false)).expect("a string takes any text");
    encoded
}

/// The list's name and identifier (RFC 2919 §3). A name beyond ASCII is left out: mail programs compare the field as it stands.
fn list_id(publication: &Publication) -> String {
    let name = publication.name.as_str();
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || " -_.".contains(c)) && name.len() <= 40;
    let id = &publication.list.id;
    if is_plain { format!("\"{name}\" <{id}>") } else { format!("<{id}>") }
}

/// The pictures that an HTML part names as parts of its message.
pub(super) fn carried<'a>(letter: &Letter<'a>, html: &str) -> Vec<&'a Inline> {
    let is_named = |picture: &&Inline| html.contains(&format!("\"cid:{}\"", letter.content_id(picture)));
    letter.pictures.all().filter(is_named).collect()
}

/// The header of a picture's part, and the empty line below it.
pub(super) fn picture_header(letter: &Letter<'_>, picture: &Inline) -> Vec<u8> {
    let media_type = ContentType::parse(picture.prepared.media_type).expect("a sound media type");
    let nothing = Body::dangerous_pre_encoded(Vec::new(), ContentTransferEncoding::Base64);
    let part = Attachment::new_inline_with_name(letter.content_id(picture), picture.file_name.clone());
    let part = part.body(nothing, media_type).formatted();
    part.strip_suffix(b"\r\n").unwrap_or(&part).to_vec()
}

/// A header field whose value is ASCII and never to be encoded: clients read these fields as they stand.
macro_rules! plain_header {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(value.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.0.clone())
            }
        }
    };
}

plain_header!(
    /// RFC 2919.
    ListId,
    "List-Id"
);
plain_header!(
    /// RFC 2369 §3.2.
    ListUnsubscribe,
    "List-Unsubscribe"
);
