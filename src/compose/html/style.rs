//! The declarations that blocks share, put together once a letter.
//!
//! Three sizes and two weights carry everything. Lengths are CSS pixels, on a rhythm of 8.

use crate::model::language::{Direction, Language, Words};
use crate::model::theme::Theme;

/// Values for `style` attributes. Those of texts leave out the space below: [`below`] adds it.
#[derive(Debug)]
pub struct Style {
    /// Running text, for the cell around it: paragraphs and items inherit face, size, leading and colour, which keeps the letter light.
    pub text: String,
    /// The masthead's title.
    pub h1: String,
    /// The lead's title.
    pub lead: String,
    /// An article's title.
    pub h2: String,
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
    /// A list.
    pub list: String,
    /// The digits of a numbered list, as a further declaration; empty where browsers use them anyway.
    pub numerals: &'static str,
    /// A link.
    pub link: String,
    /// A hairline, as a border at the top.
    pub hairline: String,
    /// Corners, as a further declaration; empty where they are square.
    pub corners: String,
    /// The faces that Word's engine is given.
    pub word_face: String,
    /// Whether the script has marks above and below its line, and neither capitals nor slanted letters.
    pub is_tall: bool,
    /// Size of running text, in CSS pixels.
    pub size: u32,
    /// The side on which lines begin: `left`, or `right` in a script from right to left.
    pub start: &'static str,
    /// The side on which lines end.
    pub end: &'static str,
}

/// Declarations of a text with the space below it, in CSS pixels. In longhand: some clients drop a whole `margin`, and what browsers put
/// above paragraphs and headings has no place in the rhythm.
#[must_use]
pub fn below(declarations: &str, space: u32) -> String {
    let separator = if declarations.is_empty() { "" } else { ";" };
    format!("margin-top:0;margin-bottom:{space}px{separator}{declarations}")
}

impl Style {
    /// The style of a theme, for a language.
    #[must_use]
    pub fn new(theme: &Theme, words: &Words, language: Language) -> Self {
        let colours = &theme.light;
        let (text_face, headline_face) = theme.fonts.of(language);
        // Scripts with marks above and below the line need air, and a step more size to be as legible as Latin.
        let is_tall = matches!(words.tag, "bn" | "ar");
        let (size, leading) = if is_tall { (18, 31) } else { (16, 26) };
        let face = if headline_face == text_face { String::new() } else { format!("font-family:{headline_face};") };
        let type_ = |size: u32, leading: u32| format!("font-size:{size}px;line-height:{leading}px");
        let (start, end) = match words.direction {
            Direction::Ltr => ("left", "right"),
            Direction::Rtl => ("right", "left"),
        };
        // Lines of like length: no headline ends in a lone word.
        let headline = |size: u32| {
            let leading = if is_tall { size * 3 / 2 } else { size * 6 / 5 };
            format!("{face}{};text-wrap:balance", type_(size, leading))
        };
        // Space between letters tears apart scripts whose letters join.
        let spacing = if is_tall { "" } else { ";letter-spacing:.04em" };
        Self {
            text: format!("font-family:{text_face};{};color:{}", type_(size, leading), colours.ink),
            h1: headline(28),
            lead: headline(theme.lead_size),
            h2: headline(22),
            kicker: format!("{};font-weight:700;color:{}{spacing}", type_(if is_tall { 15 } else { 13 }, 20), colours.accent),
            small: format!("{};color:{}", type_(if is_tall { 15 } else { 14 }, if is_tall { 25 } else { 21 }), colours.quiet),
            quote: format!("{face}{}", type_(22, if is_tall { 38 } else { 33 })),
            figure: format!("{face}{};font-weight:700;color:{}", type_(32, 40), colours.accent),
            button: format!(
                "font-family:{text_face};{};font-weight:700;color:{};text-decoration:none",
                type_(16, 24),
                colours.on_accent
            ),
            list: below(&format!("padding:0;padding-{start}:24px"), 16),
            numerals: match words.tag {
                "bn" => ";list-style-type:bengali",
                "ar" => ";list-style-type:arabic-indic",
                _ => "",
            },
            is_tall,
            link: format!("color:{};text-decoration:underline", colours.accent),
            hairline: format!("border-top:1px solid {};font-size:0;line-height:0", colours.line),
            corners: if theme.radius == 0 { String::new() } else { format!(";border-radius:{}px", theme.radius) },
            word_face: text_face.split(',').filter(|face| !face.starts_with(['-', 'B'])).collect::<Vec<_>>().join(","),
            size,
            start,
            end,
        }
    }
}
