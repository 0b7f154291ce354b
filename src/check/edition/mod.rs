//! Editions held against one another: what one has and another lacks.
//!
//! The first edition that is no summary is the one that the others are held against. Readers of each language are to get the same
//! issue: the same blocks, pictures, links, dates and numbers. A summary may leave out what it likes, but may not say anything else.
//!
//! - [`alignment`]: which block of one edition is which of another
//! - [`figure`]: numbers and days
//! - [`script`]: texts left in another language

pub mod alignment;
pub mod figure;
pub mod script;

use std::collections::{BTreeSet, HashSet};

use super::alt::shortened;
use super::content::{Content, Mention};
use crate::model::block::{Block, Kind, Picture};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;
use crate::model::language::Language;
use crate::model::publication::Publication;
use crate::model::source::Place;
use alignment::{Step, align};

/// Findings on all editions of an issue.
#[must_use]
pub fn check(contents: &[Content<'_>], publication: Option<&Publication>) -> Vec<Diagnostic> {
    let reference = contents.iter().find(|content| !content.edition.is_summary);
    let mut findings = Vec::new();
    for content in contents {
        let others = reference.filter(|reference| !std::ptr::eq(*reference, content));
        findings.extend(script::check(others, content));
        findings.extend(publication.into_iter().flat_map(|publication| script::check_footer(content, publication)));
        if let Some(reference) = others {
            findings.extend(figure::issue_date(reference, content));
            if content.edition.is_summary {
                findings.extend(summary(reference, content));
            } else {
                findings.extend(compare(reference, content));
            }
        }
    }
    findings
}

/// The name of an edition's file, for a message.
fn named(content: &Content<'_>) -> String {
    let name = &content.edition.place.source.name;
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

/// The days that a block names in keys of their own.
fn days(block: &Block) -> Vec<jiff::civil::Date> {
    let mut days = Vec::new();
    let mut add = |(from, until): (jiff::civil::Date, Option<jiff::civil::Date>)| {
        days.push(from);
        days.extend(until.filter(|until| *until != from));
    };
    block.articles().into_iter().filter_map(|article| article.date).for_each(&mut add);
    if let Kind::Events(events) = &block.kind {
        events.items.iter().map(|event| event.date).for_each(add);
    }
    days
}

/// The place of a block in an edition.
fn place_of(edition: &Edition, block: usize) -> Place {
    edition.blocks.get(block).map_or_else(|| edition.place.clone(), |block| block.place.clone())
}

/// Findings on an edition that is to have all that the reference has.
fn compare(reference: &Content<'_>, content: &Content<'_>) -> Vec<Diagnostic> {
    let steps = align(reference, content);
    let mut findings = blocks(reference, content, &steps);
    findings.extend(pictures(reference, content, &steps));
    findings.extend(links(reference, content, &steps));
    findings.extend(figure::differences(reference, content, &steps));
    findings
}

/// Blocks that one of the two lacks.
fn blocks(reference: &Content<'_>, content: &Content<'_>, steps: &[Step]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut before = None;
    for step in steps {
        match *step {
            Step::Both(_, other) => before = Some(other),
            Step::First(first) => findings.push(missing_block(reference, content, first, before)),
            Step::Other(other) => {
                before = Some(other);
                let block = &content.edition.blocks[other];
                let message = format!("{} has no {} block like this one", named(reference), block.word());
                let help = "write it there as well, or take it out here; a shorter edition says `summary = true` at its top";
                findings.push(Diagnostic::warning("extra-block", block.place.clone(), message, help));
            }
        }
    }
    findings
}

fn missing_block(reference: &Content<'_>, content: &Content<'_>, first: usize, before: Option<usize>) -> Diagnostic {
    let block = &reference.edition.blocks[first];
    let name =
        block.headings().first().map_or_else(String::new, |title| format!(": “{}”", shortened(&super::content::said(title))));
    let message = format!("the {} block of {} is missing here{name}", block.word(), named(reference));
    let help = "write it here as well; an edition that says less on purpose has `summary = true` at its top";
    let (place, label) = match before {
        Some(before) => (place_of(content.edition, before), "it would come after this block"),
        None => (place_of(content.edition, 0), "it would come before this block"),
    };
    Diagnostic::warning("missing-block", place, message, help).labelled(label).related_to(block.place.clone(), "the block")
}

/// For each block of the reference that is in both, its place in the other edition.
fn partner(steps: &[Step], wanted: usize) -> Option<usize> {
    steps.iter().find_map(|step| match step {
        Step::Both(first, other) if *first == wanted => Some(*other),
        _ => None,
    })
}

/// The blocks that only one of the two has; what is in them is missing with them.
fn alone(steps: &[Step], of_first: bool) -> HashSet<usize> {
    let lone = steps.iter().filter_map(|step| match step {
        Step::First(first) if of_first => Some(*first),
        Step::Other(other) if !of_first => Some(*other),
        _ => None,
    });
    lone.collect()
}

fn all_pictures<'c>(content: &Content<'c>) -> impl Iterator<Item = (usize, &'c Picture)> {
    let blocks = content.edition.blocks.iter().enumerate();
    blocks.flat_map(|(index, block)| block.pictures().into_iter().map(move |picture| (index, picture)))
}

/// A picture's file without a language's tag at the end of its name: `map-bn.png` is `map-en.png` with other words on it.
fn untagged(file: &str, language: Language) -> String {
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let bare = stem.strip_suffix(language.tag()).and_then(|stem| stem.strip_suffix(['-', '_', '.']));
    format!("{}.{ending}", bare.unwrap_or(stem))
}

fn pictures(reference: &Content<'_>, content: &Content<'_>, steps: &[Step]) -> Vec<Diagnostic> {
    let files = |of: &Content<'_>| -> BTreeSet<String> {
        all_pictures(of).map(|(_, picture)| untagged(&picture.file, of.edition.language)).collect()
    };
    let (ours, theirs) = (files(reference), files(content));
    let (lone_first, lone_other) = (alone(steps, true), alone(steps, false));
    let mut findings = Vec::new();
    let mut told = HashSet::new();
    for (block, picture) in all_pictures(reference).filter(|(block, _)| !lone_first.contains(block)) {
        let name = untagged(&picture.file, reference.edition.language);
        if theirs.contains(&name) || !told.insert(name) {
            continue;
        }
        let message = format!("`{}`, which {} shows, is not shown here", picture.file, named(reference));
        let place = partner(steps, block).map_or_else(|| content.edition.place.clone(), |block| place_of(content.edition, block));
        let finding = Diagnostic::warning("edition-picture", place, message, "show it here as well, with its words translated");
        findings.push(finding.related_to(picture.place.clone(), "shown here"));
    }
    for (_, picture) in all_pictures(content).filter(|(block, _)| !lone_other.contains(block)) {
        let name = untagged(&picture.file, content.edition.language);
        if !ours.contains(&name) && told.insert(name) {
            findings.push(strange_picture(reference, picture));
        }
    }
    findings
}

