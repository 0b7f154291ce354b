//! The publisher's mark on light and on dark.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

use super::encoded;
use crate::workspace::{NEWSLETTER, Workspace};

/// A disc of one colour, the rest filled with another.
fn disc(colour: [u8; 4], rest: [u8; 4]) -> Vec<u8> {
    let picture = RgbaImage::from_fn(80, 80, |x, y| {
        let is_inside = (i64::from(x) - 40).pow(2) + (i64::from(y) - 40).pow(2) < 900;
        Rgba(if is_inside { colour } else { rest })
    });
    encoded(&DynamicImage::ImageRgba8(picture), ImageFormat::Png)
}

const NOTHING: [u8; 4] = [0, 0, 0, 0];
const GREEN: [u8; 4] = [11, 93, 87, 255];
const PALE: [u8; 4] = [230, 240, 238, 255];
const WHITE: [u8; 4] = [255, 255, 255, 255];
/// Stands out from white and from near-black alike.
const MIDDLE: [u8; 4] = [30, 140, 130, 255];

/// The findings about a logo: message and help of each.
fn said(logo: &[u8], dark: Option<&[u8]>, theme: &str) -> Vec<String> {
    let workspace = Workspace::new();
    workspace.write("artwork/logo.png", logo);
    let mut table = format!("\n[theme]\nname = \"{theme}\"\n\n[theme.logo]\nfile = \"artwork/logo.png\"\nalt = \"The mark\"\n");
    if let Some(dark) = dark {
        workspace.write("artwork/dark.png", dark);
        table.push_str("dark = \"artwork/dark.png\"\n");
    }
    workspace.write("newsletter.toml", format!("{NEWSLETTER}{table}"));
    let ran = workspace.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "a logo stops nothing: {ran:?}");
    let findings = ran.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    findings
        .filter(|finding| finding["rule"] == "logo-contrast")
        .map(|finding| format!("{}: {}", finding["line"], finding["message"].as_str().expect("words")))
        .collect()
}

#[test]
fn a_logo_that_drowns_on_one_of_its_grounds_is_told_with_the_ground() {
    let on_dark = "18: only 0 % of the logo `artwork/logo.png` stands out from `paper` (#141c1a) in dark mode";
    assert_eq!(said(&disc(GREEN, NOTHING), None, "delta"), [on_dark]);
    let on_light = "18: only 0 % of the logo `artwork/logo.png` stands out from `paper` (#ffffff) in light mode";
    assert_eq!(said(&disc(PALE, NOTHING), None, "delta"), [on_light]);
    let in_both = "18: only 0 % of the logo `artwork/logo.png` stands out from `accent` (#3a3794) in light mode";
    assert_eq!(said(&disc([58, 55, 148, 255], NOTHING), None, "monsoon"), [in_both], "on a band it lies on the accent");
}

#[test]
fn a_logo_that_stands_out_everywhere_or_brings_its_ground_along_is_fine() {
    for (what, logo, dark) in [
        ("a colour for both", disc(MIDDLE, NOTHING), None),
        ("a plate of its own", disc(GREEN, WHITE), None),
        ("another for dark", disc(GREEN, NOTHING), Some(disc(PALE, NOTHING))),
    ] {
        assert_eq!(said(&logo, dark.as_deref(), "delta"), Vec::<String>::new(), "{what}");
    }
    // On a band the one for dark grounds alone is shown; on monsoon's, light in dark mode, it needs a plate.
    let plate = disc(GREEN, WHITE);
    assert_eq!(said(&disc(WHITE, NOTHING), Some(&plate), "monsoon"), Vec::<String>::new());
}

#[test]
fn a_second_logo_that_drowns_on_dark_is_told_as_well() {
    let found = said(&disc(GREEN, NOTHING), Some(&disc(GREEN, NOTHING)), "delta");
    assert_eq!(found, ["20: only 0 % of the logo `artwork/dark.png` stands out from `paper` (#141c1a) in dark mode"]);
}
