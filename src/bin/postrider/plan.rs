//! The plan of a send, in the terminal.

use std::fmt::Write;

use jiff::ZonedDateTime;
use postrider::deed::{Proposal, Ready};

/// The plan as lines with aligned columns.
pub(crate) fn text(proposal: &Proposal, ready: &Ready) -> String {
    let mut page = String::new();
    for (label, value) in proposal.rows(ready, ZonedDateTime::now().date()) {
        writeln!(page, "  {label:<12} {value}").expect("writing to a string does not fail");
    }
    page
}
