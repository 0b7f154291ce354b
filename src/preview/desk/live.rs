//! A project that is checked anew whenever one of its files changes.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};

use super::awkward::{self, Awkward};
use super::people::Directory;
use super::picker::Chosen;
use super::view::View;
use crate::check::{self, Checked};
use crate::compose::{Composer, Message, PictureCache, Purpose, Reader};
use crate::deed;
use crate::files::Project;
use crate::files::project::{ISSUES, PUBLICATION, SUBSCRIBERS};
use crate::model::address::Address;
use crate::model::list::List;

/// A save is several events: writing and renaming, file after file. They are over when there is silence this long,
const SILENCE: Duration = Duration::from_millis(30);
/// or this long after a file was closed or renamed into its place, and so is whole: the next file of the same save follows at once.
const BREATH: Duration = Duration::from_millis(3);
/// Something that never stops writing does not keep the page waiting longer than this.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a folder that cannot be watched is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A project at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Another at each check, and at each start of the program.
    pub(super) version: u64,
    /// The issue's name, if there is an issue.
    pub(super) slug: Option<String>,
    /// What the files say, and what is to be said about them.
    pub(super) checked: Arc<Checked>,
    /// The same of the last time that a mail could be composed of this issue: what is shown while something must be mended.
    good: Option<Arc<Good>>,
}

/// What could be composed, with its list.
#[derive(Debug)]
pub(super) struct Good {
    checked: Arc<Checked>,
    directory: OnceLock<Directory>,
    awkward: OnceLock<Vec<Awkward>>,
}

impl Snapshot {
    fn new(version: u64, slug: Option<String>, checked: Checked, before: Option<&Self>) -> Self {
        let checked = Arc::new(checked);
        let good = if checked.composer.is_some() {
            Some(Arc::new(Good::new(Arc::clone(&checked))))
        } else {
            before.filter(|before| before.slug == slug).and_then(|before| before.good.clone())
        };
        Self { version, slug, checked, good }
    }

    /// What is shown: what could be composed, now or the last time.
    pub(super) fn good(&self) -> Option<&Good> {
        self.good.as_deref()
    }

    /// Begins to make ready what no page should wait for.
    fn prepare(&self) {
        if let Some(good) = self.good.clone() {
            tokio::task::spawn_blocking(move || good.prepare());
        }
    }

    /// Whether what is shown is not what the files say now.
    pub(super) fn is_stale(&self) -> bool {
        self.checked.composer.is_none()
    }
}

impl Good {
    fn new(checked: Arc<Checked>) -> Self {
        Self { checked, directory: OnceLock::new(), awkward: OnceLock::new() }
    }

    /// Makes ready what the picker of readers asks for. A hundred thousand people take a moment, for which no page should wait.
    fn prepare(&self) {
        self.awkward();
        self.directory();
    }

    /// What composes the mail.
    pub(super) fn composer(&self) -> &Composer {
        self.checked.composer.as_ref().expect("only what has one is kept")
    }

    /// Everyone on the list.
    pub(super) fn subscribers(&self) -> &List {
        &self.checked.subscribers
    }

    /// The places in the list of those whom the words find: the first `limit`, and how many there are in all. No words find everyone.
    pub(super) fn search(&self, words: &str, limit: usize) -> (Vec<usize>, usize) {
        self.directory().search(words, limit)
    }

    /// Whom a view is about.
    pub(super) fn chosen(&self, view: &View) -> Chosen<'_> {
        let subscriber = match self.subscribers() {
            List::Written(people) => {
                people.iter().find(|subscriber| subscriber.address.as_written() == view.reader).map(Cow::Borrowed)
            }
            // One that cannot be read now is as one that is not there.
            kept @ List::Kept(_) => Address::parse(&view.reader).ok().and_then(|address| kept.find(&address).ok().flatten()),
        };
        let editions = &self.composer().issue().editions;
        let language = match &subscriber {
            Some(subscriber) => Some(self.composer().edition(&Reader::Subscriber(subscriber)).language),
            None => editions.iter().map(|edition| edition.language).find(|language| language.tag() == view.edition),
        };
        Chosen { subscriber, language: language.unwrap_or(editions[0].language) }
    }

    /// The message for a reader. What nobody in particular reads was composed when it was checked.
    pub(super) fn message(&self, reader: &Reader<'_>) -> Cow<'_, Message> {
        let known = match reader {
            Reader::Anyone(language) => self.checked.messages.iter().find(|message| message.edition == *language),
            _ => None,
        };
        known.map_or_else(|| Cow::Owned(self.composer().compose(reader, Purpose::Issue)), Cow::Borrowed)
    }

    /// Those on the list as whom the mail is worth reading first.
    pub(super) fn awkward(&self) -> &[Awkward] {
        self.awkward.get_or_init(|| awkward::find(self.subscribers(), self.composer()))
    }

    fn directory(&self) -> &Directory {
        self.directory.get_or_init(|| Directory::new(self.subscribers()))
    }
}

/// What happens to the files, as it is noticed.
#[derive(Debug, Default)]
struct Change {
    noticed: Notify,
    /// Whether every file that was written to is whole again, as far as anybody can tell.
    is_whole: AtomicBool,
}

