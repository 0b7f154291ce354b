//! The ledger held against a simple model of it, over whatever order of events chance makes up: claims, intents, outcomes, crashes,
//! resumes with other lists, decisions.

use jiff::SignedDuration;
use postrider::ledger::{ClaimId, Decision};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// How many people there are to be on the lists.
const PEOPLE: usize = 6;

#[derive(Debug, Clone)]
enum Event {
    /// A process begins, with a list: who is on it, and who of them is to be left out.
    Begin([Listed; PEOPLE]),
    Claim(usize),
    /// The body of somebody's message is about to leave.
    Intend(usize),
    Learn(usize, Learnt),
    /// An outcome and the next intent in one commit.
    LearnAndIntend(usize, Learnt, usize),
    Release(usize),
    /// The process ends in the middle.
    Crash,
    Finish,
    Decide(Decision, Option<usize>),
    /// Minutes pass.
    Pass(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Not,
    On,
    LeftOut,
}

#[derive(Debug, Clone, Copy)]
enum Learnt {
    Accepted,
    Deferred,
    Refused,
    RefusedByUs,
    Ambiguous,
    Released,
}

impl Learnt {
    fn outcome(self, now: Timestamp) -> Outcome {
        let reason = "words".to_owned();
        match self {
            Self::Accepted => Outcome::Accepted,
            Self::Deferred => Outcome::Deferred { next_at: now + SignedDuration::from_mins(30), code: Some(451), reason },
            Self::Refused => Outcome::Refused { code: Some(550), reason },
            Self::RefusedByUs => Outcome::Refused { code: None, reason },
            Self::Ambiguous => Outcome::Ambiguous { reason },
            Self::Released => Outcome::Released { reason: Some(reason) },
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..PEOPLE;
    let listed = prop_oneof![1 => Just(Listed::Not), 6 => Just(Listed::On), 1 => Just(Listed::LeftOut)];
    let learnt = prop_oneof![
        4 => Just(Learnt::Accepted),
        1 => Just(Learnt::Deferred),
        1 => Just(Learnt::Refused),
        1 => Just(Learnt::RefusedByUs),
        2 => Just(Learnt::Ambiguous),
        1 => Just(Learnt::Released),
    ];
    let decision = prop_oneof![Just(Decision::Resend), Just(Decision::AssumeSent)];
    prop_oneof![
        4 => proptest::array::uniform6(listed).prop_map(Event::Begin),
        6 => (1..4_usize).prop_map(Event::Claim),
        6 => who.clone().prop_map(Event::Intend),
        6 => (who.clone(), learnt.clone()).prop_map(|(who, learnt)| Event::Learn(who, learnt)),
        4 => (who.clone(), learnt, who.clone()).prop_map(|(who, learnt, next)| Event::LearnAndIntend(who, learnt, next)),
        1 => who.clone().prop_map(Event::Release),
        2 => Just(Event::Crash),
        2 => Just(Event::Finish),
        2 => (decision, proptest::option::of(who)).prop_map(|(decision, who)| Event::Decide(decision, who)),
        2 => (1..60_i64).prop_map(Event::Pass),
    ]
}

/// One person as the model has them.
#[derive(Debug, Clone)]
struct Person {
    who: usize,
    state: State,
    attempts: u32,
    due: Option<Timestamp>,
    /// Whether we refused them ourselves.
    is_ours: bool,
    /// Copies that may have arrived.
    copies: u32,
    /// Copies that a person ordered.
    ordered: u32,
}

/// What the ledger is to be like, in the plainest words.
#[derive(Debug, Default)]
struct Model {
    /// In the order in which they were entered.
    people: Vec<Person>,
    now: Timestamp,
    begun: usize,
}

impl Model {
    fn find(&mut self, who: usize) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.who == who)
    }

    fn begin(&mut self, list: [Listed; PEOPLE]) {
        let now = self.now;
        for person in &mut self.people {
            person.state = match person.state {
                State::InData => State::Ambiguous,
                State::Claimed => State::Pending,
                State::Deferred if person.due <= Some(now) => State::Pending,
                State::Refused if person.is_ours => State::Pending,
                state => state,
            };
            person.state = match (person.state, list[person.who]) {
                (State::Pending | State::Deferred, Listed::LeftOut | Listed::Not) => State::Skipped,
                (State::Skipped, Listed::On) => State::Pending,
                (state, _) => state,
            };
        }
        for (who, listed) in list.iter().enumerate().filter(|(_, listed)| **listed != Listed::Not) {
            if self.find(who).is_none() {
                let state = if *listed == Listed::On { State::Pending } else { State::Skipped };
                self.people.push(Person { who, state, attempts: 0, due: None, is_ours: false, copies: 0, ordered: 0 });
            }
        }
    }

