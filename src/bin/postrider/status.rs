//! `postrider status`.

use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use postrider::ledger::{Account, Balance, Group, Kind, Ledger, Sent, State};
use postrider::report::{self, Report, moment, word};

use crate::args;
use crate::failure::Failure;
use crate::{dispatch, workspace};

/// How many lines a table of domains or reasons has at most; `--json` and the report have all.
const LINES: usize = 12;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Status) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let ledger = Ledger::open_existing(&project.state_folder())?;
    let runtime = dispatch::runtime()?;
    let Some(issue) = &arguments.issue else {
        let issues = match &ledger {
            Some(ledger) => runtime.block_on(ledger.issues())?,
            None => Vec::new(),
        };
        return show_all(&issues, arguments.json);
    };
    let states: &[State] = match (arguments.json, &arguments.report) {
        (true, _) => &State::ALL,
        (false, Some(_)) => &report::LISTED,
        (false, None) => &[],
    };
    let account = match &ledger {
        Some(ledger) => runtime.block_on(ledger.account(issue, Kind::Issue, states))?,
        None => None,
    };
    let Some(account) = account else { return Err(never_sent(&project, issue)) };
    let zone = TimeZone::system();
    let report = Report::new(account, None, Timestamp::now(), &zone);
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&report).expect("a report is plain data"));
    } else {
        anstream::println!("{}", text(&report, &zone));
    }
    if let Some(folder) = &arguments.report {
        let page = report::write(folder, &report, &zone).map_err(|error| Failure::Failed(error.to_string()))?;
        anstream::eprintln!("Report: {}", page.display());
    }
    match (report.is_finished(), report.account.balance.is_balanced()) {
        (_, false) => Err(Failure::Said),
        (true, true) => Ok(()),
        (false, true) => Err(Failure::Unfinished),
    }
}

/// An issue that the ledger does not know: one that was not sent yet, or none at all.
pub(crate) fn never_sent(project: &postrider::files::Project, issue: &str) -> Failure {
    match workspace::issue(project, &args::IssueArgument { issue: Some(issue.to_owned()) }) {
        Ok(slug) => {
            anstream::eprintln!("No: {slug} was not sent to anybody yet. `postrider send {slug}` sends it.");
            Failure::Unfinished
        }
        Err(unknown) => unknown,
    }
}

fn show_all(issues: &[Sent], is_json: bool) -> Result<(), Failure> {
    if is_json {
        for sent in issues {
            anstream::println!("{}", serde_json::to_string(sent).expect("a balance is plain data"));
        }
    } else if issues.is_empty() {
        anstream::println!("Nothing was sent from this project yet.");
    } else {
        let zone = TimeZone::system();
        let rows = issues.iter().map(|sent| (sent.issue.clone(), sent.balance, begun(sent, &zone)));
        anstream::println!("{}", table("Issue", rows.collect(), usize::MAX).trim_end());
    }
    if issues.iter().any(|sent| !sent.balance.is_balanced()) {
        return Err(Failure::Failed(
            "the counts do not add up. This is a fault of the program: keep the folder .postrider and report it".to_owned(),
        ));
    }
    let is_finished = |sent: &Sent| sent.balance.open() == 0 && sent.balance.ambiguous == 0;
    if issues.iter().all(is_finished) { Ok(()) } else { Err(Failure::Unfinished) }
}

fn begun(sent: &Sent, zone: &TimeZone) -> String {
    match sent.finished {
        Some(finished) => format!("finished {}", moment(finished, zone)),
        None => format!("begun {}, not finished", moment(sent.started, zone)),
    }
}

