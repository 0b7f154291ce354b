//! The editions of an issue as files: to open without a server, to mail to a colleague, to lay down beside the issue. The same panes as
//! at the desk, without deeds and without a script: which pane is seen, the address's fragment says, and what is chosen within it are radio
//! buttons that the style sheet heeds.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use maud::{Markup, html};
use rayon::prelude::*;

use super::letter::{self, Addresses, Choice, Colours, Engine, Hosted, Look, Opened, Pane, Pictures, Rendition, Setting, Width};
use super::page::{Dress, GENERATOR, Page};
use super::panel::{self, Lead, Shown};
use crate::check::Checked;
use crate::compose::{Composer, Message, Reader};
use crate::model::issue::Edition;
use crate::model::language::Language;
use crate::model::mail::Attached;

const INDEX: &str = "index.html";
const PICTURES: &str = "pictures";
/// What belongs on the web: its files lie in it as they are to lie below the publication's base address.
pub const WEB: &str = "web";
/// The mail in its [renditions](Rendition), but for the one that changes nothing, which has its name from of old.
const VIEWS: &str = "views";
/// What files can show; the octets themselves are a file to open in a mail program.
const PANES: [Pane; 5] = [Pane::Mail, Pane::Text, Pane::Inbox, Pane::Headers, Pane::Parts];

/// How much of an issue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All that a person or a web server has a use for.
    Whole,
    /// The finished messages alone, for another program to take.
    Messages,
}

/// Writes every edition, as anyone would read it, into the folder `out`, and returns the files written:
///
/// - `<language>.eml`, the message itself
///
/// and, as a whole:
///
/// - `<language>.html`, a whole document, with its pictures in `pictures/`
/// - `<language>.txt`, the plain text
/// - `views/<language>-….html`, the mail as one kind of program shows it: `-light` and `-dark` whatever the device prefers, `-gmail-dark`,
///   `-outlook-dark`, `-word`, `-word-dark`, and each of them with `-no-pictures`; alone, that is the mail itself without them
/// - `index.html`, to leaf through them: every pane of the desk, and the checks
/// - where the publication has a place on the web, `web/`: exactly the files that its mails refer to there
///
/// The folder is made where it is missing. Files of an earlier build are replaced, each at one stroke; nothing is ever deleted.
///
/// # Errors
/// If the folder has files in it and was not made by this function, if nothing can be composed, or if a file cannot be written.
pub fn write(out: &Path, checked: &Checked, extent: Extent) -> io::Result<Vec<PathBuf>> {
    let Some(composer) = &checked.composer else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "nothing is built before every mistake is mended"));
    };
    fs::create_dir_all(out).map_err(|error| explained(out, &error))?;
    claim(out)?;
    let put_all = |files: Vec<NewFile<'_>>| files.par_iter().map(|(name, content)| put(out, name, content)).collect();
    if extent == Extent::Messages {
        let messages = checked.messages.iter().map(|message| (eml(message.edition), message.bytes.as_slice().into()));
        return put_all(messages.collect());
    }
    let leaf = |message| Leaf::new(composer, message);
    let (leaves, on_web): (Vec<_>, _) = rayon::join(|| checked.messages.par_iter().map(leaf).collect(), || for_the_web(composer));
    let mut files = leaves.iter().flat_map(Leaf::files).collect::<Vec<_>>();
    files.push((INDEX.to_owned(), index(checked, &leaves).into_bytes().into()));
    files.extend(on_web);
    let mut named = BTreeSet::new();
    files.retain(|(name, _)| named.insert(name.clone()));
    put_all(files)
}

/// The name of an edition's message.
fn eml(language: Language) -> String {
    format!("{language}.eml")
}

/// A name below the folder, and what is to stand there.
type NewFile<'a> = (String, Cow<'a, [u8]>);

/// Each edition as a page of its own, and every picture that mails or these pages name.
fn for_the_web(composer: &Composer) -> Vec<NewFile<'_>> {
    let slug = &composer.issue().slug;
    let page = |edition: &Edition| {
        let page = composer.web_page(edition.language)?;
        Some((format!("{WEB}/{slug}/{}.html", edition.language), page.into_bytes().into()))
    };
    let pages = composer.issue().editions.iter().filter_map(page);
    let pictures = composer
        .hosted_pictures()
        .into_iter()
        .map(|(_, picture)| (format!("{WEB}/{PICTURES}/{}", picture.hosted_name()), picture.prepared.bytes.as_slice().into()));
    pages.chain(pictures).collect()
}

