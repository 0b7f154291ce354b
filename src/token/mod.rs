//! Floor 1: tokens, the part of a link that only we can have made. Whoever has one may do one thing for one person, and learns from it neither
//! who that is nor anything that would make another.
//!
//! ```text
//! v1.k.payload.mac
//! ```
//!
//! `k` names the key, `payload` says whom it is about and until when it holds, and `mac` is HMAC-SHA-256 over the list, the purpose, the key's
//! name and the payload, of which 128 bits are kept. Payload and MAC are in base32, so that a token is the same in any case: mail programs and
//! people who type change that. A person is not named but [marked](Mark): by a keyed hash of their mailbox.
//!
//! - [`keyring`]: the keys, and the file that holds them
//! - `mark`: what stands for a mailbox
//! - `path`: the return path of a recipient

pub mod keyring;
mod mark;
mod path;

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, Encoding};
use jiff::Timestamp;

pub use keyring::{Keyring, KeyringError};
pub use mark::Mark;
pub use path::Returned;

/// What a token allows. One for a purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To leave the list, and nothing else: it travels with every mail that is forwarded.
    Leave,
    /// To confirm a wish to join.
    Confirm,
    /// To see and change one's own language and groups.
    Preferences,
    /// That a form was shown by us, and when: it is about nobody.
    Form,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Confirm => "confirm",
            Self::Preferences => "preferences",
            Self::Form => "form",
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whom it is about.
    pub mark: Mark,
    /// Which of the person's tokens for the purpose hold: raising the number in the store voids all before it.
    pub generation: u32,
    /// When it ceases to hold; `None` is never.
    pub until: Option<Timestamp>,
}

impl Claim {
    /// A claim that never ends: for [`Purpose::Leave`].
    #[must_use]
    pub fn for_ever(mark: Mark) -> Self {
        Self { mark, generation: 0, until: None }
    }
}

/// Why a text is no token that holds. Strangers are told none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not made as a token is.
    #[error("this is no token")]
    Malformed,
    /// No key of ours has that name.
    #[error("the token is of a key that is not here")]
    UnknownKey,
    /// It was not made by us, or for something else.
    #[error("the token was not made here for this")]
    Forged,
    /// Its time is over.
    #[error("the token does not hold any more")]
    Expired,
}

const VERSION: &str = "v1";
/// Octets of a MAC that are kept.
const MAC_SIZE: usize = 16;
/// The most pieces of a text that are taken for a token.
const CANDIDATES_MAX: usize = 20;
/// The most octets of a token.
const TOKEN_MAX: usize = 120;

impl Keyring {
    /// A token.
    #[must_use]
    pub fn mint(&self, purpose: Purpose, claim: Claim) -> String {
        let key = self.current();
        let payload = encoded(claim);
        let mac = self.mac(key, purpose, &payload);
        format!("{VERSION}.{}.{}.{}", key.name, lower(&payload), lower(&mac.as_ref()[..MAC_SIZE]))
    }

    /// What a token says that was made for a purpose and holds at `now`. The MAC is compared in constant time, and before anything of the
    /// payload is believed.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify(&self, purpose: Purpose, token: &str, now: Timestamp) -> Result<Claim, TokenError> {
        if token.len() > TOKEN_MAX || !token.is_ascii() {
            return Err(TokenError::Malformed);
        }
        let token = token.to_ascii_lowercase();
        let parts: Vec<&str> = token.split('.').collect();
        let [VERSION, name, payload, mac] = parts[..] else { return Err(TokenError::Malformed) };
        let decode = |text: &str| BASE32.decode(text.as_bytes()).map_err(|_| TokenError::Malformed);
        let (payload, mac) = (decode(payload)?, decode(mac)?);
        let key = self.find(name).ok_or(TokenError::UnknownKey)?;
        let expected = self.mac(key, purpose, &payload);
        if mac.len() != MAC_SIZE
            || aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_SIZE], &mac).is_err()
        {
            return Err(TokenError::Forged);
        }
        let claim = decoded(&payload).ok_or(TokenError::Malformed)?;
        if claim.until.is_some_and(|until| until <= now) {
            return Err(TokenError::Expired);
        }
        Ok(claim)
    }

    /// What may be tokens in a text that programs and people have put other words around, or broken in up to three: `Re: unsubscribe v1.a.….…`.
    /// Only [`verify`](Self::verify) says whether one is.
    #[must_use]
    pub fn find_in(text: &str) -> Vec<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let begin = format!("{VERSION}.");
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if found.len() > CANDIDATES_MAX {
                break;
            }
            let lower = word.to_ascii_lowercase();
            let Some(start) = lower.find(&begin) else { continue };
            let mut token = String::new();
            for part in &words[at..words.len().min(at + 3)] {
                token += &part.to_ascii_lowercase();
                let end = token[start..].find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                let whole = token[start..end.map_or(token.len(), |end| start + end)].trim_end_matches('.');
                if whole.split('.').count() == 4 && whole.len() <= TOKEN_MAX {
                    found.push(whole.to_owned());
                }
                if end.is_some() {
                    break;
                }
            }
        }
        found
    }

    /// What stands for something that is not to be kept as it is, such as where a request came from.
    #[must_use]
    pub fn blind(&self, octets: &[u8]) -> [u8; 16] {
        let mut half = [0; 16];
        half.copy_from_slice(&self.mac_over(self.current(), "blind", octets).as_ref()[..16]);
        half
    }

    fn mac(&self, key: &keyring::Key, purpose: Purpose, payload: &[u8]) -> hmac::Tag {
        self.mac_over(key, purpose.name(), payload)
    }

    fn mac_over(&self, key: &keyring::Key, purpose: &str, payload: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&key.secret);
        // No field holds a NUL, so that no two sets of fields are the same octets.
        for field in ["postrider token", VERSION, self.list(), purpose, &key.name] {
            context.update(field.as_bytes());
            context.update(&[0]);
        }
        context.update(payload);
        context.sign()
    }
}

/// RFC 4648 §6 in lower case, without its padding.
static BASE32: std::sync::LazyLock<Encoding> = std::sync::LazyLock::new(|| {
    let mut specification = BASE32_NOPAD.specification();
    specification.symbols.make_ascii_lowercase();
    specification.encoding().expect("thirty-two letters and digits")
});

fn lower(octets: &[u8]) -> String {
    BASE32.encode(octets)
}

/// The mark; then, where it is not for ever, the generation and the last second.
fn encoded(claim: Claim) -> Vec<u8> {
    let mut payload = claim.mark.octets().to_vec();
    if claim.generation > 0 || claim.until.is_some() {
        payload.extend(claim.generation.to_be_bytes());
        payload.extend(claim.until.map_or(0, Timestamp::as_second).to_be_bytes());
    }
    payload
}

fn decoded(payload: &[u8]) -> Option<Claim> {
    let (mark, rest) = payload.split_first_chunk()?;
    let mark = Mark::from_octets(*mark);
    if rest.is_empty() {
        return Some(Claim::for_ever(mark));
    }
    let (generation, rest) = rest.split_first_chunk()?;
    let until = i64::from_be_bytes(rest.try_into().ok()?);
    let until = (until != 0).then(|| Timestamp::from_second(until)).transpose().ok()?;
    Some(Claim { mark, generation: u32::from_be_bytes(*generation), until })
}
