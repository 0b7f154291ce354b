//! An issue beside the one before: what readers see first, what it weighs, and who came and went.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Ready, Refusal, list};
use crate::check::{self, Checked};
use crate::compose::{Message, PictureCache, Purpose, Reader};
use crate::ledger::{Kind, Ledger, State};
use crate::model::address::Address;
use crate::model::language::Language;

/// An issue beside another.
#[derive(Debug)]
pub struct Comparison {
    /// The other's name.
    pub other: String,
    /// Each edition that one of the two has, those of the issue first.
    pub editions: Vec<Pair>,
    /// Who is on the list and was not sent the other, and the reverse; `None` where the other was never sent from here.
    pub turnover: Option<Turnover>,
}

/// An edition of two issues.
#[derive(Debug)]
pub struct Pair {
    /// Its language.
    pub language: Language,
    /// In the issue.
    pub now: Option<Figures>,
    /// In the other.
    pub then: Option<Figures>,
}

/// What can be compared of an edition: as anyone reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The subject.
    pub subject: String,
    /// Octets of the whole message.
    pub octets: usize,
    /// Octets of the HTML part.
    pub html: usize,
    /// Octets of the plain text.
    pub text: usize,
    /// How many blocks it shows.
    pub blocks: usize,
}

/// Who came and who went.
#[derive(Debug, Default)]
pub struct Turnover {
    /// On the list now, and not planned for the other.
    pub gained: Vec<Address>,
    /// Planned for the other, and not on the list now.
    pub lost: Vec<Address>,
    /// On both.
    pub stayed: usize,
}

impl Figures {
    fn of(message: &Message) -> Self {
        let (octets, html, text) = (message.bytes.len(), message.html.len(), message.text.len());
        Self { subject: message.subject.clone(), octets, html, text, blocks: message.blocks.len() }
    }
}

/// The names of the issues that one can be compared with, the likeliest first: what was sent last, then those in the project's folder, the newest
/// first.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn others(ready: &Ready, ledger: Option<&Ledger>) -> Result<Vec<String>, Refusal> {
    let mut sent = match ledger {
        Some(ledger) => ledger.issues().await?,
        None => Vec::new(),
    };
    sent.sort_by_key(|sent| std::cmp::Reverse(sent.started));
    let slug = ready.slug();
    let (before, after): (Vec<_>, Vec<_>) = ready.project.issues().into_iter().rev().partition(|issue| &**issue < slug);
    let mut named = HashSet::from([slug.to_owned()]);
    let others = sent.into_iter().map(|sent| sent.issue).chain(before).chain(after);
    Ok(others.filter(|issue| named.insert(issue.clone())).collect())
}

/// Lays an issue beside another, which is composed from its files as they are now.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn compare(
    ready: &Ready,
    other: &str,
    ledger: Option<&Ledger>,
    cache: &Arc<PictureCache>,
) -> Result<Comparison, Refusal> {
    let then = messages_of(ready, other, cache).await?;
    let issue = ready.composer.issue();
    let now: Vec<_> =
        issue.editions.iter().map(|edition| ready.composer.compose(&Reader::Anyone(edition.language), Purpose::Issue)).collect();
    let mut languages: Vec<Language> = now.iter().map(|message| message.edition).collect();
    languages.extend(then.iter().map(|message| message.edition));
    let mut named = HashSet::new();
    languages.retain(|language| named.insert(*language));
    let find = |messages: &[Message], language| messages.iter().find(|message| message.edition == language).map(Figures::of);
    let pair = |language| Pair { language, now: find(&now, language), then: find(&then, language) };
    let editions = languages.into_iter().map(pair).collect();
    Ok(Comparison { other: other.to_owned(), editions, turnover: turnover(ready, other, ledger).await? })
}

/// The messages of another issue; none where it has no files any more, or files that must be mended.
async fn messages_of(ready: &Ready, other: &str, cache: &Arc<PictureCache>) -> Result<Vec<Message>, Refusal> {
    if !ready.project.is_issue(other) {
        return Ok(Vec::new());
    }
    let (project, other, cache) = (ready.project.clone(), other.to_owned(), Arc::clone(cache));
    let read = move || {
        let Checked { messages, .. } = check::check(list::load(&project, Some(&other)), &cache);
        messages
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| Refusal::Failed(error.to_string()))
}

async fn turnover(ready: &Ready, other: &str, ledger: Option<&Ledger>) -> Result<Option<Turnover>, Refusal> {
    let Some(ledger) = ledger else { return Ok(None) };
    let then = ledger.deliveries(other, Kind::Issue, &State::ALL).await?;
    if then.is_empty() {
        return Ok(None);
    }
    let known: HashSet<String> = then.iter().map(|delivery| delivery.address.key()).collect();
    let (mut listed, mut gained) = (HashSet::new(), Vec::new());
    ready.subscribers.each(|subscriber| {
        let key = subscriber.address.key();
        if !known.contains(&key) {
            gained.push(subscriber.address.clone());
        }
        listed.insert(key);
    })?;
    let lost: Vec<_> =
        then.into_iter().map(|delivery| delivery.address).filter(|address| !listed.contains(&address.key())).collect();
    let stayed = ready.subscribers.count() - gained.len();
    Ok(Some(Turnover { gained, lost, stayed }))
}
