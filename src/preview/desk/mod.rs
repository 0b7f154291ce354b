//! The desk: an issue as each of its readers gets it, the same as the files at every moment, and beside it what is to be said about it.
//!
//! Every view is an address (`?reader=…&pane=text`) and a whole page, so the back button, bookmarks and a browser without scripts all
//! work. The script only exchanges what differs.
//!
//! - `view`: what of it an address asks for
//! - `live`: a project checked anew at every save
//! - `people`: search in the list

mod live;
mod people;
mod view;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::stream::{self, Stream};
use maud::{Markup, html};
use tokio::sync::watch;

use super::letter::{self, Hosted};
use super::office::{Office, Place, Slug};
use super::page::{self, Follows, Page};
use super::panel;
use super::server::{self, Door};
use super::shelf::{self, Shelf};
use super::site::Site;
use crate::compose::{PictureCache, Purpose, Reader};
use crate::files::Project;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Issue;
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;
use live::{Follower, Good, Snapshot};
use view::View;

/// The most people that a search shows.
const PEOPLE_MAX: usize = 50;

/// How a desk is set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The issue; without one it is the newest, and a newer one once there is one.
    pub issue: Option<String>,
    /// Where it is.
    pub door: Door,
    /// Whether it only shows: nothing can be tested, approved or sent from it.
    pub is_read_only: bool,
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
    let Settings { issue, door, is_read_only } = settings;
    let cache = Arc::new(cache);
    let follower = Follower::start(project.clone(), issue, Arc::clone(&cache)).await?;
    let site = Site::new();
    let (snapshots, shelf) = (follower.snapshots(), Arc::<Shelf>::default());
    let shown = snapshots.clone();
    let slug = Slug(Arc::new(move || shown.borrow().slug.clone()));
    let office = Office::new(site.clone(), project, cache, Arc::clone(&shelf), slug, is_read_only);
    let desk = Desk { snapshots, shelf: Arc::clone(&shelf), site: site.clone(), office: office.clone() };
    let routes = Router::new()
        .route(&site.at("/"), get(show))
        .route(&site.at("/events"), get(events))
        .with_state(desk)
        .merge(office.clone().routes())
        .merge(shelf::routes(shelf, &site));
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
}

async fn show(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Response {
    let view = View::parse(&query.unwrap_or_default());
    let snapshot = Arc::clone(&desk.snapshots.borrow());
    server::work(move || server::answer(StatusCode::OK, &desk.page(&snapshot, &view), &desk.site)).await
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
            None if checked.findings.iter().any(Diagnostic::is_error) => mistakes(&checked.findings),
            None => nothing_yet(),
        };
        let place = html! {
            p #place .place data-live {
                @if !name.is_empty() { bdi { (name) } }
                @if let Some(slug) = &snapshot.slug { span.slug { (slug) } }
            }
            (self.office.ways(Place::Desk))
            nav #editions .segments data-live aria-label="Editions" { (editions) }
        };
        let follows = Follows { version: snapshot.version, events: self.site.at("/events") };
        Page { title, follows: Some(follows), bar: place, main }
    }

    fn mail(&self, snapshot: &Snapshot, good: &Good, view: &View) -> (String, Markup, Markup) {
        let composer = good.composer();
        let issue = composer.issue();
        let subscriber = good.subscribers().iter().find(|subscriber| subscriber.address.as_written() == view.reader);
        let language = issue.editions.iter().map(|edition| edition.language).find(|language| language.tag() == view.edition);
        let reader = match subscriber {
            Some(subscriber) => Reader::Subscriber(subscriber),
            None => Reader::Anyone(language.unwrap_or(issue.editions[0].language)),
        };
        let message = composer.compose(&reader, Purpose::Issue);
        let findings = &snapshot.checked.findings;
        let title =
            if findings.is_empty() { message.subject.clone() } else { format!("({}) {}", findings.len(), message.subject) };
        let opened = self.shelf.open(message.bytes, &Hosted::all(composer), &message.blocks);
        let opened = opened.expect("what is composed is a message");
        let addresses = shelf::addresses(&opened, &self.site);
        // What must be mended stands over the mail.
        let beside: Vec<_> = findings.iter().filter(|finding| !(snapshot.is_stale() && finding.is_error())).collect();
        let main = html! {
            main #main .desk data-shape="mail" tabindex="-1" {
                section.letter aria-label="The message" {
                    // Always there, so that the script can exchange it; over the mail, which is dimmed, while it says something.
                    div #mistakes .mistakes data-live { @if snapshot.is_stale() {
                            h2 { (words_to_mend(findings)) }
                            (to_mend(findings))
                        } }
                    (letter::section(&opened, Some(message.edition), view.look, &|look| view.with_look(look), &addresses))
                }
                aside {
                    section aria-labelledby="read-as" {
                        h2 #read-as { "Read as" }
                        (people(&self.site, good, subscriber, message.edition, view))
                    }
                    section #checks data-live aria-labelledby="checks-title" { (panel::checks(&beside)) }
                }
            }
        };
        (title, editions(issue, message.edition, view), main)
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

