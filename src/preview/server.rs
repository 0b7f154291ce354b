//! HTTP on loopback: closed to other machines, to other sites open in the same browser, and to whoever was not told the address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::page::{self, Dress, Page};
use super::site::Site;

/// What a page of ours may do. Style and script come as files of their own; nothing inline runs, nothing comes from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                           frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The most octets of a form.
const FORM_MAX: usize = 64 << 10;

/// Where a server is, and by which names it may be asked.
#[derive(Debug, Clone)]
pub struct Door {
    /// The address to listen at: where it is not of this machine alone, everyone comes in who knows the whole address of a page.
    pub listen: IpAddr,
    /// The port; 0 is a free one.
    pub port: u16,
    /// Names for it, besides those of this machine.
    pub hosts: Vec<String>,
}

impl Default for Door {
    fn default() -> Self {
        Self { listen: Ipv4Addr::LOCALHOST.into(), port: 0, hosts: Vec::new() }
    }
}

impl Door {
    /// A door for this machine alone.
    #[must_use]
    pub fn at_port(port: u16) -> Self {
        Self { port, ..Self::default() }
    }

    /// What stands for the server in the address that is shown, when it listens at a port.
    fn shown(&self, listening: SocketAddr) -> String {
        self.hosts.first().map_or_else(|| listening.to_string(), |host| format!("{host}:{}", listening.port()))
    }

    /// Whether a request for a host (without the port) is for this server. Names that are not ours are refused: a page of another site can have
    /// its own name point here. An address that is no name cannot, so that with an open door all of them are fine.
    fn admits(&self, host: &str) -> bool {
        let is_number = || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        matches!(host, "127.0.0.1" | "localhost" | "[::1]")
            || self.hosts.iter().any(|name| name.eq_ignore_ascii_case(host))
            || !self.listen.is_loopback() && is_number()
    }
}

/// Serves `routes`, all of them below `site`, until `shutdown` ends; `ready` learns the address once connections are taken.
///
/// Requests whose `Host` is not this server are refused: a page of another site can have its own name point here, and would read
/// what is shown (DNS rebinding). Requests that would do something are refused unless they come from a page of this server (`Origin`).
/// Every response says what it may do and that it is to be forgotten.
///
/// # Errors
/// If the port is taken, or connections can no longer be accepted.
pub(super) async fn serve(
    routes: Router,
    site: Site,
    door: Door,
    ready: impl FnOnce(&str),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::bind((door.listen, door.port)).await.map_err(|error| taken(&door, &error))?;
    let listening = listener.local_addr()?;
    let address = site.address(&door.shown(listening));
    let entrance = Arc::new(Door { port: listening.port(), ..door });
    let routes = routes
        .route(&site.at("/preview.css"), get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE) }))
        .route(
            &site.at("/preview.js"),
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], page::SCRIPT) }),
        )
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(middleware::from_fn_with_state(entrance, admit))
        .layer(middleware::map_response(seal));
    ready(&address);
    // Pages keep a connection open for as long as they are; none has anything to lose, so the end does not wait for them.
    tokio::select! {
        served = axum::serve(listener, routes) => served,
        () = shutdown => Ok(()),
    }
}

fn taken(door: &Door, error: &io::Error) -> io::Error {
    let port = door.port;
    let message = match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is in use by another program: choose another, or 0 for a free one"),
        io::ErrorKind::PermissionDenied => format!("port {port} may not be used: choose one above 1023, or 0 for a free one"),
        io::ErrorKind::AddrNotAvailable => format!("{} is no address of this machine", door.listen),
        _ => format!("port {port} cannot be used: {error}"),
    };
    io::Error::new(error.kind(), message)
}

/// Lets only requests through that were meant for this server.
async fn admit(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.strip_suffix(&format!(":{}", door.port)).or(Some(host).filter(|_| door.port == 80));
    if !name.is_some_and(|name| door.admits(name)) {
        let words = "This address is not served here. Open the one that the program printed.\n";
        return (StatusCode::MISDIRECTED_REQUEST, words).into_response();
    }
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_reading && !is_from_here(request.headers(), host) {
        let words = "Only a page of this server may ask for that. Open the address that the program printed.\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    next.run(request).await
}

/// Whether a browser says that a page of this very server asks. Every browser says so with a form, and none lets a page say it for another.
fn is_from_here(headers: &HeaderMap, host: &str) -> bool {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = value(header::ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
    is_ours && value(HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin")
}

async fn seal(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`, with which browsers keep a form's origin to themselves.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What a processor has to work for, away from the threads that serve.
pub(super) async fn work(make: impl FnOnce() -> Response + Send + 'static) -> Response {
    tokio::task::spawn_blocking(make).await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// A page as a response.
pub(super) fn answer(status: StatusCode, page: &Page, site: &Site) -> Response {
    (status, Html(page.document(Dress::Served(site)))).into_response()
}

/// What is said where nothing is: to whoever was not told the address, that is everywhere.
async fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, "There is nothing here. Open the address that the program printed.\n").into_response()
}
