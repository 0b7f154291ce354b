//! A web server on loopback that says what a test wants, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::deliver::acceptor;

/// What a server says to a request.
#[derive(Debug, Clone)]
pub(super) enum Say {
    /// These octets, then the end.
    Octets(String),
    /// These octets, then those over and over until the client has enough.
    Forever(&'static str, &'static str),
    /// The same, an octet a millisecond.
    Drip(&'static str),
    /// Nothing, but it goes on listening.
    Nothing,
}

/// A status without a body, such as `404 Not Found`.
pub(super) fn status(line: &str) -> Say {
    Say::Octets(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n"))
}

pub(super) fn redirect(code: u16, to: &str) -> Say {
    Say::Octets(format!("HTTP/1.1 {code} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
}

pub(super) struct Site {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Site {
    /// A server on 127.0.0.1 that answers each request, given as `HEAD /path`.
    pub(super) async fn start(answer: impl Fn(&str) -> Say + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", false, 1, answer).await
    }

    /// The same with TLS, its certificate for localhost.
    pub(super) async fn secure(answer: impl Fn(&str) -> Say + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", true, 1, answer).await
    }

    /// A server that answers only when so many requests are in its hands, and then those.
    pub(super) async fn in_groups_of(count: usize) -> Self {
        Self::at("127.0.0.1:0", false, count, |_| status("200 OK")).await
    }

    pub(super) async fn at(
        address: &str,
        is_secure: bool,
        group: usize,
        answer: impl Fn(&str) -> Say + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, answer, group) = (Arc::<Seen>::default(), Arc::new(answer), Arc::new(Barrier::new(group)));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, answer, group) = (Arc::clone(&seen), Arc::clone(&answer), Arc::clone(&group));
                tokio::spawn(async move {
                    // That a client ends a connection in the middle is its right.
                    if is_secure {
                        if let Ok(stream) = acceptor().accept(stream).await {
                            let _ = serve(stream, &seen, &*answer, &group).await;
                        }
                    } else {
                        let _ = serve(stream, &seen, &*answer, &group).await;
                    }
                });
            }
        });
        Self { address, seen: kept }
    }

    /// An address on this server under a name of one's own.
    pub(super) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    /// The requests so far, as `HEAD /path`, in the order in which they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.heads().iter().map(|head| request_of(head)).collect()
    }

    /// The whole heads of the requests so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// The most requests that were in its hands at once.
    pub(super) fn most_at_once(&self) -> usize {
        self.seen.most_at_once.load(Ordering::SeqCst)
    }
}

fn request_of(head: &str) -> String {
    head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned()
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Seen,
    answer: &(impl Fn(&str) -> Say + Sync),
    group: &Barrier,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    seen.heads.lock().unwrap().push(head.clone());
    let at_once = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most_at_once.fetch_max(at_once, Ordering::SeqCst);
    group.wait().await;
    // Whoever else has leave to ask has the time to: each turn lets every other task go on.
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    seen.at_once.fetch_sub(1, Ordering::SeqCst);
    match answer(&request_of(&head)) {
        Say::Octets(octets) => stream.write_all(octets.as_bytes()).await?,
        Say::Forever(first, octets) => {
            stream.write_all(first.as_bytes()).await?;
            loop {
                stream.write_all(octets.as_bytes()).await?;
            }
        }
        Say::Drip(octets) => {
            for octet in octets.bytes().cycle() {
                stream.write_all(&[octet]).await?;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Say::Nothing => drop(stream.read_u8().await),
    }
    stream.shutdown().await
}
