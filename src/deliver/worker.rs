//! One connection, and the recipients that go over it one after the other.
//!
//! In full swing each turn is one round trip and one commit: the body of one message leaves together with the envelope of the next;
//! the server answers both; what became of the one, and that the body of the other is about to leave, go to the disk together.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::letter::Letter;
use super::queue::Turn;
use super::road::Road;
use super::shared::Shared;
use super::smtp::{Fault, OpenError, Session, Unfit};
use super::verdict::{Verdict, judge};
use super::{Progress, Reply, Stop};
use crate::ledger::{Deliveries, LedgerError, Outcome};

/// How long a known outcome waits for the next recipient's envelope, so that both share a commit.
const COMMIT_PATIENCE: Duration = Duration::from_millis(100);

/// For how long a connection is kept that has nothing to do.
const KEPT: Duration = Duration::from_secs(5);

/// How a worker ended.
pub(super) enum End {
    /// Nobody was left for it, or the run or its road stopped.
    Done,
    /// It got no connection that works, with what the last try met.
    GaveUp(String),
}

/// Sends to one recipient after the other over the road of a number, until nobody is left.
pub(super) async fn work<L: Deliveries>(number: usize, road: usize, shared: Arc<Shared<L>>) -> Result<End, LedgerError> {
    let mut worker =
        Worker { number, road, shared, session: None, fruitless: 0, is_lock_step: false, called: None, next: None, coming: None };
    let end = worker.run().await;
    if end.is_err() {
        // Nothing of this run is to go on once the run is over.
        if let Some(coming) = worker.coming.take() {
            let _ = coming.await;
        }
    }
    let end = end?;
    worker.leave().await?;
    Ok(end)
}

struct Worker<L> {
    number: usize,
    road: usize,
    shared: Arc<Shared<L>>,
    session: Option<Session>,
    /// Connections in a row, tried or made, over which no message had a definite reply.
    fruitless: u32,
    /// Whether to send no commands in groups, for the server seems not to bear it.
    is_lock_step: bool,
    /// The server waits for this one's body, and the ledger knows that it is about to leave.
    called: Option<Letter>,
    /// The one whose turn comes then.
    next: Option<Letter>,
    /// The one after that, being composed while the others are on their way.
    coming: Option<JoinHandle<Result<Turn<Letter>, LedgerError>>>,
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
    /// Refused after it was read.
    Unliked(Reply),
    /// Refused for a reason that may be the recipient's or ours.
    Suspected(Reply),
    Stop(Stop),
    Halted,
}

impl<L: Deliveries> Worker<L> {
    async fn run(&mut self) -> Result<End, LedgerError> {
        loop {
            let leave = if let Some(letter) = self.called.take() {
                self.deliver(letter).await?
            } else {
                match self.take_next().await? {
                    Turn::Now(letter) => self.offer(letter).await?,
                    Turn::Later(at) => self.rest(at).await,
                    Turn::Nobody => return Ok(End::Done),
                }
            };
            match leave {
                None => {}
                Some(Leave::Halted) => return Ok(End::Done),
                Some(Leave::GaveUp(why)) => return Ok(End::GaveUp(why)),
            }
        }
    }

    /// Gives back whoever was not tried, and says goodbye.
    async fn leave(self) -> Result<(), LedgerError> {
        let coming = match self.coming {
            Some(coming) => landed(coming.await)?.letter(),
            None => None,
        };
        let untried: Vec<_> = [self.called, self.next, coming].into_iter().flatten().map(|letter| letter.claim.id).collect();
        if !untried.is_empty() {
            self.shared.ledger.release(untried).await?;
        }
        if let Some(session) = self.session {
            session.quit().await;
        }
        Ok(())
    }

    fn road(&self) -> &Road {
        &self.shared.roads[self.road]
    }

    /// Waits until somebody's turn comes. No connection is kept for it: a server has better use for it.
    async fn rest(&mut self, until: Instant) -> Option<Leave> {
        if until > Instant::now() + KEPT
            && let Some(session) = self.session.take()
        {
            session.quit().await;
        }
        tokio::select! {
            () = sleep_until(until) => None,
            () = self.shared.halted() => Some(Leave::Halted),
        }
    }

