//! The manual: every rule by which Postrider judges, with what it is for and an example. `check --explain` and `docs/rules.md` show it.
//!
//! One file a family:
//! - [`files`]: files that cannot be read, and keys in them; [`people`]: the list and merge fields
//! - [`texts`]: subject, preheader, texts; [`pictures`]; [`links`]
//! - [`editions`]: editions held against one another
//! - [`mail`]: the composed mail, its weight, structure and look

pub mod editions;
pub mod files;
pub mod links;
pub mod mail;
pub mod people;
pub mod pictures;
pub mod texts;

use std::fmt::Write;

use crate::model::diagnostic::Severity;
use crate::model::mistake::nearest;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in kebab-case; stable.
    pub name: &'static str,
    /// How much its findings weigh: one, or either, from the lighter to the graver.
    pub severities: &'static [Severity],
    /// What it finds, in a line without its full stop.
    pub summary: &'static str,
    /// Why that matters, in a paragraph.
    pub why: &'static str,
    /// What it finds something wrong with, as it stands in a file.
    pub wrong: &'static str,
    /// The same as it should be.
    pub right: &'static str,
}

/// Rules that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What they are about, as a heading.
    pub title: &'static str,
    /// The rules.
    pub rules: &'static [Rule],
}

/// An error.
const ERROR: &[Severity] = &[Severity::Error];
/// A warning.
const WARNING: &[Severity] = &[Severity::Warning];
/// A warning, or an error, depending on how bad it is.
const EITHER: &[Severity] = &[Severity::Warning, Severity::Error];

/// All rules, by family.
pub const FAMILIES: [Family; 10] = [
    Family { title: "Files and keys", rules: &files::RULES },
    Family { title: "Subscribers and merge fields", rules: &people::RULES },
    Family { title: "Subject and texts", rules: &texts::RULES },
    Family { title: "Pictures", rules: &pictures::RULES },
    Family { title: "Links", rules: &links::RULES },
    Family { title: "Links asked on the web", rules: &links::ASKED },
    Family { title: "Signatures", rules: &mail::SIGNATURES },
    Family { title: "The public service", rules: &mail::SERVICE },
    Family { title: "Editions", rules: &editions::RULES },
    Family { title: "The composed mail", rules: &mail::RULES },
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules)
}

impl Rule {
    /// The rule with a name.
    ///
    /// # Errors
    /// Gives the name that was probably meant, if there is one.
    pub fn find(name: &str) -> Result<&'static Self, Option<&'static str>> {
        all().find(|rule| rule.name == name).ok_or_else(|| nearest(name, all().map(|rule| rule.name)))
    }

    /// `error`, `warning`, or `warning or error`.
    #[must_use]
    pub fn severity(&self) -> String {
        self.severities.iter().map(|severity| severity.as_str()).collect::<Vec<_>>().join(" or ")
    }
}

/// The whole manual as a page of Markdown: `docs/rules.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         What `postrider check` finds, why it matters, and what to do. An *error* must be mended: nothing is composed or sent before. A\n\
         *warning* is worth a look, and stops nothing. `postrider check --explain RULE` shows the same in the terminal.\n",
    );
    for family in FAMILIES {
        let title = family.title;
        let rules: Vec<_> = family.rules.iter().map(|rule| format!("[`{0}`](#{0})", rule.name)).collect();
        write!(page, "\n- **{title}**: {}", rules.join(", ")).expect("writing to a string does not fail");
    }
    page.push('\n');
    for family in FAMILIES {
        write!(page, "\n## {}\n", family.title).expect("writing to a string does not fail");
        for Rule { name, summary, why, wrong, right, .. } in family.rules {
            let severity = family.rules.iter().find(|rule| rule.name == *name).map(Rule::severity).unwrap_or_default();
            write!(
                page,
                "\n### {name}\n\n*{severity}*: {summary}.\n\n{why}\n\n```toml\n# wrong\n{wrong}\n\n# right\n{right}\n```\n"
            )
            .expect("writing to a string does not fail");
        }
    }
    page
}
