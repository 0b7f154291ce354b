//! A finished message read back: what a reader's mail program finds in the bytes.
//!
//! Read by another library than the one that builds messages, so that it can judge them.

use mail_parser::{MessageParser, MimeHeaders, PartType};

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The header fields in order, name and unfolded raw value.
    pub headers: Vec<(String, String)>,
    /// The subject, decoded.
    pub subject: String,
    /// The sender's name and address, decoded.
    pub from: (String, String),
    /// Name and address of everyone in `To`, decoded.
    pub to: Vec<(String, String)>,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The HTML part, decoded, with LF line ends.
    pub html: String,
    /// The plain text part, decoded, with LF line ends.
    pub text: String,
    /// What its line ends mean.
    pub flow: Flow,
    /// The pictures inside.
    pub pictures: Vec<Attached>,
    /// The parts from the outermost inwards, one line each: depth, media type, octets on the wire.
    pub parts: Vec<(usize, String, usize)>,
}

/// What the line ends of a plain text mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    /// Each ends a line.
    #[default]
    Fixed,
    /// A space before one says that the paragraph goes on (`format=flowed`, RFC 3676).
    Flowed {
        /// Whether that space is no part of the text (`delsp=yes`).
        is_space_deleted: bool,
    },
}

/// A picture inside a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The Content-ID, without angle brackets.
    pub content_id: String,
    /// The media type, such as `image/jpeg`.
    pub media_type: String,
    /// The file's octets.
    pub bytes: Vec<u8>,
}

impl Flow {
    fn of(part: &mail_parser::MessagePart<'_>) -> Self {
        let says = |name: &str, value: &str| {
            let found = part.content_type().and_then(|media_type| media_type.attribute(name));
            found.is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        if says("format", "flowed") { Self::Flowed { is_space_deleted: says("delsp", "yes") } } else { Self::Fixed }
    }
}

impl Mail {
    /// Takes a message apart; `None` where the bytes are no message.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        let people = |list: Option<&mail_parser::Address<'_>>| -> Vec<(String, String)> {
            let person = |one: &mail_parser::Addr<'_>| {
                (one.name().unwrap_or_default().to_owned(), one.address().unwrap_or_default().to_owned())
            };
            list.map(|list| list.iter().map(person).collect()).unwrap_or_default()
        };
        let media_type = |part: &mail_parser::MessagePart<'_>| {
            part.content_type().map_or_else(
                || "text/plain".to_owned(),
                |found| match found.subtype() {
                    Some(subtype) => format!("{}/{subtype}", found.ctype()),
                    None => found.ctype().to_owned(),
                },
            )
        };
        let mut mail = Self {
            headers: message
                .headers_raw()
                .map(|(name, value)| (name.to_owned(), value.replace("\r\n", "").replace('\n', "").trim().to_owned()))
                .collect(),
            subject: message.subject().unwrap_or_default().to_owned(),
            from: people(message.from()).into_iter().next().unwrap_or_default(),
            to: people(message.to()),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            html: String::new(),
            text: String::new(),
            flow: Flow::Fixed,
            pictures: Vec::new(),
            parts: Vec::new(),
        };
        let mut waiting = vec![(0usize, 0usize)];
        while let Some((index, depth)) = waiting.pop() {
            let part = message.parts.get(index)?;
            let octets = (part.offset_end as usize).saturating_sub(part.offset_header as usize);
            mail.parts.push((depth, media_type(part), octets));
            match &part.body {
                PartType::Multipart(children) => waiting.extend(children.iter().rev().map(|&child| (child as usize, depth + 1))),
                PartType::Text(text) if mail.text.is_empty() => {
                    mail.text = text.replace("\r\n", "\n");
                    mail.flow = Flow::of(part);
                }
                PartType::Html(html) if mail.html.is_empty() => mail.html = html.replace("\r\n", "\n"),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => mail.pictures.push(Attached {
                    content_id: part.content_id().unwrap_or_default().to_owned(),
                    media_type: media_type(part),
                    bytes: bytes.to_vec(),
                }),
                _ => {}
            }
        }
        Some(mail)
    }

    /// The raw value of the first header field of a name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The HTML part, or what was made of it, with every picture inside the message (`cid:`) replaced by an address that `resolve` gives for
    /// its place in [`pictures`](Self::pictures), for showing the mail in a browser.
    #[must_use]
    pub fn with_pictures(&self, mut html: String, resolve: impl Fn(usize) -> String) -> String {
        for (index, picture) in self.pictures.iter().enumerate() {
            html = html.replace(&format!("\"cid:{}\"", picture.content_id), &format!("\"{}\"", resolve(index)));
        }
        html
    }
}
