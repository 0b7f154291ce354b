//! What several failures come to. Issues are counted, not days: of a newsletter that comes four times a year, no window of weeks ever holds two.

use super::Class;

/// How many of the last issues are looked at.
const ISSUES: usize = 5;
/// In how many of them mail must have failed softly.
const SOFT: usize = 3;
/// The share of a domain, in hundredths, above which a failure is the sender's.
const DOMAIN_PERCENT: u64 = 20;
/// The fewest failures at a domain that are called a domain's: one reader who left a small office is none.
const DOMAIN_MIN: u64 = 5;

/// A failed delivery of one issue to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The issue's slug.
    pub issue: String,
    /// What it said about the address.
    pub class: Class,
}

/// What is to be done about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Stay,
    /// No mail goes there any more: it bounced.
    Bounced,
}

/// Judges an address by what became of the last issues that were sent to it, the newest first. A hard failure counts once and for all; soft ones where
/// they came in three of the last five issues, several in one issue as one; refusals by policy never.
#[must_use]
pub fn score(incidents: &[Incident], issues: &[&str]) -> Verdict {
    if incidents.iter().any(|incident| incident.class == Class::Hard) {
        return Verdict::Bounced;
    }
    let is_soft = |issue: &&&str| {
        let of_it = |incident: &&Incident| incident.issue == ***issue;
        incidents.iter().filter(of_it).any(|incident| matches!(incident.class, Class::Soft | Class::Unknown))
    };
    if issues.iter().take(ISSUES).filter(is_soft).count() >= SOFT { Verdict::Bounced } else { Verdict::Stay }
}

/// Whether so much failed at a domain that it is the sender's fault, or the domain's, and not that of its readers.
#[must_use]
pub fn is_domain_fault(sent: u64, failed: u64) -> bool {
    failed >= DOMAIN_MIN && failed * 100 > sent * DOMAIN_PERCENT
}
