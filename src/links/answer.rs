//! What came of asking for one address.

use std::net::IpAddr;

use hyper::StatusCode;
use hyper::header::{HeaderMap, LOCATION, SET_COOKIE};
use url::Url;

/// What came of asking for one address. The words are clauses about it: "the server answers 404 Not Found".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is there.
    Fine,
    /// It is elsewhere.
    Moved {
        to: Url,
        /// Whether it will stay there (301, 308).
        is_permanent: bool,
        /// Whether the server wants to know us again by a cookie, which it never gets.
        sets_cookie: bool,
    },
    /// It is not there.
    Gone(String),
    /// It is at an address where readers cannot go; the words say of which kind.
    Private(IpAddr, &'static str),
    /// Its host's name has no address, or none could be learnt.
    Unresolved(String),
    /// Its host is reserved for examples; it was not asked.
    Reserved,
    /// Nobody knows.
    Unclear(String),
}

impl Answer {
    /// Reads the head of an HTTP response to a request for `url` (RFC 9110 §15).
    pub(super) fn read(url: &Url, status: StatusCode, headers: &HeaderMap) -> Self {
        let said = || match status.canonical_reason() {
            Some(reason) => format!("the server answers {} {reason}", status.as_u16()),
            None => format!("the server answers {}", status.as_u16()),
        };
        match status.as_u16() {
            200..=299 => Self::Fine,
            301 | 302 | 303 | 307 | 308 => Self::redirect(url, status, headers),
            404 | 410 | 500..=502 | 504..=599 => Self::Gone(said()),
            // Whatever else a server says to a program, it may say otherwise to a reader; 429 and 503 mean: not now.
            _ => Self::Unclear(said()),
        }
    }

    fn redirect(url: &Url, status: StatusCode, headers: &HeaderMap) -> Self {
        let Some(location) = headers.get(LOCATION) else {
            return Self::Gone("the server redirects and does not say where".to_owned());
        };
        let Ok(mut to) = url.join(&String::from_utf8_lossy(location.as_bytes())) else {
            return Self::Gone("the server redirects to something that is no address".to_owned());
        };
        if !matches!(to.scheme(), "http" | "https") {
            return Self::Gone(format!(
                "the server redirects to an address of the kind {}:, which is not the web's",
                to.scheme()
            ));
        }
        // Neither is ever sent. That they cannot be taken out happens only to addresses without a host, which these have.
        let _ = (to.set_username(""), to.set_password(None));
        let is_permanent = matches!(status.as_u16(), 301 | 308);
        Self::Moved { to, is_permanent, sets_cookie: headers.contains_key(SET_COOKIE) }
    }
}

/// An address without what its server never sees: the part from `#` on.
pub(super) fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
