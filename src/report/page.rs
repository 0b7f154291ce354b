//! The report as one HTML file: no script, nothing fetched, light and dark.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{LISTED, Report, moment, word};
use crate::ledger::{Account, Balance, Delivery, Group, Reason, Return, Session};

const STYLE: &str = include_str!("page.css");
/// How many recipients the page lists; the JSON beside it has all.
const SHOWN: usize = 5_000;
/// How many domains the page lists.
const DOMAINS_SHOWN: usize = 200;

pub(super) fn document(report: &Report, zone: &TimeZone) -> String {
    let account = &report.account;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="Postrider";
                title { "Report of " (account.issue) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        p.kicker { "Report of a send" }
                        h1 { (account.issue) }
                        p.answer data-kind=(kind(report)) { (report.answer) }
                    }
                    @if let Some(stopped) = &report.stopped { p.stopped { "The send stopped: " (stopped) } }
                    @if !report.next.is_empty() {
                        section {
                            h2 { "What to do next" }
                            ul { @for step in &report.next { li { (sentence(step)) } } }
                        }
                    }
                    (balance(&account.balance, account.assumed))
                    (timing(account, zone))
                    (groups("Editions", "Edition", &account.editions, usize::MAX))
                    (groups("Domains", "Domain", &account.domains, DOMAINS_SHOWN))
                    (reasons(account, zone))
                    (returns(account))
                    (recipients(&account.recipients, zone))
                }
                footer { p { "Read from the ledger at " (moment(report.written, zone)) ". This page holds addresses: keep it to yourself." } }
            }
        }
    };
    page.into_string()
}

/// A sentence with the commands in it, which stand between backquotes, as code.
fn sentence(words: &str) -> Markup {
    html! {
        @for (number, part) in words.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Which colour the answer has; its words say the same.
fn kind(report: &Report) -> &'static str {
    match (report.is_finished(), report.account.balance.is_complete()) {
        (true, true) => "yes",
        (true, false) => "no",
        (false, _) => "open",
    }
}

/// The columns of every table of counts.
fn counts(balance: &Balance) -> [(&'static str, u64); 7] {
    [
        ("Planned", balance.planned),
        ("Accepted", balance.accepted),
        ("Refused", balance.refused),
        ("Deferred", balance.deferred),
        ("Left out", balance.skipped),
        ("Not yet sent", balance.pending),
        ("In doubt", balance.ambiguous),
    ]
}

fn balance(balance: &Balance, assumed: u64) -> Markup {
    html! {
        section {
            h2 { "Balance" }
            dl.balance {
                @for (name, count) in counts(balance) {
                    div data-none[count == 0] { dt { (name) } dd { (count) } }
                }
            }
            @if assumed > 0 { p { "Of the accepted, " (assumed) " by decision: no answer came for them." } }
        }
    }
}

fn timing(account: &Account, zone: &TimeZone) -> Markup {
    html! {
        section {
            h2 { "Timing" }
            p {
                "Begun " (moment(account.started, zone))
                @if let Some(finished) = account.finished { ", finished " (moment(finished, zone)) }
                ". From " (account.sender) " over " (account.relay) "."
            }
            div.wide tabindex="0" role="region" aria-label="Sessions" {
                table {
                    caption { "Sessions" }
                    thead { tr { @for head in ["Began", "Seconds", "Accepted", "Per second"] { th scope="col" { (head) } } } }
                    tbody { @for session in &account.sessions { (session_row(session, zone)) } }
                }
            }
        }
    }
}

fn session_row(session: &Session, zone: &TimeZone) -> Markup {
    let rate = session.seconds().zip(session.accepted).filter(|(seconds, _)| *seconds > 0.0);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = rate.map(|(seconds, accepted)| accepted as f64 / seconds);
    html! {
        tr {
            th scope="row" { (moment(session.began, zone)) }
            td { @match session.seconds() { Some(seconds) => (format!("{seconds:.1}")), None => "no end was recorded" } }
            td { @if let Some(accepted) = session.accepted { (accepted) } }
            td { @if let Some(rate) = rate { (format!("{rate:.1}")) } }
        }
    }
}

fn groups(title: &str, noun: &str, groups: &[Group], shown: usize) -> Markup {
    let heads = counts(&Balance::default()).map(|(name, _)| name);
    html! {
        section {
            h2 { (title) }
            div.wide tabindex="0" role="region" aria-label=(title) {
                table {
                    caption { (title) }
                    thead { tr { th scope="col" { (noun) } @for head in heads { th scope="col" { (head) } } } }
                    tbody {
                        @for group in groups.iter().take(shown) {
                            tr {
                                th scope="row" { (group.name) }
                                @for (_, count) in counts(&group.balance) { td { (count) } }
                            }
                        }
                    }
                }
            }
            @if groups.len() > shown { p { (groups.len() - shown) " more are in the JSON file." } }
        }
    }
}

fn reasons(account: &Account, zone: &TimeZone) -> Markup {
    if account.reasons.is_empty() {
        return html! {};
    }
    let row = |reason: &Reason| {
        html! {
            tr {
                td { (reason.count) }
                td { (word(reason.state)) }
                td.said dir="auto" {
                    @if let Some(code) = reason.code { (code) " " }
                    (reason.words)
                    @if let Some(at) = reason.next_at { " (to be tried again after " (moment(at, zone)) ")" }
                }
            }
        }
    };
    said("Reasons", "Reasons", ["People", "State", "Words"], account.reasons.iter().map(row))
}

/// What came back of what was accepted.
fn returns(account: &Account) -> Markup {
    if account.returns.is_empty() {
        return html! {};
    }
    let row = |found: &Return| {
        html! {
            tr {
                td { (found.count) }
                td { (found.class) }
                td.said dir="auto" { @if let Some(status) = &found.status { (status) " " } (found.words) }
            }
        }
    };
    said("Accepted, then", "What came back", ["People", "What", "Words"], account.returns.iter().map(row))
}

/// A section with a table of what others said.
fn said(title: &str, label: &str, heads: [&str; 3], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        section {
            h2 { (title) }
            div.wide tabindex="0" role="region" aria-label=(label) {
                table.words {
                    caption { (label) }
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { @for row in rows { (row) } }
                }
            }
        }
    }
}

fn recipients(recipients: &[Delivery], zone: &TimeZone) -> Markup {
    let told = |delivery: &&Delivery| LISTED.contains(&delivery.state);
    let count = recipients.iter().filter(told).count();
    if count == 0 {
        return html! {};
    }
    html! {
        section {
            h2 { "Who does not have it, or may not" }
            div.wide tabindex="0" role="region" aria-label="Recipients" {
                table.words {
                    caption { "Recipients" }
                    thead { tr { @for head in ["Address", "Edition", "State", "Words"] { th scope="col" { (head) } } } }
                    tbody {
                        @for delivery in recipients.iter().filter(told).take(SHOWN) {
                            tr {
                                th scope="row" { (delivery.address.as_written()) }
                                td { (delivery.edition) }
                                td { (word(delivery.state)) }
                                td.said dir="auto" {
                                    @if let Some(code) = delivery.code { (code) " " }
                                    (delivery.reason.as_deref().unwrap_or_default())
                                    @if let Some(decided) = delivery.decision {
                                        " (decided before: " (decided.choice) ", " (moment(decided.at, zone)) ")"
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if count > SHOWN { p { (count - SHOWN) " more are in the JSON file." } }
        }
    }
}
