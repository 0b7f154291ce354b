//! How well mail programs support what a letter's HTML uses, by the data of caniemail.com and Mailpit's formula.
//!
//! - [`table`]: who supports what
//! - `reading`, `declaration`: what a document uses, and where
//! - `finding`: what the author hears of it
//!
//! **The score.** Each feature weighs by how often it is used: its share of mail programs with partial support, times its uses,
//! through the number of elements; likewise its share without support. The score is 100 less the largest of the one and the
//! largest of the other: the two worst features decide, all else is free.
//!
//! Where this departs from Mailpit, and why:
//!
//! - Style sheets are not merged into the elements first. Postrider writes its CSS into the elements; its style sheet holds only
//!   what cannot stand there, which Mailpit does not merge either. Style sheets from elsewhere are not fetched, since nothing is.
//! - `display: none` counts with and without the space, and `@media screen and (…)` as `@media (…)` does.
//! - In pieces without a `body`, elements of the head count too.
//! - Features that Mailpit does not look for, or whose pattern there can never match (`linear-gradient`, `var()`, `text-wrap`,
//!   `<input type="submit">`, `role`), are found as well, but do not touch the score.

mod declaration;
mod finding;
mod reading;
pub mod table;

use std::collections::HashSet;
use std::sync::LazyLock;

pub use finding::check;
use table::{Feature, Tally};

/// The features that Mailpit looks for and can find, by slug.
const SCORED: &str = "\
    html-anchor-links html-audio html-base html-body html-button-reset html-button-submit html-dialog html-form html-hr \
    html-image-maps html-input-hidden html-input-text html-link html-meter html-object html-picture html-progress \
    html-required html-script html-select html-semantics html-srcset html-style html-svg html-textarea html-video \
    image-apng image-avif image-base64 image-bmp image-gif image-hdr image-heif image-ico image-mp4 image-svg image-tiff \
    image-webp \
    css-accent-color css-align-items css-aspect-ratio css-at-font-face css-at-import css-at-keyframes css-at-media \
    css-at-supports css-background css-background-blend-mode css-background-clip css-background-color css-background-image \
    css-background-origin css-background-position css-background-repeat css-background-size css-border css-border-image \
    css-border-radius css-box-shadow css-box-sizing css-caption-side css-clip-path css-column-count css-direction \
    css-display css-display-flex css-display-grid css-display-none css-filter css-flex-direction css-flex-wrap css-float \
    css-font css-font-kerning css-font-weight css-gap css-grid-template css-height css-hyphens css-important css-inline-size \
    css-justify-content css-letter-spacing css-line-height css-list-style css-list-style-image css-list-style-position \
    css-margin css-margin-block-start-end css-margin-inline-start-end css-max-block-size css-max-height css-max-width \
    css-min-height css-min-inline-size css-min-width css-mix-blend-mode css-object-fit css-object-position css-opacity \
    css-outline css-outline-offset css-overflow css-overflow-wrap css-padding css-padding-block-start-end \
    css-padding-inline-start-end css-position css-pseudo-class-active css-pseudo-class-checked css-pseudo-class-first-child \
    css-pseudo-class-first-of-type css-pseudo-class-focus css-pseudo-class-has css-pseudo-class-hover css-pseudo-class-lang \
    css-pseudo-class-last-child css-pseudo-class-last-of-type css-pseudo-class-link css-pseudo-class-not \
    css-pseudo-class-nth-child css-pseudo-class-nth-last-child css-pseudo-class-nth-last-of-type \
    css-pseudo-class-nth-of-type css-pseudo-class-only-child css-pseudo-class-only-of-type css-pseudo-class-target \
    css-pseudo-class-visited css-pseudo-element-after css-pseudo-element-before css-pseudo-element-first-letter \
    css-pseudo-element-first-line css-pseudo-element-marker css-pseudo-element-placeholder css-rgb css-rgba css-tab-size \
    css-table-layout css-text-align css-text-align-last css-text-decoration css-text-decoration-color \
    css-text-decoration-thickness css-text-emphasis css-text-emphasis-position css-text-indent css-text-overflow \
    css-text-shadow css-text-transform css-text-underline-offset css-transform css-unit-calc css-unit-ch css-unit-initial \
    css-unit-rem css-unit-vh css-unit-vmax css-unit-vmin css-unit-vw css-visibility css-white-space css-width css-word-break \
    css-writing-mode css-z-index";

static SCORED_SLUGS: LazyLock<HashSet<&str>> = LazyLock::new(|| SCORED.split_ascii_whitespace().collect());

/// What a document uses, and what that costs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Mailpit's score in percent, from 0 to 100; 100 for a document without elements.
    pub score: f64,
    /// The elements that were counted.
    pub nodes: usize,
    /// What it uses, the dearest first.
    pub features: Vec<Used>,
}

/// A feature that a document uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// Which, and who supports it.
    pub feature: Feature,
    /// Where: the offset in octets of the tag that uses it, one for each use that counts.
    pub places: Vec<usize>,
    /// Whether Mailpit looks for it, so that it can touch the score.
    pub is_scored: bool,
    /// The points it would take off the score for partial support, were no other dearer.
    pub partial_cost: f64,
    /// The points it would take off the score for missing support, were no other dearer.
    pub none_cost: f64,
}

impl Used {
    /// How many uses count.
    #[must_use]
    pub fn found(&self) -> usize {
        self.places.len()
    }

    /// Both costs together.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.partial_cost + self.none_cost
    }
}

/// Judges a document. Whatever the text, it ends with a report: broken markup is read as browsers read it.
#[must_use]
pub fn judge(html: &str) -> Report {
    let reading = reading::read(html);
    let mut features: Vec<_> = reading.found.into_iter().filter_map(|(slug, places)| used(slug, places, reading.nodes)).collect();
    features.sort_by(|a, b| b.cost().total_cmp(&a.cost()));
    let dearest = |cost: fn(&Used) -> f64| features.iter().filter(|used| used.is_scored).map(cost).fold(0.0, f64::max);
    let score = 100.0 - dearest(|used| used.partial_cost) - dearest(|used| used.none_cost);
    // Units count each time, so that they can outnumber the elements.
    Report { score: score.max(0.0), nodes: reading.nodes, features }
}

fn used(slug: &'static str, places: Vec<usize>, nodes: usize) -> Option<Used> {
    let feature = Feature::find(slug)?;
    let tally: Tally = feature.tally_of_mailpit();
    let uses = count(places.len()) / count(nodes.max(1));
    Some(Used {
        feature,
        is_scored: SCORED_SLUGS.contains(slug),
        partial_cost: tally.partial_share() * uses,
        none_cost: tally.none_share() * uses,
        places,
    })
}

/// A number of things, for reckoning.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
