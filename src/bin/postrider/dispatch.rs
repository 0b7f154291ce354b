//! What test, rehearsal and send have in common: one run of the engine, followed to its end.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use postrider::compose::{Purpose, Reader};
use postrider::deliver::log::Logged;
use postrider::deliver::{self, Compose, Credentials, Job, Patience, Summary};
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
    pub(crate) relay: Relay,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) kind: Kind,
    pub(crate) is_json: bool,
}

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(Failure::while_doing("start"))
}

/// The login for the relay, if it wants one.
pub(crate) fn credentials(relay: &Relay, ready: &Ready) -> Result<Option<Credentials>, Failure> {
    let read = |login| Credentials::read(login, &ready.project.root).map_err(|error| Failure::Failed(error.to_string()));
    relay.login.as_ref().map(read).transpose()
}

/// The relay of the publication.
pub(crate) fn relay(ready: &Ready) -> Result<Relay, Failure> {
    ready.publication.relay.clone().ok_or_else(|| {
        Failure::Failed("newsletter.toml has no [relay]: add host, port and tls of the server that takes your mail".to_owned())
    })
}

/// Opens a run for some readers.
pub(crate) async fn begin(ledger: &Ledger, ready: &Ready, readers: &[Reader<'_>], dispatch: &Dispatch) -> Result<Run, Failure> {
    let plan = deliver::plan(&ready.composer, &ready.publication, &dispatch.relay.host, readers, dispatch.kind);
    Ok(ledger.begin(plan, Timestamp::now()).await?)
}

/// The plan of the issue itself to everyone on the list; without a relay it can be looked at, and not sent.
pub(crate) fn plan(ready: &Ready) -> Plan {
    let relay = ready.publication.relay.as_ref().map_or("", |relay| relay.host.as_str());
    deliver::plan(&ready.composer, &ready.publication, relay, &everyone(ready), Kind::Issue)
}

/// Everyone on the list, as readers.
pub(crate) fn everyone(ready: &Ready) -> Vec<Reader<'_>> {
    ready.subscribers.iter().map(Reader::Subscriber).collect()
}

/// Sends to everyone pending in the run, following it to its end.
pub(crate) async fn send(ready: &Ready, dispatch: Dispatch, run: Run, compose: Arc<Compose>) -> Result<Summary, Failure> {
    let (events, followed) = mpsc::unbounded_channel();
    let run = Logged::new(run, dispatch.credentials.as_ref());
    let from = ready.publication.sender.address.clone();
    let job = Job {
        envid: ready.composer.issue().slug.clone(),
        hello: from.domain().to_owned(),
        relay: dispatch.relay,
        credentials: dispatch.credentials,
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
        Ok(Arc::from(composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue).bytes))
    })
}

/// Composes a test: for people on the list as they would get it, for others in `language`.
pub(crate) fn for_test(ready: &Ready, language: Language) -> Arc<Compose> {
    let (composer, people) = (Arc::clone(&ready.composer), by_mailbox(ready));
    Arc::new(move |address| {
        let reader = people.get(&address.key()).map_or(Reader::Guest(address, language), Reader::Subscriber);
        Ok(Arc::from(composer.compose(&reader, Purpose::Test).bytes))
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
