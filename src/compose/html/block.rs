//! Each kind of block as one row of the letter.

use maud::{Markup, Render, html};

use super::column::{Column, row, word_only};
use super::prose::{list_items, prose};
use super::{Page, display_width};
use crate::model::block::{Article, Block, Contact, Events, Figures, Kind, Labelled, List, Picture, Quote, Side, Titled};
use crate::model::link::mailto;
use crate::model::text::Text;

/// Space between a picture and the text beside it, in CSS pixels.
const GUTTER: u32 = 24;
/// Width of a picture beside a text, in CSS pixels.
const SIDE_WIDTH: u32 = 216;

/// A block, as a row of the letter's table.
#[must_use]
pub fn block(page: &Page<'_>, index: usize, block: &Block) -> Markup {
    let width = display_width(page.letter.theme, block);
    let anchor = page.letter.anchors.get(&index).copied();
    match &block.kind {
        Kind::Lead(article) => lead(page, article, anchor, width),
        Kind::Article(article) => cell(page, "8px", "32px", &self::article(page, article, anchor, width)),
        Kind::Quote(quote) => cell(page, "8px", "40px", &self::quote(page, quote)),
        Kind::List(list) => cell(page, "0", "24px", &self::list(page, list)),
        Kind::Figures(figures) => cell(page, "8px", "32px", &self::figures(page, figures)),
        Kind::Events(events) => cell(page, "8px", "32px", &self::events(page, events, anchor)),
        Kind::Picture(picture) => cell(page, "0", "32px", &self::picture(page, picture, width, true)),
        Kind::Button(button) => cell(page, "0", "40px", &self::button(page, button)),
        Kind::Divider => cell(page, "8px", "32px", &hairline(page)),
        Kind::Contents(title) => cell(page, "0", "40px", &contents(page, title.as_ref())),
        Kind::Notice(titled) => notice(page, titled),
        Kind::About(titled) => cell(page, "8px", "16px", &self::titled(page, titled)),
        Kind::Contact(contact) => cell(page, "8px", "32px", &self::contact(page, contact)),
    }
}

/// A row with the letter's margins at its sides.
fn cell(page: &Page<'_>, above: &str, below: &str, content: &Markup) -> Markup {
    html! { tr { td.pad style={ "padding:" (above) " " (page.letter.theme.margin) "px " (below) } { (content) } } }
}

fn fill(page: &Page<'_>, text: &Text) -> String {
    page.letter.reader.fill(text)
}

fn lead(page: &Page<'_>, article: &Article, anchor: Option<usize>, width: u32) -> Markup {
    html! {
        @if let Some(picture) = &article.picture {
            tr { td style="padding:0" { (image(page, picture, width)) } }
            @if picture.caption.is_some() || picture.credit.is_some() {
                tr { td.pad style={ "padding:8px " (page.letter.theme.margin) "px 0" } { (caption(page, picture)) } }
            }
        }
        (cell(page, "32px", "24px", &html! {
            (opening(page, article, anchor, &page.style.lead))
            (closing(page, article))
        }))
    }
}

fn article(page: &Page<'_>, article: &Article, anchor: Option<usize>, width: u32) -> Markup {
    let text = html! {
        (opening(page, article, anchor, &page.style.h2))
        (closing(page, article))
    };
    match &article.picture {
        None => text,
        Some(picture) if picture.side == Side::Above => html! {
            (self::picture(page, picture, width, true))
            div style="padding-top:24px" { (text) }
        },
        Some(picture) => beside(page, picture, width, &text),
    }
}

/// A picture and a text, the picture at the start or the end of the line. The picture comes first in the file, so that it stands
/// above the text where the two stack; `dir` on the row turns them round.
fn beside(page: &Page<'_>, picture: &Picture, width: u32, text: &Markup) -> Markup {
    let theme = page.letter.theme;
    let space = theme.width - 2 * theme.margin;
    let direction = page.letter.edition.language.words().direction.as_str();
    let is_turned = picture.side == Side::Right;
    let opposite = if direction == "ltr" { "rtl" } else { "ltr" };
    let row_direction = if is_turned { opposite } else { direction };
    let inward = if is_turned { page.style.start } else { page.style.end };
    let padding = |amount: u32| format!("4px 0 16px;padding-{inward}:{amount}px");
    let columns = [
        Column {
            width: SIDE_WIDTH + GUTTER,
            padding: padding(GUTTER),
            content: html! { div dir=(direction) { (self::picture(page, picture, width, false)) } },
        },
        Column { width: space - SIDE_WIDTH - GUTTER, padding: "0".to_owned(), content: html! { div dir=(direction) { (text) } } },
    ];
    html! { div dir=(row_direction) style="font-size:0" { (row(&columns)) } }
}

