//! The stream below lettre's connection.
//!
//! It hands out one reply line a read, whole and in the form lettre's parser expects, and as many replies as are due and not one
//! more; it ends every step at its deadline; and it knows whether a whole message has left, which alone decides between "not sent"
//! and "nobody knows". lettre writes single commands through it; flights of several commands, and bodies, are written by [`flight`].
//!
//! [`flight`]: super::flight

use std::io::IoSlice;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{fmt, io};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::client::TlsStream;

use super::{Deadlines, OpenError, Step, Trust};
use crate::model::relay::Relay;

/// The longest reply line in octets. RFC 5321 §4.5.3.1.5 allows 512; lettre gives up at 1,000.
const REPLY_LINE_MAX: usize = 998;

/// A handle to the stream: one is lettre's, one is the session's. Never used by both at once.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Inner>>);

pub(super) struct Inner {
    stream: Stream,
    peer: SocketAddr,
    pub(super) deadlines: Deadlines,
    step: Step,
    /// How long the step may take, for words about it.
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    is_expired: bool,
    /// Whether the server ended the connection.
    is_ended: bool,
    /// How many replies were asked for and are not handed out.
    due: usize,
    /// Octets from the server that are not handed out.
    received: Vec<u8>,
    /// The line being handed out, from `given` on.
    line: Vec<u8>,
    given: usize,
    pub(super) is_body_out: bool,
    /// The lines of the reply to EHLO.
    hello: Vec<String>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Inside a handshake, or after one that failed.
    Gone,
}

impl Wire {
    /// Connects to the first of the host's addresses that answers. No delay of small writes, and probes on an idle connection.
    pub(super) async fn connect(relay: &Relay, deadlines: Deadlines) -> Result<Self, String> {
        let host = relay.host.trim_start_matches('[').trim_end_matches(']');
        let connecting = async {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            for address in lookup_host((host, relay.port)).await? {
                match connect_to(address).await {
                    Ok(stream) => return Ok((stream, address)),
                    Err(error) => last = error,
                }
            }
            Err(last)
        };
        let (stream, peer) = timeout(deadlines.connect, connecting)
            .await
            .map_err(|_| format!("no connection to port {} within {:?}", relay.port, deadlines.connect))?
            .map_err(|e| format!("connecting to port {} failed: {e}", relay.port))?;
        Ok(Self(Arc::new(Mutex::new(Inner {
            stream: Stream::Plain(stream),
            peer,
            deadlines,
            step: Step::Greeting,
            limit: deadlines.greeting,
            deadline: Box::pin(sleep_until(Instant::now() + deadlines.greeting)),
            is_expired: false,
            is_ended: false,
            due: 1,
            received: Vec::new(),
            line: Vec::new(),
            given: 0,
            is_body_out: false,
            hello: Vec::new(),
        }))))
    }

    /// Puts TLS between the server and us from here on.
    pub(super) async fn encrypt(&self, trust: &Trust) -> Result<(), OpenError> {
        let (stream, limit) = {
            let mut inner = self.inner();
            (std::mem::replace(&mut inner.stream, Stream::Gone), inner.deadlines.tls)
        };
        let Stream::Plain(stream) = stream else {
            return Err(OpenError::Retry("the connection is gone".to_owned()));
        };
        let stream = timeout(limit, trust.encrypt(stream))
            .await
            .map_err(|_| OpenError::Retry(format!("no TLS handshake within {limit:?}")))??;
        self.inner().stream = Stream::Tls(Box::new(stream));
        Ok(())
    }

    /// Begins a step with one reply: its deadline counts from now.
    pub(super) fn start(&self, step: Step) {
        self.inner().start(step, 1);
    }

    /// Waits for the reply to the next command of a flight: its deadline counts from now, when the reply before it is there.
    pub(super) fn go_on(&self, step: Step) {
        let mut inner = self.inner();
        inner.step = step;
        let limit = step.deadline(&inner.deadlines);
        inner.allow(limit);
    }

    /// Whether the server has said nothing unasked, and not closed. Must hold before each command: an answer to nothing would be
    /// taken for the answer to the next.
    ///
    /// # Errors
    /// Says what the server said or did.
    pub(super) fn check_quiet(&self) -> Result<(), String> {
        self.inner().check_quiet()
    }

    /// What the server has said without being asked, as far as it is here. A goodbye is its right at any time (421, RFC 5321 §3.8)
    /// and does not count.
    pub(super) fn unasked(&self) -> Option<String> {
        let inner = self.inner();
        let unasked = inner.unasked();
        let is_nothing = inner.due > 0 || unasked.is_empty() || unasked.starts_with(b"421");
        if is_nothing { None } else { Some(words(unasked)) }
    }

    /// Whether the server ended the connection, rather than we.
    pub(super) fn is_ended(&self) -> bool {
        self.inner().is_ended
    }

    /// Whether the whole message has left, its final dot included. It may, or may not, have reached the server.
    pub(super) fn is_body_out(&self) -> bool {
        self.inner().is_body_out
    }

    /// Whether the server greeted us, so that EHLO was said.
    pub(super) fn is_greeted(&self) -> bool {
        self.inner().step != Step::Greeting
    }

