//! The editions of an issue as files: to open without a server, to mail to a colleague, to lay down beside the issue.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use maud::{Markup, html};

use super::letter::{self, Addresses, Hosted, Opened, Pane};
use super::page::{Dress, GENERATOR, Page};
use crate::check::Checked;
use crate::compose::{Composer, Message, Purpose, Reader};
use crate::model::issue::Edition;
use crate::model::language::Language;
use crate::model::mail::Attached;

const INDEX: &str = "index.html";
const PICTURES: &str = "pictures";
/// What belongs on the web: its files lie in it as they are to lie below the publication's base address.
pub const WEB: &str = "web";
/// What files can show; the octets themselves are a file to open in a mail program.
const PANES: [Pane; 5] = [Pane::Desktop, Pane::Phone, Pane::Text, Pane::Headers, Pane::Parts];

/// Writes every edition, as anyone would read it, into the folder `out`, and returns the files written:
///
/// - `<language>.html`, a whole document, with its pictures in `pictures/`
/// - `<language>.txt`, the plain text
/// - `<language>.eml`, the message itself
/// - `index.html`, to leaf through them
/// - where the publication has a place on the web, `web/`: exactly the files that its mails refer to there
///
/// The folder is made where it is missing. Files of an earlier build are replaced, each at one stroke; nothing is ever deleted.
///
/// # Errors
/// If the folder has files in it and was not made by this function, if nothing can be composed, or if a file cannot be written.
pub fn write(out: &Path, checked: &Checked) -> io::Result<Vec<PathBuf>> {
    let Some(composer) = &checked.composer else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "nothing is built before every mistake is mended"));
    };
    fs::create_dir_all(out).map_err(|error| explained(out, &error))?;
    claim(out)?;
    let leaves: Vec<_> = composer.issue().editions.iter().map(|edition| Leaf::new(composer, edition)).collect();
    let mut written = Vec::new();
    for leaf in &leaves {
        leaf.write(out, &mut written)?;
    }
    put(out, INDEX, index(checked, &leaves).as_bytes(), &mut written)?;
    put_on_web(out, composer, &mut written)?;
    Ok(written)
}

/// Writes each edition as a page of its own, and every picture that mails or these pages name.
fn put_on_web(out: &Path, composer: &Composer, written: &mut Vec<PathBuf>) -> io::Result<()> {
    let slug = &composer.issue().slug;
    for edition in &composer.issue().editions {
        if let Some(page) = composer.web_page(edition.language) {
            put(out, &format!("{WEB}/{slug}/{}.html", edition.language), page.as_bytes(), written)?;
        }
    }
    for (_, picture) in composer.hosted_pictures() {
        put(out, &format!("{WEB}/{PICTURES}/{}", picture.hosted_name()), &picture.prepared.bytes, written)?;
    }
    Ok(())
}

/// Sees to it that the folder is empty or ours.
fn claim(out: &Path) -> io::Result<()> {
    let is_empty = fs::read_dir(out).map_err(|error| explained(out, &error))?.next().is_none();
    let mark = format!("<meta name=\"generator\" content=\"{GENERATOR}\">");
    if is_empty || fs::read(out.join(INDEX)).is_ok_and(|index| String::from_utf8_lossy(&index).contains(&mark)) {
        return Ok(());
    }
    let message = format!("{} has files in it that are not of an earlier build: name an empty or a new folder", out.display());
    Err(io::Error::new(ErrorKind::DirectoryNotEmpty, message))
}

/// An edition in the album.
struct Leaf {
    language: Language,
    message: Message,
    opened: Opened,
    /// The file of each picture, by its place in the message: those inside it first, then those on the web.
    pictures: Vec<String>,
}

