//! Signing: what is signed, and how the fields are written.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::body::BodyHash;
use super::header::{self, Field};
use super::key::PrivateKey;
use super::record::Record;

/// The widest line of a signature, in octets (RFC 5322 §2.1.1 asks for 78).
const LINE_WIDTH: usize = 76;

/// Whether a field is signed once more than it occurs, so that nobody can add another (RFC 6376 §8.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seal {
    /// In any case: what is not there stays so.
    Always,
    /// If it occurs.
    IfPresent,
    /// Never: lists and relays may add one of their own.
    Never,
}

/// The fields to sign, in the order in which they are named (RFC 6376 §5.4.1; RFC 8058 §4 for those to unsubscribe).
const SIGNED: [(&str, Seal); 18] = [
    ("From", Seal::Always),
    ("Reply-To", Seal::Always),
    ("To", Seal::Always),
    ("Subject", Seal::Always),
    ("Date", Seal::Always),
    ("Message-ID", Seal::Always),
    ("MIME-Version", Seal::Always),
    ("Content-Type", Seal::Always),
    ("Content-Transfer-Encoding", Seal::IfPresent),
    ("List-Id", Seal::IfPresent),
    ("List-Unsubscribe", Seal::Always),
    ("List-Unsubscribe-Post", Seal::Always),
    ("List-Help", Seal::IfPresent),
    ("List-Subscribe", Seal::IfPresent),
    ("List-Post", Seal::IfPresent),
    ("List-Owner", Seal::IfPresent),
    ("List-Archive", Seal::IfPresent),
    ("Feedback-ID", Seal::Never),
];

/// Signs messages for a domain: one signature for each of its keys, rsa-sha256 or ed25519-sha256 (RFC 8463), relaxed/relaxed.
///
/// Signatures have neither `t=` nor `x=`: both would come from a clock, and the same message is signed alike at every attempt. They
/// have no `l=`, which would let others add to the body.
#[derive(Debug)]
pub struct Signer {
    domain: String,
    keys: Vec<(String, PrivateKey)>,
}

impl Signer {
    /// What signs for `domain` (A-labels) with keys, each under its selector.
    #[must_use]
    pub fn new(domain: impl Into<String>, keys: Vec<(String, PrivateKey)>) -> Self {
        Self { domain: domain.into(), keys }
    }

    /// The `DKIM-Signature` fields for a message, each with its line end, to stand before all others.
    ///
    /// `header` is the message's header: fields with CRLF line ends, without the empty line below them. `body` is the
    /// [hash of its body](BodyHash::finish).
    #[must_use]
    pub fn sign(&self, header: &[u8], body: &[u8; 32]) -> Vec<u8> {
        let fields: Vec<Field<'_>> = header::fields(header).collect();
        let mut names = Vec::with_capacity(2 * SIGNED.len());
        let mut canonical = Vec::with_capacity(header.len());
        for (name, seal) in SIGNED {
            let before = names.len();
            // Of several, the last is signed first (RFC 6376 §5.4.2).
            for field in fields.iter().rev().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes())) {
                header::relax(field.name, field.value, &mut canonical);
                canonical.extend_from_slice(b"\r\n");
                names.push(name);
            }
            if seal == Seal::Always || seal == Seal::IfPresent && names.len() > before {
                names.push(name);
            }
        }
        let mut context = Context::new(&SHA256);
        context.update(&canonical);
        let mut signatures = Vec::with_capacity(1024 * self.keys.len());
        for (selector, key) in &self.keys {
            let mut text = Folded::default();
            text.put("DKIM-Signature: v=1;");
            text.put(&format!(" a={}-sha256;", key.algorithm()));
            text.put(" c=relaxed/relaxed;");
            text.put(&format!(" d={};", self.domain));
            text.put(&format!(" s={selector};"));
            for (at, name) in names.iter().enumerate() {
                let begin = if at == 0 { " h=" } else { "" };
                let end = if at + 1 == names.len() { ";" } else { ":" };
                text.put(&[begin, name, end].concat());
            }
            text.put(&format!(" bh={};", BASE64_STANDARD.encode(body)));
            text.put(" b=");
            let mut context = context.clone();
            canonical.clear();
            let colon = "DKIM-Signature".len();
            header::relax(&text.octets[..colon], &text.octets[colon + 1..], &mut canonical);
            context.update(&canonical);
            text.put_anywhere(&BASE64_STANDARD.encode(key.sign(&context.finish())));
            text.octets.extend_from_slice(b"\r\n");
            signatures.append(&mut text.octets);
        }
        signatures
    }

    /// A message with its signatures on top. What is no message, without an empty line below its header, is signed as one without a
    /// body.
    #[must_use]
    pub fn signed(&self, message: &[u8]) -> Vec<u8> {
        let (header, body) = header::ends(message);
        let mut hash = BodyHash::new();
        hash.update(&message[body..]);
        let mut signed = self.sign(&message[..header], &hash.finish());
        signed.extend_from_slice(message);
        signed
    }

    /// The records that must stand in the DNS, each with its full name (RFC 6376 §3.6.2.1).
    pub fn records(&self) -> impl Iterator<Item = (String, Record)> + '_ {
        self.keys.iter().map(|(selector, key)| (record_name(selector, &self.domain), Record::of(key)))
    }
}

/// The name of a key's record in the DNS.
#[must_use]
pub fn record_name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

/// A field under way, folded where it grows too wide.
#[derive(Default)]
struct Folded {
    octets: Vec<u8>,
    width: usize,
}

impl Folded {
    /// Adds a piece that is not broken itself; a space at its begin may become a fold.
    fn put(&mut self, piece: &str) {
        let mut piece = piece;
        if self.width > 0 && self.width + piece.len() > LINE_WIDTH {
            self.fold();
            piece = piece.strip_prefix(' ').unwrap_or(piece);
        }
        self.octets.extend_from_slice(piece.as_bytes());
        self.width += piece.len();
    }

    /// Adds a piece that may be broken anywhere.
    fn put_anywhere(&mut self, piece: &str) {
        let mut rest = piece.as_bytes();
        while !rest.is_empty() {
            if self.width >= LINE_WIDTH {
                self.fold();
            }
            let (now, later) = rest.split_at(rest.len().min(LINE_WIDTH.saturating_sub(self.width)));
            self.octets.extend_from_slice(now);
            self.width += now.len();
            rest = later;
        }
    }

    fn fold(&mut self) {
        self.octets.extend_from_slice(b"\r\n ");
        self.width = 1;
    }
}
