//! What a rehearsal received, to be opened in the browser.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{self, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use url::form_urlencoded;

use super::letter::{self, Hosted, Look, Opened};
use super::page::{self, Page};
use super::server::{self, Door};
use super::shelf::{self, Shelf};
use super::site::Site;
use crate::deed::{Ready, Rehearsed};
use crate::model::mail::Mail;
use crate::receive::Received;

/// The most messages that a page lists.
const LISTED_MAX: usize = 50;
/// The most octets read of a message to list it; headers end far before.
const HEADER_MAX: u64 = 64 << 10;

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Whom the envelope named.
    pub recipient: String,
    /// The file with the message's octets, as they came over the wire. Read when it is listed or opened, never kept.
    pub path: PathBuf,
    /// The message's octets.
    pub octets: u64,
    /// What is wrong with it, in a sentence without its full stop; `None` if it passed every check.
    pub note: Option<String>,
}

/// Messages, with words about all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// What this is, such as `Rehearsal of 2023-q3`.
    pub heading: String,
    /// How it went, in a sentence or two.
    pub summary: String,
    /// The messages, in the order to list them.
    pub messages: Vec<Delivered>,
    /// The pictures on the web that they may name.
    pub hosted: Vec<Hosted>,
}

impl Mailbox {
    /// What came in a rehearsal.
    #[must_use]
    pub fn of(ready: &Ready, rehearsed: &Rehearsed) -> Self {
        let delivered = |message: &Received| Delivered {
            recipient: message.recipients.join(", "),
            path: message.path.clone(),
            octets: message.octets,
            note: rehearsed.fault_of(message).map(str::to_owned),
        };
        Self {
            heading: format!("Rehearsal of {}", ready.slug()),
            summary: rehearsed.text(),
            messages: rehearsed.received.iter().map(delivered).collect(),
            hosted: Hosted::all(&ready.composer),
        }
    }
}

/// Serves a mailbox until `shutdown` ends; `ready` learns the address once connections are taken.
///
/// # Errors
/// If the port is taken.
pub async fn serve(mailbox: Mailbox, door: Door, ready: impl FnOnce(&str), shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let site = Site::new();
    let shelf = Arc::<Shelf>::default();
    let post = Post { mailbox: Arc::new(mailbox), shelf: Arc::clone(&shelf), site: site.clone(), path: "", bar: None };
    let routes = Router::new()
        .route(&site.at("/"), get(list))
        .route(&site.at("/message/{number}"), get(message))
        .with_state(post)
        .merge(shelf::routes(shelf, &site));
    server::serve(routes, site, door, ready, shutdown).await
}

async fn list(State(post): State<Post>, RawQuery(query): RawQuery) -> Response {
    server::work(move || post.list(&query.unwrap_or_default())).await
}

async fn message(State(post): State<Post>, extract::Path(number): extract::Path<usize>, RawQuery(query): RawQuery) -> Response {
    server::work(move || post.message(number, &query.unwrap_or_default())).await
}

/// A mailbox and where its pages are.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) site: Site,
    /// Where in the site the list is, without the slash at its end; messages are below it.
    pub(super) path: &'static str,
    /// What the bar says besides, in a desk.
    pub(super) bar: Option<Markup>,
}

/// What the list's address asks for.
#[derive(Debug, Clone, Default)]
struct View {
    search: String,
    /// Whether only messages with a note are listed.
    noted: bool,
    /// How many of those found are passed over.
    from: usize,
}

impl View {
    fn parse(query: &str) -> Self {
        let mut view = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "search" => view.search = value.into_owned(),
                "noted" => view.noted = true,
                "from" => view.from = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        view
    }

    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
        if !self.search.is_empty() {
            query.append_pair("search", &self.search);
        }
        if self.noted {
            query.append_pair("noted", "yes");
        }
        if self.from > 0 {
            query.append_pair("from", &self.from.to_string());
        }
        query.finish()
    }

    fn admits(&self, words: &[String], message: &Delivered) -> bool {
        let recipient = message.recipient.to_lowercase();
        (!self.noted || message.note.is_some()) && words.iter().all(|word| recipient.contains(word))
    }
}

impl Post {
    /// The address of a page of the mailbox.
    fn at(&self, path: &str) -> String {
        self.site.at(&format!("{}{path}", self.path))
    }

    /// The page with the list.
    pub(super) fn list(&self, query: &str) -> Response {
        server::answer(StatusCode::OK, &self.list_page(&View::parse(query)), &self.site)
    }

    /// The page of one message.
    pub(super) fn message(&self, number: usize, query: &str) -> Response {
        self.message_page(number, Look::parse(query))
    }