fn strange_picture(reference: &Content<'_>, picture: &Picture) -> Diagnostic {
    let message = format!("{} does not show `{}`", named(reference), picture.file);
    let help = "show the same pictures in each edition; one with words on it may end in the language: map-en.png, map-bn.png";
    Diagnostic::warning("edition-picture", picture.place.clone(), message, help)
}

/// An address with the language's tag made the same for all, where it stands between other signs: `/en/report`, `?lang=en`.
fn neutral(href: &str, language: Language) -> String {
    let mut neutral = String::with_capacity(href.len());
    for part in href.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let end = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
        neutral.push_str(if part[..end].eq_ignore_ascii_case(language.tag()) { "*" } else { &part[..end] });
        neutral.push_str(&part[end..]);
    }
    neutral
}

/// The addresses an edition links, as they are and without regard to the language.
fn addresses(content: &Content<'_>) -> HashSet<String> {
    let language = content.edition.language;
    content.mentions.iter().flat_map(|mention| [mention.href.clone(), neutral(&mention.href, language)]).collect()
}

fn links(reference: &Content<'_>, content: &Content<'_>, steps: &[Step]) -> Vec<Diagnostic> {
    let (lone_first, lone_other) = (alone(steps, true), alone(steps, false));
    let theirs = addresses(content);
    let is_linked = |known: &HashSet<String>, mention: &Mention, language| {
        known.contains(&mention.href) || known.contains(&neutral(&mention.href, language))
    };
    let mut findings = Vec::new();
    let mut told = HashSet::new();
    for mention in reference.mentions.iter().filter(|mention| !lone_first.contains(&mention.block)) {
        if is_linked(&theirs, mention, reference.edition.language) || !told.insert(mention.href.as_str()) {
            continue;
        }
        let message = format!("{}, which {} links, is not linked here", shortened(&mention.href), named(reference));
        let block = partner(steps, mention.block);
        let place = block.map_or_else(|| content.edition.place.clone(), |block| place_of(content.edition, block));
        let finding = Diagnostic::warning("edition-link", place, message, "link it here as well, or in neither edition");
        findings.push(finding.related_to(mention.place.clone(), "linked here"));
    }
    let strange = strange_links(reference, content);
    findings
        .extend(strange.filter(|mention| !lone_other.contains(&mention.block)).map(|mention| strange_link(reference, mention)));
    findings
}

/// Links that the reference does not have, each address once.
fn strange_links<'c>(reference: &Content<'_>, content: &'c Content<'_>) -> impl Iterator<Item = &'c Mention> {
    let ours = addresses(reference);
    let language = content.edition.language;
    let mut told = HashSet::new();
    content.mentions.iter().filter(move |mention| {
        !ours.contains(&mention.href) && !ours.contains(&neutral(&mention.href, language)) && told.insert(mention.href.as_str())
    })
}

fn strange_link(reference: &Content<'_>, mention: &Mention) -> Diagnostic {
    let message = format!("{} does not link {}", named(reference), shortened(&mention.href));
    let help = "compare the two addresses: one of them may be mistyped, or of an earlier issue";
    Diagnostic::warning("edition-link", mention.place.clone(), message, help)
}

/// Findings on an edition that says less on purpose: what it has, the reference must have.
fn summary(reference: &Content<'_>, content: &Content<'_>) -> Vec<Diagnostic> {
    let files: BTreeSet<_> =
        all_pictures(reference).map(|(_, picture)| untagged(&picture.file, reference.edition.language)).collect();
    let strange =
        all_pictures(content).filter(|(_, picture)| !files.contains(&untagged(&picture.file, content.edition.language)));
    let mut findings: Vec<_> = strange.map(|(_, picture)| strange_picture(reference, picture)).collect();
    findings.extend(strange_links(reference, content).map(|mention| strange_link(reference, mention)));
    findings.extend(figure::strange_in_summary(reference, content));
    findings
}
