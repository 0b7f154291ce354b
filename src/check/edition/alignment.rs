//! Which block of one edition is which of another: the longest common subsequence, weighted by what two blocks share.

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};

use crate::check::content::Content;
use crate::model::block::Kind;

/// Pairs of blocks beyond which blocks are taken in order: no issue is that long, and a square of it would be slow.
const PAIRS_MAX: usize = 250_000;

/// One step through two editions at once, by the places of blocks in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A block in the first edition, and the same one in the other.
    Both(usize, usize),
    /// A block that only the first edition has.
    First(usize),
    /// A block that only the other has.
    Other(usize),
}

/// What tells one block from another of its kind, whatever the language.
#[derive(Debug)]
struct Mark<'e> {
    kind: Discriminant<Kind>,
    pictures: BTreeSet<&'e str>,
    days: Vec<String>,
    links: BTreeSet<&'e str>,
    only: &'e [String],
}

/// Walks through the blocks of two editions.
#[must_use]
pub fn align(first: &Content<'_>, other: &Content<'_>) -> Vec<Step> {
    let (ours, theirs) = (marks(first), marks(other));
    // Editions are mostly alike: what they share at both ends need not be searched.
    let head = ours.iter().zip(&theirs).take_while(|(a, b)| is_same(a, b)).count();
    let rest = ours[head..].iter().rev().zip(theirs[head..].iter().rev());
    let tail = rest.take_while(|(a, b)| is_same(a, b)).count();
    let (ours_end, theirs_end) = (ours.len() - tail, theirs.len() - tail);
    let mut steps: Vec<_> = (0..head).map(|at| Step::Both(at, at)).collect();
    steps.extend(middle(&ours[head..ours_end], &theirs[head..theirs_end]).into_iter().map(|step| match step {
        Step::Both(a, b) => Step::Both(a + head, b + head),
        Step::First(a) => Step::First(a + head),
        Step::Other(b) => Step::Other(b + head),
    }));
    steps.extend((0..tail).map(|at| Step::Both(ours_end + at, theirs_end + at)));
    steps
}

fn marks<'c>(content: &'c Content<'_>) -> Vec<Mark<'c>> {
    let mut marks: Vec<_> = content
        .edition
        .blocks
        .iter()
        .map(|block| Mark {
            kind: discriminant(&block.kind),
            pictures: block.pictures().into_iter().map(|picture| picture.file.as_str()).collect(),
            days: super::days(block).iter().map(ToString::to_string).collect(),
            links: BTreeSet::new(),
            only: &block.only,
        })
        .collect();
    for mention in &content.mentions {
        if let Some(mark) = marks.get_mut(mention.block) {
            mark.links.insert(&mention.href);
        }
    }
    marks
}

fn is_same(a: &Mark<'_>, b: &Mark<'_>) -> bool {
    a.kind == b.kind && a.pictures == b.pictures && a.days == b.days && a.links == b.links && a.only == b.only
}

/// How much speaks for two blocks being the same one; 0 if they cannot be.
fn likeness(a: &Mark<'_>, b: &Mark<'_>) -> u32 {
    if a.kind != b.kind {
        return 0;
    }
    let share = |is_shared: bool, weight: u32| if is_shared { weight } else { 0 };
    let pictures = share(a.pictures == b.pictures, 2) + share(!a.pictures.is_disjoint(&b.pictures), 4);
    let days = share(a.days == b.days, 2) + share(a.days.iter().any(|day| b.days.contains(day)), 3);
    let links = share(a.links == b.links, 2) + share(!a.links.is_disjoint(&b.links), 3);
    // A block more in common outweighs whatever two of them share.
    100 + pictures + days + links + share(a.only == b.only, 1)
}

fn middle(ours: &[Mark<'_>], theirs: &[Mark<'_>]) -> Vec<Step> {
    if ours.len().saturating_mul(theirs.len()) > PAIRS_MAX {
        return in_order(ours, theirs);
    }
    let width = theirs.len() + 1;
    // best[a * width + b]: the most that can be had from ours[a..] and theirs[b..].
    let mut best = vec![0u32; (ours.len() + 1) * width];
    for a in (0..ours.len()).rev() {
        for b in (0..theirs.len()).rev() {
            let likeness = likeness(&ours[a], &theirs[b]);
            let together = if likeness == 0 { 0 } else { likeness + best[(a + 1) * width + b + 1] };
            best[a * width + b] = together.max(best[(a + 1) * width + b]).max(best[a * width + b + 1]);
        }
    }
    let mut steps = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < ours.len() || b < theirs.len() {
        let here = best[a * width + b];
        if b < theirs.len() && (a == ours.len() || here == best[a * width + b + 1]) && !pairs(ours, theirs, (a, b), &best, width)
        {
            steps.push(Step::Other(b));
            b += 1;
        } else if a < ours.len() && (b == theirs.len() || !pairs(ours, theirs, (a, b), &best, width)) {
            steps.push(Step::First(a));
            a += 1;
        } else {
            steps.push(Step::Both(a, b));
            a += 1;
            b += 1;
        }
    }
    steps
}

/// Whether a best way goes on by taking the two blocks at these places as one.
fn pairs(ours: &[Mark<'_>], theirs: &[Mark<'_>], (a, b): (usize, usize), best: &[u32], width: usize) -> bool {
    let (Some(ours), Some(theirs)) = (ours.get(a), theirs.get(b)) else { return false };
    let likeness = likeness(ours, theirs);
    likeness > 0 && best[a * width + b] == likeness + best[(a + 1) * width + b + 1]
}

/// Blocks taken in order as long as their kinds agree.
fn in_order(ours: &[Mark<'_>], theirs: &[Mark<'_>]) -> Vec<Step> {
    let shared = ours.iter().zip(theirs).take_while(|(a, b)| a.kind == b.kind).count();
    let both = (0..shared).map(|at| Step::Both(at, at));
    both.chain((shared..ours.len()).map(Step::First)).chain((shared..theirs.len()).map(Step::Other)).collect()
}