    /// The next recipient, and has the one after composed meanwhile.
    async fn take_next(&mut self) -> Result<Turn<Letter>, LedgerError> {
        if self.shared.is_halted() || self.road().is_out() {
            return Ok(Turn::Nobody);
        }
        let letter = match (self.next.take(), self.coming.take()) {
            (Some(letter), coming) => {
                self.coming = coming;
                Turn::Now(letter)
            }
            (None, Some(coming)) => landed(coming.await)?,
            (None, None) => Turn::Nobody,
        };
        // Where there was nobody a while ago, somebody may have come back since.
        let letter = match letter {
            Turn::Now(letter) => Turn::Now(letter),
            Turn::Later(_) | Turn::Nobody => self.shared.next_letter(self.road).await?,
        };
        if self.coming.is_none() && matches!(letter, Turn::Now(_)) {
            let (shared, road) = (Arc::clone(&self.shared), self.road);
            self.coming = Some(tokio::spawn(async move { shared.next_letter(road).await }));
        }
        Ok(letter)
    }

    /// Brings a recipient to where the server waits for the body and the ledger knows it, over a connection of which no message is
    /// on its way; or to an outcome.
    async fn offer(&mut self, letter: Letter) -> Result<Option<Leave>, LedgerError> {
        if let Some(leave) = self.connect().await {
            self.next = Some(letter);
            return Ok(Some(leave));
        }
        let tried = match self.fit(&letter) {
            Some(tried) => tried,
            None => match self.call(&letter).await {
                Ok(()) => {
                    self.shared.ledger.advance(None, Some(letter.claim.id)).await?;
                    self.called = Some(letter);
                    return Ok(None);
                }
                Err(Some(fault)) => self.weigh(&letter, fault),
                Err(None) => Tried::Halted,
            },
        };
        self.settle(letter, tried).await
    }

    /// Sends a body, and the envelope of the next recipient as far as the connection may carry one; brings the first to an outcome,
    /// the second to where the server waits for the body and the ledger knows it.
    async fn deliver(&mut self, letter: Letter) -> Result<Option<Leave>, LedgerError> {
        let is_last = self.session.as_ref().is_none_or(|session| self.road().limit.is_reached(session, 1));
        let mut next = if is_last { None } else { self.take_next().await?.letter() };
        let mut unfit = None;
        if let Some(tried) = next.as_ref().and_then(|next| self.fit(next)) {
            unfit = next.take().map(|next| (next, tried));
        }
        let Some(session) = self.session.as_mut() else { return self.settle(letter, Tried::Halted).await };
        let tried = match session.body(&letter, next.as_ref()).await {
            Ok(_) => Tried::Known(Outcome::Accepted),
            Err(fault) => self.weigh(&letter, fault),
        };
        let leave = match (next, tried) {
            (Some(next), Tried::Known(outcome)) => self.go_on(letter, outcome, next).await?,
            (Some(next), Tried::Unliked(reply)) if !self.is_unliked(&letter, &reply) => {
                self.go_on(letter, refused(&reply), next).await?
            }
            // The connection is gone, or the run stops: the next was not even heard.
            (next, tried) => {
                self.next = next;
                self.settle(letter, tried).await?
            }
        };
        match (leave, unfit) {
            (None, Some((next, tried))) => self.settle(next, tried).await,
            (leave, unfit) => {
                self.next = self.next.take().or(unfit.map(|(next, _)| next));
                Ok(leave)
            }
        }
    }

    /// Hears what the server says to the envelope of `next` after that of a message whose outcome is known, and commits both.
    async fn go_on(&mut self, letter: Letter, outcome: Outcome, next: Letter) -> Result<Option<Leave>, LedgerError> {
        let (shared, mut outcome) = (Arc::clone(&self.shared), Some(outcome));
        let heard = {
            let mut heard = pin!(self.call(&next));
            tokio::select! {
                biased;
                heard = &mut heard => heard,
                () = sleep(COMMIT_PATIENCE) => {
                    // What is known is soon on the disk, however long the server thinks about the next.
                    if let Some(outcome) = outcome.take() {
                        shared.conclude(&letter.claim, outcome, None).await?;
                    }
                    heard.await
                }
            }
        };
        self.fruitless = 0;
        if heard.is_ok() && !shared.is_halted() {
            match outcome {
                Some(outcome) => shared.conclude(&letter.claim, outcome, Some(next.claim.id)).await?,
                None => shared.ledger.advance(None, Some(next.claim.id)).await?,
            }
            self.called = Some(next);
            return Ok(None);
        }
        let mut is_doubtful = false;
        if let Some(outcome) = outcome {
            is_doubtful = matches!(heard, Err(Some(Fault::OutOfStep { is_body_certain: false, .. })));
            let outcome = match &heard {
                Err(Some(Fault::OutOfStep { why, .. })) if is_doubtful => Outcome::Ambiguous { reason: why.clone() },
                _ => outcome,
            };
            shared.conclude(&letter.claim, outcome, None).await?;
        }
        match heard {
            Err(Some(Fault::OutOfStep { why, .. })) if is_doubtful => {
                self.session = None;
                self.next = Some(next);
                Ok(self.fail(why).await)
            }
            Err(Some(fault)) => {
                let tried = self.weigh(&next, fault);
                self.settle(next, tried).await
            }
            Ok(()) | Err(None) => self.settle(next, Tried::Halted).await,
        }
    }

