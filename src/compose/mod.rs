//! Floor 2: an edition and a reader to the bytes of a message. Pure: the same files give the same bytes, whoever asks.
//!
//! - [`personal`]: who reads, and what merge fields and blocks become for them
//! - [`picture`]: pictures scaled and encoded, once
//! - [`html`] and [`text`]: the two renderers, both from the model; neither ever sees the other's output
//! - [`message`]: the header
//! - `template`: MIME around them, made once, with slots for what is a reader's own; `slot`: what stands there meanwhile
//! - `encoding`: quoted-printable and base64, in pieces
//! - [`spliced`]: a message as pieces, most of them shared
//! - [`dkim`]: the signature on top
//!
//! There is one composer: preview, build, test, rehearsal and send all have their messages from [`Composer`], which fills the same templates for
//! all of them.

pub mod dkim;
mod encoding;
pub mod html;
mod leave;
pub mod message;
mod notice;
pub mod personal;
pub mod picture;
mod slot;
pub mod spliced;
mod template;
pub mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{Context, SHA256};

use dkim::Signer;
pub use leave::{Leave, leave};
pub use message::{BlockSpan, Message};
pub use notice::{Errand, Notice, notice};
pub use personal::Reader;
use picture::{Inline, Use};
pub use picture::{PictureCache, Pictures};
use slot::Slots;
pub use spliced::{Piece, Spliced};
use template::{Filled, Template};

use crate::model::block::{Article, Block, Picture, ReadMore};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::publication::{Publication, Web};
use crate::model::text::{Field, Text};
use crate::model::theme::Theme;
use crate::token::Keyring;

/// What a message is composed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The issue itself.
    Issue,
    /// A trial to a few addresses: the subject says so, and the Message-ID is another, so that no mail program takes the real one
    /// for a copy of it.
    Test,
    /// A letter of the service, which a machine wrote: its header says so (RFC 3834 §5).
    Notice,
}

/// Puts together the messages of one issue.
#[derive(Debug)]
pub struct Composer {
    publication: Publication,
    issue: Issue,
    pictures: Pictures,
    signer: Option<Signer>,
    leave: Option<Leave>,
    /// Made as they are asked for.
    templates: RwLock<HashMap<Key, Arc<Template>>>,
}

/// What ends a sentence.
const SENTENCE_ENDS: [char; 5] = ['.', '!', '?', '।', '。'];

/// The key of a logo among the pictures: no picture of an issue begins with a slash.
fn logo_key(file: &str) -> String {
    format!("/{file}")
}

/// Makes the pictures of an issue fit for mail, each in the size in which it is shown; the publication's logo as well, if it is known.
///
/// # Errors
/// A finding for each picture that cannot be used.
pub fn pictures(publication: Option<&Publication>, issue: &Issue, cache: &PictureCache) -> Result<Pictures, Vec<Diagnostic>> {
    let default = Theme::default();
    let theme = publication.map_or(&default, |publication| &publication.theme);
    let of_blocks = issue.editions.iter().flat_map(|edition| &edition.blocks).flat_map(|block| {
        let width = html::display_width(theme, block);
        block.pictures().into_iter().map(move |picture| {
            let content = issue.pictures.get(&picture.file);
            content.map(|content| Use { key: picture.file.clone(), width: 2 * width, content, place: &picture.place })
        })
    });
    let of_logo = publication.iter().flat_map(|publication| {
        theme.logo.iter().flat_map(|logo| {
            logo.files().map(|(file, place)| {
                let content = publication.assets.get(file);
                content.map(|content| Use { key: logo_key(file), width: 2 * logo.width, content, place })
            })
        })
    });
    Pictures::prepare(of_blocks.chain(of_logo).flatten(), cache)
}

impl Composer {
    /// What composes an issue, with its pictures made ready by [`pictures`]. Its messages are not signed.
    #[must_use]
    pub fn new(publication: &Publication, issue: &Issue, pictures: Pictures) -> Self {
        Self {
            publication: publication.clone(),
            issue: issue.clone(),
            pictures,
            signer: None,
            leave: None,
            templates: RwLock::default(),
        }
    }

