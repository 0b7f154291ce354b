//! What happens during a run, and what came of it, in words: the same in the terminal and in the browser.

use crate::deliver::{Progress, Stop, Summary};
use crate::ledger::Balance;

/// An event that a person should hear of, in words without a full stop; `None` for those that a count tells.
#[must_use]
pub fn of_event(event: &Progress) -> Option<String> {
    let words = match event {
        Progress::Refused { address, reason } => format!("refused: {address}: {reason}"),
        Progress::Deferred { address, reason } => format!("deferred: {address}: {reason}"),
        Progress::Ambiguous { address, reason } => format!("in doubt: {address}: {reason}"),
        Progress::LimitLearnt { messages } => {
            format!("the server takes {messages} messages over a connection; each gets a new one after that")
        }
        Progress::RelayLost { host, reason } => format!("nothing goes over {host} any more: {reason}"),
        Progress::Waiting { until } => {
            format!("waiting until {until} for those to whom we are to come back; to leave loses nothing")
        }
        Progress::Lost { why, .. } => format!("connection lost: {why}"),
        _ => return None,
    };
    Some(words)
}

/// What each count of a balance is called, in the order in which people are told.
#[must_use]
pub fn counts(balance: &Balance) -> [(&'static str, u64); 6] {
    [
        ("accepted", balance.accepted),
        ("refused", balance.refused),
        ("deferred", balance.deferred),
        ("in doubt", balance.ambiguous),
        ("not yet sent", balance.pending),
        ("left out", balance.skipped),
    ]
}

/// What came of a run, in a few sentences, a line each.
#[must_use]
pub fn of_summary(summary: &Summary) -> String {
    let balance = &summary.balance;
    let counts: Vec<_> = counts(balance)
        .iter()
        .filter(|(name, count)| *count > 0 || *name == "accepted")
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let mut lines = vec![format!("{} of {} in {:.1} s.", counts.join(", "), balance.planned, summary.seconds)];
    if balance.ambiguous > 0 {
        lines.push(
            "In doubt means: the connection broke after the message was sent and before the server answered. Nobody in doubt is \
             written to again by itself: `postrider status` tells who, `postrider resolve` decides."
                .to_owned(),
        );
    }
    if let Some(next) = &summary.next_at {
        lines.push(format!("The server asked to wait for some: run the same command again after {next}, or with --wait."));
    }
    if !balance.is_balanced() {
        lines.push(
            "The counts do not add up. This is a fault of the program: keep the folder .postrider and report it.".to_owned(),
        );
    }
    if let Some(stop) = &summary.stopped {
        let why = if matches!(stop, Stop::Shutdown) { "Stopped" } else { "The send stopped" };
        lines.push(format!("{why}: {stop}."));
    }
    lines.join("\n")
}
