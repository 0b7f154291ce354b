//! Colours made their opposites, as mail programs do for the dark: an approximation, for none of them says how it reckons.
//!
//! A colour's luminance is inverted so that contrast (WCAG 2.2) stays what it was: two colours that could be told apart before are told
//! apart as well after. White becomes the program's own dark ground. Hue is kept, and as much of the saturation as the new luminance
//! leaves room for; both are those of Oklab, in which equal steps look equal.
//!
//! Read are `#rgb`, `#rrggbb`, both with an alpha channel, `rgb()`, `rgba()`, and the sixteen colours that HTML 4 has names for.

use super::sheet::{self, Declaration};
use super::token::Tag;
use crate::model::colour::Colour;

/// The ground that Outlook on the web has in the dark.
const OUTLOOK_GROUND: Colour = Colour::new(0x33_3333);
/// The ground of Gmail on iOS for what was white.
const GMAIL_GROUND: Colour = Colour::new(0x00_0000);
/// Links of which a mail says nothing.
const LINK: Colour = Colour::new(0x00_00ee);
/// Text with at least this contrast on the dark ground is left as it is.
const READABLE: f64 = 4.5;

/// Which colours are inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inversion {
    /// Each.
    Whole,
    /// Grounds that are light and texts that are dark, and nothing else: no borders.
    Partial,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ground,
    Text,
    Line,
}

impl Role {
    fn of(property: &str) -> Option<Self> {
        let property = property.to_ascii_lowercase();
        let is_line = ["border", "outline", "text-decoration", "column-rule"].iter().any(|start| property.starts_with(start));
        match property.as_str() {
            "background" | "background-color" | "background-image" => Some(Self::Ground),
            "color" | "-webkit-text-fill-color" | "fill" => Some(Self::Text),
            _ => is_line.then_some(Self::Line),
        }
    }

    /// What an attribute of HTML has a colour for.
    fn of_attribute(name: &str) -> Option<Self> {
        match name {
            "bgcolor" => Some(Self::Ground),
            "color" | "text" | "link" | "vlink" | "alink" => Some(Self::Text),
            "bordercolor" => Some(Self::Line),
            _ => None,
        }
    }
}

impl Inversion {
    /// Paper, ink and links where the mail says nothing of them.
    pub(super) fn around(self) -> [Colour; 3] {
        [Colour::new(0xff_ffff), Colour::new(0), LINK].map(|colour| self.inverted(colour))
    }

    /// Inverts the colours of a declaration, if it has any.
    pub(super) fn declaration(self, declaration: &mut Declaration) {
        if let Some(role) = Role::of(&declaration.property) {
            declaration.value = self.value(role, &declaration.value);
        }
    }

    /// Inverts the colours that a tag's attributes have, beside its style; and puts Outlook's marks on what differs from `original`.
    pub(super) fn apply(self, original: &Tag, tag: &mut Tag) {
        for (name, value) in &mut tag.attributes {
            if let Some(role) = Role::of_attribute(name) {
                *value = self.value(role, value);
            }
        }
        if self == Self::Partial {
            // The pane around the mail is a light ground with a dark text as well: the root stands for it.
            let is_root = tag.name == "html";
            for (role, mark) in [(Role::Text, "data-ogsc"), (Role::Ground, "data-ogsb")] {
                if is_root || colours(original, role) != colours(tag, role) {
                    tag.set(mark, "");
                }
            }
        }
    }

    /// A value with its colours inverted.
    fn value(self, role: Role, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                '"' | '\'' => rest[1..].find(c).map_or(rest.len(), |end| end + 2),
                '#' => 1 + word(&rest[1..]),
                c if c.is_alphanumeric() || c == '-' => {
                    let name = word(rest).max(c.len_utf8());
                    // A function with what it is given, as far as that is no further colour.
                    let is_whole = ["url", "rgb", "rgba"].iter().any(|whole| rest[..name].eq_ignore_ascii_case(whole));
                    let arguments = Some(&rest[name..]).filter(|after| is_whole && after.starts_with('('));
                    name + arguments.map_or(0, |arguments| arguments.find(')').map_or(arguments.len(), |end| end + 1))
                }
                c => c.len_utf8(),
            };
            let piece = &rest[..length];
            match parse(piece) {
                Some((colour, alpha)) => out.push_str(&css(self.apply_to(role, colour), alpha)),
                None => out.push_str(piece),
            }
            rest = &rest[length..];
        }
        out
    }

    fn apply_to(self, role: Role, colour: Colour) -> Colour {
        let white = Colour::new(0xff_ffff);
        let is_left = match (self, role) {
            (Self::Whole, _) => false,
            (Self::Partial, Role::Ground) => colour.contrast(Colour::new(0)) <= colour.contrast(white),
            (Self::Partial, Role::Text) => colour.contrast(OUTLOOK_GROUND) >= READABLE,
            (Self::Partial, Role::Line) => true,
        };
        if is_left { colour } else { self.inverted(colour) }
    }

    fn inverted(self, colour: Colour) -> Colour {
        let ground = match self {
            Self::Whole => GMAIL_GROUND,
            Self::Partial => OUTLOOK_GROUND,
        };
        // The contrast with white before is the contrast with the ground after.
        let luminance = (ground.luminance() + 0.05) * (1.05 / (colour.luminance() + 0.05)) - 0.05;
        with_luminance(colour, luminance.clamp(0.0, 1.0))
    }
}

