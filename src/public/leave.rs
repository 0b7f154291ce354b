//! The way out of the list (RFC 8058): a POST takes whoever it is about off the list, a GET shows a page and changes nothing, for programs look at
//! links that nobody pressed.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use maud::{Markup, html};

use super::Public;
use super::page::{self, Speech};
use crate::import::Ground;
use crate::ledger::LedgerError;
use crate::token::{Claim, Purpose};

/// What one's own mail program sends for its reader (RFC 8058 §3.1).
const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";

pub(super) fn routes(public: Arc<Public>) -> Router {
    // The proxy in front passes paths on as they are, the one of the service included.
    let at = |path: &str| format!("{}{path}", public.service.path());
    Router::new()
        .route(&at("unsubscribe/{token}"), get(show).post(leave))
        .route(&at("style.css"), get(style))
        .route(&at("health"), get(health))
        .merge(super::join::routes(&public))
        .merge(super::archive::routes(&public))
        .route(&at("privacy"), get(super::privacy::show))
        .fallback(nothing)
        .with_state(public)
}

async fn show(State(public): State<Arc<Public>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    if claim(&public, &token).is_none() {
        return broken(&public, speech);
    }
    let words = speech.words;
    let form = html! {
        p { (speech.said(words.leave)) }
        form method="post" { button type="submit" { (speech.language.words().unsubscribe) } }
    };
    page::answer(StatusCode::OK, &public, speech, words.leave_title, &form)
}

/// Whatever the body says, urlencoded, multipart or nothing: the address itself is the proof.
async fn leave(
    State(public): State<Arc<Public>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let speech = Speech::of(&public, &headers);
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(claim) = claim(&public, &token) else { return broken(&public, speech) };
    let source = if is_one_click(&headers, &body) { "one-click" } else { "page" };
    let words = speech.words;
    match public.ledger.depart(claim.mark, Ground::Unsubscribed, source, None, Timestamp::now()).await {
        Ok(_) => page::answer(StatusCode::OK, &public, speech, words.left_title, &html! { p { (speech.said(words.left)) } }),
        Err(_) => page::failed(&public, speech),
    }
}

/// Whom a token is about, if it was made here to leave.
fn claim(public: &Public, token: &str) -> Option<Claim> {
    public.keyring.verify(Purpose::Leave, token, Timestamp::now()).ok()
}

/// Whether a program asks in its reader's place: by the one field, urlencoded or as a part of a form.
fn is_one_click(headers: &HeaderMap, body: &[u8]) -> bool {
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"multipart/form-data"));
    if !is_form {
        return body.trim_ascii() == ONE_CLICK;
    }
    let text = String::from_utf8_lossy(body);
    text.contains("name=\"List-Unsubscribe\"") && text.contains("One-Click")
}

fn broken(public: &Public, speech: Speech<'_>) -> Response {
    let words = speech.words;
    page::answer(StatusCode::NOT_FOUND, public, speech, words.broken_title, &html! { p { (speech.said(words.broken)) } })
}

async fn nothing(State(public): State<Arc<Public>>, headers: HeaderMap) -> Response {
    missing(&public, &headers)
}

/// What is said where there is nothing.
pub(super) fn missing(public: &Public, headers: &HeaderMap) -> Response {
    let speech = Speech::of(public, headers);
    let nothing: Markup = html! {};
    page::answer(StatusCode::NOT_FOUND, public, speech, speech.words.nothing_title, &nothing)
}

async fn style(State(public): State<Arc<Public>>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, page::style(&public.publication.theme)).into_response()
}

/// Whether the service can do its work: whoever watches it asks this.
async fn health(State(public): State<Arc<Public>>) -> Response {
    let asked: Result<_, LedgerError> = public.ledger.is_writable().await;
    match asked {
        Ok(()) => "ok\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written to\n").into_response(),
    }
}
