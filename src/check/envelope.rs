//! The envelope's sender against the one that readers see.

use crate::model::diagnostic::Diagnostic;
use crate::model::dkim;
use crate::model::publication::Publication;

/// A finding where SPF for what reports of failed delivery go to says nothing for the sender.
#[must_use]
pub fn check(publication: &Publication) -> Option<Diagnostic> {
    let inbox = publication.inbox.as_ref()?;
    let (bounces, sender) = (inbox.bounces.as_ref()?.domain(), publication.sender.address.domain());
    if dkim::is_aligned(bounces, sender) {
        return None;
    }
    let message = format!("SPF for `{bounces}` says nothing for mail from `{sender}`: to DMARC, only DKIM vouches for it");
    let help =
        format!("take a mailbox at {sender}, or at a domain above or below it; or see to it that all mail is signed by DKIM");
    Some(Diagnostic::warning("bounces-domain", inbox.place.clone(), message, help))
}
