//! The relay: the SMTP server that takes our mail.

use std::path::PathBuf;

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
    /// Where to find the password.
    pub password: PasswordSource,
}

/// Where a password is kept: never in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// In this environment variable.
    Environment(String),
    /// In this file, whose last line end is not part of it. A relative path starts at the project's folder.
    File(PathBuf),
}

impl Relay {
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
