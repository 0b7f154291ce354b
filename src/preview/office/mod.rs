//! The office: what is done with an issue from the browser, by the same code as from the terminal, and what came of what was done.
//!
//! Each page is a file: `compare`, `test`, `rehearse`, `approve`, `send`, `progress` of what goes on, `history`. A deed reads the files anew and
//! holds the digest that the page showed against what they say now: what was looked at is what is done.
//!
//! - `work`: what is being done, one thing at a time
//! - `form`: what was filled in

mod approve;
mod compare;
mod form;
mod history;
mod progress;
mod rehearse;
mod send;
mod test;
mod work;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::{Timestamp, ZonedDateTime};
use maud::{Markup, html};
use tempfile::TempDir;

use super::page::{self, Follows, Page};
use super::server;
use super::shelf::Shelf;
use super::site::Site;
use crate::check;
use crate::compose::PictureCache;
use crate::deed::{self, Proposal, Ready, Refusal};
use crate::files::Project;
use crate::ledger::{Ledger, LedgerError};
use form::Form;
use work::Desktop;

/// The rooms of the desk, as its bar names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Desk,
    Compare,
    Test,
    Rehearse,
    Approve,
    Send,
    History,
}

impl Place {
    const ALL: [(Self, &str, &str); 7] = [
        (Self::Desk, "/", "Desk"),
        (Self::Compare, "/compare", "Compare"),
        (Self::Test, "/test", "Test"),
        (Self::Rehearse, "/rehearse", "Rehearse"),
        (Self::Approve, "/approve", "Approve"),
        (Self::Send, "/send", "Send"),
        (Self::History, "/history", "History"),
    ];

    fn is_deed(self) -> bool {
        matches!(self, Self::Test | Self::Rehearse | Self::Approve | Self::Send)
    }
}

/// What tells which issue it is about at this moment.
#[derive(Clone)]
pub(super) struct Slug(pub(super) Arc<dyn Fn() -> Option<String> + Send + Sync>);

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slug").field(&(self.0)()).finish()
    }
}

/// What the pages of the office know.
#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) site: Site,
    pub(super) project: Project,
    pub(super) cache: Arc<PictureCache>,
    pub(super) shelf: Arc<Shelf>,
    /// What tells the name of the issue that the desk shows, if there is one.
    pub(super) slug: Slug,
    pub(super) is_read_only: bool,
    desktop: Arc<Desktop>,
    /// Where the last rehearsal's mail lies.
    spool: Arc<tokio::sync::Mutex<Option<TempDir>>>,
}

impl Office {
    pub(super) fn new(
        site: Site,
        project: Project,
        cache: Arc<PictureCache>,
        shelf: Arc<Shelf>,
        slug: Slug,
        is_read_only: bool,
    ) -> Self {
        Self { site, project, cache, shelf, slug, is_read_only, desktop: Arc::default(), spool: Arc::default() }
    }

    /// The pages. Where nothing may be done, those that do something are not there at all.
    pub(super) fn routes(self) -> Router {
        let at = |path: &str| self.site.at(path);
        let mut routes = Router::new()
            .route(&at("/compare"), get(compare::show))
            .route(&at("/history"), get(history::list))
            .route(&at("/history/{issue}"), get(history::show))
            .route(&at("/history/{issue}/report"), get(history::report));
        if !self.is_read_only {
            routes = routes
                .route(&at("/test"), get(test::show).post(test::begin))
                .route(&at("/rehearse"), get(rehearse::show).post(rehearse::begin))
                .route(&at("/rehearsal/"), get(rehearse::list))
                .route(&at("/rehearsal/message/{number}"), get(rehearse::message))
                .route(&at("/approve"), get(approve::show).post(approve::begin))
                .route(&at("/send"), get(send::show).post(send::begin))
                .route(&at("/progress"), get(progress::show))
                .route(&at("/progress/events"), get(progress::events))
                .route(&at("/progress/pause"), post(progress::pause))
                .route(&at("/progress/resume"), post(progress::resume));
        }
        routes.with_state(self)
    }

    /// Asks what goes on to stop, if anything does.
    pub(super) fn stop(&self) {
        if let Some(work) = self.desktop.work().filter(|work| work.is_under_way()) {
            work.stop();
        }
    }

