//! DKIM, as `[dkim]` in `newsletter.toml` says: who signs, with which keys. Holds the keys' files once they are read.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::address::{self, Address};
use super::document::{Fields, Literal};
use super::mistake;
use super::source::Place;

/// The longest name in the DNS, in octets (RFC 1035 §2.3.4), without the dot of the root.
const NAME_MAX: usize = 253;

/// An algorithm of DKIM's; both sign a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS#1 v1.5 (RFC 6376 §3.3.2).
    Rsa,
    /// Ed25519 (RFC 8463): shorter and faster, and not checked by many receivers.
    Ed25519,
}

impl fmt::Display for Algorithm {
    /// The word that key records and signatures have for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        })
    }
}

/// Who signs, with which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that answers for the mail, as A-labels; the sender's, or one above or below it.
    pub domain: String,
    /// The keys, at least one; each makes a signature of its own, in this order.
    pub keys: Vec<Key>,
}

/// A key, by the file it is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Which it must be.
    pub algorithm: Algorithm,
    /// The name under which its public half stands in the DNS, below `_domainkey` and the domain.
    pub selector: String,
    /// The file: PEM, its owner's alone to read. A relative path starts at the project's folder.
    pub file: PathBuf,
    /// Where the file is named.
    pub place: Place,
    /// What the file holds, filled by whoever reads the folder. `None` where it is not there, or not for this user to read.
    pub content: Option<Secret>,
}

/// Octets that no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

impl Secret {
    /// Keeps octets.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Arc::from(octets))
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Dkim {
    /// Reads the table. Without a domain, the sender's signs.
    pub(super) fn read(fields: &Fields<'_>, sender: Option<&Address>) -> Option<Self> {
        let mistakes = fields.mistakes();
        let domain = match fields.line("domain") {
            Some(literal) => read_domain(fields, &literal, sender),
            None if fields.has("domain") => None,
            None => sender.map(|sender| sender.domain().to_owned()),
        };
        let has_second = fields.has("ed25519");
        let rsa = if fields.has("selector") || fields.has("key") || !has_second {
            Some(read_key(fields, Algorithm::Rsa, domain.as_deref()))
        } else {
            fields.expect("selector");
            fields.expect("key");
            None
        };
        let second = fields.table("ed25519", "[dkim.ed25519]").map(|fields| {
            let key = read_key(&fields, Algorithm::Ed25519, domain.as_deref());
            if rsa.is_none() {
                mistakes.add(mistake::ed25519_alone(fields.place()));
            }
            fields.finish();
            key
        });
        if has_second && second.is_none() {
            return None;
        }
        let keys: Option<Vec<_>> = rsa.into_iter().chain(second).collect();
        let keys = keys?;
        if let [first, second] = &keys[..]
            && first.selector == second.selector
        {
            mistakes.add(mistake::selector_twice(second.place.clone(), &second.selector));
            return None;
        }
        Some(Self { domain: domain?, keys })
    }
}

fn read_domain(fields: &Fields<'_>, literal: &Literal<'_>, sender: Option<&Address>) -> Option<String> {
    let mistakes = fields.mistakes();
    let Ok(domain) = address::parse_domain(literal.text) else {
        let message = format!("`{}` is no domain", literal.text);
        mistakes.add(mistake::bad_value(literal.place(), message, "write the domain alone, such as example.org"));
        return None;
    };
    if let Some(sender) = sender.filter(|sender| !is_aligned(&domain, sender.domain())) {
        mistakes.add(mistake::unaligned_domain(literal.place(), &domain, sender.domain()));
        return None;
    }
    Some(domain.into_owned())
}

/// Whether DMARC takes a signature of one domain for mail from another, as far as can be told without a list of public suffixes: one is
/// the other, or above it (RFC 7489 §3.1.1, relaxed).
pub(crate) fn is_aligned(domain: &str, sender: &str) -> bool {
    let is_below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
    domain == sender || is_below(sender, domain) || is_below(domain, sender)
}

fn read_key(fields: &Fields<'_>, algorithm: Algorithm, domain: Option<&str>) -> Option<Key> {
    let example = match algorithm {
        Algorithm::Rsa => "\"2026a\"",
        Algorithm::Ed25519 => "\"2026a-ed25519\"",
    };
    let selector = fields.need("selector", example, |fields, key| {
        let literal = fields.line(key)?;
        let selector = literal.text.to_ascii_lowercase();
        if is_selector(&selector, domain.unwrap_or_default()) {
            return Some(selector);
        }
        let message = format!("`{}` cannot name a key in the DNS", literal.text);
        let help = "use letters, digits and hyphens, such as 2026a; a new key gets a new name";
        fields.mistakes().add(mistake::bad_value(literal.place(), message, help));
        None
    });
    let file = fields.need("key", "\"/etc/postrider/dkim.pem\"", |fields, key| {
        let literal = fields.string(key)?;
        if literal.text.contains("PRIVATE KEY") || literal.text.contains('\n') {
            let place = fields.place_of_key(key).hiding(literal.span);
            fields.mistakes().add(mistake::key_in_file(place));
            return None;
        }
        fields.line(key)
    });
    let file = file?;
    Some(Key { algorithm, selector: selector?, file: PathBuf::from(file.text), place: file.place(), content: None })
}

/// Whether a name can stand before `_domainkey` (RFC 6376 §3.1): labels of letters, digits and hyphens.
#[must_use]
pub fn is_selector(selector: &str, domain: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        (1..=63).contains(&label.len()) && is_plain && !label.starts_with('-') && !label.ends_with('-')
    };
    selector.split('.').all(is_label) && selector.len() + "._domainkey.".len() + domain.len() <= NAME_MAX
}
