//! The rules by which workers, ledger and server go together, checked in every order in which things can happen.
//!
//! A small world (two workers, three recipients, two crashes, one resend each) is explored whole: each state that can be reached is
//! held against what is promised, and from each there must be a way to the end. That the check can see is shown by breaking each rule.

use std::collections::HashMap;

const RECIPIENTS: usize = 3;
const WORKERS: usize = 2;
const CRASHES: u8 = 2;
const RESENDS: u8 = 1;

/// Where a recipient stands on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Row {
    Pending,
    Claimed,
    InData,
    Accepted,
    Deferred,
    Refused,
    Ambiguous,
    /// By a person's decision.
    Assumed,
}

/// What a worker knows, which a crash takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    Holds(usize),
    /// Its body may leave.
    Ready(usize),
    /// It left; whether the server took it.
    Sent(usize, bool),
    Knows(usize, Row),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    rows: [Row; RECIPIENTS],
    /// How many copies the server took of each.
    copies: [u8; RECIPIENTS],
    resends: [u8; RECIPIENTS],
    workers: [Worker; WORKERS],
    is_up: bool,
    crashes: u8,
    /// How many became ambiguous at the last resume.
    doubts: usize,
}

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// `in_data` is on the disk before the body leaves.
    IntentFirst,
    /// The outcome is on the disk before the worker goes on.
    OutcomeAwaited,
    /// After a crash, `in_data` is held, not sent again.
    DoubtHeld,
    /// Silence after the body is doubt, not refusal.
    SilenceIsDoubt,
}

impl World {
    fn new() -> Self {
        Self {
            rows: [Row::Pending; RECIPIENTS],
            copies: [0; RECIPIENTS],
            resends: [0; RECIPIENTS],
            workers: [Worker::Idle; WORKERS],
            is_up: true,
            crashes: 0,
            doubts: 0,
        }
    }

    fn with_row(&self, who: usize, row: Row) -> Self {
        let mut next = self.clone();
        next.rows[who] = row;
        next
    }

    fn with_worker(mut self, number: usize, worker: Worker) -> Self {
        self.workers[number] = worker;
        self
    }

    fn those(&self, row: Row) -> impl Iterator<Item = usize> {
        let rows = self.rows;
        (0..RECIPIENTS).filter(move |&who| rows[who] == row)
    }

    /// Whatever can happen next.
    fn next(&self, broken: Option<Rule>) -> Vec<Self> {
        if self.is_up {
            let mut all: Vec<_> = (0..WORKERS).flat_map(|number| self.step(number, broken)).collect();
            if self.crashes < CRASHES {
                let crashes = self.crashes + 1;
                all.push(Self { workers: [Worker::Idle; WORKERS], is_up: false, crashes, ..self.clone() });
            }
            if self.workers == [Worker::Idle; WORKERS] && self.those(Row::Pending).next().is_none() {
                // A clean end: the next process begins as after a crash.
                all.push(Self { is_up: false, ..self.clone() });
            }
            return all;
        }
        let mut all = vec![self.resume(broken)];
        for who in self.those(Row::Ambiguous) {
            all.push(self.with_row(who, Row::Assumed));
            if self.resends[who] < RESENDS {
                let mut again = self.with_row(who, Row::Pending);
                again.resends[who] += 1;
                all.push(again);
            }
        }
        all
    }

    fn resume(&self, broken: Option<Rule>) -> Self {
        let doubts = self.those(Row::InData).count();
        let rows = self.rows.map(|row| match row {
            Row::InData if broken != Some(Rule::DoubtHeld) => Row::Ambiguous,
            Row::InData | Row::Claimed | Row::Deferred => Row::Pending,
            row => row,
        });
        Self { rows, doubts, is_up: true, ..self.clone() }
    }