/// The values of all colours of a tag with a role.
fn colours(tag: &Tag, role: Role) -> Vec<String> {
    let attributes =
        tag.attributes.iter().filter(|(name, _)| Role::of_attribute(name) == Some(role)).map(|(_, value)| value.clone());
    let style = sheet::declarations(tag.attribute("style").unwrap_or_default()).into_iter();
    attributes.chain(style.filter(|one| Role::of(&one.property) == Some(role)).map(|one| one.value)).collect()
}

/// Octets of the word that a text begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len())
}

/// A colour and how opaque it is, from 0 to 1, as CSS writes them.
fn parse(text: &str) -> Option<(Colour, f64)> {
    if let Some(digits) = text.strip_prefix('#') {
        let (opaque, alpha) = match digits.len() {
            4 | 8 if digits.is_ascii() => digits.split_at(digits.len() * 3 / 4),
            _ => (digits, ""),
        };
        let alpha = if alpha.len() == 1 { alpha.repeat(2) } else { alpha.to_owned() };
        let alpha = if alpha.is_empty() { 255 } else { u8::from_str_radix(&alpha, 16).ok()? };
        return Some((Colour::parse(&format!("#{opaque}"))?, f64::from(alpha) / 255.0));
    }
    let text = text.to_ascii_lowercase();
    let Some((name, arguments)) = text.split_once('(') else { return named(&text).map(|colour| (colour, 1.0)) };
    if !matches!(name, "rgb" | "rgba") {
        return None;
    }
    let arguments = arguments.strip_suffix(')')?;
    let numbers = arguments.split([',', '/', ' ']).filter(|part| !part.is_empty());
    let numbers: Vec<_> = numbers.map(|part| share(part).filter(|(number, _)| number.is_finite())).collect::<Option<_>>()?;
    let channel = |(number, is_percent): (f64, bool)| rounded(if is_percent { number / 100.0 } else { number / 255.0 });
    let (&[red, green, blue], alpha) = numbers.split_first_chunk()?;
    let alpha = alpha.first().map_or(1.0, |&(number, is_percent)| if is_percent { number / 100.0 } else { number });
    Some((Colour { channels: [red, green, blue].map(channel) }, alpha.clamp(0.0, 1.0)))
}

/// A number, and whether it is in percent.
fn share(text: &str) -> Option<(f64, bool)> {
    match text.strip_suffix('%') {
        Some(number) => Some((number.parse().ok()?, true)),
        None => Some((text.parse().ok()?, false)),
    }
}

/// The sixteen colours that have names in HTML 4 (§6.5), and the two ways to write one of them.
fn named(name: &str) -> Option<Colour> {
    Some(Colour::new(match name {
        "black" => 0x00_0000,
        "silver" => 0xc0_c0c0,
        "gray" | "grey" => 0x80_8080,
        "white" => 0xff_ffff,
        "maroon" => 0x80_0000,
        "red" => 0xff_0000,
        "purple" => 0x80_0080,
        "fuchsia" => 0xff_00ff,
        "green" => 0x00_8000,
        "lime" => 0x00_ff00,
        "olive" => 0x80_8000,
        "yellow" => 0xff_ff00,
        "navy" => 0x00_0080,
        "blue" => 0x00_00ff,
        "teal" => 0x00_8080,
        "aqua" => 0x00_ffff,
        _ => return None,
    }))
}

fn css(colour: Colour, alpha: f64) -> String {
    let [red, green, blue] = colour.channels;
    if alpha < 1.0 { format!("rgba({red},{green},{blue},{alpha:.3})") } else { colour.to_string() }
}

/// The colour with a luminance (WCAG 2.2), of the same hue, and as saturated as it was or as that luminance allows.
fn with_luminance(colour: Colour, luminance: f64) -> Colour {
    let [_, a, b] = to_oklab(linear(colour));
    // Lightness that gives the luminance, for a saturation: luminance grows with lightness.
    let lightness = |saturation: f64| {
        let reaches = |lightness: f64| luminance_of(from_oklab([lightness, a * saturation, b * saturation])) >= luminance;
        bisected(0.0, 1.0, reaches)
    };
    let of = |saturation: f64| from_oklab([lightness(saturation), a * saturation, b * saturation]);
    let is_beyond = |saturation: f64| of(saturation).iter().any(|channel| !(-0.001..=1.001).contains(channel));
    let saturation = if is_beyond(1.0) { bisected(0.0, 1.0, is_beyond) } else { 1.0 };
    Colour { channels: of(saturation).map(|channel| rounded(encoded(channel.clamp(0.0, 1.0)))) }
}

