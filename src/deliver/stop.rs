//! Why a run stops before its end, and what mends it.

use serde::{Serialize, Serializer};

use super::Reply;

/// Why a run stopped before its end: what is wrong with the relay, the sender or ourselves, never with one recipient. Nobody is
/// charged for it; whoever was not sent to stays pending. Its words tell what to mend, and it serialises as them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The caller asked for it.
    #[error("stopped on request. Run the same command again to go on")]
    Shutdown,
    /// No connection could be made, or none lasted.
    #[error(
        "no connection to {host} that works: {why}. Check host and port in [relay] and that it is up, then run the same command again"
    )]
    Unreachable {
        /// The relay.
        host: String,
        /// What the last try met.
        why: String,
    },
    /// The relay answered the connection itself with a refusal.
    #[error("{host} takes no mail from here: {reply}. Ask its administrator, or check host and port in [relay]")]
    Closed {
        /// The relay.
        host: String,
        /// Its greeting.
        reply: Reply,
    },
    /// The relay refuses EHLO, so it is older than RFC 1869, or refuses our name.
    #[error("{host} refuses EHLO: {reply}. Postrider needs a relay that speaks ESMTP")]
    Hello {
        /// The relay.
        host: String,
        /// Its answer.
        reply: Reply,
    },
    /// No connection that is safe from eavesdroppers.
    #[error(
        "no secure connection to {host}: {why}. Check host, port and tls in [relay]; for a private certificate authority, name its \
         certificate in ca_file. Nothing was sent unprotected"
    )]
    Tls {
        /// The relay.
        host: String,
        /// What failed.
        why: String,
    },
    /// STARTTLS was asked for, and the relay does not offer it: either it cannot, or somebody in between took the offer away.
    #[error(
        "{host} offers no STARTTLS on this port. Try tls = \"implicit\" with port 465 in [relay]. Neither password nor mail was sent"
    )]
    StartTlsMissing {
        /// The relay.
        host: String,
    },
    /// `tls = "none"` with a relay that is not this machine.
    #[error(
        "tls = \"none\" is for a relay on this machine only, and {host} is not. Set tls in [relay] to \"implicit\" or \"starttls\""
    )]
    Unprotected {
        /// The relay.
        host: String,
    },
    /// The relay refuses the login, or asks for one.
    #[error(
        "{host} refuses the login: {reply}. Check user and password in [relay]. It was tried only once, lest the account be locked"
    )]
    Login {
        /// The relay.
        host: String,
        /// Its answer.
        reply: Reply,
    },
    /// The relay offers no login that we know.
    #[error("{host} offers no login by {known} on this connection ({offered}). Check port and tls in [relay]")]
    LoginMissing {
        /// The relay.
        host: String,
        /// What we could log in with.
        known: String,
        /// What it offers instead.
        offered: String,
    },
    /// The relay refuses the sender (MAIL FROM).
    #[error("{host} refuses the sender {sender}: {reply}. Check that this account may send as this address")]
    Sender {
        /// The relay.
        host: String,
        /// The envelope's sender.
        sender: String,
        /// Its answer.
        reply: Reply,
    },
    /// The relay refuses for reasons of policy (5.7.z): it mistrusts us, our domain or this content.
    #[error("{host} refuses by its policy: {reply}. Ask its administrator before sending more; nobody was charged for it")]
    Policy {
        /// The relay.
        host: String,
        /// Its answer.
        reply: Reply,
    },
    /// Several recipients' servers, or the relay for them, refused the message after having read it, and nobody took it.
    #[error(
        "{host} does not like what the message says: {reply}. It was refused to several people in a row, so look at the content and ask its \
         administrator; those people were not charged, and are sent to again when you go on"
    )]
    Content {
        /// The relay.
        host: String,
        /// Its last answer.
        reply: Reply,
    },
    /// More recipients are refused than a list in good order has.
    #[error(
        "{refused} of {of} people were refused, more than a list in good order has. See `postrider status` for the reasons: is it the \
         right list? Run the same command again to go on, with --despite-refusals to go on whatever is refused"
    )]
    Refusals {
        /// How many were refused in this run.
        refused: u64,
        /// Of how many that were accepted or refused.
        of: u64,
    },
    /// A message is larger than the relay takes.
    #[error("{host} takes no message of {size} octets: {why}. Make the pictures smaller, or ask for a higher limit")]
    Size {
        /// The relay.
        host: String,
        /// The message's size.
        size: usize,
        /// The limit, or the answer.
        why: String,
    },
    /// What we were given to send with cannot be sent with.
    #[error("{0}")]
    Setup(String),
    /// The ledger failed; the error itself says how.
    #[error("the ledger failed")]
    Ledger,
}

impl Serialize for Stop {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
