//! The client's side: a project to send from.

use std::collections::BTreeMap;
use std::fs;
use std::future::{Future, pending};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use postrider::deliver::{Body, Credentials, Deadlines, Gateway, Job, Patience, Progress, Summary, send};
use postrider::ledger::{Kind, Ledger, LedgerError, Plan, Planned, Run, State};
use postrider::model::address::Address;
use postrider::model::relay::{Rate, Relay, Tls};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::peer::{AUTHORITY, Peer};

/// What is sent unless a test says otherwise.
pub(super) const MESSAGE: &str = "Subject: News\r\n\r\nHello.\r\n";

/// A project to send from.
pub(super) struct Project {
    pub(super) folder: TempDir,
    pub(super) relay: Relay,
    pub(super) credentials: Option<Credentials>,
    pub(super) patience: Patience,
    pub(super) message: Vec<u8>,
    /// Relays beside the first.
    pub(super) others: Vec<Relay>,
    pub(super) pace: BTreeMap<String, Rate>,
    pub(super) canary: u64,
    pub(super) refused_percent: Option<u64>,
    pub(super) waits: bool,
}

/// What came of a send.
pub(super) struct Sent {
    pub(super) summary: Summary,
    pub(super) states: BTreeMap<String, State>,
    pub(super) reasons: BTreeMap<String, String>,
    pub(super) events: Vec<Progress>,
}

impl Project {
    pub(super) fn new(relay: Relay) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            relay,
            credentials: None,
            // A fault is met at once, and again at once.
            patience: Patience { pause: Duration::ZERO, retry_after: Duration::ZERO, ..Patience::default() },
            message: MESSAGE.as_bytes().to_vec(),
            others: Vec::new(),
            pace: BTreeMap::new(),
            canary: 0,
            refused_percent: None,
            waits: false,
        }
    }

    pub(super) fn sending(self, message: impl Into<Vec<u8>>) -> Self {
        Self { message: message.into(), ..self }
    }

    pub(super) fn with_tls(mut self, tls: Tls) -> Self {
        fs::write(self.folder.path().join("ca.pem"), AUTHORITY).unwrap();
        "localhost".clone_into(&mut self.relay.host);
        self.relay.tls = tls;
        self.relay.ca_file = Some(PathBuf::from("ca.pem"));
        self
    }

    pub(super) fn logged_in(self, user: &str, password: &str) -> Self {
        Self { credentials: Some(Credentials::new(user, password)), ..self }
    }

    pub(super) fn once(mut self) -> Self {
        self.patience.tries = 1;
        self
    }

    /// Lets one step take next to no time.
    pub(super) fn hurried(mut self, hurry: impl FnOnce(&mut Deadlines)) -> Self {
        hurry(&mut self.patience.deadlines);
        self.once()
    }

    pub(super) async fn begin(&self, people: &[&str]) -> Result<Run, LedgerError> {
        let plan = Plan {
            issue: "2023-q3".to_owned(),
            kind: Kind::Issue,
            sender: "news@example.org".to_owned(),
            relay: self.relay.host.clone(),
            digests: BTreeMap::from([("en".to_owned(), "digest".into())]),
            recipients: people
                .iter()
                .map(|text| Planned { address: Address::parse(text).unwrap(), edition: "en".to_owned(), skip: None })
                .collect(),
            selection: None,
        };
        Ledger::open(self.folder.path())?.begin(plan, Timestamp::now()).await
    }

    pub(super) fn job(&self) -> (Job, mpsc::UnboundedReceiver<Progress>) {
        let (progress, events) = mpsc::unbounded_channel();
        let message: Arc<[u8]> = self.message.clone().into();
        let compose = move |address: &Address| match address.local_part() {
            "uncomposable" => Err("no first name".to_owned()),
            "poison" => Body::parse(Arc::from(*b"bare\nline feed\r\n")),
            _ => Body::parse(Arc::clone(&message)),
        };
        let first = Gateway { relay: self.relay.clone(), credentials: self.credentials.clone() };
        let others = self.others.iter().map(|relay| Gateway { relay: relay.clone(), credentials: None });
        let job = Job {
            gateways: std::iter::once(first).chain(others).collect(),
            pace: self.pace.clone(),
            canary: self.canary,
            refused_percent: self.refused_percent,
            waits: self.waits,
            now: Timestamp::now(),
            project: self.folder.path().to_owned(),
            sender: Address::parse("news@example.org").unwrap(),
            return_path: None,
            envid: "2023-q3".to_owned(),
            hello: "sender.example".to_owned(),
            patience: self.patience,
            compose: Arc::new(compose),
            progress,
        };
        (job, events)
    }

    pub(super) async fn send(&self, people: &[&str]) -> Sent {
        self.send_until(people, pending()).await
    }

    pub(super) async fn send_until(&self, people: &[&str], shutdown: impl Future<Output = ()>) -> Sent {
        let run = self.begin(people).await.unwrap();
        let (job, mut events) = self.job();
        let summary = send(job, run, shutdown).await.unwrap();
        assert!(summary.balance.is_balanced(), "{}", summary.balance);
        let deliveries = Ledger::open(self.folder.path()).unwrap().deliveries("2023-q3", Kind::Issue, &State::ALL).await.unwrap();
        Sent {
            summary,
            states: deliveries.iter().map(|delivery| (delivery.address.wire(), delivery.state)).collect(),
            reasons: deliveries.into_iter().map(|d| (d.address.wire(), d.reason.unwrap_or_default())).collect(),
            events: std::iter::from_fn(|| events.try_recv().ok()).collect(),
        }
    }
}

impl Sent {
    pub(super) fn words(&self) -> String {
        self.summary.stopped.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn assert_states(&self, expected: &[(&str, State)]) {
        let expected: BTreeMap<_, _> = expected.iter().map(|&(address, state)| (address.to_owned(), state)).collect();
        assert_eq!(self.states, expected, "{:?} {:?}", self.reasons, self.summary.stopped);
    }
}

/// Sends to one person over scripts and asserts where that leaves them.
pub(super) async fn assert_one(scripts: &[&[&str]], expected: State) -> (Peer, Sent) {
    let peer = Peer::start(scripts).await;
    let sent = Project::new(peer.relay()).send(&["a@example.org"]).await;
    sent.assert_states(&[("a@example.org", expected)]);
    assert_eq!(peer.surprises(), [""; 0]);
    (peer, sent)
}

pub(super) fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("reader{number}@example.org")).collect()
}

pub(super) fn borrowed(people: &[String]) -> Vec<&str> {
    people.iter().map(String::as_str).collect()
}

pub(super) fn assert_once_each(peer: &Peer, people: &[String]) {
    assert_eq!(peer.receipts(), people.iter().map(|person| (person.clone(), 1)).collect());
}
