//! One message shown, parsed back from the very bytes that are sent: the mail as several programs show it, its text, its line in an inbox,
//! its headers, parts and source.
//!
//! - `look`: how it is looked at, as addresses say it
//! - `rendition`: the HTML as one kind of program shows it
//! - `plain`, `inbox`, `field`, `part`: the panes, one each

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use maud::{Markup, html};

mod field;
mod inbox;
mod look;
mod part;
mod plain;
mod rendition;

pub(super) use look::{Choice, Look, Pane, Setting, Width};
pub(super) use rendition::{Colours, Engine, Pictures, Rendition};

use super::page;
use crate::compose::picture::{Inline, Prepared};
use crate::compose::{BlockSpan, Composer};
use crate::model::language::Language;
use crate::model::mail::Mail;

/// A picture that messages name on the web: at hand, so that they are shown whole before it is there, and nothing is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosted {
    /// Its address.
    pub address: String,
    /// The picture.
    pub picture: Arc<Prepared>,
}

impl Hosted {
    /// All that the mails of an issue may name.
    #[must_use]
    pub fn all(composer: &Composer) -> Vec<Self> {
        let hosted = |(address, inline): (String, &Inline)| Self { address, picture: Arc::clone(&inline.prepared) };
        composer.hosted_pictures().into_iter().map(hosted).collect()
    }
}

/// What the frame of a mail may do: no script runs in it, whoever wrote it.
pub(in crate::preview) const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/// A message opened for reading.
#[derive(Debug)]
pub(in crate::preview) struct Opened<'m> {
    /// SHA-256 of the bytes, as 64 hexadecimal digits: names the message wherever a page refers to it.
    pub(in crate::preview) digest: String,
    /// The message as it goes over the wire.
    pub(in crate::preview) bytes: Cow<'m, [u8]>,
    /// What a mail program finds in them.
    pub(in crate::preview) mail: Mail,
    /// The pictures that it names on the web, as far as they are at hand.
    pub(in crate::preview) hosted: Vec<Hosted>,
    /// Where its blocks begin in the HTML part, each with its place in the edition; none where that is not known.
    blocks: Vec<(usize, usize)>,
}

/// Where the parts of a message that are documents of their own are found.
#[derive(Debug)]
pub(in crate::preview) struct Addresses {
    /// The [document](Opened::document) of the HTML part; a [rendition](Rendition::query) of it is asked for by a query.
    pub(in crate::preview) html: String,
    /// The octets as text; `None` where there is nothing that shows them.
    pub(in crate::preview) source: Option<String>,
    /// The octets as a file to keep.
    pub(in crate::preview) file: String,
}

/// The digest that names a message.
pub(in crate::preview) fn digest_of(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref().iter().fold(String::with_capacity(64), |mut digits, octet| {
        write!(digits, "{octet:02x}").expect("writing to a string does not fail");
        digits
    })
}

impl<'m> Opened<'m> {
    /// Opens a message that may name pictures on the web, `hosted` being at hand; `None` where the bytes are none.
    pub(in crate::preview) fn new(bytes: impl Into<Cow<'m, [u8]>>, hosted: &[Hosted]) -> Option<Self> {
        let bytes = bytes.into();
        let mail = Mail::parse(&bytes)?;
        let named = |hosted: &&Hosted| mail.html.contains(&format!("\"{}\"", hosted.address));
        let hosted = hosted.iter().filter(named).cloned().collect();
        Some(Self { digest: digest_of(&bytes), bytes, mail, hosted, blocks: Vec::new() })
    }

    /// The same, with what composing it told of its blocks.
    pub(in crate::preview) fn with_blocks(mut self, blocks: &[BlockSpan]) -> Self {
        self.blocks = blocks.iter().map(|block| (block.html.start, block.block)).collect();
        self
    }

    /// Whether it is known where its blocks begin.
    pub(in crate::preview) fn knows_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Media type and octets of a picture: those inside the message first, then those on the web.
    pub(in crate::preview) fn picture(&self, index: usize) -> Option<(&str, &[u8])> {
        let inside = &self.mail.pictures;
        let on_web = || {
            let picture = &self.hosted.get(index.checked_sub(inside.len())?)?.picture;
            Some((picture.media_type, picture.bytes.as_slice()))
        };
        inside.get(index).map(|picture| (picture.media_type.as_str(), picture.bytes.as_slice())).or_else(on_web)
    }

    /// The HTML part for a browser, in a rendition: pictures at the addresses that `picture` gives for their [places](Self::picture),
    /// links to other sites in a window of their own, and a comment `<!--block N-->` where each block begins. Nothing else is changed in
    /// the rendition that is the default.
    pub(in crate::preview) fn document(&self, rendition: Rendition, picture: impl Fn(usize) -> String) -> String {
        let mut html = self.mail.html.clone();
        for (start, block) in self.blocks.iter().rev().filter(|(start, _)| self.mail.html.is_char_boundary(*start)) {
            html.insert_str(*start, &format!("<!--block {block}-->"));
        }
        html = self.mail.with_pictures(html, &picture);
        for (index, hosted) in (self.mail.pictures.len()..).zip(&self.hosted) {
            html = html.replace(&format!("src=\"{}\"", hosted.address), &format!("src=\"{}\"", picture(index)));
        }
        rendition.document(&html)
    }
}

