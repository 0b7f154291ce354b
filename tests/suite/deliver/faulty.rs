//! A server that behaves well but for one fault at one place, and keeps a record by which the client can be judged.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::peer::{Stream, acceptor};

/// How far the clock moves at a time.
const TICK: Duration = Duration::from_secs(5);

/// Where the fault is: before or in place of the answer to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Handshake,
    Greeting,
    Hello,
    Mail,
    Rcpt,
    Data,
    /// After the first line of the body.
    Inside,
    /// The final dot.
    End,
}

impl Phase {
    pub(super) const ALL: [Self; 8] =
        [Self::Handshake, Self::Greeting, Self::Hello, Self::Mail, Self::Rcpt, Self::Data, Self::Inside, Self::End];
}

/// What goes wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection is closed without an answer.
    Drop,
    /// The answer, then the end.
    DropAfter,
    /// No answer until the client is gone.
    Stall,
    /// The answer once the client is gone.
    Late,
    /// The answer after a minute, which is within every deadline.
    Slow,
    /// An answer that never ends, an octet now and then.
    Drip,
    /// An answer that never ends, at once.
    Flood,
    Temporary,
    Permanent,
    /// 421, and the end.
    Closing,
    Garbage,
    /// A code that makes no sense there.
    Nonsense,
    /// The answer octet by octet.
    Split,
    /// The answer in several lines.
    Multiline,
    /// The answer without words, as RFC 5321 §4.2 lets servers give it.
    Bare,
    /// The answer twice.
    Twice,
    /// The answer, and its opposite.
    Contradiction,
    /// A refusal, and yet 354 to the DATA that follows.
    RefusedYetCalled,
}

impl Fault {
    pub(super) const ALL: [Self; 18] = [
        Self::Drop,
        Self::DropAfter,
        Self::Stall,
        Self::Late,
        Self::Slow,
        Self::Drip,
        Self::Flood,
        Self::Temporary,
        Self::Permanent,
        Self::Closing,
        Self::Garbage,
        Self::Nonsense,
        Self::Split,
        Self::Multiline,
        Self::Bare,
        Self::Twice,
        Self::Contradiction,
        Self::RefusedYetCalled,
    ];
}

/// One way to behave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) phase: Phase,
    pub(super) fault: Fault,
    pub(super) is_pipelining: bool,
    pub(super) is_tls: bool,
}

/// What the server knows of a recipient.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Whole messages, final dot included, each with the code that was clearly said to it.
    pub(super) messages: Vec<(Vec<u8>, Option<u16>)>,
    /// A refusal of the envelope that was clearly said.
    pub(super) refusal: Option<u16>,
    /// Whether a body was begun and its end never read.
    pub(super) is_cut: bool,
}

#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) recipients: BTreeMap<String, Known>,
    pub(super) connections: usize,
    pub(super) has_fired: bool,
    /// Commands that make no sense where they came.
    pub(super) violations: Vec<String>,
    mails: usize,
}

/// Asked at the first octet of a body, with its recipient: what must hold by then.
pub(super) type AtFirstOctet = dyn Fn(&str) -> Result<(), String> + Send + Sync;

/// Starts the server. The fault meets the second recipient, who must be `b@example.org`; before MAIL, the first connection.
pub(super) async fn start(manner: Manner, at_first_octet: Arc<AtFirstOctet>) -> (SocketAddr, Arc<Mutex<Record>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let record = Arc::<Mutex<Record>>::default();
    let kept = Arc::clone(&record);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (record, at_first_octet) = (Arc::clone(&record), Arc::clone(&at_first_octet));
            record.lock().unwrap().connections += 1;
            tokio::spawn(async move {
                // That the client hangs up is its right.
                let _ = serve(manner, stream, record, at_first_octet).await;
            });
        }
    });
    (address, kept)
}

async fn serve(
    manner: Manner,
    stream: TcpStream,
    record: Arc<Mutex<Record>>,
    at_first_octet: Arc<AtFirstOctet>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut talk = Talk {
        manner,
        stream: BufReader::new(Box::new(stream)),
        record,
        at_first_octet,
        is_called_wrongly: false,
        is_over: false,
    };
    if manner.is_tls {
        let is_first = !talk.record.lock().unwrap().has_fired;
        if manner.phase == Phase::Handshake && is_first {
            talk.answer(Phase::Handshake, "220 no TLS here").await?;
            if talk.is_over {
                return Ok(());
            }
        }
        let plain = std::mem::replace(&mut talk.stream, BufReader::new(Box::new(tokio::io::empty())));
        talk.stream = BufReader::new(Box::new(acceptor().accept(plain).await?));
    }
    talk.answer(Phase::Greeting, "220 relay.example ESMTP").await?;
    talk.converse().await?;
    talk.stream.shutdown().await
}

