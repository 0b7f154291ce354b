//! What test, rehearsal and send have in common: one run of the engine, followed to its end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use postrider::compose::{Purpose, Reader};
use postrider::deliver::log::Logged;
use postrider::deliver::{self, Compose, Credentials, Gateway, Job, Patience, Summary};
use postrider::ledger::{Kind, Ledger, Plan, Run};
use postrider::model::language::Language;
use postrider::model::relay::Relay;
use postrider::model::subscriber::Subscriber;
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::workspace::Ready;
use crate::{progress, signal};

/// Where a run goes, and what it is for.
pub(crate) struct Dispatch {
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) kind: Kind,
    pub(crate) is_json: bool,
    pub(crate) manner: Manner,
}

/// How a run goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Whether it stays until nobody is deferred any more.
    pub(crate) waits: bool,
    /// Whether it is watched for mail that goes wrong: a few people first, and a stop where too many are refused.
    pub(crate) is_guarded: bool,
    /// Whether it goes on though many are refused.
    pub(crate) despite_refusals: bool,
}

impl Manner {
    /// How many people go first.
    const CANARY: u64 = 10;
    /// How many of a hundred may be refused.
    const REFUSED_PERCENT: u64 = 5;
}

impl Dispatch {
    /// Names the relays, as plans and people know them.
    pub(crate) fn hosts(&self) -> String {
        hosts(self.gateways.iter().map(|gateway| &gateway.relay))
    }
}

/// Names relays in one line.
fn hosts<'a>(relays: impl Iterator<Item = &'a Relay>) -> String {
    relays.map(|relay| relay.host.as_str()).collect::<Vec<_>>().join(", ")
}

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(Failure::while_doing("start"))
}

/// The relays of the publication.
pub(crate) fn relays(ready: &Ready) -> Result<&[Relay], Failure> {
    if ready.publication.relays.is_empty() {
        let words = "newsletter.toml has no [relay]: add host, port and tls of the server that takes your mail";
        return Err(Failure::Failed(words.to_owned()));
    }
    Ok(&ready.publication.relays)
}

/// The relays of the publication, each with its login where it wants one.
pub(crate) fn gateways(ready: &Ready) -> Result<Vec<Gateway>, Failure> {
    let gateway = |relay: &Relay| {
        let read = |login| Credentials::read(login, &ready.project.root).map_err(|error| Failure::Failed(error.to_string()));
        let credentials = relay.login.as_ref().map(read).transpose()?;
        Ok(Gateway { relay: relay.clone(), credentials })
    };
    relays(ready)?.iter().map(gateway).collect()
}

/// Opens a run for some readers.
pub(crate) async fn begin(ledger: &Ledger, ready: &Ready, readers: &[Reader<'_>], dispatch: &Dispatch) -> Result<Run, Failure> {
    let plan = deliver::plan(&ready.composer, &ready.publication, &dispatch.hosts(), readers, dispatch.kind);
    Ok(ledger.begin(plan, Timestamp::now()).await?)
}

/// The plan of the issue itself to everyone on the list; without a relay it can be looked at, and not sent.
pub(crate) fn plan(ready: &Ready) -> Plan {
    let relays = hosts(ready.publication.relays.iter());
    deliver::plan(&ready.composer, &ready.publication, &relays, &everyone(ready), Kind::Issue)
}

/// Everyone on the list, as readers.
pub(crate) fn everyone(ready: &Ready) -> Vec<Reader<'_>> {
    ready.subscribers.iter().map(Reader::Subscriber).collect()
}

/// Sends to everyone pending in the run, following it to its end.
pub(crate) async fn send(ready: &Ready, dispatch: Dispatch, run: Run, compose: Arc<Compose>) -> Result<Summary, Failure> {
    let (events, followed) = mpsc::unbounded_channel();
    let run = Logged::new(run, dispatch.gateways.iter().filter_map(|gateway| gateway.credentials.clone()).collect());
    let from = ready.publication.sender.address.clone();
    let job = Job {
        envid: ready.composer.issue().slug.clone(),
        hello: from.domain().to_owned(),
        gateways: dispatch.gateways,
        pace: if dispatch.kind == Kind::Rehearsal { BTreeMap::new() } else { ready.publication.pace.clone() },
        canary: if dispatch.manner.is_guarded { Manner::CANARY } else { 0 },
        refused_percent: (dispatch.manner.is_guarded && !dispatch.manner.despite_refusals).then_some(Manner::REFUSED_PERCENT),
        waits: dispatch.manner.waits,
        now: Timestamp::now(),
        project: ready.project.root.clone(),
        sender: from,
        patience: Patience::default(),
        compose,
        progress: events,
    };
    let shown = tokio::spawn(progress::follow(followed, dispatch.is_json, run.veil().clone()));
    let summary = deliver::send(job, run, signal::stop()).await;
    shown.await.map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(summary?)
}

/// The people on the list by what identifies their mailbox.
fn by_mailbox(ready: &Ready) -> HashMap<String, Subscriber> {
    ready.subscribers.iter().map(|subscriber| (subscriber.address.key(), subscriber.clone())).collect()
}

/// Composes for people on the list.
pub(crate) fn for_subscribers(ready: &Ready) -> Arc<Compose> {
    let (composer, people) = (Arc::clone(&ready.composer), by_mailbox(ready));
    Arc::new(move |address| {
        let subscriber = people.get(&address.key()).ok_or("nobody on the list has this address")?;
        Ok(composer.spliced(&Reader::Subscriber(subscriber), Purpose::Issue).into())
    })
}

/// Composes a test: for people on the list as they would get it, for others in `language`.
pub(crate) fn for_test(ready: &Ready, language: Language) -> Arc<Compose> {
    let (composer, people) = (Arc::clone(&ready.composer), by_mailbox(ready));
    Arc::new(move |address| {
        let reader = people.get(&address.key()).map_or(Reader::Guest(address, language), Reader::Subscriber);
        Ok(composer.spliced(&reader, Purpose::Test).into())
    })
}

/// Says what came of a run: its last line is the whole summary as JSON, or it is told in words. Fails unless all is well.
pub(crate) fn conclude(summary: &Summary, is_json: bool) -> Result<(), Failure> {
    if is_json {
        anstream::println!("{}", serde_json::to_string(summary).expect("a summary is plain data"));
    } else {
        anstream::println!("{}", progress::summary(summary));
    }
    if summary.is_complete() { Ok(()) } else { Err(Failure::Said) }
}