    /// The same, every message signed by what [`dkim::signer()`] has made, if it has.
    #[must_use]
    pub fn signed_by(self, signer: Option<Signer>) -> Self {
        Self { signer, ..self }
    }

    /// What signs the messages, if anything.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// The same, every message with its reader's own link out of the list, as [`leave()`] has made it, if it has.
    #[must_use]
    pub fn left_by(self, leave: Option<Leave>) -> Self {
        Self { leave, ..self }
    }

    /// The keys of readers' own links, if messages carry them.
    #[must_use]
    pub fn keyring(&self) -> Option<&Arc<Keyring>> {
        self.leave.as_ref().map(|leave| &leave.keyring)
    }

    /// The issue.
    #[must_use]
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The edition a reader gets: in their language, else in the publication's first language that there is one in.
    #[must_use]
    pub fn edition(&self, reader: &Reader<'_>) -> &Edition {
        self.issue.edition(&self.publication.vocabulary.chain(reader.language()))
    }

    /// The message for a reader.
    #[must_use]
    pub fn compose(&self, reader: &Reader<'_>, purpose: Purpose) -> Message {
        let (template, filled) = self.filled(reader, purpose);
        let (html, blocks) = template.html(&filled);
        let subject = template.subject(&filled);
        let spliced = self.splice(reader, purpose, &template, &filled, &subject);
        let text = template.text(&filled);
        let edition = self.edition(reader).language;
        Message { bytes: spliced.to_vec(), id: spliced.id, edition, subject, html, blocks, text }
    }

    /// The same message's octets, in pieces, of which those that others have as well are made once and not copied. This costs
    /// microseconds after the first reader who sees the same blocks.
    #[must_use]
    pub fn spliced(&self, reader: &Reader<'_>, purpose: Purpose) -> Spliced {
        let (template, filled) = self.filled(reader, purpose);
        let subject = template.subject(&filled);
        self.splice(reader, purpose, &template, &filled, &subject)
    }

    fn splice(&self, reader: &Reader<'_>, purpose: Purpose, template: &Template, filled: &Filled, subject: &str) -> Spliced {
        let leave = self.leave.as_ref().map(|leave| leave.header(&self.publication, reader));
        let (own, id) = message::own_header(&self.publication, &self.issue.slug, reader, purpose, subject, leave.as_deref());
        Spliced::new(id, template.pieces(&own, filled, self.signer.as_ref()))
    }

    /// The template for a reader, and what it becomes for them.
    fn filled(&self, reader: &Reader<'_>, purpose: Purpose) -> (Arc<Template>, Filled) {
        let edition = self.edition(reader);
        let seen = edition.blocks.iter().enumerate().filter(|(_, block)| reader.sees(block)).map(|(index, _)| index).collect();
        let mut key = Key { edition: edition.language, purpose, seen, blank: Vec::new(), is_seamed: false };
        let mut template = self.template(&key, reader, &[]);
        let mut values = self.values(&template, reader);
        if values.iter().any(|value| is_shaping(value)) {
            return self.settled(reader, purpose);
        }
        // What is empty takes its surroundings with it, such as a caption's paragraph.
        key.blank = values.iter().enumerate().filter(|(_, value)| value.is_empty()).map(|(index, _)| index).collect();
        let mut blank = Vec::new();
        if !key.blank.is_empty() {
            blank = key.blank.iter().map(|&index| template.fields()[index].clone()).collect();
            template = self.template(&key, reader, &blank);
            values = self.values(&template, reader);
        }
        if template.is_shaped_by(&values) {
            return self.settled(reader, purpose);
        }
        if let Some(filled) = template.fill(values.clone()) {
            return (template, filled);
        }
        key.is_seamed = true;
        let template = self.template(&key, reader, &blank);
        let filled = template.fill(values).expect("it has seams");
        (template, filled)
    }

