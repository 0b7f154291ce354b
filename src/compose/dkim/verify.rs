//! Verifying: what receivers do with a signature (RFC 6376 §6.1).

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::body::{self, BodyHash};
use super::header::{self, Field};
use super::record::{Record, RecordError};
use super::signer::record_name;
use super::tag::Tags;
use crate::model::dkim::Algorithm;

/// The most signatures that are looked at in a message; whoever adds more wants to keep its readers busy.
const SIGNATURES_MAX: usize = 20;

/// What is to be said of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The domain that signed (`d=`); empty where it cannot be read.
    pub domain: String,
    /// The name of its key (`s=`).
    pub selector: String,
    /// The algorithm (`a=`), as written.
    pub algorithm: String,
    /// Octets of the canonical body that are not covered, where the signature says how many it covers (`l=`).
    pub uncovered: usize,
    /// Nothing, or what is wrong with it.
    pub outcome: Result<(), Fault>,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not a list of tags, lacks one, or has one that cannot be.
    #[error("the signature is malformed: {0}")]
    Malformed(&'static str),
    /// Another algorithm than those that are trusted: rsa-sha1 is not any more (RFC 8301 §3.1).
    #[error("its algorithm is not one that is trusted")]
    Algorithm,
    /// `From` is not signed.
    #[error("it does not cover From")]
    FromUnsigned,
    /// `x=` is past.
    #[error("it has expired")]
    Expired,
    /// No record for its key.
    #[error("there is no record for its key")]
    NoRecord,
    /// The record gives no key.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The record's key is of another algorithm.
    #[error("its record is for a key of another algorithm")]
    OtherKey,
    /// The record says `t=s`, and `i=` is below the domain.
    #[error("its identity is not of the very domain, which the record asks for")]
    Identity,
    /// The body hash is another.
    #[error("the body was changed after signing")]
    Body,
    /// The signature does not fit header and key.
    #[error("the header was changed after signing, or the key is another")]
    Header,
}

/// Verifies every signature of a message, from the top down. `record` finds the record under a name such as
/// `2026a._domainkey.example.org`, for a key of an algorithm; `now` is what `x=` is held against.
///
/// Line ends are CRLF. A message without a signature gives an empty list.
#[must_use]
pub fn verify(
    message: &[u8],
    now: Timestamp,
    record: impl Fn(&str, Algorithm) -> Option<Result<Record, RecordError>>,
) -> Vec<Verdict> {
    let (header, body) = header::ends(message);
    let fields: Vec<Field<'_>> = header::fields(&message[..header]).collect();
    let signatures = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(b"DKIM-Signature"));
    let judge = |field: &Field<'_>| {
        let mut verdict = Verdict {
            domain: String::new(),
            selector: String::new(),
            algorithm: String::new(),
            uncovered: 0,
            outcome: Err(Fault::Malformed("it is not a list of tags")),
        };
        if let Some(tags) = Tags::parse(field.value) {
            let text = |tag| tags.text(tag).unwrap_or_default().to_owned();
            (verdict.domain, verdict.selector, verdict.algorithm) = (text("d"), text("s"), text("a"));
            let judged = Claim::read(&tags, now).and_then(|claim| claim.judge(&fields, field, &message[body..], &record));
            verdict.outcome = judged.map(|uncovered| verdict.uncovered = uncovered);
        }
        verdict
    };
    signatures.take(SIGNATURES_MAX).map(judge).collect()
}

/// How white space is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Simple,
    Relaxed,
}

