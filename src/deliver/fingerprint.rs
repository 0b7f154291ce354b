//! What an edition is, part by part, in digests: so that a change after the first readers have it can be named.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};

use crate::compose::{Composer, Purpose, Reader};
use crate::ledger::Fingerprint;
use crate::model::language::Language;

/// Digests of an edition's parts are shorter than the one of the whole: they only tell which part it was.
const PART_OCTETS: usize = 16;

/// Takes the digests of every edition of the issue, by language tag.
pub(super) fn of_issue(composer: &Composer) -> BTreeMap<String, Fingerprint> {
    let mut whole = composer.digests();
    let editions = composer.issue().editions.iter().map(|edition| edition.language);
    editions
        .map(|language| {
            let whole = whole.remove(language.tag()).unwrap_or_default();
            (language.tag().to_owned(), Fingerprint { whole, parts: parts(composer, language) })
        })
        .collect()
}

/// The parts of an edition as everyone gets it, merge fields unfilled: HTML, text, each picture, each header.
fn parts(composer: &Composer, language: Language) -> BTreeMap<String, String> {
    let message = composer.compose(&Reader::Template(language), Purpose::Issue);
    let mut parts = BTreeMap::new();
    let mut html = message.html.clone();
    for picture in composer.pictures().all().filter(|picture| message.html.contains(&picture.hash)) {
        // The HTML names pictures by their content: a new picture alone is not to look like new words.
        html = html.replace(&picture.hash, &picture.file_name);
        let mut name = format!("the picture {}", picture.file_name);
        // Two files of one name lie in different folders, or one picture is shown in two sizes.
        while parts.contains_key(&name) {
            name.push('\'');
        }
        parts.insert(name, short(picture.hash.as_bytes()));
    }
    parts.insert("the HTML".to_owned(), short(html.as_bytes()));
    parts.insert("the plain text".to_owned(), short(message.text.as_bytes()));
    for (name, value) in headers(&message.bytes) {
        // Its boundary is a digest of the parts themselves.
        if !name.eq_ignore_ascii_case("Content-Type") {
            parts.insert(format!("the header {name}"), short(value.as_bytes()));
        }
    }
    parts
}

/// The fields of a message's header with their values, folding kept (RFC 5322 §2.2).
fn headers(message: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(message).split("\r\n").take_while(|line| !line.is_empty()) {
        match (line.strip_prefix([' ', '\t']), line.split_once(':'), fields.last_mut()) {
            (Some(more), _, Some((_, value))) => value.push_str(more),
            (_, Some((name, value)), _) => fields.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    fields
}

fn short(octets: &[u8]) -> String {
    digest(&SHA256, octets).as_ref()[..PART_OCTETS].iter().fold(String::new(), |digits, octet| digits + &format!("{octet:02x}"))
}
