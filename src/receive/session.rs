//! The dialogue with one client (RFC 5321 §4.1.4): which command may come when, and what each does.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Limits;
use super::command::{Command, MailParameters};
use super::data::Decoder;
use super::fault::{Fault, Place, Violation};
use super::line::{CommandLine, Progress};
use super::reply::Reply;
use super::spool::{Envelope, Spool};
use super::wire::{NoInput, Wire};

/// What the sessions of one receiver have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) spool: Arc<Spool>,
    violations: Mutex<Vec<Violation>>,
}

impl Shared {
    pub(super) fn new(limits: Limits, spool: Spool) -> Self {
        Self { limits, spool: Arc::new(spool), violations: Mutex::default() }
    }

    pub(super) fn violations(&self) -> MutexGuard<'_, Vec<Violation>> {
        self.violations.lock().expect("nothing panics while it holds the list")
    }
}

/// Speaks with the client at the other end of `stream` until either side has had enough.
///
/// `stop` ends the dialogue at the next pause between commands; a message under way may take one more step's time to come to its
/// end.
pub(super) async fn converse<S>(stream: S, connection: u64, shared: Arc<Shared>, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut session = Session {
        connection,
        stop,
        wire: Wire::new(stream),
        line: CommandLine::default(),
        hello: None,
        transaction: None,
        is_excused: false,
        commands: 0,
        messages: 0,
        faults_left: shared.limits.faults,
        shared,
    };
    session.wire.queue(&Reply::greeting());
    let ending = loop {
        if let Err(ending) = session.turn().await {
            break ending;
        }
    };
    session.close(ending).await;
}

#[derive(Debug)]
struct Session<S> {
    connection: u64,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
    wire: Wire<S>,
    line: CommandLine,
    hello: Option<Hello>,
    transaction: Option<Envelope>,
    /// Whether a command of this transaction was refused. A pipelining client has then sent the commands that build on it
    /// already, and they are refused without being held against it (RFC 2920 §3.1).
    is_excused: bool,
    commands: u64,
    messages: u64,
    faults_left: usize,
}

/// How the client introduced itself.
#[derive(Debug)]
struct Hello {
    name: String,
    /// With EHLO, so that the extensions are on offer.
    is_extended: bool,
}

/// Why a dialogue is over.
#[derive(Debug)]
enum Ending {
    Quit,
    /// Nothing more came between commands.
    BetweenCommands(NoInput),
    /// Nothing more came within a message.
    WithinMessage(NoInput),
    /// A bare CR or LF: what follows cannot be trusted to be a command.
    Untrusted,
    TooManyFaults,
}

/// Why a command is not answered with what it asked for.
#[derive(Debug)]
enum Setback {
    /// It is refused, and the dialogue goes on.
    Fault(Fault),
    /// The dialogue is over.
    Ending(Ending),
}

