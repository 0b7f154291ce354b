//! How many messages a connection may carry, and for how long: as set, or as learnt from the relay.

use std::sync::Mutex;
use std::time::Duration;

use super::smtp::Session;

/// How many connections must have ended after the same number of messages before that counts as the relay's limit.
const PROOFS: usize = 2;

/// When a connection is closed for a new one.
#[derive(Debug)]
pub(super) struct Limit {
    messages: Option<u32>,
    time: Option<Duration>,
    learnt: Mutex<Learnt>,
}

/// What the ends of connections have taught.
#[derive(Debug, Default)]
struct Learnt {
    /// The most messages that a connection carried.
    most: u32,
    /// How often a connection ended after that many.
    ended_there: usize,
    limit: Option<u32>,
}

impl Limit {
    pub(super) fn new(messages: Option<u32>, time: Option<Duration>) -> Self {
        Self { messages, time, learnt: Mutex::default() }
    }

    /// Whether a connection has carried what it may, once so many messages more are through.
    pub(super) fn is_reached(&self, session: &Session, more: u32) -> bool {
        let learnt = self.learnt().limit;
        let messages = self.messages.into_iter().chain(learnt).min();
        messages.is_some_and(|limit| session.served() + more >= limit)
            || self.time.is_some_and(|time| session.opened().elapsed() >= time)
    }

    /// Notes that the relay ended a connection after so many messages. Gives the relay's limit where this shows it: several
    /// connections ended after the same number, and none carried more.
    pub(super) fn note_end(&self, messages: u32) -> Option<u32> {
        let mut learnt = self.learnt();
        if messages == 0 || messages < learnt.most {
            return None;
        }
        if messages > learnt.most {
            *learnt = Learnt { most: messages, ended_there: 0, limit: None };
        }
        learnt.ended_there += 1;
        if learnt.ended_there != PROOFS {
            return None;
        }
        learnt.limit = Some(messages);
        learnt.limit
    }

    /// Notes that a connection carried so many messages and goes on.
    pub(super) fn note_use(&self, messages: u32) {
        let mut learnt = self.learnt();
        if messages > learnt.most {
            *learnt = Learnt { most: messages, ended_there: 0, limit: None };
        }
    }

    fn learnt(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_what_several_connections_end_at_and_none_goes_beyond() {
        let limit = Limit::new(None, None);
        assert_eq!(limit.note_end(0), None);
        assert_eq!((limit.note_end(10), limit.note_end(7), limit.note_end(10)), (None, None, Some(10)));
        assert_eq!(limit.note_end(10), None, "it is told once");
        limit.note_use(11);
        assert_eq!(limit.learnt().limit, None, "that was no limit");
        assert_eq!((limit.note_end(10), limit.note_end(10)), (None, None));
        assert_eq!((limit.note_end(11), limit.note_end(11)), (None, Some(11)));
    }
}