/// An account for a person to read, the answer first.
fn text(report: &Report, zone: &TimeZone) -> String {
    let account = &report.account;
    let mut page = format!("{}\n\n", report.answer);
    let mut row = |label: &str, value: &str| {
        writeln!(page, "  {label:<12} {value}").expect("writing to a string does not fail");
    };
    row("Issue", &account.issue);
    row("From", &format!("{} over {}", account.sender, account.relay));
    row("Begun", &moment(account.started, zone));
    if let Some(finished) = account.finished {
        row("Finished", &moment(finished, zone));
    }
    row("Sessions", &sessions(account));
    row("Balance", &balance(&account.balance));
    if account.came_back() != (0, 0) {
        let (failed, complained) = account.came_back();
        row("Came back", &format!("{failed} accepted, then undeliverable; {complained} complaints"));
    }
    page.push('\n');
    page.push_str(&groups("Edition", &account.editions));
    page.push('\n');
    page.push_str(&groups("Domain", &account.domains));
    if !account.returns.is_empty() {
        page.push_str("\n  Accepted, then\n");
        for found in account.returns.iter().take(LINES) {
            let status = found.status.as_deref().map_or_else(String::new, |status| format!(" {status}"));
            let words = workspace::printable(&found.words);
            writeln!(page, "  {:>6} {}{status}: {words}", found.count, found.class).expect("writing to a string does not fail");
        }
    }
    if !account.reasons.is_empty() {
        page.push_str("\n  Why\n");
        for reason in account.reasons.iter().take(LINES) {
            let code = reason.code.map_or_else(String::new, |code| format!("{code} "));
            let words = workspace::printable(&reason.words);
            let line = format!("  {:>6} {}: {code}{words}", reason.count, word(reason.state));
            writeln!(page, "{}", line.trim_end().trim_end_matches(':')).expect("writing to a string does not fail");
        }
        if account.reasons.len() > LINES {
            let more = account.reasons.len() - LINES;
            writeln!(page, "         {more} more reasons: see --json").expect("writing to a string does not fail");
        }
    }
    if !report.next.is_empty() {
        page.push_str("\n  What to do next\n");
        for step in &report.next {
            writeln!(page, "  - {step}").expect("writing to a string does not fail");
        }
    }
    page.trim_end().to_owned()
}

fn sessions(account: &Account) -> String {
    let seconds: f64 = account.sessions.iter().filter_map(postrider::ledger::Session::seconds).sum();
    let unended = account.sessions.iter().filter(|session| session.ended.is_none()).count();
    let unended = unended.saturating_sub(usize::from(account.sending.is_some()));
    let unended = if unended > 0 { format!(", {unended} without an end") } else { String::new() };
    format!("{}, {seconds:.1} s in all{unended}", account.sessions.len())
}

fn balance(balance: &Balance) -> String {
    let Balance { planned, accepted, refused, deferred, skipped, pending, ambiguous } = balance;
    format!(
        "{planned} planned = {accepted} accepted + {refused} refused + {skipped} left out + {deferred} deferred + {pending} not yet \
         sent + {ambiguous} in doubt"
    )
}

fn groups(noun: &str, groups: &[Group]) -> String {
    table(noun, groups.iter().map(|group| (group.name.clone(), group.balance, String::new())).collect(), LINES)
}

/// Counts in columns, a line each.
fn table(noun: &str, rows: Vec<(String, Balance, String)>, shown: usize) -> String {
    let width = rows.iter().take(shown).map(|(name, ..)| name.chars().count()).chain([noun.len(), 12]).max().unwrap_or_default();
    let mut lines = format!("  {noun:<width$}  planned accepted  refused left out deferred  not yet in doubt\n");
    let more = rows.len().saturating_sub(shown);
    for (name, balance, note) in rows.into_iter().take(shown) {
        let Balance { planned, accepted, refused, deferred, skipped, pending, ambiguous } = balance;
        let line = format!(
            "  {name:<width$} {planned:>8} {accepted:>8} {refused:>8} {skipped:>8} {deferred:>8} {pending:>8} {ambiguous:>8}  {note}"
        );
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    if more > 0 {
        writeln!(lines, "  {more} more: see --json").expect("writing to a string does not fail");
    }
    lines
}
