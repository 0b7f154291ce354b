//! An SMTP server that counts what it takes, and has its client killed at a step of the dialogue.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

/// A step of the dialogue, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Connected,
    Hello,
    Mail,
    Rcpt,
    /// DATA was heard, 354 is not said.
    Data,
    FirstLine,
    MiddleOfBody,
    /// The message is taken, and the client is not told.
    Taken,
    /// The client was told.
    Told,
}

impl Step {
    pub(crate) const ALL: [Self; 9] = [
        Self::Connected,
        Self::Hello,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::FirstLine,
        Self::MiddleOfBody,
        Self::Taken,
        Self::Told,
    ];
}

/// Asks for the client to be killed; whoever does it answers once it is dead.
pub(crate) type Order = Sender<()>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    closed: Condvar,
}

#[derive(Default)]
struct State {
    receipts: BTreeMap<String, usize>,
    open: usize,
    is_pipelining: bool,
    plan: Option<Plan>,
}

/// At the `left`-th time that a step is reached, the client is to be killed.
struct Plan {
    step: Step,
    left: usize,
    orders: Sender<Order>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, shared) = (listener.local_addr().expect("bound"), Arc::<Shared>::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                serving.state().open += 1;
                let shared = Arc::clone(&serving);
                thread::spawn(move || {
                    // A connection that ends in the middle is what all this is about.
                    let _ = shared.serve(&stream);
                    shared.state().open -= 1;
                    shared.closed.notify_all();
                });
            }
        });
        Self { address, shared }
    }

    /// For the next client: whether commands may come in groups, and at the how many-th time of a step it is to be killed.
    pub(crate) fn plan(&self, is_pipelining: bool, plan: Option<(Step, usize)>, orders: &Sender<Order>) {
        let mut state = self.shared.state();
        state.is_pipelining = is_pipelining;
        state.plan = plan.map(|(step, left)| Plan { step, left, orders: orders.clone() });
    }

    /// Forgets the plan, and waits until all connections of a client that ended are read to their ends.
    pub(crate) fn settle(&self) {
        self.shared.state().plan = None;
        // Connections are accepted in order: once this one is greeted, none of the client's waits for that any more.
        let probe = TcpStream::connect(self.address).expect("the server lives");
        BufReader::new(&probe).read_line(&mut String::new()).expect("a greeting");
        drop(probe);
        let state = self.shared.closed.wait_while(self.shared.state(), |state| state.open > 0);
        drop(state.expect("no thread panics while it holds the state"));
    }

    /// How often each recipient was taken.
    pub(crate) fn receipts(&self) -> BTreeMap<String, usize> {
        self.shared.state().receipts.clone()
    }

    pub(crate) fn forget(&self) {
        self.shared.state().receipts.clear();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }

    /// Has the client killed where this is the step planned for it.
    fn reach(&self, step: Step) {
        let orders = {
            let mut state = self.state();
            match &mut state.plan {
                Some(plan) if plan.step == step && plan.left > 1 => {
                    plan.left -= 1;
                    return;
                }
                Some(plan) if plan.step == step => {}
                _ => return,
            }
            state.plan.take().map(|plan| plan.orders)
        };
        let (order, dead) = channel();
        if orders.is_some_and(|orders| orders.send(order).is_ok()) {
            let _ = dead.recv();
        }
    }

    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let (mut input, mut output) = (BufReader::new(stream), stream);
        self.reach(Step::Connected);
        output.write_all(b"220 relay.example ESMTP\r\n")?;
        let (mut recipient, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let command = line.trim_end();
            let reply: &[u8] = match command.get(..4).unwrap_or_default() {
                "EHLO" => {
                    self.reach(Step::Hello);
                    if self.state().is_pipelining { b"250-relay.example\r\n250 PIPELINING\r\n" } else { b"250 relay.example\r\n" }
                }
                "MAIL" => {
                    self.reach(Step::Mail);
                    b"250 ok\r\n"
                }
                "RCPT" => {
                    let address = command.trim_start_matches("RCPT TO:<").split('>').next().unwrap_or_default();
                    address.clone_into(&mut recipient);
                    self.reach(Step::Rcpt);
                    b"250 ok\r\n"
                }
                "DATA" => {
                    self.reach(Step::Data);
                    output.write_all(b"354 go\r\n")?;
                    if !self.take(&mut input)? {
                        return Ok(());
                    }
                    *self.state().receipts.entry(recipient.clone()).or_default() += 1;
                    self.reach(Step::Taken);
                    output.write_all(b"250 taken\r\n")?;
                    self.reach(Step::Told);
                    continue;
                }
                "QUIT" => return output.write_all(b"221 bye\r\n"),
                _ => b"250 ok\r\n",
            };
            output.write_all(reply)?;
        }
    }

    /// Reads a message; whether it came to its end.
    fn take(&self, input: &mut impl BufRead) -> io::Result<bool> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(false);
            }
            match number {
                1 => self.reach(Step::FirstLine),
                20 => self.reach(Step::MiddleOfBody),
                _ => {}
            }
            if line == b".\r\n" {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
