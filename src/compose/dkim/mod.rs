//! DKIM (RFC 6376): a signature by which receivers know that a message comes from the domain and was not changed on its way.
//!
//! - [`key`]: private keys, and making them; [`record`]: what the DNS says of them
//! - `body`: the hash of a body, piece by piece; `header`: fields in relaxed form; `tag`: lists of tags
//! - `signer`: what is signed, and how the fields are written
//! - `verify`: what receivers do with it
//!
//! Signing is pure, as all composing is: the same message and keys give the same signatures.

mod body;
mod header;
pub mod key;
pub mod record;
mod signer;
mod tag;
mod verify;

pub use body::BodyHash;
pub use key::{KeyError, PrivateKey};
pub use record::{Record, RecordError};
pub use signer::{Signer, record_name};
pub use verify::{Fault, Verdict, verify};

use crate::model::diagnostic::Diagnostic;
use crate::model::dkim::{Dkim, Key};
use crate::model::mistake;

/// What signs for a publication. `None` where one of its keys was not there to be read, of which the reading has told.
///
/// # Errors
/// A finding for each file that holds no key to sign with.
pub fn signer(settings: &Dkim) -> Result<Option<Signer>, Vec<Diagnostic>> {
    let mut keys = Vec::new();
    let mut findings = Vec::new();
    let mut is_whole = true;
    for key in &settings.keys {
        match &key.content {
            None => is_whole = false,
            Some(content) => match read(key, content.as_ref()) {
                Ok(read) => keys.push((key.selector.clone(), read)),
                Err(finding) => findings.push(*finding),
            },
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(is_whole.then(|| Signer::new(&settings.domain, keys)))
}

fn read(setting: &Key, content: &[u8]) -> Result<PrivateKey, Box<Diagnostic>> {
    let key = PrivateKey::from_pem(content)
        .map_err(|error| Box::new(mistake::bad_key(setting.place.clone(), &setting.file, &error.to_string())))?;
    if key.algorithm() == setting.algorithm {
        return Ok(key);
    }
    Err(Box::new(mistake::other_key(setting.place.clone(), &setting.file, key.algorithm())))
}
