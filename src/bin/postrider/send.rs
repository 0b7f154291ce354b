//! `postrider send`.

use std::fs;
use std::path::Path;
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use postrider::compose::{Purpose, Reader};
use postrider::deliver::{self, Outline};
use postrider::ledger::{Delivery, Kind, Ledger, Plan, State};
use postrider::report::{self, Report};
use serde::Serialize;

use crate::args;
use crate::consent::Consent;
use crate::dispatch::{self, Dispatch, Manner};
use crate::failure::Failure;
use crate::workspace::{self, Ready};
use crate::{confirm, log, plan, schedule};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Send) -> Result<(), Failure> {
    let started = Instant::now();
    log::open(arguments.log.as_deref())?;
    let at = arguments.at.as_deref().map(schedule::parse).transpose()?;
    let ready = workspace::ready(folder, &arguments.issue, arguments.json)?;
    dispatch::runtime()?.block_on(async {
        let ledger = Ledger::open_existing(&ready.project.state_folder())?;
        let known = known(ledger.as_ref(), &ready).await?;
        let outline = deliver::outline(&ready.composer, &ready.subscribers, &known, Timestamp::now());
        // From here on nothing is read from the files any more: what is confirmed is what is sent.
        let plan = dispatch::plan(&ready);
        let consent = Consent::new(ledger.as_ref(), &plan, &ready, &outline).await?;
        if !arguments.json {
            anstream::println!("{}", plan::text(&outline, &ready.publication, ZonedDateTime::now().date(), &consent));
        }
        consent.check_digest(arguments.expect_digest.as_deref())?;
        if !arguments.dry_run {
            return send(&ready, &outline, plan, &consent, at.as_ref(), arguments).await;
        }
        if let Some(out) = &arguments.out {
            write_messages(&ready, out)?;
        }
        conclude_dry_run(&outline, &consent, started, arguments);
        Ok(())
    })
}

/// What the ledger knows of the issue. Where nothing was ever sent there is no ledger, and none is made for a look.
async fn known(ledger: Option<&Ledger>, ready: &Ready) -> Result<Vec<Delivery>, Failure> {
    match ledger {
        Some(ledger) => Ok(ledger.deliveries(&ready.composer.issue().slug, Kind::Issue, &State::ALL).await?),
        None => Ok(Vec::new()),
    }
}

async fn send(
    ready: &Ready,
    outline: &Outline,
    plan: Plan,
    consent: &Consent,
    at: Option<&ZonedDateTime>,
    arguments: &args::Send,
) -> Result<(), Failure> {
    let gateways = dispatch::gateways(ready)?;
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
            confirm::ask(ready.publication.name.as_str(), planned)?;
            if let Some(words) = consent.far_off() {
                confirm::count(&words, planned)?;
            }
        }
    }
    if let Some(at) = at {
        schedule::wait(at, arguments.json).await?;
    }
    let ledger = Ledger::open(&ready.project.state_folder())?;
    let manner = Manner { waits: arguments.wait, is_guarded: true, despite_refusals: arguments.despite_refusals };
    let dispatch = Dispatch { gateways, kind: Kind::Issue, is_json: arguments.json, manner };
    if arguments.new_relay {
        ledger.move_relay(&ready.composer.issue().slug, &dispatch.hosts()).await?;
    }
    let run = ledger.begin(plan, Timestamp::now()).await?;
    let sent = dispatch::send(ready, dispatch, run, dispatch::for_subscribers(ready)).await;
    let stopped = match &sent {
        Ok(summary) => summary.stopped.as_ref().map(ToString::to_string),
        Err(failure) => Some(failure.to_string()),
    };
    write_report(&ledger, ready, stopped, arguments).await;
    dispatch::conclude(&sent?, arguments.json)
}

/// Writes the report of what was sent. That it cannot be written is told, and is no reason to call a good send a bad one.
async fn write_report(ledger: &Ledger, ready: &Ready, stopped: Option<String>, arguments: &args::Send) {
    let default = || ready.project.state_folder().join("reports");
    let folder = arguments.report.clone().unwrap_or_else(default);
    let written = match ledger.account(&ready.composer.issue().slug, Kind::Issue, &report::LISTED).await {
        Ok(Some(account)) => {
            let zone = TimeZone::system();
            let report = Report::new(account, stopped, Timestamp::now(), &zone);
            report::write(&folder, &report, &zone).map_err(|error| error.to_string())
        }
        Ok(None) => return,
        Err(error) => Err(error.to_string()),
    };
    match written {
        Ok(page) if arguments.report.is_some() || !arguments.json => anstream::eprintln!("Report: {}", page.display()),
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
    for (number, subscriber) in (1..).zip(&ready.subscribers) {
        let message = ready.composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
        // The number makes the name unique, whatever is left of the address.
        let keep = |c: char| if c.is_ascii_alphanumeric() || "@.-+_".contains(c) { c } else { '_' };
        let address: String = subscriber.address.wire().chars().map(keep).collect();
        let path = out.join(format!("{number:05}-{address}.eml"));
        fs::write(path, message.bytes).map_err(Failure::while_doing("write a message"))?;
    }
    Ok(())
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
