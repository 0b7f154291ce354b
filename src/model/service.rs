//! The public service, as `[service]` in `newsletter.toml` says: where readers leave, join and look at past issues.

use super::document::{Fields, Literal};
use super::link::Link;
use super::mistake;

/// Where the public service is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its address as readers know it, https, ending in `/`.
    pub base: String,
}

impl Service {
    /// Reads the table.
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let base = fields.need("base", "\"https://news.example.org/\"", |fields, key| {
            let literal = fields.line(key)?;
            read_base(fields, &literal)
        });
        Some(Self { base: base? })
    }

    /// The path of its address, from `/` to `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        let host = self.base.trim_start_matches("https://");
        host.find('/').map_or("/", |at| &host[at..])
    }

    /// The page on which somebody leaves: what `List-Unsubscribe` names (RFC 8058 §3.1), and the link in the mail.
    #[must_use]
    pub fn unsubscribe(&self, token: &str) -> String {
        format!("{}unsubscribe/{token}", self.base)
    }
}

fn read_base(fields: &Fields<'_>, literal: &Literal<'_>) -> Option<String> {
    let problem = match Link::parse(literal.text) {
        Ok(link) if !link.href().starts_with("https://") => "it must be https:",
        Ok(link) if link.href().contains(['?', '#']) => "nothing can follow a query or a fragment",
        Ok(link) => {
            let slash = if link.href().ends_with('/') { "" } else { "/" };
            return Some(format!("{}{slash}", link.href()));
        }
        Err(problem) => problem,
    };
    fields.mistakes().add(mistake::bad_link(literal.place(), literal.text, problem));
    None
}