    /// What the fields of a template stand for.
    fn values(&self, template: &Template, reader: &Reader<'_>) -> Vec<String> {
        let link = || self.leave.as_ref().map_or_else(String::new, |leave| leave.link(&self.publication, reader));
        let value = |field: &Field| if leave::is_link(field) { link() } else { reader.value(field) };
        template.fields().iter().map(value).collect()
    }

    /// A template of one's own, for values on which the shape of the message depends.
    fn settled(&self, reader: &Reader<'_>, purpose: Purpose) -> (Arc<Template>, Filled) {
        let slots = Slots::settled(reader);
        let template = Template::new(&self.open_letter(reader, &slots), purpose, false);
        let filled = template.fill(Vec::new()).expect("it has no slots");
        (Arc::new(template), filled)
    }

    fn template(&self, key: &Key, reader: &Reader<'_>, blank: &[Field]) -> Arc<Template> {
        let known = self.templates.read().unwrap_or_else(PoisonError::into_inner).get(key).map(Arc::clone);
        known.unwrap_or_else(|| {
            let slots = Slots::open(reader, blank.to_vec());
            let template = Template::new(&self.open_letter(reader, &slots), key.purpose, key.is_seamed);
            let template = Arc::new(template.with_fields(slots.into_fields()));
            let mut templates = self.templates.write().unwrap_or_else(PoisonError::into_inner);
            // Another thread may have been faster: everyone shares one.
            Arc::clone(templates.entry(key.clone()).or_insert(template))
        })
    }

    /// A letter as it goes into a message, with what fills its fields.
    fn open_letter<'a>(&'a self, reader: &'a Reader<'a>, slots: &'a Slots<'a>) -> Letter<'a> {
        let web = self.publication.web.as_ref();
        Letter { slots: Some(slots), ..self.letter(reader, web.filter(|web| web.are_pictures_hosted)) }
    }

    /// An edition as a page of its own, for the place on the web that mails refer to: as whoever comes by sees it, without the blocks that are for
    /// some groups, its pictures named there. `None` where the publication has no such place.
    #[must_use]
    pub fn web_page(&self, language: Language) -> Option<String> {
        let web = self.publication.web.as_ref()?;
        // Whoever comes by is nobody in particular: the way out is the list's mailbox.
        let reader = Reader::Passerby(language);
        Some(html::render(&Letter { own_link: None, ..self.letter(&reader, Some(web)) }).0)
    }

    /// What both renderers make a reader's message of, for whoever wants one part of it alone: [`html::render`], [`text::render`].
    /// Pictures are named at `hosted`, or, without it, as parts of the message.
    #[must_use]
    pub fn letter<'a>(&'a self, reader: &'a Reader<'a>, hosted: Option<&'a Web>) -> Letter<'a> {
        let edition = self.edition(reader);
        Letter {
            publication: &self.publication,
            slug: &self.issue.slug,
            edition,
            reader,
            theme: &self.publication.theme,
            pictures: &self.pictures,
            hosted,
            slots: None,
            own_link: self.leave.as_ref().map(|leave| leave.link(&self.publication, reader)),
            anchors: Letter::number(edition, reader),
        }
    }

    /// Every picture that a mail of this issue may name on the web, with its address there. Empty where the publication has no such
    /// place.
    #[must_use]
    pub fn hosted_pictures(&self) -> Vec<(String, &Inline)> {
        let at = |web: &Web| self.pictures.all().map(|picture| (web.picture(&picture.hosted_name()), picture)).collect();
        self.publication.web.as_ref().map(at).unwrap_or_default()
    }

    /// The pictures, ready for mail.
    #[must_use]
    pub fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// The publication.
    #[must_use]
    pub fn publication(&self) -> &Publication {
        &self.publication
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
    /// The issue's name.
    pub slug: &'a str,
    /// The edition the reader gets.
    pub edition: &'a Edition,
    /// Who reads.
    pub reader: &'a Reader<'a>,
    /// The look.
    pub theme: &'a Theme,
    /// The prepared pictures.
    pub pictures: &'a Pictures,
    /// Where pictures are named on the web; `None` where the message carries them.
    hosted: Option<&'a Web>,
    /// What stands for the merge fields of a template.
    slots: Option<&'a Slots<'a>>,
    /// The reader's own link out of the list.
    own_link: Option<String>,
    /// The number of each piece that a contents list names, by the place of its block in the edition and of its title in the block.
    anchors: BTreeMap<(usize, usize), usize>,
}