    /// Those who are next, without changing them.
    fn next(&self, limit: usize) -> Vec<usize> {
        let mut pending: Vec<_> = self.people.iter().filter(|person| person.state == State::Pending).collect();
        pending.sort_by_key(|person| person.attempts);
        pending.into_iter().take(limit).map(|person| person.who).collect()
    }

    /// Whether it was allowed.
    fn intend(&mut self, who: usize) -> bool {
        let Some(person) = self.find(who).filter(|person| person.state == State::Claimed) else { return false };
        person.state = State::InData;
        person.copies += 1;
        // What may have arrived before was either answered with a no, or ordered again by a person.
        assert!(person.copies <= 1 + person.ordered, "a second copy nobody asked for: {person:?}");
        true
    }

    fn learn(&mut self, who: usize, learnt: Learnt) -> bool {
        let now = self.now;
        let Some(person) = self.find(who).filter(|person| matches!(person.state, State::Claimed | State::InData)) else {
            return false;
        };
        person.attempts += 1;
        person.due = None;
        person.is_ours = false;
        let is_sure = !matches!(learnt, Learnt::Accepted | Learnt::Ambiguous);
        if is_sure && person.state == State::InData {
            person.copies -= 1;
        }
        person.state = match learnt {
            Learnt::Accepted => State::Accepted,
            Learnt::Ambiguous => State::Ambiguous,
            Learnt::Released => State::Pending,
            Learnt::Deferred => {
                person.due = Some(now + SignedDuration::from_mins(30));
                State::Deferred
            }
            Learnt::Refused => State::Refused,
            Learnt::RefusedByUs => {
                person.is_ours = true;
                State::Refused
            }
        };
        true
    }

    fn decide(&mut self, decision: Decision, named: Option<usize>) -> bool {
        let is_doubtful = |person: &Person| matches!(person.state, State::Ambiguous | State::InData);
        if let Some(who) = named
            && !self.people.iter().any(|person| person.who == who && is_doubtful(person))
        {
            return self.begun == 0;
        }
        for person in &mut self.people {
            if !is_doubtful(person) {
                continue;
            }
            let is_meant = named.is_none_or(|who| who == person.who);
            person.state = match (is_meant, decision) {
                (false, _) => State::Ambiguous,
                (true, Decision::AssumeSent) => State::Accepted,
                (true, Decision::Resend) => {
                    person.ordered += 1;
                    State::Pending
                }
            };
        }
        true
    }
}

/// The address of a person, in one of its spellings.
fn spelt(who: usize, spelling: usize) -> String {
    if spelling.is_multiple_of(2) { format!("reader{who}@bücher.example") } else { format!("Reader{who}@xn--bcher-kva.EXAMPLE") }
}

fn listed(list: [Listed; PEOPLE], spelling: usize) -> Plan {
    let people: Vec<_> = (0..PEOPLE).map(|who| spelt(who, spelling)).collect();
    let mut plan = plan(&people.iter().map(String::as_str).collect::<Vec<_>>());
    let mut kept = Vec::new();
    for (mut person, listed) in everyone(&plan).into_iter().zip(list) {
        person.skip = (listed == Listed::LeftOut).then(|| "left out".to_owned());
        kept.extend((listed != Listed::Not).then_some(person));
    }
    plan.recipients = kept.into_iter().collect();
    plan
}

/// The ledger and its model, going through the same events.
struct Pair {
    ledger: Ledger,
    run: Option<Run>,
    /// The newest claim on each person, whether it still holds or not.
    claims: BTreeMap<usize, ClaimId>,
    model: Model,
}

impl Pair {
    fn who(address: &Address) -> usize {
        let digit = |c: char| c.to_digit(10).map(|digit| usize::try_from(digit).unwrap());
        address.local_part().chars().find_map(digit).unwrap()
    }

