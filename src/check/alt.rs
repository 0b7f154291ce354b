//! Alternative texts: what a reader who does not see a picture is told of it.

use super::content::{Content, Role, said};
use crate::model::block::Picture;
use crate::model::diagnostic::Diagnostic;
use crate::model::text::Text;

/// The longest text that is heard with patience, in characters. Screen readers cannot pause inside one.
const ALT_MAX: usize = 250;

/// Endings of files that hold pictures.
const ENDINGS: [&str; 9] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg", ".tif", ".tiff", ".heic"];

/// Beginnings that say what every screen reader has said already. In lower case.
const PREAMBLES: [&str; 33] = [
    "image of",
    "an image of",
    "picture of",
    "a picture of",
    "photo of",
    "a photo of",
    "photograph of",
    "a photograph of",
    "graphic of",
    "image:",
    "photo:",
    "picture:",
    "imagen de",
    "una imagen de",
    "foto de",
    "una foto de",
    "fotografía de",
    "image de",
    "une image de",
    "photo de",
    "une photo de",
    "photographie de",
    "изображение ",
    "фотография ",
    "на фото ",
    "на фотографии ",
    "صورة ل",
    "صورة:",
    "ছবি:",
    "ছবিতে ",
    "图片：",
    "照片：",
    "一张照片",
];

/// Findings on the alternative texts of an edition.
#[must_use]
pub fn check(content: &Content<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for phrase in content.phrases.iter().filter(|phrase| phrase.role == Role::Alt) {
        let alt = phrase.words.trim();
        let lower = alt.to_lowercase();
        if ENDINGS.iter().any(|ending| lower.ends_with(ending)) && !alt.contains(char::is_whitespace) {
            let message = format!("the alternative text is the name of a file: {}", shortened(alt));
            let help = "say what is to be seen, in a sentence, to somebody who does not see it";
            findings.push(Diagnostic::warning("alt-file-name", phrase.place(), message, help));
        }
        if let Some(preamble) = PREAMBLES.iter().find(|preamble| lower.starts_with(**preamble)) {
            // Lower case can be longer or shorter than what was written; then the whole text is shown.
            let place = alt.get(..preamble.len()).map_or_else(|| phrase.place(), |written| phrase.place_of(written));
            let message = "the alternative text says that there is a picture, which screen readers say before it";
            let help = "begin with what is to be seen";
            findings.push(Diagnostic::warning("alt-preamble", place, message, help));
        }
        let length = alt.chars().count();
        if length > ALT_MAX {
            let message = format!("the alternative text has {length} characters");
            let help = format!("say what matters in at most {ALT_MAX}; more belongs in the text, where every reader finds it");
            findings.push(Diagnostic::warning("alt-length", phrase.place(), message, help));
        }
    }
    findings.extend(content.edition.blocks.iter().flat_map(|block| block.pictures()).filter_map(repeated));
    findings
}

/// A picture whose caption says the same as its alternative text: it is heard twice.
fn repeated(picture: &Picture) -> Option<Diagnostic> {
    let (alt, caption) = (picture.alt.as_ref()?, picture.caption.as_ref()?);
    let plain =
        |text: &Text| -> String { said(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    if plain(alt) != plain(caption) {
        return None;
    }
    let place = alt.place().unwrap_or(&picture.place).clone();
    let help = "let one say what is to be seen, and the other what it means";
    let finding = Diagnostic::warning("alt-repeats-caption", place, "the alternative text and the caption are the same", help)
        .labelled("read out before the caption");
    Some(match caption.place() {
        Some(place) => finding.related_to(place.clone(), "the same again"),
        None => finding,
    })
}

/// A text for a message: its beginning, on one line.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    let shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() { format!("{shown}…") } else { shown }
}
