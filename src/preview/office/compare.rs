//! The issue beside the one before.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use maud::{Markup, html};
use url::form_urlencoded;

use super::{Office, Place};
use crate::deed::{self, Comparison, Figures, Pair, Ready, Refusal, Turnover};
use crate::model::address::Address;
use crate::preview::page;
use crate::report::people;

/// The most addresses of a list.
const LISTED_MAX: usize = 200;

pub(super) async fn show(State(office): State<Office>, RawQuery(query): RawQuery) -> Response {
    match look(&office, &query.unwrap_or_default()).await {
        Ok(content) => office.answer(Place::Compare, "Compare", &content),
        Err(refusal) => office.refuse(Place::Compare, &refusal),
    }
}

async fn look(office: &Office, query: &str) -> Result<Markup, Refusal> {
    let ready = office.ready().await?;
    let ledger = office.ledger()?;
    let others = deed::others(&ready, ledger.as_ref()).await?;
    let wanted = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "with").map(|(_, value)| value.into_owned());
    let Some(other) = wanted.filter(|wanted| others.contains(wanted)).or_else(|| others.first().cloned()) else {
        return Ok(html! {
            h1 { "Nothing to compare with yet" }
            p.lead { (ready.slug()) " is the first issue here. The next one is held against it." }
        });
    };
    let comparison = deed::compare(&ready, &other, ledger.as_ref(), &office.cache).await?;
    Ok(content(&ready, &others, &comparison))
}

fn content(ready: &Ready, others: &[String], comparison: &Comparison) -> Markup {
    html! {
        h1 { (ready.slug()) " beside " (comparison.other) }
        @if others.len() > 1 {
            nav.segments aria-label="Compare with" {
                @for other in others {
                    @let address = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).append_pair("with", other).finish();
                    a href=(address) aria-current=[(*other == comparison.other).then_some("true")] { (other) }
                }
            }
        }
        @for pair in &comparison.editions { (edition(ready, comparison, pair)) }
        h2 { "Recipients" }
        @match &comparison.turnover {
            Some(turnover) => (gained_and_lost(turnover, &comparison.other)),
            None => p { (people(ready.subscribers.count() as u64)) " now. " (comparison.other) " was not sent from here, so that nobody knows who came and went." },
        }
    }
}

fn edition(ready: &Ready, comparison: &Comparison, pair: &Pair) -> Markup {
    let (now, then) = (pair.now.as_ref(), pair.then.as_ref());
    let subject = |figures: Option<&Figures>| {
        html! {
            @match figures {
                Some(figures) => bdi lang=(pair.language) { (figures.subject) },
                None => span.quiet { "none" },
            }
        }
    };
    let weight = |label: &str, of: fn(&Figures) -> usize| {
        let (before, after) = (then.map(of), now.map(of));
        let shown = |octets: Option<usize>| html! { @if let Some(octets) = octets { (page::size(octets as u64)) } @else { "–" } };
        html! { tr { th scope="row" { (label) } td { (shown(before)) } td { (shown(after)) } td { (change(before, after)) } } }
    };
    let blocks = |figures: Option<&Figures>| figures.map_or_else(|| "–".to_owned(), |figures| figures.blocks.to_string());
    html! {
        h2 { (pair.language.words().name) }
        div.scroll tabindex="0" {
            table.compare {
                thead { tr { td {} th scope="col" { (comparison.other) } th scope="col" { (ready.slug()) } th scope="col" { "Change" } } }
                tbody {
                    tr.subject { th scope="row" { "Subject" } td { (subject(then)) } td { (subject(now)) } td {} }
                    (weight("Message", |figures| figures.octets))
                    (weight("HTML", |figures| figures.html))
                    (weight("Plain text", |figures| figures.text))
                    tr { th scope="row" { "Blocks" } td { (blocks(then)) } td { (blocks(now)) } td {} }
                }
            }
        }
    }
}

/// By how many hundredths something grew or shrank.
fn change(before: Option<usize>, after: Option<usize>) -> Markup {
    let (Some(before), Some(after)) = (before, after) else { return html! {} };
    let hundredths = (after.abs_diff(before) * 100).checked_div(before).unwrap_or_default();
    let sign = if after < before { "−" } else { "+" };
    html! { @if hundredths == 0 { "as before" } @else { (sign) (hundredths) " %" } }
}

fn gained_and_lost(turnover: &Turnover, other: &str) -> Markup {
    let list = |title: &str, addresses: &[Address]| {
        html! {
            details {
                summary { (title) ": " (page::grouped(addresses.len())) }
                ul.addresses { @for address in addresses.iter().take(LISTED_MAX) { li { bdi { (address) } } } }
                @if addresses.len() > LISTED_MAX { p.quiet { "And " (page::grouped(addresses.len() - LISTED_MAX)) " more." } }
            }
        }
    };
    html! {
        p { (page::grouped(turnover.stayed)) " are on the list who were sent " (other) " as well." }
        (list("Gained", &turnover.gained))
        (list("Lost", &turnover.lost))
    }
}
