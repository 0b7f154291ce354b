//! What is written at once: a group of commands, or a body with the next message's commands behind it (RFC 2920 §3.1).
//!
//! It is written past lettre, which would copy a body and look through it once more, and knows no commands in groups.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Poll, ready};

use super::Step;
use super::wire::{Inner, Wire};

/// What ends a body (RFC 5321 §4.1.1.4).
pub(super) const FINAL_DOT: &[u8] = b".\r\n";
/// A body has its deadline once for each of so many octets.
const BLOCK: usize = 64 * 1024;

/// How the sending of a body went wrong.
#[derive(Debug)]
pub(super) enum Unsent {
    /// The server spoke, or closed, before the final dot left: it has no message.
    Interrupted(String),
    /// The connection failed before the final dot left.
    Failed(io::Error),
}

impl Wire {
    /// Writes a group of commands, after which so many replies are due. `step` is the first of them.
    pub(super) async fn send_commands(&self, step: Step, commands: &[u8], replies: usize) -> io::Result<()> {
        self.inner().start(step, replies);
        self.write(&mut [IoSlice::new(commands)], |_, _| {}).await?;
        poll_fn(|cx| self.inner().poll_flush(cx)).await
    }

    /// Writes a body of so many octets, then its final dot with the commands behind it, after all of which so many replies are due.
    ///
    /// The dot is held back until all before it has left and the server has still said nothing: what it says before then is no
    /// answer to this message. Once the dot is out nothing fails here: whether the server has the message, its reply tells or
    /// nobody.
    pub(super) async fn send_body(
        &self,
        length: usize,
        mut pieces: Vec<IoSlice<'_>>,
        commands: &[u8],
        replies: usize,
    ) -> Result<(), Unsent> {
        {
            let mut inner = self.inner();
            inner.start(Step::Body, replies);
            let blocks = u32::try_from(length / BLOCK + 1).unwrap_or(u32::MAX);
            let limit = inner.deadlines.body.saturating_mul(blocks);
            inner.allow(limit);
        }
        self.write(&mut pieces, |_, _| {}).await.map_err(Unsent::Failed)?;
        self.inner().check_silent().map_err(Unsent::Interrupted)?;
        let mut end = [IoSlice::new(FINAL_DOT), IoSlice::new(commands)];
        let written = self.write(&mut end, note_body).await;
        let flushed = poll_fn(|cx| self.inner().poll_flush(cx)).await;
        let is_out = self.is_body_out();
        match written.and(flushed) {
            Err(error) if !is_out => Err(Unsent::Failed(error)),
            _ => Ok(()),
        }
    }

    /// Writes all of `pieces`; `note` is told after each part how many octets are out.
    async fn write(&self, mut pieces: &mut [IoSlice<'_>], note: fn(&mut Inner, usize)) -> io::Result<()> {
        let mut out = 0;
        IoSlice::advance_slices(&mut pieces, 0);
        poll_fn(|cx| {
            let mut inner = self.inner();
            while !pieces.is_empty() {
                let count = ready!(inner.poll_write_pieces(cx, pieces))?;
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                out += count;
                note(&mut inner, out);
                IoSlice::advance_slices(&mut pieces, count);
            }
            Poll::Ready(Ok(()))
        })
        .await
    }
}

/// Notes that the final dot is out; from then on the server has time to think.
fn note_body(inner: &mut Inner, out: usize) {
    if !inner.is_body_out && out >= FINAL_DOT.len() {
        inner.is_body_out = true;
        let limit = inner.deadlines.end;
        inner.allow(limit);
    }
}
