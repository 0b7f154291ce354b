//! The look of a publication's mail, as values: `[theme]` of `newsletter.toml`.

use super::colour::Colour;
use super::document::{Fields, Literal};
use super::language::Language;
use super::mistake;
use super::source::Place;
use super::text::Text;

/// Colours, faces and measures. Measures are CSS pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The theme that the rest is taken from: one of [`Theme::NAMES`].
    pub name: &'static str,
    /// The colours on white paper.
    pub light: Palette,
    /// The colours of dark mode.
    pub dark: Palette,
    /// The faces.
    pub fonts: Fonts,
    /// Width of the letter.
    pub width: u32,
    /// Space between the letter's edge and its text, where there is room for it.
    pub margin: u32,
    /// Radius of the corners of buttons, notices and pictures within the text.
    pub radius: u32,
    /// Size of the lead's title; its leading follows.
    pub lead_size: u32,
    /// Whether masthead and footer lie on the accent instead of on paper.
    pub is_banded: bool,
    /// The publisher's mark.
    pub logo: Option<Logo>,
}

/// The colours of one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind the letter.
    pub ground: Colour,
    /// The letter's own paper.
    pub paper: Colour,
    /// Text.
    pub ink: Colour,
    /// Captions and other quiet text.
    pub quiet: Colour,
    /// Hairlines.
    pub line: Colour,
    /// Kickers, links, buttons.
    pub accent: Colour,
    /// A surface in a tint of the accent.
    pub tint: Colour,
    /// Text on the accent.
    pub on_accent: Colour,
}

/// The faces, each a value for `font-family` with single quotes; system faces only, for a mail loads none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fonts {
    /// Running text.
    pub text: String,
    /// Titles and quotes.
    pub headline: String,
    /// Before the others in Bangla editions.
    pub bengali: String,
    /// Before the others in Arabic editions.
    pub arabic: String,
}

/// A publisher's mark at the head of the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The file, from the project's folder, with `/` between its parts; never leads out of it.
    pub file: String,
    /// Where the file is named.
    pub place: Place,
    /// The file for dark mode, where it is another.
    pub dark: Option<(String, Place)>,
    /// What it says, for those who do not see it.
    pub alt: Text,
    /// How wide it is shown.
    pub width: u32,
}

/// A pair of colours that somebody reads, one on the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// `light` or `dark`.
    pub mode: &'static str,
    /// The key of the colour of the text.
    pub text: &'static str,
    /// The key of the colour below it.
    pub ground: &'static str,
    /// Their contrast, from 1 to 21.
    pub contrast: f64,
    /// The least contrast they may have.
    pub least: f64,
}

const SANS: &str = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans',sans-serif";
const SERIF: &str = "Georgia,'Times New Roman','Noto Serif',serif";
const BENGALI: &str = "'Noto Sans Bengali','Nirmala UI',Vrinda,'Bangla Sangam MN'";
const ARABIC: &str = "'Noto Sans Arabic','Segoe UI','Geeza Pro',Tahoma";

/// Body text, which is read longest, asks for more (WCAG 2.2, 1.4.6); the rest as 1.4.3 says.
const READ_LONG: f64 = 7.0;
const READ: f64 = 4.5;

