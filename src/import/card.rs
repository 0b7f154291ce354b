//! vCards, as address books export them: RFC 6350 (4.0), RFC 2426 (3.0), and 2.1 with its quoted-printable.
//!
//! A reader of our own: of a card's hundred properties a list needs six, so all others, pictures among them, go by without being kept; and
//! those crates that read vCards take a whole file as one text and stop at its first slip, where a list is to be read past it.

use std::io::Read;

use encoding_rs::Encoding;

use super::Event;
use super::column::{FIRST_NAME, LAST_NAME, Meaning};
use super::encoding::Text;
use super::refusal::{Notice, Reason, Refusal, Unreadable};
use super::row::{Draft, Terms};

/// The most octets of a line that are looked at, and of a property that has several.
const PROPERTY_MAX: usize = 64 << 10;
/// The most addresses of a card that are weighed against one another.
const ADDRESSES_MAX: usize = 100;
/// The rank of an address that says nothing of it (RFC 6350 §5.3: 1 is the most preferred, 100 the least).
const UNRANKED: u8 = 101;

/// Reads cards to the end of the file.
pub(super) fn read<R: Read>(text: &mut Text<R>, terms: &Terms<'_>, each: &mut dyn FnMut(Event)) -> Result<(), Unreadable> {
    let mut lines = Lines { text, line: 0, next: None };
    let mut card: Option<Card<'_>> = None;
    let mut depth = 0_usize;
    let mut is_agent = false;
    while let Some((line, property)) = lines.property()? {
        let Some(property) = Property::parse(&property) else { continue };
        match (property.name.as_str(), property.raw.trim()) {
            ("BEGIN", kind) if kind.eq_ignore_ascii_case("VCARD") => {
                if card.is_some() && !is_agent {
                    // The one before was cut off.
                    finish(card.take(), false, each);
                    depth = 0;
                }
                is_agent = false;
                depth += 1;
                card.get_or_insert_with(|| Card::new(line, terms));
            }
            // A card inside a card is its agent (2.1), another person than the one whose card it is.
            ("AGENT", kind) if kind.eq_ignore_ascii_case("BEGIN:VCARD") => depth += 1,
            ("AGENT", "") => is_agent = true,
            ("END", kind) if kind.eq_ignore_ascii_case("VCARD") => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    finish(card.take(), true, each);
                }
            }
            _ if depth == 1 => {
                if let Some(card) = &mut card {
                    card.put(&property);
                }
            }
            _ => {}
        }
    }
    finish(card, false, each);
    Ok(())
}

fn finish(card: Option<Card<'_>>, is_whole: bool, each: &mut dyn FnMut(Event)) {
    let Some(card) = card else { return };
    let (line, shown) = (card.line, card.shown());
    let refuse = |reason| Event::Refused(Refusal::new(line, &shown, reason));
    if !is_whole {
        return each(refuse(Reason::OpenCard));
    }
    match card.finish() {
        Ok((entry, notices)) => {
            each(Event::Entry(entry));
            for notice in notices {
                each(Event::Notice(line, notice));
            }
        }
        Err(reason) => each(refuse(reason)),
    }
}

/// A card as it is read.
struct Card<'t> {
    line: usize,
    draft: Draft<'t>,
    /// Its addresses with their ranks.
    addresses: Vec<(u8, String)>,
    name: Option<String>,
    language: Option<(u8, String)>,
}

impl<'t> Card<'t> {
    fn new(line: usize, terms: &'t Terms<'t>) -> Self {
        Self { line, draft: Draft::new(terms), addresses: Vec::new(), name: None, language: None }
    }

    fn put(&mut self, property: &Property) {
        let attribute = |name: &str| Meaning::Attribute(name.into());
        match property.name.as_str() {
            "EMAIL" if self.addresses.len() < ADDRESSES_MAX => {
                self.addresses.push((property.rank(), unescaped(property.value())));
            }
            "FN" => {
                self.name.get_or_insert_with(|| unescaped(property.value()));
            }
            "N" => {
                let value = property.value();
                let mut parts = fields(&value, ';')
                    .into_iter()
                    .map(|part| fields(part, ',').into_iter().map(unescaped).collect::<Vec<_>>().join(" "));
                let (last, first) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                self.draft.put(&attribute(FIRST_NAME), "N", &first);
                self.draft.put(&attribute(LAST_NAME), "N", &last);
            }
            "LANG" => {
                let (rank, value) = (property.rank(), property.value());
                if self.language.as_ref().is_none_or(|(best, _)| rank < *best) {
                    self.language = Some((rank, value));
                }
            }
            "CATEGORIES" => {
                for group in fields(&property.value(), ',') {
                    self.draft.put_group(unescaped(group).trim());
                }
            }
            "ORG" => {
                let value = property.value();
                let parts: Vec<_> =
                    fields(&value, ';').into_iter().map(unescaped).filter(|part| !part.trim().is_empty()).collect();
                self.draft.put(&attribute("organisation"), "ORG", &parts.join(", "));
            }
            _ => {}
        }
    }