/// Which messages are made from one template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    edition: Language,
    purpose: Purpose,
    /// The blocks that are seen, by their place in the edition.
    seen: Vec<usize>,
    /// The merge fields that stand for nothing, by their number in the template without any.
    blank: Vec<usize>,
    /// Whether the text is one with seams because of a value.
    is_seamed: bool,
}

/// Whether what stands around a value may depend on it: quotation marks are not put around others, nor a dot in the middle after a
/// full stop.
fn is_shaping(value: &str) -> bool {
    value.contains(['“', '”', '«', '»', '„', '「', '」', '"']) || value.ends_with(SENTENCE_ENDS)
}

impl<'a> Letter<'a> {
    /// A text with its merge fields filled.
    fn fill(&self, text: &Text) -> String {
        match self.slots {
            Some(slots) => slots.fill(text),
            None => self.reader.fill(text),
        }
    }

    /// The reader's own link out of the list; `None` where it is left by a mail.
    fn own_link(&self) -> Option<String> {
        let own = self.own_link.as_ref()?;
        Some(self.slots.map_or_else(|| own.clone(), |slots| slots.own_link(own)))
    }

    /// Whether the reader has a link out of the list of their own.
    fn has_own_link(&self) -> bool {
        self.own_link.is_some()
    }

    /// Numbers the pieces that this reader sees, from 1.
    fn number(edition: &Edition, reader: &Reader<'_>) -> BTreeMap<(usize, usize), usize> {
        let seen = edition.blocks.iter().enumerate().filter(|(_, block)| reader.sees(block));
        let pieces = seen.flat_map(|(index, block)| (0..block.headings().len()).map(move |nth| (index, nth)));
        pieces.zip(1..).collect()
    }

    /// The number of a piece: of the `nth` title of a block.
    fn anchor(&self, index: usize, nth: usize) -> Option<usize> {
        self.anchors.get(&(index, nth)).copied()
    }

    /// The words of a link that leads on from a piece.
    fn read_more(&self, article: &Article, link: &ReadMore) -> String {
        match &link.text {
            Some(text) => self.fill(text),
            None => self.edition.language.words().read_more(&self.fill(&article.title)),
        }
    }

    /// The page of this edition on the web, if there is such a place.
    fn web_page(&self) -> Option<String> {
        // What is withheld from the archive of the service has no page there.
        let web = self.publication.web.as_ref().filter(|web| !web.is_served || self.edition.is_archived);
        web.map(|web| web.page(self.slug, self.edition.language))
    }

    /// The address of a picture: of the message's own part, or on the web.
    fn picture_address(&self, picture: &Inline) -> String {
        match self.hosted {
            Some(web) => web.picture(&picture.hosted_name()),
            None => format!("cid:{}", self.content_id(picture)),
        }
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
        let parts: Vec<_> = picture.caption.iter().chain(&picture.credit).map(|part| self.fill(part)).collect();
        // A caption that is a sentence needs no dot in the middle after its full stop.
        let separator =
            if parts[..1.min(parts.len())].iter().any(|caption| caption.ends_with(SENTENCE_ENDS)) { " " } else { " · " };
        parts.join(separator)
    }

    /// Number and title of each piece, as a contents list gives them.
    fn contents(&self) -> Vec<(usize, String)> {
        let title = |index: usize, nth: usize| self.fill(self.edition.blocks[index].headings()[nth]);
        self.anchors.iter().map(|(&(index, nth), &number)| (number, title(index, nth))).collect()
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