struct Talk {
    manner: Manner,
    stream: BufReader<Box<dyn Stream>>,
    record: Arc<Mutex<Record>>,
    at_first_octet: Arc<AtFirstOctet>,
    /// Whether DATA is to be answered with 354 whatever was refused.
    is_called_wrongly: bool,
    is_over: bool,
}

impl Talk {
    async fn converse(&mut self) -> io::Result<()> {
        let (mut has_mail, mut is_excused, mut recipient) = (false, false, None::<String>);
        while !self.is_over {
            let command = self.hear().await?;
            let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let group = if self.manner.is_pipelining { "250-PIPELINING\r\n" } else { "" };
                    self.answer(Phase::Hello, &format!("250-relay.example\r\n{group}250-8BITMIME\r\n250 SIZE 50000000")).await?;
                }
                "MAIL" if !has_mail => {
                    self.record.lock().unwrap().mails += 1;
                    let code = self.answer(Phase::Mail, "250 2.1.0 sender taken").await?;
                    has_mail = !matches!(code, Some(400..));
                    is_excused = !has_mail;
                    if is_excused {
                        self.know("b@example.org", |known| known.refusal = code);
                    }
                }
                "RCPT" if has_mail && recipient.is_none() => {
                    let to = command.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let code = self.answer_about(Phase::Rcpt, &to, &format!("250 2.1.5 {to}")).await?;
                    if matches!(code, Some(400..)) {
                        self.know(&to, |known| known.refusal = code);
                        is_excused = true;
                    } else {
                        recipient = Some(to);
                    }
                }
                "DATA" if recipient.is_some() || self.is_called_wrongly => {
                    let to = recipient.take();
                    let code = match &to {
                        Some(to) => self.answer_about(Phase::Data, to, "354 go on").await?,
                        None => self.write("354 go on").await.map(|()| Some(354))?,
                    };
                    if self.is_over {
                        return Ok(());
                    }
                    has_mail = matches!(code, Some(400..));
                    is_excused = has_mail;
                    match to {
                        Some(to) if has_mail => self.know(&to, |known| known.refusal = code),
                        // With another code than 354 the server waits for commands, whatever the client makes of it.
                        _ if code.is_none() && self.manner.fault == Fault::Nonsense => {}
                        to => self.take(to).await?,
                    }
                }
                "RSET" => {
                    (has_mail, is_excused, recipient) = (false, false, None);
                    self.write("250 2.0.0 forgotten").await?;
                }
                "QUIT" => {
                    self.write("221 2.0.0 bye").await?;
                    return Ok(());
                }
                _ => {
                    if !is_excused {
                        self.record.lock().unwrap().violations.push(command);
                    }
                    self.write("503 5.5.1 bad sequence").await?;
                }
            }
        }
        Ok(())
    }

    /// Takes a body up to its final dot, and answers; without a recipient, it must be empty.
    async fn take(&mut self, recipient: Option<String>) -> io::Result<()> {
        let mut message = Vec::new();
        let mut early = None;
        if let Some(to) = &recipient {
            self.know(to, |known| known.is_cut = true);
        }
        loop {
            let line = self.hear_line().await?;
            if message.is_empty()
                && let Some(to) = &recipient
            {
                if let Err(why) = (self.at_first_octet)(to) {
                    self.record.lock().unwrap().violations.push(why);
                }
                if self.manner.phase == Phase::Inside && self.fires(to) {
                    early = Some(self.answer(Phase::Inside, &format!("250 2.0.0 taken early {to}")).await?);
                    if self.is_over {
                        return Ok(());
                    }
                }
            }
            if line == b".\r\n" {
                break;
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.is_called_wrongly = false;
        let Some(to) = recipient else {
            if !message.is_empty() {
                self.record.lock().unwrap().violations.push("a body for nobody".to_owned());
            }
            return self.write("554 5.5.1 no valid recipients").await;
        };
        // Noted before the answer: a client that is killed by it must find it here.
        self.know(&to, |known| {
            known.is_cut = false;
            known.messages.push((message, None));
        });
        let code = match early {
            Some(code) => code,
            None => self.answer_about(Phase::End, &to, &format!("250 2.0.0 taken {to}")).await?,
        };
        self.know(&to, |known| known.messages.last_mut().unwrap().1 = code);
        Ok(())
    }

    fn know(&self, recipient: &str, note: impl FnOnce(&mut Known)) {
        note(self.record.lock().unwrap().recipients.entry(recipient.to_owned()).or_default());
    }

    /// Whether the fault meets this recipient, now.
    fn fires(&self, recipient: &str) -> bool {
        recipient == "b@example.org" && !self.record.lock().unwrap().has_fired
    }

    async fn answer_about(&mut self, phase: Phase, recipient: &str, proper: &str) -> io::Result<Option<u16>> {
        if self.fires(recipient) {
            self.answer(phase, proper).await
        } else {
            self.write(proper).await?;
            Ok(proper[..3].parse().ok())
        }
    }

    /// Answers, properly or by the fault. Gives the code if it was said clearly.
    async fn answer(&mut self, phase: Phase, proper: &str) -> io::Result<Option<u16>> {
        let is_due = {
            let mut record = self.record.lock().unwrap();
            let is_due = self.manner.phase == phase && !record.has_fired && (phase != Phase::Mail || record.mails == 2);
            record.has_fired |= is_due;
            is_due
        };
        let code = proper[..3].parse().ok();
        if !is_due {
            return self.write(proper).await.map(|()| code);
        }
        let refusal = |class: &str| format!("{class} b@example.org refused");
        match self.manner.fault {
            Fault::Drop => {
                self.is_over = true;
                Ok(None)
            }
            Fault::DropAfter => {
                self.is_over = true;
                self.write(proper).await.map(|()| code)
            }
            Fault::Stall => self.outlast(b"").await.map(|()| None),
            Fault::Late => {
                let outlasted = self.outlast(b"").await;
                // Nobody is there to take it.
                let _ = self.write(proper).await;
                outlasted.map(|()| None)
            }
            Fault::Slow => {
                for _ in 0..11 {
                    tokio::time::advance(TICK).await;
                }
                self.write(proper).await.map(|()| code)
            }
            Fault::Drip => self.outlast(b"250-drip\r\n").await.map(|()| None),
            Fault::Flood => {
                self.stream.write_all(&vec![b'2'; 100_000]).await?;
                self.stream.flush().await?;
                self.outlast(b"").await.map(|()| None)
            }
            Fault::Temporary => self.write(&refusal("451 4.7.1")).await.map(|()| Some(451)),
            Fault::Permanent => self.write(&refusal("550 5.1.1")).await.map(|()| Some(550)),
            Fault::RefusedYetCalled => {
                self.is_called_wrongly = true;
                self.write(&refusal("550 5.1.1")).await.map(|()| Some(550))
            }
            Fault::Closing => {
                self.is_over = true;
                self.write(&refusal("421 4.3.2")).await.map(|()| if phase == Phase::End { Some(421) } else { None })
            }
            Fault::Garbage => self.write("gibberish").await.map(|()| None),
            Fault::Nonsense => self.write(if code == Some(354) { "250 what" } else { "354 what" }).await.map(|()| None),
            Fault::Split => {
                for octet in format!("{proper}\r\n").bytes() {
                    self.stream.write_all(&[octet]).await?;
                    self.stream.flush().await?;
                    tokio::task::yield_now().await;
                }
                Ok(code)
            }
            Fault::Multiline => {
                let digits = &proper[..3];
                self.write(&format!("{digits}-one\r\n{digits}-\r\n{proper}")).await.map(|()| code)
            }
            Fault::Bare => self.write(&proper[..3]).await.map(|()| code),
            Fault::Twice => self.write(&format!("{proper}\r\n{proper}")).await.map(|()| code),
            Fault::Contradiction => self.write(&format!("{proper}\r\n550 5.1.1 no")).await.map(|()| None),
        }
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// Lets the clock run until the client hangs up, dripping an octet at each tick; fails then.
    async fn outlast(&mut self, drips: &[u8]) -> io::Result<()> {
        let mut drips = drips.iter().cycle();
        for _ in 0..50_000 {
            tokio::time::advance(TICK).await;
            if let Some(drip) = drips.next() {
                self.stream.write_all(&[*drip]).await?;
                self.stream.flush().await?;
            }
            let heard = poll_fn(|cx| Poll::Ready(Pin::new(&mut self.stream).poll_fill_buf(cx).map_ok(<[u8]>::len))).await;
            match heard {
                Poll::Ready(Ok(0) | Err(_)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Poll::Ready(Ok(count)) => self.stream.consume(count),
                Poll::Pending => {}
            }
        }
        panic!("the client waits for ever: {:?}", self.manner);
    }

    async fn hear(&mut self) -> io::Result<String> {
        Ok(String::from_utf8(self.hear_line().await?).unwrap().trim_end().to_owned())
    }

    async fn hear_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(line)
    }
}
