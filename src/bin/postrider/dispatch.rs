//! What test, rehearsal and send have in common: a runtime, a run shown while it goes on, and what came of it.

use postrider::deed::wording;
use postrider::deliver::Summary;

use crate::failure::Failure;

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(Failure::while_doing("start"))
}

/// Says what came of a run: its last line is the whole summary as JSON, or it is told in words. Fails unless all is well.
pub(crate) fn conclude(summary: &Summary, is_json: bool) -> Result<(), Failure> {
    if is_json {
        anstream::println!("{}", serde_json::to_string(summary).expect("a summary is plain data"));
    } else {
        anstream::println!("{}", wording::of_summary(summary));
    }
    if summary.is_complete() { Ok(()) } else { Err(Failure::Said) }
}