    /// Has the server called for the body of a letter. `None` where the run stops first.
    async fn call(&mut self, letter: &Letter) -> Result<(), Option<Fault>> {
        let Some(session) = self.session.as_mut() else { return Err(None) };
        let shared = &self.shared;
        let road = &shared.roads[self.road];
        let call = async {
            let heard = session.envelope(letter).await;
            match &heard {
                // What ends the run or the connection needs no clearing up.
                Err(Fault::Reply(step, reply)) if !judge(*step, reply, &road.scene(letter)).is_end() => session.reset().await?,
                Err(_) => {}
                Ok(()) => road.limit.note_use(session.served()),
            }
            heard
        };
        tokio::select! {
            biased;
            heard = call => heard.map_err(Some),
            () = shared.halted() => Err(None),
        }
    }

    /// What keeps the relay from taking a letter at all, if anything.
    fn fit(&self, letter: &Letter) -> Option<Tried> {
        match self.session.as_ref()?.check_fit(letter) {
            Ok(()) => None,
            Err(Unfit::Extension(reason)) => Some(Tried::Known(Outcome::Refused { code: None, reason })),
            Err(Unfit::Size(limit)) => {
                let host = self.road().route.relay.host.clone();
                Some(Tried::Stop(Stop::Size { host, size: letter.body.len(), why: format!("its limit is {limit}") }))
            }
        }
    }

    /// Finds what a fault means.
    fn weigh(&self, letter: &Letter, fault: Fault) -> Tried {
        let (step, reply) = match fault {
            Fault::Reply(step, reply) => (step, reply),
            Fault::Lost(why) | Fault::OutOfStep { why, .. } => return Tried::Lost(why),
            Fault::Unknown(why) => return Tried::Unknown(why),
        };
        match judge(step, &reply, &self.road().scene(letter)) {
            Verdict::Reconnect => Tried::Lost(format!("the server answered {step} with {reply}")),
            Verdict::Stop(reason) => Tried::Stop(reason),
            Verdict::Defer => Tried::Known(self.deferred(letter, &reply)),
            Verdict::Suspect => Tried::Suspected(reply),
            Verdict::RefuseContent => Tried::Unliked(reply),
            Verdict::Refuse => Tried::Known(refused(&reply)),
        }
    }

    /// Notes that the content of a letter was refused. Whether that is the case of so many that the run stops over it.
    fn is_unliked(&self, letter: &Letter, reply: &Reply) -> bool {
        let is_enough = self.shared.breaker.note_content(letter.claim.id);
        if is_enough {
            self.shared.halt(Stop::Content { host: self.road().route.relay.host.clone(), reply: reply.clone() });
        }
        is_enough
    }

    /// Puts on the disk what came of a letter, and finds what that means for this worker.
    async fn settle(&mut self, letter: Letter, tried: Tried) -> Result<Option<Leave>, LedgerError> {
        match tried {
            Tried::Known(outcome) => {
                self.fruitless = 0;
                self.shared.conclude(&letter.claim, outcome, None).await?;
                Ok(None)
            }
            Tried::Unliked(reply) => {
                self.fruitless = 0;
                if !self.shared.is_halted() {
                    self.is_unliked(&letter, &reply);
                }
                self.shared.conclude(&letter.claim, refused(&reply), None).await?;
                Ok(None)
            }
            Tried::Suspected(reply) => {
                self.fruitless = 0;
                let host = &self.shared.roads[self.road].route.relay.host;
                let is_enough = self.shared.suspect(host, letter.claim, reply).await;
                Ok(is_enough.then_some(Leave::Halted))
            }
            Tried::Lost(why) => {
                self.shared.record(&letter.claim, Outcome::Released { reason: Some(why.clone()) }).await?;
                Ok(self.lose(why).await)
            }
            Tried::Unknown(why) => {
                self.shared.record(&letter.claim, Outcome::Ambiguous { reason: why.clone() }).await?;
                // Whatever the connection did before: one that takes messages and does not answer must not take many more.
                self.note_end();
                self.session = None;
                Ok(self.fail(why).await)
            }
            Tried::Stop(stop) => {
                self.shared.halt(stop.clone());
                self.shared.record(&letter.claim, Outcome::Released { reason: Some(stop.to_string()) }).await?;
                Ok(Some(Leave::Halted))
            }
            Tried::Halted => {
                self.session = None;
                self.shared.ledger.release(vec![letter.claim.id]).await?;
                Ok(Some(Leave::Halted))
            }
        }
    }

