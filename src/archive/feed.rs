//! The Atom feed of a language (RFC 4287). It has no clock: its times are those of the issues, so that the same archive is the same feed.

use atom_syndication::{Entry as AtomEntry, Feed, FixedDateTime, Generator, Link, Person, Text};

use super::Entry;
use crate::model::language::Language;
use crate::model::publication::{Publication, Web};

/// The name of a language's feed.
pub(super) fn name(language: Language) -> String {
    format!("feed.{language}.xml")
}

/// Its address.
pub(super) fn address(web: &Web, language: Language) -> String {
    format!("{}{}", web.base, name(language))
}

/// The feed. Identifiers come from the list's own and the name: they stay when addresses change (§4.2.6).
pub(super) fn of(publication: &Publication, web: &Web, language: Language, entries: &[Entry]) -> String {
    let id = |rest: &str| format!("tag:{},2000:{rest}", publication.list.id);
    let time = |entry: &Entry| -> FixedDateTime {
        entry.moment.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string().parse().unwrap_or_default()
    };
    let link = |href: String, rel: &str, media: &str| Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(media.to_owned()),
        hreflang: Some(language.to_string()),
        ..Link::default()
    };
    let of_language = |entry: &Entry| {
        let leaf = entry.editions.iter().find(|leaf| leaf.language == language)?;
        Some(AtomEntry {
            title: Text::plain(leaf.subject.clone()),
            id: id(&format!("{}/{language}", entry.slug)),
            updated: time(entry),
            published: Some(time(entry)),
            links: vec![link(leaf.address.clone(), "alternate", "text/html")],
            summary: (!leaf.summary.is_empty()).then(|| Text::plain(leaf.summary.clone())),
            ..AtomEntry::default()
        })
    };
    let mut feed = Feed {
        title: Text::plain(publication.name.as_str()),
        id: id(&language.to_string()),
        updated: entries.iter().map(time).max().unwrap_or_default(),
        authors: vec![Person { name: publication.sender.name.as_str().to_owned(), ..Person::default() }],
        links: vec![
            link(address(web, language), "self", "application/atom+xml"),
            link(format!("{}{language}.html", web.base), "alternate", "text/html"),
        ],
        generator: Some(Generator { value: "Postrider".to_owned(), ..Generator::default() }),
        entries: entries.iter().filter_map(of_language).collect(),
        ..Feed::default()
    };
    feed.set_lang(language.to_string());
    feed.to_string()
}
