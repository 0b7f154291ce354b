//! Texts made fit for the wire (RFC 2045 §6.7 and §6.8), in pieces: what is the same for everyone is encoded once.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The widest line, in octets without its end (RFC 2045 §6.7, §6.8).
const WIDTH: usize = 76;
/// Octets that become one whole line of base64.
const ROW: usize = WIDTH / 4 * 3;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Adds a text with LF line ends as quoted-printable, from a column of a line on, and returns the column it ends at.
///
/// A space at the end of a line or of the text is encoded, for white space at line ends does not travel; so is a dot at the begin of a
/// line, which SMTP would have to double (RFC 5321 §4.5.2).
pub(super) fn quoted(text: &str, mut column: usize, into: &mut Vec<u8>) -> usize {
    let octets = text.as_bytes();
    for (at, &octet) in octets.iter().enumerate() {
        if octet == b'\n' {
            into.extend_from_slice(b"\r\n");
            column = 0;
            continue;
        }
        let is_last = octets.get(at + 1).is_none_or(|&next| next == b'\n');
        let is_plain = matches!(octet, b'!'..=b'~') && octet != b'=' || octet == b' ' && !is_last;
        // The last column is for the sign that the line goes on.
        if column + if is_plain { 1 } else { 3 } >= WIDTH {
            into.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if is_plain && !(octet == b'.' && column == 0) {
            into.push(octet);
            column += 1;
        } else {
            into.extend([b'=', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
            column += 3;
        }
    }
    column
}

/// Whether base64 is shorter for a text than quoted-printable. As it stands it never goes: long lines and spaces at line ends do not
/// travel.
pub(super) fn is_base64_shorter(text: &str) -> bool {
    let escaped = text.bytes().filter(|octet| !matches!(octet, b'\n' | b' '..=b'~') || *octet == b'=').count();
    // Three octets for one that is escaped, and three to break each line; four for three, and two at the end of each line.
    text.len().div_ceil(3) * 4 * 78 / 76 < (text.len() + 2 * escaped) * 76 / 73
}

/// Adds octets as base64, in whole lines.
pub(super) fn base64(octets: &[u8], into: &mut Vec<u8>) {
    for row in octets.chunks(ROW) {
        into.extend_from_slice(BASE64_STANDARD.encode(row).as_bytes());
        into.extend_from_slice(b"\r\n");
    }
}

/// A text to be encoded in base64 behind others: in three ways, for base64 takes three octets at a time and what stands before may end
/// within three.
#[derive(Debug)]
pub(super) struct Aligned {
    octets: Vec<u8>,
    encoded: [OnceLock<Arc<[u8]>>; 3],
}

impl Aligned {
    /// A text with CRLF line ends.
    pub(super) fn new(octets: Vec<u8>) -> Self {
        Self { octets, encoded: Default::default() }
    }

    /// What completes the three octets that `before` octets have begun, the whole lines after it, and what is left for the next text.
    pub(super) fn after(&self, before: usize) -> (&[u8], Arc<[u8]>, &[u8]) {
        let lead = ((3 - before % 3) % 3).min(self.octets.len());
        let (first, rest) = self.octets.split_at(lead);
        let (whole, last) = rest.split_at(rest.len() / 3 * 3);
        let encode = || {
            let mut encoded = Vec::with_capacity(whole.len() / ROW * (WIDTH + 2) + WIDTH + 2);
            base64(whole, &mut encoded);
            encoded.into()
        };
        (first, Arc::clone(self.encoded[lead].get_or_init(encode)), last)
    }
}
