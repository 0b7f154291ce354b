//! The declarations that blocks share, put together once a letter.
//!
//! Three sizes and two weights carry everything. Lengths are CSS pixels, on a rhythm of 8.

use crate::model::language::{Direction, Language, Words};
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
    /// A button's words.
    pub button: String,
    /// A list, and an item of it.
    pub list: String,
    /// An item of a list.
    pub item: String,
    /// A link.
    pub link: String,
    /// A hairline, as a border at the top.
    pub hairline: String,
    /// Corners, as a declaration; empty where they are square.
    pub corners: String,
    /// The faces that Word's engine is given.
    pub word_face: String,
    /// The side on which lines begin: `left`, or `right` in a script from right to left.
    pub start: &'static str,
    /// The side on which lines end.
    pub end: &'static str,
}

impl Style {
    /// The style of a theme, for a language.
    #[must_use]
    pub fn new(theme: &Theme, words: &Words, language: Language) -> Self {
        let colours = &theme.light;
        let (text_face, headline_face) = theme.fonts.of(language);
        // Scripts with marks above and below the line need air, and a step more size to be as legible as Latin.
        let is_tall = matches!(words.tag, "bn" | "ar");
        let (body, leading) = if is_tall { (18, 31) } else { (16, 26) };
        let type_ = |face: &str, size: u32, leading: u32, weight: u32, colour: &dyn std::fmt::Display| {
            format!("margin:0;font-family:{face};font-size:{size}px;line-height:{leading}px;font-weight:{weight};color:{colour}")
        };
        let text = |size: u32, leading: u32, weight: u32| type_(&text_face, size, leading, weight, &colours.ink);
        let (start, end) = match words.direction {
            Direction::Ltr => ("left", "right"),
            Direction::Rtl => ("right", "left"),
        };
        // Lines of like length: no headline ends in a lone word.
        let headline = |size: u32| {
            let leading = if is_tall { size * 3 / 2 } else { size * 6 / 5 };
            format!("{};text-wrap:balance", type_(&headline_face, size, leading, 700, &colours.ink))
        };
        // Space between letters tears apart scripts whose letters join.
        let spacing = if is_tall { "" } else { ";letter-spacing:.04em" };
        Self {
            h1: headline(28),
            lead: headline(theme.lead_size),
            h2: headline(22),
            h3: format!("{};padding-bottom:4px", text(body, leading, 700)),
            p: format!("{};padding-bottom:16px", text(body, leading, 400)),
            kicker: format!("{}{spacing}", type_(&text_face, 13, 20, 700, &colours.accent)),
            small: type_(&text_face, 14, if is_tall { 24 } else { 21 }, 400, &colours.quiet),
            quote: type_(&headline_face, 22, if is_tall { 38 } else { 33 }, 400, &colours.ink),
            figure: type_(&headline_face, 32, 40, 700, &colours.accent),
            button: format!(
                "font-family:{text_face};font-size:16px;line-height:24px;font-weight:700;color:{};text-decoration:none",
                colours.on_accent
            ),
            list: format!("margin:0;padding:0 0 8px;padding-{start}:24px"),
            item: format!("{};padding-bottom:8px", text(body, leading, 400)),
            link: format!("color:{};text-decoration:underline", colours.accent),
            hairline: format!("border-top:1px solid {};font-size:0;line-height:0", colours.line),
            corners: if theme.radius == 0 { String::new() } else { format!(";border-radius:{}px", theme.radius) },
            word_face: text_face.split(',').filter(|face| !face.starts_with(['-', 'B'])).collect::<Vec<_>>().join(","),
            start,
            end,
        }
    }
}
