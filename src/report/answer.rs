//! "Did everyone get it?", and what to do next.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{moment, people};
use crate::ledger::{Account, State};

/// The answer in one line.
pub(super) fn answer(account: &Account) -> String {
    let balance = &account.balance;
    let meant = balance.planned - balance.skipped.min(balance.planned);
    let accepted = balance.accepted;
    if !balance.is_balanced() {
        return format!("Nobody can say: the counts do not add up ({balance}).");
    }
    if meant == 0 {
        return "It was for nobody: everyone was left out.".to_owned();
    }
    let assumed = match account.assumed {
        0 => String::new(),
        count => format!(" ({count} of them by decision: no answer came)"),
    };
    if let Some(process) = &account.sending {
        return format!("Not yet: it is being sent at this moment ({process}); {accepted} of {} have it.", people(meant));
    }
    let counts = [
        (balance.pending, "not yet sent"),
        (balance.deferred, "deferred"),
        (balance.ambiguous, "in doubt"),
        (balance.refused, "refused"),
    ];
    let others: Vec<_> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let since = match account.came_back() {
        (0, 0) => String::new(),
        (failed, 0) => format!(" Of these {failed} came back as undeliverable since."),
        (0, complained) => format!(" Of these {complained} complained since."),
        (failed, complained) => format!(" Of these {failed} came back as undeliverable since, and {complained} complained."),
    };
    if others.is_empty() {
        let word = if since.is_empty() { "Yes" } else { "No" };
        return format!("{word}: the server took it for {accepted} of {}{assumed}.{since}", people(meant));
    }
    let word = if balance.open() + balance.ambiguous > 0 { "Not yet" } else { "No" };
    format!("{word}: the server took it for {accepted} of {}{assumed}; {}.{since}", people(meant), others.join(", "))
}

/// What to do next, one step each.
pub(super) fn next(account: &Account, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let Account { issue, balance, .. } = account;
    if !balance.is_balanced() {
        return vec!["This is a fault of the program: keep the folder .postrider as it is, and report it.".to_owned()];
    }
    if account.sending.is_some() {
        return vec!["Wait until it is done, then ask again.".to_owned()];
    }
    let mut steps = Vec::new();
    if account.sessions.last().is_some_and(|session| session.ended.is_none()) {
        steps.push(
            "The last process ended in the middle: it was killed, or the machine stopped. Nothing was lost by it.".to_owned(),
        );
    }
    if balance.pending > 0 {
        steps.push(format!("Run `postrider send {issue}` to send to the {} not yet sent to.", people(balance.pending)));
    }
    if balance.deferred > 0 {
        let due =
            account.reasons.iter().filter(|reason| reason.state == State::Deferred).filter_map(|reason| reason.next_at).min();
        let when = match due {
            Some(due) if due > now => format!("after {}", moment(due, zone)),
            _ => "now".to_owned(),
        };
        let who = people(balance.deferred);
        steps.push(format!("Run `postrider send {issue}` {when}: the server asked to come again for {who}."));
    }
    if balance.ambiguous > 0 {
        let who = people(balance.ambiguous);
        steps.push(format!(
            "Decide about {who} in doubt: the message went out and no answer came. If the server's log shows that it took the message, \
             run `postrider resolve {issue} --assume-sent`; else `postrider resolve {issue} --resend` sends it once more."
        ));
    }
    if balance.refused > 0 {
        steps.push(format!(
            "Look at what was refused, and correct the addresses in subscribers.toml: `postrider send {issue}` then goes to the \
             corrected ones alone. A refused address itself is not tried again."
        ));
    }
    steps
}