    /// Waits for the end of what goes on, once nothing new can begin: messages on their way are finished.
    pub(super) async fn close(&self) {
        self.stop();
        let mut tick = self.desktop.tick();
        while let Some(work) = self.desktop.work().filter(|work| work.is_under_way()) {
            tick.mark_unchanged();
            if work.is_under_way() && tick.changed().await.is_err() {
                return;
            }
        }
    }

    /// The issue that the desk shows, read from its files and checked anew.
    async fn ready(&self) -> Result<Ready, Refusal> {
        let slug = (self.slug.0)();
        let slug = slug.ok_or_else(|| Refusal::Failed("there is no issue yet".to_owned()))?;
        self.ready_of(slug).await
    }

    async fn ready_of(&self, slug: String) -> Result<Ready, Refusal> {
        let (project, cache) = (self.project.clone(), Arc::clone(&self.cache));
        let read = move || {
            let checked = check::check(deed::load(&project, Some(&slug)), &cache);
            Ready::new(project, checked)
        };
        tokio::task::spawn_blocking(read).await.map_err(|error| Refusal::Failed(error.to_string()))?
    }

    fn state_folder(&self) -> PathBuf {
        self.project.state_folder()
    }

    /// The ledger, where something was ever sent.
    fn ledger(&self) -> Result<Option<Ledger>, LedgerError> {
        Ledger::open_existing(&self.state_folder())
    }

    /// What a send would do now.
    async fn proposal(&self, ready: &Ready) -> Result<Proposal, Refusal> {
        let ledger = self.ledger()?;
        Proposal::new(ready, ledger.as_ref(), Timestamp::now()).await
    }

    /// The way from each page to the others, without the deeds where nothing may be done; and what goes on.
    pub(super) fn ways(&self, here: Place) -> Markup {
        html! {
            nav.ways aria-label="Postrider" {
                @for (place, path, name) in Place::ALL.iter().filter(|(place, ..)| !(self.is_read_only && place.is_deed())) {
                    a href=(self.site.at(path)) aria-current=[(*place == here).then_some("page")] { (name) }
                }
            }
            p #under-way .under-way data-live {
                @if let Some(work) = self.desktop.work().filter(|work| work.is_under_way()) {
                    a href=(self.site.at("/progress")) { (work.deed.title()) " under way" }
                }
            }
        }
    }

    /// A page of the office.
    fn page(&self, here: Place, title: &str, follows: Option<Follows>, content: &Markup) -> Page {
        let bar = self.ways(here);
        let main = html! { main #main .sheet data-shape=(title) tabindex="-1" { (content) } };
        Page { title: title.to_owned(), follows, bar, main }
    }

    fn answer(&self, here: Place, title: &str, content: &Markup) -> Response {
        server::answer(StatusCode::OK, &self.page(here, title, None, content), &self.site)
    }

    /// A page that says why something is not done.
    fn refuse(&self, here: Place, refusal: &Refusal) -> Response {
        let content = html! {
            h1 { "This cannot be done" }
            (alert(&refusal.to_string()))
            @if let Refusal::Found { findings, .. } = refusal { (super::panel::list(&findings.iter().collect::<Vec<_>>())) }
            p { a href=(self.site.at("/")) { "Back to the desk" } }
        };
        server::answer(StatusCode::CONFLICT, &self.page(here, "This cannot be done", None, &content), &self.site)
    }

    /// Leads the browser to another page, by GET.
    fn lead_to(&self, path: &str) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let place = HeaderValue::try_from(self.site.at(path)).expect("an address is ASCII");
        response.headers_mut().insert(header::LOCATION, place);
        response
    }
}

/// Something that a person must not overlook.
fn alert(words: &str) -> Markup {
    html! { p.alert role="alert" { (page::sentence(words)) } }
}

/// What a send would do, for a person to read: the same rows as in the terminal.
fn plan(proposal: &Proposal, ready: &Ready) -> Markup {
    let rows = proposal.rows(ready, ZonedDateTime::now().date());
    html! {
        dl.plan {
            // Rows without a label, or with the one of the row before, go on with what that is about.
            @for rows in rows.chunk_by(|(label, _), (next, _)| next.is_empty() || next == label) {
                div {
                    dt { (rows[0].0) }
                    @for (_, words) in rows { dd { bdi { (page::sentence(words)) } } }
                }
            }
        }
    }
}
