//! The people on a list as whom an issue is worth reading before it goes out: where a mail looks wrong, it mostly does so for one of them.

use std::collections::BTreeSet;

use unicode_script::{Script, UnicodeScript};
use unicode_width::UnicodeWidthStr;

use crate::compose::{Composer, Reader};
use crate::model::language::Language;
use crate::model::list::List;
use crate::model::subscriber::Subscriber;

/// The most combinations of groups that are told apart: a publication with many groups has more than anybody would look at.
const COMBINATIONS_MAX: usize = 24;

/// Somebody for whom something may go wrong that goes right for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Awkward {
    /// The place in the list.
    pub(super) index: usize,
    /// What about them, a few words each; at least one.
    pub(super) reasons: Vec<String>,
}

/// One person for each thing that may go wrong, and nobody twice: the longest name, no name at all, each script that is not the usual one of
/// the list, names from right to left, addresses beyond ASCII, languages without an edition, and each combination of groups that changes
/// which blocks are seen. One pass over the list.
pub(super) fn find(list: &List, composer: &Composer) -> Vec<Awkward> {
    let mut sieve = Sieve::new(composer);
    let mut index = 0;
    // Of a list that cannot be read to its end, nobody needs to be told here: the checks have.
    let _ = list.each(|subscriber| {
        sieve.take(index, subscriber);
        index += 1;
    });
    sieve.found()
}

/// What is known after some of the list.
struct Sieve<'a> {
    composer: &'a Composer,
    /// Width and place of the longest name.
    longest: Option<(usize, usize)>,
    nameless: Option<usize>,
    /// The scripts of the names: how many are in it, and who is the first.
    scripts: Vec<(Script, usize, usize)>,
    rightward: Option<usize>,
    local_part: Option<usize>,
    domain: Option<usize>,
    /// The languages asked for, each with the first who asks.
    languages: Vec<(Language, usize)>,
    /// Whether any block is for some groups only.
    has_groups: bool,
    /// The lists of groups that occur, as they are written; most people have one that somebody before them has.
    groups: BTreeSet<Vec<String>>,
    /// What each combination sees, block by block of all editions, with the first who sees it and their groups.
    views: Vec<(Vec<bool>, usize, Vec<String>)>,
}

impl<'a> Sieve<'a> {
    fn new(composer: &'a Composer) -> Self {
        let mut blocks = composer.issue().editions.iter().flat_map(|edition| &edition.blocks);
        Self {
            composer,
            longest: None,
            nameless: None,
            scripts: Vec::new(),
            rightward: None,
            local_part: None,
            domain: None,
            languages: Vec::new(),
            has_groups: blocks.any(|block| !block.only.is_empty()),
            groups: BTreeSet::new(),
            views: Vec::new(),
        }
    }

    fn take(&mut self, index: usize, subscriber: &Subscriber) {
        let name = subscriber.name.as_str();
        // A name is never wider than it has octets: most need not be measured.
        let widest = self.longest.map_or(0, |(width, _)| width);
        if name.len() > widest && name.width() > widest {
            self.longest = Some((name.width(), index));
        }
        if name.is_empty() {
            self.nameless.get_or_insert(index);
        }
        self.take_scripts(index, name);
        if subscriber.address.needs_smtputf8() {
            self.local_part.get_or_insert(index);
        }
        if self.domain.is_none() && is_international(subscriber.address.domain()) {
            self.domain = Some(index);
        }
        if !self.languages.iter().any(|(language, _)| *language == subscriber.language) {
            self.languages.push((subscriber.language, index));
        }
        if self.has_groups && !self.groups.contains(&subscriber.groups) {
            self.groups.insert(subscriber.groups.clone());
            let reader = Reader::Subscriber(subscriber);
            let blocks = self.composer.issue().editions.iter().flat_map(|edition| &edition.blocks);
            let view: Vec<_> = blocks.filter(|block| !block.only.is_empty()).map(|block| reader.sees(block)).collect();
            if !self.views.iter().any(|(known, ..)| *known == view) {
                self.views.push((view, index, subscriber.groups.clone()));
            }
        }
    }

