//! The document around the blocks: head, preheader, masthead, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Page;
use super::block::Traced;
use super::column::word_only;
use super::image::height;
use super::sheet::sheets;
use super::style::below;
use crate::model::text::{Piece, Text};
use crate::model::theme::Logo;

/// Fills the line that inboxes show, so that nothing of the letter follows the preheader there: a figure space, a zero-width
/// no-break space and a combining grapheme joiner, which clients neither collapse nor show.
const FILLER: &str = "&#8199;&#65279;&#847; ";
/// Characters that the longest inbox line shows.
const INBOX_LINE: usize = 200;

/// The whole document.
#[must_use]
pub fn document(page: &Page<'_>) -> Markup {
    let letter = page.letter;
    let words = letter.edition.language.words();
    let (lang, dir) = (words.tag, words.direction.as_str());
    let subject = letter.fill(&letter.edition.subject);
    let theme = letter.theme;
    html! {
        (DOCTYPE)
        html lang=(lang) dir=(dir) xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no";
                meta name="x-apple-disable-message-reformatting" content="";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (subject) }
                (word_only(
                    "<noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript>",
                ))
                (sheets(page))
            }
            body.body xml:lang=(lang) style={ "margin:0;padding:0;background-color:" (theme.light.ground) } {
                @if let Some(preheader) = &letter.edition.preheader { (self::preheader(preheader, &letter.fill(preheader))) }
                div.g role="article" aria-roledescription="email" aria-label=(subject) lang=(lang) dir=(dir)
                    style={ "background-color:" (theme.light.ground) ";font-size:medium;font-size:max(16px,1rem)" } {
                    (word_only(&format!(
                        "<table role=\"presentation\" align=\"center\" width=\"{0}\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td>",
                        theme.width
                    )))
                    div.p style={
                        "max-width:" (theme.width) "px;margin:0 auto;background-color:" (theme.light.paper) ";overflow-wrap:anywhere"
                    } {
                        table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                            (masthead(page))
                            @for (index, piece) in letter.blocks() { (Traced { page, index, block: piece }) }
                            (footer(page))
                        }
                    }
                    (word_only("</td></tr></table>"))
                }
            }
        }
    }
}

/// The filler is as long for everyone: what merge fields stand for is not counted.
fn preheader(text: &Text, filled: &str) -> Markup {
    let count = |piece: &Piece| match piece {
        Piece::Plain(plain) => plain.chars().count(),
        Piece::Field(_) => 0,
    };
    let missing = INBOX_LINE.saturating_sub(text.pieces.iter().map(count).sum());
    html! { div style="display:none;max-height:0;overflow:hidden" { (filled) (PreEscaped(FILLER.repeat(missing / 2))) } }
}

/// Mark and name, title, period: on paper, or on a band in the accent colour.
fn masthead(page: &Page<'_>) -> Markup {
    let letter = page.letter;
    let theme = letter.theme;
    let on_band =
        |style: &str| if theme.is_banded { format!("{style};color:{}", theme.light.on_accent) } else { style.to_owned() };
    let class = |plain: &'static str| if theme.is_banded { "o" } else { plain };
    let surface = if theme.is_banded { "pad b" } else { "pad" };
    let ground = if theme.is_banded { format!(";background-color:{}", theme.light.accent) } else { String::new() };
    html! {
        tr {
            td class={ (surface) " i" } style={ "padding:40px " (theme.margin) "px 32px" (ground) ";" (page.style.text) } {
                @if let Some(found) = &theme.logo { (logo(page, found)) }
                @else { p class=(class("a")) style=(on_band(&below(&page.style.kicker, 0))) { (letter.publication.name) } }
                h1 class=(class("i")) style={ (on_band(&below(&page.style.h1, 0))) ";padding-top:8px" } { (page.fill(&letter.edition.title)) }
                @if let Some(period) = &letter.edition.period {
                    p class=(class("q")) style={ (on_band(&below(&page.style.small, 0))) ";padding-top:8px" } { (page.fill(period)) }
                }
            }
        }
    }
}

/// The mark; another one in dark mode where there is one. On a band, which is dark in both modes, that one alone.
fn logo(page: &Page<'_>, logo: &Logo) -> Markup {
    let theme = page.letter.theme;
    let alt = page.fill(&logo.alt);
    let image = |file: &str| {
        let inline = page.letter.pictures.find(&super::super::logo_key(file), 2 * logo.width);
        html! {
            @if let Some(inline) = inline {
                img src=(page.letter.picture_address(inline)) width=(logo.width.min(inline.prepared.width))
                    height=(height(inline, logo.width.min(inline.prepared.width))) alt=(alt)
                    style="display:block;max-width:100%;height:auto;border:0";
            }
        }
    };
    match &logo.dark {
        Some((dark, _)) if theme.is_banded => html! { div style="padding-bottom:16px" { (image(dark)) } },
        Some((dark, _)) => html! {
            div.lo style="padding-bottom:16px" { (image(&logo.file)) }
            (PreEscaped("<!--[if !mso]><!-->"))
            div.ld style="display:none;max-height:0;overflow:hidden" { div style="padding-bottom:16px" { (image(dark)) } }
            (PreEscaped("<!--<![endif]-->"))
        },
        None => html! { div style="padding-bottom:16px" { (image(&logo.file)) } },
    }
}

fn footer(page: &Page<'_>) -> Markup {
    let letter = page.letter;
    let footer = &letter.publication.footer;
    let language = letter.edition.language;
    let words = language.words();
    let small = below(&page.style.small, 8);
    let link = |href: &str, said: &str| html! { a.a href=(href) style=(page.style.link) { (said) } };
    html! {
        tr {
            td.pad.t style={ "padding:32px " (letter.theme.margin) "px;background-color:" (letter.theme.light.tint) ";" (page.style.text) } {
                @if let Some(reason) = footer.reason.text(language) { p.q style=(small) { (page.fill(reason)) } }
                @if let Some(address) = footer.address.text(language) { p.q style=(small) { (page.fill(address)) } }
                p.q style=(below(&page.style.small, 0)) {
                    @if let Some(address) = letter.web_page() { (link(&address, words.view_in_browser)) " · " }
                    (link(&letter.own_link().unwrap_or_else(|| letter.publication.list.unsubscribe_url()), words.unsubscribe))
                }
            }
        }
    }
}
