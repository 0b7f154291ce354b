//! A thin HTTP/1.1 client: one request, one connection, only the head of the response.
//!
//! A name is resolved once. Each of its addresses is held against [`Reach`], and the connection goes to exactly the one that was:
//! there is no second look-up in which the name could lead elsewhere. No cookies, no passwords, no proxies, no body.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::answer::Answer;
use super::pace::Gate;
use super::reach::{Reach, without_translations};
use super::{Resolver, Terms};

/// What we call ourselves.
const NAME: &str = concat!("Postrider/", env!("CARGO_PKG_VERSION"), " (link check)");
/// The most octets of a response's head; large sites' policies take some thousands.
const HEAD_MAX: usize = 64 * 1024;
/// The most lines of a response's head.
const HEADERS_MAX: usize = 256;
/// How many of a name's addresses are tried.
const ADDRESSES_MAX: usize = 4;

/// Asks servers.
pub(super) struct Client {
    reach: Reach,
    resolver: Resolver,
    gate: Gate,
    deadline: Duration,
    tls: Result<TlsConnector, String>,
    has_found_a_name: AtomicBool,
}

/// An answer, and whether another request could bring another.
struct Reply {
    answer: Answer,
    is_definite: bool,
}

impl Reply {
    fn definite(answer: Answer) -> Self {
        Self { answer, is_definite: true }
    }

    fn doubtful(answer: Answer) -> Self {
        Self { answer, is_definite: false }
    }
}

impl Client {
    pub(super) fn new(terms: Terms) -> Self {
        let Terms { reach, resolver, pace, deadline, tls } = terms;
        let tls = tls.map(|mut config| {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            TlsConnector::from(Arc::new(config))
        });
        Self { reach, resolver, gate: Gate::new(pace), deadline, tls, has_found_a_name: AtomicBool::new(false) }
    }

    /// Whether any name was found so far. As long as none was, it may be this machine that has no network.
    pub(super) fn has_found_a_name(&self) -> bool {
        self.has_found_a_name.load(Ordering::Relaxed)
    }

    /// Asks for an address: with HEAD, and where that brings no good answer, with GET, whose body is not waited for. Many servers
    /// refuse HEAD in one way or another, so nothing is called gone on its word.
    pub(super) async fn ask(&self, url: &Url) -> Answer {
        let Some(host) = url.host_str() else { return Answer::Gone("it names no host".to_owned()) };
        if self.reach.is_reserved(host) {
            return Answer::Reserved;
        }
        if is_to_unsubscribe(url) {
            return Answer::Unclear("it looks like a link to unsubscribe, and opening one can unsubscribe somebody".to_owned());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if Reach::is_blocked(port) {
            return Answer::Gone(format!("no browser opens port {port}"));
        }
        let mut addresses = Vec::new();
        let mut answer = Answer::Fine;
        for method in [Method::HEAD, Method::GET] {
            let _leave = self.gate.enter(host).await;
            let request = async {
                if addresses.is_empty() {
                    addresses = self.addresses(url, port).await.map_err(Reply::definite)?;
                }
                self.request(method, url, &addresses).await
            };
            let reply = match timeout(self.deadline, request).await {
                Ok(Ok(reply) | Err(reply)) => reply,
                Err(_) => Reply::definite(Answer::Unclear(format!("no answer came within {:?}", self.deadline))),
            };
            answer = reply.answer;
            if reply.is_definite {
                break;
            }
        }
        answer
    }

    /// The addresses of a host, all of which readers can reach.
    async fn addresses(&self, url: &Url, port: u16) -> Result<Vec<SocketAddr>, Answer> {
        let mut addresses = match url.host() {
            Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
            Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
            Some(Host::Domain(name)) => {
                let found = self.resolver.addresses(name).await.map_err(|error| {
                    let words = format!("the name {name} is not found ({})", printable(&error.to_string()));
                    // The system's resolver does not tell a name that is not there from a network that is not there.
                    if error.kind() == io::ErrorKind::NotFound { Answer::Gone(words) } else { Answer::Unresolved(words) }
                })?;
                self.has_found_a_name.store(true, Ordering::Relaxed);
                found
            }
            None => Vec::new(),
        };
        without_translations(&mut addresses);
        let addresses: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        if addresses.is_empty() {
            return Err(Answer::Gone(format!("the name {} has no address", url.host_str().unwrap_or_default())));
        }
        let refused = addresses.iter().find_map(|address| Some((address.ip(), self.reach.refusal(*address)?)));
        refused.map_or(Ok(addresses), |(ip, kind)| Err(Answer::Private(ip, kind)))
    }

    async fn request(&self, method: Method, url: &Url, addresses: &[SocketAddr]) -> Result<Reply, Reply> {
        let request = Request::builder()
            .method(method)
            .uri(&url[url::Position::BeforePath..url::Position::AfterQuery])
            .header(HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header(USER_AGENT, NAME)
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Reply::definite(Answer::Unclear(format!("no request can be made of it: {error}"))))?;
        let stream = self.connect(addresses).await.map_err(Reply::definite)?;
        if url.scheme() == "http" {
            return exchange(stream, url, request).await;
        }
        let tls = self.tls.as_ref().map_err(|why| Reply::definite(Answer::Unclear(why.clone())))?;
        let stream = tls.connect(server_name(url)?, stream).await.map_err(|error| {
            let is_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some();
            let words = printable(&error.to_string());
            Reply::definite(if is_tls {
                Answer::Gone(format!("the connection is not secure: {words}"))
            } else {
                Answer::Unclear(format!("the connection broke while it was being secured: {words}"))
            })
        })?;
        exchange(stream, url, request).await
    }

    /// Connects to the first of these addresses that answers.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Answer> {
        let addresses = &addresses[..addresses.len().min(ADDRESSES_MAX)];
        // One that is silent must leave the others their time.
        let share = self.deadline / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut trouble = None;
        for address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Ok(Err(error)) => trouble = Some(format!("connecting failed: {error}")),
                Err(_) => trouble = Some(format!("no connection came about within {share:?}")),
            }
        }
        Err(trouble.map_or_else(|| Answer::Gone("the server refuses the connection".to_owned()), Answer::Unclear))
    }
}

