//! Kills the real program again and again, and holds what its ledger says against what the server took.
//!
//!     tests/torture --kills 5000 [--seed N]      (cargo test runs 200)
//!
//! Each round begins or goes on with a send and kills it, by SIGKILL: at a random moment, at a step of the SMTP dialogue that the server
//! waits for, or at a step of the ledger that its log tells of. After each kill, of every recipient:
//! - who is accepted was taken by the server exactly once, who is pending not at all, who is in doubt once at the most;
//! - the counts add up, and no more people came into doubt than there were connections.
//!
//! A send that comes to its end has those in doubt decided as a secretary would who looks into the server's log; it is then finished, and
//! everybody has exactly one copy.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

mod server;
#[path = "../suite/workspace.rs"]
#[expect(dead_code, reason = "the suite's own; not all of it is needed here")]
mod workspace;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use postrider::ledger::{Balance, Delivery, Kind, Ledger, State};
use server::{Order, Server, Step};
use workspace::{NEWSLETTER, Workspace};

const ISSUE: &str = "2023-q3";
const PEOPLE: usize = 60;
const SIGKILL: i32 = 9;
/// What the log says of the steps of a recipient and of a run.
const LOGGED: [&str; 4] = ["the run begins", "claimed", "the body leaves", "outcome"];

/// When a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// So many microseconds after its beginning.
    After(u64),
    /// At the so many-th time that the server sees a step.
    Dialogue(Step, usize),
    /// At the so many-th time that the log tells of a step.
    Ledger(&'static str, usize),
}

impl Moment {
    fn kind(self) -> String {
        match self {
            Self::After(_) => "at random".to_owned(),
            Self::Dialogue(step, _) => format!("dialogue: {step:?}"),
            Self::Ledger(step, _) => format!("ledger: {step}"),
        }
    }
}

/// Chance that can be repeated (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 33).expect("31 bits") % limit
    }

    fn moment(&mut self) -> Moment {
        // A step early in the dialogue is rarely reached often, one of a message up to once for everybody.
        match self.below(3) {
            0 => Moment::After(u64::try_from(self.below(120_000)).expect("small")),
            1 => {
                let step = Step::ALL[self.below(Step::ALL.len())];
                Moment::Dialogue(step, 1 + if step <= Step::Hello { self.below(3) } else { self.below(30) })
            }
            _ => {
                let step = LOGGED[self.below(LOGGED.len())];
                Moment::Ledger(step, 1 + if step == LOGGED[0] { 0 } else { self.below(30) })
            }
        }
    }
}

/// What the harness counts.
#[derive(Default)]
struct Tally {
    kills: BTreeMap<String, usize>,
    sends: usize,
    doubts: u64,
    most_doubts: u64,
    faults: Vec<String>,
}

impl Tally {
    fn killed(&self) -> usize {
        self.kills.values().sum()
    }
}

/// A send under way, over many processes.
struct Trial {
    workspace: Workspace,
    connections: u64,
    doubts: u64,
}

impl Trial {
    fn new(server: &Server, chance: &mut Chance) -> Self {
        let workspace = Workspace::new();
        let connections = 1 + chance.below(8);
        let port = server.address.port();
        let relay = format!("[relay]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}\n");
        workspace.write("newsletter.toml", format!("{NEWSLETTER}\n{relay}"));
        let list = (0..PEOPLE).fold(String::new(), |mut list, number| {
            let _ = writeln!(list, "[[subscriber]]\nemail = \"reader{number}@example.org\"\nfirst_name = \"Reader {number}\"\n");
            list
        });
        workspace.write("subscribers.toml", list);
        let made = Command::new("mkfifo").arg(workspace.path("log")).status().expect("mkfifo, of coreutils, runs");
        assert!(made.success());
        server.forget();
        Self { workspace, connections: u64::try_from(connections).expect("small"), doubts: 0 }
    }

