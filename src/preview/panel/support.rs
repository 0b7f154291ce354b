//! How well each family of mail programs supports what a mail uses: the counts that `check` judges by, told family by family.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::finding::visible;
use crate::check::support::table::{Feature, Tally};
use crate::check::support::{Report, Used};

/// The families that most readers have; the others follow by name.
const FIRST: [&str; 4] = ["Gmail", "Outlook", "Apple Mail", "Yahoo! Mail"];

/// What a family makes of a mail.
#[derive(Debug, Default)]
struct Family {
    /// Over all that the mail uses and that was tested in it.
    sum: Tally,
    /// What it does not support in full, the worst first.
    lacking: Vec<(Feature, Tally)>,
}

/// The families, each with what it lacks behind it; `prefix` tells those of several messages on a page apart.
pub(super) fn families(report: &Report, prefix: &str) -> Markup {
    let families = by_name(report);
    let first = FIRST.iter().filter_map(|name| families.get_key_value(name));
    let others = families.iter().filter(|(name, _)| !FIRST.contains(name));
    html! {
        p.quiet {
            "Of all versions tested by caniemail.com, how many support what this mail uses: in full, in part, not at all. "
            "Mailpit’s HTML check would give it " (format!("{:.1}", report.score)) " %."
        }
        ul.families {
            @for (name, family) in first.chain(others) { li { (one(name, family, prefix)) } }
        }
    }
}

fn by_name(report: &Report) -> BTreeMap<&'static str, Family> {
    let mut families = BTreeMap::<_, Family>::new();
    for Used { feature, .. } in &report.features {
        for (name, tally) in feature.families() {
            let family = families.entry(name).or_default();
            let Tally { full, partial, none, unknown } = family.sum;
            family.sum = Tally {
                full: full + tally.full,
                partial: partial + tally.partial,
                none: none + tally.none,
                unknown: unknown + tally.unknown,
            };
            if tally.partial + tally.none > 0 {
                family.lacking.push((*feature, tally));
            }
        }
    }
    for family in families.values_mut() {
        family.lacking.sort_by(|(_, a), (_, b)| {
            (b.none_share(), b.partial_share())
                .partial_cmp(&(a.none_share(), a.partial_share()))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    families
}

fn one(name: &str, family: &Family, prefix: &str) -> Markup {
    let (partial, none) = (family.sum.partial_share(), family.sum.none_share());
    let full = full_share(family.sum);
    let id: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    html! {
        details id={ (prefix) "family-" (id) } {
            summary {
                span.name { (name) }
                span.shares { (format!("{full:.0} % full, {partial:.0} % in part, {none:.0} % not")) }
                svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" {
                    rect.full width=(format!("{full:.2}")) height="1" {}
                    rect.partial x=(format!("{full:.2}")) width=(format!("{partial:.2}")) height="1" {}
                    rect.none x=(format!("{:.2}", full + partial)) width=(format!("{none:.2}")) height="1" {}
                }
            }
            @if family.lacking.is_empty() { p.good { "Supports all of it." } }
            @else { ul { @for (feature, tally) in &family.lacking { li { code { (visible(feature.title())) } " " (words(*tally)) } } } }
        }
    }
}

/// The share of versions with full support, in percent.
fn full_share(tally: Tally) -> f64 {
    if tally.total() == 0 { 0.0 } else { 100.0 * f64::from(tally.full) / f64::from(tally.total()) }
}

fn words(tally: Tally) -> String {
    let of = match tally.total() {
        1 => "1 version".to_owned(),
        total => format!("{total} versions"),
    };
    match (tally.partial, tally.none) {
        (partial, 0) => format!("in part in {partial} of {of}"),
        (0, none) => format!("not in {none} of {of}"),
        (partial, none) => format!("not in {none}, in part in {partial} of {of}"),
    }
}
