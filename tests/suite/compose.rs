//! Composed mail: what a reader's mail program finds in the bytes, whatever was written into the files.

mod direction;
mod flowed;
mod header;
mod hosted;
mod hostile;
mod kept;
mod languages;
mod logo;
mod markup;
mod mime;
mod origin;
mod page;
mod personal;
mod picture;
mod plain;
mod python;
mod spliced;
mod words;
mod wrapping;

use std::io::Cursor;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use postrider::compose::{self, Composer, Message, PictureCache, Purpose, Reader};
use postrider::files::{Loaded, Project};
use postrider::model::language::Language;
use postrider::model::subscriber::Subscriber;

use crate::workspace::{NEWSLETTER, Workspace};

/// The head of an edition, to which blocks are added.
const HEAD: &str = "subject = \"The subject\"\ntitle = \"The title\"\ndate = 2023-09-30\n";

/// The name of the edition that a new workspace has.
const EDITION: &str = "issues/2023-q3/en.toml";

/// A workspace whose edition has these blocks.
fn with_blocks(blocks: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write(EDITION, format!("{HEAD}{blocks}"));
    workspace
}

/// A workspace whose edition is one article with this Markdown.
fn with_body(markdown: &str) -> Workspace {
    with_blocks(&format!("[[block]]\nkind = \"article\"\ntitle = \"The piece\"\nbody = {}\n", quoted(markdown)))
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    // TOML's basic strings know all of JSON's escapes, and JSON leaves nothing bare that TOML escapes but U+007F.
    serde_json::to_string(text).expect("any text").replace('\u{7f}', "\\u007f")
}

/// A text as words of Markdown: every sign that could mean something is escaped.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
}

/// The workspace's files, read.
fn load(workspace: &Workspace) -> Loaded {
    let project = Project::find(workspace.root()).expect("a project");
    let slug = project.issues().pop().expect("an issue");
    project.load(Some(&slug))
}

/// The workspace's issue, ready to compose, and the people on its list.
pub(crate) fn open(workspace: &Workspace) -> (Composer, Vec<Subscriber>) {
    let loaded = load(workspace);
    assert!(loaded.is_sound(), "{:#?}", loaded.findings);
    let publication = loaded.publication.expect("a publication");
    let issue = loaded.issue.expect("an issue");
    let pictures = compose::pictures(Some(&publication), &issue, &PictureCache::default()).expect("sound pictures");
    let composer = Composer::new(&publication, &issue, pictures);
    (composer, loaded.subscribers.written().to_vec())
}

/// The repository's own newsletter, opened once: making its pictures takes a while.
pub(crate) fn sample() -> &'static (Composer, Vec<Subscriber>) {
    static SAMPLE: LazyLock<(Composer, Vec<Subscriber>)> = LazyLock::new(|| open(&Workspace::sample()));
    &SAMPLE
}

/// The repository's own issue as nobody in particular gets it.
fn sample_for_anyone() -> Message {
    sample().0.compose(&Reader::Anyone(english()), Purpose::Issue)
}

/// The rules that the workspace's files break.
fn broken_rules(workspace: &Workspace) -> Vec<&'static str> {
    load(workspace).findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.rule).collect()
}

/// The issue as nobody in particular gets it in English.
fn for_anyone(workspace: &Workspace) -> Message {
    open(workspace).0.compose(&Reader::Anyone(english()), Purpose::Issue)
}

/// A workspace with one edition, in the language with this tag; its sender and its footer are as ever.
fn in_language(tag: &str, edition: &str) -> Workspace {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.path(EDITION)).expect("the first edition");
    workspace.write("newsletter.toml", NEWSLETTER.replace("[\"en\", \"bn\"]", &format!("[\"{tag}\"]")));
    workspace.write("subscribers.toml", "[[subscriber]]\nemail = \"ana@example.org\"\n");
    workspace.write(&format!("issues/2023-q3/{tag}.toml"), edition);
    workspace
}

/// The issue as nobody in particular gets it in a language.
fn for_language(workspace: &Workspace, tag: &str) -> Message {
    open(workspace).0.compose(&Reader::Anyone(Language::from_tag(tag).expect("a language")), Purpose::Issue)
}

/// The issue as each person on the list gets it.
fn for_everyone(workspace: &Workspace) -> Vec<Message> {
    let (composer, subscribers) = open(workspace);
    subscribers.iter().map(|subscriber| composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue)).collect()
}

fn english() -> Language {
    Language::from_tag("en").expect("English")
}

/// A picture of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([11, 93, 87]))), ImageFormat::Png)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture");
    bytes
}