impl From<Fault> for Setback {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Ending> for Setback {
    fn from(ending: Ending) -> Self {
        Self::Ending(ending)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Reads one command and answers it.
    async fn turn(&mut self) -> Result<(), Ending> {
        match self.answer().await {
            Ok(reply) => {
                self.is_excused |= reply.is_refusal();
                self.wire.queue(&reply);
            }
            Err(Setback::Fault(fault)) => self.refuse(fault),
            Err(Setback::Ending(ending)) => return Err(ending),
        }
        if self.faults_left == 0 { Err(Ending::TooManyFaults) } else { Ok(()) }
    }

    async fn answer(&mut self) -> Result<Reply, Setback> {
        let command = self.read_command().await?;
        let may_more_follow = self.offers_extensions() && !command.ends_group();
        if !may_more_follow && !self.wire.input().is_empty() {
            self.note(self.command_place(), Fault::SpokeTooSoon);
        }
        match command {
            Command::Ehlo(name) => Ok(self.greet(name, true)),
            Command::Helo(name) => Ok(self.greet(name, false)),
            Command::Mail { sender, parameters } => Ok(self.mail(sender, parameters)?),
            Command::Rcpt(recipient) => Ok(self.rcpt(recipient)?),
            Command::Data => {
                let envelope = self.start_message()?;
                Ok(self.receive(envelope).await.map_err(Ending::WithinMessage)?)
            }
            Command::Rset => {
                self.reset();
                Ok(Reply::done())
            }
            Command::Noop => Ok(Reply::done()),
            Command::Vrfy => Ok(Reply::cannot_verify()),
            Command::Help => Ok(Reply::help()),
            Command::Quit => {
                self.wire.queue(&Reply::bye());
                Err(Ending::Quit.into())
            }
        }
    }

    async fn read_command(&mut self) -> Result<Command, Setback> {
        let deadline = Instant::now() + self.shared.limits.step;
        self.line.clear();
        self.commands += 1;
        loop {
            self.wire.wait(deadline, Some(&mut self.stop)).await.map_err(Ending::BetweenCommands)?;
            let (taken, progress) = self.line.feed(self.wire.input());
            self.wire.consume(taken);
            match progress {
                Progress::Unfinished => {}
                Progress::Finished => return Ok(Command::parse(self.line.text())?),
                Progress::Broken(fault) => {
                    self.refuse(fault);
                    return Err(Ending::Untrusted.into());
                }
            }
        }
    }

    /// EHLO and HELO may come at any time, and end a transaction as RSET does (RFC 5321 §4.1.4).
    fn greet(&mut self, name: String, is_extended: bool) -> Reply {
        self.reset();
        self.hello = Some(Hello { name, is_extended });
        if is_extended { Reply::extensions(self.shared.limits.message_octets) } else { Reply::hello() }
    }

    fn mail(&mut self, sender: String, parameters: MailParameters) -> Result<Reply, Fault> {
        let hello = self.hello.as_ref().ok_or(Fault::OutOfOrder("MAIL before EHLO or HELO"))?;
        if self.transaction.is_some() {
            return Err(Fault::OutOfOrder("MAIL within a transaction, which DATA or RSET must end first"));
        }
        if !hello.is_extended && parameters != MailParameters::default() {
            return Err(Fault::ParametersAfterHelo);
        }
        if !sender.is_ascii() && !parameters.smtputf8 {
            return Err(Fault::SenderNotAscii);
        }
        let limit = self.shared.limits.message_octets;
        if parameters.size.is_some_and(|size| size > limit) {
            return Ok(Reply::too_large(limit));
        }
        self.is_excused = false;
        self.transaction = Some(Envelope { hello: hello.name.clone(), sender, recipients: Vec::new(), parameters });
        Ok(Reply::sender_taken())
    }

    fn rcpt(&mut self, recipient: String) -> Result<Reply, Fault> {
        let envelope = self.transaction.as_mut().ok_or(Fault::OutOfOrder("RCPT before MAIL"))?;
        if !recipient.is_ascii() && !envelope.parameters.smtputf8 {
            return Err(Fault::RecipientNotAscii);
        }
        let limit = self.shared.limits.recipients;
        if envelope.recipients.len() >= limit {
            return Ok(Reply::too_many_recipients(limit));
        }
        envelope.recipients.push(recipient);
        Ok(Reply::recipient_taken())
    }

    /// Ends the transaction where its message may begin.
    fn start_message(&mut self) -> Result<Envelope, Fault> {
        match self.transaction.take() {
            None => Err(Fault::OutOfOrder("DATA before MAIL")),
            Some(envelope) if envelope.recipients.is_empty() => {
                self.transaction = Some(envelope);
                Err(Fault::NoRecipients)
            }
            Some(envelope) => Ok(envelope),
        }
    }

    /// Takes the text of a message into the spool. One that is refused is read to its end all the same, and thrown away.
    async fn receive(&mut self, envelope: Envelope) -> Result<Reply, NoInput> {
        self.messages += 1;
        self.wire.queue(&Reply::start_text());
        let Limits { message_octets, step, .. } = self.shared.limits;
        let mut decoder = Decoder::new(envelope.parameters.allow_eight_bit());
        let mut draft = Ok(self.shared.spool.draft(self.connection));
        let mut given_up_at = None;
        loop {
            let now = Instant::now();
            if *self.stop.borrow() && *given_up_at.get_or_insert(now + step) <= now {
                return Err(NoInput::Stopped);
            }
            self.wire.wait(given_up_at.unwrap_or(now + step), None).await?;
            let progress = decoder.feed(self.wire.input(), |run| {
                if let Ok(draft) = &mut draft {
                    draft.push(run);
                }
            });
            self.wire.consume(progress.taken);
            for flaw in decoder.take_flaws() {
                if flaw.fault.spoils_message() && draft.is_ok() {
                    draft = Err(Reply::refusing_message(&flaw.fault, flaw.line));
                    self.faults_left = self.faults_left.saturating_sub(1);
                }
                self.note(Place::Message { number: self.messages, line: Some(flaw.line) }, flaw.fault);
            }
            draft = match draft {
                Ok(_) if decoder.octets() > message_octets => Err(Reply::too_large(message_octets)),
                Ok(draft) if draft.is_full() => draft.write_out().await.map_err(|error| Reply::not_kept(&error)),
                unchanged => unchanged,
            };
            if progress.ended {
                break;
            }
        }
        if let Some(declared) = envelope.parameters.size.filter(|&declared| declared < decoder.octets()) {
            let fault = Fault::LargerThanDeclared { declared, octets: decoder.octets() };
            self.note(Place::Message { number: self.messages, line: None }, fault);
        }
        self.reset();
        match draft {
            Ok(draft) => Ok(draft.keep(envelope).await.map_or_else(|error| Reply::not_kept(&error), Reply::kept)),
            Err(refusal) => Ok(refusal),
        }
    }

    fn reset(&mut self) {
        self.transaction = None;
        self.is_excused = false;
    }

    fn offers_extensions(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.is_extended)
    }