impl Palette {
    /// The keys of the colours, in the order in which the files' reference lists them.
    pub const KEYS: [&'static str; 8] = ["ground", "paper", "ink", "quiet", "line", "accent", "tint", "on_accent"];

    /// What is read on what, with the least contrast for it.
    const PAIRS: [(&'static str, &'static str, f64); 8] = [
        ("ink", "paper", READ_LONG),
        ("ink", "tint", READ),
        ("quiet", "paper", READ),
        ("quiet", "tint", READ),
        ("accent", "paper", READ),
        ("accent", "tint", READ),
        ("on_accent", "accent", READ),
        ("ink", "ground", READ),
    ];

    /// The colour under a key.
    ///
    /// # Panics
    /// If there is no such key.
    #[must_use]
    pub fn colour(&self, key: &str) -> Colour {
        let Self { ground, paper, ink, quiet, line, accent, tint, on_accent } = *self;
        let colours = [ground, paper, ink, quiet, line, accent, tint, on_accent];
        colours[Self::KEYS.iter().position(|known| *known == key).expect("a key of the palette")]
    }

    fn set(&mut self, key: &str, colour: Colour) {
        let slot = match key {
            "ground" => &mut self.ground,
            "paper" => &mut self.paper,
            "ink" => &mut self.ink,
            "quiet" => &mut self.quiet,
            "line" => &mut self.line,
            "accent" => &mut self.accent,
            "tint" => &mut self.tint,
            _ => &mut self.on_accent,
        };
        *slot = colour;
    }

    fn pairs(&self, mode: &'static str) -> impl Iterator<Item = Pair> {
        Self::PAIRS.into_iter().map(move |(text, ground, least)| Pair {
            mode,
            text,
            ground,
            contrast: self.colour(text).contrast(self.colour(ground)),
            least,
        })
    }

    const fn new(colours: [u32; 8]) -> Self {
        let [ground, paper, ink, quiet, line, accent, tint, on_accent] = colours;
        Self {
            ground: Colour::new(ground),
            paper: Colour::new(paper),
            ink: Colour::new(ink),
            quiet: Colour::new(quiet),
            line: Colour::new(line),
            accent: Colour::new(accent),
            tint: Colour::new(tint),
            on_accent: Colour::new(on_accent),
        }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::delta()
    }
}

impl Theme {
    /// The themes that ship.
    pub const NAMES: [&'static str; 3] = ["delta", "gazette", "monsoon"];

    /// A theme that ships.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "delta" => Some(Self::delta()),
            "gazette" => Some(Self::gazette()),
            "monsoon" => Some(Self::monsoon()),
            _ => None,
        }
    }

    /// Deep river green on white, sans: the house's own.
    fn delta() -> Self {
        Self {
            name: "delta",
            light: Palette::new([0xee_f2f0, 0xff_ffff, 0x1b_2523, 0x55_635f, 0xd5_dedb, 0x0b_5d57, 0xe9_f2f0, 0xff_ffff]),
            dark: Palette::new([0x0d_1312, 0x14_1c1a, 0xe8_eeec, 0xa3_b3ae, 0x2f_3c39, 0x6f_c7bc, 0x1b_2926, 0x0d_1312]),
            fonts: Fonts::new(SANS, SANS),
            width: 600,
            margin: 40,
            radius: 4,
            lead_size: 28,
            is_banded: false,
            logo: None,
        }
    }

    /// Ink on warm paper, serif headlines, square corners: a broadsheet.
    fn gazette() -> Self {
        Self {
            name: "gazette",
            light: Palette::new([0xe9_e4d8, 0xfd_fbf5, 0x23_1f1a, 0x62_5a4e, 0xcf_c6b4, 0x8c_2f22, 0xf3_eee1, 0xff_ffff]),
            dark: Palette::new([0x12_100d, 0x1b_1814, 0xf0_eadf, 0xb8_ad9c, 0x3d_372e, 0xea_9c8a, 0x26_211b, 0x1b_1814]),
            fonts: Fonts::new(SERIF, SERIF),
            radius: 0,
            lead_size: 32,
            ..Self::delta()
        }
    }

    /// Indigo with a warm second tint, a larger lead, a band at head and foot.
    fn monsoon() -> Self {
        Self {
            name: "monsoon",
            light: Palette::new([0xed_ecf5, 0xff_ffff, 0x1c_1b2e, 0x59_5872, 0xd9_d8e6, 0x3a_3794, 0xfd_f1e3, 0xff_ffff]),
            dark: Palette::new([0x0e_0d17, 0x16_1523, 0xec_ebf6, 0xad_abc6, 0x35_334c, 0xae_acf5, 0x2b_2420, 0x16_1523]),
            radius: 8,
            lead_size: 34,
            is_banded: true,
            ..Self::delta()
        }
    }

