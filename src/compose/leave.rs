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
    service: Option<Service>,
    pub(super) keyring: Arc<Keyring>,
}

/// The keys of a publication with a service or a mailbox of its own; `None` where it has neither, or where they are not at hand.
///
/// # Errors
/// A finding where the file holds something else.
pub fn leave(publication: &Publication) -> Result<Option<Leave>, Box<Diagnostic>> {
    let Some(keys) = &publication.keys else { return Ok(None) };
    let Some(content) = &keys.content else { return Ok(None) };
    let text = std::str::from_utf8(Secret::as_ref(content)).unwrap_or_default();
    match Keyring::parse(text, &publication.list.id) {
        Ok(keyring) => Ok(Some(Leave { service: publication.service.clone(), keyring: Arc::new(keyring) })),
        Err(error) => Err(Box::new(mistake::bad_list_keys(keys.place.clone(), &keys.file, &error.to_string()))),
    }
}

impl Leave {
    /// The keys that it is made with.
    #[must_use]
    pub fn into_keyring(self) -> Arc<Keyring> {
        self.keyring
    }

    /// The link of a reader: to the page, or where there is none a mail to be sent. Nobody in particular has that of the sender: it is real, and
    /// harms nobody.
    pub(super) fn link(&self, publication: &Publication, reader: &Reader<'_>) -> String {
        let token = self.token(publication, reader);
        match &self.service {
            Some(service) => service.unsubscribe(&token),
            None => publication.list.unsubscribe_url_of(&token),
        }
    }

    /// The same in the header: the link first, which programs prefer (RFC 8058 §3.1), then the mail for those that have no web. What a program may
    /// do by itself needs the link.
    pub(super) fn header(&self, publication: &Publication, reader: &Reader<'_>) -> String {
        let token = self.token(publication, reader);
        let mail = publication.list.unsubscribe_url_of(&token);
        match self.service.as_ref().map(|service| service.unsubscribe(&token)) {
            Some(link) => {
                format!("List-Unsubscribe: <{link}>,\r\n <{mail}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
            }
            None => format!("List-Unsubscribe:\r\n <{mail}>\r\n"),
        }
    }

    fn token(&self, publication: &Publication, reader: &Reader<'_>) -> String {
        if matches!(reader, Reader::Template(_)) {
            return NOBODY.to_owned();
        }
        let address = reader.address().unwrap_or(&publication.sender.address);
        self.keyring.mint(Purpose::Leave, Claim::for_ever(self.keyring.mark(address)))
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