/// Sees to it that the folder is empty or ours: with our page in it, or with nothing but messages of editions.
fn claim(out: &Path) -> io::Result<()> {
    let is_message = |name: &str| name.strip_suffix(".eml").is_some_and(|tag| Language::from_tag(tag).is_some());
    let entries = fs::read_dir(out).map_err(|error| explained(out, &error))?;
    let has_others = entries.flatten().any(|entry| !entry.file_name().to_str().is_some_and(is_message));
    let mark = format!("<meta name=\"generator\" content=\"{GENERATOR}\">");
    if !has_others || fs::read(out.join(INDEX)).is_ok_and(|index| String::from_utf8_lossy(&index).contains(&mark)) {
        return Ok(());
    }
    let message = format!("{} has files in it that are not of an earlier build: name an empty or a new folder", out.display());
    Err(io::Error::new(ErrorKind::DirectoryNotEmpty, message))
}

/// An edition in the album.
struct Leaf<'a> {
    message: &'a Message,
    opened: Opened<'a>,
    /// The file of each picture, by its place in the message: those inside it first, then those on the web.
    pictures: Vec<String>,
}

impl<'a> Leaf<'a> {
    fn new(composer: &Composer, message: &'a Message) -> Self {
        let opened = Opened::new(message.bytes.as_slice(), &Hosted::all(composer)).expect("what is composed is a message");
        let file = |picture: &Attached| {
            let kind = picture.media_type.strip_prefix("image/").unwrap_or("octets");
            let kind = if kind == "jpeg" { "jpg" } else { kind };
            // Named by content: editions share pictures, and no two pictures share a name. A Content-ID begins with such a name.
            let hash = picture.content_id.split('@').next().unwrap_or_default();
            format!("{PICTURES}/{hash}.{kind}")
        };
        let base = composer.publication().web.as_ref().map_or("", |web| web.base.as_str());
        let on_web = |hosted: &Hosted| format!("{WEB}/{}", hosted.address.strip_prefix(base).unwrap_or_default());
        let pictures = opened.mail.pictures.iter().map(file).chain(opened.hosted.iter().map(on_web)).collect();
        Self { message, opened, pictures }
    }

    fn files(&self) -> Vec<NewFile<'_>> {
        let name = |extension: &str| format!("{}.{extension}", self.message.edition);
        let pictures =
            self.pictures.iter().cloned().zip(self.opened.mail.pictures.iter().map(|picture| picture.bytes.as_slice().into()));
        let views = Rendition::all().map(|rendition| {
            let file = self.view(rendition);
            let up = if file.contains('/') { "../" } else { "" };
            let html = self.opened.document(rendition, |index| format!("{up}{}", self.pictures[index]));
            (file, html.into_bytes().into())
        });
        let texts = [
            (name("txt"), self.opened.mail.text.as_bytes().into()),
            (eml(self.message.edition), self.message.bytes.as_slice().into()),
        ];
        pictures.chain(views).chain(texts).collect()
    }

    /// The file of a rendition.
    fn view(&self, rendition: Rendition) -> String {
        let name = format!("{}{}.html", self.message.edition, rendition.suffix());
        if rendition == Rendition::default() { name } else { format!("{VIEWS}/{name}") }
    }

    /// The name of a view within the index.
    fn anchor(&self, pane: Pane) -> String {
        format!("{}-{}", self.message.edition, pane.name())
    }
}

/// The page to leaf through. All views are in it; the address's fragment says which one is seen, so that neither server nor script is
/// needed.
fn index(checked: &Checked, leaves: &[Leaf<'_>]) -> String {
    let title = leaves.first().map_or_else(String::new, |leaf| leaf.message.subject.clone());
    let bar = html! {
        p.place {
            @if let Some(publication) = &checked.publication { bdi { (publication.name) } }
            @if let Some(issue) = &checked.issue { span.slug { (issue.slug) } }
        }
    };
    let findings: Vec<_> = checked.findings.iter().collect();
    let main = html! {
        main #main .desk tabindex="-1" {
            div.album {
                @for leaf in leaves {
                    @for pane in PANES { (view(leaf, pane, leaves)) }
                }
            }
            aside {
                section #checks aria-labelledby="checks-title" { (panel::checks(&findings, &|_| Lead::default())) }
                @for leaf in leaves { (costs(checked, leaf, leaves.len() > 1)) }
            }
        }
    };
    Page { title, follows: None, bar, main }.document(Dress::Inline)
}

/// What stands beside the mail of an edition besides the checks.
fn costs(checked: &Checked, leaf: &Leaf<'_>, is_named: bool) -> Markup {
    let Some(composer) = &checked.composer else { return html! {} };
    let language = leaf.message.edition;
    let address = |_| format!("#{}", leaf.anchor(Pane::Mail));
    let (reader, mail) = (Reader::Anyone(language), &leaf.opened.mail);
    let shown = Shown { composer, reader, message: leaf.message, mail, address: &address };
    html! {
        div.costs {
            @if is_named { h2 lang=(language) { (language.words().name) } }
            (panel::folds(&shown, &format!("{language}-")))
        }
    }
}

