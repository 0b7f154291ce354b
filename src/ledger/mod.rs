//! The ledger: what happened to each recipient of each run, durable.
//!
//! A [`Ledger`] is a folder with an embedded database. A *run* is one send of one issue; [`Ledger::begin`] opens it for sending, the
//! first time and every time after a break, and gives the [`Run`] that the engine works on. What the engine needs of a run is the
//! trait [`Deliveries`], so that another store can stand behind it.
//!
//! Each recipient of a run is in exactly one [`State`]:
//!
//! ```text
//! pending → claimed → in_data → accepted | deferred(next_at) | refused | ambiguous
//!    └→ skipped(reason)
//! ```
//!
//! `in_data` is on the disk before the first octet of a message's body leaves. So after a crash `claimed` means that nothing was
//! sent, and `in_data` means that nobody can know: such a recipient becomes `ambiguous`, and is never mailed again by itself
//! (RFC 1047 shows that SMTP cannot close this gap).
//!
//! | file | what it holds |
//! |---|---|
//! | `plan` | what a run is to do: its issue, its digests, its recipients |
//! | `state` | the states, what is learnt about a recipient, and the claims |
//! | `balance` | the counts that must always add up |
//! | `store` | the ledger itself: opening, beginning a run, questions about past ones |
//! | `run` | a run open for sending |
//! | `begin` | how a plan meets what is known already |
//! | `content` | what a run sends, reduced to digests: so that a change can be noticed, and named |
//! | `decision`, `approval` | what people decide: about recipients in doubt, and about an issue before it is sent |
//! | `departure` | who gets no mail any more, and what led to it |
//! | `failure` | what came back of mail that was accepted, and what it means for its reader |
//! | `person` | whom the database keeps, and what readers chose |
//! | `roll` | the list as the database has it |
//! | `batch` | imports into it, which can be taken back |
//! | `report`, `account` | what a run did: by recipient, by domain, by edition; all of it at one moment |
//! | `wish` | who wants to join, and whether a letter goes there for it |
//! | `outbox` | the letters of the service, for the engine |
//! | `standing` | where everyone of a run stands |
//! | `schema` | the tables, and their migrations |
//! | `writer` | the one thread that writes, several requests a commit |
//! | `lock` | one sending process a ledger |

mod account;
mod approval;
mod balance;
mod batch;
mod begin;
mod content;
mod decision;
mod departure;
mod error;
mod failure;
mod lock;
mod outbox;
mod person;
mod plan;
mod report;
mod roll;
mod run;
mod schema;
mod standing;
mod state;
mod store;
mod wish;
mod writer;

pub use account::{Account, Group, Reason, Sent, Session};
pub use approval::Approval;
pub use balance::Balance;
pub use batch::{Batch, Done, Import};
pub use content::{Content, Fingerprint};
pub use decision::{Decided, Decision};
pub use departure::{Departure, Event};
pub use error::LedgerError;
pub use failure::{Failure, Held, Noted, Return, Settled};
pub use outbox::Outbox;
pub use person::{Occasion, Preference};
pub use plan::{Kind, People, Plan, Planned};
pub use report::{Delivery, RunRecord};
pub use roll::{Word, subscriber};
pub use run::{Deliveries, Run};
pub use standing::Standing;
pub use state::{Claim, ClaimId, Outcome, State};
pub use store::Ledger;
pub use wish::{Budget, CONFIRMATION, Confirmed, Notice, Wish};
