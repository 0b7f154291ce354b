//! The keys of tokens, and the file that holds them.

use std::fmt;

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Mark;
use crate::model::address::Address;

/// Octets of a key.
const KEY_SIZE: usize = 32;
/// The most characters of a key's name.
const NAME_MAX: usize = 8;

/// The keys of a list: the one that new tokens are made with, older ones whose tokens still hold, and the one that marks mailboxes.
pub struct Keyring {
    list: String,
    mailboxes: hmac::Key,
    /// The current one first; never empty.
    keys: Vec<Key>,
}

pub(super) struct Key {
    pub(super) name: String,
    pub(super) secret: hmac::Key,
}

/// Why a file is no keyring. Never holds anything of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// It cannot be read as one.
    #[error("this is no file of keys: make one with `postrider keys new`, or take back the one that there was")]
    Malformed,
    /// A key is of another size.
    #[error("the key `{0}` is not 32 octets in base64")]
    Key(String),
    /// A name does not do.
    #[error("`{0}` cannot name a key: one to eight lower-case letters and digits do")]
    Name(String),
    /// Two keys of a name.
    #[error("two keys are named `{0}`")]
    Twice(String),
    /// There is none.
    #[error("there is no [[key]]")]
    Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mailboxes: String,
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    secret: String,
}

impl Keyring {
    /// Reads a file of keys for a list, named by its identifier.
    ///
    /// # Errors
    /// See [`KeyringError`].
    pub fn parse(text: &str, list: &str) -> Result<Self, KeyringError> {
        let file: File = toml::from_str(text).map_err(|_| KeyringError::Malformed)?;
        let mailboxes = secret("mailboxes", &file.mailboxes)?;
        let mut keys: Vec<Key> = Vec::new();
        for Entry { name, secret: written } in file.key {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_plain) {
                return Err(KeyringError::Name(name));
            }
            if keys.iter().any(|key| key.name == name) {
                return Err(KeyringError::Twice(name));
            }
            let secret = secret(&name, &written)?;
            keys.push(Key { name, secret });
        }
        if keys.is_empty() {
            return Err(KeyringError::Empty);
        }
        Ok(Self { list: list.to_owned(), mailboxes, keys })
    }

    /// A new file of keys.
    #[must_use]
    pub fn generate() -> String {
        format!(
            "# The keys of this list: whoever has them can take people off it, and without them nobody knows any more who left.\n\
             # Keep a copy in a safe place, and show them to nobody.\n\n\
             # Marks who left. Never change it.\n\
             mailboxes = \"{}\"\n\n\
             # Makes the links in mails. To change it, put a new [[key]] before this one and leave this one: links in old mails must hold.\n\
             [[key]]\nname   = \"a\"\nsecret = \"{}\"\n",
            random(),
            random()
        )
    }

    /// What stands for a mailbox.
    #[must_use]
    pub fn mark(&self, address: &Address) -> Mark {
        Mark::of(address, &self.mailboxes)
    }

    pub(super) fn list(&self) -> &str {
        &self.list
    }

    pub(super) fn current(&self) -> &Key {
        &self.keys[0]
    }

    pub(super) fn find(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Names the keys, and shows none.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.keys.iter().map(|key| &key.name).collect();
        f.debug_struct("Keyring").field("list", &self.list).field("keys", &names).finish_non_exhaustive()
    }
}

fn secret(name: &str, written: &str) -> Result<hmac::Key, KeyringError> {
    let octets = STANDARD.decode(written).ok().filter(|octets| octets.len() == KEY_SIZE);
    let octets = octets.ok_or_else(|| KeyringError::Key(name.to_owned()))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &octets))
}

fn random() -> String {
    let mut octets = [0; KEY_SIZE];
    rand::fill(&mut octets).expect("the system has random numbers");
    STANDARD.encode(octets)
}
