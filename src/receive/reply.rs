//! What the receiver answers: a code, an enhanced status code (RFC 3463) and a text.

use std::io;

use super::fault::Fault;

/// The name the receiver goes by in its greeting.
const NAME: &str = "localhost";

/// A reply of one or more lines (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    /// Empty where RFC 2034 §4 wants none: before the client could see that it is offered, and where mail is to follow.
    status: &'static str,
    text: String,
}

impl Reply {
    fn new(code: u16, status: &'static str, text: impl Into<String>) -> Self {
        Self { code, status, text: text.into() }
    }

    /// Adds the reply to `output`, each of its lines with CRLF. Whatever is not printable ASCII is escaped: the client's own
    /// words must not end a line of the reply, and UTF-8 in replies is for those alone who asked for it (RFC 6531 §3.7.4.2).
    pub(super) fn write_to(&self, output: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let separator = if lines.peek().is_some() { '-' } else { ' ' };
            output.extend_from_slice(format!("{}{separator}", self.code).as_bytes());
            if !self.status.is_empty() {
                output.extend_from_slice(format!("{} ", self.status).as_bytes());
            }
            for c in line.chars() {
                match c {
                    ' '..='~' => output.push(c as u8),
                    _ => output.extend_from_slice(c.escape_unicode().to_string().as_bytes()),
                }
            }
            output.extend_from_slice(b"\r\n");
        }
    }

    /// Whether it tells the client that what it asked for was not done.
    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    /// The first words on a connection.
    pub(super) fn greeting() -> Self {
        Self::new(220, "", format!("{NAME} ESMTP Postrider receiver"))
    }

    /// To EHLO: the extensions.
    pub(super) fn extensions(message_octets: u64) -> Self {
        let size = format!("SIZE {message_octets}");
        let lines = [NAME, "PIPELINING", &size, "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"];
        Self::new(250, "", lines.join("\n"))
    }

    /// To HELO: no extensions.
    pub(super) fn hello() -> Self {
        Self::new(250, "", NAME)
    }

    /// To MAIL.
    pub(super) fn sender_taken() -> Self {
        Self::new(250, "2.1.0", "Sender taken")
    }

    /// To RCPT.
    pub(super) fn recipient_taken() -> Self {
        Self::new(250, "2.1.5", "Recipient taken")
    }

    /// To DATA.
    pub(super) fn start_text() -> Self {
        Self::new(354, "", "Send the message, then a dot on a line of its own")
    }

    /// To the final dot.
    pub(super) fn kept(id: u64) -> Self {
        Self::new(250, "2.0.0", format!("Kept as message {id}"))
    }

    /// To RSET and NOOP.
    pub(super) fn done() -> Self {
        Self::new(250, "2.0.0", "Done")
    }

    /// To VRFY, truthfully.
    pub(super) fn cannot_verify() -> Self {
        Self::new(252, "2.0.0", "Every recipient is taken here; none is verified")
    }

    /// To HELP.
    pub(super) fn help() -> Self {
        Self::new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT: RFC 5321; nothing is relayed from here")
    }

    /// To QUIT.
    pub(super) fn bye() -> Self {
        Self::new(221, "2.0.0", "Bye")
    }

    /// When the receiver stops.
    pub(super) fn stopping() -> Self {
        Self::new(421, "4.3.2", "The receiver is stopping")
    }

    /// In place of the greeting, when there are as many connections as may be.
    pub(super) fn crowded() -> Self {
        Self::new(421, "4.3.2", "Too many connections; try again later")
    }

    /// When a client was silent for too long.
    pub(super) fn silent() -> Self {
        Self::new(421, "4.4.2", "Nothing came for too long")
    }

    /// When a client has made more mistakes than it may.
    pub(super) fn too_many_faults() -> Self {
        Self::new(421, "4.7.0", "Too many mistakes on this connection")
    }

    /// To RCPT beyond the limit; those before it stand (RFC 5321 §4.5.3.1.10).
    pub(super) fn too_many_recipients(limit: usize) -> Self {
        Self::new(452, "4.5.3", format!("A message takes no more than {limit} recipients; send it again to the rest"))
    }

    /// To MAIL that declares too much, or to a message that is too much.
    pub(super) fn too_large(limit: u64) -> Self {
        Self::new(552, "5.3.4", format!("A message takes no more than {limit} octets"))
    }

    /// To a message, or to DATA, when the spool fails: the client may try again (RFC 5321 §4.2.1).
    pub(super) fn not_kept(error: &io::Error) -> Self {
        Self::new(451, "4.3.0", format!("The message could not be kept: {error}"))
    }

    /// To a command that breaks a rule.
    pub(super) fn refusing_command(fault: &Fault) -> Self {
        let (code, status) = match fault {
            // Not RFC 5321's; Postfix answers so, too, and then hangs up as the receiver does.
            Fault::BareLineFeed | Fault::BareCarriageReturn => (521, "5.5.2"),
            Fault::Nul | Fault::CommandTooLong { .. } | Fault::CommandNotText => (500, "5.5.2"),
            Fault::UnknownCommand(_) => (500, "5.5.1"),
            Fault::NotOffered(_) => (502, "5.5.1"),
            Fault::Sender(_) => (501, "5.1.7"),
            Fault::Recipient(_) => (501, "5.1.3"),
            Fault::SenderNotAscii => (550, "5.6.7"),
            Fault::RecipientNotAscii => (553, "5.6.7"),
            Fault::UnknownParameter(_) | Fault::ParametersAfterHelo => (555, "5.5.4"),
            Fault::OutOfOrder(_) => (503, "5.5.1"),
            Fault::NoRecipients => (554, "5.5.1"),
            _ => (501, "5.5.4"),
        };
        Self::new(code, status, fault.to_string())
    }

    /// To the final dot of a message that breaks a rule.
    pub(super) fn refusing_message(fault: &Fault, line: u64) -> Self {
        Self::new(554, "5.6.0", format!("Line {line} holds {fault}"))
    }
}
