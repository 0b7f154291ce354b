//! Rehearsing the send on this machine, and opening what came.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use maud::html;

use super::work::{Deed, End};
use super::{Office, Place};
use crate::deed::{self, Refusal};
use crate::deliver::Stop;
use crate::preview::mailbox::{Mailbox, Post};
use crate::preview::{page, server};

pub(super) async fn show(State(office): State<Office>) -> Response {
    let ready = match office.ready().await {
        Ok(ready) => ready,
        Err(refusal) => return office.refuse(Place::Rehearse, &refusal),
    };
    let content = html! {
        h1 { "Rehearse the send" }
        p.lead {
            "The whole send of " (ready.slug()) " to all " (page::count(ready.subscribers.count(), "person", "people")) ", by the code of a real \
             one, over real SMTP, to a receiver on this machine. Each message that comes is held against the one composed, octet for octet. \
             Nothing leaves the machine."
        }
        form.deed method="post" action=(office.site.at("/rehearse")) { button type="submit" { "Rehearse" } }
        @if let Some(mailbox) = office.desktop.rehearsal() {
            h2 { "The last one" }
            p.words { (mailbox.summary) }
            p { a href=(office.site.at("/rehearsal/")) { "Open its mail" } }
        }
    };
    office.answer(Place::Rehearse, "Rehearse the send", &content)
}

pub(super) async fn begin(State(office): State<Office>) -> Response {
    match start(&office).await {
        Ok(()) => office.lead_to("/progress"),
        Err(refusal) => office.refuse(Place::Rehearse, &refusal),
    }
}

async fn start(office: &Office) -> Result<(), Refusal> {
    let ready = office.ready().await?;
    let folder = tempfile::Builder::new().prefix("postrider-rehearsal-").tempdir();
    let folder = folder.map_err(|error| Refusal::Failed(format!("cannot make a folder for the rehearsal: {error}")))?;
    let work = office.desktop.begin(Deed::Rehearsal, ready.slug(), "", (false, false)).map_err(Refusal::Failed)?;
    let office = office.clone();
    tokio::spawn(async move {
        let rehearsed = match deed::rehearse(&ready, folder.path(), work.follow(), work.stopped()).await {
            Ok(rehearsed) => rehearsed,
            Err(refusal) => return work.end(Err(refusal)),
        };
        office.desktop.keep(Mailbox::of(&ready, &rehearsed));
        // The mail of the one before goes with its folder.
        *office.spool.lock().await = Some(folder);
        let is_paused = matches!(rehearsed.summary.stopped, Some(Stop::Shutdown));
        work.conclude(End::Done { words: rehearsed.text(), is_good: rehearsed.is_sound(), is_paused });
    });
    Ok(())
}

/// The last rehearsal's mail.
fn post(office: &Office) -> Option<Post> {
    Some(Post {
        mailbox: office.desktop.rehearsal()?,
        shelf: office.shelf.clone(),
        site: office.site.clone(),
        path: "/rehearsal",
        bar: Some(office.ways(Place::Rehearse)),
    })
}

pub(super) async fn list(State(office): State<Office>, RawQuery(query): RawQuery) -> Response {
    let Some(post) = post(&office) else { return office.lead_to("/rehearse") };
    server::work(move || post.list(&query.unwrap_or_default())).await
}

pub(super) async fn message(State(office): State<Office>, Path(number): Path<usize>, RawQuery(query): RawQuery) -> Response {
    let Some(post) = post(&office) else { return office.lead_to("/rehearse") };
    server::work(move || post.message(number, &query.unwrap_or_default())).await
}
