//! One run of the engine, followed to its end.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::{Ready, Refusal};
use crate::compose::{Purpose, Reader};
use crate::deliver::log::Logged;
use crate::deliver::{self, Compose, Credentials, Gateway, Job, Patience, Progress, Summary};
use crate::ledger::{Kind, Ledger, People, Plan, Run};
use crate::model::filter::Selection;
use crate::model::relay::Relay;
use crate::report::{self, Report};

/// How a run goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Whether it stays until nobody is deferred any more.
    pub waits: bool,
    /// Whether it is watched for mail that goes wrong: a few people first, and a stop where too many are refused.
    pub is_guarded: bool,
    /// Whether it goes on though many are refused.
    pub despite_refusals: bool,
}

impl Manner {
    /// How many people go first.
    const CANARY: u64 = 10;
    /// How many of a hundred may be refused.
    const REFUSED_PERCENT: u64 = 5;
}

/// Where a run goes, and what it is for.
#[derive(Debug)]
pub struct Dispatch {
    /// The relays, each with its login.
    pub gateways: Vec<Gateway>,
    /// What it is for.
    pub kind: Kind,
    /// How it goes about it.
    pub manner: Manner,
}

/// The relays of the publication, each with its login where it wants one.
///
/// # Errors
/// If there is none, or a password or token cannot be read.
pub fn gateways(ready: &Ready) -> Result<Vec<Gateway>, Refusal> {
    let gateway = |relay: &Relay| {
        let read = |login| Credentials::read(login, &ready.project.root);
        let credentials = relay.login.as_ref().map(read).transpose()?;
        Ok(Gateway { relay: relay.clone(), credentials })
    };
    ready.relays()?.iter().map(gateway).collect()
}

/// Names relays in one line.
pub(super) fn names<'a>(relays: impl IntoIterator<Item = &'a Relay>) -> String {
    relays.into_iter().map(|relay| relay.host.as_str()).collect::<Vec<_>>().join(", ")
}

impl Dispatch {
    /// A real send over the publication's relays.
    ///
    /// # Errors
    /// As of [`gateways`].
    pub fn of_issue(ready: &Ready, waits: bool, despite_refusals: bool) -> Result<Self, Refusal> {
        let manner = Manner { waits, is_guarded: true, despite_refusals };
        Ok(Self { gateways: gateways(ready)?, kind: Kind::Issue, manner })
    }

    /// Names the relays, as plans and people know them.
    #[must_use]
    pub fn hosts(&self) -> String {
        names(self.gateways.iter().map(|gateway| &gateway.relay))
    }

    /// Opens a run for some people.
    pub(super) async fn begin(&self, ledger: &Ledger, ready: &Ready, people: People) -> Result<Run, Refusal> {
        let plan = deliver::plan(&ready.composer, &ready.publication, &self.hosts(), self.kind, &Selection::default(), people);
        Ok(ledger.begin(plan, Timestamp::now()).await?)
    }

    /// Sends the issue to everyone pending of a plan that was consented to, until it is done or `stop` completes: messages on their way
    /// are finished first. `see` is told of every event.
    ///
    /// # Errors
    /// If the ledger cannot be written to, if another process works on the issue, or if the issue is not what its first readers got.
    pub async fn send(
        self,
        ready: &Ready,
        ledger: &Ledger,
        plan: Plan,
        see: impl FnMut(&Progress) + Send + 'static,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Summary, Refusal> {
        let guarded = ledger.clone().guarded_by(ready.composer.keyring().cloned());
        let run = guarded.begin(plan, Timestamp::now()).await?;
        self.follow(ready, run, for_subscribers(ready), see, stop).await
    }

    /// Sends to everyone pending in the run, following it to its end.
    pub(super) async fn follow(
        self,
        ready: &Ready,
        run: Run,
        compose: Arc<Compose>,
        mut see: impl FnMut(&Progress) + Send + 'static,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Summary, Refusal> {
        let (events, mut followed) = mpsc::unbounded_channel();
        let run = Logged::new(run, self.gateways.iter().filter_map(|gateway| gateway.credentials.clone()).collect());
        let from = ready.publication.sender.address.clone();
        let job = Job {
            return_path: ready.return_path(),
            envid: ready.slug().to_owned(),
            hello: from.domain().to_owned(),
            gateways: self.gateways,
            pace: if self.kind == Kind::Rehearsal { BTreeMap::new() } else { ready.publication.pace.clone() },
            canary: if self.manner.is_guarded { Manner::CANARY } else { 0 },
            refused_percent: (self.manner.is_guarded && !self.manner.despite_refusals).then_some(Manner::REFUSED_PERCENT),
            waits: self.manner.waits,
            now: Timestamp::now(),
            project: ready.project.root.clone(),
            sender: from,
            patience: Patience::default(),
            compose,
            progress: events,
        };
        let log = run.veil().clone();
        let told = tokio::spawn(async move {
            while let Some(event) = followed.recv().await {
                log.note(&event);
                see(&event);
            }
        });
        let summary = deliver::send(job, run, stop).await;
        told.await.map_err(|error| Refusal::Failed(error.to_string()))?;
        summary.map_err(Refusal::from)
    }
}

/// Composes for people on the list.
pub(super) fn for_subscribers(ready: &Ready) -> Arc<Compose> {
    let (composer, people) = (Arc::clone(&ready.composer), ready.finder());
    Arc::new(move |address| {
        let found = people.find(address).map_err(|error| error.to_string())?;
        let subscriber = found.ok_or("nobody on the list has this address")?;
        Ok(composer.spliced(&Reader::Subscriber(&subscriber), Purpose::Issue).into())
    })
}

/// Writes the report of what was sent into `folder`, or where the project keeps its reports, and returns its page; `None` where nothing was
/// ever sent. `stopped` says why the last session ended before its end.
///
/// # Errors
/// If it cannot be read or written.
pub async fn report(
    ledger: &Ledger,
    ready: &Ready,
    stopped: Option<String>,
    folder: Option<&Path>,
) -> Result<Option<PathBuf>, Refusal> {
    let folder = folder.map_or_else(|| ready.project.state_folder().join("reports"), Path::to_owned);
    let Some(account) = ledger.account(ready.slug(), Kind::Issue, &report::LISTED).await? else { return Ok(None) };
    let zone = TimeZone::system();
    let report = Report::new(account, stopped, Timestamp::now(), &zone);
    let written: io::Result<PathBuf> = report::write(&folder, &report, &zone);
    written.map(Some).map_err(|error| Refusal::Failed(error.to_string()))
}
