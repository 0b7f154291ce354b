//! To join the list, and to change one's own settings. Whatever is typed into a form is answered alike, at the same pace, whoever it is about: what is to be
//! done about it is judged later, and whoever may learn of it learns it by mail.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde_json::json;

use super::Public;
use super::asking::{self, Asking};
use super::page::{self, Speech};
use super::server::Peer;
use crate::ledger::{Confirmed, LedgerError, Preference, Wish};
use crate::model::address::Address;
use crate::model::language::Language;
use crate::token::{Claim, Mark, Purpose};

/// How long a form can be sent after it was shown, and how long a person takes for it at least.
const FORM: SignedDuration = SignedDuration::from_hours(24);
const HASTE: SignedDuration = SignedDuration::from_secs(2);
/// Mailboxes that belong to those who run the mail (RFC 2142), and to no reader.
const DUTIES: [&str; 2] = ["postmaster", "abuse"];

pub(super) fn routes(public: &Public) -> Router<Arc<Public>> {
    let at = |path: &str| format!("{}{path}", public.service.path());
    let mut routes = Router::new()
        .route(&at("confirm/{token}"), get(ask_to_confirm).post(confirm))
        .route(&at("settings/{token}"), get(settings).post(save))
        .route(&at("settings/{token}/data"), get(data));
    if public.is_writing {
        routes = routes.route(&at("settings"), get(ask_for_settings).post(wish_for_settings));
        if public.service.is_open {
            routes = routes.route(&at("subscribe"), get(form).post(join));
        }
    }
    routes
}

async fn form(State(public): State<Arc<Public>>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    page::answer(StatusCode::OK, &public, speech, asking::of(speech.language).join_title, &fields(&public, speech, None))
}

/// The form. Nothing that somebody typed before stands in it: an address is not repeated.
fn fields(public: &Public, speech: Speech<'_>, wrong: Option<&str>) -> Markup {
    let asking = asking::of(speech.language);
    html! {
        @if let Some(wrong) = wrong { p.wrong role="alert" { (wrong) } }
        p { (speech.said(asking.join)) }
        form method="post" action={ (public.service.path()) "subscribe" } {
            (address(asking))
            (choices(public, asking, speech.language, &[]))
            (guard(public, asking))
            button type="submit" { (asking.join_button) }
        }
    }
}

fn address(asking: &Asking) -> Markup {
    html! {
        label for="email" { (asking.address) }
        input #email type="email" name="email" required autocomplete="email" maxlength="254" dir="ltr";
    }
}

/// What a person does not see and a program fills in, and when the form was shown.
fn guard(public: &Public, asking: &Asking) -> Markup {
    let claim = Claim { mark: Mark::from_octets([0; 16]), generation: 0, until: Some(Timestamp::now() + FORM) };
    html! {
        div.aside aria-hidden="true" {
            label for="website" { (asking.leave_empty) }
            input #website type="text" name="website" tabindex="-1" autocomplete="off";
        }
        input type="hidden" name="shown" value=(public.keyring.mint(Purpose::Form, claim));
    }
}

fn choices(public: &Public, asking: &Asking, language: Language, chosen: &[String]) -> Markup {
    let languages = &public.publication.vocabulary.languages;
    html! {
        @if languages.len() > 1 {
            label for="language" { (asking.language) }
            select #language name="language" {
                @for known in languages {
                    option value=(known) lang=(known) selected[*known == language] { (known.words().name) }
                }
            }
        }
        @if !public.service.groups.is_empty() {
            fieldset {
                legend { (asking.groups) }
                @for group in &public.service.groups {
                    label { input type="checkbox" name="group" value=(group) checked[chosen.contains(group)]; bdi { (group) } }
                }
            }
        }
    }
}

/// What a form holds.
#[derive(Debug, Default)]
struct Filled {
    email: String,
    website: String,
    shown: String,
    language: Option<Language>,
    groups: Vec<String>,
}

impl Filled {
    fn read(public: &Public, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let media = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        if !media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return None;
        }
        let mut filled = Self::default();
        for (name, value) in url::form_urlencoded::parse(body).take(100) {
            match &*name {
                "email" => value.trim().clone_into(&mut filled.email),
                "website" => filled.website = value.into_owned(),
                "shown" => filled.shown = value.into_owned(),
                "language" => {
                    filled.language = public.publication.vocabulary.languages.iter().copied().find(|known| known.tag() == value);
                }
                "group"
                    if public.service.groups.iter().any(|known| **known == *value)
                        && !filled.groups.iter().any(|known| **known == *value) =>
                {
                    filled.groups.push(value.into_owned());
                }
                _ => {}
            }
        }
        Some(filled)
    }

    /// Whether a person filled it in, as far as that can be told: not in no time, and nothing that they could not see.
    fn is_by_a_person(&self, public: &Public, now: Timestamp) -> bool {
        let claim = public.keyring.verify(Purpose::Form, &self.shown, now);
        let is_timely = claim.is_ok_and(|claim| claim.until.is_some_and(|until| until - FORM + HASTE <= now));
        is_timely && self.website.is_empty()
    }
}

