//! The public service, as `[service]` in `newsletter.toml` says: where readers leave, join and look at past issues.

use super::document::{Fields, Literal};
use super::link::Link;
use super::mistake;
use super::publication::Vocabulary;

/// How many letters a day, unless it is said otherwise: far more than a list grows, and far fewer than would make a weapon of it.
const LETTERS: i64 = 500;

/// Where the public service is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its address as readers know it, https, ending in `/`.
    pub base: String,
    /// Whether strangers may join by a form.
    pub is_open: bool,
    /// The groups that readers may choose.
    pub groups: Vec<String>,
    /// How many letters the service may write a day.
    pub letters_per_day: i64,
}

impl Service {
    /// Reads the table.
    pub(super) fn read(fields: &Fields<'_>, vocabulary: &Vocabulary) -> Option<Self> {
        let base = fields.need("base", "\"https://news.example.org/\"", |fields, key| {
            let literal = fields.line(key)?;
            read_base(fields, &literal)
        });
        let is_open = fields.boolean("joining").unwrap_or(true);
        let groups = vocabulary.groups(&fields.lines("groups"), fields.mistakes());
        let letters_per_day =
            if fields.has("letters_per_day") { fields.integer("letters_per_day", 1..1_000_001) } else { Some(LETTERS) };
        fields.expect("letters_per_day");
        Some(Self { base: base?, is_open, groups, letters_per_day: letters_per_day? })
    }

    /// The path of its address, from `/` to `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        let host = self.base.trim_start_matches("https://");
        host.find('/').map_or("/", |at| &host[at..])
    }

    /// Below which past issues are found.
    #[must_use]
    pub fn archive(&self) -> String {
        format!("{}archive/", self.base)
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
