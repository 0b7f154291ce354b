//! The steps of a dialogue.

use std::fmt;
use std::time::Duration;

use super::Deadlines;

/// What is being said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deliver) enum Step {
    /// Waiting for the 220.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The message, up to the reply to its final dot.
    Body,
    /// The dot that ends a message of nothing, asked for by a server that refused its recipient.
    End,
    /// RSET.
    Reset,
    /// QUIT.
    Quit,
}

impl Step {
    /// How long it may take; the body so long for each of its blocks.
    pub(super) fn deadline(self, deadlines: &Deadlines) -> Duration {
        match self {
            Self::Greeting => deadlines.greeting,
            Self::Hello | Self::StartTls | Self::Auth | Self::Reset => deadlines.command,
            Self::Mail => deadlines.mail,
            Self::Rcpt => deadlines.rcpt,
            Self::Data => deadlines.data,
            Self::Body => deadlines.body,
            Self::End => deadlines.end,
            Self::Quit => deadlines.quit,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "the connection",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL FROM",
            Self::Rcpt => "RCPT TO",
            Self::Data => "DATA",
            Self::Body => "the message",
            Self::End => "the final dot",
            Self::Reset => "RSET",
            Self::Quit => "QUIT",
        })
    }
}
