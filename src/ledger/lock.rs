//! One sending process a ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::LedgerError;

/// How often, and after which pause, the lock is tried.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(5);

/// The right to send from a ledger; given back when dropped, or by the system when the process ends in whatever way.
///
/// It is a lock of the operating system on a file, not the file's presence: nothing is left to clean up after a crash.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] with what the holder wrote about itself.
    pub(super) fn take(path: &Path, now: Timestamp) -> Result<Self, LedgerError> {
        let folder = |source| LedgerError::Folder { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(folder)?;
        let mut tries = 1;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // Whoever looks whether somebody sends holds the lock for a moment.
                Err(TryLockError::WouldBlock) if tries < TRIES => tries += 1,
                Err(TryLockError::WouldBlock) => return Err(LedgerError::Busy { holder: words_of_holder(&mut file) }),
                Err(TryLockError::Error(source)) => return Err(folder(source)),
            }
            std::thread::sleep(PAUSE);
        }
        file.set_len(0).map_err(folder)?;
        file.seek(SeekFrom::Start(0)).map_err(folder)?;
        let host = host_name().map_or_else(String::new, |name| format!(" on {name}"));
        writeln!(file, "process {}{host}, {}", std::process::id(), since(now)).map_err(folder)?;
        Ok(Self { _file: file })
    }

    /// Who holds the lock, as far as it said so; `None` where nobody does. Takes nothing from anybody.
    pub(super) fn holder(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(words_of_holder(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

/// When the lock was taken, in the words of its holder: to tell whether one holder is the one that began something.
pub(super) fn since(taken: Timestamp) -> String {
    format!("since {}", Timestamp::from_second(taken.as_second()).unwrap_or_default())
}

fn words_of_holder(file: &mut File) -> String {
    let mut holder = String::new();
    // Where the system keeps others from reading a locked file, the words stay general.
    if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        "it did not say which process it is".clone_into(&mut holder);
    }
    holder.trim().to_owned()
}

/// What this machine calls itself: for folders that several machines share.
fn host_name() -> Option<String> {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let name = files.iter().find_map(|file| std::fs::read_to_string(file).ok());
    let name = name.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok())?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}
