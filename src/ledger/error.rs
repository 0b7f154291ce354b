//! What can go wrong with a ledger.

use std::error::Error;
use std::path::PathBuf;

use super::State;

/// Why the ledger could not do what was asked, in words for the person who sends.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder or a file in it cannot be made, opened or protected.
    #[error("cannot use {}, where the program keeps what it sent: {source}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "{} was written by a newer version of postrider (layout {found}; this one knows up to {known}). \
         Use that version; nothing was changed",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its layout's number.
        found: i64,
        /// The newest number this program knows.
        known: i64,
    },
    /// Another process is sending.
    #[error("another postrider is sending from this project ({holder}). Wait until it is done, or stop it first")]
    Busy {
        /// Who holds the lock, as far as it said so.
        holder: String,
    },
    /// What would be sent is no longer what some people have already got.
    #[error(
        "{what} changed since this issue went out to its first readers, so the rest would get something else. \
         Undo the change to go on, or send the correction as a new issue"
    )]
    Changed {
        /// What changed: the sender, the relay, parts of editions.
        what: String,
    },
    /// The run was begun for other people of the list than it is to go on for.
    #[error(
        "this issue was begun for {}: go on for the same, or add --widen to send it to those named now as well. Nothing was sent",
        begun.as_deref().unwrap_or("everyone on the list")
    )]
    Selection {
        /// For whom it was begun; `None` is everyone.
        begun: Option<String>,
    },
    /// A decision was taken about somebody who is not in doubt.
    #[error(
        "{address} is not in doubt: {}. Nothing was changed",
        state.map_or("nobody in this run has that address".to_owned(), |state| format!("it is {state}"))
    )]
    NotInDoubt {
        /// The address, as in the envelope.
        address: String,
        /// Where it stands; `None` where it is not in the run.
        state: Option<State>,
    },
    /// Somebody left, and the keys by which they are known are not at hand.
    #[error(
        "people left this list, and without the keys that mark them nobody knows who: nothing was sent. \
         Put the keys back where newsletter.toml says that they are"
    )]
    Keyless,
    /// A worker acted on a recipient that is not its own any more. A mistake of this program, never of its user.
    #[error("the ledger no longer counts recipient {id} as ours to send to; stopped before sending")]
    Lost {
        /// The ledger's number of the recipient.
        id: i64,
    },
    /// The database cannot be read or written: a full disk, a failing one, a damaged file.
    #[error("cannot {doing} in the ledger: {source}. Free or repair the disk, then run the same command again")]
    Storage {
        /// What was to be done.
        doing: &'static str,
        /// What the database says.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl LedgerError {
    /// Makes the error for something the database refused.
    pub(super) fn storage(doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Storage { doing, source: source.into() }
    }
}