    fn refuse(&mut self, fault: Fault) {
        self.wire.queue(&Reply::refusing_command(&fault));
        let builds_on_another = matches!(fault, Fault::OutOfOrder(_) | Fault::NoRecipients);
        if !(builds_on_another && self.is_excused) {
            self.note(self.command_place(), fault);
            self.faults_left = self.faults_left.saturating_sub(1);
        }
        self.is_excused = true;
    }

    fn command_place(&self) -> Place {
        Place::command(self.commands, self.line.text())
    }

    fn note(&self, place: Place, fault: Fault) {
        self.shared.violations().push(Violation { connection: self.connection, place, fault });
    }

    async fn close(mut self, ending: Ending) {
        match ending {
            Ending::Quit | Ending::Untrusted => {}
            Ending::TooManyFaults => self.wire.queue(&Reply::too_many_faults()),
            Ending::BetweenCommands(NoInput::Closed) => self.note(Place::Connection, Fault::ClosedWithoutQuit),
            Ending::WithinMessage(NoInput::Closed) => self.note(Place::Connection, Fault::ClosedInMessage),
            Ending::BetweenCommands(NoInput::Stopped) | Ending::WithinMessage(NoInput::Stopped) => {
                self.wire.queue(&Reply::stopping());
            }
            Ending::BetweenCommands(NoInput::Overdue) | Ending::WithinMessage(NoInput::Overdue) => {
                self.note(Place::Connection, Fault::Silent);
                self.wire.queue(&Reply::silent());
            }
        }
        self.wire.farewell().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;

    use super::*;

    /// A session at the other end of a pipe that holds `octets`, its spool in `folder`, and the switch that stops it.
    fn start(octets: usize, folder: &std::path::Path) -> (DuplexStream, Arc<Shared>, JoinHandle<()>, watch::Sender<bool>) {
        let shared = Arc::new(Shared::new(Limits::default(), Spool::new(folder).unwrap()));
        let (client, server) = duplex(octets);
        let stop = watch::Sender::new(false);
        let session = tokio::spawn(converse(server, 1, Arc::clone(&shared), stop.subscribe()));
        (client, shared, session, stop)
    }

    #[tokio::test]
    async fn a_dialogue_is_the_same_whatever_pieces_it_arrives_in() {
        let dialogue = "EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n..a\r\n.b\r\n.\r\n\
            NOOP \0\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\na\nb\r\n.\r\nQUIT\r\n";
        let mut replies = Vec::new();
        for octets in [1, 2, 3, 7, 64 * 1024] {
            let folder = tempfile::tempdir().unwrap();
            let (client, shared, session, _stop) = start(octets, folder.path());
            let (mut input, mut output) = tokio::io::split(client);
            let mut heard = String::new();
            let (said, listened) = tokio::join!(output.write_all(dialogue.as_bytes()), input.read_to_string(&mut heard));
            said.unwrap();
            listened.unwrap();
            replies.push(heard);
            drop((input, output));
            session.await.unwrap();
            assert_eq!(std::fs::read(&shared.spool.received()[0].path).unwrap(), b".a\r\nb\r\n");
        }
        assert_eq!(replies[0].lines().filter(|line| &line[3..4] == " ").count(), 12, "{}", replies[0]);
        assert!(replies.iter().all(|heard| *heard == replies[0]), "{replies:#?}");
    }

    #[tokio::test]
    async fn a_large_message_goes_to_disk_while_it_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let (mut client, _shared, _session, _stop) = start(1024, folder.path());
        client.write_all(b"EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n").await.unwrap();
        client.write_all("0123456\r\n".repeat(100_000).as_bytes()).await.unwrap();
        // All but what the pipe and the session's buffer hold has been seen to by now, and less than 256 KiB of it is held in
        // memory.
        let on_disk = std::fs::metadata(folder.path().join("1.part")).unwrap().len();
        assert!(on_disk > 900_000 - 256 * 1024 - 64 * 1024 - 1024, "{on_disk}");
    }
}
