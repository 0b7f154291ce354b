//! A send while it goes on, and what came of it.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use postrider::deliver::log::Veil;
use postrider::deliver::{Progress, Summary};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::signal;

/// Follows a send to its end: as a bar in a terminal, or as JSON, one object a line.
pub(crate) async fn follow(mut events: UnboundedReceiver<Progress>, is_json: bool, log: Veil) {
    let bar = if is_json { ProgressBar::hidden() } else { ProgressBar::new(0) };
    let rate = |state: &ProgressState, to: &mut dyn Write| {
        // A bar that cannot be drawn is no reason to stop a send.
        let _ = write!(to, "{:.0}/s", state.per_sec());
    };
    bar.set_style(
        ProgressStyle::with_template("  {bar:32.green} {pos}/{len}  {rate}  {eta} left  {msg}")
            .expect("a sound template")
            .with_key("rate", rate)
            .progress_chars("━╸─"),
    );
    let (mut refused, mut deferred) = (0u64, 0u64);
    while let Some(event) = events.recv().await {
        log.note(&event);
        if is_json {
            anstream::println!("{}", serde_json::to_string(&event).expect("an event is plain data"));
        }
        match &event {
            Progress::Begun { balance } => {
                bar.set_length(balance.pending);
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            Progress::Accepted { .. } => bar.inc(1),
            Progress::Refused { address, reason } => {
                refused += 1;
                bar.inc(1);
                bar.suspend(|| say(is_json, &format!("  refused: {address}: {reason}")));
            }
            Progress::Deferred { address, reason } => {
                deferred += 1;
                bar.inc(1);
                bar.suspend(|| say(is_json, &format!("  deferred: {address}: {reason}")));
            }
            Progress::Ambiguous { address, reason } => {
                bar.inc(1);
                bar.suspend(|| say(is_json, &format!("  in doubt: {address}: {reason}")));
            }
            Progress::LimitLearnt { messages } => bar.suspend(|| {
                say(
                    is_json,
                    &format!("  the server takes {messages} messages over a connection; each gets a new one after that"),
                );
            }),
            Progress::RelayLost { host, reason } => {
                bar.suspend(|| say(is_json, &format!("  nothing goes over {host} any more: {reason}")));
            }
            Progress::Waiting { until } => bar.suspend(|| {
                say(
                    is_json,
                    &format!("  waiting until {until} for those to whom we are to come back; Ctrl-C leaves, nothing is lost"),
                );
            }),
            Progress::Lost { why, .. } => bar.suspend(|| say(is_json, &format!("  connection lost: {why}"))),
            _ => {}
        }
        if refused + deferred > 0 {
            bar.set_message(format!("{refused} refused, {deferred} deferred"));
        }
    }
    bar.finish_and_clear();
}

fn say(is_json: bool, words: &str) {
    if !is_json {
        anstream::eprintln!("{words}");
    }
}

/// What came of it, in a few lines.
pub(crate) fn summary(summary: &Summary) -> String {
    let balance = &summary.balance;
    let counts = [
        ("accepted", balance.accepted),
        ("refused", balance.refused),
        ("deferred", balance.deferred),
        ("in doubt", balance.ambiguous),
        ("not yet sent", balance.pending),
        ("left out", balance.skipped),
    ];
    let counts: Vec<_> = counts
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
        let why = if signal::is_ours(stop) { "Stopped" } else { "The send stopped" };
        lines.push(format!("{why}: {stop}."));
    }
    lines.join("\n")
}
