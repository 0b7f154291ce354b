//! The rules by which workers, ledger and server go together, checked in every order in which things can happen.
//!
//! A small world (two workers, three recipients, two crashes, one resend each) is explored whole, by the model checker Stateright: each
//! state that can be reached is held against what is promised. That the check can see is shown by breaking each rule.

use std::collections::BTreeSet;
use std::thread;

use stateright::{Checker, CheckerBuilder, HasDiscoveries, Model, Property};

const RECIPIENTS: usize = 3;
const WORKERS: usize = 2;
const CRASHES: u8 = 2;
const RESENDS: u8 = 1;

/// What is promised.
const BY_ORDER: &str = "whoever has several copies has them by a person's order";
const ACCEPTED: &str = "whoever is accepted has a copy";
const KNOWN: &str = "nobody is to be sent to, or told as not reached, who has a copy that no person knows of";
const FEW_DOUBTS: &str = "a crash leaves no more people in doubt than there are connections";
const END: &str = "as soon as nothing goes wrong any more, the send comes to its end";

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

/// What can happen; workers and recipients by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Claim(usize, usize),
    /// That the body is about to leave goes to the disk.
    Announce(usize),
    /// The body leaves, and the server takes it.
    Deliver(usize),
    Learn(usize, Row),
    /// The outcome goes to the disk.
    Record(usize),
    /// The outcome, and that the next one's body is about to leave, in one commit.
    GoOn(usize, usize),
    /// A clean end: the next process begins as after a crash.
    Stop,
    Resume,
    Assume(usize),
    Resend(usize),
    /// The connection is lost before the body.
    Lose(usize),
    /// The body leaves, and the server does not take it.
    Fail(usize),
    Crash,
}

impl Event {
    /// Whether it is what everybody hopes for.
    fn is_good(self) -> bool {
        match self {
            // A message that the server did not take can at best be refused, once and for all.
            Self::Learn(_, row) => matches!(row, Row::Accepted | Row::Refused),
            Self::Resend(_) | Self::Lose(_) | Self::Fail(_) | Self::Crash => false,
            _ => true,
        }
    }
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// `in_data` is on the disk before the body leaves.
    IntentFirst,
    /// The outcome is on the disk before the worker goes on.
    OutcomeAwaited,
    /// After a crash, `in_data` is held, not sent again.
    DoubtHeld,
    /// After a crash, `claimed` is sent to as if nothing had been.
    ClaimReturned,
    /// Silence after the body is doubt, not refusal.
    SilenceIsDoubt,
}

/// How workers, ledger and server go together, with one rule broken or none.
struct Protocol {
    broken: Option<Rule>,
}

impl Protocol {
    fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    fn events_of(&self, world: &World, number: usize, events: &mut Vec<Event>) {
        match world.workers[number] {
            Worker::Idle => events.extend(world.those(Row::Pending).map(|who| Event::Claim(number, who))),
            Worker::Holds(_) => events.extend([Event::Announce(number), Event::Lose(number)]),
            Worker::Ready(_) => events.extend([Event::Deliver(number), Event::Fail(number)]),
            Worker::Sent(_, is_taken) => {
                let silence = if self.keeps(Rule::SilenceIsDoubt) { Row::Ambiguous } else { Row::Deferred };
                let answers: &[Row] = if is_taken { &[Row::Accepted] } else { &[Row::Deferred, Row::Refused] };
                let learnt = answers.iter().copied().chain([silence]);
                events.extend(learnt.map(|row| Event::Learn(number, row)));
            }
            Worker::Knows(..) => {
                events.push(Event::Record(number));
                events.extend(world.those(Row::Pending).map(|next| Event::GoOn(number, next)));
            }
        }
    }

    fn resume(&self, world: &mut World) {
        world.doubts = world.those(Row::InData).count();
        world.rows = world.rows.map(|row| match row {
            Row::InData if self.keeps(Rule::DoubtHeld) => Row::Ambiguous,
            Row::Claimed if !self.keeps(Rule::ClaimReturned) => Row::Claimed,
            Row::InData | Row::Claimed | Row::Deferred => Row::Pending,
            row => row,
        });
        world.is_up = true;
    }

    /// Whether everybody is decided about once only what everybody hopes for happens.
    fn comes_to_its_end(&self, from: &World) -> bool {
        // Nobody needs more steps than from a claim to an outcome, with an end and a beginning between two of them.
        const STEPS: usize = 8 * RECIPIENTS;
        let (mut world, mut events) = (from.clone(), Vec::new());
        for _ in 0..STEPS {
            if world.is_over() {
                return true;
            }
            events.clear();
            self.actions(&world, &mut events);
            let Some(next) = events.iter().find(|event| event.is_good()).and_then(|&event| self.next_state(&world, event)) else {
                return false;
            };
            world = next;
        }
        world.is_over()
    }
}

impl World {
    fn those(&self, row: Row) -> impl Iterator<Item = usize> + use<> {
        let rows = self.rows;
        (0..RECIPIENTS).filter(move |&who| rows[who] == row)
    }

    /// Whom a worker is busy with.
    fn held(&self, number: usize) -> usize {
        match self.workers[number] {
            Worker::Idle => unreachable!("an idle worker has no event about anybody"),
            Worker::Holds(who) | Worker::Ready(who) | Worker::Sent(who, _) | Worker::Knows(who, _) => who,
        }
    }

