//! The ledger itself.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use super::lock::Lock;
use super::writer::Writer;
use super::{Kind, LedgerError, People, Plan, Run, begin, schema};
use crate::token::Keyring;

/// The file of the database.
const DATABASE: &str = "ledger.sqlite";

/// What was sent from a project: a folder with an embedded database, for its owner's eyes only.
///
/// Cheap to clone. Any number of processes may read it; one at a time sends (see [`begin`](Self::begin)).
#[derive(Clone)]
pub struct Ledger {
    folder: PathBuf,
    pub(super) writer: Writer,
    /// By which people are known who left.
    keyring: Option<Arc<Keyring>>,
}

impl Ledger {
    /// Opens the ledger in `folder`, making both where they do not exist (folder mode 0700, database 0600).
    ///
    /// # Errors
    /// [`LedgerError::Folder`] and [`LedgerError::Storage`] where the disk does not let us, [`LedgerError::Newer`] where a newer
    /// version of this program wrote it.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        make_private_folder(folder).map_err(|source| LedgerError::Folder { path: folder.to_owned(), source })?;
        let path = folder.join(DATABASE);
        make_private_file(&path).map_err(|source| LedgerError::Folder { path: path.clone(), source })?;
        let mut connection = Connection::open(&path).map_err(|e| LedgerError::storage("open the database", e))?;
        schema::prepare(&mut connection, &path)?;
        let writer = Writer::start(connection).map_err(|e| LedgerError::storage("start its writer", e))?;
        Ok(Self { folder: folder.to_owned(), writer, keyring: None })
    }

    /// The same with the keys by which people are known who [left](super::Departure). A run of the issue to its list claims nobody who did, and
    /// without the keys nobody at all as soon as anybody left.
    #[must_use]
    pub fn guarded_by(self, keyring: Option<Arc<Keyring>>) -> Self {
        Self { keyring, ..self }
    }

    /// Opens a run for sending: the first time, or again after a break of any kind.
    ///
    /// The first time everyone in `plan` is entered. Later, what is known is kept and the plan is laid over it:
    /// - accepted, ambiguous and refused recipients stay so, and nobody is entered twice under another spelling or in another edition
    ///   ([`Address::key`](crate::model::address::Address::key));
    /// - what a worker held when the last process ended becomes pending where nothing was sent, ambiguous where the body may have been;
    /// - a deferred recipient whose time has come at `now`, and one whom we refused ourselves, is pending again;
    /// - whom to skip is the newest plan's decision, for those to whom nothing was sent; who is no longer in the plan is skipped.
    ///
    /// A run of a [repeatable kind](super::Kind::is_repeatable) begins afresh each time. The run holds the ledger's lock until it
    /// and its clones are dropped.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] where another process sends, [`LedgerError::Selection`] where it was begun for other people of the list,
    /// [`LedgerError::Changed`] where somebody already got, or may have got, another
    /// digest of an edition, or mail from another sender or over another relay: nothing is changed then. [`LedgerError::Storage`] as ever.
    pub async fn begin(&self, plan: Plan, now: Timestamp) -> Result<Run, LedgerError> {
        let lock = Arc::new(Lock::take(&self.lock_path(), now)?);
        let guard = (plan.kind == Kind::Issue).then(|| self.keyring.clone());
        let begun = self.writer.write("begin the run", move |connection| begin::begin(connection, &plan, now)).await?;
        Ok(Run::new(begun, lock, self.writer.clone(), guard))
    }

    /// Says whether [`begin`](Self::begin) would refuse `plan` because it is not what some people have got already: names what changed.
    /// Of the plan only what is sent counts, not to whom. Changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn changes(&self, plan: &Plan) -> Result<Option<String>, LedgerError> {
        let plan = Plan { recipients: People::from_iter([]), ..plan.clone() };
        self.writer.read("compare with what went out", move |connection| begin::changed_since_sent(connection, &plan)).await
    }

    /// Sees whether something could be written down now.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn is_writable(&self) -> Result<(), LedgerError> {
        self.writer.write("see to the database", |_| Ok(())).await
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.folder.join("sending.lock")
    }

    /// Opens the ledger in `folder` if there is one: a look at what was sent makes none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(folder: &Path) -> Result<Option<Self>, LedgerError> {
        if folder.join(DATABASE).exists() { Self::open(folder).map(Some) } else { Ok(None) }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Made before the database is opened, whose other files get the mode of this one.
fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}