impl Leaf {
    fn new(composer: &Composer, edition: &Edition) -> Self {
        let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
        let opened = Opened::new(message.bytes.clone(), &Hosted::all(composer)).expect("what is composed is a message");
        let file = |picture: &Attached| {
            let kind = picture.media_type.strip_prefix("image/").unwrap_or("octets");
            let kind = if kind == "jpeg" { "jpg" } else { kind };
            // Named by content: editions share pictures, and no two pictures share a name.
            format!("{PICTURES}/{}.{kind}", &letter::digest_of(&picture.bytes)[..16])
        };
        let base = composer.publication().web.as_ref().map_or("", |web| web.base.as_str());
        let on_web = |hosted: &Hosted| format!("{WEB}/{}", hosted.address.strip_prefix(base).unwrap_or_default());
        let pictures = opened.mail.pictures.iter().map(file).chain(opened.hosted.iter().map(on_web)).collect();
        Self { language: edition.language, message, opened, pictures }
    }

    fn write(&self, out: &Path, written: &mut Vec<PathBuf>) -> io::Result<()> {
        let name = |extension: &str| format!("{}.{extension}", self.language);
        for (name, picture) in self.pictures.iter().zip(&self.opened.mail.pictures) {
            if !written.contains(&out.join(name)) {
                put(out, name, &picture.bytes, written)?;
            }
        }
        put(out, &name("html"), self.opened.document(|index| self.pictures[index].clone()).as_bytes(), written)?;
        put(out, &name("txt"), self.opened.mail.text.as_bytes(), written)?;
        put(out, &name("eml"), &self.message.bytes, written)
    }

    /// The name of a view within the index.
    fn anchor(&self, pane: Pane) -> String {
        format!("{}-{}", self.language, pane.name())
    }
}

/// The page to leaf through. All views are in it; the address's fragment says which one is seen, so that neither server nor script is
/// needed.
fn index(checked: &Checked, leaves: &[Leaf]) -> String {
    let title = leaves.first().map_or_else(String::new, |leaf| leaf.message.subject.clone());
    let bar = html! {
        p.place {
            @if let Some(publication) = &checked.publication { bdi { (publication.name) } }
            @if let Some(issue) = &checked.issue { span.slug { (issue.slug) } }
        }
    };
    let main = html! {
        main #main .album tabindex="-1" {
            @for leaf in leaves {
                @for pane in PANES { (view(leaf, pane, leaves)) }
            }
        }
    };
    Page { title, version: None, bar, main }.document(Dress::Inline)
}

fn view(leaf: &Leaf, pane: Pane, leaves: &[Leaf]) -> Markup {
    let language = leaf.language;
    let addresses = Addresses { html: format!("{language}.html"), source: None, file: format!("{language}.eml") };
    html! {
        section.view.desk.alone id=(leaf.anchor(pane)) aria-label={ (language.words().name) ", " (pane.name()) } {
            div.letter {
                nav.segments aria-label="Editions" {
                    @for other in leaves.iter().filter(|_| leaves.len() > 1) {
                        a href={ "#" (other.anchor(pane)) } lang=(other.language)
                            aria-current=[(other.language == language).then_some("true")] { (other.language.words().name) }
                    }
                }
                (letter::head(&leaf.opened, Some(language)))
                nav.tabs aria-label="Views of the message" {
                    (letter::tabs(&PANES, pane, |pane| format!("#{}", leaf.anchor(pane))))
                    span.files {
                        @for extension in ["html", "txt", "eml"] { a href={ (language) "." (extension) } { "." (extension) } }
                    }
                }
                div.pane .(pane.name()) { (letter::pane(&leaf.opened, pane, &addresses)) }
            }
        }
    }
}

/// Writes a file at one stroke, with the folders it needs: whoever reads meanwhile sees the old one or the new one, whole.
fn put(out: &Path, name: &str, content: &[u8], written: &mut Vec<PathBuf>) -> io::Result<()> {
    let path = out.join(name);
    let aside = path.with_extension(format!("{}.part", std::process::id()));
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
    written.push(path);
    Ok(())
}

fn explained(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
}
