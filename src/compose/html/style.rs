//! The declarations that blocks share, put together once a letter.
//!
//! Three sizes and two weights carry everything. Lengths are CSS pixels, on a rhythm of 8.

use crate::model::language::{Direction, Words};
use crate::model::theme::Theme;

/// Values for `style` attributes.
#[derive(Debug)]
pub struct Style {
    /// The masthead's title.
    pub h1: String,
    /// The lead's title.
    pub lead: String,
    /// An article's title.
    pub h2: String,
    /// A heading inside a text.
    pub h3: String,
    /// A paragraph.
    pub p: String,
    /// A kicker above a title.
    pub kicker: String,
    /// Date and place, captions, small print.
    pub small: String,
    /// The words of a pull quote.
    pub quote: String,
    /// A large number.
    pub figure: String,
    /// A list, and an item of it.
    pub list: String,
    /// An item of a list.
    pub item: String,
    /// A link.
    pub link: String,
    /// A hairline, as a table cell's border at its top.
    pub hairline: String,
    /// The side on which lines begin: `left`, or `right` in a script from right to left.
    pub start: &'static str,
    /// The side on which lines end.
    pub end: &'static str,
}

impl Style {
    /// The style of a theme, for a language.
    #[must_use]
    pub fn new(theme: &Theme, words: &Words) -> Self {
        let Theme { ink, quiet, accent, line, face, .. } = theme;
        // Scripts with marks above and below the line need air, and a step more size to be as legible as Latin.
        let is_tall = matches!(words.tag, "bn" | "ar");
        let (body, leading) = if is_tall { (18, 30) } else { (16, 25) };
        let type_ = |size: u32, leading: u32, weight: u32, colour: &str| {
            format!("margin:0;font-family:{face};font-size:{size}px;line-height:{leading}px;font-weight:{weight};color:{colour}")
        };
        let (start, end) = match words.direction {
            Direction::Ltr => ("left", "right"),
            Direction::Rtl => ("right", "left"),
        };
        // Lines of like length: no headline ends in a lone word.
        let headline = |size: u32, leading: u32| format!("{};text-wrap:balance", type_(size, leading, 700, ink));
        Self {
            h1: headline(28, if is_tall { 40 } else { 34 }),
            lead: headline(28, if is_tall { 40 } else { 34 }),
            h2: headline(21, if is_tall { 32 } else { 28 }),
            h3: format!("{};padding-bottom:4px", type_(body, leading, 700, ink)),
            p: format!("{};padding-bottom:16px", type_(body, leading, 400, ink)),
            kicker: format!("{};letter-spacing:.04em", type_(13, 20, 700, accent)),
            small: type_(14, 21, 400, quiet),
            quote: type_(22, if is_tall { 38 } else { 33 }, 400, ink),
            figure: type_(32, 40, 700, accent),
            list: format!("margin:0;padding:0 0 8px;padding-{start}:24px"),
            item: format!("{};padding-bottom:8px", type_(body, leading, 400, ink)),
            link: format!("color:{accent};text-decoration:underline"),
            hairline: format!("border-top:1px solid {line};font-size:0;line-height:0"),
            start,
            end,
        }
    }
}
