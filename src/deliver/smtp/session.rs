//! A connection to the relay from message to message.

use std::fmt::Display;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;
use tokio::time::Instant;

use super::envelope;
use super::extensions::Extensions;
use super::flight::{FINAL_DOT, Unsent};
use super::wire::Wire;
use super::{Fault, Reply, Sender, Step, Unfit, refusal, reply};
use crate::deliver::letter::Letter;

/// A connection to the relay, secured and logged in.
pub(in crate::deliver) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    pub(super) wire: Wire,
    pub(super) extensions: Extensions,
    pub(super) sender: Sender,
    pub(super) is_pipelining: bool,
    pub(super) phase: Phase,
    /// The codes heard in the flight that began with the last body; empty where none did.
    pub(super) heard: Vec<u16>,
    /// Whether the server said 421.
    pub(super) is_closing: bool,
    pub(super) served: u32,
    pub(super) opened: Instant,
}

/// What may be said next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// MAIL.
    Idle,
    /// RSET: the server refused a part of an envelope, and may keep the rest.
    Refused,
    /// Nothing: an envelope was said in the flight of the body before it, and its replies are due.
    Said,
    /// The body: 354 was heard.
    Data,
    /// Nothing any more.
    Broken,
}

impl Session {
    /// Whether another message can be begun: the server has neither closed the connection nor said something unasked.
    pub(in crate::deliver) fn is_ready(&self) -> bool {
        self.phase == Phase::Idle && self.wire.check_quiet().is_ok()
    }

    /// Whether the server ended the connection: closed it, broke it, or said that it would (421).
    pub(in crate::deliver) fn is_ended(&self) -> bool {
        self.is_closing || self.wire.is_ended()
    }

    /// Whether the server failed to answer commands that it was sent in a group, as one may that only pretends to take them so: the
    /// very first of them, and without ending the connection.
    pub(in crate::deliver) fn is_group_suspect(&self) -> bool {
        self.is_pipelining && self.served == 0 && !self.is_ended()
    }

    /// How many messages this connection had a definite reply about.
    pub(in crate::deliver) fn served(&self) -> u32 {
        self.served
    }

    /// When the connection was opened.
    pub(in crate::deliver) fn opened(&self) -> Instant {
        self.opened
    }

    /// Finds what makes a message unfit for this relay before MAIL.
    pub(in crate::deliver) fn check_fit(&self, letter: &Letter) -> Result<(), Unfit> {
        envelope::check_fit(&self.extensions, &self.sender, letter)
    }

    /// Brings a message up to the server's 354, after which its body may go: hears the replies to what [`body`](Self::body) said
    /// already, or says MAIL, RCPT and DATA now.
    ///
    /// After [`Fault::Reply`] call [`reset`](Self::reset). A call that is dropped before its end leaves a session that is good for
    /// nothing more.
    pub(in crate::deliver) async fn envelope(&mut self, letter: &Letter) -> Result<(), Fault> {
        let phase = std::mem::replace(&mut self.phase, Phase::Broken);
        if !matches!(phase, Phase::Idle | Phase::Said) {
            return Err(Fault::Lost("the connection was lost before this message's turn".to_owned()));
        }
        let commands = self.commands(letter);
        let mut is_said = phase == Phase::Said;
        if !is_said {
            self.heard.clear();
        }
        if self.is_pipelining && !is_said {
            self.wire.check_quiet().map_err(Fault::Lost)?;
            let sent = self.wire.send_commands(commands[0].0, group(&commands).as_bytes(), commands.len()).await;
            sent.map_err(|error| Fault::Lost(self.wire.how_lost(&error)))?;
            is_said = true;
        }
        self.hear_envelope(&commands, is_said).await
    }

