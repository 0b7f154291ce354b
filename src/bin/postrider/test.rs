//! `postrider test`.

use std::path::Path;

use postrider::compose::Reader;
use postrider::ledger::{Kind, Ledger};
use postrider::model::address::Address;
use postrider::model::language::Language;

use crate::args;
use crate::dispatch::{self, Dispatch, Manner};
use crate::failure::Failure;
use crate::log;
use crate::workspace::{self, Ready};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Test) -> Result<(), Failure> {
    log::open(arguments.log.as_deref())?;
    let addresses = arguments.to.iter().map(|written| parse(written)).collect::<Result<Vec<_>, _>>()?;
    let ready = workspace::ready(folder, &arguments.issue, false)?;
    let language = language(&ready, arguments.language.as_deref())?;
    let gateways = dispatch::gateways(&ready)?;
    let readers: Vec<_> = addresses.iter().map(|address| reader(&ready, address, language)).collect();
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open(&ready.project.state_folder())?;
        let dispatch = Dispatch { gateways, kind: Kind::Test, is_json: false, manner: Manner::default() };
        let run = dispatch::begin(&ledger, &ready, &readers, &dispatch).await?;
        let summary = dispatch::send(&ready, dispatch, run, dispatch::for_test(&ready, language)).await?;
        dispatch::conclude(&summary, false)
    })
}

fn parse(written: &str) -> Result<Address, Failure> {
    Address::parse(written)
        .map_err(|error| Failure::Usage(format!("`{}` is not a mail address: {error}", workspace::printable(written))))
}

/// The edition for addresses that are not on the list.
fn language(ready: &Ready, tag: Option<&str>) -> Result<Language, Failure> {
    let languages = &ready.publication.vocabulary.languages;
    let Some(tag) = tag else { return Ok(languages[0]) };
    languages.iter().find(|language| language.tag() == tag).copied().ok_or_else(|| {
        let known: Vec<_> = languages.iter().map(|language| language.tag()).collect();
        Failure::Usage(format!("there is no language {}; the publication has: {}", workspace::printable(tag), known.join(", ")))
    })
}

fn reader<'a>(ready: &'a Ready, address: &'a Address, language: Language) -> Reader<'a> {
    let on_the_list = ready.subscribers.iter().find(|subscriber| subscriber.address.is_same_mailbox(address));
    on_the_list.map_or(Reader::Guest(address, language), Reader::Subscriber)
}