async fn join(
    State(public): State<Arc<Public>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    wished(&public, peer, &headers, body, false).await
}

async fn wish_for_settings(
    State(public): State<Arc<Public>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    wished(&public, peer, &headers, body, true).await
}

/// The one way by which a stranger makes us write a letter.
async fn wished(
    public: &Public,
    peer: Peer,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    is_settings: bool,
) -> Response {
    let speech = Speech::of(public, headers);
    let asking = asking::of(speech.language);
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(filled) = Filled::read(public, headers, &body) else {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form is expected\n").into_response();
    };
    let now = Timestamp::now();
    let Ok(address) = Address::parse(&filled.email) else {
        let (title, content) = if is_settings {
            (asking.settings_title, settings_form(public, speech, Some(asking.wrong_address)))
        } else {
            (asking.join_title, fields(public, speech, Some(asking.wrong_address)))
        };
        return page::answer(StatusCode::UNPROCESSABLE_ENTITY, public, speech, title, &content);
    };
    let is_duty = DUTIES.iter().any(|duty| address.local_part().eq_ignore_ascii_case(duty));
    if filled.is_by_a_person(public, now) && !is_duty {
        let language = filled.language.unwrap_or(speech.language);
        let words = digest(&SHA256, [asking.join, asking.join_button].concat().as_bytes());
        let wish = Wish {
            address,
            preference: Preference { language, groups: filled.groups },
            is_settings,
            network: public.keyring.blind(&network(peer, headers)),
            form: format!("form {} {}", speech.language, data_encoding::HEXLOWER.encode(&words.as_ref()[..4])),
        };
        if public.ledger.wish(wish, now).await.is_err() {
            return page::failed(public, speech);
        }
        public.news.notify_one();
    }
    page::answer(StatusCode::OK, public, speech, asking.sent_title, &html! { p { (asking.sent) } })
}

/// The network that a request came from: 24 bits of an IPv4 address, 64 of an IPv6 one. Behind a proxy on this machine, the last address that it added.
fn network(peer: Peer, headers: &HeaderMap) -> Vec<u8> {
    let told = headers.get_all("x-forwarded-for").iter().next_back().and_then(|told| told.to_str().ok());
    let told = told.and_then(|told| told.rsplit(',').next()).and_then(|told| told.trim().parse::<IpAddr>().ok());
    let address = if peer.0.is_loopback() { told.unwrap_or(peer.0) } else { peer.0 };
    match address {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.octets()[..3].to_vec(),
            None => Ipv6Addr::octets(&address)[..8].to_vec(),
        },
    }
}

async fn ask_to_confirm(State(public): State<Arc<Public>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    let asking = asking::of(speech.language);
    if public.keyring.verify(Purpose::Confirm, &token, Timestamp::now()).is_err() {
        return stale(&public, speech);
    }
    let content = html! {
        p { (speech.said(asking.confirm)) }
        form method="post" { button type="submit" { (asking.confirm_button) } }
    };
    page::answer(StatusCode::OK, &public, speech, asking.confirm_title, &content)
}

async fn confirm(State(public): State<Arc<Public>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    let asking = asking::of(speech.language);
    let now = Timestamp::now();
    let Ok(claim) = public.keyring.verify(Purpose::Confirm, &token, now) else { return stale(&public, speech) };
    match public.ledger.confirm(claim.mark, claim.generation, now).await {
        Ok(Confirmed::New | Confirmed::Again) => {
            let content = html! { p { (speech.said(asking.confirmed)) } };
            page::answer(StatusCode::OK, &public, speech, asking.confirmed_title, &content)
        }
        Ok(Confirmed::Stale) => stale(&public, speech),
        Err(_) => page::failed(&public, speech),
    }
}

fn stale(public: &Public, speech: Speech<'_>) -> Response {
    let asking = asking::of(speech.language);
    let content = html! {
        p { (asking.stale) }
        @if public.is_writing && public.service.is_open {
            p { a href={ (public.service.path()) "subscribe" } { (asking.join_title) } }
        }
    };
    page::answer(StatusCode::NOT_FOUND, public, speech, asking.stale_title, &content)
}

async fn ask_for_settings(State(public): State<Arc<Public>>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    let title = asking::of(speech.language).settings_title;
    page::answer(StatusCode::OK, &public, speech, title, &settings_form(&public, speech, None))
}

