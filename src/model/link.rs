//! Where a link leads.

use url::Url;

use super::address::Address;
use super::bidi;
use super::source::Place;

/// A link that may stand in a mail: `https`, `http` or `mailto`, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    written: String,
    href: String,
    place: Option<Place>,
}

impl Link {
    /// Reads a link as written, after Markdown's and TOML's own escapes are resolved.
    ///
    /// The address is taken apart as browsers do (WHATWG URL), so that no spelling of another scheme passes.
    ///
    /// # Errors
    /// Says what is wrong in a few words.
    pub fn parse(written: &str) -> Result<Self, &'static str> {
        if written.is_empty() {
            return Err("the address is empty");
        }
        if written.contains("{{") {
            return Err("merge fields do not stand in addresses: every reader gets the same links");
        }
        if written.chars().any(|c| c.is_control() || c.is_whitespace() || bidi::is_control(c)) {
            return Err("it holds a space or a control character");
        }
        let url = Url::parse(written).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => "a reader's mail has no place from which a relative address could start",
            _ => "it is not a whole web address",
        })?;
        match url.scheme() {
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                Err("it holds a user name or a password")
            }
            "http" | "https" => Ok(()),
            "mailto" if url.path().contains('@') => Ok(()),
            "mailto" => Err("a mailto: link needs an address"),
            _ => Err("only https:, http: and mailto: may be linked"),
        }?;
        Ok(Self { written: written.to_owned(), href: url.into(), place: None })
    }

    /// The link, written there.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Where it is written, if in a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The link for an `href`: percent-encoded, its host as A-labels. It still needs HTML's own escaping.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// The link for people to read in plain text: as written, `mailto:` left out.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.written.strip_prefix("mailto:").unwrap_or(&self.written)
    }
}

/// The link to a mailbox (RFC 6068 §2). It is ASCII: what a local part may hold and a link gives a meaning of its own, such as `?`, is
/// percent-encoded, and so is what lies beyond ASCII.
#[must_use]
pub fn mailto(address: &Address) -> String {
    let keep = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~!$'*+".contains(octet);
    let encode = |octet: u8| if keep(&octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") };
    let local: String = address.local_part().bytes().map(encode).collect();
    format!("mailto:{local}@{}", address.domain())
}
