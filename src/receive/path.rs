//! The paths of MAIL and RCPT: `<local-part@domain>` (RFC 5321 §4.1.2, RFC 6531 §3.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// The longest local part, in octets, quotes counted (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;
/// The longest domain, in octets (RFC 5321 §4.5.3.1.2).
const DOMAIN_MAX: usize = 255;
/// The longest path, in octets, angle brackets counted (RFC 5321 §4.5.3.1.3).
const PATH_MAX: usize = 256;
/// The longest label of a domain, in octets (RFC 1035 §2.3.4).
const LABEL_MAX: usize = 63;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// No `<` right after the colon, or no `>` after it.
    #[error("does not stand between < and > right after the colon")]
    Brackets,
    /// `<>` where a recipient must be.
    #[error("is empty")]
    Empty,
    /// More than 256 octets with its brackets.
    #[error("is a path of more than 256 octets")]
    TooLong,
    /// A source route that is not a list of `@domain`.
    #[error("has a source route that is not a list of @domain, closed with a colon")]
    Route,
    /// No `@` between local part and domain.
    #[error("has no @ between its local part and its domain")]
    At,
    /// A local part of more than 64 octets.
    #[error("has a local part of more than 64 octets")]
    LocalPartTooLong,
    /// A local part that is neither atoms with dots between them nor a quoted string.
    #[error("has a local part that is neither atoms with dots between them nor a quoted string")]
    LocalPart,
    /// A domain that is neither labels with dots between them nor an address literal.
    #[error("has a domain that is neither labels with dots between them nor an address in brackets")]
    Domain,
}

/// Reads the path of MAIL at the start of `text`: the mailbox in it and what follows its `>`.
///
/// The mailbox is as written, without brackets and without the source route, which is ignored as RFC 5321 appendix C asks; it is
/// empty for `<>`. Whether it may go beyond ASCII is not decided here.
///
/// # Errors
/// Says which rule of the grammar the path breaks.
pub fn parse_reverse(text: &str) -> Result<(&str, &str), Malformed> {
    let (inner, rest) = strip_brackets(text)?;
    if inner.is_empty() {
        return Ok((inner, rest));
    }
    Ok((parse_mailbox(inner)?, rest))
}

/// Reads the path of RCPT at the start of `text`, as [`parse_reverse`] does, but `<>` is refused and `<Postmaster>` alone is
/// taken.
///
/// # Errors
/// Says which rule of the grammar the path breaks.
pub fn parse_forward(text: &str) -> Result<(&str, &str), Malformed> {
    let (inner, rest) = strip_brackets(text)?;
    if inner.is_empty() {
        return Err(Malformed::Empty);
    }
    if inner.eq_ignore_ascii_case("postmaster") {
        return Ok((inner, rest));
    }
    Ok((parse_mailbox(inner)?, rest))
}

/// Whether `text` is a domain, in A-labels or in Unicode, or an IP address in brackets.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(is_ip_address),
        None => is_domain_name(text),
    }
}

/// Splits `<inner>rest`. A `>` within a quoted string does not close the path.
fn strip_brackets(text: &str) -> Result<(&str, &str), Malformed> {
    let inner = text.strip_prefix('<').ok_or(Malformed::Brackets)?;
    let (mut quoted, mut escaped) = (false, false);
    let end = inner.find(|c| {
        let closes = c == '>' && !quoted;
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && quoted && !escaped;
        closes
    });
    let end = end.ok_or(Malformed::Brackets)?;
    if end + "<>".len() > PATH_MAX {
        return Err(Malformed::TooLong);
    }
    Ok((&inner[..end], &inner[end + 1..]))
}

fn parse_mailbox(inner: &str) -> Result<&str, Malformed> {
    let mailbox = strip_route(inner)?;
    // The local part may hold an @ between quotes, the domain may not hold one at all.
    let (local_part, domain) = mailbox.rsplit_once('@').ok_or(Malformed::At)?;
    if local_part.len() > LOCAL_PART_MAX {
        return Err(Malformed::LocalPartTooLong);
    }
    if !is_dot_string(local_part) && !is_quoted_string(local_part) {
        return Err(Malformed::LocalPart);
    }
    if !is_domain(domain) {
        return Err(Malformed::Domain);
    }
    Ok(mailbox)
}

fn strip_route(inner: &str) -> Result<&str, Malformed> {
    if !inner.starts_with('@') {
        return Ok(inner);
    }
    let (route, mailbox) = inner.split_once(':').ok_or(Malformed::Route)?;
    let is_hop = |hop: &str| hop.strip_prefix('@').is_some_and(is_domain_name);
    if route.split(',').all(is_hop) { Ok(mailbox) } else { Err(Malformed::Route) }
}

