//! Floor 5: the list's own mailbox, read letter by letter. What a letter means, others say.
//!
//! Nothing in the mailbox is ever changed, not even a flag: people read it as well, and what they have looked at is not thereby dealt with. Which
//! letters were, whoever calls remembers, by the name that each has here for as long as it lies there.
//!
//! - [`Source`]: a mailbox of any kind
//! - `maildir`, `mbox`: on this machine
//! - `imap`: on a server (RFC 3501), which tells of news by itself where it can (IDLE, RFC 2177)

mod imap;
mod maildir;
mod mbox;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::deliver::CredentialsError;
use crate::model::inbox::Mailbox;

/// The most octets of a letter that are read: reports say what they have to say at their beginning.
pub const LETTER_MAX: usize = 10 << 20;
/// How long to wait for news before looking again, where nobody tells of any.
const LOOK: Duration = Duration::from_mins(1);

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its octets, the first ten million at most.
    pub octets: Vec<u8>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// Why a mailbox cannot be read, in words for a person. Never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// A folder or file cannot be read.
    #[error("cannot read the mailbox {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no mailbox of its kind.
    #[error("{} is no {kind}: {why}", path.display())]
    Kind {
        /// Which.
        path: PathBuf,
        /// What it should be.
        kind: &'static str,
        /// Why it is not.
        why: &'static str,
    },
    /// The password or token is not to be had.
    #[error("{}", error.to_string().replace("the relay's", "the mailbox's"))]
    Credentials {
        /// Why.
        error: CredentialsError,
    },
    /// The server cannot be reached, or is not who it should be.
    #[error("cannot connect to {host}: {why}")]
    Connect {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
    /// The server refuses the login.
    #[error("{host} refuses the login of {user}: {why}. Check user and password")]
    Login {
        /// The server.
        host: String,
        /// The user.
        user: String,
        /// Its words.
        why: String,
    },
    /// The server answers otherwise than it should, or not at all.
    #[error("{host} could not {doing}: {why}")]
    Server {
        /// The server.
        host: String,
        /// What was asked.
        doing: &'static str,
        /// What came of it.
        why: String,
    },
}

impl InboxError {
    /// Whether it may work when it is tried again later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Server { .. })
    }
}

/// A mailbox.
#[derive(Debug)]
pub enum Source {
    /// A folder with a file for each message.
    Maildir(maildir::Maildir),
    /// One file with all messages.
    Mbox(mbox::Mbox),
    /// On a server.
    Imap(Box<imap::Remote>),
}

impl Source {
    /// Opens a mailbox; a relative path starts at `project`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn open(mailbox: &Mailbox, project: &Path) -> Result<Self, InboxError> {
        match mailbox {
            Mailbox::Maildir(path) => maildir::Maildir::open(project.join(path)).map(Self::Maildir),
            Mailbox::Mbox(path) => mbox::Mbox::open(project.join(path)).map(Self::Mbox),
            Mailbox::Imap(imap) => imap::Remote::open(imap, project).await.map(|remote| Self::Imap(Box::new(remote))),
        }
    }

    /// What the mailbox is known by: another mailbox, or one that was made anew, has another name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Maildir(maildir) => maildir.name(),
            Self::Mbox(mbox) => mbox.name(),
            Self::Imap(remote) => remote.name(),
        }
    }

    /// The names of the letters that lie there, the oldest first as far as that can be told.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn list(&mut self) -> Result<Vec<String>, InboxError> {
        match self {
            Self::Maildir(maildir) => maildir.list(),
            Self::Mbox(mbox) => mbox.list(),
            Self::Imap(remote) => remote.list().await,
        }
    }

    /// A letter by its name; `None` where it is not there any more.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn fetch(&mut self, name: &str) -> Result<Option<Letter>, InboxError> {
        match self {
            Self::Maildir(maildir) => maildir.fetch(name),
            Self::Mbox(mbox) => mbox.fetch(name),
            Self::Imap(remote) => remote.fetch(name).await,
        }
    }

    /// Waits until there may be news, half an hour at most.
    ///
    /// # Errors
    /// If the server does not answer any more.
    pub async fn wait(&mut self) -> Result<(), InboxError> {
        match self {
            Self::Maildir(maildir) => maildir.watcher().wait().await,
            Self::Mbox(mbox) => mbox.watcher().wait().await,
            Self::Imap(remote) => return remote.wait().await,
        }
        Ok(())
    }
}

/// What tells of changes in folders.
#[derive(Debug)]
struct Watch {
    news: mpsc::Receiver<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Watch {
    /// Watches folders, as far as the system lets us.
    fn over(folders: &[&Path]) -> Self {
        let (tell, news) = mpsc::channel(1);
        let mut watcher = notify::recommended_watcher(move |_| {
            // One word of news is as good as many.
            let _ = tell.try_send(());
        });
        if let Ok(watcher) = &mut watcher {
            for folder in folders {
                let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
            }
        }
        Self { news, _watcher: watcher.ok() }
    }

    async fn wait(&mut self) {
        // Some folders tell nothing, such as those of other machines.
        let _ = tokio::time::timeout(LOOK, self.news.recv()).await;
    }
}

/// The beginning of a letter's octets.
fn cut(mut octets: Vec<u8>) -> Letter {
    let is_cut = octets.len() > LETTER_MAX;
    octets.truncate(LETTER_MAX);
    Letter { octets, is_cut }
}
