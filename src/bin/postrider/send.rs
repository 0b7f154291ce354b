//! `postrider send`.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use jiff::{Timestamp, ZonedDateTime};
use postrider::compose::{Purpose, Reader};
use postrider::deed::{self, Consent, Dispatch, Proposal, Ready};
use postrider::deliver::Outline;
use postrider::ledger::{Ledger, LedgerError};
use serde::Serialize;

use crate::failure::Failure;
use crate::progress::Shown;
use crate::{args, confirm, dispatch, log, plan, schedule, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Send) -> Result<(), Failure> {
    let started = Instant::now();
    log::open(arguments.log.as_deref())?;
    let at = arguments.at.as_deref().map(schedule::parse).transpose()?;
    let ready =
        workspace::ready_for(folder, &arguments.issue, arguments.json, &arguments.to_group, arguments.condition.as_deref())?;
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open_existing(&ready.project.state_folder())?;
        // From here on nothing is read from the files any more: what is confirmed is what is sent.
        if let Some(ledger) = ledger.as_ref().filter(|_| !arguments.widen) {
            let begun = ledger.selection(ready.slug()).await?;
            if let Some(begun) = begun.filter(|begun| begun.as_deref() != ready.selection.text()) {
                return Err(LedgerError::Selection { begun }.into());
            }
        }
        let proposal = Proposal::new(&ready, ledger.as_ref(), Timestamp::now()).await?;
        if !arguments.json {
            anstream::println!("{}", plan::text(&proposal, &ready));
        }
        proposal.consent.check_digest(arguments.expect_digest.as_deref())?;
        if !arguments.dry_run {
            return send(&ready, proposal, at.as_ref(), arguments).await;
        }
        if let Some(out) = &arguments.out {
            write_messages(&ready, out)?;
        }
        conclude_dry_run(&proposal.outline, &proposal.consent, started, arguments);
        Ok(())
    })
}

async fn send(ready: &Ready, proposal: Proposal, at: Option<&ZonedDateTime>, arguments: &args::Send) -> Result<(), Failure> {
    let Proposal { outline, plan, consent } = proposal;
    let dispatch = Dispatch::of_issue(ready, arguments.wait, arguments.despite_refusals)?;
    consent.check(ready)?;
    let planned = outline.balance.planned;
    match arguments.expect_recipients {
        Some(expected) if expected != planned => {
            let words = format!("the issue has {planned} recipients, not {expected}; nothing was sent");
            return Err(Failure::Failed(words));
        }
        Some(_) => {}
        // Nothing to do needs no yes.
        None if outline.balance.pending == 0 && !(arguments.wait && outline.balance.deferred > 0) => {}
        None => {
            confirm::ask(&consent, planned)?;
            if let Some(words) = consent.far_off() {
                confirm::count(&words, planned)?;
            }
        }
    }
    if let Some(at) = at {
        schedule::wait(at, arguments.json).await?;
    }
    let ledger = Ledger::open(&ready.project.state_folder())?;
    if arguments.widen {
        ledger.widen(ready.slug(), plan.selection.clone()).await?;
    }
    if arguments.new_relay {
        ledger.move_relay(ready.slug(), &dispatch.hosts()).await?;
    }
    let shown = Shown::new(arguments.json).follow();
    let sent = dispatch.send(ready, &ledger, plan, shown, signal::stop()).await;
    let stopped = match &sent {
        Ok(summary) => summary.stopped.as_ref().map(ToString::to_string),
        Err(failure) => Some(failure.to_string()),
    };
    write_report(&ledger, ready, stopped, arguments).await;
    dispatch::conclude(&sent?, arguments.json)
}

/// Writes the report of what was sent. That it cannot be written is told, and is no reason to call a good send a bad one.
async fn write_report(ledger: &Ledger, ready: &Ready, stopped: Option<String>, arguments: &args::Send) {
    match deed::report(ledger, ready, stopped, arguments.report.as_deref()).await {
        Ok(Some(page)) if arguments.report.is_some() || !arguments.json => anstream::eprintln!("Report: {}", page.display()),
        Ok(_) => {}
        Err(why) => anstream::eprintln!("There is no report: {why}"),
    }
}

/// Writes every recipient's message as a file of its own.
fn write_messages(ready: &Ready, out: &Path) -> Result<(), Failure> {
    fs::create_dir_all(out).map_err(Failure::while_doing("make the folder for the messages"))?;
    let mut there = fs::read_dir(out).map_err(Failure::while_doing("look into the folder for the messages"))?;
    if there.next().is_some() {
        let words = format!("{} is not empty, and nothing in it is overwritten; name a new folder", out.display());
        return Err(Failure::Usage(words));
    }
    let (mut number, mut written) = (0, Ok(()));
    ready.subscribers.until(&mut |subscriber| {
        if !ready.selection.admits(subscriber) {
            return ControlFlow::Continue(());
        }
        number += 1;
        let message = ready.composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
        // The number makes the name unique, whatever is left of the address.
        let keep = |c: char| if c.is_ascii_alphanumeric() || "@.-+_".contains(c) { c } else { '_' };
        let address: String = subscriber.address.wire().chars().map(keep).collect();
        let path = out.join(format!("{number:05}-{address}.eml"));
        written = fs::write(path, message.bytes);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.map_err(Failure::while_doing("write a message"))
}

/// A dry run as JSON: what a send would begin with.
#[derive(Debug, Serialize)]
struct DryRun<'a> {
    #[serde(flatten)]
    outline: &'a Outline,
    /// What `--expect-digest` wants.
    digest: &'a str,
    /// Who approved exactly this.
    approved_by: Option<&'a str>,
    seconds: f64,
}

fn conclude_dry_run(outline: &Outline, consent: &Consent, started: Instant, arguments: &args::Send) {
    if arguments.json {
        let report = DryRun {
            outline,
            digest: consent.digest(),
            approved_by: consent.approved_by(),
            seconds: started.elapsed().as_secs_f64(),
        };
        anstream::println!("{}", serde_json::to_string(&report).expect("an outline is plain data"));
        return;
    }
    if let Some(out) = &arguments.out {
        anstream::println!("Wrote {} messages into {}.", outline.balance.planned, out.display());
    }
    anstream::println!("A dry run: nothing was contacted, nothing was sent.");
}
