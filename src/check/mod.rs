//! Floor 2: rules over the issue, the list and the mail composed from them. One file a family.
//!
//! - [`picture`]: the logo, on light and on dark
//! - [`personal`]: merge fields against the list
//! - [`mail`]: the composed messages
//! - [`support`]: what of the composed HTML mail programs support
//! - [`received`]: what a receiver got, against what was composed

pub mod mail;
pub mod personal;
pub mod picture;
pub mod received;
pub mod support;

use crate::compose::{self, Composer, PictureCache};
use crate::files::Loaded;
use crate::model::diagnostic::{self, Diagnostic};
use crate::model::issue::Issue;
use crate::model::publication::Publication;
use crate::model::subscriber::Subscriber;

/// A project's files with all that is to be said about them.
#[derive(Debug)]
pub struct Checked {
    /// The publication, unless `newsletter.toml` has errors.
    pub publication: Option<Publication>,
    /// The people on the list whose entries are sound.
    pub subscribers: Vec<Subscriber>,
    /// The issue, if an edition of it could be read.
    pub issue: Option<Issue>,
    /// What composes the issue's mail: there only if nothing must be mended first.
    pub composer: Option<Composer>,
    /// All findings, in the order of files and lines.
    pub findings: Vec<Diagnostic>,
}

impl Checked {
    /// How many findings must be mended, and how many are worth a look.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.is_error()).count();
        (errors, self.findings.len() - errors)
    }
}

/// Holds every rule against what was loaded, and prepares the composer if all is well.
#[must_use]
pub fn check(loaded: Loaded, cache: &PictureCache) -> Checked {
    let is_loaded = loaded.is_sound();
    let Loaded { publication, vocabulary, subscribers, attributes, issue, mut findings } = loaded;
    let mut composer = None;
    if let Some(issue) = &issue {
        // What can be judged without the publication is, so that its mistakes hide no others.
        findings.extend(personal::check(issue, &vocabulary, &subscribers, &attributes));
        match (compose::pictures(publication.as_ref(), issue, cache), &publication) {
            (Ok(pictures), Some(publication)) if is_loaded => {
                let made = Composer::new(publication, issue, pictures);
                findings.extend(mail::check(&made));
                findings.extend(picture::check(&made));
                composer = Some(made);
            }
            (Ok(_), _) => {}
            (Err(problems), _) => findings.extend(problems),
        }
    }
    if findings.iter().any(Diagnostic::is_error) {
        composer = None;
    }
    diagnostic::sort(&mut findings);
    Checked { publication, subscribers, issue, composer, findings }
}