    /// Every pair of colours that somebody reads, in both modes.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        self.light.pairs("light").chain(self.dark.pairs("dark")).collect()
    }

    /// The colours of a mode, `light` or `dark`.
    #[must_use]
    pub fn palette(&self, mode: &str) -> &Palette {
        if mode == "dark" { &self.dark } else { &self.light }
    }

    /// Reads `[theme]`: what is not written is as in the theme named, else as in the default one. A mistake leaves what it concerns as it
    /// was, and is among the mistakes.
    #[must_use]
    pub fn read(fields: &Fields<'_>) -> Self {
        let mistakes = fields.mistakes();
        let mut theme = match fields.line("name") {
            None => Self::default(),
            Some(literal) => Self::named(literal.text).unwrap_or_else(|| {
                mistakes.add(mistake::unknown_word("unknown-theme", literal.place(), "theme", literal.text, &Self::NAMES, ""));
                Self::default()
            }),
        };
        if let Some(width) = pixels(fields, "width", 480..721) {
            theme.width = width;
        }
        if let Some(radius) = pixels(fields, "radius", 0..25) {
            theme.radius = radius;
        }
        let written: Vec<_> = ["light", "dark"].into_iter().flat_map(|mode| theme.read_palette(fields, mode)).collect();
        if let Some(fields) = fields.table("fonts", "[theme.fonts]") {
            theme.fonts.change(&fields);
            fields.finish();
        }
        theme.logo = fields.table("logo", "[theme.logo]").and_then(|fields| {
            let logo = Logo::read(&fields);
            fields.finish();
            logo
        });
        let mut rejected: Vec<(&str, &str)> = Vec::new();
        for pair in theme.pairs().into_iter().filter(|pair| pair.contrast < pair.least) {
            let (key, place) = Self::culprit(&pair, &written, fields);
            // Once a colour: what is offered in its place passes wherever it is used.
            if !rejected.contains(&(pair.mode, key)) {
                rejected.push((pair.mode, key));
                let near = theme.nearest(&pair, key).map(|colour| colour.to_string());
                mistakes.add(mistake::low_contrast(place, &pair, key, near.as_deref()));
            }
        }
        theme
    }

    /// Reads a mode's colours, and returns which were written, and where.
    fn read_palette(&mut self, fields: &Fields<'_>, mode: &'static str) -> Vec<(&'static str, &'static str, Place)> {
        let owner = if mode == "dark" { "[theme.dark]" } else { "[theme.light]" };
        let Some(fields) = fields.table(mode, owner) else { return Vec::new() };
        let palette = if mode == "dark" { &mut self.dark } else { &mut self.light };
        let mut written = Vec::new();
        for key in Palette::KEYS {
            let Some(literal) = fields.line(key) else { continue };
            if let Some(colour) = Colour::parse(literal.text) {
                palette.set(key, colour);
                written.push((mode, key, literal.place()));
            } else {
                let message = format!("`{}` is no colour", literal.text);
                fields.mistakes().add(mistake::bad_value(literal.place(), message, "write six digits from 0 to f: \"#0b5d57\""));
            }
        }
        fields.finish();
        written
    }

    /// The colour of a pair to change, and where it stands: that of the text, unless only the ground was chosen.
    fn culprit(pair: &Pair, written: &[(&'static str, &'static str, Place)], fields: &Fields<'_>) -> (&'static str, Place) {
        let found = |key: &str| written.iter().find(|(mode, written, _)| *mode == pair.mode && *written == key);
        match found(pair.text).or_else(|| found(pair.ground)) {
            Some((_, key, place)) => (key, place.clone()),
            // A theme that ships passes: a test holds it to that.
            None => (pair.text, fields.place()),
        }
    }

    /// The nearest colour to put under a key: one that passes with all its neighbours, or else in this pair.
    fn nearest(&self, pair: &Pair, key: &str) -> Option<Colour> {
        let palette = self.palette(pair.mode);
        let neighbour = |known: &Pair| match key {
            _ if known.text == key => Some((palette.colour(known.ground), known.least)),
            _ if known.ground == key => Some((palette.colour(known.text), known.least)),
            _ => None,
        };
        let of_mode = |known: &Pair| known.mode == pair.mode;
        let all: Vec<_> = self.pairs().iter().filter(|known| of_mode(known)).filter_map(neighbour).collect();
        let colour = palette.colour(key);
        colour.nearest_with_contrast(&all).or_else(|| colour.nearest_with_contrast(neighbour(pair).as_slice()))
    }
}