    fn is_over(&self) -> bool {
        self.rows.iter().all(|row| matches!(row, Row::Accepted | Row::Refused | Row::Assumed))
    }

    fn all(&self, holds: impl Fn(Row, u8, u8) -> bool) -> bool {
        (0..RECIPIENTS).all(|who| holds(self.rows[who], self.copies[who], self.resends[who]))
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            rows: [Row::Pending; RECIPIENTS],
            copies: [0; RECIPIENTS],
            resends: [0; RECIPIENTS],
            workers: [Worker::Idle; WORKERS],
            is_up: true,
            crashes: 0,
            doubts: 0,
        }]
    }

    fn actions(&self, world: &World, events: &mut Vec<Event>) {
        if !world.is_up {
            // A decision comes first, so that the way to the end does not lead through doubt again and again.
            for who in world.those(Row::Ambiguous) {
                events.push(Event::Assume(who));
                if world.resends[who] < RESENDS {
                    events.push(Event::Resend(who));
                }
            }
            events.push(Event::Resume);
            return;
        }
        (0..WORKERS).for_each(|number| self.events_of(world, number, events));
        if world.crashes < CRASHES {
            events.push(Event::Crash);
        }
        if world.workers == [Worker::Idle; WORKERS] && world.those(Row::Pending).next().is_none() {
            events.push(Event::Stop);
        }
    }

    fn next_state(&self, world: &World, event: Event) -> Option<World> {
        let mut next = world.clone();
        match event {
            Event::Claim(number, who) => {
                next.rows[who] = Row::Claimed;
                next.workers[number] = Worker::Holds(who);
            }
            Event::Announce(number) => {
                let who = world.held(number);
                if self.keeps(Rule::IntentFirst) {
                    next.rows[who] = Row::InData;
                }
                next.workers[number] = Worker::Ready(who);
            }
            Event::Lose(number) => {
                next.rows[world.held(number)] = Row::Pending;
                next.workers[number] = Worker::Idle;
            }
            Event::Deliver(number) => {
                let who = world.held(number);
                next.copies[who] += 1;
                next.workers[number] = Worker::Sent(who, true);
            }
            Event::Fail(number) => next.workers[number] = Worker::Sent(world.held(number), false),
            Event::Learn(number, row) => next.workers[number] = Worker::Knows(world.held(number), row),
            Event::Record(number) => {
                let Worker::Knows(who, row) = world.workers[number] else { return None };
                next.rows[who] = row;
                next.workers[number] = Worker::Idle;
            }
            Event::GoOn(number, following) => {
                let Worker::Knows(who, row) = world.workers[number] else { return None };
                if self.keeps(Rule::OutcomeAwaited) {
                    next.rows[who] = row;
                }
                next.rows[following] = Row::InData;
                next.workers[number] = Worker::Ready(following);
            }
            Event::Stop => next.is_up = false,
            Event::Crash => {
                next.workers = [Worker::Idle; WORKERS];
                next.is_up = false;
                next.crashes += 1;
            }
            Event::Resume => self.resume(&mut next),
            Event::Assume(who) => next.rows[who] = Row::Assumed,
            Event::Resend(who) => {
                next.rows[who] = Row::Pending;
                next.resends[who] += 1;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(BY_ORDER, |_, world: &World| world.all(|_, copies, resends| copies <= 1 + resends)),
            Property::always(ACCEPTED, |_, world: &World| world.all(|row, copies, _| row != Row::Accepted || copies > 0)),
            Property::always(KNOWN, |_, world: &World| {
                let is_open = |row| matches!(row, Row::Pending | Row::Deferred | Row::Refused);
                world.all(|row, copies, resends| !is_open(row) || copies <= resends)
            }),
            Property::always(FEW_DOUBTS, |_, world: &World| world.doubts <= WORKERS),
            Property::always(END, Protocol::comes_to_its_end),
        ]
    }
}

/// Goes through every world that can be reached.
fn explore(protocol: Protocol) -> CheckerBuilder<Protocol> {
    protocol.checker().threads(thread::available_parallelism().map_or(1, usize::from))
}

#[test]
#[expect(clippy::print_stdout, reason = "how far the model goes, for whoever asks with --nocapture")]
fn in_every_order_of_events_nobody_is_lost_and_nobody_gets_a_copy_that_no_person_ordered() {
    let checked = explore(Protocol { broken: None }).spawn_bfs().join();
    checked.assert_properties();
    let worlds = checked.unique_state_count();
    println!("{worlds} worlds, {} ways into them, none longer than {}", checked.state_count(), checked.max_depth());
    assert!(worlds > 50_000, "only {worlds} worlds: the model does not go far");
}

#[test]
fn each_rule_is_needed() {
    for (rule, promise) in [
        (Rule::IntentFirst, KNOWN),
        (Rule::OutcomeAwaited, FEW_DOUBTS),
        (Rule::DoubtHeld, KNOWN),
        (Rule::ClaimReturned, END),
        (Rule::SilenceIsDoubt, KNOWN),
    ] {
        // No further than to that: without a rule copies may grow without end, and with them the worlds.
        let enough = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
        let found = explore(Protocol { broken: Some(rule) }).finish_when(enough).spawn_bfs().join().discoveries();
        assert!(found.contains_key(promise), "{rule:?} broken breaks only {:?}", found.keys());
    }
}
