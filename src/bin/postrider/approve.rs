//! `postrider approve`.

use std::path::Path;

use jiff::Timestamp;
use postrider::deed::{self, Proposal};
use postrider::ledger::Ledger;
use postrider::report::people;

use crate::failure::Failure;
use crate::{args, confirm, dispatch, plan, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Approve) -> Result<(), Failure> {
    let ready = workspace::ready(folder, &arguments.issue, false)?;
    // Before anything is shown: neither a draft nor an issue that cannot be sent is anything to approve.
    ready.refuse_drafts()?;
    ready.relays()?;
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open(&ready.project.state_folder())?;
        let proposal = Proposal::new(&ready, Some(&ledger), Timestamp::now()).await?;
        anstream::println!("{}", plan::text(&proposal, &ready));
        proposal.consent.check_digest(arguments.expect_digest.as_deref())?;
        let written = match &arguments.name {
            Some(name) => name.clone(),
            None => confirm::name()?,
        };
        let name = deed::approve(&ready, &ledger, &proposal, &written).await?;
        let (slug, digest) = (ready.slug(), proposal.consent.short_digest());
        let recipients = people(proposal.outline.balance.planned);
        anstream::println!("Approved by {name}: {slug} as it is now ({digest}), for {recipients}.");
        Ok(())
    })
}
