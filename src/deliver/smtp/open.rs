//! From nothing to a connection that is secured and logged in. Nothing here is ever said in groups: each answer decides what
//! may be said next.

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::time::Instant;

use super::extensions::Extensions;
use super::session::{Phase, Session};
use super::wire::Wire;
use super::{Fault, OpenError, Route, Step, Stop, refusal};
use crate::model::relay::Tls;

impl Session {
    /// Connects, secures the connection as the relay's settings say, and logs in.
    ///
    /// The password never leaves over a connection that is not encrypted, but for loopback; nothing the server sends before the TLS
    /// handshake counts after it. Commands go out in groups only where the server offers it, and neither the settings nor
    /// `is_lock_step` say otherwise.
    pub(in crate::deliver) async fn open(route: &Route, is_lock_step: bool) -> Result<Self, OpenError> {
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
        let mut session = Self {
            connection,
            wire,
            extensions,
            sender: route.sender.clone(),
            is_pipelining: false,
            phase: Phase::Idle,
            heard: Vec::new(),
            is_closing: false,
            served: 0,
            opened: Instant::now(),
        };
        if let Err(error) = session.secure(route, hello).await {
            session.quit().await;
            return Err(error);
        }
        session.is_pipelining = route.relay.pipelining && !is_lock_step && session.extensions.has("PIPELINING");
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
            Err(fault) => return Err(OpenError::Retry(fault.into_words())),
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

    /// Says one command and hears its answer: 2yz or 3yz, or a [`Fault`].
    pub(super) async fn command(&mut self, step: Step, command: impl std::fmt::Display) -> Result<Response, Fault> {
        self.wire.check_quiet().map_err(Fault::Lost)?;
        self.wire.start(step);
        let answer = self.connection.command(command).await;
        answer.map_err(|error| {
            refusal(&error).map_or_else(|| Fault::Lost(self.wire.how_lost(&error)), |reply| Fault::Reply(step, reply))
        })
    }
}

impl Fault {
    pub(super) fn into_words(self) -> String {
        match self {
            Self::Reply(step, reply) => format!("the server answered {step} with {reply}"),
            Self::Lost(why) | Self::Unknown(why) | Self::OutOfStep { why, .. } => why,
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
