//! One run: its relays, their workers, its end.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::clock::Clock;
use super::road::Road;
use super::shared::{News, Shared};
use super::worker::{End, work};
use super::{Job, Progress, Stop, Summary};
use crate::ledger::{Balance, Deliveries, LedgerError};

/// Sends to everyone pending in `ledger`, once each, and gives what came of it.
///
/// The first few go over one connection before all others. Those whose turn comes later, for their domain takes mail only so fast, are
/// waited for; deferred recipients too where the job [waits](Job::waits), else the next [`begin`](crate::ledger::Ledger::begin) tries
/// them again.
///
/// When `shutdown` completes, messages whose body has begun to leave are finished, which may take as long as their deadlines; everyone
/// else stays pending. When the returned future is dropped, all stops at once, and recipients whose body was leaving will be
/// ambiguous: never more of them than connections.
///
/// Whatever is wrong with the relays is told in [`Summary::stopped`].
///
/// # Errors
/// Only where the ledger fails. Nothing is sent that it has not recorded first.
pub async fn send<L: Deliveries>(job: Job, ledger: L, shutdown: impl Future<Output = ()>) -> Result<Summary, LedgerError> {
    let (started, clock) = (Instant::now(), Clock::starting(job.now));
    let balance = ledger.balance().await?;
    let progress = job.progress.clone();
    // Nobody need listen: here and below, a closed channel is no failure.
    let _ = progress.send(Progress::Begun { balance });
    let has_work = balance.pending > 0 || job.waits && balance.deferred > 0;
    let stopped = if has_work { run(job, &ledger, clock, balance, shutdown).await? } else { None };
    let balance = ledger.finish(clock.now()).await?;
    // Who asked to stop when all was done already did not keep anybody from anything.
    let stopped = stopped.filter(|stop| *stop != Stop::Shutdown || balance.open() > 0);
    let next_at = ledger.next_due().await?.map(|at| at.to_string());
    let _ = progress.send(Progress::Ended { balance });
    Ok(Summary { balance, seconds: started.elapsed().as_secs_f64(), stopped, next_at })
}

/// Works off what is pending, again and again where somebody has to be waited for.
async fn run<L: Deliveries>(
    job: Job,
    ledger: &L,
    clock: Clock,
    balance: Balance,
    shutdown: impl Future<Output = ()>,
) -> Result<Option<Stop>, LedgerError> {
    // Where as many have it already, the relay has shown that it takes this mail.
    let canary = if balance.accepted >= job.canary { 0 } else { job.canary };
    let (shared, news) = match Shared::prepare(job, ledger.clone(), clock, canary).await {
        Ok((shared, news)) => (Arc::new(shared), news),
        Err(stop) => return Ok(Some(stop)),
    };
    let mut shutdown = pin!(shutdown);
    let mut crew = Crew::new(Arc::clone(&shared), news);
    loop {
        let pending = shared.ledger.balance().await?.pending;
        let decided = shared.breaker.decided();
        if pending > 0 {
            crew.work_off(pending, shutdown.as_mut()).await?;
        }
        shared.settle_suspects().await?;
        if shared.is_halted() {
            break;
        }
        match next_moment(&shared).await? {
            // Whoever came back to the ledger is tried again, as long as that gets anybody anywhere.
            Some(until) if until > shared.clock.now() || shared.breaker.decided() > decided => {
                wait(&shared, until, shutdown.as_mut()).await?;
            }
            _ => break,
        }
    }
    shared.give_back().await?;
    let stop = shared.reason_to_halt();
    let pardoned = shared.breaker.pardoned(stop.as_ref());
    if !pardoned.is_empty() {
        shared.ledger.pardon(pardoned).await?;
    }
    Ok(stop)
}

/// When somebody can be sent to again: at once for those who came back to the ledger; `None` where nobody is left to wait for.
async fn next_moment<L: Deliveries>(shared: &Shared<L>) -> Result<Option<Timestamp>, LedgerError> {
    let turn = shared.ledger.next_turn().await?;
    let due = if shared.waits { shared.ledger.next_due().await? } else { None };
    let is_anybody_now = turn.is_none() && shared.ledger.balance().await?.pending > 0;
    let now = is_anybody_now.then(|| shared.clock.now());
    Ok(now.into_iter().chain(turn).chain(due).min())
}

/// Waits for a moment, then makes those pending who are due.
async fn wait<L: Deliveries>(
    shared: &Shared<L>,
    until: Timestamp,
    shutdown: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), LedgerError> {
    if until > shared.clock.now() {
        // A relay that did not work may work by then.
        shared.roads.iter().for_each(Road::revive);
        shared.tell(Progress::Waiting { until: until.to_string() });
        tokio::select! {
            () = shutdown => shared.halt(Stop::Shutdown),
            () = sleep_until(shared.clock.instant(until)) => {}
        }
    }
    if shared.waits && !shared.is_halted() {
        shared.ledger.wake(shared.clock.now()).await?;
    }
    Ok(())
}

/// The workers of a run.
struct Crew<L> {
    shared: Arc<Shared<L>>,
    news: UnboundedReceiver<News>,
    running: JoinSet<Result<End, LedgerError>>,
    /// The tasks and the road of each.
    tasks: Vec<(Id, usize)>,
    /// How many workers each road has had in this round.
    started: Vec<usize>,
    /// The number of the next worker.
    number: usize,
    /// How many workers there may be in all.
    most: usize,
}