fn settings_form(public: &Public, speech: Speech<'_>, wrong: Option<&str>) -> Markup {
    let asking = asking::of(speech.language);
    html! {
        @if let Some(wrong) = wrong { p.wrong role="alert" { (wrong) } }
        p { (asking.settings_ask) }
        form method="post" action={ (public.service.path()) "settings" } {
            (address(asking))
            (guard(public, asking))
            button type="submit" { (asking.settings_button) }
        }
    }
}

/// Whom a token to the settings is about, with what is to be shown: nobody who is not on the list, or left it.
async fn member(public: &Public, token: &str) -> Result<Option<(Mark, Preference)>, LedgerError> {
    let Ok(claim) = public.keyring.verify(Purpose::Preferences, token, Timestamp::now()) else { return Ok(None) };
    let mark = claim.mark;
    if public.ledger.departure(mark).await?.is_some() {
        return Ok(None);
    }
    let listed = public.members.find(mark);
    let kept = public.ledger.person(mark).await?.filter(|kept| kept.state == crate::import::State::Active);
    if listed.is_none() && kept.is_none() {
        return Ok(None);
    }
    if let Some(chosen) = public.ledger.preference(mark).await? {
        return Ok(Some((mark, chosen)));
    }
    let first = public.publication.vocabulary.languages[0];
    let preference = match (listed, kept) {
        (Some(listed), _) => Preference { language: listed.language, groups: listed.groups },
        (None, Some(kept)) => Preference {
            language: kept.language.unwrap_or(first),
            groups: kept.groups.iter().map(|group| (**group).to_owned()).collect(),
        },
        (None, None) => Preference { language: first, groups: Vec::new() },
    };
    Ok(Some((mark, preference)))
}

async fn settings(State(public): State<Arc<Public>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    match member(&public, &token).await {
        Ok(Some((mark, preference))) => show(&public, speech, mark, &preference, &token, false),
        Ok(None) => stale(&public, speech),
        Err(_) => page::failed(&public, speech),
    }
}

fn show(public: &Public, speech: Speech<'_>, mark: Mark, preference: &Preference, token: &str, is_saved: bool) -> Response {
    let asking = asking::of(speech.language);
    let leave = public.keyring.mint(Purpose::Leave, Claim::for_ever(mark));
    let content = html! {
        @if is_saved { p role="status" { strong { (asking.saved) } } }
        p { (asking.settings) }
        form method="post" {
            (choices(public, asking, preference.language, &preference.groups))
            button type="submit" { (asking.save) }
        }
        p { a href={ (public.service.path()) "settings/" (token) "/data" } { (asking.download) } }
        p { a href={ (public.service.path()) "unsubscribe/" (leave) } { (speech.words.leave_title) } }
    };
    page::answer(StatusCode::OK, public, speech, asking.settings_title, &content)
}

async fn save(
    State(public): State<Arc<Public>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let speech = Speech::of(&public, &headers);
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(filled) = Filled::read(&public, &headers, &body) else {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form is expected\n").into_response();
    };
    let (mark, before) = match member(&public, &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return stale(&public, speech),
        Err(_) => return page::failed(&public, speech),
    };
    // Groups that readers cannot choose are the secretariat's affair, and stay.
    let is_theirs = |group: &&String| !public.service.groups.contains(group);
    let groups = before.groups.iter().filter(is_theirs).cloned().chain(filled.groups).collect();
    let chosen = Preference { language: filled.language.unwrap_or(before.language), groups };
    match public.ledger.prefer(mark, chosen.clone(), "page", Timestamp::now()).await {
        Ok(()) => show(&public, speech, mark, &chosen, &token, true),
        Err(_) => page::failed(&public, speech),
    }
}

/// All that is kept about somebody, for themselves.
async fn data(State(public): State<Arc<Public>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    let kept = async {
        let Some((mark, preference)) = member(&public, &token).await? else { return Ok(None) };
        let listed = public.members.find(mark).map(|listed| {
            json!({ "email": listed.address.as_written(), "name": listed.name.as_str(), "language": listed.language.tag(), "groups": listed.groups,
                    "attributes": listed.attributes.iter().map(|(name, value)| (&**name, &**value)).collect::<std::collections::BTreeMap<_, _>>() })
        });
        let person = public.ledger.person(mark).await?;
        let events = public.ledger.events(mark).await?;
        let chosen = json!({ "language": preference.language.tag(), "groups": preference.groups });
        Ok::<_, LedgerError>(Some(
            json!({ "list": public.publication.name.as_str(), "listed": listed, "joined": person, "chosen": chosen, "events": events }),
        ))
    };
    match kept.await {
        Ok(Some(kept)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"about-me.json\""),
            ];
            (headers, format!("{kept:#}\n")).into_response()
        }
        Ok(None) => stale(&public, speech),
        Err(_) => page::failed(&public, speech),
    }
}
