//! What an edition says: every text and every link of it, in reading order, each with the place where it is written.

use std::ops::Range;

use crate::model::block::{Article, Block, Kind, Picture};
use crate::model::issue::Edition;
use crate::model::link::{Link, mailto};
use crate::model::prose::{Inline, Part, Prose};
use crate::model::source::Place;
use crate::model::text::{Piece, Text};

/// The texts and links of an edition.
#[derive(Debug)]
pub struct Content<'e> {
    /// The edition.
    pub edition: &'e Edition,
    /// Its texts, in reading order.
    pub phrases: Vec<Phrase>,
    /// Its links, in reading order.
    pub mentions: Vec<Mention>,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The subject.
    Subject,
    /// The line beside it.
    Preheader,
    /// The masthead's title.
    Masthead,
    /// The time it reports on.
    Period,
    /// The title of a block, or a heading in its text.
    Heading,
    /// Running text, labels, captions.
    Body,
    /// What stands for a picture.
    Alt,
    /// A name, an office, a place, an hour: what may stay in the letters of another language.
    Name,
    /// A large number.
    Figure,
    /// Words as typed.
    Verbatim,
}

/// A text: of one key, or a paragraph of a longer one.
#[derive(Debug)]
pub struct Phrase {
    /// The block it stands in, by its place in the edition; `None` above the blocks.
    pub block: Option<usize>,
    /// What it is for.
    pub role: Role,
    /// The words as a reader sees them, merge fields as their fallbacks.
    pub words: String,
    place: Place,
}

impl Phrase {
    /// A text outside an edition's file, written there.
    #[must_use]
    pub fn at(place: &Place, words: &str) -> Self {
        Self { block: None, role: Role::Body, words: words.to_owned(), place: place.clone() }
    }

    /// Where it is written.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// Where a part of it is written; the whole where the file spells it otherwise, with escapes or line breaks.
    #[must_use]
    pub fn place_of(&self, part: &str) -> Place {
        let written = self.place.span.as_ref().and_then(|span| Some((span.start, self.place.source.text.get(span.clone())?)));
        match written.and_then(|(start, text)| Some(start + text.find(part)?)) {
            Some(at) => Place::new(&self.place.source, at..at + part.len()),
            None => self.place.clone(),
        }
    }
}

/// A link.
#[derive(Debug)]
pub struct Mention {
    /// The block it stands in, by its place in the edition.
    pub block: usize,
    /// The words that are linked; `None` where the address is shown on purpose, as in a contact.
    pub words: Option<String>,
    /// Where it leads, as an `href`.
    pub href: String,
    /// Where it is written.
    pub place: Place,
}

impl<'e> Content<'e> {
    /// Gathers what an edition says.
    #[must_use]
    pub fn of(edition: &'e Edition) -> Self {
        let mut gatherer = Gatherer { phrases: Vec::new(), mentions: Vec::new(), block: None, fallback: edition.place.clone() };
        gatherer.text(Role::Subject, &edition.subject);
        gatherer.maybe(Role::Preheader, edition.preheader.as_ref());
        gatherer.text(Role::Masthead, &edition.title);
        gatherer.maybe(Role::Period, edition.period.as_ref());
        for (index, block) in edition.blocks.iter().enumerate() {
            gatherer.block = Some(index);
            gatherer.fallback = block.place.clone();
            gatherer.gather(edition, block);
        }
        Self { edition, phrases: gatherer.phrases, mentions: gatherer.mentions }
    }

    /// The texts of one block, or of what stands above all of them.
    pub fn phrases_of(&self, block: Option<usize>) -> impl Iterator<Item = &Phrase> {
        self.phrases.iter().filter(move |phrase| phrase.block == block)
    }
}

/// The words of a text, merge fields as their fallbacks.
pub(super) fn said(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(plain) => plain.clone(),
        Piece::Field(field) => field.fallback.clone().unwrap_or_else(|| "…".to_owned()),
    };
    text.pieces.iter().map(piece).collect()
}

struct Gatherer {
    phrases: Vec<Phrase>,
    mentions: Vec<Mention>,
    block: Option<usize>,
    /// The place for what has none of its own.
    fallback: Place,
}

/// A paragraph being gathered.
#[derive(Default)]
struct Paragraph {
    words: String,
    span: Option<Range<usize>>,
}

impl Gatherer {
    fn text(&mut self, role: Role, text: &Text) {
        let place = text.place().unwrap_or(&self.fallback).clone();
        self.phrases.push(Phrase { block: self.block, role, words: said(text), place });
    }

    fn maybe(&mut self, role: Role, text: Option<&Text>) {
        if let Some(text) = text {
            self.text(role, text);
        }
    }

    fn link(&mut self, words: Option<String>, link: &Link) {
        let place = link.place().unwrap_or(&self.fallback).clone();
        self.mention(words, link.href().to_owned(), place);
    }

    fn mention(&mut self, words: Option<String>, href: String, place: Place) {
        let block = self.block.unwrap_or_default();
        self.mentions.push(Mention { block, words, href, place });
    }

