//! The live preview: an issue as each of its readers gets it, the same as the files at every moment.
//!
//! Every view is an address (`/?reader=…&pane=text`) and a whole page, so the back button, bookmarks and a browser without scripts all
//! work. The script only exchanges what differs.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};
use maud::{Markup, html};
use tokio::sync::watch;
use url::form_urlencoded;

use super::letter::{self, Hosted, Opened, Pane};
use super::live::{Follower, Snapshot};
use super::page::{self, Page};
use super::shelf::{self, Shelf};
use super::{finding, server};
use crate::compose::{Composer, PictureCache, Purpose, Reader};
use crate::files::Project;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Issue;
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;

/// The most people that a search shows.
const PEOPLE_MAX: usize = 50;

/// Serves the desk on 127.0.0.1 until `shutdown` ends. Port 0 is a free one; `ready` learns the address once the first check is done
/// and connections are taken. Without `issue` it is the newest, and a newer one once there is one.
///
/// It changes nothing and sends nothing. Pictures made fit for mail are kept in `cache`.
///
/// # Errors
/// If the port is taken, or the project's folder cannot be watched.
pub async fn serve(
    project: Project,
    issue: Option<String>,
    cache: PictureCache,
    port: u16,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let follower = Follower::start(project, issue, cache).await?;
    let desk = Desk { snapshots: follower.snapshots(), shelf: Arc::default() };
    let routes = Router::new()
        .route("/", get(show))
        .route("/events", get(events))
        .with_state(desk.clone())
        .merge(shelf::routes(desk.shelf));
    tokio::select! {
        served = server::serve(routes, port, ready, shutdown) => served,
        never = follower.run() => match never {},
    }
}

#[derive(Debug, Clone)]
struct Desk {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    shelf: Arc<Shelf>,
}

/// What the address asks for. Empty is nothing in particular.
#[derive(Debug, Clone)]
struct View {
    /// The address of a person on the list.
    reader: String,
    /// The language of the edition that nobody in particular reads.
    edition: String,
    pane: Pane,
    search: String,
}

impl View {
    /// Reads a query; what it does not understand it leaves out.
    fn parse(query: &str) -> Self {
        let mut view = Self { reader: String::new(), edition: String::new(), pane: Pane::Desktop, search: String::new() };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "reader" => view.reader = value.into_owned(),
                "edition" => view.edition = value.into_owned(),
                "pane" => view.pane = Pane::named(&value),
                "search" => view.search = value.into_owned(),
                _ => {}
            }
        }
        view
    }

    /// The address, relative to the page.
    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
        for (key, value) in self.fields() {
            query.append_pair(key, value);
        }
        query.finish()
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let pane = if self.pane == Pane::Desktop { "" } else { self.pane.name() };
        let all = [("reader", &*self.reader), ("edition", &*self.edition), ("pane", pane), ("search", &*self.search)];
        all.into_iter().filter(|(_, value)| !value.is_empty())
    }

    fn with_pane(&self, pane: Pane) -> String {
        Self { pane, ..self.clone() }.address()
    }

    fn with_reader(&self, subscriber: &Subscriber) -> String {
        Self { reader: subscriber.address.as_written().to_owned(), edition: String::new(), ..self.clone() }.address()
    }

    fn with_anyone(&self, language: Language) -> String {
        Self { reader: String::new(), edition: language.tag().to_owned(), ..self.clone() }.address()
    }
}