fn is_dot_string(local_part: &str) -> bool {
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_beyond_ascii(c);
    local_part.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_quoted_string(local_part: &str) -> bool {
    let Some(content) = local_part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut escaped = false;
    let is_content = content.chars().all(|c| {
        let fits = if escaped { is_printable_ascii(c) } else { c != '"' && (is_printable_ascii(c) || is_beyond_ascii(c)) };
        escaped = c == '\\' && !escaped;
        fits
    });
    is_content && !escaped
}

fn is_domain_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_beyond_ascii(c);
    let is_label = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len()) && label.chars().all(is_letter) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= DOMAIN_MAX && text.split('.').all(is_label)
}

fn is_ip_address(literal: &str) -> bool {
    match literal.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => literal[5..].parse::<Ipv6Addr>().is_ok(),
        _ => literal.parse::<Ipv4Addr>().is_ok(),
    }
}

fn is_printable_ascii(c: char) -> bool {
    matches!(c, ' '..='~')
}

/// UTF-8 is taken as RFC 6531 does, without asking IDNA about each label; but nothing that is invisible or breaks a line.
fn is_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_taken_as_written_and_what_follows_is_left() {
        let long = format!("<{}@{}.example>", "l".repeat(64), "d".repeat(63));
        for (text, mailbox) in [
            ("<ada@example.org>", "ada@example.org"),
            ("<Ada.Lovelace+news@EXAMPLE.org>", "Ada.Lovelace+news@EXAMPLE.org"),
            ("<@one.example,@two.example:ada@example.org>", "ada@example.org"),
            (r#"<"ada > \" @ home"@example.org>"#, r#""ada > \" @ home"@example.org"#),
            (r#"<"\\"@example.org>"#, r#""\\"@example.org"#),
            ("<ada@[127.0.0.1]>", "ada@[127.0.0.1]"),
            ("<ada@[IPv6:::1]>", "ada@[IPv6:::1]"),
            ("<আদা@উদাহরণ.example>", "আদা@উদাহরণ.example"),
            (&long, &long[1..long.len() - 1]),
        ] {
            let with_rest = format!("{text} SIZE=1");
            assert_eq!(parse_reverse(&with_rest), Ok((mailbox, " SIZE=1")), "{text}");
            assert_eq!(parse_forward(&with_rest), Ok((mailbox, " SIZE=1")), "{text}");
        }
    }

    #[test]
    fn only_a_sender_may_be_empty_and_only_a_recipient_may_be_postmaster() {
        assert_eq!(parse_reverse("<>"), Ok(("", "")));
        assert_eq!(parse_forward("<>"), Err(Malformed::Empty));
        assert_eq!(parse_forward("<Postmaster>"), Ok(("Postmaster", "")));
        assert_eq!(parse_reverse("<Postmaster>"), Err(Malformed::At));
    }

    #[test]
    fn each_way_to_miswrite_a_path_has_its_name() {
        let long_local = format!("<{}@example.org>", "l".repeat(65));
        let long_label = format!("<ada@{}.example>", "d".repeat(64));
        let long_path = format!("<ada@{}example>", "d.".repeat(130));
        for (text, why) in [
            ("", Malformed::Brackets),
            ("ada@example.org", Malformed::Brackets),
            (" <ada@example.org>", Malformed::Brackets),
            ("<ada@example.org", Malformed::Brackets),
            (r#"<"ada>@example.org"#, Malformed::Brackets),
            ("<ada>", Malformed::At),
            ("<@one.example,two.example:ada@example.org>", Malformed::Route),
            ("<@one.example>", Malformed::Route),
            ("<@example.org:>", Malformed::At),
            ("<@>", Malformed::Route),
            ("<ada..b@example.org>", Malformed::LocalPart),
            ("<.ada@example.org>", Malformed::LocalPart),
            ("<ada b@example.org>", Malformed::LocalPart),
            ("<a<da@example.org>", Malformed::LocalPart),
            ("<ada@home@example.org>", Malformed::LocalPart),
            (r#"<"a"da@example.org>"#, Malformed::LocalPart),
            (r#"<"ada"@example.org\">"#, Malformed::Brackets),
            (r#"<"ada\"@example.org">"#, Malformed::LocalPart),
            ("<ada\u{85}@example.org>", Malformed::LocalPart),
            ("<ada@>", Malformed::Domain),
            ("<ada@example.org.>", Malformed::Domain),
            ("<ada@-example.org>", Malformed::Domain),
            ("<ada@exa_mple.org>", Malformed::Domain),
            ("<ada@[127.0.0.256]>", Malformed::Domain),
            ("<ada@[::1]>", Malformed::Domain),
            ("<ada@[127.0.0.1>", Malformed::Domain),
            ("<ada@ex\u{2028}ample.org>", Malformed::Domain),
            (&long_local, Malformed::LocalPartTooLong),
            (&long_label, Malformed::Domain),
            (&long_path, Malformed::TooLong),
        ] {
            assert_eq!(parse_forward(text), Err(why), "{text}");
        }
    }
}