    async fn go_through(&mut self, event: &Event) {
        match (event, self.run.clone()) {
            (Event::Pass(minutes), _) => self.model.now += SignedDuration::from_mins(*minutes),
            (Event::Begin(list), None) => {
                let plan = listed(*list, self.model.begun);
                self.run = Some(self.ledger.begin(plan, self.model.now).await.unwrap());
                self.model.begin(*list);
                self.model.begun += 1;
            }
            (Event::Begin(list), Some(_)) => {
                let error = self.ledger.begin(listed(*list, 0), self.model.now).await.unwrap_err();
                assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
            }
            (Event::Decide(decision, _), Some(_)) => {
                let error = self.ledger.resolve(ISSUE, *decision, None, self.model.now).await.unwrap_err();
                assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
            }
            (Event::Decide(decision, named), None) => {
                let addresses = named.map(|who| vec![address(&spelt(who, who))]);
                let decided = self.ledger.resolve(ISSUE, *decision, addresses, self.model.now).await;
                assert_eq!(decided.is_ok(), self.model.decide(*decision, *named), "{decided:?}");
            }
            (Event::Claim(limit), Some(run)) => {
                let expected = self.model.next(*limit);
                let claims = run.claim(*limit, Timestamp::now()).await.unwrap();
                assert_eq!(claims.iter().map(|claim| Self::who(&claim.address)).collect::<Vec<_>>(), expected);
                for claim in claims {
                    let who = Self::who(&claim.address);
                    let person = self.model.find(who).unwrap();
                    assert_eq!(claim.attempts, person.attempts);
                    person.state = State::Claimed;
                    self.claims.insert(who, claim.id);
                }
            }
            (Event::Intend(who), Some(run)) => {
                let Some(&id) = self.claims.get(who) else { return };
                assert_eq!(run.advance(None, Some(id)).await.is_ok(), self.model.intend(*who));
            }
            (Event::Learn(who, learnt), Some(run)) => {
                let Some(&id) = self.claims.get(who) else { return };
                let learning = run.advance(Some((id, learnt.outcome(self.model.now))), None).await;
                assert_eq!(learning.is_ok(), self.model.learn(*who, *learnt));
            }
            (Event::LearnAndIntend(who, learnt, next), Some(run)) => {
                let (Some(&id), Some(&next_id)) = (self.claims.get(who), self.claims.get(next)) else { return };
                // An engine never asks for half of it to fail; that an error leaves all as it was is asked of the others.
                let is_held = |state: Option<State>, held: &[State]| state.is_some_and(|state| held.contains(&state));
                let state = |model: &mut Model, who: usize| model.find(who).map(|person| person.state);
                let (one, two) = (state(&mut self.model, *who), state(&mut self.model, *next));
                if who == next || !is_held(one, &[State::Claimed, State::InData]) || !is_held(two, &[State::Claimed]) {
                    return;
                }
                run.advance(Some((id, learnt.outcome(self.model.now))), Some(next_id)).await.unwrap();
                assert!(self.model.learn(*who, *learnt) && self.model.intend(*next));
            }
            (Event::Release(who), Some(run)) => {
                let (Some(&id), Some(person)) = (self.claims.get(who), self.model.find(*who)) else { return };
                if person.state == State::Claimed {
                    person.state = State::Pending;
                    run.release(vec![id]).await.unwrap();
                }
            }
            (Event::Crash, _) => self.run = None,
            (Event::Finish, Some(run)) => {
                let balance = run.finish(self.model.now).await.unwrap();
                let is_open = |person: &Person| !matches!(person.state, State::Accepted | State::Refused | State::Skipped);
                assert_eq!(balance.open() + balance.ambiguous > 0, self.model.people.iter().any(is_open));
                self.run = None;
            }
            (_, None) => {}
        }
    }

    /// Everyone is where the model has them, and the counts add up.
    async fn assert_alike(&self) {
        let expected: Vec<_> = self.model.people.iter().map(|person| (person.who, person.state, person.attempts)).collect();
        let found = self.ledger.deliveries(ISSUE, Kind::Issue, &State::ALL).await.unwrap();
        let found: Vec<_> = found.iter().map(|one| (Self::who(&one.address), one.state, one.attempts)).collect();
        assert_eq!(found, expected);
        if let Some(account) = self.ledger.account(ISSUE, Kind::Issue, &[]).await.unwrap() {
            assert!(account.balance.is_balanced(), "{}", account.balance);
            assert_eq!(account.balance.planned, u64::try_from(expected.len()).unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_everyone_is_where_they_should_be(events in vec(event(), 1..60)) {
        let folder = folder();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let ledger = Ledger::open(folder.path()).unwrap();
            let model = Model { now: NOON, ..Model::default() };
            let mut pair = Pair { ledger, run: None, claims: BTreeMap::new(), model };
            for event in &events {
                pair.go_through(event).await;
                pair.assert_alike().await;
            }
        });
    }
}
