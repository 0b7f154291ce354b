//! Each kind of block as one row of the letter.

use maud::{Markup, Render, html};

use super::article::{article, lead, pair};
use super::column::{Column, row, word_only};
use super::image::captioned;
use super::prose::{list_items, prose};
use super::style::below;
use super::{Page, display_width};
use crate::compose::message::BlockSpan;
use crate::model::block::{Block, Contact, Events, Figures, Kind, Labelled, List, Quote, Titled};
use crate::model::link::mailto;
use crate::model::text::Text;

/// A block that notes where in the document it came to stand. To be rendered into the whole document's own buffer.
#[derive(Debug)]
pub struct Traced<'p, 'a> {
    /// The letter.
    pub page: &'p Page<'a>,
    /// The block's place in the edition.
    pub index: usize,
    /// The block.
    pub block: &'a Block,
}

impl Render for Traced<'_, '_> {
    fn render_to(&self, buffer: &mut String) {
        let start = buffer.len();
        buffer.push_str(&block(self.page, self.index, self.block).0);
        self.page.spans.borrow_mut().push(BlockSpan { block: self.index, html: start..buffer.len() });
    }
}

/// A block, as a row of the letter's table.
fn block(page: &Page<'_>, index: usize, block: &Block) -> Markup {
    let anchor = page.letter.anchor(index, 0);
    match &block.kind {
        Kind::Lead(found) => lead(page, block, found, anchor),
        Kind::Article(found) => cell(page, "8px", "32px", &article(page, block, found, anchor)),
        Kind::Pair(found) => cell(page, "8px", "16px", &pair(page, block, found, index)),
        Kind::Quote(found) => cell(page, "8px", "40px", &quote(page, found)),
        Kind::List(found) => cell(page, "0", "24px", &list(page, found)),
        Kind::Figures(found) => cell(page, "8px", "32px", &figures(page, found)),
        Kind::Events(found) => cell(page, "8px", "32px", &events(page, found, anchor)),
        Kind::Picture(found) => {
            let width = display_width(page.letter.theme, block);
            cell(page, "0", "32px", &captioned(page, found, width, width))
        }
        Kind::Button(found) => cell(page, "0", "40px", &button(page, found)),
        Kind::Divider => cell(page, "8px", "32px", &hairline(page)),
        Kind::Contents(title) => contents(page, title.as_ref()),
        Kind::Notice(found) => notice(page, found),
        Kind::About(found) => cell(page, "8px", "16px", &titled(page, found)),
        Kind::Contact(found) => cell(page, "8px", "32px", &contact(page, found)),
    }
}

/// A row with the letter's margins at its sides.
pub(super) fn cell(page: &Page<'_>, above: &str, under: &str, content: &Markup) -> Markup {
    html! { tr { td.pad.i style={ "padding:" (above) " " (page.letter.theme.margin) "px " (under) ";" (page.style.text) } { (content) } } }
}

fn quote(page: &Page<'_>, quote: &Quote) -> Markup {
    let (start, accent) = (page.style.start, page.letter.theme.light.accent);
    html! {
        blockquote.m style={ (below("", 0)) ";margin-left:0;margin-right:0;padding-" (start) ":24px;border-" (start) ":3px solid " (accent) } {
            p.i style={ (below(&page.style.quote, 0)) ";color:" (page.letter.theme.light.ink) } { (page.fill(&quote.text)) }
            @if quote.by.is_some() || quote.role.is_some() {
                p.q style={ (below(&page.style.small, 0)) ";padding-top:12px" } {
                    @if let Some(by) = &quote.by { strong.i style={ "color:" (page.letter.theme.light.ink) } { (page.fill(by)) } }
                    @if let Some(role) = &quote.role { @if quote.by.is_some() { br; } (page.fill(role)) }
                }
            }
        }
    }
}

fn heading(page: &Page<'_>, title: Option<&Text>, anchor: Option<usize>) -> Markup {
    html! {
        @if let Some(title) = title {
            h2 id=[anchor.map(piece_id)] style=(below(&page.style.h2, 12)) { (page.fill(title)) }
        }
    }
}

fn list(page: &Page<'_>, list: &List) -> Markup {
    html! {
        (heading(page, list.title.as_ref(), None))
        @if let Some(intro) = &list.intro { (prose(page, intro, list.title.is_some())) }
        @if list.is_numbered { ol style={ (page.style.list) (page.style.numerals) } { (list_items(page, &list.items, list.title.is_some())) } }
        @else { ul style=(page.style.list) { (list_items(page, &list.items, list.title.is_some())) } }
    }
}

