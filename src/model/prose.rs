//! Longer texts: Markdown (`CommonMark`) as a tree that both renderers walk.
//!
//! What a mail cannot carry safely has no place in the tree: HTML, pictures and links of other schemes are mistakes, shown in their line.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, OffsetIter, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

use super::address::{describe, is_forbidden};
use super::bidi;
use super::document::{Fields, Literal, Mistakes};
use super::link::Link;
use super::mistake;
use super::source::Place;
use super::text::Text;

/// How far lists, quotations and emphasis may stand inside one another: further than any text needs, and far from what would
/// exhaust the stack of those that walk the tree.
const DEPTH_MAX: usize = 24;

/// A text of paragraphs, lists and the like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prose {
    /// The parts, in order.
    pub parts: Vec<Part>,
    place: Option<Place>,
}

/// A part of a [`Prose`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading inside the text, of whatever level it was written: it stands below its block's title.
    Heading(Vec<Inline>),
    /// A list; `first` is the number of the first item of a numbered one.
    List {
        /// The number of the first item, or `None` for bullets.
        first: Option<u64>,
        /// The items, each a text of its own.
        items: Vec<Prose>,
    },
    /// A quotation.
    Quotation(Prose),
    /// Lines whose white space counts.
    Preformatted(String),
    /// A thin line between two parts.
    Rule,
}

/// A part of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words, with merge fields.
    Text(Text),
    /// Stressed.
    Emphasis(Vec<Inline>),
    /// Strong.
    Strong(Vec<Inline>),
    /// Words that lead somewhere.
    Link(Link, Vec<Inline>),
    /// Words as typed, in a fixed-width face.
    Code(String),
    /// A line break that the writer asked for.
    Break,
}

impl Prose {
    /// Reads Markdown. Mistakes are collected, and what is sound is returned all the same.
    pub fn read(literal: &Literal<'_>, mistakes: &Mistakes) -> Self {
        let events = || Parser::new_ext(literal.text, Options::empty()).into_offset_iter();
        let place = Some(literal.place());
        if let Some(span) = too_deep(events()) {
            mistakes.add(mistake::nested_too_deep(literal.place_of(span)));
            return Self { parts: Vec::new(), place };
        }
        let events = events();
        let definitions = events.reference_definitions().iter();
        let unused = definitions.map(|(label, definition)| (label.to_lowercase(), definition.span.clone())).collect();
        let mut reader = Reader { literal, mistakes, events: TextMergeWithOffset::new(events), unused };
        let parts = reader.parts(None);
        for span in reader.unused.into_values() {
            let problem = "this line would be read nowhere: to Markdown it is the address of a link, and no link uses it";
            mistakes.add(mistake::bad_value(literal.place_of(span), problem, "if it is text, begin it with \\["));
        }
        Self { parts, place }
    }

    /// Where it is written, if in a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Every text in it, in reading order.
    pub fn each_text<'p>(&'p self, visit: &mut impl FnMut(&'p Text)) {
        for part in &self.parts {
            match part {
                Part::Paragraph(inlines) | Part::Heading(inlines) => Inline::each_text(inlines, visit),
                Part::List { items, .. } => items.iter().for_each(|item| item.each_text(visit)),
                Part::Quotation(prose) => prose.each_text(visit),
                Part::Preformatted(_) | Part::Rule => {}
            }
        }
    }
}

impl Inline {
    fn each_text<'p>(inlines: &'p [Self], visit: &mut impl FnMut(&'p Text)) {
        for inline in inlines {
            match inline {
                Self::Text(text) => visit(text),
                Self::Emphasis(inner) | Self::Strong(inner) | Self::Link(_, inner) => Self::each_text(inner, visit),
                Self::Code(_) | Self::Break => {}
            }
        }
    }
}

/// Where a text first goes deeper than [`DEPTH_MAX`], if it does.
fn too_deep(events: OffsetIter<'_>) -> Option<Range<usize>> {
    let mut depth = 0;
    for (event, span) in events {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Some(span);
        }
    }
    None
}

struct Reader<'a, 'l> {
    literal: &'a Literal<'l>,
    mistakes: &'a Mistakes,
    events: TextMergeWithOffset<'a, OffsetIter<'a>>,
    /// Link definitions that no link has used so far, by label.
    unused: BTreeMap<String, Range<usize>>,
}

