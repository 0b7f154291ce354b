//! The hash of a body (RFC 6376 §3.4.3, §3.4.4), taken piece by piece.

use aws_lc_rs::digest::{Context, Digest, SHA256};

/// Octets that are looked at together; the comparison of so many becomes a few instructions.
const STRIDE: usize = 64;

/// The SHA-256 of a body in relaxed canonicalisation (RFC 6376 §3.4.4), fed in pieces of any size.
///
/// Where many messages begin alike, feed the common part once and go on with a clone for each.
///
/// Line ends are CRLF; a CR or an LF alone counts as any other octet.
#[derive(Clone)]
pub struct BodyHash {
    context: Context,
    /// Line ends that were met and not hashed: at the end of the body they do not count.
    line_ends: usize,
    /// White space was met and not hashed: at the end of a line it does not count.
    has_space: bool,
    /// A CR was met, and what follows it was not.
    has_cr: bool,
    /// Something was hashed.
    has_content: bool,
}

impl Default for BodyHash {
    fn default() -> Self {
        Self::new()
    }
}

impl BodyHash {
    /// The hash of a body that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self { context: Context::new(&SHA256), line_ends: 0, has_space: false, has_cr: false, has_content: false }
    }

    /// The next piece of the body, as it goes over the wire but for dot-stuffing.
    pub fn update(&mut self, mut octets: &[u8]) {
        while let Some((&first, rest)) = octets.split_first() {
            if self.is_settled() {
                let (canonical, others) = octets.split_at(canonical_part(octets));
                // What ends a line or may end the body is known for what it is only by what follows.
                let kept = canonical.iter().rposition(|octet| !b" \t\r\n".contains(octet)).map_or(0, |last| last + 1);
                if kept > 0 {
                    self.context.update(&canonical[..kept]);
                    self.has_content = true;
                    canonical[kept..].iter().for_each(|&octet| self.push(octet));
                    octets = others;
                    continue;
                }
            }
            self.push(first);
            octets = rest;
        }
    }

    /// The hash of the whole body. Empty lines at its end do not count, and a last line without an end gets one; a body of nothing
    /// else is hashed as nothing.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        if self.has_cr {
            self.content(b'\r');
        }
        if self.has_content {
            self.context.update(b"\r\n");
        }
        octets_of(&self.context.finish())
    }

    /// Whether all that was met is hashed.
    fn is_settled(&self) -> bool {
        self.line_ends == 0 && !self.has_space && !self.has_cr
    }

    fn push(&mut self, octet: u8) {
        if octet == b'\n' && self.has_cr {
            self.has_cr = false;
            self.has_space = false;
            self.line_ends += 1;
            return;
        }
        if self.has_cr {
            self.has_cr = false;
            self.content(b'\r');
        }
        match octet {
            b'\r' => self.has_cr = true,
            b' ' | b'\t' => self.has_space = true,
            _ => self.content(octet),
        }
    }

    /// Hashes an octet, and before it what was held back.
    fn content(&mut self, octet: u8) {
        for _ in 0..std::mem::take(&mut self.line_ends) {
            self.context.update(b"\r\n");
        }
        if std::mem::take(&mut self.has_space) {
            self.context.update(b" ");
        }
        self.context.update(&[octet]);
        self.has_content = true;
    }
}

impl std::fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyHash").finish_non_exhaustive()
    }
}

/// How many octets from the first on are in canonical form as they stand, whatever follows: without a tab, and without a space before
/// white space or a CR. Text from our own composer is so from end to end.
fn canonical_part(octets: &[u8]) -> usize {
    let Some((&last, before)) = octets.split_last() else { return 0 };
    let mut at = 0;
    while at + STRIDE <= before.len() {
        let (here, next) = (&octets[at..at + STRIDE], &octets[at + 1..=at + STRIDE]);
        if here.iter().zip(next).fold(0, |found, (&octet, &next)| found | is_changed(octet, next)) != 0 {
            break;
        }
        at += STRIDE;
    }
    let mut pairs = octets[at..].iter().zip(&octets[at + 1..]);
    match pairs.position(|(&octet, &next)| is_changed(octet, next) != 0) {
        Some(found) => at + found,
        None if last == b'\t' => before.len(),
        None => octets.len(),
    }
}

/// 1 if an octet does not stay as it is before the next one, else 0. In octets and without branches, so that the compiler makes vectors
/// of the loop above: that is twenty times as fast.
fn is_changed(octet: u8, next: u8) -> u8 {
    let is = |one: u8, other: u8| u8::from(one == other);
    is(octet, b'\t') | is(octet, b' ') & (is(next, b' ') | is(next, b'\t') | is(next, b'\r'))
}

/// A body as it stands, empty lines at its end apart (RFC 6376 §3.4.3). Only met in the signatures of others.
pub(super) fn simple_body(body: &[u8]) -> Vec<u8> {
    let mut end = body.len();
    while body[..end].ends_with(b"\r\n") {
        end -= 2;
    }
    [&body[..end], b"\r\n"].concat()
}

/// A body in relaxed canonicalisation, whole: for signatures that cover a part of it.
pub(super) fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(body.len() + 2);
    let mut rest = body;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let line = &rest[..end.unwrap_or(rest.len())];
        super::header::collapse(line, false, &mut canonical);
        while canonical.last() == Some(&b' ') {
            canonical.pop();
        }
        canonical.extend_from_slice(b"\r\n");
        rest = &rest[end.map_or(rest.len(), |end| end + 2)..];
    }
    while canonical.ends_with(b"\r\n") {
        canonical.truncate(canonical.len() - 2);
    }
    if !canonical.is_empty() {
        canonical.extend_from_slice(b"\r\n");
    }
    canonical
}

/// A SHA-256 as an array.
pub(super) fn octets_of(digest: &Digest) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest.as_ref());
    octets
}