    /// Runs a send, and kills it at a moment, if that comes before its end. Whether it was killed.
    fn send(&self, server: &Server, is_pipelining: bool, moment: Option<Moment>) -> bool {
        let (orders, kills) = channel();
        let dialogue = moment.and_then(|moment| if let Moment::Dialogue(step, nth) = moment { Some((step, nth)) } else { None });
        server.plan(is_pipelining, dialogue, &orders);
        let people = PEOPLE.to_string();
        let mut arguments = vec!["send", "--expect-recipients", &people, "--json"];
        // Opened for both, so that nobody waits for the other end.
        let log = OpenOptions::new().read(true).write(true).open(self.workspace.path("log")).expect("the pipe");
        let reader = if let Some(Moment::Ledger(step, nth)) = moment {
            arguments.extend(["--log", "log"]);
            let (log, orders) = (log.try_clone().expect("a second handle"), orders.clone());
            Some(thread::spawn(move || listen(log, step, nth, &orders)))
        } else {
            None
        };
        let child = self.workspace.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the binary runs");
        if let Some(Moment::After(time)) = moment {
            let orders = orders.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_micros(time));
                kill(&orders);
            });
        }
        let is_killed = follow(&mut child, orders, &kills);
        // Whoever still waits for a kill is let go.
        drop(kills);
        (&log).write_all(b"END\n").expect("the pipe takes a line");
        if let Some(reader) = reader {
            reader.join().expect("no panic");
        }
        server.settle();
        is_killed
    }

    fn deliveries(&self) -> (Option<Balance>, Vec<Delivery>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let ledger = Ledger::open_existing(&self.workspace.path(".postrider")).expect("a ledger that opens");
            let Some(ledger) = ledger else { return (None, Vec::new()) };
            let record = ledger.record(ISSUE, Kind::Issue).await.expect("a record");
            let deliveries = ledger.deliveries(ISSUE, Kind::Issue, &State::ALL).await.expect("a list");
            (record.map(|record| record.balance), deliveries)
        })
    }

    /// Holds the ledger against the server's record.
    fn judge(&mut self, server: &Server, moment: Option<Moment>, tally: &mut Tally) -> Option<Balance> {
        let receipts = server.receipts();
        let (balance, deliveries) = self.deliveries();
        let mut fault = |words: String| tally.faults.push(format!("{moment:?}: {words}"));
        for delivery in &deliveries {
            let address = delivery.address.wire();
            let copies = receipts.get(&address).copied().unwrap_or_default();
            let is_right = match delivery.state {
                State::Accepted => copies == 1,
                State::Pending | State::Claimed => copies == 0,
                State::InData | State::Ambiguous => copies <= 1,
                State::Deferred | State::Refused | State::Skipped => false,
            };
            if !is_right {
                fault(format!("{address} is {}, and the server took {copies} copies", delivery.state));
            }
        }
        if deliveries.is_empty() && !receipts.is_empty() {
            fault("the server took messages of which no ledger knows".to_owned());
        }
        let balance = balance?;
        if !balance.is_balanced() || deliveries.len() != PEOPLE {
            fault(format!("the counts do not add up: {balance}"));
        }
        let fresh = balance.ambiguous.saturating_sub(self.doubts);
        if fresh > self.connections {
            fault(format!("{fresh} came into doubt over {} connections", self.connections));
        }
        self.doubts = balance.ambiguous;
        tally.doubts += fresh;
        tally.most_doubts = tally.most_doubts.max(fresh);
        Some(balance)
    }

    /// Decides about those in doubt as the server's log says, or blindly, each third time; finishes the send, and looks who has what.
    fn conclude(&mut self, server: &Server, tally: &mut Tally) {
        let receipts = server.receipts();
        let (_, deliveries) = self.deliveries();
        let doubtful = deliveries.iter().filter(|one| matches!(one.state, State::Ambiguous | State::InData));
        let is_blind = tally.sends % 3 == 2;
        let is_there = |address: &String| if is_blind { tally.sends.is_multiple_of(2) } else { receipts.contains_key(address) };
        let (there, missing): (Vec<_>, Vec<_>) = doubtful.map(|delivery| delivery.address.wire()).partition(is_there);
        // Whoever is decided about blindly may have none or two: that is what was decided.
        let blindly: BTreeMap<String, usize> = if is_blind {
            let copies = |address: &String| receipts.get(address).copied().unwrap_or_default();
            let assumed = there.iter().map(|address| (address.clone(), copies(address)));
            let resent = missing.iter().map(|address| (address.clone(), copies(address) + 1));
            assumed.chain(resent).collect()
        } else {
            BTreeMap::new()
        };
        for (choice, addresses) in [("--assume-sent", &there), ("--resend", &missing)] {
            if !addresses.is_empty() {
                let mut arguments = vec!["resolve", ISSUE, choice, "--yes"];
                arguments.extend(addresses.iter().map(String::as_str));
                let ran = self.workspace.run(&arguments);
                if ran.code != Some(0) {
                    tally.faults.push(format!("resolve {choice}: {ran:?}"));
                }
            }
        }
        self.doubts = 0;
        self.send(server, true, None);
        let balance = self.deliveries().0;
        if !balance.is_some_and(|balance| balance.is_complete()) {
            tally.faults.push(format!("a send that should be finished is not: {balance:?}"));
        }
        let receipts = server.receipts();
        for number in 0..PEOPLE {
            let address = format!("reader{number}@example.org");
            let copies = receipts.get(&address).copied().unwrap_or_default();
            if copies != blindly.get(&address).copied().unwrap_or(1) {
                tally.faults.push(format!("in the end {address} has {copies} copies"));
            }
        }
        tally.sends += 1;
    }
}