    fn gather(&mut self, edition: &Edition, block: &Block) {
        match &block.kind {
            Kind::Lead(article) | Kind::Article(article) => self.article(edition, article),
            Kind::Pair(articles) => articles.iter().for_each(|article| self.article(edition, article)),
            Kind::Quote(quote) => {
                self.text(Role::Body, &quote.text);
                self.maybe(Role::Name, quote.by.as_ref());
                self.maybe(Role::Name, quote.role.as_ref());
            }
            Kind::List(list) => {
                self.maybe(Role::Heading, list.title.as_ref());
                list.intro.iter().chain(&list.items).for_each(|prose| self.prose(prose));
            }
            Kind::Figures(figures) => {
                self.maybe(Role::Heading, figures.title.as_ref());
                for (value, label) in &figures.items {
                    self.text(Role::Figure, value);
                    self.text(Role::Body, label);
                }
            }
            Kind::Events(events) => {
                self.maybe(Role::Heading, events.title.as_ref());
                for event in &events.items {
                    self.text(Role::Body, &event.title);
                    self.maybe(Role::Name, event.time.as_ref());
                    self.maybe(Role::Name, event.place.as_ref());
                    if let Some(link) = &event.link {
                        self.link(Some(said(&event.title)), link);
                    }
                }
            }
            Kind::Picture(picture) => self.picture(picture),
            Kind::Button(button) => {
                self.text(Role::Body, &button.text);
                self.link(Some(said(&button.text)), &button.link);
            }
            Kind::Divider => {}
            Kind::Contents(title) => self.maybe(Role::Heading, title.as_ref()),
            Kind::Notice(titled) | Kind::About(titled) => {
                self.maybe(Role::Heading, titled.title.as_ref());
                self.prose(&titled.body);
            }
            Kind::Contact(contact) => {
                self.maybe(Role::Heading, contact.title.as_ref());
                contact.body.iter().for_each(|body| self.prose(body));
                if let Some(email) = &contact.email {
                    self.mention(None, mailto(email), self.fallback.clone());
                }
                self.maybe(Role::Name, contact.phone.as_ref());
                contact.link.iter().for_each(|link| self.link(None, link));
            }
        }
    }

    fn article(&mut self, edition: &Edition, article: &Article) {
        self.maybe(Role::Body, article.kicker.as_ref());
        self.text(Role::Heading, &article.title);
        self.maybe(Role::Name, article.place.as_ref());
        article.picture.iter().for_each(|picture| self.picture(picture));
        article.body.iter().for_each(|body| self.prose(body));
        for more in &article.links {
            self.maybe(Role::Body, more.text.as_ref());
            let words = match &more.text {
                Some(text) => said(text),
                None => edition.language.words().read_more(&said(&article.title)),
            };
            self.link(Some(words), &more.link);
        }
    }

    fn picture(&mut self, picture: &Picture) {
        self.maybe(Role::Alt, picture.alt.as_ref());
        self.maybe(Role::Body, picture.caption.as_ref());
        self.maybe(Role::Name, picture.credit.as_ref());
    }

    fn prose(&mut self, prose: &Prose) {
        for part in &prose.parts {
            match part {
                Part::Paragraph(inlines) => self.paragraph(Role::Body, prose, inlines),
                Part::Heading(inlines) => self.paragraph(Role::Heading, prose, inlines),
                Part::List { items, .. } => items.iter().for_each(|item| self.prose(item)),
                Part::Quotation(inner) => self.prose(inner),
                Part::Preformatted(code) => {
                    let place = prose.place().unwrap_or(&self.fallback).clone();
                    self.phrases.push(Phrase { block: self.block, role: Role::Verbatim, words: code.clone(), place });
                }
                Part::Rule => {}
            }
        }
    }

    fn paragraph(&mut self, role: Role, prose: &Prose, inlines: &[Inline]) {
        let mut paragraph = Paragraph::default();
        self.inlines(inlines, &mut paragraph);
        let whole = prose.place().unwrap_or(&self.fallback);
        let place = paragraph.span.map_or_else(|| whole.clone(), |span| Place::new(&whole.source, span));
        self.phrases.push(Phrase { block: self.block, role, words: paragraph.words, place });
    }

    fn inlines(&mut self, inlines: &[Inline], into: &mut Paragraph) {
        for inline in inlines {
            match inline {
                Inline::Text(text) => {
                    into.words.push_str(&said(text));
                    if let Some(found) = text.place().and_then(|place| place.span.clone()) {
                        into.span = Some(match into.span.take() {
                            Some(span) => span.start.min(found.start)..span.end.max(found.end),
                            None => found,
                        });
                    }
                }
                Inline::Emphasis(inner) | Inline::Strong(inner) => self.inlines(inner, into),
                Inline::Link(link, inner) => {
                    let start = into.words.len();
                    self.inlines(inner, into);
                    self.link(Some(into.words[start..].to_owned()), link);
                }
                Inline::Code(code) => into.words.push_str(code),
                Inline::Break => into.words.push(' '),
            }
        }
    }
}