    /// Whether the other end is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.inner().peer.ip().is_loopback()
    }

    /// The lines of the last reply to EHLO, codes left off.
    pub(super) fn take_hello(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().hello)
    }

    /// How the connection was lost, where lettre says no more than that it was.
    pub(super) fn how_lost(&self, error: &impl fmt::Display) -> String {
        let inner = self.inner();
        let waiting = if inner.step == Step::Greeting { "for the greeting".to_owned() } else { format!("after {}", inner.step) };
        if inner.is_expired {
            format!("no answer {waiting} within {:?}", inner.limit)
        } else {
            format!("the connection was lost {waiting} ({error})")
        }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves nothing half done in here that could be worse than the panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Begins a step after which so many replies are due.
    pub(super) fn start(&mut self, step: Step, replies: usize) {
        self.step = step;
        self.due = replies;
        self.is_body_out = false;
        self.allow(step.deadline(&self.deadlines));
        if step == Step::Hello {
            self.hello.clear();
        }
    }

    pub(super) fn allow(&mut self, limit: Duration) {
        self.limit = limit;
        self.deadline.as_mut().reset(Instant::now() + limit);
    }

    /// Once a deadline has passed nothing works any more, lest a late reply be credited to a later command.
    pub(super) fn check_deadline(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.is_expired && self.deadline.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        self.is_expired = true;
        Err(io::ErrorKind::TimedOut.into())
    }

    pub(super) fn check_quiet(&mut self) -> Result<(), String> {
        if self.is_expired {
            return Err("the connection is past its deadline".to_owned());
        }
        if self.due > 0 {
            return Err("the server has not answered all that it was told".to_owned());
        }
        self.check_silent()
    }

    /// Whether the server has said nothing, and not closed, while it was not its turn.
    pub(super) fn check_silent(&mut self) -> Result<(), String> {
        if self.line.len() == self.given && self.received.is_empty() {
            // Asks only what is here already, so nobody need be woken.
            match self.poll_receive(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err("the server closed the connection".to_owned()),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Err(format!("the connection broke: {error}")),
            }
        }
        Err(format!("the server said without being asked: {}", words(self.unasked())))
    }

    fn unasked(&self) -> &[u8] {
        if self.line.len() > self.given { &self.line[self.given..] } else { &self.received }
    }

    /// Takes in what the server sent; gives how much, 0 at its end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut octets = [0; 2048];
        let mut buffer = ReadBuf::new(&mut octets);
        let polled = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            Stream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        let octets = buffer.filled();
        self.is_ended |= matches!(polled, Poll::Ready(Err(_))) || (polled.is_ready() && octets.is_empty());
        polled.map_ok(|()| {
            self.received.extend_from_slice(octets);
            octets.len()
        })
    }

    /// Takes the next whole line out of what was received.
    fn next_line(&mut self) -> io::Result<bool> {
        let end = self.received.iter().take(REPLY_LINE_MAX + 2).position(|&octet| octet == b'\n');
        let Some(end) = end else {
            let too_long = || io::Error::new(io::ErrorKind::InvalidData, "a reply line is longer than 998 octets");
            return if self.received.len() > REPLY_LINE_MAX { Err(too_long()) } else { Ok(false) };
        };
        let line: Vec<u8> = self.received.drain(..=end).collect();
        let line = line.trim_ascii_end();
        // lettre wants UTF-8, a space after a code that stands alone (RFC 5321 §4.2 lets servers leave it off), and panics at an
        // EHLO line of nothing but spaces.
        let line: String = match str::from_utf8(line) {
            Ok(text) => text.to_owned(),
            Err(_) => line.iter().map(|&octet| if octet.is_ascii() { char::from(octet) } else { '?' }).collect(),
        };
        if self.step == Step::Hello
            && let Some(text) = line.get(4..)
        {
            self.hello.push(text.to_owned());
        }
        // A hyphen behind the code says that the reply goes on (RFC 5321 §4.2.1).
        if line.as_bytes().get(3) != Some(&b'-') {
            self.due = self.due.saturating_sub(1);
        }
        let missing = if line.len() == 3 { " " } else { "" };
        self.line = format!("{line}{missing}\r\n").into_bytes();
        self.given = 0;
        Ok(true)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check_deadline(cx)?;
        if self.given == self.line.len() && self.due == 0 {
            return Poll::Ready(Err(io::Error::other("no reply is due")));
        }
        while self.given == self.line.len() && !self.next_line()? {
            match self.poll_receive(cx)? {
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        let count = buffer.remaining().min(self.line.len() - self.given);
        buffer.put_slice(&self.line[self.given..self.given + count]);
        self.given += count;
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.check_deadline(cx)?;
        // lettre says EHLO by itself after the greeting, and QUIT by itself after a refusal.
        if self.step == Step::Greeting {
            self.check_silent().map_err(io::Error::other)?;
            self.start(Step::Hello, 1);
        } else if self.step == Step::Hello && octets.starts_with(b"QUIT") {
            self.due = 1;
            let limit = self.deadlines.quit;
            self.allow(limit);
        }
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Writes as much of `pieces` as goes at once; gives how much it was.
    pub(super) fn poll_write_pieces(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.check_deadline(cx)?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Stream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_deadline(cx)?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_deadline(cx)?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Gone => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.inner().peer)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Wire").field("peer", &inner.peer).field("step", &inner.step).finish_non_exhaustive()
    }
}

/// What the server said, short and without controls.
fn words(octets: &[u8]) -> String {
    let words = String::from_utf8_lossy(octets);
    words.trim().chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_keepalive(true)?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}
