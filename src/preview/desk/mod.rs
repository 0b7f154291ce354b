//! The desk: an issue as each of its readers gets it, the same as the files at every moment, and beside it what is to be said about it.
//!
//! Every view is an address (`?reader=…&pane=text`) and a whole page, so the back button, bookmarks and a browser without scripts all
//! work. The script only exchanges what differs.
//!
//! - `view`: what of it an address asks for
//! - `live`: a project checked anew at every save
//! - `picker`: as whom it is read; `people`: search in the list; `awkward`: whom to look at first
//! - [`editor`]: the files opened where a finding is

mod awkward;
pub mod editor;
mod live;
mod people;
mod picker;
mod view;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};
use maud::{Markup, html};
use tokio::sync::watch;
use url::form_urlencoded;

use super::letter::{self, Hosted, Look, Pane};
use super::office::{self, Office, Slug};
use super::page::{self, Follows, Page};
use super::panel::{self, Lead, Shown, Spot};
use super::server::{self, Door};
use super::shelf::{self, Shelf};
use super::site::Site;
use crate::compose::{Message, PictureCache};
use crate::files::Project;
use crate::model::block::Block;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Issue;
use crate::model::language::Language;
use crate::model::source::Place;
use editor::Editor;
use live::{Follower, Good, Snapshot};
use view::View;

/// How a desk is set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The issue; without one it is the newest, and a newer one once there is one.
    pub issue: Option<String>,
    /// Where it is.
    pub door: Door,
    /// Whether it only shows: nothing can be tested, approved or sent from it.
    pub is_read_only: bool,
    /// What opens a file where a finding is. Not used where others than whoever started it may look: nothing of theirs is on this machine.
    pub editor: Editor,
}

/// Serves the desk of a project until `shutdown` ends; `ready` learns the address once the first check is done and connections
/// are taken. A send that goes on at the end finishes the messages on their way first.
///
/// Pictures made fit for mail are kept in `cache`.
///
/// # Errors
/// If the port is taken, or the project's folder cannot be watched.
pub async fn serve(
    project: Project,
    settings: Settings,
    cache: PictureCache,
    ready: impl FnOnce(&str),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let Settings { issue, door, is_read_only, editor } = settings;
    let editor = if is_read_only || !door.listen.is_loopback() { Editor::Unknown } else { editor };
    let cache = Arc::new(cache);
    let follower = Follower::start(project.clone(), issue, Arc::clone(&cache)).await?;
    let site = Site::new();
    let (snapshots, shelf) = (follower.snapshots(), Arc::<Shelf>::default());
    let shown = snapshots.clone();
    let slug = Slug(Arc::new(move || shown.borrow().slug.clone()));
    let office = Office::new(site.clone(), project.clone(), cache, Arc::clone(&shelf), slug, is_read_only);
    let mut routes = Router::new()
        .route(&site.at("/"), get(show))
        .route(&site.at("/people"), get(people))
        .route(&site.at("/events"), get(events));
    if matches!(editor, Editor::Command(_)) {
        routes = routes.route(&site.at("/edit"), post(edit));
    }
    let desk = Desk {
        snapshots,
        shelf: Arc::clone(&shelf),
        site: site.clone(),
        office: office.clone(),
        project,
        editor: Arc::new(editor),
    };
    let routes = routes.with_state(desk).merge(office.clone().routes()).merge(shelf::routes(shelf, &site));
    let stopped = async {
        shutdown.await;
        office.stop();
    };
    let served = tokio::select! {
        served = server::serve(routes, site, door, ready, stopped) => served,
        never = follower.run() => match never {},
    };
    office.close().await;
    served
}

#[derive(Debug, Clone)]
struct Desk {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    shelf: Arc<Shelf>,
    site: Site,
    office: Office,
    project: Project,
    editor: Arc<Editor>,
}

