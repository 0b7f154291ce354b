//! A small mail server that answers by the recipient's name: for what a person sees after a send that did not go smoothly.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::workspace::{NEWSLETTER, Workspace};

/// Messages with their recipients, in the order in which they were taken.
type Taken = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server on loopback, for as long as the test process lives. By the recipient's local part:
/// - `gone…` is refused (550), `later…` deferred (451), both with the address in the server's words;
/// - `slow…` is taken, and answered once what [`Relay::held`] gives is dropped;
/// - `mute…` is taken without an answer, the connection closed, the first time; the second time it is taken like everybody else.
pub(crate) struct Relay {
    port: u16,
    taken: Taken,
    /// Told of each message that waits for its answer.
    held: Receiver<Sender<()>>,
}

impl Relay {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let taken = Taken::default();
        let mute = Arc::<Mutex<BTreeSet<String>>>::default();
        let kept = Arc::clone(&taken);
        let (hold, waiting) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (taken, mute, hold) = (Arc::clone(&kept), Arc::clone(&mute), hold.clone());
                // The client's end of the connection is no failure of the test.
                thread::spawn(move || drop(talk(&stream, &taken, &mute, &hold)));
            }
        });
        Self { port, taken, held: waiting }
    }

    /// Writes a `newsletter.toml` that sends here, over one connection, with `more` before its tables.
    pub(crate) fn serve(&self, workspace: &Workspace, more: &str) {
        let relay = format!("\n[relay]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = 1\n", self.port);
        workspace.write("newsletter.toml", format!("{more}\n{NEWSLETTER}{relay}"));
    }

    /// Waits until a message is taken whose answer is held back; whoever drops what this gives has it answered.
    pub(crate) fn held(&self) -> Sender<()> {
        self.held.recv().expect("the server lives")
    }

    /// Every message taken so far with its recipient, in order.
    pub(crate) fn taken(&self) -> Vec<(String, Vec<u8>)> {
        self.taken.lock().expect("the other threads live").clone()
    }
}

fn talk(stream: &TcpStream, taken: &Taken, mute: &Mutex<BTreeSet<String>>, hold: &Sender<Sender<()>>) -> std::io::Result<()> {
    let mut input = BufReader::new(stream.try_clone()?);
    let mut output = stream;
    let mut say = |words: &str| output.write_all(format!("{words}\r\n").as_bytes());
    say("220 relay.example ESMTP")?;
    let mut recipient = String::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                if address.starts_with("gone") {
                    say(&format!("550 5.1.1 <{address}>: user unknown"))?;
                } else if address.starts_with("later") {
                    say(&format!("451 4.2.1 <{address}>: try again later"))?;
                } else {
                    recipient = address;
                    say("250 ok")?;
                }
            }
            "DATA" => {
                say("354 go")?;
                let mut message = Vec::new();
                while !message.ends_with(b"\r\n.\r\n") {
                    if input.read_until(b'\n', &mut message)? == 0 {
                        return Ok(());
                    }
                }
                taken.lock().expect("no other thread panicked").push((recipient.clone(), message));
                if recipient.starts_with("mute") && mute.lock().expect("no other thread panicked").insert(recipient.clone()) {
                    return stream.shutdown(std::net::Shutdown::Both);
                }
                if recipient.starts_with("slow") {
                    let (answer, answered) = channel();
                    let _ = hold.send(answer);
                    // In error only: nothing is ever sent.
                    let _ = answered.recv();
                }
                say("250 taken")?;
            }
            "EHLO" => say("250-relay.example\r\n250 8BITMIME")?,
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}
