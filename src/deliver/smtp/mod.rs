//! The SMTP dialogue with the relay (RFC 5321), one message at a time over one connection.
//!
//! The one place that names lettre's transport: its [`AsyncSmtpConnection`] writes the commands, stuffs the dots and reads the
//! replies. What it does not know is ours: the stream below it ([`wire`]) with a deadline a step, the phase, TLS, and the extensions.

mod extensions;
mod step;
mod tls;
mod wire;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials as Secret, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Rset, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use self::extensions::Extensions;
pub(super) use self::step::Step;
pub(super) use self::tls::Trust;
use self::wire::Wire;
use super::{Credentials, Deadlines, Reply, Stop};
use crate::model::address::Address;
use crate::model::relay::{Relay, Tls};

/// All that is needed to open a connection; the same for every worker.
pub(super) struct Route {
    pub(super) relay: Relay,
    pub(super) trust: Trust,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves in EHLO.
    pub(super) hello: String,
    pub(super) deadlines: Deadlines,
}

/// A connection to the relay, secured and logged in, between two messages.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    wire: Wire,
    extensions: Extensions,
    served: u32,
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
    /// It said so: definite, and the connection is in step.
    Reply(Step, Reply),
    /// The connection is gone or out of step, and must not be used again. Nothing was sent, or no whole message.
    Lost(String),
    /// The same, after the whole message went out: nobody knows what became of it.
    Unknown(String),
}

/// Why a message cannot be sent to this recipient over this relay, found before a word of it is said.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It is larger than the relay takes, with its limit.
    Size(u64),
    /// The relay lacks an extension that this recipient's message needs.
    Extension(String),
}

impl Session {
    /// Connects, secures the connection as the relay's settings say, and logs in.
    ///
    /// The password never leaves over a connection that is not encrypted, but for loopback; nothing the server sends before the TLS
    /// handshake counts after it.
    pub(super) async fn open(route: &Route) -> Result<Self, OpenError> {
        let host = || route.relay.host.clone();
        let wire = Wire::connect(&route.relay, route.deadlines).await.map_err(OpenError::Retry)?;
        if route.relay.tls == Tls::None && !wire.is_loopback() {
            return Err(OpenError::Stop(Stop::Unprotected { host: host() }));
        }
        if route.relay.tls == Tls::Implicit {
            wire.encrypt(&route.trust).await?;
        }
        wire.start(Step::Greeting);
        let hello = ClientId::Domain(route.hello.clone());
        let connection = AsyncSmtpConnection::connect_with_transport(Box::new(wire.clone()), &hello)
            .await
            .map_err(|error| refused_at_the_door(&error, &wire, &route.relay.host))?;
        let extensions = Extensions::parse(&wire.take_hello());
        let mut session = Self { connection, wire, extensions, served: 0 };
        if let Err(error) = session.secure(route, hello).await {
            session.quit().await;
            return Err(error);
        }
        Ok(session)
    }

    /// STARTTLS and AUTH, as far as they are asked for.
    async fn secure(&mut self, route: &Route, hello: ClientId) -> Result<(), OpenError> {
        if route.relay.tls == Tls::StartTls {
            self.start_tls(route, hello).await?;
        }
        match &route.credentials {
            Some(credentials) => self.log_in(credentials, &route.relay.host).await,
            None => Ok(()),
        }
    }

    async fn start_tls(&mut self, route: &Route, hello: ClientId) -> Result<(), OpenError> {
        let host = route.relay.host.clone();
        if !self.extensions.has("STARTTLS") {
            return Err(OpenError::Stop(Stop::StartTlsMissing { host }));
        }
        match self.command(Step::StartTls, Starttls).await {
            Ok(_) => {}
            Err(Fault::Reply(_, reply)) => {
                return Err(OpenError::Stop(Stop::Tls { host, why: format!("it answers STARTTLS with {reply}") }));
            }
            Err(Fault::Lost(why) | Fault::Unknown(why)) => return Err(OpenError::Retry(why)),
        }
        // Whatever came in clear text with the answer may be an attacker's, and must not pass for an answer inside TLS.
        if let Err(why) = self.wire.check_quiet() {
            return Err(OpenError::Stop(Stop::Tls { host, why: format!("after STARTTLS, {why}") }));
        }
        self.wire.encrypt(&route.trust).await?;
        // RFC 3207 §4.2: what was learnt before is forgotten.
        match self.command(Step::Hello, Ehlo::new(hello)).await {
            Ok(_) => self.extensions = Extensions::parse(&self.wire.take_hello()),
            Err(Fault::Reply(_, reply)) if reply.is_permanent() => {
                return Err(OpenError::Stop(Stop::Hello { host, reply }));
            }
            Err(fault) => return Err(OpenError::Retry(fault.into_words())),
        }
        Ok(())
    }

