//! The way out of the list that each mail carries.

use std::sync::Arc;

use super::{Field, Reader};
use crate::model::diagnostic::Diagnostic;
use crate::model::dkim::Secret;
use crate::model::mistake;
use crate::model::publication::Publication;
use crate::model::service::Service;
use crate::model::source::Place;
use crate::token::{Claim, Keyring, Purpose};

/// The name of the field that stands for a reader's own link. No file can write it: a name has no space.
const NAME: &str = "own link";
/// What stands in place of a token where nobody reads.
const NOBODY: &str = "TOKEN";

/// What makes each reader's own link.
#[derive(Debug)]
pub struct Leave {
    service: Service,
    pub(super) keyring: Arc<Keyring>,
}

/// The keys of a publication's service; `None` where it has none, or where they are not at hand.
///
/// # Errors
/// A finding where the file holds something else.
pub fn leave(publication: &Publication) -> Result<Option<Leave>, Box<Diagnostic>> {
    let Some(service) = &publication.service else { return Ok(None) };
    let Some(content) = &service.content else { return Ok(None) };
    let text = std::str::from_utf8(Secret::as_ref(content)).unwrap_or_default();
    match Keyring::parse(text, &publication.list.id) {
        Ok(keyring) => Ok(Some(Leave { service: service.clone(), keyring: Arc::new(keyring) })),
        Err(error) => Err(Box::new(mistake::bad_service_keys(service.place.clone(), &service.keys, &error.to_string()))),
    }
}

impl Leave {
    /// The keys that it is made with.
    #[must_use]
    pub fn into_keyring(self) -> Arc<Keyring> {
        self.keyring
    }

    /// The link of a reader. Nobody in particular has that of the sender: it is real, and harms nobody.
    pub(super) fn link(&self, publication: &Publication, reader: &Reader<'_>) -> String {
        let token = match reader {
            Reader::Template(_) => NOBODY.to_owned(),
            reader => {
                let address = reader.address().unwrap_or(&publication.sender.address);
                self.keyring.mint(Purpose::Leave, Claim::for_ever(self.keyring.mark(address)))
            }
        };
        self.service.unsubscribe(&token)
    }
}

/// The field that stands for the link.
pub(super) fn field() -> Field {
    Field { name: NAME.to_owned(), fallback: None, place: Place::file("") }
}

/// Whether a field is that one.
pub(super) fn is_link(field: &Field) -> bool {
    field.name == NAME
}