/// Has the process killed, and returns once it is dead.
fn kill(orders: &Sender<Order>) {
    let (order, dead) = channel();
    if orders.send(order).is_ok() {
        let _ = dead.recv();
    }
}

/// Reads the log, and has the process killed at a step.
fn listen(log: File, step: &str, nth: usize, orders: &Sender<Order>) {
    let words = format!("\"{step}\"");
    let mut left = nth;
    for line in BufReader::new(log).lines() {
        let line = line.expect("the log is text");
        if line.ends_with("END") {
            return;
        }
        if line.contains(&words) {
            left = left.saturating_sub(1);
            if left == 0 {
                kill(orders);
            }
        }
    }
}

/// Follows a process to its end, and kills it when told. Whether it was.
fn follow(child: &mut Child, orders: Sender<Order>, kills: &Receiver<Order>) -> bool {
    let mut output = child.stdout.take().expect("piped");
    let (over, is_over) = channel();
    let ended = thread::spawn(move || {
        let _ = output.read_to_end(&mut Vec::new());
        let _ = over.send(());
        // Wakes whoever waits for an order, by an order that nobody waits for.
        let _ = orders.send(channel().0);
    });
    let mut is_killed = false;
    while let Ok(order) = kills.recv() {
        if is_over.try_recv().is_ok() {
            drop(order);
            break;
        }
        child.kill().expect("a process of our own");
        // One that had just come to its end by itself was not killed.
        is_killed = child.wait().expect("it ends").signal() == Some(SIGKILL);
        let _ = order.send(());
    }
    ended.join().expect("no panic");
    child.wait().expect("it ends");
    is_killed
}

/// What was asked for on the command line; what `cargo test` itself says to tests is passed over.
fn asked(name: &str, default: u64) -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name);
    let value = at.and_then(|at| arguments.get(at + 1));
    value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} wants a number")))
}

fn main() -> ExitCode {
    let kills = usize::try_from(asked("--kills", 200)).expect("a number of kills");
    let seed = asked("--seed", u64::from(std::process::id()));
    let (server, mut chance, mut tally) = (Server::start(), Chance(seed), Tally::default());
    let mut trial = Trial::new(&server, &mut chance);
    while tally.killed() < kills && tally.faults.is_empty() {
        let moment = chance.moment();
        let is_killed = trial.send(&server, chance.below(3) > 0, Some(moment));
        if is_killed {
            *tally.kills.entry(moment.kind()).or_default() += 1;
            if tally.killed() % 500 == 0 {
                println!("{} kills, {} sends finished", tally.killed(), tally.sends);
            }
        }
        let balance = trial.judge(&server, Some(moment), &mut tally);
        if balance.is_some_and(|balance| balance.pending == 0) {
            trial.conclude(&server, &mut tally);
            trial = Trial::new(&server, &mut chance);
        }
    }
    // The last send is brought to its end as well.
    trial.send(&server, true, None);
    trial.judge(&server, None, &mut tally);
    trial.conclude(&server, &mut tally);
    println!("\n{:<28}{:>6}", "killed", "times");
    for (kind, count) in &tally.kills {
        println!("{kind:<28}{count:>6}");
    }
    println!(
        "{} kills, {} sends finished, in doubt {} (at most {} after one kill), lost or doubled {}; --seed {seed}",
        tally.killed(),
        tally.sends,
        tally.doubts,
        tally.most_doubts,
        tally.faults.len()
    );
    for fault in &tally.faults {
        println!("fault: {fault}");
    }
    println!("kill: {} passed, {} failed", tally.sends, tally.faults.len());
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
