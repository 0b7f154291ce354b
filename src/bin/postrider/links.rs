//! Links while they are asked for, and what came of it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use postrider::links::{self, Progress, Terms};
use postrider::model::diagnostic::Diagnostic;
use postrider::model::issue::Issue;
use postrider::trust;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::dispatch;
use crate::failure::Failure;

/// The most columns of an address beside the bar.
const SHOWN_MAX: usize = 48;

/// Asks for every link of an issue. Gives the number of addresses, and the findings.
pub(crate) fn check(issue: &Issue, is_json: bool) -> Result<(usize, Vec<Diagnostic>), Failure> {
    let targets = links::targets(issue);
    let count = targets.len();
    let terms = Terms::new(trust::client_config(None));
    let runtime = dispatch::runtime()?;
    let findings = runtime.block_on(async {
        let (progress, followed) = mpsc::unbounded_channel();
        let shown = tokio::spawn(follow(followed, count, is_json));
        let findings = links::check(targets, terms, progress).await;
        // A bar that fails is no reason to lose what was found.
        let _ = shown.await;
        findings
    });
    // A look-up that the system does not answer cannot be called off; nobody waits for it any more.
    runtime.shutdown_background();
    Ok((count, findings))
}

async fn follow(mut events: UnboundedReceiver<Progress>, count: usize, is_json: bool) {
    let length = u64::try_from(count).unwrap_or(u64::MAX);
    let bar = if is_json { ProgressBar::hidden() } else { ProgressBar::new(length) };
    bar.set_style(
        ProgressStyle::with_template("  {bar:32.green} {pos}/{len} addresses  {msg}")
            .expect("a sound template")
            .progress_chars("━╸─"),
    );
    bar.enable_steady_tick(Duration::from_millis(100));
    while let Some(Progress { url }) = events.recv().await {
        bar.inc(1);
        // An address is ASCII by now: a column each octet.
        bar.set_message(url.chars().take(SHOWN_MAX).collect::<String>());
    }
    bar.finish_and_clear();
}
