//! Where a server of ours is found: at an address that nobody guesses.

use std::sync::Arc;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Where the pages of a server are. Every path begins with a token made at its start: other programs on this machine and pages of other sites may
/// know the port, and still find nothing.
#[derive(Debug, Clone)]
pub(super) struct Site {
    base: Arc<str>,
}

impl Site {
    /// A site with a token of its own, of 120 random bits.
    pub(super) fn new() -> Self {
        let mut token = [0; 15];
        rand::fill(&mut token).expect("the system has random numbers");
        Self { base: format!("/{}", URL_SAFE_NO_PAD.encode(token)).into() }
    }

    /// The address, relative to the server, of a path of the site, which begins with a slash.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address for a person's browser.
    pub(super) fn address(&self, server: &str) -> String {
        format!("http://{server}{}/", self.base)
    }
}