async fn show(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Response {
    let view = View::parse(&query.unwrap_or_default());
    let snapshot = Arc::clone(&desk.snapshots.borrow());
    server::work(move || server::answer(StatusCode::OK, &desk.page(&snapshot, &view), &desk.site)).await
}

/// The people that a search finds, without the page around them.
async fn people(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Response {
    let view = View::parse(&query.unwrap_or_default());
    let snapshot = Arc::clone(&desk.snapshots.borrow());
    let list = move || match snapshot.good() {
        Some(good) => Html(picker::list(good, &good.chosen(&view), &view).into_string()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    server::work(list).await
}

/// Starts the editor, for a file that a finding is about.
async fn edit(State(desk): State<Desk>, body: Bytes) -> Response {
    let (mut name, mut line, mut column) = (String::new(), 1, 1);
    for (key, value) in form_urlencoded::parse(&body) {
        match &*key {
            "file" => name = value.into_owned(),
            "line" => line = value.parse().unwrap_or(1),
            "column" => column = value.parse().unwrap_or(1),
            _ => {}
        }
    }
    let snapshot = Arc::clone(&desk.snapshots.borrow());
    let Some(file) = editor::file_of(&snapshot.checked.findings, &name) else {
        return (StatusCode::NOT_FOUND, "No finding is about this file any more. Go back to the desk.\n").into_response();
    };
    let (root, file) = (desk.project.root.clone(), desk.project.root.join(file));
    let start = move || match desk.editor.start(&root, &file, line, column) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let words = format!("The editor does not start: {error}. Start the preview with another --editor.\n");
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
    };
    server::work(start).await
}

/// The number of the present version at once, so that whoever connects late notices what it missed; then every new one.
async fn events(State(desk): State<Desk>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut snapshots = desk.snapshots;
    snapshots.mark_changed();
    let versions = stream::unfold(snapshots, |mut snapshots| async {
        snapshots.changed().await.ok()?;
        let version = snapshots.borrow_and_update().version;
        Some((Ok(Event::default().data(version.to_string())), snapshots))
    });
    Sse::new(versions).keep_alive(KeepAlive::default())
}

impl Desk {
    fn page(&self, snapshot: &Snapshot, view: &View) -> Page {
        let checked = &snapshot.checked;
        let name = checked.publication.as_ref().map_or("", |publication| publication.name.as_str());
        let (title, editions, main) = match snapshot.good() {
            Some(good) => self.mail(snapshot, good, view),
            None if checked.findings.iter().any(Diagnostic::is_error) => self.mistakes(snapshot),
            None => nothing_yet(),
        };
        let place = html! {
            p #place .place data-live {
                @if !name.is_empty() { bdi { (name) } }
                @if let Some(slug) = &snapshot.slug { span.slug { (slug) } }
            }
            (self.office.ways(office::Place::Desk))
            nav #editions .segments data-live aria-label="Editions" { (editions) }
        };
        let follows = Follows { version: snapshot.version, events: self.site.at("/events") };
        Page { title, follows: Some(follows), bar: place, main }
    }

    fn mail(&self, snapshot: &Snapshot, good: &Good, view: &View) -> (String, Markup, Markup) {
        let composer = good.composer();
        let issue = composer.issue();
        let chosen = good.chosen(view);
        let reader = chosen.reader();
        let message = good.message(&reader);
        let findings = &snapshot.checked.findings;
        let title =
            if findings.is_empty() { message.subject.clone() } else { format!("({}) {}", findings.len(), message.subject) };
        let opened = self.shelf.open(message.bytes.clone(), &Hosted::all(composer), &message.blocks);
        let opened = opened.expect("what is composed is a message");
        let addresses = shelf::addresses(&opened, &self.site);
        // What must be mended stands over the mail.
        let beside: Vec<_> = findings.iter().filter(|finding| !(snapshot.is_stale() && finding.is_error())).collect();
        let seen = |spot: Spot| seen(spot, &message, view);
        let leads = |place: &Place| self.lead(snapshot, place, Some(&seen));
        let shown = Shown { composer, reader, message: &message, mail: &opened.mail, address: &seen };
        let main = html! {
            main #main .desk data-shape="mail" tabindex="-1" {
                section.letter aria-label="The message" {
                    // Always there, so that the script can exchange it; over the mail, which is dimmed, while it says something.
                    div #mistakes .mistakes data-live { @if snapshot.is_stale() {
                            h2 { (words_to_mend(findings)) }
                            (self.to_mend(snapshot))
                        } }
                    (letter::section(&opened, Some(message.edition), view.look, &|look| view.with_look(look), &addresses))
                }
                aside {
                    section aria-labelledby="read-as" {
                        h2 #read-as { "Read as" }
                        (picker::section(&self.site, good, &chosen, view))
                    }
                    section #checks data-live aria-labelledby="checks-title" { (panel::checks(&beside, &leads)) }
                    (panel::folds(&shown, ""))
                    (keys())
                }
            }
        };
        (title, editions(issue, message.edition, view), main)
    }

    /// Where a place of the files leads; to the mail only where `seen` tells in which view.
    fn lead(&self, snapshot: &Snapshot, place: &Place, seen: Option<&dyn Fn(Spot) -> String>) -> Lead {
        let issue = snapshot.checked.issue.as_ref();
        let spot = issue.and_then(|issue| Spot::of(issue, place));
        let block = spot.and_then(|spot| {
            let edition = issue?.editions.iter().find(|edition| edition.language == spot.edition)?;
            edition.blocks.get(spot.block?)
        });
        Lead {
            spot,
            kind: block.map(Block::word),
            address: spot.zip(seen).map(|(spot, seen)| seen(spot)),
            edit: self.editor.edit(&self.project, place, &self.site.at("/edit")),
        }
    }

    /// What there is to say where no mail could be composed yet.
    fn mistakes(&self, snapshot: &Snapshot) -> (String, Markup, Markup) {
        let findings = &snapshot.checked.findings;
        let warnings: Vec<_> = findings.iter().filter(|finding| !finding.is_error()).collect();
        let main = html! {
            main #main .sheet data-shape="mistakes" tabindex="-1" {
                div #mistakes data-live {
                    h1 { (words_to_mend(findings)) }
                    (self.to_mend(snapshot))
                    @if !warnings.is_empty() {
                        h2 { "Worth a look" }
                        (panel::led_list(&warnings, &|place| self.lead(snapshot, place, None)))
                    }
                }
            }
        };
        (words_to_mend(findings), html! {}, main)
    }

    /// The errors, each in its lines.
    fn to_mend(&self, snapshot: &Snapshot) -> Markup {
        let errors: Vec<_> = snapshot.checked.findings.iter().filter(|finding| finding.is_error()).collect();
        html! {
            p.lead { "Save the files without them, and the mail is back here by itself." }
            (panel::led_list(&errors, &|place| self.lead(snapshot, place, None)))
        }
    }
}

