//! Floor 3: rules over the issue, the list and the mail composed from them. One file a family; what each rule is for stands in the
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
pub mod envelope;
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

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::compose::dkim::Signer;
use crate::compose::{self, Composer, Leave, Message, PictureCache, Pictures, Purpose, Reader, dkim};
use crate::files::Loaded;
use crate::model::diagnostic::{self, Diagnostic};
use crate::model::issue::{Edition, Issue};
use crate::model::list::List;
use crate::model::publication::Publication;
use content::Content;
use markup::Markup;

/// A project's files with all that is to be said about them.
#[derive(Debug)]
pub struct Checked {
    /// The publication, unless `newsletter.toml` has errors.
    pub publication: Option<Publication>,
    /// The people on the list whose entries are sound.
    pub subscribers: List,
    /// The names of attributes in it.
    pub attributes: BTreeSet<String>,
    /// The issue, if an edition of it could be read.
    pub issue: Option<Issue>,
    /// What composes the issue's mail: there only if nothing must be mended first.
    pub composer: Option<Composer>,
    /// What it composes of each edition, in their order, as everyone and nobody in particular gets it. Empty without it.
    pub messages: Vec<Message>,
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
    findings.extend(publication.as_ref().and_then(envelope::check));
    let mut mail = None;
    if let Some(issue) = &issue {
        // What can be judged without the publication is, so that its mistakes hide no others.
        findings.extend(personal::check(issue, &vocabulary, &subscribers, &attributes));
        let signer = publication.as_ref().and_then(|publication| publication.dkim.as_ref()).map_or(Ok(None), dkim::signer);
        let signer = signer.unwrap_or_else(|problems| {
            findings.extend(problems);
            None
        });
        let leave = publication.as_ref().map_or(Ok(None), compose::leave).unwrap_or_else(|problem| {
            findings.push(*problem);
            None
        });
        let (said, made) = rayon::join(
            || what_is_said(issue, publication.as_ref(), &findings),
            || {
                let pictures = compose::pictures(publication.as_ref(), issue, cache)?;
                let publication = publication.as_ref().filter(|_| is_loaded);
                Ok(publication.map(|publication| what_is_composed(publication, issue, pictures, signer, leave)))
            },
        );
        findings.extend(said);
        match made {
            Ok(Some((composer, messages, judged))) => {
                findings.extend(judged);
                mail = Some((composer, messages));
            }
            Ok(None) => {}
            Err(problems) => findings.extend::<Vec<_>>(problems),
        }
    }
    let (composer, messages) = match mail {
        Some((composer, messages)) if !findings.iter().any(Diagnostic::is_error) => (Some(composer), messages),
        _ => (None, Vec::new()),
    };
    diagnostic::sort(&mut findings);
    Checked { publication, subscribers, attributes, issue, composer, messages, findings }
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

/// The composer, each edition's mail as everyone and nobody in particular gets it, and the findings on it.
fn what_is_composed(
    publication: &Publication,
    issue: &Issue,
    pictures: Pictures,
    signer: Option<Signer>,
    leave: Option<Leave>,
) -> (Composer, Vec<Message>, Vec<Diagnostic>) {
    let composer = Composer::new(publication, issue, pictures).signed_by(signer).left_by(leave);
    let judged = |edition: &Edition| {
        let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
        let markup = Markup::read(&message.html);
        let mut findings = markup::check(edition, &message, &markup);
        findings.extend(mail::check(edition, &message));
        findings.extend(support::check(edition, &message));
        findings.extend(weight::check(edition, &message, &markup, publication.message.budget));
        (message, findings)
    };
    let (logo, (messages, by_edition)): (_, (Vec<_>, Vec<_>)) =
        rayon::join(|| picture::check(&composer), || issue.editions.par_iter().map(judged).unzip());
    let findings = by_edition.into_iter().flatten().chain(logo).collect();
    (composer, messages, findings)
}
