//! One connection, and the recipients that go over it one after the other.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::shared::Shared;
use super::smtp::{Fault, OpenError, Session, Step, Unfit};
use super::verdict::{Scene, Verdict, judge};
use super::{Progress, Reply, Stop, body};
use crate::ledger::{Claim, Deliveries, LedgerError, Outcome};

/// How a worker ended.
pub(super) enum End {
    /// Nobody was left for it, or the run stopped.
    Done,
    /// It got no connection that works, with what the last try met.
    GaveUp(String),
}

/// Sends to one recipient after the other until nobody is left.
pub(super) async fn work<L: Deliveries>(number: usize, shared: Arc<Shared<L>>) -> Result<End, LedgerError> {
    let mut worker = Worker { number, shared: &shared, session: None, fruitless: 0 };
    let mut end = End::Done;
    while let Some(claim) = shared.next().await? {
        match worker.serve(claim).await? {
            None => {}
            Some(Leave::Halted) => break,
            Some(Leave::GaveUp(why)) => {
                end = End::GaveUp(why);
                break;
            }
        }
    }
    if let Some(session) = worker.session {
        session.quit().await;
    }
    Ok(end)
}

struct Worker<'a, L> {
    number: usize,
    shared: &'a Shared<L>,
    session: Option<Session>,
    /// Connections in a row, tried or made, over which no message had a definite reply.
    fruitless: u32,
}

/// Why a worker leaves before the queue is empty.
enum Leave {
    Halted,
    GaveUp(String),
}

/// What came of trying one recipient.
enum Tried {
    Known(Outcome),
    /// Nothing was sent, the connection is gone, and this says how.
    Lost(String),
    /// The whole message was sent, the connection is gone, and this says how.
    Unknown(String),
    /// Refused for a reason that may be the recipient's or ours.
    Suspected(Reply),
    Stop(Stop),
    Halted,
}

