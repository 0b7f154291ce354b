//! Colours, and how well one can be read on another.

use std::fmt;

/// An opaque colour of the sRGB space; `Display` gives `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red, green and blue, each from 0 to 255.
    pub channels: [u8; 3],
}

impl Colour {
    /// The colour `0xRRGGBB`.
    #[must_use]
    pub const fn new(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self { channels: [red, green, blue] }
    }

    /// Reads `#rrggbb` or `#rgb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
        let digits = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 => digits.to_owned(),
            _ => return None,
        };
        u32::from_str_radix(&digits, 16).ok().map(Self::new)
    }

    /// Relative luminance, from 0 (black) to 1 (white) (WCAG 2.2, "relative luminance").
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.channels.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast with another colour, from 1 to 21 (WCAG 2.2, "contrast ratio").
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The colour most like this one whose contrast with each of the others is at least the ratio beside it: the same hue, darker or
    /// lighter. `None` where there is none, black and white included.
    #[must_use]
    pub fn nearest_with_contrast(self, others: &[(Self, f64)]) -> Option<Self> {
        let passes = |colour: Self| others.iter().all(|&(other, least)| colour.contrast(other) >= least);
        (0..=255u16).flat_map(|step| [self.towards(0, step), self.towards(255, step)]).find(|&colour| passes(colour))
    }

    /// The colour `step` of 255 steps on the way to black (0) or white (255).
    fn towards(self, end: u8, step: u16) -> Self {
        let mix = |channel: u8| (u16::from(channel) * (255 - step) + u16::from(end) * step + 127) / 255;
        Self { channels: self.channels.map(|channel| u8::try_from(mix(channel)).unwrap_or(end)) }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.channels;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
