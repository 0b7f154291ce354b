//! HTTP for strangers: everything that one of them can make long or large has a limit.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tracing::info;

use crate::deliver::log::TARGET;

/// The most octets of a request's body: the one that means something has 26 (RFC 8058 §3.1).
const BODY_MAX: usize = 64 << 10;
/// How long the header of a request may take to come.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long a request may take in all, its body included.
const REQUEST_TIME: Duration = Duration::from_secs(20);
/// How long requests in hand may take once the service is to end.
const LAST_TIME: Duration = Duration::from_secs(10);
/// How long to wait where no connection can be taken, because the system has no more of something.
const PAUSE: Duration = Duration::from_millis(100);

/// What a page may do: show its own style, and send its one form to us.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

pub(super) async fn serve(
    routes: Router,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    ready(listener.local_addr()?);
    let routes = routes
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(limit))
        .layer(middleware::from_fn(tell))
        .layer(middleware::map_response(seal));
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    let connections = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, peer)) = accepted else {
                    sleep(PAUSE).await;
                    continue;
                };
                (stream, Peer(peer.ip()))
            }
            () = &mut shutdown => break,
        };
        let service = TowerToHyperService::new(routes.clone().layer(Extension(peer)));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is its client's affair.
            drop(connection.await);
        });
    }
    drop(listener);
    // Whoever got no answer by then asks again.
    let _ = timeout(LAST_TIME, connections.shutdown()).await;
    Ok(())
}

/// Tells a log of a request: what was asked for by the pattern of its path, for the path itself may hold a token; and nothing of who asked.
async fn tell(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    info!(target: TARGET, %method, path, status = response.status().as_u16(), milliseconds, "request");
    response
}

async fn limit(request: Request, next: Next) -> Response {
    match timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, [(header::CONNECTION, "close")]).into_response(),
    }
}

async fn seal(mut response: Response) -> Response {
    let always = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A token in an address is nobody else's business.
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    for (name, value) in always {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