/// Subject, sender, recipient and size; `language` is that of the edition, where it is known. With an `id`, it can be exchanged.
pub(in crate::preview) fn head(opened: &Opened<'_>, language: Option<Language>, id: Option<&str>) -> Markup {
    let mail = &opened.mail;
    let person = |(name, address): &(String, String)| {
        html! { @if !name.is_empty() { bdi { (name) } " " } span.address { "<" (address) ">" } }
    };
    html! {
        header.head id=[id] data-live[id.is_some()] {
            h1 lang=[language.map(Language::tag)] dir="auto" { (mail.subject) }
            dl.facts {
                div { dt { "From" } dd { (person(&mail.from)) } }
                div { dt { "To" } dd { @for to in &mail.to { (person(to)) } } }
                div { dt { "Size" } dd { (page::size(opened.bytes.len() as u64)) } }
                div { dt { "SHA-256" } dd { code title=(opened.digest) { (&opened.digest[..12]) "…" } } }
            }
        }
    }
}

/// A message with all ways to look at it, `look` being chosen; `at` gives the address of another.
pub(in crate::preview) fn section(
    opened: &Opened<'_>,
    language: Option<Language>,
    look: Look,
    at: &dyn Fn(Look) -> String,
    addresses: &Addresses,
) -> Markup {
    html! {
        (head(opened, language, Some("head")))
        nav #panes .tabs data-live aria-label="Views of the message" {
            (tabs(Pane::ALL, look.pane, |pane| at(Look { pane, ..look })))
        }
        (tools(look, at))
        div #pane .pane .(look.pane.name()) data-live role="region" aria-label=(look.pane.title()) tabindex=[look.pane.is_read().then_some("0")] {
            (pane(opened, look, addresses))
        }
    }
}

/// The ways to look at a message, `current` being looked at; `address` gives where each is.
pub(in crate::preview) fn tabs(panes: &[Pane], current: Pane, address: impl Fn(Pane) -> String) -> Markup {
    html! {
        @for &pane in panes {
            a href=(address(pane)) aria-current=[(pane == current).then_some("page")] { (pane.title()) }
        }
    }
}

/// What can be chosen within the pane.
fn tools(look: Look, at: &dyn Fn(Look) -> String) -> Markup {
    let rendition = look.rendition.settled();
    let (colours, engine) = (rendition.colours, rendition.engine);
    html! {
        div #tools .tools data-live {
            @match look.pane {
                Pane::Mail => {
                    (segments("Width", Width::ALL, look.width, |width| at(look.with_width(width))))
                    (segments("Colours", Colours::of(engine), colours, |colours| at(look.with_colours(colours))))
                    (segments("Pictures", Pictures::ALL, rendition.pictures, |pictures| at(look.with_pictures(pictures))))
                    (segments("Engine", Engine::ALL, engine, |engine| at(look.with_engine(engine))))
                    @if let Some(note) = rendition.note() { p.quiet role="status" { (note) } }
                }
                Pane::Text => (segments("Plain text", Setting::ALL, look.setting, |setting| at(Look { setting, ..look }))),
                _ => {}
            }
        }
    }
}

/// A switch between choices, `current` being made; `address` gives where each leads.
fn segments<C: Choice>(label: &str, choices: &[C], current: C, address: impl Fn(C) -> String) -> Markup {
    html! {
        nav.segments aria-label=(label) {
            @for &choice in choices {
                a href=(address(choice)) aria-current=[(choice == current).then_some("true")] { (choice.title()) }
            }
        }
    }
}

/// What one pane shows.
pub(in crate::preview) fn pane(opened: &Opened<'_>, look: Look, addresses: &Addresses) -> Markup {
    match look.pane {
        Pane::Mail => html! {
            div.screen .(look.width.name()) {
                // Same origin, so that the page can keep its place when it follows a save; but without scripts, whoever wrote them.
                iframe title="The mail" src={ (addresses.html) (look.rendition.settled().query()) } sandbox=(SANDBOX) {}
            }
        },
        Pane::Text => plain::view(&opened.mail, look.setting),
        Pane::Inbox => inbox::view(&opened.mail),
        Pane::Headers => field::view(opened),
        Pane::Parts => part::view(&opened.mail),
        Pane::Source => html! {
            p.quiet {
                "The message as it goes over the wire. " a href=(addresses.file) download { "Save it as a file" } "."
            }
            @if let Some(source) = &addresses.source {
                iframe.octets title="The message's source" src=(source) sandbox="allow-same-origin" {}
            }
        },
    }
}
