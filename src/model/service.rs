//! The public service, as `[service]` in `newsletter.toml` says: where readers leave, join and look at past issues.

use std::path::PathBuf;

use super::dkim::Secret;
use super::document::{Fields, Literal};
use super::link::Link;
use super::mistake;
use super::source::Place;

/// Where the keys lie unless it is said otherwise, below the project's folder.
const KEYS: &str = ".postrider/keys.toml";

/// Where the public service is found, and the keys of its links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its address as readers know it, https, ending in `/`.
    pub base: String,
    /// The file of the keys; a relative path starts at the project's folder.
    pub keys: PathBuf,
    /// Where that is said.
    pub place: Place,
    /// What the file holds, filled by whoever reads the folder. `None` where it is not there, or not for this user to read.
    pub content: Option<Secret>,
}

impl Service {
    /// Reads the table.
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let base = fields.need("base", "\"https://news.example.org/\"", |fields, key| {
            let literal = fields.line(key)?;
            read_base(fields, &literal)
        });
        let keys = fields.line("keys");
        let place = keys.as_ref().map_or_else(|| fields.place(), Literal::place);
        let keys = PathBuf::from(keys.map_or(KEYS, |literal| literal.text));
        Some(Self { base: base?, keys, place, content: None })
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
