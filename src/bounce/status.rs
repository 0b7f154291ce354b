//! What a status and a server's words say about an address.

use std::fmt;

use super::phrase;

/// A status of mail (RFC 3463 §2): class, subject and detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status {
    /// 2, 4 or 5.
    pub class: u8,
    /// What it is about: addresses (1), mailboxes (2), the mail system (3), the network (4), the protocol (5), the content (6), policy (7).
    pub subject: u16,
    /// What in particular.
    pub detail: u16,
}

/// What a failed delivery says about the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Nothing about the address: we, our mail or our server were refused. Never counted.
    Policy,
    /// It may work again: a full mailbox, a server that did not answer.
    Soft,
    /// Nobody can tell: counted as [`Soft`](Self::Soft).
    Unknown,
    /// There is no such mailbox.
    Hard,
}

impl Status {
    /// Reads `5.1.1`, alone or at the beginning of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut numbers = text[..end].trim_end_matches('.').split('.');
        let class = numbers.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        let mut number = || numbers.next().filter(|digits| (1..=3).contains(&digits.len()))?.parse().ok();
        let (subject, detail) = (number()?, number()?);
        numbers.next().is_none().then_some(Self { class, subject, detail })
    }

    /// The first one in a text, standing by itself.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || "()[]<>;,:#=-".contains(c)).find_map(|word| {
            let word = word.trim_end_matches(['.', '!']);
            // An address of the network has four numbers, and a version two.
            (word.matches('.').count() == 2 && word.chars().all(|c| c.is_ascii_digit() || c == '.')).then(|| Self::parse(word))?
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// The first reply code in a text (RFC 5321 §4.2): 4 or 5 and two digits, standing by itself.
pub(super) fn code(text: &str) -> Option<u16> {
    text.split(|c: char| c.is_whitespace() || "()[]<>;,:#'\"".contains(c)).find_map(|word| {
        let digits = word.split('-').next().unwrap_or_default();
        let is_code = digits.len() == 3 && digits.starts_with(['4', '5']) && digits.chars().all(|c| c.is_ascii_digit());
        is_code.then(|| digits.parse().ok())?
    })
}

/// Judges a final failure.
///
/// What RFC 3463 says of the address itself is believed (§3.2, §3.3), unless the words say that we were refused: many servers give one status for
/// all refusals. Policy (5.7, §3.8) and content (5.6, §3.7) are never the address's fault, whatever the words say. Where the status says
/// nothing (5.0.0, 5.5.0), the words do, and after them the reply code.
#[must_use]
pub fn judge(status: Option<Status>, code: Option<u16>, text: &str) -> Class {
    let words = phrase::class(text);
    if words == Some(Class::Policy) {
        return Class::Policy;
    }
    match status.map(|status| (status.class, status.subject, status.detail)) {
        // Greylisting is told as policy, and a rush of mail as a mailbox that takes none.
        Some((4, 7, _) | (5, 2, 1)) if words == Some(Class::Soft) => Class::Soft,
        // Too large, the sender's address, the content, policy: ours.
        Some((_, 7 | 6, _) | (_, 3, 4) | (_, 1, 7 | 8) | (_, 2, 3)) => Class::Policy,
        // What was tried until it expired is no proof that the mailbox is not there; one that is full may take mail again, though the server calls it
        // final.
        Some((4, ..) | (5, 2, 2)) => Class::Soft,
        Some((5, 1, 0..=4 | 6 | 9 | 10) | (5, 2, 1)) => Class::Hard,
        Some((5, 3 | 4, _)) => words.unwrap_or(Class::Soft),
        _ => words.unwrap_or(match code {
            Some(400..500 | 552) => Class::Soft,
            Some(551 | 553) => Class::Hard,
            _ => Class::Unknown,
        }),
    }
}
