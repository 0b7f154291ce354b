//! The send itself: begun only after the same words that the terminal asks for.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::work::{Deed, Work};
use super::{Form, Office, Place, alert, plan};
use crate::deed::{self, Dispatch, Proposal, Ready, Refusal};
use crate::ledger::Ledger;
use std::sync::Arc;

pub(super) async fn show(State(office): State<Office>) -> Response {
    match look(&office).await {
        Ok((ready, proposal)) => office.answer(Place::Send, "Send", &form(&office, &ready, &proposal, None)),
        Err(refusal) => office.refuse(Place::Send, &refusal),
    }
}

async fn look(office: &Office) -> Result<(Ready, Proposal), Refusal> {
    let ready = office.ready().await?;
    let proposal = office.proposal(&ready).await?;
    Ok((ready, proposal))
}

fn form(office: &Office, ready: &Ready, proposal: &Proposal, wrong: Option<&str>) -> Markup {
    let consent = &proposal.consent;
    let balance = &proposal.outline.balance;
    // What stands against it is told before anybody types anything.
    let against = consent.check(ready).and_then(|()| ready.relays().map(drop)).err();
    let is_nothing_left = balance.pending == 0 && balance.deferred == 0;
    html! {
        h1 { "Send " (ready.slug()) }
        @if let Some(words) = wrong { (alert(words)) }
        (plan(proposal, ready))
        @if let Some(refusal) = against {
            (alert(&refusal.to_string()))
        } @else if is_nothing_left {
            p.lead { "Nobody is left to be sent to. " a href=(office.site.at(&format!("/history/{}", ready.slug()))) { "What came of it" } }
        } @else {
            form.deed method="post" action=(office.site.at("/send")) autocomplete="off" {
                input type="hidden" name="digest" value=(consent.digest());
                @if balance.deferred > 0 || balance.pending > 0 {
                    p.tick {
                        input #wait type="checkbox" name="wait" value="yes";
                        label for="wait" { "Stay until nobody is deferred any more, and try each again when their time comes" }
                    }
                }
                @if balance.refused > 0 {
                    p.tick {
                        input #despite type="checkbox" name="despite" value="yes";
                        label for="despite" { "Go on though more than one in twenty is refused" }
                    }
                }
                label for="typed" { "To send it, type the list's name and the number of recipients: " bdi.password { (consent.password()) } }
                input #typed type="text" name="typed" autocomplete="off" spellcheck="false" autocapitalize="off" required;
                @if let Some(words) = consent.far_off() {
                    label for="count" { (words) " To go on all the same, type the number of recipients once more" }
                    input #count type="text" name="count" inputmode="numeric" autocomplete="off" required;
                }
                button.grave type="submit" { "Send to " (crate::report::people(balance.pending.max(balance.deferred))) }
            }
        }
    }
}

pub(super) async fn begin(State(office): State<Office>, body: Bytes) -> Response {
    let filled = Form::parse(&body);
    let (ready, proposal) = match look(&office).await {
        Ok(both) => both,
        Err(refusal) => return office.refuse(Place::Send, &refusal),
    };
    if let Err(refusal) = confirm(&proposal, &filled) {
        return office.answer(Place::Send, "Send", &form(&office, &ready, &proposal, Some(&refusal.to_string())));
    }
    let manner = (filled.has("wait"), filled.has("despite"));
    match start(&office, ready, proposal, manner) {
        Ok(()) => office.lead_to("/progress"),
        Err(refusal) => office.refuse(Place::Send, &refusal),
    }
}

/// Holds what was typed against what is there now.
fn confirm(proposal: &Proposal, filled: &Form) -> Result<(), Refusal> {
    let consent = &proposal.consent;
    if filled.field("digest") != consent.digest() {
        return Err(Refusal::Failed("it changed since you looked: below is what it is now. Nothing was sent".to_owned()));
    }
    let is_count = filled.field("count") == proposal.outline.balance.planned.to_string();
    if !consent.is_password(filled.field("typed")) || consent.far_off().is_some() && !is_count {
        return Err(Refusal::Failed("that is not what was asked for; nothing was sent".to_owned()));
    }
    Ok(())
}

/// Begins a send that was confirmed.
fn start(office: &Office, ready: Ready, proposal: Proposal, (waits, despite_refusals): (bool, bool)) -> Result<(), Refusal> {
    let Proposal { plan, consent, .. } = proposal;
    let dispatch = Dispatch::of_issue(&ready, waits, despite_refusals)?;
    consent.check(&ready)?;
    let ledger = Ledger::open(&office.state_folder())?;
    let manner = (waits, despite_refusals);
    let work = office.desktop.begin(Deed::Send, ready.slug(), consent.digest(), manner).map_err(Refusal::Failed)?;
    tokio::spawn(async move {
        let sent = dispatch.send(&ready, &ledger, plan, work.follow(), work.stopped()).await;
        let stopped = match &sent {
            Ok(summary) => summary.stopped.as_ref().map(ToString::to_string),
            Err(refusal) => Some(refusal.to_string()),
        };
        // That it cannot be written is no reason to call a good send a bad one: the page of the history has the same.
        let _ = deed::report(&ledger, &ready, stopped, None).await;
        work.end(sent);
    });
    Ok(())
}

/// Goes on with a send that a person paused: what was confirmed then must be what is there now.
pub(super) async fn resume(office: &Office, paused: &Arc<Work>) -> Result<(), Refusal> {
    let ready = office.ready_of(paused.slug.clone()).await?;
    let proposal = office.proposal(&ready).await?;
    if proposal.consent.digest() != paused.digest {
        return Err(Refusal::Failed(
            "the issue changed since it was confirmed; look at the plan and confirm it again".to_owned(),
        ));
    }
    start(office, ready, proposal, paused.manner)
}
