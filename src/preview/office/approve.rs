//! A second person's yes.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Form, Office, Place, alert, plan};
use crate::deed::{self, Proposal, Ready, Refusal};
use crate::ledger::Ledger;

pub(super) async fn show(State(office): State<Office>) -> Response {
    match look(&office).await {
        Ok((ready, proposal)) => office.answer(Place::Approve, "Approve", &form(&office, &ready, &proposal, "", None)),
        Err(refusal) => office.refuse(Place::Approve, &refusal),
    }
}

async fn look(office: &Office) -> Result<(Ready, Proposal), Refusal> {
    let ready = office.ready().await?;
    // Neither a draft nor an issue that cannot be sent is anything to approve.
    ready.refuse_drafts()?;
    ready.relays()?;
    let proposal = office.proposal(&ready).await?;
    Ok((ready, proposal))
}

fn form(office: &Office, ready: &Ready, proposal: &Proposal, name: &str, wrong: Option<&str>) -> Markup {
    html! {
        h1 { "Approve " (ready.slug()) }
        p.lead {
            "Look at the mail on the desk, as several people read it, and at the numbers here. Your name is kept with exactly what is there now: \
             if anything of it changes, the approval is void."
        }
        @if let Some(words) = wrong { (alert(words)) }
        (plan(proposal, ready))
        form.deed method="post" action=(office.site.at("/approve")) {
            input type="hidden" name="digest" value=(proposal.consent.digest());
            label for="name" { "Your name" }
            input #name type="text" name="name" value=(name) maxlength="100" autocomplete="name" required;
            button type="submit" { "Approve exactly this" }
        }
    }
}

pub(super) async fn begin(State(office): State<Office>, body: Bytes) -> Response {
    let filled = Form::parse(&body);
    let (ready, proposal) = match look(&office).await {
        Ok(both) => both,
        Err(refusal) => return office.refuse(Place::Approve, &refusal),
    };
    let written = filled.field("name");
    let approved = async {
        if filled.field("digest") != proposal.consent.digest() {
            return Err(Refusal::Failed("it changed since you looked: below is what it is now. Nothing was approved".to_owned()));
        }
        let ledger = Ledger::open(&office.state_folder())?;
        deed::approve(&ready, &ledger, &proposal, written).await
    };
    match approved.await {
        Ok(name) => {
            let content = html! {
                h1 { "Approved" }
                p.lead { "By " bdi { (name) } ": " (ready.slug()) " as it is now (" code { (proposal.consent.short_digest()) } ")." }
                p { a href=(office.site.at("/send")) { "Go on to the send" } }
            };
            office.answer(Place::Approve, "Approved", &content)
        }
        Err(refusal) => {
            let content = form(&office, &ready, &proposal, written, Some(&refusal.to_string()));
            office.answer(Place::Approve, "Approve", &content)
        }
    }
}
