//! A connection as the dialogue sees it: input in a buffer, replies in a queue, and a deadline for every wait.

use std::future;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::reply::Reply;

/// How much is read at once, in octets.
const INPUT_MAX: usize = 64 * 1024;
/// How long a client may take to hang up after the last reply before the connection is cut.
const FAREWELL: Duration = Duration::from_millis(500);

/// One client's connection.
///
/// Replies are sent when the input is used up and not before, so that a pipelined group of commands is answered in one piece.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: BufReader<S>,
    replies: Vec<u8>,
}

/// Why a wait brought no input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoInput {
    /// The client closed its half of the connection, or the connection broke.
    Closed,
    /// The deadline passed.
    Overdue,
    /// The receiver is to stop.
    Stopped,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream: BufReader::with_capacity(INPUT_MAX, stream), replies: Vec::new() }
    }

    pub(super) fn queue(&mut self, reply: &Reply) {
        reply.write_to(&mut self.replies);
    }

    /// What has arrived and has not been consumed.
    pub(super) fn input(&self) -> &[u8] {
        self.stream.buffer()
    }

    pub(super) fn consume(&mut self, octets: usize) {
        self.stream.consume(octets);
    }

    /// Returns once there is input. Where there is none yet, sends the replies first. A `stop` that is given ends the wait.
    pub(super) async fn wait(&mut self, deadline: Instant, stop: Option<&mut watch::Receiver<bool>>) -> Result<(), NoInput> {
        if !self.input().is_empty() {
            return Ok(());
        }
        let stopped = async {
            match stop {
                Some(stop) => wait_for_stop(stop).await,
                None => future::pending().await,
            }
        };
        let filled = async {
            send(&mut self.stream, &mut self.replies).await?;
            self.stream.fill_buf().await.map(|input| !input.is_empty())
        };
        let filled = async {
            tokio::select! {
                biased;
                () = stopped => Err(NoInput::Stopped),
                filled = filled => if matches!(filled, Ok(true)) { Ok(()) } else { Err(NoInput::Closed) },
            }
        };
        timeout_at(deadline, filled).await.unwrap_or(Err(NoInput::Overdue))
    }

    /// Sends the last replies and closes the connection.
    ///
    /// What the client still sends is read and thrown away for a moment: closing a TCP connection over unread input resets it,
    /// and the client might then lose the reply that tells it why.
    pub(super) async fn farewell(mut self) {
        let farewell = async {
            send(&mut self.stream, &mut self.replies).await?;
            self.stream.shutdown().await?;
            while !self.stream.fill_buf().await?.is_empty() {
                let octets = self.input().len();
                self.consume(octets);
            }
            io::Result::Ok(())
        };
        // A client that is gone, or never goes, misses nothing that it was owed.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

/// Completes once the receiver is to stop, or has been dropped.
pub(super) async fn wait_for_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|&is_stopping| is_stopping).await;
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, replies: &mut Vec<u8>) -> io::Result<()> {
    if !replies.is_empty() {
        stream.write_all(replies).await?;
        stream.flush().await?;
        replies.clear();
    }
    Ok(())
}
