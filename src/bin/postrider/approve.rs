//! `postrider approve`.

use std::path::Path;

use jiff::Timestamp;
use postrider::deliver;
use postrider::ledger::{Approval, Kind, Ledger, State};
use postrider::model::address::DisplayName;
use postrider::report::people;

use crate::args;
use crate::consent::{Consent, check_drafts};
use crate::failure::Failure;
use crate::{confirm, dispatch, plan, workspace};

/// The longest name.
const NAME_MAX: usize = 100;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Approve) -> Result<(), Failure> {
    let ready = workspace::ready(folder, &arguments.issue, false)?;
    check_drafts(&ready)?;
    // Without a relay nothing can be sent, and the digest would not be the one of a send.
    dispatch::relays(&ready)?;
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open(&ready.project.state_folder())?;
        let slug = &ready.composer.issue().slug;
        let known = ledger.deliveries(slug, Kind::Issue, &State::ALL).await?;
        let outline = deliver::outline(&ready.composer, &ready.subscribers, &known, Timestamp::now());
        let planned = dispatch::plan(&ready);
        let consent = Consent::new(Some(&ledger), &planned, &ready, &outline).await?;
        anstream::println!("{}", plan::text(&outline, &ready.publication, jiff::ZonedDateTime::now().date(), &consent));
        consent.check_digest(arguments.expect_digest.as_deref())?;
        let written = match &arguments.name {
            Some(name) => name.clone(),
            None => confirm::name()?,
        };
        let name = name(&written)?;
        let recipients = outline.balance.planned;
        let approval = Approval { name: name.clone(), at: Timestamp::now(), recipients, content: planned.content() };
        ledger.approve(approval).await?;
        let digest = consent.short_digest();
        anstream::println!("Approved by {name}: {slug} as it is now ({digest}), for {}.", people(recipients));
        Ok(())
    })
}

fn name(written: &str) -> Result<String, Failure> {
    let name = DisplayName::parse(written.trim_end_matches(['\r', '\n']))
        .map_err(|found| Failure::Usage(format!("the name holds {found}, which no name may hold; nothing was approved")))?;
    match name.as_str().chars().count() {
        0 => Err(Failure::Usage("a name is needed: it is shown to whoever sends; nothing was approved".to_owned())),
        1..=NAME_MAX => Ok(name.as_str().to_owned()),
        length => {
            Err(Failure::Usage(format!("the name has {length} characters, and {NAME_MAX} are the most; nothing was approved")))
        }
    }
}