    /// Hears the replies to an envelope, each after saying its command where that was not done.
    async fn hear_envelope(&mut self, commands: &[(Step, String)], is_said: bool) -> Result<(), Fault> {
        let mut refused: Option<(Step, Reply)> = None;
        let mut is_asked_for_body = false;
        for (step, command) in commands {
            let step = *step;
            let heard = if is_said { self.hear(step).await } else { self.say(step, command).await };
            let reply = match (heard, &mut refused) {
                (Ok(reply), _) => reply,
                // What was refused stays refused, though the connection is gone.
                (Err(_), Some(_)) => break,
                (Err(why), None) => return Err(Fault::Lost(why)),
            };
            let is_sender_refused = refused.as_ref().is_some_and(|(step, _)| *step == Step::Mail);
            match (step, reply.code()) {
                (_, 421) => {
                    refused.get_or_insert((step, reply));
                    break;
                }
                (Step::Data, 354) => is_asked_for_body = true,
                (Step::Mail, 200..300) => {}
                (Step::Rcpt, 200..300) if !is_sender_refused => {}
                (Step::Mail | Step::Rcpt | Step::Data, 400..) => {
                    refused.get_or_insert((step, reply));
                    if !is_said {
                        break;
                    }
                }
                _ => return Err(self.out_of_step(format!("the server answered {step} with {reply}, which makes no sense there"))),
            }
        }
        self.check_asked()?;
        let is_in_step = !self.is_closing && self.wire.check_quiet().is_ok();
        match refused {
            None => {
                self.phase = Phase::Data;
                Ok(())
            }
            Some((step, reply)) => {
                if is_asked_for_body {
                    self.send_nothing().await;
                } else if is_in_step {
                    self.phase = Phase::Refused;
                }
                // A goodbye says nothing about the message, and it is how servers tell that they took enough over one connection.
                self.served += u32::from(!self.is_closing);
                Err(Fault::Reply(step, reply))
            }
        }
    }

