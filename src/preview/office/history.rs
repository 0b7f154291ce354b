//! What was sent, and what came of it.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::html;

use super::{Office, Place};
use crate::deed::Refusal;
use crate::ledger::{Kind, Sent};
use crate::preview::server;
use crate::report::{self, Report, moment};

/// What the document of a report may do: show its own style.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

pub(super) async fn list(State(office): State<Office>) -> Response {
    let issues = match sent(&office).await {
        Ok(issues) => issues,
        Err(refusal) => return office.refuse(Place::History, &refusal),
    };
    let zone = TimeZone::system();
    let content = html! {
        h1 { "History" }
        @if issues.is_empty() {
            p.lead { "Nothing was sent from this project yet." }
        } @else {
            ol.runs {
                @for sent in &issues {
                    @let balance = &sent.balance;
                    li {
                        a href=(office.site.at(&format!("/history/{}", sent.issue))) { (sent.issue) }
                        span { (balance.accepted) " of " (balance.planned) " accepted" }
                        @for (count, words) in [(balance.refused, "refused"), (balance.deferred, "deferred"), (balance.ambiguous, "in doubt"), (balance.pending, "not yet sent")] {
                            @if count > 0 { span { (count) " " (words) } }
                        }
                        span.quiet {
                            @match sent.finished {
                                Some(finished) => { "finished " (moment(finished, &zone)) }
                                None => { "begun " (moment(sent.started, &zone)) ", not finished" }
                            }
                        }
                    }
                }
            }
        }
    };
    office.answer(Place::History, "History", &content)
}

async fn sent(office: &Office) -> Result<Vec<Sent>, Refusal> {
    match office.ledger()? {
        Some(ledger) => Ok(ledger.issues().await?),
        None => Ok(Vec::new()),
    }
}

/// What is known of an issue's run; `None` where it was never sent.
async fn account(office: &Office, issue: &str) -> Result<Option<Report>, Refusal> {
    let Some(ledger) = office.ledger()? else { return Ok(None) };
    let account = ledger.account(issue, Kind::Issue, &report::LISTED).await?;
    Ok(account.map(|account| Report::new(account, None, Timestamp::now(), &TimeZone::system())))
}

pub(super) async fn show(State(office): State<Office>, Path(issue): Path<String>) -> Response {
    match account(&office, &issue).await {
        Ok(Some(report)) => {
            let issue = &report.account.issue;
            let mut page = office.page(Place::History, &format!("Report of {issue}"), None, &html! {});
            page.main = html! {
                main #main .paper data-shape="report" tabindex="-1" {
                    h1.skip { "Report of " (issue) }
                    iframe title={ "The report of " (issue) } src=(office.site.at(&format!("/history/{issue}/report"))) sandbox="" {}
                }
            };
            server::answer(StatusCode::OK, &page, &office.site)
        }
        Ok(None) => never_sent(&office),
        Err(refusal) => office.refuse(Place::History, &refusal),
    }
}

pub(super) async fn report(State(office): State<Office>, Path(issue): Path<String>) -> Response {
    match account(&office, &issue).await {
        Ok(Some(report)) => {
            ([(header::CONTENT_SECURITY_POLICY, REPORT_POLICY)], Html(report.page(&TimeZone::system()))).into_response()
        }
        Ok(None) => never_sent(&office),
        Err(refusal) => office.refuse(Place::History, &refusal),
    }
}

fn never_sent(office: &Office) -> Response {
    let content = html! {
        h1 { "Not sent yet" }
        p.lead { "No issue of this name was sent from here. " a href=(office.site.at("/history")) { "What was" } }
    };
    server::answer(StatusCode::NOT_FOUND, &office.page(Place::History, "Not sent yet", None, &content), &office.site)
}
