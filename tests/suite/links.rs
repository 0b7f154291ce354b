//! `check --links`: which links lead somewhere, asked of real servers on loopback, and which addresses are never asked.

mod answer;
mod command;
mod reach;
mod site;
mod visit;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postrider::files::Project;
use postrider::links::{self, Pace, Progress, Reach, Resolver, Target, Terms};
use postrider::model::diagnostic::{self, Diagnostic};
use postrider::trust;
use tokio::sync::mpsc;

use crate::deliver::AUTHORITY;
use crate::workspace::{EDITION, Workspace};
use site::Site;

const EDITION_FILE: &str = "issues/2023-q3/en.toml";

/// Terms on which loopback can be asked, and names that lead there.
struct Asking {
    reach: Reach,
    names: BTreeMap<String, Vec<IpAddr>>,
    looked_up: Arc<Mutex<Vec<String>>>,
    pace: Pace,
    deadline: Duration,
}

impl Asking {
    /// These servers alone, as `site.test`, and by no other name.
    fn of(sites: &[&Site]) -> Self {
        let reach = sites.iter().fold(Reach::public(), |reach, site| reach.with_address(site.address));
        let asking = Self {
            reach,
            names: BTreeMap::new(),
            looked_up: Arc::default(),
            pace: Pace { pause: Duration::ZERO, ..Pace::default() },
            deadline: Duration::from_mins(1),
        };
        asking.named("site.test", &["127.0.0.1"])
    }

    fn named(mut self, name: &str, addresses: &[&str]) -> Self {
        self.reach = self.reach.with_name(name);
        self.names.insert(name.to_owned(), addresses.iter().map(|address| address.parse().unwrap()).collect());
        self
    }

    fn terms(&self) -> Terms {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, AUTHORITY).unwrap();
        let (names, looked_up) = (self.names.clone(), Arc::clone(&self.looked_up));
        let lookup = move |name: &str| {
            looked_up.lock().unwrap().push(name.to_owned());
            names.get(name).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))
        };
        Terms {
            reach: self.reach.clone(),
            resolver: Resolver::Own(Arc::new(lookup)),
            pace: self.pace,
            deadline: self.deadline,
            tls: trust::client_config(Some(&authority)),
        }
    }

    /// What is said about links to these addresses.
    async fn ask(&self, urls: &[&str]) -> Vec<Diagnostic> {
        ask(urls, self.terms()).await
    }

    /// The same, each finding as `severity rule: message`.
    async fn hear(&self, urls: &[&str]) -> Vec<String> {
        self.ask(urls).await.iter().map(said).collect()
    }
}

fn said(finding: &Diagnostic) -> String {
    format!("{} {}: {}", finding.severity.as_str(), finding.rule, finding.message)
}

async fn ask(urls: &[&str], terms: Terms) -> Vec<Diagnostic> {
    let targets = targets(&edition_with(urls));
    let (progress, mut events) = mpsc::unbounded_channel();
    let expected: Vec<_> = targets.iter().map(|target| target.url.to_string()).collect();
    let mut findings = links::check(targets, terms, progress).await;
    let mut done = Vec::new();
    while let Some(Progress { url }) = events.recv().await {
        done.push(url);
    }
    done.sort();
    let mut expected = expected;
    expected.sort();
    assert_eq!(done, expected, "each address is told of once");
    diagnostic::sort(&mut findings);
    findings
}

/// A project whose edition links to these addresses, each in a paragraph of its own, the first in line 12.
fn edition_with(urls: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    let mut body = String::new();
    for url in urls {
        write!(body, "[Read]({url})\n\n").unwrap();
    }
    let (start, _) = EDITION.split_once("Dear").unwrap();
    workspace.write(EDITION_FILE, format!("{start}\n{body}\"\"\"\n"));
    workspace
}

fn targets(workspace: &Workspace) -> Vec<Target> {
    let loaded = Project { root: workspace.root().to_owned() }.load(Some("2023-q3"));
    assert!(loaded.is_sound(), "{:?}", loaded.findings);
    links::targets(&loaded.issue.unwrap())
}
