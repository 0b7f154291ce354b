//! What goes on, or what came of what was done last.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use maud::{Markup, html};
use tokio::time::{Instant, sleep_until};

use super::work::{Course, Deed, End, Work};
use super::{Office, Place, send};
use crate::deed::wording;
use crate::preview::page::{self, Follows};
use crate::preview::server;

/// How often news is told at most: a page that is drawn more often is not seen better.
const PAUSE: Duration = Duration::from_millis(150);

pub(super) async fn show(State(office): State<Office>) -> Response {
    let tick = *office.desktop.tick().borrow();
    let Some(work) = office.desktop.work() else { return office.lead_to("/history") };
    let here = match work.deed {
        Deed::Test => Place::Test,
        Deed::Rehearsal => Place::Rehearse,
        Deed::Send => Place::Send,
    };
    let course = work.course();
    let title = title(&work, &course);
    let follows = Follows { version: tick, events: office.site.at("/progress/events") };
    let mut page = office.page(here, &title, Some(follows), &content(&office, &work, &course));
    // The number in the tab; the shape of the page is the same at every step.
    page.main = html! { main #main .sheet data-shape="progress" tabindex="-1" { (content(&office, &work, &course)) } };
    server::answer(StatusCode::OK, &page, &office.site)
}

fn title(work: &Work, course: &Course) -> String {
    let deed = work.deed.title();
    match &course.end {
        None => format!("{} % · {deed} of {}", percent(course), work.slug),
        Some(_) => format!("{deed} of {}", work.slug),
    }
}

fn percent(course: &Course) -> u64 {
    (course.done * 100).checked_div(course.to_do).unwrap_or_default().min(100)
}

fn content(office: &Office, work: &Work, course: &Course) -> Markup {
    let action = |path: &str, words: &str| {
        html! { form.deed method="post" action=(office.site.at(path)) { button type="submit" { (words) } } }
    };
    html! {
        div #course data-live {
            h1 { (work.deed.title()) " of " (work.slug) }
            (answer(course))
            (meter(course))
            @match &course.end {
                None if course.is_asked && !course.is_stopping => p.quiet { "Asked to stop." },
                None if course.is_stopping => p.quiet { "Stopping: messages on their way are finished first." },
                None => {
                    (action("/progress/pause", if work.deed == Deed::Send { "Pause" } else { "Stop" }))
                    p.quiet { "It goes on whether this page is open or not, as long as Postrider runs. Killed in any way, it goes on where it was." }
                }
                Some(End::Done { is_paused: true, .. }) if work.deed == Deed::Send => (action("/progress/resume", "Go on")),
                Some(_) => {}
            }
            @if course.end.is_some() { (onward(office, work)) }
            @if !course.words.is_empty() {
                h2 { "What happened" }
                @if course.forgotten > 0 { p.quiet { (page::grouped(usize::try_from(course.forgotten).unwrap_or(usize::MAX))) " earlier lines are left out." } }
                ol.happened { @for words in &course.words { li { bdi { (words) } } } }
            }
        }
    }
}

/// How it ended, or that it goes on.
fn answer(course: &Course) -> Markup {
    match &course.end {
        None => html! {},
        Some(End::Done { words, is_good, .. }) => {
            html! { p.words.bad[!is_good] role="status" { (page::sentence(words)) } }
        }
        Some(End::Failed(words)) => html! { p.alert role="alert" { (page::sentence(words)) } },
    }
}

fn meter(course: &Course) -> Markup {
    let grouped = |count: u64| page::grouped(usize::try_from(count).unwrap_or(usize::MAX));
    html! {
        progress max=(course.to_do.max(1)) value=(course.done) aria-label="Sent to" { (percent(course)) " %" }
        dl.counts {
            @for (name, count) in wording::counts(&course.balance) { div { dt { (name) } dd { (grouped(count)) } } }
            div { dt { "seconds" } dd { (format!("{:.1}", course.seconds)) } }
            div { dt { "a second" } dd { (format!("{:.0}", course.rate())) } }
            @if course.end.is_none() {
                div { dt { "left" } dd { (course.seconds_left().map_or_else(|| "…".to_owned(), span)) } }
            }
        }
    }
}

/// A span of time as people read it: `40 s`, `12 min`, `3 h 05 min`.
fn span(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that is too large becomes the largest integer"
    )]
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Where to go from here.
fn onward(office: &Office, work: &Work) -> Markup {
    let at = |path: &str| office.site.at(path);
    html! {
        p.onward {
            @match work.deed {
                Deed::Test => a href=(at("/test")) { "Send another test" },
                Deed::Rehearsal => a href=(at("/rehearsal/")) { "Open the mail that came" },
                Deed::Send => a href=(at(&format!("/history/{}", work.slug))) { "The whole report" },
            }
        }
    }
}

/// A number that changes with every event, at once and then at most every [`PAUSE`].
pub(super) async fn events(State(office): State<Office>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut tick = office.desktop.tick();
    tick.mark_changed();
    let ticks = stream::unfold((tick, Instant::now()), |(mut tick, not_before)| async move {
        sleep_until(not_before).await;
        tick.changed().await.ok()?;
        let number = *tick.borrow_and_update();
        Some((Ok(Event::default().data(number.to_string())), (tick, Instant::now() + PAUSE)))
    });
    Sse::new(ticks).keep_alive(KeepAlive::default())
}

pub(super) async fn pause(State(office): State<Office>) -> Response {
    office.stop();
    office.lead_to("/progress")
}

pub(super) async fn resume(State(office): State<Office>) -> Response {
    let Some(work) = office.desktop.work() else { return office.lead_to("/send") };
    let is_paused = matches!(work.course().end, Some(End::Done { is_paused: true, .. }));
    if work.deed != Deed::Send || !is_paused {
        return office.lead_to("/progress");
    }
    match send::resume(&office, &work).await {
        Ok(()) => office.lead_to("/progress"),
        Err(refusal) => office.refuse(Place::Send, &refusal),
    }
}
