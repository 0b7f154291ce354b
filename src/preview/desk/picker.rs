//! As whom the mail is read: nobody in particular, the awkward ones, and everyone on the list, to be found by name or address.
//!
//! The list alone has an address of its own, so that the script can ask for it at every keystroke: no mail is composed for that.

use std::borrow::Cow;

use maud::{Markup, html};

use super::awkward::Awkward;
use super::live::Good;
use super::view::View;
use crate::compose::Reader;
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;
use crate::preview::page;
use crate::preview::site::Site;

/// The most people on a page.
const PEOPLE_MAX: usize = 50;

/// Whom a page is about.
#[derive(Debug, Clone)]
pub(super) struct Chosen<'g> {
    /// The person on the list, if it is one.
    pub(super) subscriber: Option<Cow<'g, Subscriber>>,
    /// The language of the edition that is read.
    pub(super) language: Language,
}

impl Chosen<'_> {
    /// As whom the mail is composed.
    pub(super) fn reader(&self) -> Reader<'_> {
        self.subscriber.as_deref().map_or(Reader::Anyone(self.language), Reader::Subscriber)
    }
}

/// The form and the list.
pub(super) fn section(site: &Site, good: &Good, chosen: &Chosen<'_>, view: &View) -> Markup {
    html! {
        form #find .find role="search" action=(site.at("/")) data-people=(site.at("/people")) {
            @for (key, value) in view.fields().iter().filter(|(key, _)| *key != "search") { input type="hidden" name=(key) value=(value); }
            input #search type="search" name="search" value=(view.search) autocomplete="off" spellcheck="false"
                aria-label="Search the list by name or address" placeholder="Name or address";
        }
        (list(good, chosen, view))
    }
}

/// The people that the words of the view find; without words the awkward ones first.
pub(super) fn list(good: &Good, chosen: &Chosen<'_>, view: &View) -> Markup {
    let subscribers = good.subscribers();
    let is_searching = !view.search.trim().is_empty();
    let awkward = if is_searching { &[] } else { good.awkward() };
    let (found, total) = if is_searching { good.search(&view.search, PEOPLE_MAX) } else { plain(subscribers.count(), awkward) };
    let shown = found.len() + awkward.len();
    let missing = !view.reader.is_empty() && chosen.subscriber.is_none();
    let person = |subscriber: &Subscriber, reasons: &[String]| {
        person(subscriber, reasons, chosen.subscriber.as_deref() == Some(subscriber), view)
    };
    // Whoever went meanwhile is not shown.
    let found = subscribers.at(&found).unwrap_or_default();
    let one = |index: usize| subscribers.at(&[index]).unwrap_or_default().pop();
    let people = |found: &[Cow<'_, Subscriber>]| html! { @for subscriber in found { li { (person(subscriber, &[])) } } };
    html! {
        div #people data-live {
            @if missing { p.alert { "Nobody on the list has the address " bdi { (view.reader) } ". This is what anyone would read." } }
            div #readers .people tabindex="0" role="region" aria-label="Readers" {
                ul {
                    li {
                        a href=(view.with_anyone(chosen.language)) aria-current=[chosen.subscriber.is_none().then_some("true")] {
                            span.name { "Anyone" } span.address { "with the fallbacks, every block shown" }
                        }
                    }
                    @if awkward.is_empty() { (people(&found)) }
                }
                @if !awkward.is_empty() {
                    h3 { "The awkward ones" }
                    ul.awkward { @for Awkward { index, reasons } in awkward { @if let Some(subscriber) = one(*index) { li { (person(&subscriber, reasons)) } } } }
                    @if !found.is_empty() { h3 { "The others" } ul { (people(&found)) } }
                }
            }
            p.quiet role="status" {
                @if total > shown { (page::grouped(shown)) " of " }
                (page::count(total, "person", "people"))
                @if is_searching { " found" }
                @if total > shown { ": type to find the others" }
            }
        }
    }
}

/// The first of the list besides the awkward ones, and how many people there are in all.
fn plain(count: usize, awkward: &[Awkward]) -> (Vec<usize>, usize) {
    let is_other = |index: &usize| !awkward.iter().any(|awkward| awkward.index == *index);
    ((0..count).filter(is_other).take(PEOPLE_MAX.saturating_sub(awkward.len())).collect(), count)
}

fn person(subscriber: &Subscriber, reasons: &[String], is_chosen: bool, view: &View) -> Markup {
    let name = subscriber.name.as_str();
    html! {
        a href=(view.with_reader(subscriber)) aria-current=[is_chosen.then_some("true")] {
            @if !name.is_empty() { span.name { bdi { (name) } } }
            span.address { bdi { (subscriber.address.as_written()) } " · " (subscriber.language) }
            @if !reasons.is_empty() { span.reason { (page::capitalised(&reasons.join("; "))) } }
        }
    }
}