    fn list_page(&self, view: &View) -> Page {
        let mailbox = &*self.mailbox;
        let words: Vec<String> = view.search.split_whitespace().map(str::to_lowercase).collect();
        let found: Vec<_> = (1..).zip(&mailbox.messages).filter(|(_, message)| view.admits(&words, message)).collect();
        let noted = mailbox.messages.iter().filter(|message| message.note.is_some()).count();
        let from = view.from.min(found.len());
        let shown = &found[from..found.len().min(from + LISTED_MAX)];
        let at = |from: usize| View { from, ..view.clone() }.address();
        let filter = |only: bool| View { noted: only, from: 0, ..view.clone() }.address();
        let main = html! {
            main #main .sheet.wide data-shape="list" tabindex="-1" {
                h1 { (mailbox.heading) }
                p.lead { (mailbox.summary) }
                div.controls {
                    form.find role="search" action=(self.at("/")) {
                        @if view.noted { input type="hidden" name="noted" value="yes"; }
                        input #search type="search" name="search" value=(view.search) autocomplete="off" spellcheck="false"
                            aria-label="Search by recipient" placeholder="Recipient";
                    }
                    nav #filter .segments data-live aria-label="Which messages" {
                        a href=(filter(false)) aria-current=[(!view.noted).then_some("true")] { "All " (page::grouped(mailbox.messages.len())) }
                        a href=(filter(true)) aria-current=[view.noted.then_some("true")] { "With a fault " (page::grouped(noted)) }
                    }
                }
                div #messages data-live {
                    @if shown.is_empty() { p.quiet { "No such message." } }
                    ul.messages { @for (number, message) in shown { li { (self.row(*number, message)) } } }
                    @if found.len() > LISTED_MAX {
                        nav.paging aria-label="Further messages" {
                            @if from > 0 { a href=(at(from.saturating_sub(LISTED_MAX))) { "Back" } }
                            span { (page::grouped(from + 1)) " to " (page::grouped(from + shown.len())) " of " (page::grouped(found.len())) }
                            @if from + shown.len() < found.len() { a href=(at(from + LISTED_MAX)) { "Further" } }
                        }
                    }
                }
            }
        };
        Page { title: mailbox.heading.clone(), follows: None, bar: self.bar(), main }
    }

    fn bar(&self) -> Markup {
        let heading = html! { p #place .place { (self.mailbox.heading) } };
        self.bar.clone().unwrap_or(heading)
    }

    fn row(&self, number: usize, message: &Delivered) -> Markup {
        let subject = subject(&message.path).unwrap_or_else(|| "(cannot be read)".to_owned());
        html! {
            a href=(self.at(&format!("/message/{number}"))) {
                span.name { bdi { (message.recipient) } }
                span.subject { bdi { (subject) } }
                span.weight { (page::size(message.octets)) }
                @match &message.note {
                    Some(note) => span.verdict.bad { (note) },
                    None => span.verdict { "Sound" },
                }
            }
        }
    }

    fn message_page(&self, number: usize, look: Look) -> Response {
        let messages = &self.mailbox.messages;
        let Some(message) = number.checked_sub(1).and_then(|index| messages.get(index)) else {
            return self.not_found(
                "There is no such message",
                &html! { "The mailbox has " (page::count(messages.len(), "message", "messages")) "." },
            );
        };
        let read = std::fs::read(&message.path);
        let opened = match read.map(|bytes| self.shelf.open(bytes, &self.mailbox.hosted, &[])) {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                return self.not_found(
                    "This is no message",
                    &html! { "What came for " bdi { (message.recipient) } " cannot be taken apart." },
                );
            }
            Err(error) => return self.not_found("The message cannot be read", &html! { (error.to_string()) }),
        };
        let title = format!("{} · {}", message.recipient, opened.mail.subject);
        let main = self.reading(&opened, message, number, look);
        server::answer(StatusCode::OK, &Page { title, follows: None, bar: self.bar(), main }, &self.site)
    }

    fn reading(&self, opened: &Opened<'_>, message: &Delivered, number: usize, look: Look) -> Markup {
        let count = self.mailbox.messages.len();
        let beside = |number: usize, words: &str| {
            html! {
                @if (1..=count).contains(&number) { a href=(self.at(&format!("/message/{number}{}", look.address()))) { (words) } }
            }
        };
        let is_named = opened.mail.to.iter().any(|(_, address)| *address == message.recipient);
        html! {
            main #main .desk.alone data-shape="message" tabindex="-1" {
                section.letter aria-label="The message" {
                    nav #paging .paging data-live aria-label="Messages" {
                        a href=(self.at("/")) { "All messages" }
                        span { (page::grouped(number)) " of " (page::grouped(count)) }
                        (beside(number - 1, "Back"))
                        (beside(number + 1, "Further"))
                    }
                    @if let Some(note) = &message.note { p.alert { (note) } }
                    @if !is_named { p.quiet { "The envelope named " bdi { (message.recipient) } "." } }
                    (letter::section(opened, None, look, &|look| look.address(), &shelf::addresses(opened, &self.site)))
                }
            }
        }
    }

    fn not_found(&self, title: &str, words: &Markup) -> Response {
        let words = html! { p { (words) " " a href=(self.at("/")) { "All messages" } "." } };
        let page = Page { title: title.to_owned(), follows: None, bar: self.bar(), main: page::notice(title, &words) };
        server::answer(StatusCode::NOT_FOUND, &page, &self.site)
    }
}

/// The subject of a message in a file, for which only the header is read.
fn subject(path: &Path) -> Option<String> {
    let mut file = BufReader::new(File::open(path).ok()?).take(HEADER_MAX);
    let mut header = Vec::new();
    loop {
        let start = header.len();
        file.read_until(b'\n', &mut header).ok()?;
        if header[start..].trim_ascii().is_empty() {
            break;
        }
    }
    Some(Mail::parse(&header)?.subject)
}
