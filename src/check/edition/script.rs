//! Texts that were left in the language of another edition.

use unicode_script::{Script, UnicodeScript};

use super::named;
use crate::check::alt::shortened;
use crate::check::content::{Content, Phrase, Role, said};
use crate::model::diagnostic::Diagnostic;
use crate::model::language::Language;
use crate::model::publication::Publication;

/// So many words are a text; fewer may be a name.
const WORDS_LEAST: usize = 3;
/// So many letters of the same text in two editions are no coincidence.
const LETTERS_LEAST: usize = 20;

/// The script a language is written in.
fn script(language: Language) -> Script {
    match language.tag() {
        "ar" => Script::Arabic,
        "bn" => Script::Bengali,
        "ru" => Script::Cyrillic,
        "zh" => Script::Han,
        _ => Script::Latin,
    }
}

/// Findings for texts of an edition that hold no letter of its language's script, and for those that stand in the reference as well.
pub(super) fn check(reference: Option<&Content<'_>>, content: &Content<'_>) -> Vec<Diagnostic> {
    let language = content.edition.language;
    // Only a language that shares its script with the reference's can be told by nothing but the words.
    let same_script = reference.filter(|reference| script(reference.edition.language) == script(language));
    let known: std::collections::HashMap<&str, &Phrase> =
        same_script.iter().flat_map(|reference| &reference.phrases).map(|phrase| (phrase.words.trim(), phrase)).collect();
    content
        .phrases
        .iter()
        .filter(|phrase| !matches!(phrase.role, Role::Name | Role::Verbatim | Role::Figure))
        .filter_map(|phrase| {
            if is_foreign(&phrase.words, language) {
                let message = format!("this text of the {} edition is in other letters", language_name(language));
                return Some(untranslated(phrase, message));
            }
            let twin = known.get(phrase.words.trim()).filter(|_| is_text(&phrase.words))?;
            let from = reference.map_or_else(String::new, |reference| named(reference));
            let message = format!("this text is the same as in {from}: “{}”", shortened(phrase.words.trim()));
            Some(untranslated(phrase, message).related_to(twin.place(), "the same words"))
        })
        .collect()
}

fn untranslated(phrase: &Phrase, message: String) -> Diagnostic {
    Diagnostic::warning("untranslated", phrase.place(), message, "translate it, or take it out of this edition")
}

fn language_name(language: Language) -> String {
    format!("{} ({language})", language.words().name)
}

/// Whether a text has several words, and no letter of the language's script. Abbreviations, addresses and names are no words.
fn is_foreign(text: &str, language: Language) -> bool {
    let home = script(language);
    let is_home = |c: char| {
        let found = c.script();
        found == home || home == Script::Han && matches!(found, Script::Hiragana | Script::Katakana | Script::Bopomofo)
    };
    if text.chars().any(is_home) {
        return false;
    }
    let words: Vec<_> = text.split_whitespace().filter(|word| is_word(word)).collect();
    let common = words.iter().filter(|word| !word.chars().next().is_some_and(char::is_uppercase)).count();
    // A name has capital letters: `International Organization for Migration`. Two small words are a sentence.
    words.len() >= WORDS_LEAST && common >= 2
}

/// Whether a text is long enough that nobody writes it the same way in two languages, and not a name.
fn is_text(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().filter(|word| is_word(word)).collect();
    let common = words.iter().filter(|word| !word.chars().next().is_some_and(char::is_uppercase)).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    words.len() > WORDS_LEAST && common >= 2 && letters >= LETTERS_LEAST
}

/// Whether something between spaces is a word: no number, no abbreviation in capitals, no address.
fn is_word(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_address = word.contains(['@', '/', '_']) || word.contains("://");
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let has_small = word.chars().any(char::is_lowercase) || !word.chars().any(char::is_uppercase);
    !is_address && letters >= 2 && has_small
}

/// Findings on the small print: texts that have versions by language, but not in that of an edition; and a reason in other letters.
pub(super) fn check_footer(content: &Content<'_>, publication: &Publication) -> Vec<Diagnostic> {
    let language = content.edition.language;
    let footer = &publication.footer;
    let mut findings = Vec::new();
    for (key, text) in [("address", &footer.address), ("reason", &footer.reason)] {
        let Some(shown) = text.text(language) else { continue };
        let Some(place) = shown.place() else { continue };
        let is_missing = !text.is_written_for(language);
        // An address may stay as the post office reads it.
        if is_missing || key == "reason" && is_foreign(&said(shown), language) {
            let message = format!("the footer's `{key}` is not written for readers of the {} edition", language_name(language));
            let help = format!("write it in each language: {key} = {{ … , {language} = \"…\" }}");
            let finding = Diagnostic::warning("untranslated-footer", place.clone(), message, help);
            findings.push(finding.labelled("what they would get"));
        }
    }
    findings
}
