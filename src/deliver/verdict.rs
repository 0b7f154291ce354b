//! What a reply means for the recipient, the connection and the run.

use super::letter::Letter;
use super::road::Road;
use super::smtp::Step;
use super::{Reply, Stop};
use crate::model::address::Address;

/// What a negative reply means. All of these are definite: the server has not taken the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Come again later for this recipient.
    Defer,
    /// This recipient is refused for good.
    Refuse,
    /// This recipient is refused, most likely for what the message says: of several in a row it is certain.
    RefuseContent,
    /// Either this recipient is not to be written to, or we may not write to anybody: what the others get will tell.
    Suspect,
    /// It says nothing about the recipient: the server ends the connection, or has lost step.
    Reconnect,
    /// Something is wrong with us: nobody may be sent to until it is mended.
    Stop(Stop),
}

/// What was being said when the reply came.
pub(super) struct Scene<'a> {
    /// The relay.
    pub(super) host: &'a str,
    /// The envelope's sender.
    pub(super) sender: &'a Address,
    /// The message's size in octets.
    pub(super) size: usize,
}

impl Verdict {
    /// Whether nothing more is to be said over the connection.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, Self::Reconnect | Self::Stop(_))
    }
}

impl Road {
    /// What is being said over it where a letter is.
    pub(super) fn scene(&self, letter: &Letter) -> Scene<'_> {
        Scene { host: &self.route.relay.host, sender: &self.route.sender.address, size: letter.body.len() }
    }
}

/// Judges a 4yz or 5yz reply to `step`. By the first digit (RFC 5321 §4.2.1), but for the replies that are not about the recipient.
pub(super) fn judge(step: Step, reply: &Reply, scene: &Scene<'_>) -> Verdict {
    let host = scene.host.to_owned();
    match (step, reply.code()) {
        // The reply to the body is definite whatever it is: 421 there means that the message was not taken.
        (Step::Body, 421) => Verdict::Defer,
        // RFC 5321 §3.8: the server is closing. 503, bad sequence: it believes something else was said than was.
        (_, 421 | 503) => Verdict::Reconnect,
        // RFC 4954 §6.
        (_, 530 | 535 | 538) => Verdict::Stop(Stop::Login { host, reply: reply.clone() }),
        // RFC 3463 §3.8: 5.7.1, delivery not authorised; 5.7.2, list expansion prohibited. Closed groups answer so, and so does a relay
        // that takes no mail from us at all.
        (Step::Rcpt, 500..) if matches!(reply.enhanced(), Some((5, 7, 1 | 2))) => Verdict::Suspect,
        (_, _) if reply.is_policy() => Verdict::Stop(Stop::Policy { host, reply: reply.clone() }),
        // RFC 1870 §6.1: the size alone made it refuse, so it will refuse it to everyone.
        (Step::Mail, 552) => Verdict::Stop(Stop::Size { host, size: scene.size, why: reply.to_string() }),
        (Step::Mail, 500..) => Verdict::Stop(Stop::Sender { host, sender: scene.sender.wire(), reply: reply.clone() }),
        (Step::Body, _) if reply.is_about_content() => Verdict::RefuseContent,
        (_, 500..) => Verdict::Refuse,
        (_, _) => Verdict::Defer,
    }
}
