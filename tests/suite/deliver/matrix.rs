//! Every fault at every phase, with commands in groups and one by one, with TLS and without: each recipient ends where the server's
//! own record puts them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::pending;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use jiff::Timestamp;
use postrider::deliver::{Body, send};
use postrider::ledger::{Balance, Claim, ClaimId, Deliveries, Kind, Ledger, LedgerError, Outcome, Run, State};
use postrider::model::address::Address;
use postrider::model::relay::{Relay, Tls};

use super::faulty::{Fault, Known, Manner, Phase, Record, start};
use super::project::Project;

const PEOPLE: [&str; 4] = ["a@example.org", "b@example.org", "c@example.org", "d@example.org"];

/// A run that knows at any moment for whom the disk says that a body is on its way.
#[derive(Clone)]
struct Watched {
    run: Run,
    names: Arc<Mutex<HashMap<ClaimId, String>>>,
    in_data: Arc<Mutex<BTreeSet<String>>>,
}

impl Deliveries for Watched {
    async fn claim(&self, limit: usize, now: Timestamp) -> Result<Vec<Claim>, LedgerError> {
        let claims = self.run.claim(limit, now).await?;
        self.names.lock().unwrap().extend(claims.iter().map(|claim| (claim.id, claim.address.wire())));
        Ok(claims)
    }

