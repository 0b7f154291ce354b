//! The pieces: the lead, articles, and two of them side by side.

use maud::{Markup, html};

use super::block::{cell, piece_id};
use super::column::{Column, row};
use super::image::{caption, captioned, image};
use super::prose::prose;
use super::style::below;
use super::{Page, display_width};
use crate::model::block::{Article, Block, Picture, Side};

/// Space between things side by side, in CSS pixels.
const GUTTER: u32 = 24;
/// Width of a picture beside a text, in CSS pixels.
const SIDE_WIDTH: u32 = 216;

/// The piece that opens the issue: its picture from edge to edge.
#[must_use]
pub fn lead(page: &Page<'_>, block: &Block, article: &Article, anchor: Option<usize>) -> Markup {
    let width = display_width(page.letter.theme, block);
    html! {
        @if let Some(picture) = &article.picture {
            tr { td style="padding:0" { (image(page, picture, width, width, "")) } }
            @if picture.caption.is_some() || picture.credit.is_some() {
                (cell(page, "0", "0", &caption(page, picture)))
            }
        }
        (cell(page, "32px", "24px", &html! {
            (opening(page, article, anchor, &page.style.lead))
            (closing(page, article))
        }))
    }
}

/// A piece, its picture above, beside or not there.
#[must_use]
pub fn article(page: &Page<'_>, block: &Block, article: &Article, anchor: Option<usize>) -> Markup {
    let width = display_width(page.letter.theme, block);
    let text = html! {
        (opening(page, article, anchor, &page.style.h2))
        (closing(page, article))
    };
    match &article.picture {
        None => text,
        Some(picture) if picture.side == Side::Above => html! {
            (captioned(page, picture, width, width))
            div style="padding-top:24px" { (text) }
        },
        Some(picture) => beside(page, picture, width, &text),
    }
}

/// A picture and a text, the picture at the start or the end of the line. The picture comes first in the file, so that it stands
/// above the text where the two stack; `dir` on the row turns them round.
fn beside(page: &Page<'_>, picture: &Picture, width: u32, text: &Markup) -> Markup {
    let direction = page.letter.edition.language.words().direction.as_str();
    let is_turned = picture.side == Side::Right;
    let opposite = if direction == "ltr" { "rtl" } else { "ltr" };
    let row_direction = if is_turned { opposite } else { direction };
    let inward = if is_turned { page.style.start } else { page.style.end };
    let columns = [
        Column {
            width: SIDE_WIDTH + GUTTER,
            padding: format!("4px 0 16px;padding-{inward}:{GUTTER}px"),
            content: html! { div dir=(direction) { (captioned(page, picture, width, SIDE_WIDTH)) } },
        },
        Column {
            width: page.text_width() - SIDE_WIDTH - GUTTER,
            padding: "0".to_owned(),
            content: html! { div dir=(direction) { (text) } },
        },
    ];
    html! { div dir=(row_direction) style="font-size:0" { (row(&columns, page.style.size)) } }
}

/// Two pieces side by side.
#[must_use]
pub fn pair(page: &Page<'_>, block: &Block, articles: &[Box<Article>; 2], index: usize) -> Markup {
    let width = display_width(page.letter.theme, block);
    let half = page.text_width() / 2;
    let column = |(nth, article): (usize, &Article)| {
        let inward = if nth == 0 { page.style.end } else { page.style.start };
        Column {
            width: half,
            padding: format!("0 0 16px;padding-{inward}:{}px", GUTTER / 2),
            content: html! {
                @if let Some(picture) = &article.picture {
                    (captioned(page, picture, width, half - GUTTER / 2))
                    div style="padding-top:16px" { (piece(page, article, page.letter.anchor(index, nth))) }
                } @else { (piece(page, article, page.letter.anchor(index, nth))) }
            },
        }
    };
    html! { div style="font-size:0" { (row(&articles.iter().map(AsRef::as_ref).enumerate().map(column).collect::<Vec<_>>(), page.style.size)) } }
}

fn piece(page: &Page<'_>, article: &Article, anchor: Option<usize>) -> Markup {
    html! { (opening(page, article, anchor, &page.style.h2)) (closing(page, article)) }
}

/// Kicker, title, date and place.
fn opening(page: &Page<'_>, article: &Article, anchor: Option<usize>, title: &str) -> Markup {
    let style = &page.style;
    let facts = facts(page, article);
    html! {
        @if let Some(kicker) = &article.kicker { p.a style=(below(&style.kicker, 4)) { (page.fill(kicker)) } }
        h2 id=[anchor.map(piece_id)] style=(below(title, 8)) { (page.fill(&article.title)) }
        @if !facts.is_empty() { p.q style=(below(&style.small, 12)) { (facts) } }
    }
}

/// Date and place, as one line.
fn facts(page: &Page<'_>, article: &Article) -> String {
    let words = page.letter.edition.language.words();
    let date = article.date.map(|(from, until)| words.days(from, until));
    let place = article.place.as_ref().map(|place| page.fill(place));
    date.into_iter().chain(place).collect::<Vec<_>>().join(" · ")
}

/// Body and links.
fn closing(page: &Page<'_>, article: &Article) -> Markup {
    html! {
        @if let Some(body) = &article.body { (prose(page, body, true)) }
        @for link in &article.links {
            p style=(below("", 8)) {
                a.a href=(link.link.href()) style={ (page.style.link) ";font-weight:700" } { (page.letter.read_more(article, link)) }
            }
        }
    }
}
