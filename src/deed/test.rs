//! Single copies over the real relay, marked as a test.

use std::sync::Arc;

use super::{Dispatch, Manner, Ready, Refusal, dispatch};
use crate::compose::{Purpose, Reader};
use crate::deliver::{self, Progress, Summary};
use crate::ledger::{Kind, Ledger};
use crate::model::address::Address;
use crate::model::language::Language;
use crate::model::list::Unlisted;

/// Who gets a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Their addresses. Somebody on the list gets what they would get of the issue.
    pub addresses: Vec<Address>,
    /// The edition for everybody else.
    pub language: Language,
}

impl Guests {
    /// Reads what was typed; without a language it is the publication's first.
    ///
    /// # Errors
    /// If there is no address, one of them is none, or the publication has no such language.
    pub fn parse<'a>(written: impl IntoIterator<Item = &'a str>, language: Option<&str>, ready: &Ready) -> Result<Self, Refusal> {
        let parse = |written: &str| {
            let refuse = |error| Refusal::Usage(format!("`{}` is not a mail address: {error}", printable(written)));
            Address::parse(written).map_err(refuse)
        };
        let addresses = written.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(Refusal::Usage("name an address to send a test to; nothing was sent".to_owned()));
        }
        let languages = &ready.publication.vocabulary.languages;
        let unknown = |tag: &str| {
            let known: Vec<_> = languages.iter().map(|language| language.tag()).collect();
            Refusal::Usage(format!("there is no language {}; the publication has: {}", printable(tag), known.join(", ")))
        };
        let language = match language {
            Some(tag) => *languages.iter().find(|language| language.tag() == tag).ok_or_else(|| unknown(tag))?,
            None => languages[0],
        };
        Ok(Self { addresses, language })
    }
}

/// A text that somebody typed, without what could play tricks on whoever reads it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(200).collect()
}

/// Sends a test through the publication's relay until it is done or `stop` completes. `see` is told of every event.
///
/// # Errors
/// If there is no relay, a login cannot be read, or the ledger cannot be written to.
pub async fn test(
    ready: &Ready,
    ledger: &Ledger,
    guests: &Guests,
    see: impl FnMut(&Progress) + Send + 'static,
    stop: impl Future<Output = ()> + Send,
) -> Result<Summary, Refusal> {
    let language = guests.language;
    let people = ready.finder();
    let planned = |address| {
        let found = people.find(address)?;
        let reader = found.as_deref().map_or(Reader::Guest(address, language), Reader::Subscriber);
        Ok(deliver::planned(&ready.composer, &reader, &|_| None))
    };
    let planned: Vec<_> = guests.addresses.iter().map(planned).collect::<Result<_, Unlisted>>()?;
    let dispatch = Dispatch { gateways: dispatch::gateways(ready)?, kind: Kind::Test, manner: Manner::default() };
    let run = dispatch.begin(ledger, ready, planned.into_iter().flatten().collect()).await?;
    let composer = Arc::clone(&ready.composer);
    let compose = move |address: &Address| {
        let found = people.find(address).map_err(|error| error.to_string())?;
        let reader = found.as_deref().map_or(Reader::Guest(address, language), Reader::Subscriber);
        Ok(composer.spliced(&reader, Purpose::Test).into())
    };
    dispatch.follow(ready, run, Arc::new(compose), see, stop).await
}
