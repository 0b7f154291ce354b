//! Mail addresses and the names shown before them.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::bidi;

/// The longest local part a server must take, in octets (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;
/// The longest address that fits a path of 256 octets between its angle brackets (RFC 5321 §4.5.3.1.3).
const ADDRESS_MAX: usize = 254;

/// A mail address that can stand in an envelope and in a header.
///
/// It is kept as its owner writes it (NFC) and with its domain as A-labels, the form that goes over the wire. The local part is a
/// dot-atom (RFC 5321 §4.1.2), which may hold characters beyond ASCII (RFC 6531); quoted local parts and address literals are
/// not taken, for no list needs them and many servers mishandle them.
///
/// Two addresses are [the same mailbox](Self::is_same_mailbox) when they differ in nothing but case; plus tags and dots are never
/// folded. `==` compares the exact wire form.
#[derive(Clone)]
pub struct Address {
    written: Box<str>,
    /// Octets of it before the `@`.
    at: usize,
    /// The domain where it is written otherwise: a list has many people, and few of these.
    domain: Option<Box<str>>,
}

/// Why a text is not an address, in words for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is there.
    #[error("the address is empty")]
    Empty,
    /// CR, LF, NUL, tabs, spaces and their kin, which could smuggle in a header or a command.
    #[error("the address holds {0}, which no address may hold")]
    Forbidden(String),
    /// No `@`, or more than one.
    #[error("an address has exactly one @ between its two parts")]
    At,
    /// The part before the `@`.
    #[error("the part before the @ {0}")]
    LocalPart(&'static str),
    /// The part after the `@`.
    #[error("the domain after the @ {0}")]
    Domain(&'static str),
}

impl Address {
    /// Reads `written`, which must be the address alone: no name, no angle brackets.
    ///
    /// # Errors
    /// Says which part is wrong. Nothing is trimmed or repaired: what a person wrote is shown back to them instead.
    pub fn parse(written: &str) -> Result<Self, AddressError> {
        if written.is_empty() {
            return Err(AddressError::Empty);
        }
        if let Some(c) = written.chars().find(|&c| is_forbidden(c) || c == ' ') {
            return Err(AddressError::Forbidden(describe(c)));
        }
        let written = composed(written);
        let (local, written_domain) = written.rsplit_once('@').ok_or(AddressError::At)?;
        let at = parse_local(local)?.len();
        let domain = parse_domain(written_domain)?;
        if at + 1 + domain.len() > ADDRESS_MAX {
            return Err(AddressError::Domain("makes the address longer than 254 octets"));
        }
        let domain = (domain != written_domain).then(|| domain.into_owned().into());
        Ok(Self { at, domain, written: written.into_owned().into() })
    }

    /// The address as its owner writes it, for people to read.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The part before the `@`, its case kept.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.written[..self.at]
    }

    /// The domain as lower-case A-labels: always ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.domain.as_deref().unwrap_or(&self.written[self.at + 1..])
    }

    /// The address for an envelope or a header: `local@a-labels`.
    #[must_use]
    pub fn wire(&self) -> String {
        format!("{}@{}", self.local_part(), self.domain())
    }

    /// Whether the relay must offer SMTPUTF8 to take this address (RFC 6531 §3.2): only a local part beyond ASCII asks for it.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local_part().is_ascii()
    }

    /// What identifies the mailbox for comparing: the wire form in lower case. Never send to it: the case of a local part is its
    /// server's business.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}", self.local_part().to_lowercase(), self.domain())
    }

    /// Whether both name one mailbox, as far as a sender can know.
    #[must_use]
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.local_part() == other.local_part() && self.domain() == other.domain()
    }
}

impl Eq for Address {}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.wire())
    }
}

fn parse_local(local: &str) -> Result<&str, AddressError> {
    if local.is_empty() {
        return Err(AddressError::LocalPart("is empty"));
    }
    if local.contains('@') {
        return Err(AddressError::At);
    }
    if local.len() > LOCAL_PART_MAX {
        return Err(AddressError::LocalPart("is longer than 64 octets"));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(AddressError::LocalPart("begins or ends with a dot, or has two dots in a row"));
    }
    // RFC 5322 §3.2.3, atext; beyond ASCII, RFC 6532 §3.2.
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || !c.is_ascii();
    if !local.chars().all(is_atext) {
        return Err(AddressError::LocalPart("holds a character that is not allowed there"));
    }
    Ok(local)
}

/// A text in NFC.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Reads a domain as lower-case A-labels.
pub(super) fn parse_domain(domain: &str) -> Result<Cow<'_, str>, AddressError> {
    if domain.is_empty() {
        return Err(AddressError::Domain("is empty"));
    }
    if domain.starts_with('[') {
        return Err(AddressError::Domain("is an address literal; a name is needed"));
    }
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3)
        .map_err(|_| AddressError::Domain("is not a domain name"))?;
    if !ascii.contains('.') {
        return Err(AddressError::Domain("has no dot"));
    }
    let is_label = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    if ascii.len() > 253 || !ascii.split('.').all(is_label) {
        return Err(AddressError::Domain("is not a domain name"));
    }
    Ok(ascii)
}

/// The name shown for a person or a list, safe in any header.
///
/// Any script, NFC, no surrounding white space, no controls. May be empty: then the address stands alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisplayName(Box<str>);

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// Describes the first character that no name may hold.
    pub fn parse(written: &str) -> Result<Self, String> {
        match written.chars().find(|&c| is_forbidden(c)) {
            Some(c) => Err(describe(c)),
            None => Ok(Self(composed(bidi::settled(written).trim()).into_owned().into())),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a character may never stand in a header, a name or a single line of text: controls (CR, LF and NUL among them), the line
/// and paragraph separators, and non-characters.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE
}

/// A character that cannot be shown as itself, named for a message: `a line feed (U+000A)`.
#[must_use]
pub fn describe(c: char) -> String {
    let name = match c {
        '\0' => "a NUL",
        '\t' => "a tab",
        '\n' => "a line feed",
        '\r' => "a carriage return",
        ' ' => "a space",
        '\u{2028}' | '\u{2029}' => "a line separator",
        _ => "a control character",
    };
    format!("{name} (U+{:04X})", u32::from(c))
}