fn figures(page: &Page<'_>, figures: &Figures) -> Markup {
    let in_row = u32::try_from(figures.items.len()).unwrap_or(1).clamp(1, 3);
    let width = page.text_width() / in_row;
    let column = |(value, label): &(Text, Text)| Column {
        width,
        padding: format!("0 0 16px;padding-{}:16px", page.style.end),
        content: html! {
            p.a style=(below(&page.style.figure, 0)) { (page.fill(value)) }
            p.q style=(below(&page.style.small, 0)) { (page.fill(label)) }
        },
    };
    html! {
        (heading(page, figures.title.as_ref(), None))
        @for items in figures.items.chunks(in_row as usize) {
            div style="font-size:0" { (row(&items.iter().map(column).collect::<Vec<_>>(), page.style.size)) }
        }
    }
}

fn events(page: &Page<'_>, events: &Events, anchor: Option<usize>) -> Markup {
    let words = page.letter.edition.language.words();
    html! {
        (heading(page, events.title.as_ref(), anchor))
        @for event in &events.items {
            div.l style={ "padding:12px 0;border-top:1px solid " (page.letter.theme.light.line) } {
                p.a style=(below(&page.style.kicker, 0)) {
                    (words.days(event.date.0, event.date.1))
                    @for detail in event.time.iter().chain(&event.place) { " · " (page.fill(detail)) }
                }
                p style=(below("", 0)) {
                    @match &event.link {
                        Some(link) => a.a href=(link.href()) style=(page.style.link) { (page.fill(&event.title)) },
                        None => (page.fill(&event.title)),
                    }
                }
            }
        }
    }
}

/// A button that any client shows as one: a padded link, with spaces for Word, which knows no padding on links.
fn button(page: &Page<'_>, button: &Labelled) -> Markup {
    let colours = &page.letter.theme.light;
    html! {
        a.wide.u.v href=(button.link.href()) style={
            (page.style.button) ";display:inline-block;padding:12px 24px;mso-padding-alt:0;background-color:" (colours.accent)
            (page.style.corners)
        } {
            (word_only("<i style=\"mso-font-width:150%;mso-text-raise:24pt\" hidden>&emsp;</i>"))
            span.v style={ "color:" (colours.on_accent) ";mso-text-raise:12pt" } { (page.fill(&button.text)) }
            (word_only("<i style=\"mso-font-width:150%\" hidden>&emsp;&#8203;</i>"))
        }
    }
}

fn hairline(page: &Page<'_>) -> Markup {
    html! { div.l style=(page.style.hairline) { (maud::PreEscaped("&nbsp;")) } }
}

fn contents(page: &Page<'_>, title: Option<&Text>) -> Markup {
    let words = page.letter.edition.language.words();
    let title = title.map_or_else(|| words.in_this_issue.to_owned(), |title| page.fill(title));
    let pieces = page.letter.contents();
    // A list of nothing would be read out as one.
    if pieces.is_empty() {
        return html! {};
    }
    let list = html! {
        (hairline(page))
        h2.a style={ (below(&page.style.kicker, 8)) ";padding-top:20px" } { (title) }
        ul style=(page.style.list) {
            @for (number, title) in pieces {
                li style="margin-bottom:4px" {
                    a.a href={ "#" (piece_id(number)) } style=(page.style.link) { (title) }
                }
            }
        }
        div style="padding-top:12px" { (hairline(page)) }
    };
    cell(page, "0", "40px", &list)
}

fn notice(page: &Page<'_>, titled: &Titled) -> Markup {
    let tint = page.letter.theme.light.tint;
    cell(
        page,
        "0",
        "40px",
        &html! {
            table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                tr { td.t.i style={ "padding:24px 24px 8px;background-color:" (tint) (page.style.corners) ";" (page.style.text) } { (self::titled(page, titled)) } }
            }
        },
    )
}

fn titled(page: &Page<'_>, titled: &Titled) -> Markup {
    html! {
        (heading(page, titled.title.as_ref(), None))
        (prose(page, &titled.body, titled.title.is_some()))
    }
}

fn contact(page: &Page<'_>, contact: &Contact) -> Markup {
    let style = &page.style;
    let words = page.letter.edition.language.words();
    let line = |content: Markup| html! { p style=(below("", 4)) { (content) } };
    html! {
        (heading(page, contact.title.as_ref(), None))
        @if let Some(body) = &contact.body { (prose(page, body, contact.title.is_some())) }
        @if let Some(email) = &contact.email {
            (line(html! { a.a href=(mailto(email)) style=(style.link) { (email.as_written()) } }))
        }
        @if let Some(phone) = &contact.phone { (line(html! { (words.phone) ": " (page.fill(phone)) })) }
        @if let Some(link) = &contact.link { (line(html! { a.a href=(link.href()) style=(style.link) { (link.shown()) } })) }
    }
}

/// The anchor of a piece.
pub(super) fn piece_id(number: usize) -> String {
    format!("piece-{number}")
}

impl Render for crate::model::address::DisplayName {
    fn render_to(&self, buffer: &mut String) {
        self.as_str().render_to(buffer);
    }
}