    /// Forgets a transaction that the server refused (RFC 5321 §4.1.1.5), so that the next one can begin. Its answer also proves
    /// that the refusal was one: had there been a reply too many, it would come here.
    ///
    /// A connection that is lost meanwhile takes nothing back from what was heard.
    ///
    /// # Errors
    /// [`Fault::OutOfStep`] where the refusal may have been another's reply.
    pub(in crate::deliver) async fn reset(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.phase, Phase::Broken) != Phase::Refused {
            return Ok(());
        }
        match self.say(Step::Reset, "RSET\r\n").await {
            Ok(reply) if reply.is_positive() => {
                self.phase = Phase::Idle;
                Ok(())
            }
            Ok(reply) if reply.code() != 421 => Err(self.out_of_step(format!("the server answered RSET with {reply}"))),
            Ok(_) => Ok(()),
            Err(_) => self.check_asked(),
        }
    }

    /// Sends the body and its final dot, and gives the server's word that it took the message. Where the server takes commands in
    /// groups, the envelope of `next` leaves with it; [`envelope`](Self::envelope) then hears what the server says to that.
    pub(in crate::deliver) async fn body(&mut self, letter: &Letter, next: Option<&Letter>) -> Result<Reply, Fault> {
        if std::mem::replace(&mut self.phase, Phase::Broken) != Phase::Data {
            return Err(Fault::Lost("the server is not waiting for this message".to_owned()));
        }
        self.wire.check_quiet().map_err(Fault::Lost)?;
        let commands = next.filter(|_| self.is_pipelining).map(|next| self.commands(next)).unwrap_or_default();
        let (body, group) = (&letter.body, group(&commands));
        self.heard.clear();
        match self.wire.send_body(body.len(), body.pieces(), group.as_bytes(), 1 + commands.len()).await {
            Ok(()) => {}
            Err(Unsent::Interrupted(why)) => return Err(Fault::Lost(why)),
            Err(Unsent::Failed(error)) => return Err(Fault::Lost(self.wire.how_lost(&error))),
        }
        let reply = self.hear_sent(Step::Body).await.map_err(Fault::Unknown)?;
        if !(reply.is_positive() || reply.is_negative()) {
            return Err(Fault::Unknown(format!("the server answered the message with {reply}, which makes no sense there")));
        }
        if !commands.is_empty() {
            self.phase = Phase::Said;
        } else if let Some(more) = self.wire.unasked() {
            // Either of the two may be the answer; where they agree it does not matter which.
            if more.bytes().next().map(|class| u16::from(class.wrapping_sub(b'0'))) != Some(reply.code() / 100) {
                return Err(Fault::Unknown(format!("the server answered the message with {reply}, and also with {more}")));
            }
        } else {
            self.phase = Phase::Idle;
        }
        if self.is_closing {
            self.phase = Phase::Broken;
        }
        self.served += 1;
        if reply.is_positive() { Ok(reply) } else { Err(Fault::Reply(Step::Body, reply)) }
    }

    /// Says goodbye, briefly, where the server listens for commands; else just hangs up.
    pub(in crate::deliver) async fn quit(mut self) {
        if matches!(self.phase, Phase::Idle | Phase::Refused) {
            self.wire.start(Step::Quit);
            // QUIT, then the end of TLS and of the stream; no answer matters any more.
            self.connection.abort().await;
        }
    }

    /// Ends the body that the server asks for though it refused the recipient (RFC 2920 §3.1): nothing, and a dot. Whatever it
    /// says to that, there is nobody whom it could deliver to.
    async fn send_nothing(&mut self) {
        let sent = self.wire.send_commands(Step::End, FINAL_DOT, 1).await;
        if sent.is_ok() && self.hear(Step::End).await.is_ok() && !self.is_closing {
            self.phase = Phase::Refused;
        }
    }

    /// Finds whether the server has said more than it was asked.
    fn check_asked(&self) -> Result<(), Fault> {
        let unasked = self.wire.unasked().map(|words| self.out_of_step(format!("the server said without being asked: {words}")));
        unasked.map_or(Ok(()), Err)
    }

    fn commands(&self, letter: &Letter) -> Vec<(Step, String)> {
        vec![
            (Step::Mail, envelope::mail(&self.extensions, &self.sender, letter)),
            (Step::Rcpt, envelope::rcpt(&self.extensions, &self.sender, letter)),
            (Step::Data, "DATA\r\n".to_owned()),
        ]
    }

    /// Hears the reply to the next command of a flight.
    async fn hear(&mut self, step: Step) -> Result<Reply, String> {
        self.wire.go_on(step);
        self.hear_sent(step).await
    }

    async fn hear_sent(&mut self, step: Step) -> Result<Reply, String> {
        let heard = self.connection.read_response().await;
        self.note(step, heard)
    }

    /// Says one command and hears its reply.
    async fn say(&mut self, step: Step, command: impl Display) -> Result<Reply, String> {
        self.wire.check_quiet()?;
        self.wire.start(step);
        let heard = self.connection.command(command).await;
        self.note(step, heard)
    }

    fn note(&mut self, step: Step, heard: Result<Response, Error>) -> Result<Reply, String> {
        let reply = match heard {
            Ok(response) => reply(&response),
            Err(error) => refusal(&error).ok_or_else(|| self.wire.how_lost(&error))?,
        };
        self.is_closing |= reply.code() == 421;
        if step == Step::Body || !self.heard.is_empty() {
            self.heard.push(reply.code());
        }
        Ok(reply)
    }

    /// The fault of a flight whose replies do not fit.
    ///
    /// Of the body that began it, the first reply speaks; or, had there been one too many before it, the second. Where the two
    /// agree, it does not matter. A 354 that comes early shows that one is missing, and that may have been the body's.
    fn out_of_step(&self, why: String) -> Fault {
        let is_early = self.heard.iter().position(|&code| code == 354).is_some_and(|place| place < 3);
        let is_body_certain = match self.heard[..] {
            [] | [_, _, _, 354, ..] => true,
            [first, second, ..] => !is_early && first / 100 == second / 100,
            [_] => false,
        };
        Fault::OutOfStep { why, is_body_certain }
    }
}

fn group(commands: &[(Step, String)]) -> String {
    commands.iter().map(|(_, command)| command.as_str()).collect()
}
