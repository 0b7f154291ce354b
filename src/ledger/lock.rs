//! One sending process a ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;

use super::LedgerError;

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
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where the system keeps others from reading a locked file, the words stay general.
                if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
                    "it did not say which process it is".clone_into(&mut holder);
                }
                return Err(LedgerError::Busy { holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(folder(source)),
        }
        file.set_len(0).map_err(folder)?;
        file.seek(SeekFrom::Start(0)).map_err(folder)?;
        writeln!(file, "process {}, since {now:.0}", std::process::id()).map_err(folder)?;
        Ok(Self { _file: file })
    }
}