/// What a signature says.
struct Claim<'t> {
    algorithm: Algorithm,
    header_form: Form,
    body_form: Form,
    domain: &'t str,
    selector: &'t str,
    /// The domain of the identity.
    identity: &'t str,
    names: Vec<&'t str>,
    /// Octets of the canonical body that are covered; all without.
    length: Option<usize>,
    body_hash: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Claim<'t> {
    /// Reads the tags, as RFC 6376 §6.1.1 asks.
    fn read(tags: &Tags<'t>, now: Timestamp) -> Result<Self, Fault> {
        let need = |tag| tags.text(tag).filter(|value| !value.is_empty()).ok_or(Fault::Malformed("it lacks a tag"));
        let octets = |tag| {
            need(tag)?;
            let encoded = tags.joined(tag).unwrap_or_default();
            BASE64_STANDARD.decode(encoded).map_err(|_| Fault::Malformed("a value is not base64"))
        };
        let number = |tag| match tags.text(tag) {
            None => Ok(None),
            Some(digits) if (1..=76).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                // More than fits is later than any day and longer than any body.
                Ok(Some(digits.parse().unwrap_or(i64::MAX)))
            }
            Some(_) => Err(Fault::Malformed("a number is none")),
        };
        if need("v")? != "1" {
            return Err(Fault::Malformed("its version is not 1"));
        }
        let algorithm = match need("a")? {
            "rsa-sha256" => Algorithm::Rsa,
            "ed25519-sha256" => Algorithm::Ed25519,
            _ => return Err(Fault::Algorithm),
        };
        let (header_form, body_form) = forms(tags.text("c").unwrap_or("simple/simple"))?;
        let domain = need("d")?;
        let identity = match tags.text("i") {
            Some(identity) => identity.rsplit_once('@').ok_or(Fault::Malformed("its identity has no @"))?.1,
            None => domain,
        };
        if !is_within(identity, domain) {
            return Err(Fault::Malformed("its identity is not of its domain"));
        }
        let names: Vec<_> = need("h")?.split(':').map(str::trim).collect();
        if !names.iter().any(|name| name.eq_ignore_ascii_case("From")) {
            return Err(Fault::FromUnsigned);
        }
        if tags.text("q").is_some_and(|list| !list.split(':').any(|way| way.trim() == "dns/txt")) {
            return Err(Fault::Malformed("its key is not to be had from the DNS"));
        }
        match (number("t")?, number("x")?) {
            (Some(signed), Some(expires)) if expires <= signed => return Err(Fault::Malformed("it expires before it is made")),
            (_, Some(expires)) if expires < now.as_second() => return Err(Fault::Expired),
            _ => {}
        }
        Ok(Self {
            algorithm,
            header_form,
            body_form,
            domain,
            selector: need("s")?,
            identity,
            names,
            length: number("l")?.map(|length| usize::try_from(length).unwrap_or(usize::MAX)),
            body_hash: octets("bh")?,
            signature: octets("b")?,
        })
    }

    /// Holds the claim against the message. Returns the octets of the canonical body that it leaves uncovered.
    fn judge(
        &self,
        fields: &[Field<'_>],
        own: &Field<'_>,
        body: &[u8],
        record: &impl Fn(&str, Algorithm) -> Option<Result<Record, RecordError>>,
    ) -> Result<usize, Fault> {
        let record = record(&record_name(self.selector, self.domain), self.algorithm).ok_or(Fault::NoRecord)??;
        if record.algorithm != self.algorithm {
            return Err(Fault::OtherKey);
        }
        if record.is_strict && !self.identity.eq_ignore_ascii_case(self.domain) {
            return Err(Fault::Identity);
        }
        let uncovered = self.hold_body(body)?;
        let mut context = Context::new(&SHA256);
        context.update(&self.header(fields, own));
        if record.is_signed(&context.finish(), &self.signature) { Ok(uncovered) } else { Err(Fault::Header) }
    }

    fn hold_body(&self, body: &[u8]) -> Result<usize, Fault> {
        if self.length.is_none() && self.body_form == Form::Relaxed {
            let mut hash = BodyHash::new();
            hash.update(body);
            return if hash.finish()[..] == self.body_hash { Ok(0) } else { Err(Fault::Body) };
        }
        let canonical = match self.body_form {
            Form::Simple => body::simple_body(body),
            Form::Relaxed => body::relaxed_body(body),
        };
        let length = self.length.unwrap_or(canonical.len());
        let covered = canonical.get(..length).ok_or(Fault::Body)?;
        if digest(&SHA256, covered).as_ref() == self.body_hash { Ok(canonical.len() - length) } else { Err(Fault::Body) }
    }

    /// What was signed: the named fields, then the signature's own without its value (RFC 6376 §3.7).
    fn header(&self, fields: &[Field<'_>], own: &Field<'_>) -> Vec<u8> {
        let mut canonical = Vec::new();
        let mut is_used = vec![false; fields.len()];
        for name in &self.names {
            // From the bottom up; a name without a field left stands for nothing (§5.4.2).
            let is_next = |&at: &usize| !is_used[at] && fields[at].name.eq_ignore_ascii_case(name.as_bytes());
            let Some(at) = (0..fields.len()).rev().find(is_next) else { continue };
            is_used[at] = true;
            self.put(&fields[at], fields[at].whole, &mut canonical);
            canonical.extend_from_slice(b"\r\n");
        }
        self.put(own, &without_signature(own.whole), &mut canonical);
        canonical
    }

    fn put(&self, field: &Field<'_>, whole: &[u8], into: &mut Vec<u8>) {
        let colon = whole.iter().position(|&octet| octet == b':').unwrap_or_default();
        match self.header_form {
            Form::Simple => into.extend_from_slice(whole),
            Form::Relaxed => header::relax(field.name, &whole[colon + 1..], into),
        }
    }
}

fn forms(written: &str) -> Result<(Form, Form), Fault> {
    let form = |word| match word {
        "simple" => Ok(Form::Simple),
        "relaxed" => Ok(Form::Relaxed),
        _ => Err(Fault::Malformed("its canonicalisation is unknown")),
    };
    match written.split_once('/') {
        Some((header, body)) => Ok((form(header)?, form(body)?)),
        None => Ok((form(written)?, Form::Simple)),
    }
}

/// Whether a domain is another or below it.
fn is_within(domain: &str, parent: &str) -> bool {
    let (domain, parent) = (domain.to_ascii_lowercase(), parent.to_ascii_lowercase());
    domain == parent || domain.strip_suffix(&parent).is_some_and(|rest| rest.ends_with('.'))
}

/// A signature's field with the value of `b=` taken out, all else left as it stands.
fn without_signature(whole: &[u8]) -> Vec<u8> {
    let colon = whole.iter().position(|&octet| octet == b':').map_or(0, |colon| colon + 1);
    let mut kept = whole[..colon].to_vec();
    for (at, tag) in whole[colon..].split(|&octet| octet == b';').enumerate() {
        if at > 0 {
            kept.push(b';');
        }
        let equals = tag.iter().position(|&octet| octet == b'=');
        let end = equals.filter(|&equals| tag[..equals].trim_ascii() == b"b").map_or(tag.len(), |equals| equals + 1);
        kept.extend_from_slice(&tag[..end]);
    }
    kept
}
