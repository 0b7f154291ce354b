//! Floor 4: the built-in SMTP receiver, to which a rehearsal sends.
//!
//! It stands in for the relay: a small SMTP server (RFC 5321) on a free port of the loopback interface that takes every message
//! over real TCP and keeps it on disk, octet for octet, with its envelope, so that it can be checked and opened. It is strict,
//! for it judges our own sender: each rule that a client breaks becomes a [`Violation`] that names the connection, the line and
//! the section of the standard, even where the client gets away with it.
//!
//! It offers PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531) and ENHANCEDSTATUSCODES (RFC 2034).
//!
//! What it does not do: it relays nothing, listens nowhere but on loopback, adds no trace header, looks at no header, and offers
//! neither TLS nor AUTH nor DSN. It takes every recipient at every domain.
//!
//! - [`command`], [`path`]: a line into a command; [`mod@line`] splits the lines
//! - [`data`]: the text of a message, its end found and its dots unstuffed
//! - [`fault`]: the rules, and the record of one broken
//! - `session`: the dialogue, with its `reply`s, over a `wire`
//! - `spool`: the messages on disk
//!
//! All but the last two lines of this list do no input or output, so that other servers can be made of the same parts: one that
//! follows a script of failures, one that throws every message away.
//!
//! ```
//! # async fn rehearse(folder: &std::path::Path) -> std::io::Result<()> {
//! use postrider::receive::{Limits, Receiver};
//!
//! let receiver = Receiver::start(folder, Limits::default()).await?;
//! // ... send to receiver.address() ...
//! let (received, violations) = receiver.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod command;
pub mod data;
pub mod fault;
pub mod line;
pub mod path;
mod reply;
mod session;
mod spool;
mod wire;

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

pub use command::{Body, MailParameters};
pub use fault::{Fault, Place, Violation};
pub use spool::Received;

use reply::Reply;
use session::Shared;
use spool::Spool;
use wire::Wire;

/// How long to wait after a connection could not be accepted, as when the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a [`Receiver`] puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most octets of a message, announced with SIZE; 50 MiB by default. A larger one is refused with 552.
    pub message_octets: u64,
    /// The most recipients of a message; 100 by default, as many as every server must take. Those beyond are refused with 452.
    pub recipients: usize,
    /// The most connections at a time; 256 by default. Those beyond are turned away with 421.
    pub connections: usize,
    /// How many commands and messages of a connection may be refused for breaking a rule; 20 by default. Then it is closed with
    /// 421.
    pub faults: usize,
    /// How long a command, a piece of a message, or the taking of a reply may last; 60 seconds by default. Then the connection is
    /// closed with 421.
    pub step: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_octets: 50 * 1024 * 1024, recipients: 100, connections: 256, faults: 20, step: Duration::from_mins(1) }
    }
}

/// An SMTP server at work on a loopback port.
///
/// Dropped, it [stops](Self::stop) too, but nobody waits for it.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Receiver {
    /// Starts a receiver on a free port of 127.0.0.1 that keeps its messages in the folder `spool`.
    ///
    /// The folder is made if it is missing; who may read it, and when it is removed, is the caller's business. Must be called
    /// within a Tokio runtime with time and IO.
    ///
    /// # Errors
    /// If the folder cannot be made or is not empty ([`io::ErrorKind::AlreadyExists`]), or no port can be had.
    pub async fn start(spool: &Path, limits: Limits) -> io::Result<Self> {
        Self::with(Spool::new(spool)?, limits).await
    }

    /// Starts a receiver that holds its clients to every rule, and throws their messages away: [`received`](Self::received) stays
    /// empty, [`arrivals`](Self::arrivals) counts.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn discarding(limits: Limits) -> io::Result<Self> {
        Self::with(Spool::discarding(), limits).await
    }

    async fn with(spool: Spool, limits: Limits) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(limits, spool));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stop = watch::Sender::new(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), stop.subscribe()));
        Ok(Self { address, shared, stop, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The messages received so far, in order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.spool.received()
    }

    /// The rules broken so far, in the order in which they were noticed.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations().clone()
    }

    /// How many messages have been received: a value to await, so that nobody need ask again and again.
    ///
    /// A message is counted after it is in its file and just before its client is told so.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<usize> {
        self.shared.spool.arrivals()
    }

    /// Stops: no further connection is accepted, a message under way is taken to its end, every client is sent away with 421, and
    /// all is waited for. A message that needs longer than [`Limits::step`] for that is given up and not kept.
    ///
    /// Returns everything received and every rule broken.
    pub async fn stop(self) -> (Vec<Received>, Vec<Violation>) {
        self.stop.send_replace(true);
        // It could end in error only if it panicked, and nobody would be helped by panicking here as well.
        let _ = self.accepting.await;
        let received = self.shared.spool.take_received();
        let violations = mem::take(&mut *self.shared.violations());
        (received, violations)
    }
}

/// Accepts connections until `stop`, then sees every one of them to its end.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    let mut connection = 0;
    loop {
        tokio::select! {
            biased;
            () = wire::wait_for_stop(&mut stop) => break,
            Some(_) = sessions.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if sessions.len() < shared.limits.connections => {
                    connection += 1;
                    // Without it, a reply can wait for the client's acknowledgement of the one before; that only costs time.
                    let _ = stream.set_nodelay(true);
                    sessions.spawn(session::converse(stream, connection, Arc::clone(&shared), stop.clone()));
                }
                Ok((stream, _)) => {
                    sessions.spawn(turn_away(stream));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}

async fn turn_away(stream: TcpStream) {
    let mut wire = Wire::new(stream);
    wire.queue(&Reply::crowded());
    wire.farewell().await;
}