    /// What tells a person which card is meant.
    fn shown(&self) -> String {
        let address = self.addresses.first().map(|(_, address)| address.as_str());
        [self.name.as_deref(), address].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn finish(mut self) -> Result<(super::Entry, Vec<Notice>), Reason> {
        if let Some(name) = &self.name {
            self.draft.put(&Meaning::Name, "FN", name);
        }
        if let Some((_, language)) = &self.language {
            self.draft.put(&Meaning::Language, "LANG", language);
        }
        // The first of those with the best rank.
        let best = self.addresses.iter().enumerate().min_by_key(|(_, (rank, _))| *rank).map(|(at, _)| at);
        if let Some(best) = best {
            self.draft.put(&Meaning::Address, "EMAIL", &self.addresses[best].1);
        }
        if self.addresses.len() > 1 {
            self.draft.notice(Notice::SecondAddress);
        }
        self.draft.finish(self.line)
    }
}

/// The unfolded lines of a file.
struct Lines<'t, R> {
    text: &'t mut Text<R>,
    line: usize,
    /// A line that was read to see whether it goes on with the one before.
    next: Option<String>,
}

impl<R: Read> Lines<'_, R> {
    fn line(&mut self) -> std::io::Result<Option<String>> {
        if let Some(line) = self.next.take() {
            return Ok(Some(line));
        }
        Ok(self.text.line(PROPERTY_MAX)?.map(|(line, _)| {
            self.line += 1;
            line
        }))
    }

    /// A property, its folded lines joined (RFC 6350 §3.2), and the line in which it begins.
    fn property(&mut self) -> std::io::Result<Option<(usize, String)>> {
        let Some(mut property) = self.line()? else { return Ok(None) };
        let start = self.line;
        // In 2.1 a quoted-printable line goes on after `=` at its end.
        let is_printable = property.split(':').next().is_some_and(|head| head.to_ascii_uppercase().contains("QUOTED-PRINTABLE"));
        while let Some(next) = self.line()? {
            let continued = match next.strip_prefix([' ', '\t']) {
                Some(rest) => rest,
                None if is_printable && property.ends_with('=') => {
                    property.pop();
                    next.as_str()
                }
                None => {
                    self.next = Some(next);
                    break;
                }
            };
            // A picture may have a million such lines; none of them is kept.
            let room = PROPERTY_MAX.saturating_sub(property.len());
            property.push_str(&continued[..continued.floor_char_boundary(room)]);
        }
        Ok(Some((start, property)))
    }
}

/// A property: `item1.EMAIL;TYPE=home;PREF=1:rina@example.org`.
struct Property {
    name: String,
    parameters: Vec<(String, String)>,
    /// The value as it stands there.
    raw: String,
}

impl Property {
    /// `None` for a line that is no property.
    fn parse(line: &str) -> Option<Self> {
        let mut is_quoted = false;
        let colon = line.char_indices().find(|&(_, c)| {
            is_quoted ^= c == '"';
            c == ':' && !is_quoted
        });
        let (head, raw) = (&line[..colon?.0], &line[colon?.0 + 1..]);
        let mut words = quoted_fields(head).into_iter();
        let name = words.next()?.trim();
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        let parameters = words
            .map(|word| match word.split_once('=') {
                Some((name, value)) => (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()),
                // 2.1 leaves out what the word is.
                None => ("TYPE".to_owned(), word.trim().to_owned()),
            })
            .collect();
        Some(Self { name, parameters, raw: raw.to_owned() })
    }

    fn parameter(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How much it is preferred over others of its name: 1 is most.
    fn rank(&self) -> u8 {
        let told = self.parameter("PREF").find_map(|value| value.parse().ok()).filter(|rank| (1..=100).contains(rank));
        let is_preferred =
            || self.parameter("TYPE").flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("pref"));
        told.unwrap_or_else(|| if is_preferred() { 1 } else { UNRANKED })
    }

    /// The value as text.
    fn value(&self) -> String {
        let words = || self.parameter("ENCODING").chain(self.parameter("TYPE"));
        if !words().any(|word| word.eq_ignore_ascii_case("quoted-printable")) {
            return self.raw.clone();
        }
        let octets = unprinted(&self.raw);
        let encoding =
            self.parameter("CHARSET").find_map(|label| Encoding::for_label(label.as_bytes())).unwrap_or(encoding_rs::UTF_8);
        encoding.decode_without_bom_handling(&octets).0.into_owned()
    }
}

/// The parts of a property's head, which are cut at semicolons outside quotation marks.
fn quoted_fields(head: &str) -> Vec<&str> {
    let mut is_quoted = false;
    head.split(|c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    })
    .collect()
}

/// Quoted-printable to octets (RFC 2045 §6.7).
fn unprinted(text: &str) -> Vec<u8> {
    let octets = text.as_bytes();
    let digit = |at: usize| octets.get(at).and_then(|&octet| char::from(octet).to_digit(16));
    let mut plain = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        match (octets[at], digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                plain.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            (octet, ..) => {
                plain.push(octet);
                at += 1;
            }
        }
    }
    plain
}

/// The parts of a value, which are cut where a mark stands that no backslash is before.
fn fields(value: &str, mark: char) -> Vec<&str> {
    let mut is_escaped = false;
    value
        .split(|c| {
            let is_mark = c == mark && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_mark
        })
        .collect()
}

/// A value without its backslashes (RFC 6350 §3.4).
fn unescaped(value: impl AsRef<str>) -> String {
    let mut plain = String::new();
    let mut characters = value.as_ref().chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}
