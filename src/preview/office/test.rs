//! Sending a test to named addresses.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::work::Deed;
use super::{Form, Office, Place, alert};
use crate::deed::{self, Guests, Ready, Refusal};
use crate::ledger::Ledger;

pub(super) async fn show(State(office): State<Office>) -> Response {
    match office.ready().await {
        Ok(ready) => office.answer(Place::Test, "Send a test", &form(&office, &ready, None, None)),
        Err(refusal) => office.refuse(Place::Test, &refusal),
    }
}

fn form(office: &Office, ready: &Ready, filled: Option<&Form>, wrong: Option<&str>) -> Markup {
    let field = |name| filled.map_or("", |form| form.field(name));
    html! {
        h1 { "Send a test" }
        p.lead {
            "One copy of " (ready.slug()) " to each address, through the real relay. The subject says that it is a test, and nobody else gets \
             anything. Somebody on the list gets what they would get of the issue."
        }
        @if let Some(words) = wrong { (alert(words)) }
        @if let Err(refusal) = ready.relays() { (alert(&refusal.to_string())) }
        form.deed method="post" action=(office.site.at("/test")) {
            label for="to" { "Addresses" }
            textarea #to name="to" rows="3" autocomplete="off" spellcheck="false" required aria-describedby="to-help" { (field("to")) }
            p #to-help .quiet { "One a line, or with commas or spaces between them." }
            label for="language" { "Edition for those who are not on the list" }
            select #language name="language" {
                @for language in &ready.publication.vocabulary.languages {
                    option value=(language) selected[field("language") == language.tag()] { (language.words().name) }
                }
            }
            button type="submit" { "Send the test" }
        }
    }
}

pub(super) async fn begin(State(office): State<Office>, body: Bytes) -> Response {
    let form_ = Form::parse(&body);
    let ready = match office.ready().await {
        Ok(ready) => ready,
        Err(refusal) => return office.refuse(Place::Test, &refusal),
    };
    match start(&office, ready, &form_) {
        Ok(()) => office.lead_to("/progress"),
        Err((ready, refusal)) => {
            office.answer(Place::Test, "Send a test", &form(&office, &ready, Some(&form_), Some(&refusal.to_string())))
        }
    }
}

#[expect(clippy::result_large_err, reason = "the issue goes back to the page that shows it")]
fn start(office: &Office, ready: Ready, form: &Form) -> Result<(), (Ready, Refusal)> {
    let written = form.field("to").split([',', ';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let language = Some(form.field("language")).filter(|tag| !tag.is_empty());
    let prepared = Guests::parse(written, language, &ready).and_then(|guests| {
        deed::gateways(&ready)?;
        let ledger = Ledger::open(&office.state_folder())?;
        let work = office.desktop.begin(Deed::Test, ready.slug(), "", (false, false)).map_err(Refusal::Failed)?;
        Ok((guests, ledger, work))
    });
    let (guests, ledger, work) = match prepared {
        Ok(prepared) => prepared,
        Err(refusal) => return Err((ready, refusal)),
    };
    tokio::spawn(async move {
        let ended = deed::test(&ready, &ledger, &guests, work.follow(), work.stopped()).await;
        work.end(ended);
    });
    Ok(())
}
