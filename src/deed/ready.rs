//! An issue that can be dealt with.

use std::sync::Arc;

use super::Refusal;
use crate::check::Checked;
use crate::compose::Composer;
use crate::deliver::ReturnPath;
use crate::files::Project;
use crate::model::address::Address;
use crate::model::diagnostic::Diagnostic;
use crate::model::filter::Selection;
use crate::model::issue::Edition;
use crate::model::list::{Finder, List};
use crate::model::mistake;
use crate::model::publication::Publication;
use crate::model::relay::Relay;
use crate::token::Returned;

/// A project's issue, free of errors, and what composes its mail. Made once for a deed: nothing is read from the files after it, so that what
/// was looked at is what is done.
#[derive(Debug)]
pub struct Ready {
    /// Where it lies.
    pub project: Project,
    /// The publication.
    pub publication: Publication,
    /// Everyone on the list.
    pub subscribers: List,
    /// For whom of them it is.
    pub selection: Selection,
    /// What composes the issue's mail.
    pub composer: Arc<Composer>,
}

impl Ready {
    /// Takes what was checked apart. Mail that is to be signed can be looked at without the key, but goes nowhere.
    ///
    /// # Errors
    /// If something must be mended first, or the key of signatures cannot be read.
    pub fn new(project: Project, checked: Checked) -> Result<Self, Refusal> {
        let Checked { publication: Some(publication), composer: Some(composer), subscribers, .. } = checked else {
            let findings = checked.findings.into_iter().filter(Diagnostic::is_error).collect();
            return Err(Refusal::Found { findings, words: "nothing can be composed before every mistake is mended".to_owned() });
        };
        if publication.dkim.is_some() && composer.signer().is_none() {
            let words = "the mail is to be signed, and its key cannot be read here, as the checks say; nothing was sent";
            return Err(Refusal::Failed(words.to_owned()));
        }
        if publication.keys.is_some() && composer.keyring().is_none() {
            let words = "the mail is to have links of its readers' own, and the keys for it cannot be read here, as the checks say; nothing was sent";
            return Err(Refusal::Failed(words.to_owned()));
        }
        Ok(Self { project, publication, subscribers, selection: Selection::default(), composer: Arc::new(composer) })
    }

    /// The same for some of the list.
    #[must_use]
    pub fn for_those(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// The issue's name.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.composer.issue().slug
    }

    /// The relays of the publication.
    ///
    /// # Errors
    /// If there is none.
    pub fn relays(&self) -> Result<&[Relay], Refusal> {
        if self.publication.relays.is_empty() {
            let words = "newsletter.toml has no [relay]: add host, port and tls of the server that takes your mail";
            return Err(Refusal::Failed(words.to_owned()));
        }
        Ok(&self.publication.relays)
    }

    /// Refuses an issue that has a draft among its editions, each shown in its line.
    ///
    /// # Errors
    /// If it has.
    pub fn refuse_drafts(&self) -> Result<(), Refusal> {
        let finding = |edition: &Edition| edition.draft.clone().map(|place| mistake::draft(place, edition.language.tag()));
        let findings: Vec<_> = self.composer.issue().editions.iter().filter_map(finding).collect();
        if findings.is_empty() {
            return Ok(());
        }
        Err(Refusal::Found { findings, words: "a draft is not sent; nothing was sent".to_owned() })
    }

    /// What makes the return path of each recipient, where failed deliveries are to say whom they are about.
    pub(super) fn return_path(&self) -> Option<Arc<ReturnPath>> {
        let bounces = self.publication.inbox.as_ref()?.bounces.clone()?;
        let keyring = Arc::clone(self.composer.keyring()?);
        Some(Arc::new(move |recipient, address| {
            let mark = keyring.return_path(recipient, keyring.mark(address));
            let own = format!("{}+{mark}@{}", bounces.local_part(), bounces.domain());
            Address::parse(&own).expect("plain letters behind a sound address")
        }))
    }

    /// Whether an envelope's sender is the one that mail to an address should have.
    pub(super) fn is_sender_for(&self, sender: &str, address: &Address) -> bool {
        let bounces = self.publication.inbox.as_ref().and_then(|inbox| inbox.bounces.as_ref());
        let (Some(bounces), Some(keyring)) = (bounces, self.composer.keyring()) else {
            return sender == self.publication.sender.address.wire();
        };
        let Some((local, domain)) = sender.rsplit_once('@') else { return false };
        let is_ours = domain == bounces.domain() && local.split('+').next() == Some(bounces.local_part());
        let returned = Returned::find(local).filter(|_| is_ours);
        returned.is_some_and(|returned| keyring.is_returned(&returned, keyring.mark(address)))
    }

    /// The list made ready for many questions after single people.
    pub(super) fn finder(&self) -> Finder {
        Finder::new(self.subscribers.clone())
    }
}
