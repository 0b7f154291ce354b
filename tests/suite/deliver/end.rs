//! How a run ends: by request, by a kill, by a disk that is full.

use std::future::pending;
use std::sync::Arc;

use jiff::Timestamp;
use postrider::deliver::{Stop, send};
use postrider::ledger::{Balance, Claim, ClaimId, Deliveries, LedgerError, Outcome, Run, State};

use super::peer::{BEFORE_THE_BODY, Peer};
use super::project::{Project, assert_once_each, borrowed, numbered};

#[tokio::test]
async fn a_shutdown_finishes_the_message_on_its_way_and_no_other() {
    let peer = Peer::well_behaved().await;
    let people = numbered(50);
    let project = Project::new(peer.relay());
    let third = async {
        for _ in 0..3 {
            peer.taken.notified().await;
        }
    };
    let sent = project.send_until(&borrowed(&people), third).await;
    assert_eq!(sent.summary.stopped, Some(Stop::Shutdown));
    let balance = sent.summary.balance;
    assert_eq!(balance.ambiguous, 0);
    assert!(balance.accepted >= 3 && balance.pending > 0, "{balance}");
    assert_eq!(u64::try_from(peer.receipts().len()).unwrap(), balance.accepted);
    project.send(&borrowed(&people)).await;
    assert_once_each(&peer, &people);
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_server_that_is_silent_before_the_body() {
    for phase in BEFORE_THE_BODY {
        let peer = Peer::start(&[&[&phase.concat(), "\nS: <stall>"]]).await;
        let seen = Arc::clone(&peer.seen);
        let commands = phase.concat().matches("C: ").count();
        let heard = async move {
            while seen.lock().unwrap().connections == 0 || seen.lock().unwrap().commands.len() < commands {
                tokio::task::yield_now().await;
            }
        };
        let sent = Project::new(peer.relay()).send_until(&["a@example.org"], heard).await;
        sent.assert_states(&[("a@example.org", State::Pending)]);
        assert_eq!(sent.summary.stopped, Some(Stop::Shutdown));
    }
}

#[test]
fn a_kill_in_the_middle_loses_nobody_and_doubles_nobody() {
    const CONNECTIONS: usize = 4;
    let people = numbered(120);
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let peer = server.block_on(Peer::well_behaved());
    let mut project = Project::new(peer.relay());
    project.relay.connections = CONNECTIONS;
    let mut ambiguous = 0;
    for kill in 0..8 {
        // A runtime that is dropped stops everything in it where it stands, as a kill would.
        let process = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        process.block_on(async {
            let run = project.begin(&borrowed(&people)).await.unwrap();
            let (job, _events) = project.job();
            tokio::select! {
                _ = send(job, run, pending()) => {}
                () = async {
                    for _ in 0..=kill {
                        peer.taken.notified().await;
                    }
                } => {}
            }
        });
        drop(process);
        let run = server.block_on(project.begin(&borrowed(&people))).unwrap();
        let balance = server.block_on(run.balance()).unwrap();
        assert!(balance.is_balanced(), "{balance}");
        assert!(balance.ambiguous <= ambiguous + u64::try_from(CONNECTIONS).unwrap(), "{balance} after {ambiguous}");
        ambiguous = balance.ambiguous;
    }
    let sent = server.block_on(project.send(&borrowed(&people)));
    assert_eq!(sent.summary.balance.pending, 0);
    let receipts = peer.receipts();
    for (person, state) in &sent.states {
        let received = receipts.get(person).copied().unwrap_or(0);
        match state {
            State::Accepted => assert_eq!(received, 1, "{person}"),
            State::Ambiguous => assert!(received <= 1, "{person}"),
            other => panic!("{person}: {other:?}"),
        }
    }
    assert_eq!(sent.states.len(), people.len());
}

/// Whether the disk fails when an outcome, the next intent, or both are to be recorded.
type Fails = fn(done: bool, next: bool) -> bool;

/// A ledger whose disk fails at a given moment.
#[derive(Clone)]
struct Failing {
    run: Run,
    fails: Fails,
}

impl Deliveries for Failing {
    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
        self.run.claim(limit, now).await
    }

    async fn advance(&self, done: Option<(ClaimId, Outcome)>, next: Option<ClaimId>) -> Result<(), LedgerError> {
        if (self.fails)(done.is_some(), next.is_some()) {
            return Err(LedgerError::Storage { doing: "record an outcome", source: "the disk is full".into() });
        }
        self.run.advance(done, next).await
    }

    async fn release(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        self.run.release(claims).await
    }

    async fn postpone(&self, claims: Vec<(ClaimId, Timestamp)>) -> Result<(), LedgerError> {
        self.run.postpone(claims).await
    }

    async fn wake(&self, now: Timestamp) -> Result<u64, LedgerError> {
        self.run.wake(now).await
    }

    async fn pardon(&self, claims: Vec<ClaimId>) -> Result<(), LedgerError> {
        self.run.pardon(claims).await
    }

    async fn balance(&self) -> Result<Balance, LedgerError> {
        self.run.balance().await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.run.next_due().await
    }

    async fn next_turn(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.run.next_turn().await
    }

    async fn finish(&self, now: Timestamp) -> Result<Balance, LedgerError> {
        self.run.finish(now).await
    }
}

#[tokio::test]
async fn without_a_ledger_no_body_leaves() {
    let cases: [(Fails, usize); 2] = [(|_, next| next, 0), (|done, _| done, 1)];
    for (fails, taken) in cases {
        let peer = Peer::well_behaved().await;
        let project = Project::new(peer.relay());
        let people = ["a@example.org", "b@example.org"];
        let failing = Failing { run: project.begin(&people).await.unwrap(), fails };
        let (job, _events) = project.job();
        let error = send(job, failing, pending()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot record an outcome in the ledger: the disk is full. Free or repair the disk, then run the same command again"
        );
        assert_eq!(peer.receipts().len(), taken);
        let after = project.begin(&people).await.unwrap().balance().await.unwrap();
        assert_eq!(after.ambiguous, u64::try_from(taken).unwrap(), "the one message that left is in doubt");
    }
}
