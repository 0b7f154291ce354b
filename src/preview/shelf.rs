//! The messages opened last, and the parts of them that pages show as documents of their own.
//!
//! Addresses are by digest: what one names never changes, so a frame is reloaded exactly when the mail in it is another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::letter::{self, Addresses, Hosted, Opened, Rendition};
use super::site::Site;
use crate::compose::BlockSpan;

/// The most messages kept. Each may weigh megabytes; a page shows one.
const KEPT_MAX: usize = 12;

/// What the document of a mail may do: show its own styles and pictures. No script, whatever the mail says; and the sandbox holds when
/// somebody opens the address by itself.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// What a part that is no document may do.
const PART_POLICY: &str = "default-src 'none'; frame-ancestors 'self'; sandbox";

/// The messages opened last, the latest first.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<VecDeque<Arc<Opened<'static>>>>);

impl Shelf {
    /// Opens a message and keeps it, with those of the pictures on the web that it names, and what is known of its blocks; `None` where the
    /// bytes are none.
    pub(super) fn open(&self, bytes: Vec<u8>, hosted: &[Hosted], blocks: &[BlockSpan]) -> Option<Arc<Opened<'static>>> {
        let digest = letter::digest_of(&bytes);
        if let Some(found) = self.find(&digest).filter(|found| found.knows_blocks() || blocks.is_empty()) {
            return Some(found);
        }
        let opened = Arc::new(Opened::new(bytes, hosted)?.with_blocks(blocks));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.digest != digest);
        kept.push_front(Arc::clone(&opened));
        kept.truncate(KEPT_MAX);
        Some(opened)
    }

    /// The message with a digest, if it is still kept.
    fn find(&self, digest: &str) -> Option<Arc<Opened<'static>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|opened| opened.digest == digest)?;
        let found = kept.remove(index)?;
        kept.push_front(Arc::clone(&found));
        Some(found)
    }
}

/// The addresses of a message that is on the shelf, under [`routes`].
pub(super) fn addresses(opened: &Opened<'_>, site: &Site) -> Addresses {
    let base = site.at(&format!("/letter/{}", opened.digest));
    Addresses { html: format!("{base}/html"), source: Some(format!("{base}/source")), file: format!("{base}/message.eml") }
}

/// What serves the parts of messages on a shelf.
pub(super) fn routes(shelf: Arc<Shelf>, site: &Site) -> Router {
    Router::new()
        .route(&site.at("/letter/{digest}/html"), get(html))
        .route(&site.at("/letter/{digest}/picture/{index}"), get(picture))
        .route(&site.at("/letter/{digest}/source"), get(source))
        .route(&site.at("/letter/{digest}/message.eml"), get(file))
        .with_state(shelf)
}

/// The mail in the [rendition](Rendition) that the query asks for.
async fn html(State(shelf): State<Arc<Shelf>>, Path(digest): Path<String>, RawQuery(query): RawQuery) -> Response {
    let Some(opened) = shelf.find(&digest) else { return gone() };
    let rendition = Rendition::parse(&query.unwrap_or_default());
    let document = opened.document(rendition, |index| format!("picture/{index}"));
    part("text/html; charset=utf-8", MAIL_POLICY, document.into_bytes())
}

async fn picture(State(shelf): State<Arc<Shelf>>, Path((digest, index)): Path<(String, usize)>) -> Response {
    let Some(opened) = shelf.find(&digest) else { return gone() };
    // Only formats that cannot carry a script; any other is served as octets, which no browser shows.
    let known = ["image/jpeg", "image/png", "image/webp", "image/gif"];
    match opened.picture(index) {
        Some((media_type, octets)) => {
            let media_type = known.into_iter().find(|known| *known == media_type).unwrap_or("application/octet-stream");
            part(media_type, PART_POLICY, octets.to_vec())
        }
        None => gone(),
    }
}

async fn source(State(shelf): State<Arc<Shelf>>, Path(digest): Path<String>) -> Response {
    let Some(opened) = shelf.find(&digest) else { return gone() };
    part("text/plain; charset=utf-8", PART_POLICY, opened.bytes.to_vec())
}

async fn file(State(shelf): State<Arc<Shelf>>, Path(digest): Path<String>) -> Response {
    let Some(opened) = shelf.find(&digest) else { return gone() };
    let disposition = [(header::CONTENT_DISPOSITION, "attachment; filename=\"message.eml\"")];
    (disposition, part("message/rfc822", PART_POLICY, opened.bytes.to_vec())).into_response()
}

fn part(media_type: &'static str, policy: &'static str, content: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CONTENT_SECURITY_POLICY, policy)], content).into_response()
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "This message is no longer at hand: reload the page that showed it.\n").into_response()
}