impl Change {
    fn note(&self, kind: EventKind) {
        match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                self.is_whole.store(true, Ordering::Release);
            }
            // Who may read a file, and when it was read, says nothing about its content; and each half of a renaming was told before.
            EventKind::Modify(ModifyKind::Metadata(_) | ModifyKind::Name(RenameMode::Both)) => {}
            _ => self.is_whole.store(false, Ordering::Release),
        }
        self.noticed.notify_one();
    }

    /// How long it must be silent now.
    fn silence(&self) -> Duration {
        if self.is_whole.load(Ordering::Acquire) { BREATH } else { SILENCE }
    }
}

/// What follows a project.
#[derive(Debug)]
pub(super) struct Follower {
    project: Project,
    issue: Option<String>,
    cache: Arc<PictureCache>,
    changed: Arc<Change>,
    watcher: Option<RecommendedWatcher>,
    latest: watch::Sender<Arc<Snapshot>>,
}

impl Follower {
    /// Starts to watch, then checks the project once. Follows the newest issue where none is named, and a newer one once it appears.
    ///
    /// # Errors
    /// If the folder cannot be watched.
    pub(super) async fn start(project: Project, issue: Option<String>, cache: Arc<PictureCache>) -> io::Result<Self> {
        let changed = Arc::<Change>::default();
        let watcher = Some(watch_folders(&project, issue.as_deref(), &changed)?);
        let version = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let version = u64::try_from(version).unwrap_or_default();
        let first = take(&project, issue.as_ref(), &cache, version, None).await;
        first.prepare();
        let latest = watch::Sender::new(Arc::new(first));
        Ok(Self { project, issue, cache, changed, watcher, latest })
    }

    /// The snapshots, from the present one on.
    pub(super) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.latest.subscribe()
    }

    /// Checks the project after every change, for as long as it is awaited.
    pub(super) async fn run(mut self) -> Infallible {
        loop {
            self.change().await;
            // Folders come and go under the same name. A fresh watcher, set up before the files are read, misses nothing: what
            // happens later than the reading, it reports.
            self.watcher = watch_folders(&self.project, self.issue.as_deref(), &self.changed).ok();
            let before = Arc::clone(&self.latest.borrow());
            let version = before.version + 1;
            let snapshot = take(&self.project, self.issue.as_ref(), &self.cache, version, Some(before)).await;
            snapshot.prepare();
            self.latest.send_replace(Arc::new(snapshot));
        }
    }

    /// Waits for a change and for the silence after it.
    async fn change(&self) {
        if self.watcher.is_some() {
            self.changed.noticed.notified().await;
        } else {
            sleep(RETRY).await;
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && timeout(self.changed.silence(), self.changed.noticed.notified()).await.is_ok() {}
    }
}

/// Reads and checks everything, away from the threads that serve.
async fn take(
    project: &Project,
    issue: Option<&String>,
    cache: &Arc<PictureCache>,
    version: u64,
    before: Option<Arc<Snapshot>>,
) -> Snapshot {
    let (project, issue, cache) = (project.clone(), issue.cloned(), Arc::clone(cache));
    let work = move || {
        let slug = issue.or_else(|| project.issues().pop());
        let checked = check::check(deed::load(&project, slug.as_deref()), &cache);
        Snapshot::new(version, slug, checked, before.as_deref())
    };
    tokio::task::spawn_blocking(work).await.expect("no file makes a check panic")
}

/// Watches the folders whose files matter, as far as they exist; the folders above them are watched for the others to appear. Not
/// the whole project: it may hold builds, archives, a repository's history.
fn watch_folders(project: &Project, issue: Option<&str>, changed: &Arc<Change>) -> io::Result<RecommendedWatcher> {
    // Some systems report the real path of a file, whichever way it was asked for.
    let root = project.root.canonicalize().unwrap_or_else(|_| project.root.clone());
    let issues = root.join(ISSUES);
    let folder = issue.map(str::to_owned).or_else(|| project.issues().pop()).map(|slug| issues.join(slug));
    let told = {
        let (root, changed) = (root.clone(), Arc::clone(changed));
        move |event: notify::Result<Event>| match event {
            Ok(event) if !matters(&root, &event) => {}
            Ok(event) => changed.note(event.kind),
            Err(_) => changed.note(EventKind::Any),
        }
    };
    let unwatchable =
        |error: &notify::Error| io::Error::other(format!("changes in {} cannot be followed: {error}", project.root.display()));
    let mut watcher = notify::recommended_watcher(told).map_err(|error| unwatchable(&error))?;
    watcher.watch(&root, RecursiveMode::NonRecursive).map_err(|error| unwatchable(&error))?;
    let deeper = [(Some(issues), RecursiveMode::NonRecursive), (folder, RecursiveMode::Recursive)];
    for (folder, mode) in deeper.into_iter().filter_map(|(folder, mode)| Some((folder.filter(|folder| folder.is_dir())?, mode))) {
        // A folder that went in this very moment is reported by the one above it.
        watcher.watch(&folder, mode).or_else(|error| if folder.is_dir() { Err(unwatchable(&error)) } else { Ok(()) })?;
    }
    Ok(watcher)
}

/// Whether an event may change what is shown. Reading does not, nor do hidden files and backups, which editors write all the time.
fn matters(root: &Path, event: &Event) -> bool {
    let is_reading = matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
    let is_ours = |path: &PathBuf| {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return true };
        let is_known = [PUBLICATION, SUBSCRIBERS, ISSUES].contains(&name);
        if path.parent() == Some(root) { is_known } else { !name.starts_with('.') && !name.ends_with('~') }
    };
    !is_reading && (event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(is_ours))
}