/// Sends a request and reads the head of its response. The connection ends with this function, whatever else the server says.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    request: Request<Empty<Bytes>>,
) -> Result<Reply, Reply> {
    let mut settings = http1::Builder::new();
    settings.max_buf_size(HEAD_MAX).max_headers(HEADERS_MAX);
    let (mut sender, connection) = settings.handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
    let driving = async {
        // Its errors reach the sender as well.
        let _ = connection.await;
        std::future::pending().await
    };
    let response = tokio::select! {
        response = sender.send_request(request) => response.map_err(|error| lost(&error))?,
        never = driving => never,
    };
    let answer = Answer::read(url, response.status(), response.headers());
    let status = response.status().as_u16();
    let is_refusal = status >= 400 && !matches!(status, 429 | 503);
    Ok(Reply { answer, is_definite: !is_refusal })
}

/// What an exchange that failed says about the server.
fn lost(error: &hyper::Error) -> Reply {
    if error.is_parse_too_large() {
        return Reply::definite(Answer::Unclear(format!("the head of the server's answer is longer than {HEAD_MAX} octets")));
    }
    if error.is_parse() {
        return Reply::doubtful(Answer::Gone("what answers there does not speak HTTP/1".to_owned()));
    }
    Reply::doubtful(Answer::Unclear("the server closed the connection without an answer".to_owned()))
}

/// The host as a certificate names it.
fn server_name(url: &Url) -> Result<ServerName<'static>, Reply> {
    let name = match url.host() {
        Some(Host::Ipv4(ip)) => ServerName::from(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => ServerName::from(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned())
            .map_err(|_| Reply::definite(Answer::Gone("no certificate can name its host".to_owned())))?,
        None => return Err(Reply::definite(Answer::Gone("it names no host".to_owned()))),
    };
    Ok(name)
}

/// Whether opening an address may take somebody off a list.
fn is_to_unsubscribe(url: &Url) -> bool {
    let asked = url[url::Position::BeforePath..url::Position::AfterQuery].to_ascii_lowercase();
    ["unsubscribe", "optout", "opt-out", "opt_out"].iter().any(|word| asked.contains(word))
}

/// Words that a server had a say in, fit for a terminal.
fn printable(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(300).collect()
}
