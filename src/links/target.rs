//! The addresses that an issue links to, each with all the places where it stands.

use std::collections::HashMap;

use url::Url;

use super::answer::without_fragment;
use crate::model::block::{Article, Block, Kind};
use crate::model::issue::Issue;
use crate::model::link::Link;
use crate::model::prose::{Inline, Part, Prose};
use crate::model::source::Place;

/// An address of the web that an issue links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address, without the part from `#` on.
    pub url: Url,
    /// Where it stands, in the order of editions and blocks. At least one.
    pub mentions: Vec<Mention>,
}

/// A place where an address stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The address as it leads from there, with its part from `#` on.
    pub url: Url,
    /// Where.
    pub place: Place,
}

/// The addresses that the editions of an issue link to, in the order in which they first stand there. Only `https` and `http`: letters
/// to a mailbox, the request to leave the list among them, are not the web's.
#[must_use]
pub fn targets(issue: &Issue) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    let mut known: HashMap<Url, usize> = HashMap::new();
    for edition in &issue.editions {
        for block in &edition.blocks {
            each_link(block, &mut |link| {
                let Ok(url) = Url::parse(link.href()) else { return };
                if !matches!(url.scheme(), "http" | "https") {
                    return;
                }
                let asked = without_fragment(&url);
                let place = link.place().unwrap_or(&block.place).clone();
                let at = *known.entry(asked.clone()).or_insert(targets.len());
                if at == targets.len() {
                    targets.push(Target { url: asked, mentions: Vec::new() });
                }
                targets[at].mentions.push(Mention { url, place });
            });
        }
    }
    targets
}

fn each_link<'b>(block: &'b Block, visit: &mut impl FnMut(&'b Link)) {
    match &block.kind {
        Kind::Lead(article) | Kind::Article(article) => in_article(article, visit),
        Kind::Pair(articles) => articles.iter().for_each(|article| in_article(article, visit)),
        Kind::List(list) => list.intro.iter().chain(&list.items).for_each(|prose| in_prose(prose, visit)),
        Kind::Events(events) => events.items.iter().filter_map(|event| event.link.as_ref()).for_each(visit),
        Kind::Button(button) => visit(&button.link),
        Kind::Notice(titled) | Kind::About(titled) => in_prose(&titled.body, visit),
        Kind::Contact(contact) => {
            contact.body.iter().for_each(|body| in_prose(body, visit));
            contact.link.iter().for_each(visit);
        }
        Kind::Quote(_) | Kind::Figures(_) | Kind::Picture(_) | Kind::Divider | Kind::Contents(_) => {}
    }
}

fn in_article<'b>(article: &'b Article, visit: &mut impl FnMut(&'b Link)) {
    article.body.iter().for_each(|body| in_prose(body, visit));
    article.links.iter().for_each(|labelled| visit(&labelled.link));
}

fn in_prose<'b>(prose: &'b Prose, visit: &mut impl FnMut(&'b Link)) {
    for part in &prose.parts {
        match part {
            Part::Paragraph(inlines) | Part::Heading(inlines) => in_inlines(inlines, visit),
            Part::List { items, .. } => items.iter().for_each(|item| in_prose(item, visit)),
            Part::Quotation(prose) => in_prose(prose, visit),
            Part::Preformatted(_) | Part::Rule => {}
        }
    }
}

fn in_inlines<'b>(inlines: &'b [Inline], visit: &mut impl FnMut(&'b Link)) {
    for inline in inlines {
        match inline {
            // A link holds no further link.
            Inline::Link(link, _) => visit(link),
            Inline::Emphasis(inner) | Inline::Strong(inner) => in_inlines(inner, visit),
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}
