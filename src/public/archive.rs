//! Past issues, as they were made ready: nothing is composed for a request.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::Public;
use crate::archive::Archive;

/// What a page of an issue may do: show its own styles, which stand in it as in the mail, and pictures from here.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'none'";

/// The archive as it is shown, to be exchanged for a newer one.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<RwLock<Arc<Archive>>>);

impl Shelf {
    /// Puts a newer archive in its place.
    pub fn put(&self, archive: Archive) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(archive);
    }

    fn archive(&self) -> Arc<Archive> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is anything to read.
    pub(super) fn is_empty(&self) -> bool {
        self.archive().pages.is_empty()
    }
}

pub(super) fn routes(public: &Public) -> Router<Arc<Public>> {
    let at = |path: &str| format!("{}{path}", public.service.path());
    Router::new()
        .route(&at("archive"), get(index))
        .route(&at("archive/"), get(async |state: State<Arc<Public>>, headers: HeaderMap| show(&state, "index.html", &headers)))
        .route(&at("archive/{*name}"), get(page))
}

async fn index(State(public): State<Arc<Public>>) -> Redirect {
    Redirect::permanent(&format!("{}archive/", public.service.path()))
}

async fn page(State(public): State<Arc<Public>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    show(&public, &name, &headers)
}

/// A name is looked up among those that were made, and never a path to anything.
fn show(public: &Public, name: &str, headers: &HeaderMap) -> Response {
    let archive = public.shelf.archive();
    let Some(page) = archive.pages.get(name) else { return super::leave::missing(public, headers) };
    let tag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&digest(&SHA256, &page.octets).as_ref()[..12]));
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| known.trim() == "*" || known.contains(&tag));
    // Pictures are named by their content; all else may be another in a minute.
    let age = if name.starts_with("pictures/") { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
    let common = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, age),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::HeaderName::from_static("x-robots-tag"), "all"),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, page.media)], page.octets.clone()).into_response()
}
