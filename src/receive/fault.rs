//! The rules a client is held to, and the record of one broken.

use std::fmt;

use thiserror::Error;

use super::path::Malformed;

/// How much of a client's text is quoted back, in characters.
const EXCERPT: usize = 80;

/// One thing a client did that the protocol does not allow, with the section that says so.
///
/// Its text is for the person who mends the client; the receiver refuses in the same words, where it refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// LF without CR, in a command or in a message. With it, two servers can disagree where a message ends ("SMTP smuggling").
    #[error("a line feed without a carriage return before it: lines end with CRLF only (RFC 5321, 2.3.8)")]
    BareLineFeed,
    /// CR without LF, in a command or in a message.
    #[error("a carriage return without a line feed after it: lines end with CRLF only (RFC 5321, 2.3.8)")]
    BareCarriageReturn,
    /// The octet 0, in a command or in a message.
    #[error("the octet NUL, which neither a command nor a text may hold (RFC 2045, 2.7)")]
    Nul,

    /// A command line longer than its command allows, CRLF counted.
    #[error("the command line is longer than {limit} octets (RFC 5321, 4.5.3.1.4)")]
    CommandTooLong {
        /// The most octets that the line may have, with CRLF and what the extensions add.
        limit: usize,
    },
    /// A control character, or octets that are not UTF-8.
    #[error("the command holds a control character or is not UTF-8 (RFC 5321, 2.4)")]
    CommandNotText,
    /// A verb that no standard knows, or none.
    #[error("no command is called {0:?} (RFC 5321, 4.1.1)")]
    UnknownCommand(String),
    /// A verb of an extension that the receiver does not offer.
    #[error("{0} is not among the extensions that the reply to EHLO lists (RFC 5321, 2.2.2)")]
    NotOffered(&'static str),
    /// A command that is not written as it must be; the form is given.
    #[error("the command is written so: {0} (RFC 5321, 4.1.1)")]
    Syntax(&'static str),
    /// The name in EHLO or HELO.
    #[error("the client's name {0:?} is neither a domain nor an address in brackets (RFC 5321, 4.1.4)")]
    Hello(String),
    /// The path of MAIL.
    #[error("the sender {0} (RFC 5321, 4.1.2)")]
    Sender(Malformed),
    /// The path of RCPT.
    #[error("the recipient {0} (RFC 5321, 4.1.2)")]
    Recipient(Malformed),
    /// A sender beyond ASCII, but no `SMTPUTF8` on MAIL.
    #[error("the sender is not ASCII and MAIL does not say SMTPUTF8 (RFC 6531, 3.4)")]
    SenderNotAscii,
    /// A recipient beyond ASCII, but no `SMTPUTF8` on MAIL.
    #[error("the recipient is not ASCII and MAIL did not say SMTPUTF8 (RFC 6531, 3.4)")]
    RecipientNotAscii,
    /// A parameter of MAIL after HELO, which offers no extension.
    #[error("MAIL has parameters, which need EHLO in place of HELO (RFC 5321, 4.1.1.11)")]
    ParametersAfterHelo,
    /// A parameter of an extension that is not offered.
    #[error("the parameter {0:?} is not offered (RFC 5321, 4.1.1.11)")]
    UnknownParameter(String),
    /// A parameter that is offered but not written so, or written twice.
    #[error("the parameter {0:?} is malformed or repeated (RFC 5321, 4.1.2)")]
    BadParameter(String),
    /// A command at a time when it makes no sense.
    #[error("{0} (RFC 5321, 4.1.4)")]
    OutOfOrder(&'static str),
    /// DATA for a message that has no recipient yet.
    #[error("DATA before any recipient was accepted (RFC 5321, 3.3)")]
    NoRecipients,
    /// More was sent before the reply to a command after which a client must wait.
    #[error("the client went on before it had the reply to a command that ends a group (RFC 2920, 3.1)")]
    SpokeTooSoon,

    /// A line of a message beyond 998 octets, CRLF not counted.
    #[error("a line of the message is longer than 998 octets (RFC 5321, 4.5.3.1.6)")]
    TextLineTooLong,
    /// A line of a message that began with one dot and was not the end: its first octet is lost at the receiver.
    #[error("a line that begins with a dot was sent without a second dot before it (RFC 5321, 4.5.2)")]
    DotNotStuffed,
    /// An octet above 127 in a message that MAIL announced as 7 bit.
    #[error("the message holds octets above 127 and MAIL did not say BODY=8BITMIME (RFC 6152, 3)")]
    EightBit,
    /// More octets than MAIL declared.
    #[error("MAIL declared {declared} octets, but the message has {octets} (RFC 1870, 6.3)")]
    LargerThanDeclared {
        /// The value of `SIZE`.
        declared: u64,
        /// The octets received, dots unstuffed, CRLF counted.
        octets: u64,
    },

    /// The client hung up between commands without saying QUIT.
    #[error("the client closed the connection without QUIT (RFC 5321, 4.1.1.10)")]
    ClosedWithoutQuit,
    /// The client hung up before the end of a message, which is therefore not kept.
    #[error("the client closed the connection before the end of its message (RFC 5321, 4.1.1.10)")]
    ClosedInMessage,
    /// The client sent nothing, or took no reply, for as long as a step may last.
    #[error("the client was silent for longer than a step may last (RFC 5321, 4.5.3.2)")]
    Silent,
}

impl Fault {
    /// Whether a message with it is refused. Where it is not, the message is kept and the fault only told.
    #[must_use]
    pub fn spoils_message(&self) -> bool {
        matches!(self, Self::BareLineFeed | Self::BareCarriageReturn | Self::Nul)
    }
}

/// Where on a connection a rule was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At a command.
    Command {
        /// Which line outside of messages it is, from 1.
        number: u64,
        /// Its text as far as it was read, made printable and cut short.
        text: String,
    },
    /// Within the text of a message.
    Message {
        /// Which DATA of the connection it follows, from 1.
        number: u64,
        /// Which line of the text it is, from 1; none when the text as a whole is meant.
        line: Option<u64>,
    },
    /// At no line: the connection itself.
    Connection,
}

/// A rule broken: by which connection, where, and which.
///
/// It prints as one line of plain words, with nothing of the client's that could move a terminal's cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which connection of the receiver, from 1 in order of arrival.
    pub connection: u64,
    /// Where on it.
    pub place: Place,
    /// Which rule.
    pub fault: Fault,
}

impl Place {
    /// The place of the command line `line`, the `number`th of its connection.
    pub(super) fn command(number: u64, line: &[u8]) -> Self {
        Self::Command { number, text: excerpt(&String::from_utf8_lossy(line)) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { number, text } => write!(f, "command {number} {text:?}"),
            Self::Message { number, line: None } => write!(f, "message {number}"),
            Self::Message { number, line: Some(line) } => write!(f, "message {number}, line {line}"),
            Self::Connection => write!(f, "at its end"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}, {}: {}", self.connection, self.place, self.fault)
    }
}

/// The beginning of a client's text, short enough for a message about it.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