/// One pane of an edition, with the ways to the others.
fn view(leaf: &Leaf<'_>, pane: Pane, leaves: &[Leaf<'_>]) -> Markup {
    let language = leaf.message.edition;
    html! {
        section.view.letter id=(leaf.anchor(pane)) aria-label={ (language.words().name) ", " (pane.title()) } {
            @if leaves.len() > 1 {
                nav.segments aria-label="Editions" {
                    @for other in leaves {
                        a href={ "#" (other.anchor(pane)) } lang=(other.message.edition)
                            aria-current=[(other.message.edition == language).then_some("true")] {
                                (other.message.edition.words().name)
                            }
                    }
                }
            }
            (letter::head(&leaf.opened, Some(language), None))
            nav.tabs aria-label="Views of the message" {
                (letter::tabs(&PANES, pane, |pane| format!("#{}", leaf.anchor(pane))))
                span.files {
                    @for extension in ["html", "txt", "eml"] { a href={ (language) "." (extension) } { "." (extension) } }
                }
            }
            (tools(leaf, pane))
            div.pane .(pane.name()) role="region" aria-label=(pane.title()) tabindex=[pane.is_read().then_some("0")] { (shown(leaf, pane)) }
        }
    }
}

/// What can be chosen within a pane.
fn tools(leaf: &Leaf<'_>, pane: Pane) -> Markup {
    let group = |what: &str| format!("{}-{what}", leaf.message.edition);
    html! {
        div.tools {
            @match pane {
                Pane::Mail => {
                    (switch::<Width>("Width", &group("width")))
                    (switch::<Colours>("Colours", &group("colours")))
                    (switch::<Pictures>("Pictures", &group("pictures")))
                    (switch::<Engine>("Engine", &group("engine")))
                    @for rendition in Rendition::all() {
                        @if let Some(note) = rendition.note() {
                            p.quiet.variant data-colours=(colours(rendition)) data-pictures=(rendition.pictures.name())
                                data-engine=(rendition.engine.name()) { (note) }
                        }
                    }
                }
                Pane::Text => (switch::<Setting>("Plain text", &group("text"))),
                _ => {}
            }
        }
    }
}

/// A switch between choices that needs neither a server nor a script.
fn switch<C: Choice>(legend: &str, group: &str) -> Markup {
    html! {
        fieldset.segments {
            legend { (legend) }
            @for &choice in C::ALL {
                label {
                    input type="radio" name=(group) value=(choice.name()) checked[choice == C::default()];
                    (choice.title())
                }
            }
        }
    }
}

/// What is in a pane: every variant, of which the style sheet shows the one that is chosen.
fn shown(leaf: &Leaf<'_>, pane: Pane) -> Markup {
    let addresses = Addresses { html: leaf.view(Rendition::default()), source: None, file: eml(leaf.message.edition) };
    let look = Look { pane, ..Look::default() };
    match pane {
        Pane::Mail => html! {
            div.screen {
                @for rendition in Rendition::all() {
                    // Only what is seen is loaded.
                    iframe.variant title={ "The mail" @for (_, value) in rendition.fields() { ", " (value) } } src=(leaf.view(rendition))
                        data-colours=(colours(rendition)) data-pictures=(rendition.pictures.name())
                        data-engine=(rendition.engine.name()) loading="lazy" sandbox=(letter::SANDBOX) {}
                }
            }
        },
        Pane::Text => html! {
            @for &setting in Setting::ALL { (letter::pane(&leaf.opened, Look { setting, ..look }, &addresses)) }
        },
        _ => letter::pane(&leaf.opened, look, &addresses),
    }
}

/// The colours for which a rendition is shown: Word has fewer than there are to choose from.
fn colours(rendition: Rendition) -> String {
    let is_this = |&&colours: &&Colours| Rendition { colours, ..rendition }.settled() == rendition;
    Colours::ALL.iter().filter(is_this).map(|colours| colours.name()).collect::<Vec<_>>().join(" ")
}

/// Writes a file at one stroke, with the folders it needs: whoever reads meanwhile sees the old one or the new one, whole.
fn put(out: &Path, name: &str, content: &[u8]) -> io::Result<PathBuf> {
    let path = out.join(name);
    // The whole name and more: files that differ in their ends alone are written at the same time.
    let aside = out.join(format!("{name}.{}.part", std::process::id()));
    let write = || -> io::Result<()> {
        match File::create(&aside) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(out))?;
                File::create(&aside)?.write_all(content)?;
            }
            made => made?.write_all(content)?,
        }
        fs::rename(&aside, &path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&aside);
        explained(&path, &error)
    })?;
    Ok(path)
}

fn explained(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
}