async fn show(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Response {
    let view = View::parse(&query.unwrap_or_default());
    let snapshot = Arc::clone(&desk.snapshots.borrow());
    // Composing and taking apart is work for a processor, not for a thread that serves.
    let work = move || server::answer(StatusCode::OK, &page(&snapshot, &desk.shelf, &view));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
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

fn page(snapshot: &Snapshot, shelf: &Shelf, view: &View) -> Page {
    let checked = &snapshot.checked;
    let name = checked.publication.as_ref().map_or("", |publication| publication.name.as_str());
    let (title, editions, main) = match &checked.composer {
        Some(composer) => mail(snapshot, composer, shelf, view),
        None if checked.findings.iter().any(Diagnostic::is_error) => mistakes(&checked.findings),
        None => nothing_yet(),
    };
    let place = html! {
        p #place .place data-live {
            @if !name.is_empty() { bdi { (name) } }
            @if let Some(slug) = &snapshot.slug { span.slug { (slug) } }
        }
        nav #editions .segments data-live aria-label="Editions" { (editions) }
    };
    Page { title, version: Some(snapshot.version), bar: place, main }
}

fn mail(snapshot: &Snapshot, composer: &Composer, shelf: &Shelf, view: &View) -> (String, Markup, Markup) {
    let issue = composer.issue();
    let subscribers = &snapshot.checked.subscribers;
    let subscriber = subscribers.iter().find(|subscriber| subscriber.address.as_written() == view.reader);
    let language = issue.editions.iter().map(|edition| edition.language).find(|language| language.tag() == view.edition);
    let reader = match subscriber {
        Some(subscriber) => Reader::Subscriber(subscriber),
        None => Reader::Anyone(language.unwrap_or(issue.editions[0].language)),
    };
    let message = composer.compose(&reader, Purpose::Issue);
    let findings = &snapshot.checked.findings;
    let title = if findings.is_empty() { message.subject.clone() } else { format!("({}) {}", findings.len(), message.subject) };
    let opened = shelf.open(message.bytes, &Hosted::all(composer)).expect("what is composed is a message");
    let main = html! {
        main #main .desk data-shape="mail" tabindex="-1" {
            (letter_section(&opened, message.edition, view))
            aside {
                section aria-labelledby="read-as" {
                    h2 #read-as { "Read as" }
                    (people(snapshot, subscriber, message.edition, view))
                }
                section #checks data-live aria-labelledby="checks-title" { (checks(findings)) }
            }
        }
    };
    (title, editions(issue, message.edition, view), main)
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

fn letter_section(opened: &Opened<'_>, language: Language, view: &View) -> Markup {
    html! {
        section.letter aria-label="The message" {
            (letter::head(opened, Some(language)))
            nav #panes .tabs data-live aria-label="Views of the message" {
                (letter::tabs(&Pane::ALL, view.pane, |pane| view.with_pane(pane)))
            }
            div #pane .pane .(view.pane.name()) data-live { (letter::pane(opened, view.pane, &shelf::addresses(opened))) }
        }
    }
}

/// The search and what it finds: nobody in particular first.
fn people(snapshot: &Snapshot, chosen: Option<&Subscriber>, language: Language, view: &View) -> Markup {
    let subscribers = &snapshot.checked.subscribers;
    let (found, total) = snapshot.search(&view.search, PEOPLE_MAX);
    let missing = !view.reader.is_empty() && chosen.is_none();
    html! {
        form.find role="search" action="/" {
            @for (key, value) in view.fields().filter(|(key, _)| *key != "search") { input type="hidden" name=(key) value=(value); }
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

fn checks(findings: &[Diagnostic]) -> Markup {
    html! {
        h2 #checks-title { "Checks" @if !findings.is_empty() { span.number { (findings.len()) } } }
        @if findings.is_empty() {
            p.good { "Nothing to mend, nothing to look at." }
        } @else {
            (finding::list(&findings.iter().collect::<Vec<_>>()))
        }
    }
}

fn mistakes(findings: &[Diagnostic]) -> (String, Markup, Markup) {
    let (errors, warnings): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| finding.is_error());
    let title = format!("{} to mend", page::count(errors.len(), "mistake", "mistakes"));
    let main = html! {
        main #main .sheet data-shape="mistakes" tabindex="-1" {
            div #mistakes data-live {
                h1 { (title) }
                p.lead { "Save the files without them, and the mail is back here by itself." }
                (finding::list(&errors))
                @if !warnings.is_empty() {
                    h2 { "Worth a look" }
                    (finding::list(&warnings))
                }
            }
        }
    };
    (title, html! {}, main)
}

fn nothing_yet() -> (String, Markup, Markup) {
    let title = "There is no issue yet".to_owned();
    let words = html! { p.lead { "Start one with " code { "postrider new 2024-q1" } ". It appears here by itself." } };
    let main = page::notice(&title, &words);
    (title, html! {}, main)
}
