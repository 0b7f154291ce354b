//! The style sheets in the head: what cannot be said in `style` attributes.
//!
//! They come second in every way: a client that drops them still shows a sound letter. Together they stay far below the 16 KB up to
//! which Gmail keeps them.
//!
//! The classes: `p` paper, `t` tint, `b` band (the surfaces); `i` ink, `q` quiet, `a` accent, `o` on the band (the texts); `l` lines, `m` the quote's mark; `u` and `v` a button and its words.

use maud::{Markup, PreEscaped, html};

use super::Page;
use super::column::word_only;
use crate::model::theme::{Palette, Theme};

/// All of them. Each stands in an element of its own where a client might stumble over it: one that does drops the element whole.
#[must_use]
pub fn sheets(page: &Page<'_>) -> Markup {
    let theme = page.letter.theme;
    html! {
        style { (PreEscaped(narrow_and_dark(theme))) }
        style { (PreEscaped(outlook_com(theme))) }
        // Word takes the first name of a list for the only one, and falls back to a serif face where it lacks it.
        (word_only(&format!(
            "<style>body,td,p,h1,h2,h3,li,a,span{{font-family:{}!important}}</style>",
            page.style.word_face
        )))
    }
}

fn narrow_and_dark(theme: &Theme) -> String {
    let dark = dark_rules(&theme.dark, theme.is_banded, "", "");
    format!(
        ":root{{color-scheme:light dark;supported-color-schemes:light dark}}\
         @media (max-width:519px){{.pad{{padding-left:24px!important;padding-right:24px!important}}\
         .col{{max-width:100%!important}}.stack{{padding-left:0!important;padding-right:0!important}}\
         .wide{{display:block!important;text-align:center}}}}\
         @media (prefers-color-scheme:dark){{.body,.g{{background-color:{}!important}}{dark}\
         .lo{{display:none!important}}.ld{{display:block!important;max-height:none!important}}}}",
        theme.dark.ground
    )
}

/// The same dark colours for Outlook.com and its apps, which mark what they recolour in place of asking.
fn outlook_com(theme: &Theme) -> String {
    dark_rules(&theme.dark, theme.is_banded, "[data-ogsc] ", "[data-ogsb] ")
}

fn dark_rules(dark: &Palette, is_banded: bool, text: &str, surface: &str) -> String {
    let Palette { paper, tint, ink, quiet, accent, line, on_accent, .. } = dark;
    let band = if is_banded {
        format!("{surface}.b{{background-color:{tint}!important}}{text}.o{{color:{ink}!important}}")
    } else {
        String::new()
    };
    format!(
        "{surface}.p{{background-color:{paper}!important}}{surface}.t{{background-color:{tint}!important}}{band}\
         {text}.i{{color:{ink}!important}}{text}.q{{color:{quiet}!important}}{text}.a{{color:{accent}!important}}\
         {text}.l{{border-color:{line}!important}}{text}.m{{border-color:{accent}!important}}\
         {surface}.u{{background-color:{accent}!important}}{text}.v{{color:{on_accent}!important}}"
    )
}