fn pixels(fields: &Fields<'_>, key: &'static str, range: std::ops::Range<i64>) -> Option<u32> {
    fields.integer(key, range).and_then(|number| u32::try_from(number).ok())
}

impl Fonts {
    fn new(text: &str, headline: &str) -> Self {
        Self { text: text.into(), headline: headline.into(), bengali: BENGALI.into(), arabic: ARABIC.into() }
    }

    fn change(&mut self, fields: &Fields<'_>) {
        if let Some(text) = fonts(fields, "text") {
            // Whoever names one face means the whole letter.
            if !fields.has("headline") {
                self.headline.clone_from(&text);
            }
            self.text = text;
        }
        let others = [("headline", &mut self.headline), ("bengali", &mut self.bengali), ("arabic", &mut self.arabic)];
        for (key, value) in others {
            if let Some(list) = fonts(fields, key) {
                *value = list;
            }
        }
    }

    /// The faces of an edition: those of its script first. The first is for running text, the second for titles.
    #[must_use]
    pub fn of(&self, language: Language) -> (String, String) {
        let before = |list: &str| match language.tag() {
            "bn" => format!("{},{list}", self.bengali),
            "ar" => format!("{},{list}", self.arabic),
            _ => list.to_owned(),
        };
        (before(&self.text), before(&self.headline))
    }
}

/// A list of faces, such as `Georgia, 'Times New Roman', serif`, with nothing in it that could leave its declaration.
fn fonts(fields: &Fields<'_>, key: &'static str) -> Option<String> {
    let literal = fields.line(key)?;
    let faces: Vec<_> = literal.text.split(',').map(str::trim).collect();
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || " -_.".contains(c));
    let bare = |face: &str| face.strip_prefix('\'').and_then(|face| face.strip_suffix('\'')).unwrap_or(face).to_owned();
    if faces.iter().all(|face| is_name(&bare(face))) {
        let quoted = |face: &str| if face.contains(' ') { format!("'{}'", bare(face)) } else { face.to_owned() };
        return Some(faces.into_iter().map(quoted).collect::<Vec<_>>().join(","));
    }
    let message = format!("`{}` is no list of fonts", literal.text);
    let help = "write names with commas between them: \"Georgia, 'Times New Roman', serif\"";
    fields.mistakes().add(mistake::bad_value(literal.place(), message, help));
    None
}

impl Logo {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let file = fields.need("file", "\"artwork/logo.png\"", Fields::line);
        let dark = fields.line("dark");
        let alt = fields.need("alt", "\"The publisher's name\"", Fields::text);
        let width = if fields.has("width") { pixels(fields, "width", 16..601) } else { Some(160) };
        fields.expect("width");
        let inside = |literal: &Literal<'_>| {
            let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
            let is_inside = !literal.text.contains(['\\', ':']) && literal.text.split('/').all(is_part);
            if !is_inside {
                fields.mistakes().add(mistake::logo_outside(literal.place(), literal.text));
            }
            is_inside.then(|| (literal.text.to_owned(), literal.place()))
        };
        let file = file.as_ref().and_then(inside);
        let dark = dark.as_ref().and_then(inside);
        let (file, place) = file?;
        Some(Self { file, place, dark, alt: alt?, width: width? })
    }

    /// Its files, each with where it is named.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Place)> {
        let dark = self.dark.iter().map(|(file, place)| (file.as_str(), place));
        std::iter::once((self.file.as_str(), &self.place)).chain(dark)
    }
}
