//! Delivery: recipients from the ledger over SMTP to the relay, each outcome on the disk before going on.
//!
//! [`send`] does one run with a fixed number of workers, one connection each, and gives a [`Summary`]; what happens meanwhile it
//! tells as a stream of [`Progress`]. Nobody is mailed twice and nobody is lost: see the room `ledger` for the states, and
//! `verdict` for what each answer of the server means.
//!
//! | file | what it holds |
//! |---|---|
//! | `outline` | what a send would do, counted before anything is done |
//! | `fingerprint` | what an edition is, part by part, in digests |
//! | `engine` | [`send`]: the workers, their common queue, the end |
//! | [`log`] | what happens, for a log: recipients by number, never by address |
//! | [`moment`] | the time of a send: read from what a person types, and waited for |
//! | `job`, `shared` | what a run needs, and what its workers have in common |
//! | `queue` | who is next, and when |
//! | `road` | a relay of the run, among several |
//! | `worker` | one connection and the recipients that go over it |
//! | `record` | outcomes put on the disk; refusals held back until it is known whom they concern |
//! | `verdict` | what a reply means for the recipient, the connection and the run |
//! | `breaker` | refusals that are too many to be about the recipients |
//! | `stop` | why a run stops before its end, and what mends it |
//! | `smtp` | the SMTP dialogue, over lettre's connection: the one place that names it |
//! | `reply` | a reply of the server |
//! | `body` | what may go over the wire at all, and as what octets |
//! | `letter` | a recipient with the message composed for them |
//! | `limit` | how many messages a connection may carry, set or learnt |
//! | `pace` | how fast mail may go, over a relay or to a domain |
//! | `clock` | the time of a run |
//! | `patience` | how long to wait for a server, and how often to come back |
//! | `credentials` | a user and a password or token that no log can show |
//! | `progress` | what happens during a run, and what came of it |

mod body;
mod breaker;
mod clock;
mod credentials;
mod engine;
mod fingerprint;
mod job;
mod letter;
mod limit;
pub mod log;
pub mod moment;
mod outline;
mod pace;
mod patience;
mod progress;
mod queue;
mod record;
mod reply;
mod road;
mod shared;
mod smtp;
mod stop;
mod verdict;
mod worker;

pub use body::Body;
pub use credentials::{Credentials, CredentialsError};
pub use engine::send;
pub use job::{Compose, Gateway, Job, ReturnPath};
pub use outline::{Outline, outline, plan, planned};
pub use patience::{Deadlines, Patience};
pub use progress::{Progress, Summary};
pub use reply::Reply;
pub use stop::Stop;