/// Kicker, title, date and place.
fn opening(page: &Page<'_>, article: &Article, anchor: Option<usize>, title: &str) -> Markup {
    let style = &page.style;
    let facts = facts(page, article);
    html! {
        @if let Some(kicker) = &article.kicker { p.a style={ (style.kicker) ";padding-bottom:4px" } { (fill(page, kicker)) } }
        h2.i id=[anchor.map(piece_id)] style={ (title) ";padding-bottom:8px" } { (fill(page, &article.title)) }
        @if !facts.is_empty() { p.q style={ (style.small) ";padding-bottom:12px" } { (facts) } }
    }
}

/// Date and place, as one line.
fn facts(page: &Page<'_>, article: &Article) -> String {
    let words = page.letter.edition.language.words();
    let date = article.date.map(|(from, until)| words.days(from, until));
    let place = article.place.as_ref().map(|place| fill(page, place));
    date.into_iter().chain(place).collect::<Vec<_>>().join(" · ")
}

/// Body and links.
fn closing(page: &Page<'_>, article: &Article) -> Markup {
    html! {
        @if let Some(body) = &article.body { (prose(page, body, true)) }
        @for link in &article.links {
            p.i style={ (page.style.p) ";padding-bottom:8px" } {
                a.a href=(link.link.href()) style={ (page.style.link) ";font-weight:700" } { (fill(page, &link.text)) }
            }
        }
    }
}

/// A picture with its caption.
fn picture(page: &Page<'_>, picture: &Picture, width: u32, is_full: bool) -> Markup {
    let shown = if is_full { width } else { SIDE_WIDTH };
    html! {
        (sized_image(page, picture, width, shown))
        @if picture.caption.is_some() || picture.credit.is_some() { div style="padding-top:8px" { (caption(page, picture)) } }
    }
}

fn image(page: &Page<'_>, picture: &Picture, width: u32) -> Markup {
    sized_image(page, picture, width, width)
}

/// The picture prepared for `width`, shown at most `shown` wide where a client heeds attributes only, and as wide as its room else.
fn sized_image(page: &Page<'_>, picture: &Picture, width: u32, shown: u32) -> Markup {
    let Some(inline) = page.letter.pictures.find(&picture.file, 2 * width) else { return html! {} };
    let alt = picture.alt.as_ref().map(|alt| fill(page, alt)).unwrap_or_default();
    // A picture smaller than its room is not blown up.
    let natural = inline.prepared.width.min(2 * width);
    let shown = shown.min(natural.max(1));
    let height = (u64::from(inline.prepared.height) * u64::from(shown) / u64::from(inline.prepared.width.max(1))).max(1);
    let limit = natural.min(width);
    html! {
        img src={ "cid:" (page.letter.content_id(inline)) } width=(shown) height=(height) alt=(alt)
            style={ "display:block;width:100%;max-width:" (limit) "px;height:auto;border:0" };
    }
}

fn caption(page: &Page<'_>, picture: &Picture) -> Markup {
    html! { p.q style=(page.style.small) { (page.letter.caption(picture)) } }
}

fn quote(page: &Page<'_>, quote: &Quote) -> Markup {
    let (start, accent) = (page.style.start, page.letter.theme.accent);
    let speaker: Vec<_> = quote.by.iter().map(|by| html! { strong.i { (fill(page, by)) } }).collect();
    html! {
        blockquote.a style={ "margin:0;padding:0;padding-" (start) ":24px;border-" (start) ":3px solid " (accent) } {
            p.i style=(page.style.quote) { (fill(page, &quote.text)) }
            @if quote.by.is_some() || quote.role.is_some() {
                p.q style={ (page.style.small) ";padding-top:12px" } {
                    @for name in speaker { (name) }
                    @if let Some(role) = &quote.role { @if quote.by.is_some() { br; } (fill(page, role)) }
                }
            }
        }
    }
}

fn heading(page: &Page<'_>, title: Option<&Text>, anchor: Option<usize>) -> Markup {
    html! {
        @if let Some(title) = title {
            h2.i id=[anchor.map(piece_id)] style={ (page.style.h2) ";padding-bottom:12px" } { (fill(page, title)) }
        }
    }
}

fn list(page: &Page<'_>, list: &List) -> Markup {
    html! {
        (heading(page, list.title.as_ref(), None))
        @if let Some(intro) = &list.intro { (prose(page, intro, list.title.is_some())) }
        @if list.is_numbered { ol style=(page.style.list) { (list_items(page, &list.items, list.title.is_some())) } }
        @else { ul style=(page.style.list) { (list_items(page, &list.items, list.title.is_some())) } }
    }
}