impl<'a> Reader<'a, '_> {
    /// The parts up to the end tag `until`, or to the end of the text.
    fn parts(&mut self, until: Option<TagEnd>) -> Vec<Part> {
        let mut parts = Vec::new();
        // Items of a tight list hold words without a paragraph around them.
        let mut loose = Vec::new();
        while let Some((event, span)) = self.events.next() {
            let part = match event {
                Event::End(end) if Some(end) == until => break,
                Event::Start(Tag::Paragraph) => Part::Paragraph(self.inlines(TagEnd::Paragraph)),
                Event::Start(Tag::Heading { level, .. }) => Part::Heading(self.inlines(TagEnd::Heading(level))),
                Event::Start(Tag::List(first)) => self.list(first),
                Event::Start(Tag::BlockQuote(kind)) => Part::Quotation(self.nested(TagEnd::BlockQuote(kind), span)),
                Event::Start(Tag::CodeBlock(_)) => Part::Preformatted(bidi::settled(&self.code_block())),
                Event::Rule => Part::Rule,
                Event::Start(Tag::HtmlBlock) => {
                    self.skip_html_block(span);
                    continue;
                }
                other => {
                    self.inline(other, span, &mut loose);
                    continue;
                }
            };
            if !loose.is_empty() {
                parts.push(Part::Paragraph(std::mem::take(&mut loose)));
            }
            parts.push(part);
        }
        if !loose.is_empty() {
            parts.push(Part::Paragraph(loose));
        }
        parts
    }

    /// What stands within a quotation or an item, up to its end.
    fn nested(&mut self, until: TagEnd, span: Range<usize>) -> Prose {
        Prose { parts: self.parts(Some(until)), place: Some(self.literal.place_of(span)) }
    }

    fn list(&mut self, first: Option<u64>) -> Part {
        let mut items = Vec::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => items.push(self.nested(TagEnd::Item, span)),
                Event::End(TagEnd::List(_)) => break,
                _ => {}
            }
        }
        Part::List { first, items }
    }

    fn code_block(&mut self) -> String {
        let mut code = String::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::Text(text) if self.is_clean(&text, &span) => code.push_str(&text),
                Event::End(TagEnd::CodeBlock) => break,
                _ => {}
            }
        }
        code
    }

    fn skip_html_block(&mut self, span: Range<usize>) {
        // A comment is HTML too: what is not for readers belongs in a TOML comment.
        let first_line = self.literal.text[span.clone()].lines().next().map_or(span.end, |line| span.start + line.len());
        self.mistakes.add(mistake::raw_html(self.literal.place_of(span.start..first_line)));
        for (event, _) in self.events.by_ref() {
            if matches!(event, Event::End(TagEnd::HtmlBlock)) {
                break;
            }
        }
    }

    fn inlines(&mut self, until: TagEnd) -> Vec<Inline> {
        let mut inlines = Vec::new();
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::End(end) if end == until => break,
                other => self.inline(other, span, &mut inlines),
            }
        }
        inlines
    }

    fn inline(&mut self, event: Event<'a>, span: Range<usize>, into: &mut Vec<Inline>) {
        match event {
            Event::Text(text) => self.text(&text, &span, into),
            Event::SoftBreak => into.push(Inline::Text(Text::from(" "))),
            Event::HardBreak => into.push(Inline::Break),
            Event::Code(code) if self.is_clean(&code, &span) => into.push(Inline::Code(bidi::settled(&code))),
            Event::Start(Tag::Emphasis) => into.push(Inline::Emphasis(self.inlines(TagEnd::Emphasis))),
            Event::Start(Tag::Strong) => into.push(Inline::Strong(self.inlines(TagEnd::Strong))),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                self.unused.remove(&id.to_lowercase());
                if !title.is_empty() {
                    let problem = "the title of a link is read nowhere in a mail";
                    self.mistakes.add(mistake::bad_value(
                        self.literal.place_of(span.clone()),
                        problem,
                        "write it among the words",
                    ));
                }
                let written = match link_type {
                    pulldown_cmark::LinkType::Email => format!("mailto:{dest_url}"),
                    _ => dest_url.into_string(),
                };
                let inner = self.inlines(TagEnd::Link);
                match Link::parse(&written) {
                    Ok(link) => into.push(Inline::Link(link.at(self.literal.place_of(span)), inner)),
                    Err(problem) => self.mistakes.add(mistake::bad_link(self.literal.place_of(span), &written, problem)),
                }
            }
            Event::Start(Tag::Image { .. }) => {
                self.inlines(TagEnd::Image);
                self.mistakes.add(mistake::markdown_picture(self.literal.place_of(span)));
            }
            Event::InlineHtml(_) | Event::Html(_) => self.mistakes.add(mistake::raw_html(self.literal.place_of(span))),
            // The other events belong to extensions that are off.
            _ => {}
        }
    }

    /// Whether a text holds no control character but tabs and line ends.
    fn is_clean(&self, text: &str, span: &Range<usize>) -> bool {
        let Some(c) = text.chars().find(|&c| is_forbidden(c) && !matches!(c, '\t' | '\n')) else { return true };
        let place = self.literal.place_of(span.clone());
        self.mistakes.add(mistake::control_character(place, "the text", &describe(c)));
        false
    }

    fn text(&mut self, text: &str, span: &Range<usize>, into: &mut Vec<Inline>) {
        if !self.is_clean(text, span) {
            return;
        }
        // Where Markdown resolved escapes or entities, text and source differ in length: then the whole stretch is shown.
        let place_of = |part: Range<usize>| {
            let is_plain = self.literal.text.get(span.clone()) == Some(text);
            let part = if is_plain { span.start + part.start..span.start + part.end } else { span.clone() };
            self.literal.place_of(part)
        };
        into.extend(Text::parse(text, place_of, self.mistakes).map(Inline::Text));
    }
}

impl Fields<'_> {
    /// A Markdown text, not empty.
    pub fn prose(&self, key: &'static str) -> Option<Prose> {
        let literal = self.string(key)?;
        if literal.text.trim().is_empty() {
            self.mistakes().add(mistake::empty(literal.place(), key));
            return None;
        }
        Some(Prose::read(&literal, self.mistakes()))
    }
}
