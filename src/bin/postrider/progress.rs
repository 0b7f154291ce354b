//! A send while it goes on: a bar in a terminal, or JSON, one object a line.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use postrider::deed::wording;
use postrider::deliver::Progress;

/// A send as it is shown. The bar goes when the last copy of this does.
pub(crate) struct Shown {
    bar: ProgressBar,
    is_json: bool,
    refused: u64,
    deferred: u64,
}

impl Shown {
    pub(crate) fn new(is_json: bool) -> Self {
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
        Self { bar, is_json, refused: 0, deferred: 0 }
    }

    /// What shows each event.
    pub(crate) fn follow(mut self) -> impl FnMut(&Progress) + Send + 'static {
        move |event| self.see(event)
    }

    fn see(&mut self, event: &Progress) {
        if self.is_json {
            anstream::println!("{}", serde_json::to_string(event).expect("an event is plain data"));
            return;
        }
        match event {
            Progress::Begun { balance } => {
                self.bar.set_length(balance.pending);
                self.bar.enable_steady_tick(Duration::from_millis(100));
            }
            Progress::Refused { .. } => self.refused += 1,
            Progress::Deferred { .. } => self.deferred += 1,
            _ => {}
        }
        let has_outcome = matches!(
            event,
            Progress::Accepted { .. } | Progress::Refused { .. } | Progress::Deferred { .. } | Progress::Ambiguous { .. }
        );
        if has_outcome {
            self.bar.inc(1);
        }
        if let Some(words) = wording::of_event(event) {
            self.bar.suspend(|| anstream::eprintln!("  {words}"));
        }
        if self.refused + self.deferred > 0 {
            self.bar.set_message(format!("{} refused, {} deferred", self.refused, self.deferred));
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
