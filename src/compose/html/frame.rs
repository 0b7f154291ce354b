//! The document around the blocks: head, preheader, masthead, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::column::word_only;
use super::{Page, block};
use crate::model::theme::Theme;

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
    let subject = letter.reader.fill(&letter.edition.subject);
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
                style { (PreEscaped(sheet(theme))) }
                style { (PreEscaped(outlook_com(theme))) }
            }
            body.body xml:lang=(lang) style={ "margin:0;padding:0;background-color:" (theme.ground) } {
                @if let Some(preheader) = &letter.edition.preheader { (self::preheader(&letter.reader.fill(preheader))) }
                div.g role="article" aria-roledescription="email" aria-label=(subject) lang=(lang) dir=(dir)
                    style={ "background-color:" (theme.ground) ";font-size:medium;font-size:max(16px,1rem)" } {
                    (word_only(&format!(
                        "<table role=\"presentation\" align=\"center\" width=\"{0}\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td>",
                        theme.width
                    )))
                    div.p style={
                        "max-width:" (theme.width) "px;margin:0 auto;background-color:" (theme.paper) ";overflow-wrap:anywhere"
                    } {
                        table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                            (masthead(page))
                            @for (index, piece) in letter.blocks() { (block::block(page, index, piece)) }
                            (footer(page))
                        }
                    }
                    (word_only("</td></tr></table>"))
                }
            }
        }
    }
}

fn preheader(text: &str) -> Markup {
    let missing = INBOX_LINE.saturating_sub(text.chars().count());
    html! { div style="display:none;max-height:0;overflow:hidden" { (text) (PreEscaped(FILLER.repeat(missing / 2))) } }
}

fn masthead(page: &Page<'_>) -> Markup {
    let letter = page.letter;
    html! {
        tr {
            td.pad style={ "padding:40px " (letter.theme.margin) "px 32px" } {
                p.a style=(page.style.kicker) { (letter.publication.name) }
                h1.i style={ (page.style.h1) ";padding-top:8px" } { (letter.reader.fill(&letter.edition.title)) }
                @if let Some(period) = &letter.edition.period {
                    p.q style={ (page.style.small) ";padding-top:8px" } { (letter.reader.fill(period)) }
                }
            }
        }
    }
}

fn footer(page: &Page<'_>) -> Markup {
    let letter = page.letter;
    let footer = &letter.publication.footer;
    let words = letter.edition.language.words();
    let small = format!("{};padding-bottom:8px", page.style.small);
    html! {
        tr {
            td.pad.t style={ "padding:32px " (letter.theme.margin) "px;background-color:" (letter.theme.tint) } {
                @if let Some(reason) = &footer.reason { p.q style=(small) { (letter.reader.fill(reason)) } }
                @if let Some(address) = &footer.address { p.q style=(small) { (letter.reader.fill(address)) } }
                p.q style=(page.style.small) {
                    a.a href=(letter.publication.list.unsubscribe_url()) style=(page.style.link) { (words.unsubscribe) }
                }
            }
        }
    }
}

/// What cannot be said in `style` attributes: narrow windows and dark mode. Comes second to them in every way: a client that drops it
/// still shows a sound letter.
fn sheet(theme: &Theme) -> String {
    let dark = dark_rules(theme, "");
    format!(
        ":root{{color-scheme:light dark;supported-color-schemes:light dark}}\
         @media (max-width:519px){{.pad{{padding-left:24px!important;padding-right:24px!important}}\
         .col{{max-width:100%!important}}.stack{{padding-left:0!important;padding-right:0!important}}\
         .wide{{display:block!important;text-align:center}}}}\
         @media (prefers-color-scheme:dark){{{dark}}}"
    )
}

/// The same dark colours for Outlook.com and its apps, which mark the letter in place of asking. In a block of its own: a client that
/// stumbles over the selector drops the block.
fn outlook_com(theme: &Theme) -> String {
    dark_rules(theme, "[data-ogsc] ")
}

fn dark_rules(theme: &Theme, prefix: &str) -> String {
    let dark = &theme.dark;
    let ground =
        if prefix.is_empty() { format!(".body,.g{{background-color:{}!important}}", dark.ground) } else { String::new() };
    format!(
        "{ground}{prefix}.p{{background-color:{}!important}}{prefix}.t{{background-color:{}!important}}\
         {prefix}.i{{color:{}!important}}{prefix}.q{{color:{}!important}}{prefix}.a{{color:{}!important}}{prefix}.l{{border-color:{}!important}}",
        dark.paper, dark.tint, dark.ink, dark.quiet, dark.accent, dark.line
    )
}