/// The view in which a spot is seen: that of whoever reads now, if they see it, else that of anyone who reads its edition.
fn seen(spot: Spot, message: &Message, view: &View) -> String {
    let is_shown = spot.block.is_none_or(|block| message.blocks.iter().any(|shown| shown.block == block));
    let view = View { look: Look { pane: Pane::Mail, ..view.look }, ..view.clone() };
    if spot.edition == message.edition && is_shown { view.address() } else { view.with_anyone(spot.edition) }
}

/// The keys that the script knows. Without it nobody sees them.
fn keys() -> Markup {
    let keys = [
        ("1 … 9", "the views of the message, from the left"),
        ("w", "the next width"),
        ("c", "the next colours"),
        ("p", "with or without pictures"),
        ("e", "the next edition"),
        ("/", "search the list"),
        ("j k", "the next check, and the one before"),
        ("Esc", "leave the search; close this"),
        ("?", "these keys"),
    ];
    html! {
        p #keys-hint .quiet hidden { button type="button" #keys-open { "Keys" } " or press " kbd { "?" } }
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            dl { @for (key, words) in keys { div { dt { @for key in key.split(' ') { @if key == "…" { " … " } @else { kbd { (key) } } } } dd { (words) } } } }
            form method="dialog" { button type="submit" { "Close" } }
        }
    }
}

/// The switch between editions; nothing where there is one.
fn editions(issue: &Issue, current: Language, view: &View) -> Markup {
    let languages: Vec<_> = issue.editions.iter().map(|edition| edition.language).collect();
    html! {
        @for &language in languages.iter().filter(|_| languages.len() > 1) {
            a href=(view.with_anyone(language)) lang=(language) aria-current=[(language == current).then_some("true")] {
                (language.words().name)
            }
        }
    }
}

fn words_to_mend(findings: &[Diagnostic]) -> String {
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    format!("{} to mend", page::count(errors, "mistake", "mistakes"))
}

fn nothing_yet() -> (String, Markup, Markup) {
    let title = "There is no issue yet".to_owned();
    let words = html! { p.lead { "Start one with " code { "postrider new 2024-q1" } ". It appears here by itself." } };
    let main = page::notice(&title, &words);
    (title, html! {}, main)
}
