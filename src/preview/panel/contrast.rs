//! How well each colour of the theme can be read on the one below it: the pairs that the files' rules hold to a least contrast.

use maud::{Markup, html};

use crate::model::theme::{Pair, Palette, Theme};

/// The pairs of both modes.
pub(super) fn pairs(theme: &Theme) -> Markup {
    let pairs = theme.pairs();
    html! {
        @for mode in ["light", "dark"] {
            h3 { @if mode == "light" { "Light" } @else { "Dark" } }
            ul.pairs { @for pair in pairs.iter().filter(|pair| pair.mode == mode) { li { (one(pair, theme.palette(mode))) } } }
        }
    }
}

fn one(pair: &Pair, palette: &Palette) -> Markup {
    let (text, ground) = (palette.colour(pair.text), palette.colour(pair.ground));
    let title = format!("{text} on {ground}");
    html! {
        svg viewBox="0 0 40 28" role="img" aria-label=(title) {
            rect width="40" height="28" rx="4" fill=(ground) {}
            text x="20" y="19" text-anchor="middle" fill=(text) { "Aa" }
        }
        span.name { (use_of(pair)) span.quiet { code { (pair.text) } " on " code { (pair.ground) } } }
        span.ratio { (format!("{:.1}", pair.contrast)) }
        span.verdict.{ @if pair.contrast < pair.least { "fails" } @else { "meets" } } {
            @if pair.contrast < pair.least { "less than " } @else { "meets " }
            (pair.least)
        }
    }
}

/// What a pair is for, in words.
fn use_of(pair: &Pair) -> &'static str {
    match (pair.text, pair.ground) {
        ("ink", "paper") => "Text",
        ("ink", "tint") => "Text of a notice",
        ("quiet", "paper") => "Captions",
        ("quiet", "tint") => "Captions on a tint",
        ("accent", "paper") => "Links and kickers",
        ("accent", "tint") => "Links on a tint",
        ("on_accent", "accent") => "Words of a button",
        ("ink", "ground") => "Text beside the letter",
        _ => "Other text",
    }
}
