//! What is being done, followed from the browser: it goes on whether a page is open or not, and a page that is reloaded finds it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use crate::deed::{Refusal, wording};
use crate::deliver::{Progress, Stop, Summary};
use crate::ledger::Balance;
use crate::preview::mailbox::Mailbox;

/// The most events that are kept in words; the report has all that matters of the others.
const WORDS_MAX: usize = 100;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Single copies.
    Test,
    /// The whole send, to this machine.
    Rehearsal,
    /// The whole send.
    Send,
}

impl Deed {
    /// What it is, for a heading.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Test => "Test",
            Self::Rehearsal => "Rehearsal",
            Self::Send => "Send",
        }
    }
}

/// How a work ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// It was done, as far as it could be.
    Done {
        /// What came of it.
        words: String,
        /// Whether everyone has what they should have.
        is_good: bool,
        /// Whether a person stopped it before its end.
        is_paused: bool,
    },
    /// It could not be done.
    Failed(String),
}

/// How far a work is.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    /// Where everyone stands, as far as it is told.
    pub(super) balance: Balance,
    /// How many there were to do when it began.
    pub(super) to_do: u64,
    /// How many of them had an outcome since.
    pub(super) done: u64,
    /// Whether a person asked it to stop.
    pub(super) is_asked: bool,
    /// Whether it does.
    pub(super) is_stopping: bool,
    /// What a person should hear of, the latest last.
    pub(super) words: VecDeque<String>,
    /// How many of those are not kept any more.
    pub(super) forgotten: u64,
    /// How long it went on, in seconds.
    pub(super) seconds: f64,
    /// How it ended; `None` while it goes on.
    pub(super) end: Option<End>,
}

/// One thing that is being done, or was.
#[derive(Debug)]
pub(super) struct Work {
    /// What.
    pub(super) deed: Deed,
    /// Of which issue.
    pub(super) slug: String,
    /// The digest of what was confirmed.
    pub(super) digest: String,
    /// Whether it stays until nobody is deferred any more, and whether it goes on whatever is refused.
    pub(super) manner: (bool, bool),
    began: Instant,
    course: Mutex<Course>,
    stop: Notify,
    tick: watch::Sender<u64>,
}

impl Work {
    pub(super) fn new(deed: Deed, slug: &str, digest: &str, manner: (bool, bool), tick: watch::Sender<u64>) -> Self {
        let course = Mutex::default();
        Self {
            deed,
            slug: slug.to_owned(),
            digest: digest.to_owned(),
            manner,
            began: Instant::now(),
            course,
            stop: Notify::new(),
            tick,
        }
    }

    /// How far it is at this moment.
    pub(super) fn course(&self) -> Course {
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if course.end.is_none() {
            course.seconds = self.began.elapsed().as_secs_f64();
        }
        course
    }

    /// Whether it goes on.
    pub(super) fn is_under_way(&self) -> bool {
        self.course.lock().unwrap_or_else(PoisonError::into_inner).end.is_none()
    }

    /// Asks it to stop: messages on their way are finished first.
    pub(super) fn stop(&self) {
        self.change(|course| course.is_asked = true);
        self.stop.notify_one();
    }

    /// Completes when it is asked to stop.
    pub(super) fn stopped(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let work = Arc::clone(self);
        async move { work.stop.notified().await }
    }

    /// What takes note of every event.
    pub(super) fn follow(self: &Arc<Self>) -> impl FnMut(&Progress) + Send + use<> {
        let work = Arc::clone(self);
        move |event| work.change(|course| course.see(event))
    }

    /// Takes note of its end.
    pub(super) fn end(&self, end: Result<Summary, Refusal>) {
        let end = match end {
            Ok(summary) => {
                self.change(|course| course.balance = summary.balance);
                let is_paused = matches!(summary.stopped, Some(Stop::Shutdown));
                End::Done { words: wording::of_summary(&summary), is_good: summary.is_complete(), is_paused }
            }
            Err(refusal) => End::Failed(refusal.to_string()),
        };
        self.conclude(end);
    }

    /// Takes note of its end, in words of its own.
    pub(super) fn conclude(&self, end: End) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.change(|course| {
            course.seconds = seconds;
            course.end = Some(end);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Course)) {
        change(&mut self.course.lock().unwrap_or_else(PoisonError::into_inner));
        self.tick.send_modify(|tick| *tick += 1);
    }
}

impl Course {
    fn see(&mut self, event: &Progress) {
        match event {
            Progress::Begun { balance } => {
                self.balance = *balance;
                self.to_do = balance.pending;
            }
            Progress::Accepted { .. } => self.count(|balance| &mut balance.accepted),
            Progress::Refused { .. } => self.count(|balance| &mut balance.refused),
            Progress::Deferred { .. } => self.count(|balance| &mut balance.deferred),
            Progress::Ambiguous { .. } => self.count(|balance| &mut balance.ambiguous),
            Progress::Stopping { .. } => self.is_stopping = true,
            Progress::Ended { balance } => self.balance = *balance,
            _ => {}
        }
        if let Some(words) = wording::of_event(event) {
            self.words.push_back(words);
            if self.words.len() > WORDS_MAX {
                self.words.pop_front();
                self.forgotten += 1;
            }
        }
    }

    fn count(&mut self, counter: impl FnOnce(&mut Balance) -> &mut u64) {
        self.done += 1;
        self.balance.pending = self.balance.pending.saturating_sub(1);
        *counter(&mut self.balance) += 1;
    }

    /// How many had an outcome in a second, so far.
    pub(super) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of people")]
        let done = self.done as f64;
        if self.seconds > 0.0 { done / self.seconds } else { 0.0 }
    }

    /// How long the others take at that rate, in seconds.
    pub(super) fn seconds_left(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a count of people")]
        let left = self.to_do.saturating_sub(self.done) as f64;
        (self.rate() > 0.0).then(|| left / self.rate())
    }
}

/// What was done last, what came of a rehearsal, and the news of both.
#[derive(Debug)]
pub(super) struct Desktop {
    work: Mutex<Option<Arc<Work>>>,
    rehearsal: Mutex<Option<Arc<Mailbox>>>,
    tick: watch::Sender<u64>,
}

impl Default for Desktop {
    fn default() -> Self {
        Self { work: Mutex::default(), rehearsal: Mutex::default(), tick: watch::Sender::new(0) }
    }
}

impl Desktop {
    /// What is being done, or was done last.
    pub(super) fn work(&self) -> Option<Arc<Work>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins something, unless something else goes on.
    ///
    /// # Errors
    /// If something goes on: what.
    pub(super) fn begin(&self, deed: Deed, slug: &str, digest: &str, manner: (bool, bool)) -> Result<Arc<Work>, String> {
        let mut place = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = place.as_ref().filter(|work| work.is_under_way()) {
            return Err(format!(
                "a {} of {} goes on: wait for its end, or stop it",
                other.deed.title().to_lowercase(),
                other.slug
            ));
        }
        let work = Arc::new(Work::new(deed, slug, digest, manner, self.tick.clone()));
        *place = Some(Arc::clone(&work));
        self.tick.send_modify(|tick| *tick += 1);
        Ok(work)
    }

    /// What came in the last rehearsal.
    pub(super) fn rehearsal(&self) -> Option<Arc<Mailbox>> {
        self.rehearsal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what came in a rehearsal.
    pub(super) fn keep(&self, mailbox: Mailbox) {
        *self.rehearsal.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(mailbox));
    }

    /// A number that changes at every event.
    pub(super) fn tick(&self) -> watch::Receiver<u64> {
        self.tick.subscribe()
    }
}