    /// Has a connection ready, a new one if need be, or says why the worker must leave.
    async fn connect(&mut self) -> Option<Leave> {
        if let Some(session) = &self.session {
            if session.is_ready() && !self.road().limit.is_reached(session, 0) {
                return None;
            }
            // Servers close connections after so many messages or minutes; that is no failure.
            self.note_end();
        }
        if let Some(session) = self.session.take() {
            session.quit().await;
        }
        loop {
            let opened = tokio::select! {
                opened = Session::open(&self.shared.roads[self.road].route, self.is_lock_step) => opened,
                () = self.shared.halted() => return Some(Leave::Halted),
            };
            match opened {
                Ok(session) => {
                    self.session = Some(session);
                    self.shared.note_connected(self.road);
                    self.shared.tell(Progress::Connected { worker: self.number });
                    return None;
                }
                // It is for this relay alone: others may take the mail.
                Err(OpenError::Stop(stop)) => {
                    self.road().put_out(stop);
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
        self.note_end();
        match self.session.take() {
            Some(session) if session.served() > 0 => {
                self.shared.tell(Progress::Lost { worker: self.number, why });
                None
            }
            _ => self.fail(why).await,
        }
    }

    /// Notes how a connection ended: after how many messages, if the server ended it; or that it went silent over commands in a group.
    fn note_end(&mut self) {
        self.is_lock_step |= self.session.as_ref().is_some_and(Session::is_group_suspect);
        if let Some(session) = self.session.as_ref().filter(|session| session.is_ended())
            && let Some(messages) = self.road().limit.note_end(session.served())
        {
            self.shared.tell(Progress::LimitLearnt { messages });
        }
    }

    /// Notes a connection without fruit, and waits before the next; after the last try it does not wait but leaves.
    async fn fail(&mut self, why: String) -> Option<Leave> {
        self.shared.tell(Progress::Lost { worker: self.number, why: why.clone() });
        self.fruitless += 1;
        if self.fruitless >= self.shared.patience.tries {
            return Some(Leave::GaveUp(why));
        }
        let pause = self.shared.patience.pause_after(self.fruitless);
        if pause.is_zero() {
            return None;
        }
        tokio::select! {
            () = sleep(pause) => None,
            () = self.shared.halted() => Some(Leave::Halted),
        }
    }

    fn deferred(&self, letter: &Letter, reply: &Reply) -> Outcome {
        let (patience, tries) = (&self.shared.patience, letter.claim.attempts + 1);
        if tries >= patience.attempts {
            let reason = format!("{} (given up after {tries} tries)", reply.words());
            return Outcome::Refused { code: Some(reply.code()), reason };
        }
        let wait = patience.retry_after(letter.claim.attempts, letter.claim.id.number());
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let next_at = self.shared.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        Outcome::Deferred { next_at, code: Some(reply.code()), reason: reply.words().to_owned() }
    }
}

impl Turn<Letter> {
    /// The letter, if it is now.
    fn letter(self) -> Option<Letter> {
        match self {
            Self::Now(letter) => Some(letter),
            Self::Later(_) | Self::Nobody => None,
        }
    }
}

fn refused(reply: &Reply) -> Outcome {
    Outcome::Refused { code: Some(reply.code()), reason: reply.words().to_owned() }
}

/// The letter that a task of ours composed. It ends in error only by a panic, which goes on here.
fn landed(joined: Result<Result<Turn<Letter>, LedgerError>, tokio::task::JoinError>) -> Result<Turn<Letter>, LedgerError> {
    joined.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime is being shut down.
        Err(_) => Ok(Turn::Nobody),
    })
}
