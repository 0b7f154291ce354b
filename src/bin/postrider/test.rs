//! `postrider test`.

use std::path::Path;

use postrider::deed::{self, Guests};
use postrider::ledger::Ledger;

use crate::failure::Failure;
use crate::progress::Shown;
use crate::{args, dispatch, log, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Test) -> Result<(), Failure> {
    log::open(arguments.log.as_deref())?;
    let ready = workspace::ready(folder, &arguments.issue, false)?;
    let guests = Guests::parse(arguments.to.iter().map(String::as_str), arguments.language.as_deref(), &ready)?;
    // Before a ledger is made: without a relay nothing was ever done.
    deed::gateways(&ready)?;
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open(&ready.project.state_folder())?;
        let summary = deed::test(&ready, &ledger, &guests, Shown::new(false).follow(), signal::stop()).await?;
        dispatch::conclude(&summary, false)
    })
}
