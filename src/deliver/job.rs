//! All that a run needs besides its ledger.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Credentials, Patience, Progress};
use crate::model::address::Address;
use crate::model::relay::Relay;

/// Makes the message for a recipient: finished octets as they go over the wire, CRLF line ends, dots not doubled. It must give the
/// same octets each time. It may take a while, and runs on a thread for such work; the words of its error go into the report, and
/// the recipient is refused.
pub type Compose = dyn Fn(&Address) -> Result<Arc<[u8]>, String> + Send + Sync;

/// All that a run needs besides its ledger.
pub struct Job {
    /// Where to send, and over how many connections.
    pub relay: Relay,
    /// The login, where the relay wants one.
    pub credentials: Option<Credentials>,
    /// The project's folder, at which a relative `ca_file` starts.
    pub project: PathBuf,
    /// The envelope's sender (MAIL FROM).
    pub sender: Address,
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
