//! A reply of the server.

use std::fmt;

/// How much of a server's words is kept, in characters.
const WORDS_KEPT: usize = 400;

/// A reply of the server (RFC 5321 §4.2): its code and its words, made safe to show and bounded in length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    words: String,
}

impl Reply {
    /// Keeps a reply. Controls in its words, which a hostile server may use to paint on a terminal, become spaces.
    pub(super) fn new(code: u16, words: &str) -> Self {
        let words = words.chars().take(WORDS_KEPT).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        Self { code, words: words.trim().to_owned() }
    }

    /// The three digits.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The server's words, several lines joined by spaces; they begin with the enhanced code if there is one.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The enhanced status code, class, subject and detail (RFC 3463), if the words begin with one.
    #[must_use]
    pub fn enhanced(&self) -> Option<(u8, u16, u16)> {
        let mut parts = self.words.split_whitespace().next()?.splitn(3, '.');
        let class = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        Some((class, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Whether the server took it (2yz).
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether the server did not take it (4yz, 5yz).
    #[must_use]
    pub fn is_negative(&self) -> bool {
        matches!(self.code / 100, 4 | 5)
    }

    /// Whether the server refuses for good (5yz).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Whether it is a refusal for reasons of security or policy (5.7.z, RFC 3463 §3.8): about us more than about the recipient.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        self.is_permanent() && matches!(self.enhanced(), Some((5, 7, _)))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.words)
    }
}