/// The search and what it finds: nobody in particular first.
fn people(site: &Site, good: &Good, chosen: Option<&Subscriber>, language: Language, view: &View) -> Markup {
    let subscribers = good.subscribers();
    let (found, total) = good.search(&view.search, PEOPLE_MAX);
    let missing = !view.reader.is_empty() && chosen.is_none();
    html! {
        form.find role="search" action=(site.at("/")) {
            @for (key, value) in view.fields().iter().filter(|(key, _)| *key != "search") { input type="hidden" name=(key) value=(value); }
            input #search type="search" name="search" value=(view.search) autocomplete="off" spellcheck="false"
                aria-label="Search the list by name or address" placeholder="Name or address";
        }
        div #people data-live {
            @if missing { p.alert { "Nobody on the list has the address " bdi { (view.reader) } ". This is what anyone would read." } }
            ul.people tabindex="0" {
                li {
                    a href=(view.with_anyone(language)) aria-current=[chosen.is_none().then_some("true")] {
                        span.name { "Anyone" } span.address { "with the fallbacks, every block shown" }
                    }
                }
                @for subscriber in found.iter().map(|&index| &subscribers[index]) {
                    li {
                        a href=(view.with_reader(subscriber)) aria-current=[(chosen == Some(subscriber)).then_some("true")] {
                            @let name = subscriber.name.as_str();
                            @if !name.is_empty() { span.name { bdi { (name) } } }
                            span.address { bdi { (subscriber.address.as_written()) } " · " (subscriber.language) }
                        }
                    }
                }
            }
            p.quiet role="status" {
                @if total > found.len() { (page::grouped(found.len())) " of " }
                (page::count(total, "person", "people"))
                @if !view.search.is_empty() { " found" }
                @if total > found.len() { ": type to find the others" }
            }
        }
    }
}

/// What there is to say where no mail could be composed yet.
fn mistakes(findings: &[Diagnostic]) -> (String, Markup, Markup) {
    let warnings: Vec<_> = findings.iter().filter(|finding| !finding.is_error()).collect();
    let main = html! {
        main #main .sheet data-shape="mistakes" tabindex="-1" {
            div #mistakes data-live {
                h1 { (words_to_mend(findings)) }
                (to_mend(findings))
                @if !warnings.is_empty() {
                    h2 { "Worth a look" }
                    (panel::list(&warnings))
                }
            }
        }
    };
    (words_to_mend(findings), html! {}, main)
}

/// The errors, each in its lines.
fn to_mend(findings: &[Diagnostic]) -> Markup {
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    html! {
        p.lead { "Save the files without them, and the mail is back here by itself." }
        (panel::list(&errors))
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
