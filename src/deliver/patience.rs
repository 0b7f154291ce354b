//! How long to wait for a server, and how often to come back.

use std::time::Duration;

/// How long each step of a connection may take, from its beginning to its end.
///
/// They are absolute: a server that drips one octet a second gains nothing by it. The defaults are those of RFC 5321 §4.5.3.2, which
/// asks clients to wait that long; steps it does not name have a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From asking for the host's addresses to a TCP connection.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// The greeting (220).
    pub greeting: Duration,
    /// EHLO, STARTTLS, each line of AUTH, and RSET.
    pub command: Duration,
    /// MAIL FROM.
    pub mail: Duration,
    /// RCPT TO.
    pub rcpt: Duration,
    /// DATA, to its 354.
    pub data: Duration,
    /// Each 64 KiB of the body, begun ones included, all added up.
    pub body: Duration,
    /// From the final dot to its reply. Giving up early makes a recipient ambiguous.
    pub end: Duration,
    /// QUIT, whose reply nobody needs.
    pub quit: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_mins(1),
            tls: Duration::from_mins(1),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            mail: Duration::from_mins(5),
            rcpt: Duration::from_mins(5),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            end: Duration::from_mins(10),
            quit: Duration::from_secs(5),
        }
    }
}

/// How patient a run is with its relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// How often in a row a worker tries to get a connection that works, before it gives up; at least 1.
    pub tries: u32,
    /// How long it waits before the second of these tries; each later wait is three times the one before.
    pub pause: Duration,
    /// How long a recipient who is deferred for the first time waits; twice as long at each further time, up to sixteen times.
    /// RFC 5321 §4.5.4.1 asks for at least thirty minutes.
    pub retry_after: Duration,
    /// After how many tries a recipient is given up who is deferred each time; 18 by default, which with the other defaults is five
    /// days (RFC 5321 §4.5.4.1 asks for four to five).
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            tries: 3,
            pause: Duration::from_secs(2),
            retry_after: Duration::from_mins(30),
            attempts: 18,
        }
    }
}

impl Patience {
    /// How long to wait after the `failed`-th failure in a row, counted from 1.
    pub(super) fn pause_after(&self, failed: u32) -> Duration {
        self.pause * 3_u32.pow(failed.saturating_sub(1).min(8))
    }

    /// How long a recipient waits that is deferred after `attempts` earlier tries: up to a tenth more than asked, so that those who
    /// were deferred together do not all come back together. How much more, `id` decides: no two runs of a test differ.
    pub(super) fn retry_after(&self, attempts: u32, id: u64) -> Duration {
        let wait = self.retry_after * 2_u32.pow(attempts.min(4));
        // Knuth's multiplicative hashing: neighbours land far apart.
        let spread = u32::try_from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54).unwrap_or_default();
        wait + wait / 10 * spread / 1024
    }
}
