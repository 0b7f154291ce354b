//! Key records: what the DNS says of a key (RFC 6376 §3.6.1).

use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::key::PrivateKey;
use super::tag::Tags;
use crate::model::dkim::Algorithm;

/// The most octets of one string in a TXT record (RFC 1035 §3.3.14).
const STRING_MAX: usize = 255;

/// A public key with what its record says of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// Whether the signer is only trying out DKIM (`t=y`).
    pub is_testing: bool,
    /// Whether an identity must be of the very domain, not of one below it (`t=s`).
    pub is_strict: bool,
    public: Vec<u8>,
}

/// Why a record gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not a list of tags, or of another version.
    #[error("the record is no key record of DKIM")]
    NotDkim,
    /// `p=` is empty (RFC 6376 §3.6.1).
    #[error("the key was withdrawn: the record's p= is empty")]
    Revoked,
    /// An algorithm, a hash or a service that is not for mail signed with SHA-256.
    #[error("the record is for another algorithm, hash or service")]
    OtherUse,
    /// The key cannot be read.
    #[error("the record's p= holds no key of its kind")]
    BadKey,
}

impl Record {
    /// Reads the text of a TXT record, its strings joined.
    ///
    /// # Errors
    /// Says why it gives no key for mail.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let tags = Tags::parse(text.as_bytes()).ok_or(RecordError::NotDkim)?;
        if tags.text("v").is_some_and(|version| version != "DKIM1") {
            return Err(RecordError::NotDkim);
        }
        let algorithm = match tags.text("k").unwrap_or("rsa") {
            "rsa" => Algorithm::Rsa,
            "ed25519" => Algorithm::Ed25519,
            _ => return Err(RecordError::OtherUse),
        };
        let lists = |tag: &str, wanted: &[&str]| {
            tags.text(tag).is_none_or(|list| list.split(':').any(|word| wanted.contains(&word.trim())))
        };
        if !lists("h", &["sha256"]) || !lists("s", &["*", "email"]) {
            return Err(RecordError::OtherUse);
        }
        let encoded = tags.joined("p").ok_or(RecordError::NotDkim)?;
        if encoded.is_empty() {
            return Err(RecordError::Revoked);
        }
        let public = BASE64_STANDARD.decode(encoded).map_err(|_| RecordError::BadKey)?;
        let has_flag = |flag: &str| tags.text("t").is_some_and(|list| list.split(':').any(|word| word.trim() == flag));
        let record = Self { algorithm, is_testing: has_flag("y"), is_strict: has_flag("s"), public };
        record.key().map(|_| record).ok_or(RecordError::BadKey)
    }

    /// The record that publishes a key.
    #[must_use]
    pub fn of(key: &PrivateKey) -> Self {
        Self { algorithm: key.algorithm(), is_testing: false, is_strict: false, public: key.public().to_vec() }
    }

    /// The text of the record.
    #[must_use]
    pub fn text(&self) -> String {
        format!("v=DKIM1; k={}; p={}", self.algorithm, BASE64_STANDARD.encode(&self.public))
    }

    /// The text as strings that a TXT record can hold, at most 255 octets each; receivers join them without anything between.
    #[must_use]
    pub fn strings(&self) -> Vec<String> {
        // The text is ASCII.
        let text = self.text();
        text.as_bytes().chunks(STRING_MAX).map(|part| part.iter().map(|&octet| char::from(octet)).collect()).collect()
    }

    /// Whether the key made this signature of a digest.
    pub(super) fn is_signed(&self, digest: &Digest, signature: &[u8]) -> bool {
        let Some(key) = self.key() else { return false };
        match self.algorithm {
            Algorithm::Rsa => key.verify_digest_sig(digest, signature).is_ok(),
            Algorithm::Ed25519 => key.verify_sig(digest.as_ref(), signature).is_ok(),
        }
    }

    fn key(&self) -> Option<ParsedPublicKey> {
        match self.algorithm {
            // RFC 8301 §3.2: receivers still take 1024 bits, though nobody is to sign so any more.
            Algorithm::Rsa => ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, &self.public).ok(),
            Algorithm::Ed25519 => ParsedPublicKey::new(&ED25519, &self.public).ok(),
        }
    }
}
