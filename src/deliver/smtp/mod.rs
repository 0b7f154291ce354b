//! The SMTP dialogue with the relay (RFC 5321), over one connection.
//!
//! The one place that names lettre's transport: its `AsyncSmtpConnection` greets, logs in, says single commands, and reads and
//! parses every reply. What it does not know is ours: the stream below it with a deadline a step and a count of the replies that
//! are due (`wire`), what is written in one piece (`flight`), the phase (`session`), TLS, and the extensions.
//!
//! With PIPELINING (RFC 2920) a message costs one round trip: its body and the next message's MAIL, RCPT and DATA leave in one
//! flight, and the four replies come back in another. Without it, the same dialogue is held one command at a time.

mod envelope;
mod extensions;
mod flight;
mod login;
mod open;
mod session;
mod step;
mod tls;
mod wire;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

pub(super) use self::envelope::{Sender, Unfit};
pub(super) use self::session::Session;
pub(super) use self::step::Step;
pub(super) use self::tls::Trust;
use super::{Credentials, Deadlines, Reply, Stop};
use crate::model::relay::Relay;

/// All that is needed to open a connection; the same for every worker.
pub(super) struct Route {
    pub(super) relay: Relay,
    pub(super) trust: Trust,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves in EHLO.
    pub(super) hello: String,
    pub(super) sender: Sender,
    pub(super) deadlines: Deadlines,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum OpenError {
    /// It may go better the next time.
    Retry(String),
    /// It will not before somebody mends something.
    Stop(Stop),
}

/// Why the server did not do what it was asked.
#[derive(Debug)]
pub(super) enum Fault {
    /// It said so: definite.
    Reply(Step, Reply),
    /// The connection is gone or out of step, and must not be used again. Nothing was sent, or no whole message.
    Lost(String),
    /// The same, after the whole message went out: nobody knows what became of it.
    Unknown(String),
    /// The replies to a flight are not those that its commands can have, as if there were one too many or too few. Nothing was sent
    /// of this message, and the connection must not be used again.
    OutOfStep {
        /// What was heard.
        why: String,
        /// Whether the reply to the body that began the flight is its own all the same.
        is_body_certain: bool,
    },
}

/// The 4yz or 5yz reply that an error of lettre's stands for.
fn refusal(error: &Error) -> Option<Reply> {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    error.status().map(|code| Reply::new(code.into(), &words))
}

fn reply(response: &Response) -> Reply {
    Reply::new(response.code().into(), &response.message().collect::<Vec<_>>().join(" "))
}