    async fn advance(&self, done: Option<(ClaimId, Outcome)>, next: Option<ClaimId>) -> Result<(), LedgerError> {
        let name = |id| self.names.lock().unwrap()[&id].clone();
        let (past, next_name) = (done.as_ref().map(|(id, _)| name(*id)), next.map(name));
        self.run.advance(done, next).await?;
        let mut in_data = self.in_data.lock().unwrap();
        past.map(|past| in_data.remove(&past));
        in_data.extend(next_name);
        Ok(())
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

/// What comes of one cell: where everyone stands and why, whether the run stopped, and the server's record.
struct Ended {
    states: BTreeMap<String, (State, String)>,
    stopped: Option<String>,
    record: Record,
}

/// A message of its recipient's own, with dots where they hurt.
fn message(address: &str) -> Vec<u8> {
    format!("To: {address}\r\n\r\n.\r\n..{address}\r\n").into_bytes()
}

/// A folder in memory, where there is one: the suite waits for no disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

async fn run(manner: Manner) -> Ended {
    let in_data = Arc::<Mutex<BTreeSet<String>>>::default();
    let known = Arc::clone(&in_data);
    let at_first_octet = move |to: &str| {
        if known.lock().unwrap().contains(to) { Ok(()) } else { Err(format!("the body for {to} left before the disk knew")) }
    };
    let (address, record) = start(manner, Arc::new(at_first_octet)).await;
    let relay = Relay { connections: 1, ..Relay::new("127.0.0.1".to_owned(), address.port(), Tls::None) };
    let mut project = Project { folder: folder(), ..Project::new(relay) };
    if manner.is_tls {
        project = project.with_tls(Tls::Implicit);
    }
    let watched = Watched { run: project.begin(&PEOPLE).await.unwrap(), names: Arc::default(), in_data };
    let (mut job, _events) = project.job();
    job.compose = Arc::new(|address: &Address| Body::parse(message(&address.wire()).into()));
    let summary = send(job, watched, pending()).await.unwrap();
    assert!(summary.balance.is_balanced(), "{manner:?}: {}", summary.balance);
    let ledger = Ledger::open(project.folder.path()).unwrap();
    let deliveries = ledger.deliveries("2023-q3", Kind::Issue, &State::ALL).await.unwrap();
    let states = deliveries.into_iter().map(|d| (d.address.wire(), (d.state, d.reason.unwrap_or_default()))).collect();
    let record = std::mem::take(&mut *record.lock().unwrap());
    Ended { states, stopped: summary.stopped.map(|stop| stop.to_string()), record }
}

/// Where the server's record puts a recipient. Pending is right only where the run had to stop.
fn justified(manner: Manner, address: &str, known: &Known, has_stopped: bool) -> Vec<State> {
    let (phase, fault) = (manner.phase, manner.fault);
    let by_code = |code: Option<u16>| match code {
        Some(..400) => State::Accepted,
        Some(400..500) => State::Deferred,
        Some(_) => State::Refused,
        None => State::Ambiguous,
    };
    // A 354 that comes early: a reply is missing, for all that the client can know, and that may be the one to the body before.
    let is_early = fault == Fault::Nonsense && matches!(phase, Phase::Mail | Phase::Rcpt) && manner.is_pipelining;
    if address == "a@example.org" && is_early {
        return vec![State::Ambiguous];
    }
    match (known.messages.last(), known.refusal) {
        (Some((_, code)), _) => vec![by_code(*code)],
        // A refusal of the sender is about us.
        (None, Some(500..)) if phase == Phase::Mail => vec![State::Pending],
        (None, Some(code)) => vec![by_code(Some(code))],
        // The server hung up over a body of which it had read a line. The rest had left.
        (None, None) if phase == Phase::Inside && address == "b@example.org" => match fault {
            Fault::DropAfter => vec![State::Accepted],
            Fault::Closing => vec![State::Deferred],
            _ => vec![State::Ambiguous],
        },
        (None, None) if has_stopped => vec![State::Pending],
        (None, None) => Vec::new(),
    }
}

/// Whether the fault is one that must stop the run: it is about us, and will not go away.
fn must_stop(manner: Manner) -> bool {
    let is_refusal = matches!(manner.fault, Fault::Permanent | Fault::RefusedYetCalled);
    match manner.phase {
        Phase::Greeting | Phase::Hello | Phase::Mail => is_refusal,
        // Whoever does not speak TLS will not the next time.
        Phase::Handshake => matches!(manner.fault, Fault::Garbage | Fault::Flood | Fault::Drip),
        _ => false,
    }
}

fn judge(manner: Manner, ended: &Ended) {
    let Ended { states, stopped, record } = ended;
    assert!(record.has_fired, "{manner:?}: the fault was never met");
    assert_eq!(record.violations, [""; 0], "{manner:?}");
    assert_eq!(stopped.is_some(), must_stop(manner), "{manner:?}: {stopped:?} {states:?}");
    for address in PEOPLE {
        let (state, reason) = &states[address];
        let known = record.recipients.get(address).cloned().unwrap_or_default();
        let justified = justified(manner, address, &known, stopped.is_some());
        assert!(justified.contains(state), "{manner:?}: {address} is {state:?} ({reason}), not {justified:?}: {known:?}");
        assert!(known.messages.len() <= 1, "{manner:?}: {address} got it twice");
        for (octets, _) in &known.messages {
            assert_eq!(octets, &message(address), "{manner:?}: {address}");
        }
        if matches!(state, State::Refused | State::Deferred) {
            assert!(reason.contains(address), "{manner:?}: {address} bears another's reply: {reason}");
        }
    }
}

/// The faults that can be at a phase.
fn is_possible(phase: Phase, fault: Fault, is_tls: bool) -> bool {
    match phase {
        Phase::Handshake => {
            is_tls && matches!(fault, Fault::Drop | Fault::Stall | Fault::Garbage | Fault::Flood | Fault::Drip | Fault::Late)
        }
        // Only an envelope can be refused and yet be followed by DATA.
        Phase::Inside | Phase::End => fault != Fault::RefusedYetCalled,
        _ => true,
    }
}

#[tokio::test]
#[allow(clippy::print_stdout, reason = "how many cells ran is a figure to quote")]
async fn every_fault_at_every_phase_leaves_each_recipient_where_the_servers_record_puts_them() {
    // Time stands still until the server moves it; a blocking task that goes on keeps it from running by itself.
    tokio::time::pause();
    let (release, blocked) = mpsc::channel::<()>();
    let standstill = tokio::task::spawn_blocking(move || blocked.recv());
    let mut cells = 0;
    for is_tls in [false, true] {
        for is_pipelining in [false, true] {
            for phase in Phase::ALL {
                for fault in Fault::ALL.into_iter().filter(|&fault| is_possible(phase, fault, is_tls)) {
                    let manner = Manner { phase, fault, is_pipelining, is_tls };
                    judge(manner, &run(manner).await);
                    cells += 1;
                }
            }
        }
    }
    println!("{cells} cells");
    assert_eq!(cells, 2 * (2 * (5 * 18 + 2 * 17) + 6));
    drop(release);
    let _ = standstill.await;
}