    fn step(&self, number: usize, broken: Option<Rule>) -> Vec<Self> {
        match self.workers[number] {
            Worker::Idle => {
                let claimed = |who| self.with_row(who, Row::Claimed).with_worker(number, Worker::Holds(who));
                self.those(Row::Pending).map(claimed).collect()
            }
            Worker::Holds(who) => {
                let row = if broken == Some(Rule::IntentFirst) { Row::Claimed } else { Row::InData };
                let ready = self.with_row(who, row).with_worker(number, Worker::Ready(who));
                // Or the connection is lost before the body.
                let lost = self.with_row(who, Row::Pending).with_worker(number, Worker::Idle);
                vec![ready, lost]
            }
            Worker::Ready(who) => {
                let mut taken = self.clone().with_worker(number, Worker::Sent(who, true));
                taken.copies[who] += 1;
                vec![taken, self.clone().with_worker(number, Worker::Sent(who, false))]
            }
            Worker::Sent(who, is_taken) => {
                let silence = if broken == Some(Rule::SilenceIsDoubt) { Row::Deferred } else { Row::Ambiguous };
                let answers = if is_taken { vec![Row::Accepted] } else { vec![Row::Deferred, Row::Refused] };
                let learnt = answers.into_iter().chain([silence]);
                learnt.map(|row| self.clone().with_worker(number, Worker::Knows(who, row))).collect()
            }
            Worker::Knows(who, row) => {
                let told = if broken == Some(Rule::OutcomeAwaited) { self.clone() } else { self.with_row(who, row) };
                let mut all = vec![self.with_row(who, row).with_worker(number, Worker::Idle)];
                // The outcome and the next intent in one commit.
                for next in told.those(Row::Pending) {
                    all.push(told.with_row(next, Row::InData).with_worker(number, Worker::Ready(next)));
                }
                all
            }
        }
    }

    /// What is promised, and does not hold here.
    fn broken(&self) -> Option<String> {
        for who in 0..RECIPIENTS {
            let (row, copies, resends) = (self.rows[who], self.copies[who], self.resends[who]);
            if copies > 1 + resends {
                return Some(format!("{who} got {copies} copies, {resends} of them ordered"));
            }
            if row == Row::Accepted && copies == 0 {
                return Some(format!("{who} is lost: accepted, and nothing came"));
            }
            if matches!(row, Row::Pending | Row::Deferred | Row::Refused) && copies > resends {
                return Some(format!("{who} is {row:?} and has a copy that nobody knows of"));
            }
        }
        (self.doubts > WORKERS).then(|| format!("{} in doubt after one crash", self.doubts))
    }

    fn is_over(&self) -> bool {
        self.rows.iter().all(|row| matches!(row, Row::Accepted | Row::Refused | Row::Assumed))
    }
}

/// Goes through every world that can be reached, with one rule broken or none: how many there are, or the first promise that is broken.
fn explore(broken: Option<Rule>) -> Result<usize, String> {
    let mut numbers = HashMap::from([(World::new(), 0)]);
    let mut worlds = vec![World::new()];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut at = 0;
    while at < worlds.len() {
        let world = worlds[at].clone();
        if let Some(promise) = world.broken() {
            return Err(promise);
        }
        for next in world.next(broken) {
            let number = *numbers.entry(next.clone()).or_insert_with(|| {
                worlds.push(next);
                before.push(Vec::new());
                worlds.len() - 1
            });
            before[number].push(at);
        }
        at += 1;
    }
    // Backwards from the ends: whatever is not met has no way to any of them.
    let mut has_way: Vec<bool> = worlds.iter().map(World::is_over).collect();
    let mut open: Vec<usize> = (0..worlds.len()).filter(|&number| has_way[number]).collect();
    while let Some(number) = open.pop() {
        for &earlier in &before[number] {
            if !std::mem::replace(&mut has_way[earlier], true) {
                open.push(earlier);
            }
        }
    }
    match has_way.iter().position(|has_way| !has_way) {
        Some(stuck) => Err(format!("no way to the end from {:?}", worlds[stuck])),
        None => Ok(worlds.len()),
    }
}

#[test]
fn in_every_order_of_events_nobody_is_lost_and_nobody_gets_a_copy_that_no_person_ordered() {
    let worlds = explore(None).unwrap();
    assert!(worlds > 50_000, "only {worlds} worlds: the model does not go far");
}

#[test]
fn each_rule_is_needed() {
    for (broken, words) in [
        (Rule::IntentFirst, "has a copy that nobody knows of"),
        (Rule::OutcomeAwaited, "in doubt after one crash"),
        (Rule::DoubtHeld, "has a copy that nobody knows of"),
        (Rule::SilenceIsDoubt, "has a copy that nobody knows of"),
    ] {
        let found = explore(Some(broken)).unwrap_err();
        assert!(found.contains(words), "{broken:?}: {found}");
    }
}
