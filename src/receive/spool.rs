//! The folder in which messages are kept, and the list of those in it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::{mem, panic};

use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::command::MailParameters;

/// How much of a message is held in memory before it goes to its file, in octets. Ordinary messages are smaller and go there in
/// one piece.
const PENDING_MAX: usize = 256 * 1024;

/// A message that the receiver has taken: answered with 250 after its DATA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Which message it is, from 1 in order of arrival, over all connections.
    pub id: u64,
    /// Which connection it came over, from 1 in order of arrival.
    pub connection: u64,
    /// The name the client gave with EHLO or HELO.
    pub hello: String,
    /// The mailbox of MAIL, as written; empty for `<>`.
    pub sender: String,
    /// The mailboxes of RCPT that were accepted, as written and in order; one named twice is here twice.
    pub recipients: Vec<String>,
    /// What MAIL said beside.
    pub parameters: MailParameters,
    /// The file that holds the message: the octets that the client sent, dots unstuffed, lines ended with CRLF, and nothing
    /// added.
    pub path: PathBuf,
    /// The size of that file, in octets.
    pub octets: u64,
}

/// What is known of a message before its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Envelope {
    pub(super) hello: String,
    pub(super) sender: String,
    pub(super) recipients: Vec<String>,
    pub(super) parameters: MailParameters,
}

/// Messages on disk as `00000001.eml` and so on; a name comes from the number alone, never from what a client sent. Or a count of
/// messages, none of them kept.
#[derive(Debug)]
pub(super) struct Spool {
    /// `None` where nothing is kept.
    folder: Option<PathBuf>,
    received: Mutex<Vec<Received>>,
    arrivals: watch::Sender<usize>,
}

/// A message on its way into the spool. Dropped before it is kept, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Draft {
    spool: Arc<Spool>,
    connection: u64,
    /// `None` where nothing is kept.
    path: Option<PathBuf>,
    file: Option<File>,
    pending: Vec<u8>,
    octets: u64,
}

impl Spool {
    /// The spool in `folder`, which is made if it is missing and must be empty, so that no message ever replaces another's.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            let message = format!("the folder {} is not empty; give every receiver an empty folder of its own", folder.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(Self { folder: Some(folder.to_owned()), received: Mutex::default(), arrivals: watch::Sender::new(0) })
    }

    /// A spool that counts messages and keeps none.
    pub(super) fn discarding() -> Self {
        Self { folder: None, received: Mutex::default(), arrivals: watch::Sender::new(0) }
    }

    /// A draft for `connection`, which has no other at the time.
    pub(super) fn draft(self: &Arc<Self>, connection: u64) -> Draft {
        Draft {
            spool: Arc::clone(self),
            connection,
            path: self.folder.as_ref().map(|folder| folder.join(format!("{connection}.part"))),
            file: None,
            pending: Vec::new(),
            octets: 0,
        }
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.lock().clone()
    }

    pub(super) fn take_received(&self) -> Vec<Received> {
        mem::take(&mut self.lock())
    }

    pub(super) fn arrivals(&self) -> watch::Receiver<usize> {
        self.arrivals.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().expect("nothing panics while it holds the list")
    }
}

impl Draft {
    /// Adds octets, in memory only.
    pub(super) fn push(&mut self, octets: &[u8]) {
        if self.path.is_some() {
            self.pending.extend_from_slice(octets);
        }
        self.octets += octets.len() as u64;
    }

    /// Whether so much is pending that it should [go to disk](Self::write_out).
    pub(super) fn is_full(&self) -> bool {
        self.pending.len() >= PENDING_MAX
    }

    /// Writes what is pending to the file.
    pub(super) async fn write_out(mut self) -> io::Result<Self> {
        blocking(move || {
            self.write()?;
            Ok(self)
        })
        .await
    }

    /// Completes the message, which then has a number and is on the list; returns the number.
    ///
    /// It has been handed to the operating system by then, but not forced to the disk: a rehearsal need not survive a power cut.
    pub(super) async fn keep(mut self, envelope: Envelope) -> io::Result<u64> {
        if self.path.is_none() {
            let mut number = 0;
            self.spool.arrivals.send_modify(|count| {
                *count += 1;
                number = *count as u64;
            });
            return Ok(number);
        }
        blocking(move || {
            self.write()?;
            self.enter(envelope)
        })
        .await
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::create_new(path)?),
        };
        file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Numbers, renames and lists the message under one lock, so that numbers have no gaps and the list is in their order.
    fn enter(mut self, envelope: Envelope) -> io::Result<u64> {
        let spool = Arc::clone(&self.spool);
        let mut received = spool.lock();
        let id = received.len() as u64 + 1;
        let (Some(folder), Some(part)) = (&spool.folder, &self.path) else { return Ok(id) };
        let path = folder.join(format!("{id:08}.eml"));
        fs::rename(part, &path)?;
        self.file = None;
        let Envelope { hello, sender, recipients, parameters } = envelope;
        received.push(Received {
            id,
            connection: self.connection,
            hello,
            sender,
            recipients,
            parameters,
            path,
            octets: self.octets,
        });
        spool.arrivals.send_replace(received.len());
        Ok(id)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = self.path.as_ref().filter(|_| self.file.is_some()) {
            // What cannot be removed is not in anyone's way: it is no `.eml` and on no list.
            let _ = fs::remove_file(path);
        }
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
        Err(error) => Err(io::Error::other(error)),
    }
}
