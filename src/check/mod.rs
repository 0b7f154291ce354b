//! Floor 2: rules over the issue, the list and the mail composed from them. One file a family; what each rule is for stands in the
//! [`manual`].
//!
//! Of the files:
//! - [`content`]: what an edition says, with places; [`number`]: the numbers in it
//! - [`inbox`]: subject and preheader
//! - [`wording`]: what was to be replaced before the issue goes out
//! - [`alt`]: what is said of pictures; [`picture`]: the logo, on light and on dark
//! - [`link`]: words and addresses of links
//! - [`edition`]: each edition held against the first
//! - [`personal`]: merge fields against the list
//!
//! Of the composed mail:
//! - [`mail`]: its header; [`weight`]: its size
//! - [`markup`]: its HTML, to browsers and to Word's engine; [`support`]: what of it mail programs support
//! - [`received`]: what a receiver got, against what was composed

pub mod alt;
pub mod content;
pub mod edition;
pub mod inbox;
pub mod link;
pub mod mail;
pub mod manual;
pub mod markup;
pub mod number;
pub mod personal;
pub mod picture;
pub mod received;
pub mod support;
pub mod weight;
pub mod wording;

use crate::compose::{self, Composer, PictureCache, Purpose, Reader};
use crate::files::Loaded;
use crate::model::diagnostic::{self, Diagnostic};
use crate::model::issue::{Edition, Issue};
use crate::model::publication::Publication;
use crate::model::subscriber::Subscriber;
use content::Content;
use markup::Markup;

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
        findings.extend(what_is_said(issue, publication.as_ref(), &findings));
        match (compose::pictures(publication.as_ref(), issue, cache), &publication) {
            (Ok(pictures), Some(publication)) if is_loaded => {
                let made = Composer::new(publication, issue, pictures);
                findings.extend(what_is_composed(&made));
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

/// Findings on what the editions say. One whose file has errors is left out: what could not be read of it would seem to be missing.
fn what_is_said(issue: &Issue, publication: Option<&Publication>, known: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_in = |finding: &&Diagnostic, edition: &Edition| finding.place.source.name == edition.place.source.name;
    let is_sound = |edition: &&Edition| !known.iter().filter(|finding| is_in(finding, edition)).any(Diagnostic::is_error);
    let contents: Vec<_> = issue.editions.iter().filter(is_sound).map(Content::of).collect();
    let mut findings = edition::check(&contents, publication);
    for content in &contents {
        findings.extend(inbox::check(content));
        findings.extend(wording::check(content));
        findings.extend(alt::check(content));
        findings.extend(link::check(content));
        let footer = publication.into_iter().flat_map(|publication| wording::check_footer(content, publication));
        // A footer that is for all editions is judged with each, and told of once.
        let is_new: Vec<_> = footer.filter(|finding| !findings.contains(finding)).collect();
        findings.extend(is_new);
    }
    findings
}

/// Findings on each edition's mail, as everyone and nobody in particular would get it.
fn what_is_composed(composer: &Composer) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for edition in &composer.issue().editions {
        let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
        let markup = Markup::read(&message.html);
        findings.extend(mail::check(edition, &message));
        findings.extend(markup::check(edition, &message, &markup));
        findings.extend(support::check(edition, &message));
        findings.extend(weight::check(edition, &message, &markup, composer.publication().message.budget));
    }
    findings
}
