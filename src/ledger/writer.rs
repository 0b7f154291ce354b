//! The one thread that writes, several requests a commit.
//!
//! Each commit waits for the disk, so commits are what a ledger costs. The thread takes every request that waits, does them in one
//! transaction, commits, and only then answers each of them: an answer means that it is on the disk.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::LedgerError;

/// How many requests may share a commit. It bounds how long the first of them waits for the last.
const REQUESTS_PER_COMMIT: usize = 512;

/// The way to the writing thread. Cheap to clone; the thread ends with the last of them.
#[derive(Clone)]
pub(super) struct Writer(Sender<Box<dyn Request>>);

impl Writer {
    /// Starts the thread, which owns `connection` from now on.
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (sender, requests) = channel();
        thread::Builder::new().name("ledger".to_owned()).spawn(move || serve(connection, &requests))?;
        Ok(Self(sender))
    }

    /// Does `work` and gives its value once it is on the disk. An error of `work` that is not about storage must leave the
    /// database as it was: requests that share its commit go ahead.
    ///
    /// # Errors
    /// Those of `work`, and [`LedgerError::Storage`] where the commit, or any request in it, met one.
    pub(super) async fn write<T, F>(&self, doing: &'static str, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    {
        self.ask(doing, true, work).await
    }

    /// Does `work`, which only reads.
    pub(super) async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    {
        self.ask(doing, false, work).await
    }

    async fn ask<T, F>(&self, doing: &'static str, writes: bool, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let gone = || LedgerError::storage(doing, "its writer has ended");
        self.0.send(Box::new(Asked { doing, writes, work: Some(work), result: None, reply })).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// What the thread does with a request, whatever its value's type.
trait Request: Send {
    fn writes(&self) -> bool;
    /// Does the work; false where storage failed, so that the whole transaction must go back.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers; `failure` says why the transaction went back.
    fn answer(self: Box<Self>, failure: Option<&str>);
}

struct Asked<T, F> {
    doing: &'static str,
    writes: bool,
    work: Option<F>,
    result: Option<Result<T, LedgerError>>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T, F> Request for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, LedgerError> + Send,
{
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.work.take().map(|work| work(connection));
        !matches!(self.result, Some(Err(LedgerError::Storage { .. })))
    }

    fn answer(self: Box<Self>, failure: Option<&str>) {
        let result = match (failure, self.result) {
            (_, Some(Err(own))) => Err(own),
            (None, Some(Ok(value))) => Ok(value),
            (Some(words), _) => Err(LedgerError::storage(self.doing, words)),
            (None, None) => Err(LedgerError::storage(self.doing, "it was never begun")),
        };
        // Whoever asked may have been dropped since; the work is done all the same.
        let _ = self.reply.send(result);
    }
}

fn serve(mut connection: Connection, requests: &Receiver<Box<dyn Request>>) {
    while let Ok(first) = requests.recv() {
        let mut batch = vec![first];
        batch.extend(requests.try_iter().take(REQUESTS_PER_COMMIT - 1));
        let failure = commit(&mut connection, &mut batch).err();
        for request in batch {
            request.answer(failure.as_deref());
        }
    }
}

fn commit(connection: &mut Connection, batch: &mut [Box<dyn Request>]) -> Result<(), String> {
    // Taking the write lock at once: a transaction that begins by reading may find that another process wrote in between.
    let behaviour =
        if batch.iter().any(|request| request.writes()) { TransactionBehavior::Immediate } else { TransactionBehavior::Deferred };
    let transaction = Transaction::new(connection, behaviour).map_err(|e| e.to_string())?;
    for request in batch {
        if !request.run(&transaction) {
            return Err("a request saved together with it failed".to_owned());
        }
    }
    transaction.commit().map_err(|e| e.to_string())
}