/// About where something that does not hold at `low` begins to hold, at `high` at the latest.
fn bisected(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// The channels as amounts of light, from 0 to 1 (IEC 61966-2-1).
fn linear(colour: Colour) -> [f64; 3] {
    colour.channels.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
}

/// The other way round.
fn encoded(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn luminance_of([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// A share, from 0 to 1, as a channel.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a channel holds")]
fn rounded(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(one, other)| one * other).sum())
}

/// Linear sRGB to Oklab: lightness, and the two axes of hue (CSS Color 4 §9.2).
fn to_oklab(light: [f64; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const AXES: [[f64; 3]; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    times(AXES, times(CONES, light).map(f64::cbrt))
}

/// The other way round; the channels may lie outside of what a screen shows.
fn from_oklab(oklab: [f64; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] = [
        [1.0, 0.396_337_777_4, 0.215_803_757_3],
        [1.0, -0.105_561_345_8, -0.063_854_172_8],
        [1.0, -0.089_484_177_5, -1.291_485_548_0],
    ];
    const LIGHT: [[f64; 3]; 3] = [
        [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
        [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
        [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
    ];
    times(LIGHT, times(CONES, oklab).map(|cone| cone * cone * cone))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hue(colour: Colour) -> f64 {
        let [_, a, b] = to_oklab(linear(colour));
        b.atan2(a)
    }

    fn saturation(colour: Colour) -> f64 {
        let [_, a, b] = to_oklab(linear(colour));
        a.hypot(b)
    }

    #[test]
    fn black_and_white_change_places() {
        assert_eq!(Inversion::Whole.value(Role::Text, "#000 white"), "#ffffff #000000");
        assert_eq!(Inversion::Partial.value(Role::Ground, "#fff"), "#333333");
        assert_eq!(Inversion::Partial.value(Role::Text, "black"), "#ffffff");
    }

    #[test]
    fn the_partial_one_leaves_dark_grounds_light_texts_and_lines() {
        for (role, colour) in
            [(Role::Ground, "#0b5d57"), (Role::Text, "#ffffff"), (Role::Line, "#ffffff"), (Role::Line, "#000000")]
        {
            assert_eq!(Inversion::Partial.value(role, colour), colour);
        }
    }

    #[test]
    fn every_way_to_write_a_colour_is_read_and_nothing_else_is_touched() {
        let value = |text: &str| Inversion::Whole.value(Role::Ground, text);
        assert_eq!(value("rgb(255, 255, 255) rgb(0 0 0) rgb(100%,100%,100%)"), "#000000 #ffffff #000000");
        assert_eq!(
            value("rgba(0,0,0,.5) #0008 #00000080"),
            "rgba(255,255,255,0.500) rgba(255,255,255,0.533) rgba(255,255,255,0.502)"
        );
        assert_eq!(value("linear-gradient(to right,#fff,BLACK 50%)"), "linear-gradient(to right,#000000,#ffffff 50%)");
        for untouched in [
            "url(white.png#fff) no-repeat",
            "\"white\"",
            "transparent",
            "currentColor",
            "inherit",
            "#ffffz",
            "#12345",
            "rgb(1,2)",
            "rgb(a,b,c)",
            "rgb(",
            "1px solid",
            "whiteish",
            "off-white",
            "à la white",
        ] {
            let expected = if untouched == "à la white" { "à la #000000" } else { untouched };
            assert_eq!(value(untouched), expected);
        }
    }

    proptest! {
        #[test]
        fn contrast_and_hue_stay_what_they_were(one in 0u32..=0xff_ffff, other in 0u32..=0xff_ffff) {
            let (one, other) = (Colour::new(one), Colour::new(other));
            let [new, newer] = [one, other].map(|colour| Inversion::Whole.inverted(colour));
            // Near black a step of one channel is a large part of the whole.
            let (before, after) = (one.contrast(other), new.contrast(newer));
            prop_assert!((before / after - 1.0).abs() < 0.06, "{one} on {other}: {before}, {new} on {newer}: {after}");
            if saturation(one) > 0.05 && saturation(new) > 0.05 {
                let turn = (hue(one) - hue(new)).abs();
                prop_assert!(turn.min(std::f64::consts::TAU - turn) < 0.12, "{one} {new}");
            }
        }

        #[test]
        fn no_value_makes_it_panic(value in "(\\PC|#|rgb\\(|rgba\\(|url\\(|[0-9a-f%,. )\"'-]){0,40}") {
            for role in [Role::Ground, Role::Text, Role::Line] {
                let _ = Inversion::Whole.value(role, &value);
                let _ = Inversion::Partial.value(role, &value);
            }
        }
    }
}
