//! What an author should hear of it, at the block of the edition that uses most of it.

use std::cmp::Reverse;
use std::ops::Range;

use super::{Report, Used, count, judge};
use crate::compose::Message;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;
use crate::model::source::Place;

/// The least score, in percent, that passes without a word.
const SCORE_MIN: f64 = 85.0;
/// The share, in percent, of what mail programs do with the mail's elements that may be lost through one feature.
const LOST_MAX: f64 = 5.0;

/// How many families of mail programs are named.
const NAMED_MAX: usize = 4;

/// Findings on the composed mail of an edition.
#[must_use]
pub fn check(edition: &Edition, message: &Message) -> Vec<Diagnostic> {
    let report = judge(&message.html);
    let mut findings: Vec<_> = report
        .features
        .iter()
        .filter(|used| used.is_scored && lost(used, &report) > LOST_MAX)
        .map(|used| unsupported(edition, message, used))
        .collect();
    if let Some(dearest) = report.features.iter().find(|used| used.is_scored).filter(|_| report.score < SCORE_MIN) {
        findings.push(low_score(edition, message, &report, dearest));
    }
    findings
}

/// How much is lost, in percent, where a feature is not there: by what the data says, a no with a note being a no.
fn lost(used: &Used, report: &Report) -> f64 {
    used.feature.tally().none_share() * count(used.found()) / count(report.nodes.max(1))
}

fn unsupported(edition: &Edition, message: &Message, used: &Used) -> Diagnostic {
    let feature = used.feature;
    let mut families: Vec<_> = feature.families().filter(|(_, tally)| 2 * tally.none >= tally.total()).collect();
    families.sort_by_key(|(_, tally)| Reverse(tally.none));
    let names: Vec<_> = families.iter().take(NAMED_MAX).map(|(name, _)| *name).collect();
    let whose = if names.is_empty() { String::new() } else { format!(" (most versions of {})", names.join(", ")) };
    let said = format!(
        "the mail uses `{}` {}, and {:.0} % of mail programs do not support it{whose}",
        feature.title(),
        times(used.found()),
        feature.tally().none_share(),
    );
    let (place, label) = densest(edition, message, used);
    Diagnostic::warning("client-support", place, said, help(feature.slug())).labelled(label)
}

fn low_score(edition: &Edition, message: &Message, report: &Report, dearest: &Used) -> Diagnostic {
    let said = format!(
        "Mailpit's HTML check would give this mail {:.1} %: `{}` is used {} in {} elements, and {:.0} % of mail programs \
         support it in part or not at all",
        report.score,
        dearest.feature.title(),
        times(dearest.found()),
        report.nodes,
        dearest.feature.tally_of_mailpit().partial_share() + dearest.feature.tally_of_mailpit().none_share(),
    );
    let (place, label) = densest(edition, message, dearest);
    Diagnostic::warning("support-score", place, said, help(dearest.feature.slug())).labelled(label)
}

fn times(number: usize) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

/// What an author can do about it, with what an author has: blocks and the theme.
fn help(slug: &str) -> &'static str {
    match slug {
        "html-anchor-links" => "leave out the `contents` block: its links lead nowhere in these programs",
        "css-border-radius" => "set `radius = 0` under [theme], or accept square corners in these programs",
        slug if slug.starts_with("image-") => "give the picture as JPEG or PNG",
        _ => "use fewer blocks of this kind, or look at the mail in one of these programs before it goes out",
    }
}

/// The place of the block that uses a feature most, with a few words on it; the edition's file if no block uses it.
fn densest(edition: &Edition, message: &Message, used: &Used) -> (Place, String) {
    let within = |span: &Range<usize>| used.places.iter().filter(|at| span.contains(at)).count();
    let blocks = message.blocks.iter().map(|block| (within(&block.html), block.block));
    // The first of equals.
    let most = blocks.filter(|&(found, _)| found > 0).max_by_key(|&(found, block)| (found, Reverse(block)));
    match most.and_then(|(found, block)| Some((found, edition.blocks.get(block)?))) {
        Some((found, block)) => (block.place.clone(), format!("{} here", times(found))),
        None => (edition.place.clone(), String::new()),
    }
}
