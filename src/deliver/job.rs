//! All that a run needs besides its ledger.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Body, Credentials, Patience, Progress};
use crate::model::address::Address;
use crate::model::relay::{Rate, Relay};

/// Makes the message for a recipient. It must give the same octets each time, and should take well under a millisecond, for it runs
/// among the connections; the words of its error go into the report, and the recipient is refused.
pub type Compose = dyn Fn(&Address) -> Result<Body, String> + Send + Sync;

/// Makes the envelope's sender for a recipient of a number.
pub type ReturnPath = dyn Fn(u64, &Address) -> Address + Send + Sync;

/// A relay, and the login for it.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where to send, over how many connections, how fast.
    pub relay: Relay,
    /// The login, where the relay wants one.
    pub credentials: Option<Credentials>,
}

/// All that a run needs besides its ledger.
pub struct Job {
    /// The relays. Mail is shared among them by their weights; what one cannot take any more goes over the others.
    pub gateways: Vec<Gateway>,
    /// How fast mail may go to a recipient domain (A-labels), over all relays together.
    pub pace: BTreeMap<String, Rate>,
    /// How many recipients are sent to, over one connection, before the others follow; none where at least as many were accepted in
    /// an earlier run.
    pub canary: u64,
    /// The run stops where, of a hundred recipients that were accepted or refused in it, more than so many were refused; not before
    /// ten were. `None` for no such limit.
    pub refused_percent: Option<u64>,
    /// Whether to stay until nobody is deferred any more, and try each again when their time comes.
    pub waits: bool,
    /// The time at which the run begins. From then on it counts by itself, whatever the clock does meanwhile.
    pub now: Timestamp,
    /// The project's folder, at which a relative `ca_file` starts.
    pub project: PathBuf,
    /// The envelope's sender (MAIL FROM).
    pub sender: Address,
    /// What makes the envelope's sender of each recipient, by their number in the ledger, where each has their own.
    pub return_path: Option<Arc<ReturnPath>>,
    /// What the envelope identifiers begin with that a relay with DSN is told (RFC 3461 §4.4), such as the name; the
    /// recipient's number in the ledger follows it. It comes back in reports of failed delivery.
    pub envid: String,
    /// What we call ourselves in EHLO: a domain name of ours, or an address literal in brackets (RFC 5321 §4.1.1.1).
    pub hello: String,
    /// How long to wait for the relay, and how often to come back.
    pub patience: Patience,
    /// Makes the messages.
    pub compose: Arc<Compose>,
    /// Where to tell what happens. Nobody need listen.
    pub progress: mpsc::UnboundedSender<Progress>,
}
