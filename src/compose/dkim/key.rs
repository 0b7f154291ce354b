//! Private keys: read, made, written, never shown.

use std::fmt;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use crate::model::dkim::Algorithm;

/// The longest RSA key that every receiver must be able to check, in octets (RFC 8301 §3.2: 4096 bits).
const RSA_MAX: usize = 4096 / 8;

/// A private key, read once and ready to sign. `Debug` shows no more than its kind.
pub struct PrivateKey {
    kind: Kind,
    public: Vec<u8>,
}

enum Kind {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a text is no key to sign with, in words for the person whose key it is. None holds a part of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no private key in PEM.
    #[error("holds no private key in PEM, which begins with a line -----BEGIN PRIVATE KEY-----")]
    NotPem,
    /// The key is kept behind a passphrase, which nobody is there to type.
    #[error("holds a key with a passphrase, which nobody is there to type when mail is signed")]
    Encrypted,
    /// A key of an algorithm that DKIM does not have, or a damaged one.
    #[error("holds a key that is neither RSA nor Ed25519, or is damaged")]
    Unfit,
    /// RFC 8301 §3.2: signers use at least 2048 bits; receivers ignore less than 1024, and many less than 2048.
    #[error("holds an RSA key shorter than 2048 bits, which can be broken and which receivers do not trust")]
    TooShort,
    /// RFC 8301 §3.2: no receiver need be able to check more than 4096 bits.
    #[error("holds an RSA key longer than 4096 bits, which receivers need not be able to check")]
    TooLong,
}

/// The length of an RSA key to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaLength {
    /// What DKIM asks for, and every receiver checks.
    Bits2048,
    /// Half as fast, or slower.
    Bits3072,
    /// A sixth as fast; its record takes more than one string of a DNS answer.
    Bits4096,
}

impl PrivateKey {
    /// Reads a private key in PEM: PKCS#8 (`PRIVATE KEY`), or PKCS#1 (`RSA PRIVATE KEY`) for RSA. It signs once here, so that it will
    /// again.
    ///
    /// # Errors
    /// Says what the text holds instead.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let encrypted = [&b"BEGIN ENCRYPTED PRIVATE KEY"[..], b"Proc-Type: 4,ENCRYPTED"];
        if encrypted.iter().any(|mark| pem.windows(mark.len()).any(|octets| octets == *mark)) {
            return Err(KeyError::Encrypted);
        }
        match PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyError::NotPem)? {
            PrivateKeyDer::Pkcs1(der) => Self::from_rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            PrivateKeyDer::Pkcs8(der) => match Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()) {
                Ok(pair) => Self::ready(Kind::Ed25519(pair)),
                Err(_) => Self::from_rsa(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())),
            },
            _ => Err(KeyError::Unfit),
        }
    }

    fn from_rsa(read: Result<RsaKeyPair, KeyRejected>) -> Result<Self, KeyError> {
        // The library has no other way to ask what it refused a key for.
        let pair = read.map_err(|refusal| match refusal.to_string().as_str() {
            "TooSmall" => KeyError::TooShort,
            "TooLarge" => KeyError::TooLong,
            _ => KeyError::Unfit,
        })?;
        if pair.public_modulus_len() > RSA_MAX {
            return Err(KeyError::TooLong);
        }
        Self::ready(Kind::Rsa(pair))
    }

    fn ready(kind: Kind) -> Result<Self, KeyError> {
        let public = match &kind {
            Kind::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| KeyError::Unfit)?;
                der.as_ref().to_vec()
            }
            Kind::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        };
        let key = Self { kind, public };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"");
        key.try_sign(&digest).map(|_| key).ok_or(KeyError::Unfit)
    }

    /// Makes a new RSA key. One of the two functions here that draw on chance; no composition calls them.
    ///
    /// # Errors
    /// The system has no randomness or no memory to give.
    pub fn generate_rsa(length: RsaLength) -> Result<(Self, Pem), KeyError> {
        let size = match length {
            RsaLength::Bits2048 => KeySize::Rsa2048,
            RsaLength::Bits3072 => KeySize::Rsa3072,
            RsaLength::Bits4096 => KeySize::Rsa4096,
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| KeyError::Unfit)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Unfit)?;
        let pem = Pem::wrap(der.as_ref());
        Ok((Self::ready(Kind::Rsa(pair))?, pem))
    }

    /// Makes a new Ed25519 key.
    ///
    /// # Errors
    /// The system has no randomness or no memory to give.
    pub fn generate_ed25519() -> Result<(Self, Pem), KeyError> {
        // The first version of PKCS#8, without the public key: the only one that OpenSSL before 3.0 reads.
        let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeyError::Unfit)?;
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).map_err(|_| KeyError::Unfit)?;
        Ok((Self::ready(Kind::Ed25519(pair))?, Pem::wrap(der.as_ref())))
    }

    /// The algorithm it signs by.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Rsa(_) => Algorithm::Rsa,
            Kind::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Its public half as a record publishes it: `SubjectPublicKeyInfo` for RSA (RFC 6376 §3.6.1), 32 octets for Ed25519 (RFC 8463 §4).
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Signs a SHA-256. The same digest gives the same signature: neither algorithm draws on chance.
    pub(super) fn sign(&self, digest: &Digest) -> Vec<u8> {
        self.try_sign(digest).expect("it signed when it was read")
    }

    fn try_sign(&self, digest: &Digest) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, digest, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: the hash is what is signed, as a message of 32 octets.
            Kind::Ed25519(pair) => Some(pair.try_sign(digest.as_ref()).ok()?.as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// A new private key as a file holds it. `Debug` does not show it.
pub struct Pem(String);

impl Pem {
    fn wrap(der: &[u8]) -> Self {
        let encoded = BASE64_STANDARD.encode(der);
        let mut text = String::from("-----BEGIN PRIVATE KEY-----\n");
        // RFC 7468 §2: lines of 64.
        for line in encoded.as_bytes().chunks(64) {
            text.extend(line.iter().map(|&octet| char::from(octet)));
            text.push('\n');
        }
        text.push_str("-----END PRIVATE KEY-----\n");
        Self(text)
    }

    /// The text, line ends included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pem(…)")
    }
}
