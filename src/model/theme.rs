//! The look of a publication's mail, as values.

/// Colours, faces and measures. Every colour is `#rrggbb`; measures are CSS pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Behind the letter.
    pub ground: &'static str,
    /// The letter's own paper.
    pub paper: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Captions and other quiet text.
    pub quiet: &'static str,
    /// Hairlines.
    pub line: &'static str,
    /// Kickers, links, buttons.
    pub accent: &'static str,
    /// A surface in a tint of the accent.
    pub tint: &'static str,
    /// Text on the accent.
    pub on_accent: &'static str,
    /// The same in dark mode.
    pub dark: Dark,
    /// The faces, for a `font-family` in single quotes; system stacks only.
    pub face: &'static str,
    /// Width of the letter.
    pub width: u32,
    /// Space between the letter's edge and its text.
    pub margin: u32,
}

/// The colours of dark mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dark {
    /// Behind the letter.
    pub ground: &'static str,
    /// The letter's own paper.
    pub paper: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Captions and other quiet text.
    pub quiet: &'static str,
    /// Hairlines.
    pub line: &'static str,
    /// Kickers and links.
    pub accent: &'static str,
    /// A surface in a tint of the accent.
    pub tint: &'static str,
}

impl Theme {
    /// Deep river green on white: the house's own.
    pub const DELTA: Self = Self {
        ground: "#eef2f0",
        paper: "#ffffff",
        ink: "#1b2523",
        quiet: "#55635f",
        line: "#d5dedb",
        accent: "#0b5d57",
        tint: "#e9f2f0",
        on_accent: "#ffffff",
        dark: Dark {
            ground: "#0d1312",
            paper: "#141c1a",
            ink: "#e8eeec",
            quiet: "#a3b3ae",
            line: "#2f3c39",
            accent: "#6fc7bc",
            tint: "#1b2926",
        },
        face: "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','Noto Sans Bengali','Nirmala UI',Vrinda,sans-serif",
        width: 600,
        margin: 40,
    };
}
