//! HTTP on loopback: closed to other machines, and to other sites open in the same browser.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use maud::html;
use tokio::net::TcpListener;

use super::page::{self, Dress, Page};

/// What a page of ours may do. Style and script come as files of their own; nothing inline runs, nothing comes from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                           frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Serves `routes` on 127.0.0.1 until `shutdown` ends; `ready` learns the address once connections are taken. Port 0 is a free one.
///
/// Requests whose `Host` is not this server are refused: a page of another site can have its own name point here, and would read
/// what is shown (DNS rebinding). Every response says what it may do and that it is to be forgotten.
///
/// # Errors
/// If the port is taken, or connections can no longer be accepted.
pub(super) async fn serve(
    routes: Router,
    port: u16,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| taken(port, &error))?;
    let address = listener.local_addr()?;
    let routes = routes
        .route("/preview.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE) }))
        .route("/preview.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], page::SCRIPT) }))
        .fallback(nothing_here)
        .layer(middleware::from_fn_with_state(address.port(), admit))
        .layer(middleware::map_response(seal));
    ready(address);
    // Pages keep a connection open for as long as they are; none has anything to lose, so the end does not wait for them.
    tokio::select! {
        served = axum::serve(listener, routes) => served,
        () = shutdown => Ok(()),
    }
}

fn taken(port: u16, error: &io::Error) -> io::Error {
    let message = match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is in use by another program: choose another, or 0 for a free one"),
        io::ErrorKind::PermissionDenied => format!("port {port} may not be used: choose one above 1023, or 0 for a free one"),
        _ => format!("port {port} cannot be used: {error}"),
    };
    io::Error::new(error.kind(), message)
}

/// Lets only requests through that were meant for this server.
async fn admit(State(port): State<u16>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.strip_suffix(&format!(":{port}")).or(Some(host).filter(|_| port == 80));
    if matches!(name, Some("127.0.0.1" | "localhost" | "[::1]")) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "This address is not served here. Open the one that the program printed.\n").into_response()
}

async fn seal(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A page as a response.
pub(super) fn answer(status: StatusCode, page: &Page) -> Response {
    (status, Html(page.document(Dress::Served))).into_response()
}

/// The page for an address where nothing is.
pub(super) async fn nothing_here() -> Response {
    let words = html! { p { "The address is not one of this server's. " a href="/" { "Go to the first page" } "." } };
    let page = Page {
        title: "Nothing here".to_owned(),
        version: None,
        bar: html! {},
        main: page::notice("There is nothing here", &words),
    };
    answer(StatusCode::NOT_FOUND, &page)
}
