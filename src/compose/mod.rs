//! Floor 1: an edition and a reader to the bytes of a message. Pure: the same files give the same bytes, whoever asks.
//!
//! - [`personal`]: who reads, and what merge fields and blocks become for them
//! - [`picture`]: pictures scaled and encoded, once
//! - [`html`] and [`text`]: the two renderers, both from the model; neither ever sees the other's output
//! - [`message`]: MIME around them
//!
//! There is one composer: preview, build, test, rehearsal and send all call [`Composer::compose`].

pub mod html;
pub mod message;
pub mod personal;
pub mod picture;
pub mod text;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};

pub use message::Message;
pub use personal::Reader;
use picture::Inline;
pub use picture::{PictureCache, Pictures};

use crate::model::block::{Block, Picture};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::{Edition, Issue};
use crate::model::mistake;
use crate::model::publication::Publication;
use crate::model::theme::Theme;

/// What a message is composed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The issue itself.
    Issue,
    /// A trial to a few addresses: the subject says so, and the Message-ID is another, so that no mail program takes the real one
    /// for a copy of it.
    Test,
}

/// Puts together the messages of one issue.
#[derive(Debug)]
pub struct Composer {
    publication: Publication,
    issue: Issue,
    theme: Theme,
    pictures: Pictures,
}

/// Makes the pictures of an issue fit for mail, each in the size in which it is shown.
///
/// # Errors
/// A finding for each picture that cannot be used.
pub fn pictures(issue: &Issue, cache: &PictureCache) -> Result<Pictures, Vec<Diagnostic>> {
    let mut pictures = Pictures::default();
    let mut findings = Vec::new();
    for block in issue.editions.iter().flat_map(|edition| &edition.blocks) {
        let Some(picture) = block.picture() else { continue };
        let Some(content) = issue.pictures.get(&picture.file) else { continue };
        let pixels = 2 * html::display_width(&Theme::DELTA, block);
        if let Err(problem) = pictures.prepare(&picture.file, content, pixels, cache) {
            findings.push(mistake::bad_picture(picture.place.clone(), &picture.file, &problem));
        }
    }
    if findings.is_empty() { Ok(pictures) } else { Err(findings) }
}

impl Composer {
    /// What composes an issue, with its pictures made ready by [`pictures`].
    #[must_use]
    pub fn new(publication: &Publication, issue: &Issue, pictures: Pictures) -> Self {
        Self { publication: publication.clone(), issue: issue.clone(), theme: Theme::DELTA, pictures }
    }

    /// The issue.
    #[must_use]
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The edition a reader gets: in their language, else in the publication's first language that there is one in.
    #[must_use]
    pub fn edition(&self, reader: &Reader<'_>) -> &Edition {
        self.issue.edition(reader.language(), &self.publication.vocabulary.languages)
    }

    /// The message for a reader.
    #[must_use]
    pub fn compose(&self, reader: &Reader<'_>, purpose: Purpose) -> Message {
        let edition = self.edition(reader);
        let letter = Letter {
            publication: &self.publication,
            edition,
            reader,
            theme: &self.theme,
            pictures: &self.pictures,
            anchors: Letter::number(edition, reader),
        };
        message::compose(&letter, &self.issue.slug, purpose)
    }

    /// What identifies the content of each edition, by language tag: a SHA-256, as 64 hexadecimal digits, of all that does not depend
    /// on who reads, merge fields unfilled.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<&'static str, String> {
        let digest = |edition: &Edition| {
            let mut context = Context::new(&SHA256);
            context.update(&self.compose(&Reader::Template(edition.language), Purpose::Issue).bytes);
            hex(context.finish().as_ref())
        };
        self.issue.editions.iter().map(|edition| (edition.language.tag(), digest(edition))).collect()
    }
}

/// All that one message is made from; what both renderers are given.
#[derive(Debug)]
pub struct Letter<'a> {
    /// The newsletter.
    pub publication: &'a Publication,
    /// The edition the reader gets.
    pub edition: &'a Edition,
    /// Who reads.
    pub reader: &'a Reader<'a>,
    /// The look.
    pub theme: &'a Theme,
    /// The prepared pictures.
    pub pictures: &'a Pictures,
    /// The number of each block that a contents list names, by its place among the edition's blocks.
    anchors: BTreeMap<usize, usize>,
}

impl<'a> Letter<'a> {
    /// Numbers the pieces that this reader sees, from 1.
    fn number(edition: &Edition, reader: &Reader<'_>) -> BTreeMap<usize, usize> {
        let pieces = edition.blocks.iter().enumerate().filter(|(_, block)| reader.sees(block) && block.heading().is_some());
        pieces.zip(1..).map(|((index, _), number)| (index, number)).collect()
    }

    /// The Content-ID of a picture, without angle brackets (RFC 2392): from its content, so that it is the same at every composition.
    fn content_id(&self, picture: &Inline) -> String {
        format!("{}@{}", picture.hash, self.publication.list.id)
    }

    /// The blocks that this reader sees, each with its place in the edition.
    fn blocks(&self) -> impl Iterator<Item = (usize, &'a Block)> {
        self.edition.blocks.iter().enumerate().filter(|(_, block)| self.reader.sees(block))
    }

    /// Caption and credit of a picture as one line; empty without either.
    fn caption(&self, picture: &Picture) -> String {
        let parts: Vec<_> = picture.caption.iter().chain(&picture.credit).map(|part| self.reader.fill(part)).collect();
        // A caption that is a sentence needs no dot in the middle after its full stop.
        let separator = if parts[..1.min(parts.len())].iter().any(|caption| caption.ends_with(['.', '!', '?', '।', '。'])) {
            " "
        } else {
            " · "
        };
        parts.join(separator)
    }

    /// Number and title of each piece, as a contents list gives them.
    fn contents(&self) -> Vec<(usize, String)> {
        let title = |index: &usize| self.edition.blocks[*index].heading().map(|title| self.reader.fill(title));
        self.anchors.iter().filter_map(|(index, number)| Some((*number, title(index)?))).collect()
    }
}

/// Octets as lower-case hexadecimal digits.
fn hex(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut digits, octet| {
        write!(digits, "{octet:02x}").expect("writing to a string does not fail");
        digits
    })
}