fn figures(page: &Page<'_>, figures: &Figures) -> Markup {
    let theme = page.letter.theme;
    let in_row = u32::try_from(figures.items.len()).unwrap_or(1).clamp(1, 3);
    let width = (theme.width - 2 * theme.margin) / in_row;
    let column = |(value, label): &(Text, Text)| Column {
        width,
        padding: format!("0 0 16px;padding-{}:16px", page.style.end),
        content: html! {
            p.a style=(page.style.figure) { (fill(page, value)) }
            p.q style=(page.style.small) { (fill(page, label)) }
        },
    };
    html! {
        (heading(page, figures.title.as_ref(), None))
        @for items in figures.items.chunks(in_row as usize) {
            div style="font-size:0" { (row(&items.iter().map(column).collect::<Vec<_>>())) }
        }
    }
}

fn events(page: &Page<'_>, events: &Events, anchor: Option<usize>) -> Markup {
    let words = page.letter.edition.language.words();
    html! {
        (heading(page, events.title.as_ref(), anchor))
        @for event in &events.items {
            div.l style={ "padding:12px 0;border-top:1px solid " (page.letter.theme.line) } {
                p.a style=(page.style.kicker) {
                    (words.days(event.date.0, event.date.1))
                    @for detail in event.time.iter().chain(&event.place) { " · " (fill(page, detail)) }
                }
                p.i style={ (page.style.p) ";padding-bottom:0" } {
                    @match &event.link {
                        Some(link) => a.a href=(link.href()) style=(page.style.link) { (fill(page, &event.title)) },
                        None => (fill(page, &event.title)),
                    }
                }
            }
        }
    }
}

/// A button that any client shows as one: a padded link, with spaces for Word, which knows no padding on links.
fn button(page: &Page<'_>, button: &Labelled) -> Markup {
    let theme = page.letter.theme;
    let (ink, accent, face) = (theme.on_accent, theme.accent, theme.face);
    html! {
        a.wide href=(button.link.href()) style={
            "display:inline-block;padding:12px 24px;mso-padding-alt:0;background-color:" (accent) ";color:" (ink)
            ";border-radius:4px;font-family:" (face) ";font-size:16px;line-height:24px;font-weight:700;text-decoration:none"
        } {
            (word_only("<i style=\"mso-font-width:150%;mso-text-raise:24pt\" hidden>&emsp;</i>"))
            span style={ "color:" (ink) ";mso-text-raise:12pt" } { (fill(page, &button.text)) }
            (word_only("<i style=\"mso-font-width:150%\" hidden>&emsp;&#8203;</i>"))
        }
    }
}

fn hairline(page: &Page<'_>) -> Markup {
    html! { div.l style=(page.style.hairline) { (maud::PreEscaped("&nbsp;")) } }
}

fn contents(page: &Page<'_>, title: Option<&Text>) -> Markup {
    let words = page.letter.edition.language.words();
    let title = title.map_or_else(|| words.in_this_issue.to_owned(), |title| fill(page, title));
    html! {
        (hairline(page))
        h2.a style={ (page.style.kicker) ";padding:20px 0 8px" } { (title) }
        ul style=(page.style.list) {
            @for (number, title) in page.letter.contents() {
                li.i style={ (page.style.item) ";padding-bottom:4px" } {
                    a.a href={ "#" (piece_id(number)) } style=(page.style.link) { (title) }
                }
            }
        }
        div style="padding-top:12px" { (hairline(page)) }
    }
}

fn notice(page: &Page<'_>, titled: &Titled) -> Markup {
    let theme = page.letter.theme;
    cell(
        page,
        "0",
        "40px",
        &html! {
            table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                tr { td.t style={ "padding:24px 24px 8px;background-color:" (theme.tint) } { (self::titled(page, titled)) } }
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
    let line = |content: Markup| html! { p.i style={ (style.p) ";padding-bottom:4px" } { (content) } };
    html! {
        (heading(page, contact.title.as_ref(), None))
        @if let Some(body) = &contact.body { (prose(page, body, contact.title.is_some())) }
        @if let Some(email) = &contact.email {
            (line(html! { a.a href=(mailto(email)) style=(style.link) { (email.as_written()) } }))
        }
        @if let Some(phone) = &contact.phone { (line(html! { (words.phone) ": " (fill(page, phone)) })) }
        @if let Some(link) = &contact.link { (line(html! { a.a href=(link.href()) style=(style.link) { (link.shown()) } })) }
    }
}

/// The anchor of a piece.
fn piece_id(number: usize) -> String {
    format!("piece-{number}")
}

impl Render for crate::model::address::DisplayName {
    fn render_to(&self, buffer: &mut String) {
        self.as_str().render_to(buffer);
    }
}