    fn take_scripts(&mut self, index: usize, name: &str) {
        let mut add = |script: Script, from: &mut Vec<Script>| {
            if from.contains(&script) {
                return;
            }
            from.push(script);
            match self.scripts.iter_mut().find(|(known, ..)| *known == script) {
                Some((_, count, _)) => *count += 1,
                None => self.scripts.push((script, 1, index)),
            }
        };
        let mut here = Vec::new();
        // To look a character up takes longer than all the rest; most names need none, or few.
        if name.bytes().any(|octet| octet.is_ascii_alphabetic()) {
            add(Script::Latin, &mut here);
        }
        let scripts = name.chars().filter(|c| !c.is_ascii()).map(|c| c.script());
        for script in scripts.filter(|script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown)) {
            add(script, &mut here);
        }
        if here.iter().any(|script| is_rightward(*script)) {
            self.rightward.get_or_insert(index);
        }
    }

    fn found(self) -> Vec<Awkward> {
        let mut found: Vec<Awkward> = Vec::new();
        let mut add = |index: usize, reason: String| match found.iter_mut().find(|known| known.index == index) {
            Some(known) => known.reasons.push(reason),
            None => found.push(Awkward { index, reasons: vec![reason] }),
        };
        let longest = self.longest.map(|(_, index)| index);
        for (index, reason) in [(longest, "the longest name"), (self.nameless, "no name")] {
            if let Some(index) = index {
                add(index, reason.to_owned());
            }
        }
        // The first of equals is the usual one.
        let usual = self.scripts.iter().rev().max_by_key(|(_, count, _)| *count).map(|(script, ..)| *script);
        for (script, _, index) in self.scripts.iter().filter(|(script, ..)| Some(*script) != usual) {
            add(*index, format!("a name in {} script", script.full_name().replace('_', " ")));
        }
        let addresses = [
            (self.rightward, "a name from right to left"),
            (self.local_part, "letters beyond ASCII before the @"),
            (self.domain, "letters beyond ASCII after the @"),
        ];
        for (index, reason) in addresses {
            if let Some(index) = index {
                add(index, reason.to_owned());
            }
        }
        for (language, index) in &self.languages {
            let edition = self.composer.edition(&Reader::Anyone(*language)).language;
            if edition != *language {
                add(*index, format!("no edition in {}: gets {}", language.words().name, edition.words().name));
            }
        }
        let only = self.composer.issue().editions.iter().flat_map(|edition| &edition.blocks).map(|block| &block.only);
        let only: Vec<&String> = only.flatten().collect();
        for (_, index, groups) in self.views.iter().take(COMBINATIONS_MAX) {
            let groups: Vec<_> = groups.iter().filter(|group| only.contains(group)).map(String::as_str).collect();
            let reason = match groups.split_last() {
                None => "in none of the groups that blocks are for".to_owned(),
                Some((last, [])) => format!("in {last}"),
                Some((last, others)) => format!("in {} and {last}", others.join(", ")),
            };
            add(*index, reason);
        }
        found
    }
}

/// Whether a domain has a label that stands for letters beyond ASCII (RFC 5890 §2.3.1).
fn is_international(domain: &str) -> bool {
    domain.as_bytes().windows(4).any(|four| four == b"xn--") && domain.split('.').any(|label| label.starts_with("xn--"))
}

/// Whether a script runs from right to left.
fn is_rightward(script: Script) -> bool {
    use Script::{Adlam, Arabic, Hanifi_Rohingya, Hebrew, Mandaic, Nko, Samaritan, Syriac, Thaana};
    matches!(script, Adlam | Arabic | Hanifi_Rohingya | Hebrew | Mandaic | Nko | Samaritan | Syriac | Thaana)
}
