//! The relay: the SMTP server that takes our mail.

use std::path::PathBuf;
use std::time::Duration;

/// How to reach the relay, as `[relay]` in `newsletter.toml` says. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Host name or IP address; with TLS, the name its certificate must carry.
    pub host: String,
    /// TCP port: 465 is usual for implicit TLS, 587 for STARTTLS.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who we are to the relay; `None` where it asks for no login.
    pub login: Option<Login>,
    /// Certificates (PEM) trusted beside the system's, for a relay with a private authority.
    pub ca_file: Option<PathBuf>,
    /// How many connections send side by side; at least 1.
    pub connections: usize,
    /// Whether to send commands in groups to a relay that offers it (PIPELINING, RFC 2920).
    pub pipelining: bool,
    /// Whether to ask a relay that offers it (DSN, RFC 3461) to report failed deliveries, and those with the header alone.
    pub dsn: bool,
    /// How many messages a connection carries before it is closed for a new one; `None` for as many as the relay takes.
    pub messages_per_connection: Option<u32>,
    /// For how long a connection is used before it is closed for a new one; `None` for as long as the relay keeps it.
    pub time_per_connection: Option<Duration>,
    /// How many messages it may be given in a time; `None` for as many as it takes.
    pub rate: Option<Rate>,
    /// Its share of the mail beside other relays'; one of weight 0 stands by until no other works.
    pub weight: u32,
}

/// So many messages in a time, as in `600/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    messages: u32,
    time: Duration,
}

impl Rate {
    /// Reads `10/s`, `600/min` or `5000/h`: from 1 to 1,000,000 messages.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (messages, unit) = text.split_once('/')?;
        let time = match unit.trim() {
            "s" => Duration::from_secs(1),
            "min" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return None,
        };
        let messages = messages.trim().parse().ok().filter(|messages| (1..=1_000_000).contains(messages))?;
        Some(Self { messages, time })
    }

    /// The time from one message to the next.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.time / self.messages
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first octet (RFC 8314 §3.3).
    Implicit,
    /// TLS asked for by STARTTLS (RFC 3207); a server that does not offer it is refused.
    StartTls,
    /// No TLS; only ever to loopback.
    None,
}

/// A user and where the password is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name, as the relay knows it.
    pub user: String,
    /// What proves it.
    pub secret: Secret,
}

/// What proves who somebody is, and where it is kept: never in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// A password.
    Password(Kept),
    /// An access token (OAuth 2.0), which is asked for anew at each login, for it lives but a while.
    Token(Kept),
}

impl Secret {
    /// The word for it.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Token(_) => "token",
        }
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// In this environment variable.
    Environment(String),
    /// In this file, whose last line end is not part of it. A relative path starts at the project's folder.
    File(PathBuf),
    /// With this program, which prints it: its name and its arguments, run in the project's folder and by no shell.
    Command(Vec<String>),
}

impl Relay {
    /// A relay with the usual settings: no login, four connections.
    #[must_use]
    pub fn new(host: String, port: u16, tls: Tls) -> Self {
        Self {
            host,
            port,
            tls,
            login: None,
            ca_file: None,
            connections: 4,
            pipelining: true,
            dsn: true,
            messages_per_connection: None,
            time_per_connection: None,
            rate: None,
            weight: 1,
        }
    }

    /// Whether the host is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether a host is this machine itself: a loopback address, or `localhost`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