impl<L: Deliveries> Worker<'_, L> {
    /// Brings one recipient to an outcome, on the disk before this ends.
    async fn serve(&mut self, claim: Claim) -> Result<Option<Leave>, LedgerError> {
        let message = match self.compose(&claim).await {
            Ok(message) => message,
            Err(reason) => return self.shared.record(&claim, Outcome::Refused { code: None, reason }).await.map(|()| None),
        };
        if let Some(leave) = self.connect().await {
            self.shared.ledger.release(vec![claim.id]).await?;
            return Ok(Some(leave));
        }
        match self.try_once(&claim, &message).await? {
            Tried::Known(outcome) => {
                self.fruitless = 0;
                let is_accepted = outcome == Outcome::Accepted;
                self.shared.record(&claim, outcome).await?;
                if is_accepted {
                    self.shared.refuse_suspects().await?;
                }
                Ok(None)
            }
            Tried::Suspected(reply) => {
                self.fruitless = 0;
                let is_enough = self.shared.suspect(claim, reply).await;
                Ok(is_enough.then_some(Leave::Halted))
            }
            Tried::Lost(why) => {
                self.shared.record(&claim, Outcome::Released { reason: Some(why.clone()) }).await?;
                Ok(self.lose(why).await)
            }
            Tried::Unknown(why) => {
                self.shared.record(&claim, Outcome::Ambiguous { reason: why.clone() }).await?;
                // Whatever the connection did before: one that takes messages and does not answer must not take many more.
                self.session = None;
                Ok(self.fail(why).await)
            }
            Tried::Stop(stop) => {
                self.shared.halt(stop.clone());
                self.shared.record(&claim, Outcome::Released { reason: Some(stop.to_string()) }).await?;
                Ok(Some(Leave::Halted))
            }
            Tried::Halted => {
                self.session = None;
                self.shared.ledger.release(vec![claim.id]).await?;
                Ok(Some(Leave::Halted))
            }
        }
    }

    async fn compose(&self, claim: &Claim) -> Result<Arc<[u8]>, String> {
        let (compose, address) = (Arc::clone(&self.shared.compose), claim.address.clone());
        let message = tokio::task::spawn_blocking(move || compose(&address))
            .await
            .map_err(|_| "composing the message failed in a way that it should not; please report it".to_owned())??;
        body::fault(&message).map_or(Ok(message), Err)
    }

    /// Has a connection ready, a new one if need be, or says why the worker must leave.
    async fn connect(&mut self) -> Option<Leave> {
        if self.session.as_ref().is_some_and(Session::is_ready) {
            return None;
        }
        // Servers close connections after so many messages or minutes; that is no failure.
        self.session = None;
        loop {
            let opened = tokio::select! {
                opened = Session::open(&self.shared.route) => opened,
                () = self.shared.halted() => return Some(Leave::Halted),
            };
            match opened {
                Ok(session) => {
                    self.session = Some(session);
                    self.shared.connected.notify_one();
                    self.shared.tell(Progress::Connected { worker: self.number });
                    return None;
                }
                Err(OpenError::Stop(stop)) => {
                    self.shared.halt(stop);
                    return Some(Leave::Halted);
                }
                Err(OpenError::Retry(why)) => {
                    let leave = self.fail(why).await;
                    if leave.is_some() {
                        return leave;
                    }
                }
            }
        }
    }

    /// Notes that a connection was lost in the middle of a dialogue.
    async fn lose(&mut self, why: String) -> Option<Leave> {
        match self.session.take() {
            Some(session) if session.served() > 0 => {
                self.shared.tell(Progress::Lost { worker: self.number, why });
                None
            }
            _ => self.fail(why).await,
        }
    }

    /// Notes a connection without fruit, and waits before the next; after the last try it does not wait but leaves.
    async fn fail(&mut self, why: String) -> Option<Leave> {
        self.shared.tell(Progress::Lost { worker: self.number, why: why.clone() });
        self.fruitless += 1;
        if self.fruitless >= self.shared.patience.tries {
            return Some(Leave::GaveUp(why));
        }
        tokio::select! {
            () = tokio::time::sleep(self.shared.patience.pause_after(self.fruitless)) => None,
            () = self.shared.halted() => Some(Leave::Halted),
        }
    }

    /// Says the whole dialogue for one recipient. That its body is about to leave is on the disk before it does.
    async fn try_once(&mut self, claim: &Claim, message: &[u8]) -> Result<Tried, LedgerError> {
        let Some(session) = self.session.as_mut() else { return Ok(Tried::Halted) };
        let sender = &self.shared.sender;
        match session.check_fit(sender, &claim.address, message) {
            Ok(()) => {}
            Err(Unfit::Extension(reason)) => return Ok(Tried::Known(Outcome::Refused { code: None, reason })),
            Err(Unfit::Size(limit)) => {
                let host = self.shared.route.relay.host.clone();
                return Ok(Tried::Stop(Stop::Size { host, size: message.len(), why: format!("its limit is {limit}") }));
            }
        }
        let ready = tokio::select! {
            ready = session.envelope(sender, &claim.address, message) => ready,
            () = self.shared.halted() => return Ok(Tried::Halted),
        };
        if let Err(fault) = ready {
            return Ok(self.weigh(claim, message, fault).await);
        }
        self.shared.ledger.advance(None, Some(claim.id)).await?;
        match session.body(message).await {
            Ok(_) => Ok(Tried::Known(Outcome::Accepted)),
            Err(fault) => Ok(self.weigh(claim, message, fault).await),
        }
    }

    /// Finds what a fault means, and leaves the connection fit for the next recipient, or none.
    async fn weigh(&mut self, claim: &Claim, message: &[u8], fault: Fault) -> Tried {
        let (step, reply) = match fault {
            Fault::Reply(step, reply) => (step, reply),
            Fault::Lost(why) => return Tried::Lost(why),
            Fault::Unknown(why) => return Tried::Unknown(why),
        };
        let sender = self.shared.sender.wire();
        let scene = Scene { host: &self.shared.route.relay.host, sender: &sender, size: message.len() };
        match judge(step, &reply, &scene) {
            Verdict::Reconnect => Tried::Lost(format!("the server answered {step} with {reply}")),
            Verdict::Stop(reason) => Tried::Stop(reason),
            Verdict::Defer => {
                self.clear(step, &reply).await;
                Tried::Known(self.deferred(claim, &reply))
            }
            Verdict::Suspect => {
                self.clear(step, &reply).await;
                Tried::Suspected(reply)
            }
            Verdict::Refuse => {
                self.clear(step, &reply).await;
                Tried::Known(Outcome::Refused { code: Some(reply.code()), reason: reply.words().to_owned() })
            }
        }
    }

    /// Ends a transaction that the server refused. After the body there is nothing to end.
    async fn clear(&mut self, step: Step, reply: &Reply) {
        let Some(session) = self.session.as_mut() else { return };
        let is_fit = if step == Step::Body { reply.code() != 421 } else { session.reset().await };
        if !is_fit {
            self.session = None;
        }
    }

    fn deferred(&self, claim: &Claim, reply: &Reply) -> Outcome {
        let wait = SignedDuration::try_from(self.shared.patience.retry_after(claim.attempts)).unwrap_or(SignedDuration::MAX);
        let next_at = Timestamp::now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        Outcome::Deferred { next_at, code: Some(reply.code()), reason: reply.words().to_owned() }
    }
}
