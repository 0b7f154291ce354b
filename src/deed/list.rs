//! A project's files together with what the database knows of the list.

use std::collections::HashSet;
use std::sync::Arc;

use crate::compose;
use crate::files::project::SUBSCRIBERS;
use crate::files::{Loaded, Project};
use crate::ledger::{self, Ledger, LedgerError};
use crate::model::diagnostic::{self, Diagnostic};
use crate::model::list::List;
use crate::model::mistake;
use crate::model::publication::Publication;
use crate::model::source::{Place, Source};
use crate::token::Keyring;

/// Where people stand who joined by themselves.
const JOINED: &str = "the database";

/// Loads a project with its whole list: where the database has it, that one, else what the file has with those who joined by themselves at its
/// end; each with the language and the groups that they chose. Never fails; what is wrong is in the findings.
#[must_use]
pub fn load(project: &Project, issue: Option<&str>) -> Loaded {
    let mut loaded = project.load(issue);
    let Some(publication) = loaded.publication.take() else { return loaded };
    if let Err(finding) = complete(project, &publication, &mut loaded) {
        loaded.findings.push(*finding);
        diagnostic::sort(&mut loaded.findings);
    }
    loaded.publication = Some(publication);
    loaded
}

fn complete(project: &Project, publication: &Publication, loaded: &mut Loaded) -> Result<(), Box<Diagnostic>> {
    let is_kept = loaded.vocabulary.is_list_kept;
    let place = || Place::file(if is_kept { JOINED } else { SUBSCRIBERS });
    let unreadable = |error: LedgerError| Box::new(mistake::unreadable_list(place(), &error.to_string()));
    let ledger = Ledger::open_existing(&project.state_folder()).map_err(unreadable)?;
    // That its file cannot be read as one is told by the checks.
    let keyring = || compose::leave(publication).ok().flatten().map(compose::Leave::into_keyring);
    let Some(ledger) = ledger else {
        if is_kept {
            loaded.findings.push(mistake::empty_list(place()));
        }
        return Ok(());
    };
    if is_kept {
        let keyring = keyring().ok_or_else(|| unreadable(LedgerError::Keyless))?;
        loaded.subscribers = ledger.roll(&loaded.vocabulary, keyring).map_err(unreadable)?;
        loaded.attributes = ledger.attributes().map_err(unreadable)?;
        if loaded.subscribers.is_empty() {
            loaded.findings.push(mistake::empty_list(place()));
        }
        return Ok(());
    }
    let word = ledger.word().map_err(unreadable)?;
    if word.joined.is_empty() && word.preferences.is_empty() {
        return Ok(());
    }
    let keyring = keyring().ok_or_else(|| unreadable(LedgerError::Keyless))?;
    lay(word, &keyring, loaded);
    Ok(())
}

/// Lays what the database knows over the list of a file.
fn lay(word: ledger::Word, keyring: &Arc<Keyring>, loaded: &mut Loaded) {
    let vocabulary = &loaded.vocabulary;
    let mut people = loaded.subscribers.written().to_vec();
    let known: HashSet<String> = people.iter().map(|subscriber| subscriber.address.key()).collect();
    if !word.preferences.is_empty() {
        for subscriber in &mut people {
            let Some(chosen) = word.preferences.get(&keyring.mark(&subscriber.address)) else { continue };
            if vocabulary.languages.contains(&chosen.language) {
                subscriber.language = chosen.language;
            }
            subscriber.groups = chosen.groups.iter().filter(|group| vocabulary.groups.contains(group)).cloned().collect();
        }
    }
    let source = Source::new(JOINED, "");
    for entry in word.joined.into_iter().filter(|entry| !known.contains(&entry.address.key())) {
        let chosen = word.preferences.get(&keyring.mark(&entry.address));
        people.extend(ledger::subscriber(entry, chosen, vocabulary, &source));
    }
    // A file without anybody is nothing to be told of where others joined.
    if !people.is_empty() {
        loaded.findings.retain(|finding| finding.rule != "empty-list");
    }
    loaded.subscribers = List::from(people);
}
