//! Floor 5: what people have done with an issue, whoever asks for it: the terminal or the browser. Nothing here prints or asks; what
//! happens is told to the caller, and what cannot be done is a [`Refusal`].
//!
//! - [`load()`]: a project's files with its whole list, whoever keeps that
//! - [`Ready`]: an issue free of mistakes, with all that a deed needs
//! - [`Proposal`]: what a send would do, fixed at one moment, with its [`Consent`]: drafts, approvals, how many there were last time
//! - [`Dispatch`]: one run of the engine, followed to its end
//! - [`test()`]: single copies, marked as a test
//! - [`rehearse`]: the whole send to a receiver on this machine, and what came there judged
//! - [`approve()`]: a second person's yes
//! - [`compare`]: an issue beside the one before
//! - [`take_in`]: a letter to the list's own mailbox, and what is done about it
//! - [`Post`]: the letters that the service writes
//! - [`Members`]: who is on a list, for pages that know people by their marks alone
//! - [`wording`]: what happens and what came of it, in words

mod absence;
mod approve;
mod comparison;
mod consent;
mod dispatch;
mod letter;
mod list;
mod members;
mod plan;
mod post;
mod proposal;
mod ready;
mod refusal;
mod rehearsal;
mod test;
pub mod wording;

pub use approve::approve;
pub use comparison::{Comparison, Figures, Pair, Turnover, compare, others};
pub use consent::Consent;
pub use dispatch::{Dispatch, Manner, gateways, report};
pub use letter::{Letter, take_in};
pub use list::load;
pub use members::Members;
pub use post::Post;
pub use proposal::Proposal;
pub use ready::Ready;
pub use refusal::Refusal;
pub use rehearsal::{Rehearsed, rehearse};
pub use test::{Guests, test};