    async fn log_in(&mut self, credentials: &Credentials, host: &str) -> Result<(), OpenError> {
        let host = host.to_owned();
        let mechanism = if self.extensions.has_auth("PLAIN") {
            Mechanism::Plain
        } else if self.extensions.has_auth("LOGIN") {
            Mechanism::Login
        } else {
            let offered = self.extensions.auth_offered();
            return Err(OpenError::Stop(Stop::LoginMissing { host, offered }));
        };
        let secret = Secret::new(credentials.user().to_owned(), credentials.password().to_owned());
        let confused = |error: Error| OpenError::Stop(Stop::Setup(format!("cannot log in to the relay: {error}")));
        let mut auth = Auth::new(mechanism, secret.clone(), None).map_err(confused)?;
        // LOGIN asks twice; a server that goes on asking will not stop.
        for _ in 0..3 {
            match self.command(Step::Auth, auth).await {
                Ok(response) if response.has_code(334) => {
                    auth = Auth::new_from_response(mechanism, secret.clone(), &response).map_err(confused)?;
                }
                Ok(_) => return Ok(()),
                Err(Fault::Reply(_, reply)) if reply.is_permanent() => {
                    return Err(OpenError::Stop(Stop::Login { host, reply }));
                }
                Err(fault) => return Err(OpenError::Retry(fault.into_words())),
            }
        }
        Err(OpenError::Retry("the relay keeps asking for the password".to_owned()))
    }

    /// Whether the server has closed the connection, or said something unasked, since the last message.
    pub(super) fn is_ready(&self) -> bool {
        self.wire.check_quiet().is_ok()
    }

    /// How many messages this connection had a definite reply about.
    pub(super) fn served(&self) -> u32 {
        self.served
    }

    /// Finds what makes a message unfit for this relay before MAIL: its size (RFC 1870 §6.1), octets beyond ASCII (RFC 6152), an
    /// address beyond ASCII (RFC 6531).
    pub(super) fn check_fit(&self, from: &Address, to: &Address, message: &[u8]) -> Result<(), Unfit> {
        let length = u64::try_from(message.len()).unwrap_or(u64::MAX);
        if let Some(limit) = self.extensions.size_limit()
            && length > limit
        {
            return Err(Unfit::Size(limit));
        }
        if (to.needs_smtputf8() || from.needs_smtputf8()) && !self.extensions.has("SMTPUTF8") {
            let whose = if to.needs_smtputf8() { to } else { from };
            return Err(Unfit::Extension(format!(
                "the relay takes no address with letters beyond ASCII before the @ (SMTPUTF8), and {whose} has some"
            )));
        }
        if !message.is_ascii() && !self.extensions.has("8BITMIME") {
            return Err(Unfit::Extension(
                "the relay takes no octets beyond ASCII (8BITMIME), and the message has some".to_owned(),
            ));
        }
        Ok(())
    }

    /// MAIL, RCPT and DATA, up to the server's 354: after it the body may go.
    ///
    /// After [`Fault::Reply`] call [`reset`](Self::reset), after any other fault drop the session.
    pub(super) async fn envelope(&mut self, from: &Address, to: &Address, message: &[u8]) -> Result<(), Fault> {
        let size = if self.extensions.has("SIZE") { format!(" SIZE={}", message.len()) } else { String::new() };
        let body = if message.is_ascii() { "" } else { " BODY=8BITMIME" };
        let utf8 = if from.needs_smtputf8() || to.needs_smtputf8() { " SMTPUTF8" } else { "" };
        self.expect_2(Step::Mail, format!("MAIL FROM:<{}>{size}{body}{utf8}\r\n", from.wire())).await?;
        self.expect_2(Step::Rcpt, format!("RCPT TO:<{}>\r\n", to.wire())).await?;
        let response = self.command(Step::Data, Data).await?;
        if response.has_code(354) { Ok(()) } else { Err(out_of_step(Step::Data, &response)) }
    }