impl<L: Deliveries> Crew<L> {
    fn new(shared: Arc<Shared<L>>, news: UnboundedReceiver<News>) -> Self {
        let started = vec![0; shared.roads.len()];
        Self { shared, news, running: JoinSet::new(), tasks: Vec::new(), started, number: 0, most: 0 }
    }

    /// Runs the workers until nobody is left, or until something stops them.
    async fn work_off(&mut self, pending: u64, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> Result<(), LedgerError> {
        self.most = usize::try_from(pending).unwrap_or(usize::MAX);
        self.number = 0;
        self.started.fill(0);
        let decided = self.shared.breaker.decided();
        let mut failure = None;
        let mut gave_up = None;
        self.begin_roads();
        loop {
            let ended = tokio::select! {
                () = &mut shutdown, if !self.shared.is_halted() => {
                    self.shared.halt(Stop::Shutdown);
                    continue;
                }
                Some(news) = self.news.recv() => {
                    self.hear(&news);
                    continue;
                }
                ended = self.running.join_next_with_id() => ended,
            };
            match ended {
                None => break,
                Some(Ok((id, ended))) => {
                    let road = self.forget(id);
                    match ended {
                        Ok(End::Done) => {}
                        Ok(End::GaveUp(why)) => {
                            let host = self.shared.roads[road].route.relay.host.clone();
                            gave_up = Some((road, Stop::Unreachable { host, why }));
                        }
                        Err(error) => {
                            self.shared.halt(Stop::Ledger);
                            failure.get_or_insert(error);
                        }
                    }
                    self.look_after(road, gave_up.as_ref());
                }
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        // The first failure is the cause; giving back what the queue holds would most likely fail the same way.
        if let Some(error) = failure {
            return Err(error);
        }
        self.shared.give_back().await?;
        self.stop_without_roads(decided, gave_up).await
    }

    /// Stops the run where people are left and no relay works, or one that takes nobody.
    async fn stop_without_roads(&self, decided: u64, gave_up: Option<(usize, Stop)>) -> Result<(), LedgerError> {
        let shared = &self.shared;
        if shared.is_halted() || shared.ledger.balance().await?.pending == 0 {
            return Ok(());
        }
        // Some workers may have given up while others did what they could: that alone is no reason to stop.
        let is_fruitless = shared.breaker.decided() == decided;
        let last = gave_up.filter(|_| is_fruitless).map(|(_, stop)| stop);
        let first_out = || shared.roads.iter().find_map(Road::why_out);
        let stop = if shared.roads.iter().all(Road::is_out) { first_out() } else { last };
        if let Some(stop) = stop {
            shared.halt(stop);
        }
        Ok(())
    }

    /// Starts the first worker of each road that is to work now: one road while the first recipients are tried, and those that stand
    /// by only where no other works.
    fn begin_roads(&mut self) {
        let roads = &self.shared.roads;
        let live = |is_stand_by: bool| move |&road: &usize| !roads[road].is_out() && roads[road].is_stand_by() == is_stand_by;
        let mut chosen: Vec<usize> = (0..roads.len()).filter(live(false)).collect();
        if chosen.is_empty() {
            chosen = (0..roads.len()).filter(live(true)).collect();
        }
        if !self.shared.is_canary_through() {
            chosen.truncate(1);
        }
        for road in chosen {
            if self.started[road] == 0 {
                self.start(road);
            }
        }
    }

    /// The others of a road wait until its first is logged in: a wrong password is tried once, and a relay that is down costs one wait.
    fn hear(&mut self, news: &News) {
        match *news {
            News::Connected(road) => self.fill(road),
            News::CanaryThrough => {
                let begun: Vec<usize> = (0..self.started.len()).filter(|&road| self.started[road] > 0).collect();
                for road in begun {
                    self.fill(road);
                }
                self.begin_roads();
            }
        }
    }

    fn fill(&mut self, road: usize) {
        while self.shared.is_canary_through() && self.started[road] < self.shared.roads[road].route.relay.connections {
            if !self.start(road) {
                return;
            }
        }
    }

    /// Starts a worker, if there is anybody for one more.
    fn start(&mut self, road: usize) -> bool {
        if self.running.len() >= self.most {
            return false;
        }
        let task = self.running.spawn(work(self.number, road, Arc::clone(&self.shared)));
        self.tasks.push((task.id(), road));
        self.started[road] += 1;
        self.number += 1;
        true
    }

    /// Forgets a worker that ended, and gives its road.
    fn forget(&mut self, id: Id) -> usize {
        let place = self.tasks.iter().position(|&(task, _)| task == id).expect("every worker's task is noted");
        self.tasks.swap_remove(place).1
    }

    /// After a worker of a road ended: where the road turns out not to work, others take its place.
    fn look_after(&mut self, road: usize, gave_up: Option<&(usize, Stop)>) {
        let is_alone = !self.tasks.iter().any(|&(_, of)| of == road);
        let shared = Arc::clone(&self.shared);
        if is_alone && let Some((_, stop)) = gave_up.filter(|(of, _)| *of == road) {
            shared.roads[road].put_out(stop.clone());
        }
        if !is_alone || shared.is_halted() {
            return;
        }
        let Some(reason) = shared.roads[road].why_out() else { return };
        if shared.roads.iter().any(|road| !road.is_out()) {
            shared.tell(Progress::RelayLost { host: shared.roads[road].route.relay.host.clone(), reason });
            self.begin_roads();
        }
    }
}
