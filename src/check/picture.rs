//! The publisher's mark: whether it can be made out wherever it is shown.
//!
//! Files that cannot be used are found when pictures are made fit for mail.

use image::RgbaImage;

use crate::compose::Composer;
use crate::model::colour::Colour;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::Place;
use crate::model::theme::Theme;

/// The least contrast of what is no text but must be recognised (WCAG 2.2, 1.4.11).
const CONTRAST_MIN: f64 = 3.0;
/// How much of the mark must have it.
const AREA_MIN: f64 = 0.5;

/// A finding for each surface on which most of a see-through logo drowns. One without transparency brings its own ground along.
#[must_use]
pub fn check(composer: &Composer) -> Vec<Diagnostic> {
    let theme = &composer.publication().theme;
    let Some(logo) = &theme.logo else { return Vec::new() };
    let pixels = |file: &str| {
        let prepared = &composer.pictures().find_logo(file, logo.width)?.prepared;
        let picture = image::load_from_memory(&prepared.bytes).ok()?;
        picture.color().has_alpha().then(|| picture.into_rgba8())
    };
    let drowning = |file: &str, place: &Place, surfaces: &[Surface]| -> Vec<Diagnostic> {
        let Some(pixels) = pixels(file) else { return Vec::new() };
        let seen = surfaces.iter().map(|surface| (surface, visible_share(&pixels, surface.colour)));
        let has_other = logo.dark.is_some();
        seen.filter(|(_, share)| *share < AREA_MIN)
            .map(|(surface, share)| drowns(place.clone(), file, surface, share, has_other))
            .collect()
    };
    let [light, dark] = surfaces(theme);
    match &logo.dark {
        // On a band the one for dark grounds is shown in both modes.
        Some((file, place)) if theme.is_banded => drowning(file, place, &[light, dark]),
        Some((file, place)) => [drowning(&logo.file, &logo.place, &[light]), drowning(file, place, &[dark])].concat(),
        None => drowning(&logo.file, &logo.place, &[light, dark]),
    }
}

/// What a logo lies on in one mode.
struct Surface {
    mode: &'static str,
    /// The key of its colour in the palette.
    key: &'static str,
    colour: Colour,
}

fn surfaces(theme: &Theme) -> [Surface; 2] {
    let key = if theme.is_banded { "accent" } else { "paper" };
    ["light", "dark"].map(|mode| Surface { mode, key, colour: theme.palette(mode).colour(key) })
}

/// How much of what can be seen of a picture stands out from a ground, from 0 to 1. A pixel counts as much as it covers.
fn visible_share(picture: &RgbaImage, ground: Colour) -> f64 {
    let (mut visible, mut all) = (0.0, 0.0);
    // A mark has few colours, and long stretches of each.
    let mut before = None;
    for pixel in picture.pixels() {
        let [red, green, blue, alpha] = pixel.0;
        // The soft edge of a shape is no part of it that anyone recognises.
        if alpha < 128 {
            continue;
        }
        let cover = f64::from(alpha) / 255.0;
        all += cover;
        let stands_out = match before {
            Some((same, stands_out)) if same == pixel => stands_out,
            _ => over(Colour { channels: [red, green, blue] }, alpha, ground).contrast(ground) >= CONTRAST_MIN,
        };
        before = Some((pixel, stands_out));
        if stands_out {
            visible += cover;
        }
    }
    if all > 0.0 { visible / all } else { 0.0 }
}

/// A colour that lets a share of the ground through.
fn over(colour: Colour, alpha: u8, ground: Colour) -> Colour {
    let alpha = u16::from(alpha);
    let mix = |index: usize| {
        let mixed = (u16::from(colour.channels[index]) * alpha + u16::from(ground.channels[index]) * (255 - alpha) + 127) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Colour { channels: [mix(0), mix(1), mix(2)] }
}

fn drowns(place: Place, file: &str, surface: &Surface, share: f64, has_other: bool) -> Diagnostic {
    let Surface { mode, key, colour } = surface;
    // Rounded down: a figure that reads as enough would contradict the finding.
    let percent = (share * 100.0).floor();
    let message = format!("only {percent} % of the logo `{file}` stands out from `{key}` ({colour}) in {mode} mode");
    let help = if has_other {
        "give this file colours with more contrast, or lay a plate of one colour behind the logo"
    } else {
        "add a second file for dark grounds, dark = \"artwork/logo-dark.png\", or lay a plate of one colour behind the logo"
    };
    Diagnostic::warning("logo-contrast", place, message, help)
}
