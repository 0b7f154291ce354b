//! The stream below lettre's connection.
//!
//! It hands out one reply line a read, whole and in the form lettre's parser expects; it ends every step at its deadline; and it
//! knows whether a whole message has left, which alone decides between "not sent" and "nobody knows".

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{fmt, io};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::client::TlsStream;

use super::{Deadlines, OpenError, Step, Trust};
use crate::model::relay::Relay;

/// The longest reply line in octets. RFC 5321 §4.5.3.1.5 allows 512; lettre gives up at 1,000.
const REPLY_LINE_MAX: usize = 998;
/// What ends a body (RFC 5321 §4.1.1.4). It cannot stand inside one, for leading dots are doubled.
const END_OF_BODY: [u8; 5] = *b"\r\n.\r\n";
/// A body has its deadline once for each of these.
const BLOCK: usize = 64 * 1024;

/// A handle to the stream: one is lettre's, one is the session's. Never used by both at once.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Inner>>);

struct Inner {
    stream: Stream,
    peer: SocketAddr,
    deadlines: Deadlines,
    step: Step,
    /// How long the step may take, for words about it.
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    is_expired: bool,
    /// Octets from the server that are not handed out.
    received: Vec<u8>,
    /// The line being handed out, from `given` on.
    line: Vec<u8>,
    given: usize,
    /// The last octets that left.
    tail: [u8; 5],
    is_body_out: bool,
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
            received: Vec::new(),
            line: Vec::new(),
            given: 0,
            tail: [0; 5],
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

    /// Begins a step: its deadline counts from now.
    pub(super) fn start(&self, step: Step) {
        self.inner().start(step);
    }

    /// Sets the deadline of a body by its length.
    pub(super) fn allow_body(&self, length: usize) {
        let mut inner = self.inner();
        let blocks = u32::try_from(length / BLOCK + 1).unwrap_or(u32::MAX);
        let limit = inner.deadlines.body.saturating_mul(blocks);
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
    pub(super) fn how_lost(&self, error: &Error) -> String {
        let inner = self.inner();
        let waiting = if inner.step == Step::Greeting { "for the greeting".to_owned() } else { format!("after {}", inner.step) };
        if inner.is_expired {
            format!("no answer {waiting} within {:?}", inner.limit)
        } else {
            format!("the connection was lost {waiting} ({error})")
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves nothing half done in here that could be worse than the panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn start(&mut self, step: Step) {
        self.step = step;
        self.is_body_out = false;
        self.tail = [0; 5];
        self.allow(step.deadline(&self.deadlines));
        if step == Step::Hello {
            self.hello.clear();
        }
    }

    fn allow(&mut self, limit: Duration) {
        self.limit = limit;
        self.deadline.as_mut().reset(Instant::now() + limit);
    }

    /// Once a deadline has passed nothing works any more, lest a late reply be credited to a later command.
    fn check_deadline(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.is_expired && self.deadline.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        self.is_expired = true;
        Err(io::ErrorKind::TimedOut.into())
    }

    fn check_quiet(&mut self) -> Result<(), String> {
        if self.is_expired {
            return Err("the connection is past its deadline".to_owned());
        }
        if self.line.len() == self.given && self.received.is_empty() {
            // Asks only what is here already, so nobody need be woken.
            match self.poll_receive(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err("the server closed the connection".to_owned()),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Err(format!("the connection broke: {error}")),
            }
        }
        let unasked = if self.line.len() > self.given { &self.line[self.given..] } else { &self.received };
        let words: String =
            String::from_utf8_lossy(unasked).chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        Err(format!("the server said without being asked: {}", words.trim()))
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
        polled.map_ok(|()| {
            self.received.extend_from_slice(buffer.filled());
            buffer.filled().len()
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
        let missing = if line.len() == 3 { " " } else { "" };
        self.line = format!("{line}{missing}\r\n").into_bytes();
        self.given = 0;
        Ok(true)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check_deadline(cx)?;
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
            self.start(Step::Hello);
        } else if self.step == Step::Hello && octets.starts_with(b"QUIT") {
            let limit = self.deadlines.quit;
            self.allow(limit);
        }
        let polled = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        if let Poll::Ready(Ok(count)) = polled
            && self.step == Step::Body
        {
            self.note_body(&octets[..count]);
        }
        polled
    }

    /// Watches for the end of the body among the octets that leave; from then on the server has time to think.
    fn note_body(&mut self, octets: &[u8]) {
        let kept = octets.len().min(self.tail.len());
        self.tail.rotate_left(kept);
        let from = self.tail.len() - kept;
        self.tail[from..].copy_from_slice(&octets[octets.len() - kept..]);
        if self.tail == END_OF_BODY {
            self.is_body_out = true;
            let limit = self.deadlines.end;
            self.allow(limit);
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_keepalive(true)?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}