    /// Sends the body and its final dot, and gives the server's word that it took the message.
    ///
    /// The octets arrive as they are: lettre doubles the leading dots. It also ends the last line itself, so its line end is left off
    /// here.
    pub(super) async fn body(&mut self, message: &[u8]) -> Result<Reply, Fault> {
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        if let Err(why) = self.wire.check_quiet() {
            return Err(Fault::Lost(why));
        }
        self.wire.start(Step::Body);
        self.wire.allow_body(message.len());
        let result = match self.connection.message(message).await {
            Ok(response) => match reply(&response) {
                reply if reply.is_positive() => Ok(reply),
                _ => Err(out_of_step(Step::Body, &response)),
            },
            Err(error) => Err(self.fault(Step::Body, &error)),
        };
        if matches!(result, Ok(_) | Err(Fault::Reply(..))) {
            self.served += 1;
        }
        match result {
            Err(Fault::Lost(why)) if self.wire.is_body_out() => Err(Fault::Unknown(why)),
            other => other,
        }
    }

    /// Forgets a transaction that the server refused (RFC 5321 §4.1.1.5), so that the next one can begin. False where the connection
    /// must not be used again.
    pub(super) async fn reset(&mut self) -> bool {
        self.served += 1;
        self.expect_2(Step::Reset, Rset).await.is_ok()
    }

    /// Says goodbye, briefly.
    pub(super) async fn quit(mut self) {
        self.wire.start(Step::Quit);
        // QUIT, then the end of TLS and of the stream; no answer matters any more.
        self.connection.abort().await;
    }

    async fn expect_2(&mut self, step: Step, command: impl std::fmt::Display) -> Result<(), Fault> {
        let response = self.command(step, command).await?;
        if reply(&response).is_positive() { Ok(()) } else { Err(out_of_step(step, &response)) }
    }

    /// Says one command and hears its answer: 2yz or 3yz, or a [`Fault`].
    async fn command(&mut self, step: Step, command: impl std::fmt::Display) -> Result<Response, Fault> {
        self.wire.check_quiet().map_err(Fault::Lost)?;
        self.wire.start(step);
        match self.connection.command(command).await {
            Ok(response) => Ok(response),
            Err(error) => Err(self.fault(step, &error)),
        }
    }

    fn fault(&self, step: Step, error: &Error) -> Fault {
        refusal(error).map_or_else(|| Fault::Lost(self.wire.how_lost(error)), |reply| Fault::Reply(step, reply))
    }
}

impl Fault {
    fn into_words(self) -> String {
        match self {
            Self::Reply(step, reply) => format!("the server answered {step} with {reply}"),
            Self::Lost(why) | Self::Unknown(why) => why,
        }
    }
}

/// Tells apart what can happen between the connection and the end of EHLO.
fn refused_at_the_door(error: &Error, wire: &Wire, host: &str) -> OpenError {
    let host = host.to_owned();
    match refusal(error) {
        Some(reply) if !reply.is_permanent() => OpenError::Retry(format!("the server answered {reply}")),
        Some(reply) if wire.is_greeted() => OpenError::Stop(Stop::Hello { host, reply }),
        Some(reply) => OpenError::Stop(Stop::Closed { host, reply }),
        None => OpenError::Retry(wire.how_lost(error)),
    }
}

/// The 4yz or 5yz reply that an error of lettre's stands for.
fn refusal(error: &Error) -> Option<Reply> {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    error.status().map(|code| Reply::new(code.into(), &words))
}

fn reply(response: &Response) -> Reply {
    Reply::new(response.code().into(), &response.message().collect::<Vec<_>>().join(" "))
}

fn out_of_step(step: Step, response: &Response) -> Fault {
    Fault::Lost(format!("the server answered {step} with {}, which makes no sense there", reply(response)))
}
