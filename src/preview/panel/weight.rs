//! Where the octets of a message go: block by block, picture by picture. The rows add up to the whole message.

use maud::{Markup, html};

use super::Shown;
use super::finding::visible;
use super::spot::{self, Spot};
use crate::compose::picture;
use crate::model::block::Block;
use crate::preview::page;

/// A share of the message.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// What it is, and its name, which may be empty.
    what: &'static str,
    name: String,
    octets: usize,
    /// The block that it comes from.
    block: Option<usize>,
}

impl Row {
    fn new(what: &'static str, octets: usize) -> Self {
        Self { what, name: String::new(), octets, block: None }
    }
}

/// The chart of a message. A bar's length is the share of what it is part of: a group's of the message, a row's of its group.
pub(super) fn chart(shown: &Shown<'_>) -> Markup {
    html! {
        @for (title, rows) in groups(shown) {
            @let sum: usize = rows.iter().map(|row| row.octets).sum();
            h3.part { (title) span.weight { (size(sum)) } (bar(sum, shown.message.bytes.len())) }
            ol.chart {
                @for row in &rows {
                    li {
                        span.name { (name(row, shown)) }
                        span.weight data-octets=(row.octets) { (size(row.octets)) }
                        (bar(row.octets, sum))
                    }
                }
            }
        }
    }
}

fn name(row: &Row, shown: &Shown<'_>) -> Markup {
    let title = visible(&row.name);
    let words = html! { @if title.is_empty() { (page::capitalised(row.what)) } @else { span.quiet { (page::capitalised(row.what)) } " " bdi { (title) } } };
    match row.block {
        Some(block) => {
            let spot = Spot { edition: shown.message.edition, block: Some(block) };
            html! { a.shown href=((shown.address)(spot)) data-block=(block) { (words) } }
        }
        None => words,
    }
}

fn bar(octets: usize, whole: usize) -> Markup {
    let share = (octets * 100).div_ceil(whole.max(1));
    html! { svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" { rect width=(share) height="1" {} } }
}

fn size(octets: usize) -> String {
    page::size(octets as u64)
}

/// The rows, under what they belong to. Empty groups are left out.
fn groups(shown: &Shown<'_>) -> Vec<(&'static str, Vec<Row>)> {
    let (message, mail) = (shown.message, shown.mail);
    let leaf = |kind: &str| -> Vec<usize> {
        mail.parts.iter().filter(|(_, media_type, _)| media_type.starts_with(kind)).map(|(_, _, octets)| *octets).collect()
    };
    let sum = |rows: &[Row]| -> usize { rows.iter().map(|row| row.octets).sum() };

    let mut html: Vec<Row> = message.blocks.iter().map(|span| block(shown, span.block, span.html.len())).collect();
    html.push(Row::new("the letter around them", message.html.len().saturating_sub(sum(&html))));
    let travelling = leaf("text/html").into_iter().sum::<usize>();
    html.push(Row::new("its encoding", travelling.saturating_sub(message.html.len())));

    let pictures = pictures(shown, &leaf("image/"));
    let header = message.bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| end + 4);
    let mut rest = vec![Row::new("plain text", leaf("text/plain").into_iter().sum()), Row::new("header", header)];
    let known = sum(&html) + sum(&pictures) + sum(&rest);
    rest.push(Row::new("what holds the parts together", message.bytes.len().saturating_sub(known)));

    let mut groups = vec![("HTML", html), ("Pictures", pictures), ("The rest", rest)];
    groups.retain(|(_, rows)| !rows.is_empty());
    groups
}

/// The HTML of a block.
fn block(shown: &Shown<'_>, index: usize, octets: usize) -> Row {
    let block = shown.edition().blocks.get(index);
    let title = block.and_then(spot::title).map_or_else(String::new, |title| shown.reader.fill(title));
    Row { what: block.map_or("block", Block::word), name: title, octets, block: Some(index) }
}

/// The pictures in the message, the heaviest first; `parts` are the octets of their parts, in order.
fn pictures(shown: &Shown<'_>, parts: &[usize]) -> Vec<Row> {
    let weights = picture::weights(shown.composer, shown.edition());
    let spot = |place| Spot::of(shown.composer.issue(), place).and_then(|spot| spot.block);
    let row = |(attached, &octets): (&crate::model::mail::Attached, &usize)| {
        let known = weights.iter().find(|weight| attached.content_id.starts_with(&weight.hash));
        let name = known.map_or_else(String::new, |weight| weight.file.clone());
        Row { what: "picture", name, octets, block: known.and_then(|weight| spot(&weight.place)) }
    };
    let mut rows: Vec<_> = shown.mail.pictures.iter().zip(parts).map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.octets));
    rows
}
