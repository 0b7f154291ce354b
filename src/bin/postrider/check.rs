//! `postrider check`.

use std::path::Path;

use postrider::check::{check, support};
use postrider::compose::Message;
use postrider::deed;
use postrider::model::diagnostic::{self, Diagnostic};

use crate::args::{self, Format};
use crate::failure::Failure;
use crate::{explain, finding, links, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Check) -> Result<(), Failure> {
    if let Some(rule) = &arguments.explain {
        return explain::run(rule.as_deref());
    }
    let project = workspace::project(folder)?;
    // A project without an issue is checked as well, as far as it goes.
    let slug = match &arguments.issue.issue {
        None => project.issues().pop(),
        Some(_) => Some(workspace::issue(&project, &arguments.issue)?),
    };
    let mut checked = check(deed::load(&project, slug.as_deref()), &workspace::cache(&project));
    let mut asked = String::new();
    if let Some(issue) = checked.issue.as_ref().filter(|_| arguments.links) {
        let (count, findings) = links::check(issue, arguments.format == Format::Json)?;
        // An address that is private by its own words is told of once: as what it leads to, and that it was not contacted.
        let is_told = |rule: &str, found: &Diagnostic| findings.iter().any(|told| told.rule == rule && told.place == found.place);
        checked.findings.retain(|found| found.rule != "local-link" || !is_told("private-link", found));
        checked.findings.extend(findings);
        diagnostic::sort(&mut checked.findings);
        asked = if count == 1 { ", 1 web address".to_owned() } else { format!(", {count} web addresses") };
    }
    let (errors, warnings) = checked.count();
    match arguments.format {
        Format::Json => finding::print_json(&checked.findings),
        Format::Text => {
            finding::print(&checked.findings);
            let what = slug.map_or_else(String::new, |slug| format!(", issue {slug}"));
            let people = finding::count(checked.subscribers.count(), "subscriber");
            let score = if checked.messages.is_empty() {
                String::new()
            } else {
                format!("; client support: {}", scores(&checked.messages))
            };
            anstream::println!("{}: {people}{what}{asked}{score}", finding::tally(errors, warnings));
        }
    }
    if errors > 0 { Err(Failure::Said) } else { Ok(()) }
}

/// The score of each edition's HTML, as `en 95.1 %, bn 94.8 %`.
fn scores(messages: &[Message]) -> String {
    let score = |message: &Message| format!("{} {:.1} %", message.edition, support::judge(&message.html).score);
    messages.iter().map(score).collect::<Vec<_>>().join(", ")
}
