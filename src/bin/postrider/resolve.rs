//! `postrider resolve`.

use std::path::Path;

use jiff::Timestamp;
use postrider::ledger::{Decision, Kind, Ledger, State};
use postrider::model::address::Address;
use postrider::report::people;

use crate::args;
use crate::failure::Failure;
use crate::{confirm, dispatch, status, workspace};

/// How many addresses are listed before the question.
const LISTED: usize = 50;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Resolve) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let parse = |written: &String| {
        Address::parse(written)
            .map_err(|error| Failure::Usage(format!("`{}` is not a mail address: {error}", workspace::printable(written))))
    };
    let named = arguments.addresses.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let issue = &arguments.issue;
    let Some(ledger) = Ledger::open_existing(&project.state_folder())? else {
        return Err(status::never_sent(&project, issue));
    };
    dispatch::runtime()?.block_on(async {
        if ledger.record(issue, Kind::Issue).await?.is_none() {
            return Err(status::never_sent(&project, issue));
        }
        let doubtful = ledger.deliveries(issue, Kind::Issue, &[State::Ambiguous, State::InData]).await?;
        let is_meant = |address: &Address| named.is_empty() || named.iter().any(|one| one.is_same_mailbox(address));
        let meant: Vec<_> = doubtful.into_iter().filter(|delivery| is_meant(&delivery.address)).collect();
        if meant.is_empty() && named.is_empty() {
            anstream::println!("Nobody of {issue} is in doubt: there is nothing to decide.");
            return Ok(());
        }
        let decision = if arguments.resend { Decision::Resend } else { Decision::AssumeSent };
        // Whoever is named and not in doubt is refused by the ledger, before anybody is asked.
        let is_all_in_doubt = named.iter().all(|one| meant.iter().any(|delivery| delivery.address.is_same_mailbox(one)));
        if !arguments.yes && is_all_in_doubt {
            for delivery in meant.iter().take(LISTED) {
                let why = delivery.reason.as_deref().unwrap_or("the program ended while this message was on its way");
                anstream::eprintln!("  {} ({}): {}", delivery.address, delivery.edition, workspace::printable(why));
            }
            if meant.len() > LISTED {
                anstream::eprintln!("  and {} more", meant.len() - LISTED);
            }
            confirm::yes_or_no(&question(decision, meant.len()))?;
        }
        // Exactly those who were shown: whoever fell into doubt since is not among them.
        let shown = if named.is_empty() { meant.into_iter().map(|delivery| delivery.address).collect() } else { named };
        let decided = ledger.resolve(issue, decision, Some(shown), Timestamp::now()).await?;
        anstream::println!("{}", conclusion(decision, issue, decided.len()));
        Ok(())
    })
}

fn count(people_meant: usize) -> String {
    people(u64::try_from(people_meant).unwrap_or(u64::MAX))
}

fn question(decision: Decision, meant: usize) -> String {
    let who = count(meant);
    match decision {
        Decision::Resend => format!("Send it to {who} once more? Some may get a second copy."),
        Decision::AssumeSent => format!("Take it as sent to {who}? It will not be sent to them again."),
    }
}

fn conclusion(decision: Decision, issue: &str, decided: usize) -> String {
    let who = count(decided);
    match decision {
        Decision::Resend => format!("{who} will get it once more: run `postrider send {issue}`."),
        Decision::AssumeSent => format!("Taken as sent to {who}, by your decision."),
    }
}
