//! The list of issues.

use maud::{DOCTYPE, Markup, html};

use super::{Entry, feed};
use crate::model::language::{Direction, Language};
use crate::model::publication::{Publication, Web};
use crate::model::theme::{Palette, Theme};

/// What the list says: its title, that there is nothing yet, the feed, and the way to join.
const WORDS: [(&str, [&str; 3]); 7] = [
    ("en", ["Past issues", "Nothing was sent yet.", "Feed"]),
    ("bn", ["আগের সংখ্যা", "এখনও কিছু পাঠানো হয়নি।", "ফিড"]),
    ("ar", ["الأعداد السابقة", "لم يُرسل شيء بعد.", "خلاصة"]),
    ("es", ["Números anteriores", "Todavía no se ha enviado nada.", "Canal Atom"]),
    ("fr", ["Numéros parus", "Rien n’a encore été envoyé.", "Flux Atom"]),
    ("ru", ["Прошлые выпуски", "Пока ничего не отправлено.", "Лента"]),
    ("zh", ["往期", "尚未寄出任何内容。", "订阅源"]),
];

/// The list in a language: each issue with the edition in it, or in the first that there is, and the way to the others.
pub(super) fn list(publication: &Publication, web: &Web, language: Language, entries: &[Entry]) -> String {
    let [title, none, feed_word] = WORDS.iter().find(|(tag, _)| *tag == language.tag()).map_or(WORDS[0].1, |(_, words)| *words);
    let direction = match language.words().direction {
        Direction::Ltr => "ltr",
        Direction::Rtl => "rtl",
    };
    let languages = &publication.vocabulary.languages;
    let name = publication.name.as_str();
    let page = html! {
        (DOCTYPE)
        html lang=(language) dir=(direction) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (name) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href={ (web.base) "archive.css" };
                link rel="alternate" type="application/atom+xml" title=(name) href=(feed::address(web, language));
            }
            body {
                main {
                    p.mark { bdi { (name) } }
                    h1 { (title) }
                    @if languages.len() > 1 {
                        nav {
                            @for other in languages {
                                a href={ (web.base) (other) ".html" } lang=(other) aria-current=[(*other == language).then_some("page")] { (other.words().name) }
                            }
                        }
                    }
                    @if entries.is_empty() { p { (none) } }
                    ol { @for entry in entries { (issue(entry, language)) } }
                    footer { a href=(feed::address(web, language)) { (feed_word) } }
                }
            }
        }
    };
    page.into_string()
}

fn issue(entry: &Entry, language: Language) -> Markup {
    let own = entry.editions.iter().find(|leaf| leaf.language == language).unwrap_or(&entry.editions[0]);
    let others = entry.editions.iter().filter(|leaf| leaf.language != own.language);
    let direction = match own.language.words().direction {
        Direction::Ltr => "ltr",
        Direction::Rtl => "rtl",
    };
    html! {
        li.issue {
            div lang=(own.language) dir=(direction) {
                p.kicker { @if own.period.is_empty() { (own.language.words().day(entry.date)) } @else { (own.period) } }
                h2 { a href=(own.address) { (own.subject) } }
                @if !own.summary.is_empty() { p.summary { (own.summary) } }
            }
            @if entry.editions.len() > 1 {
                p.others { @for leaf in others { a href=(leaf.address) lang=(leaf.language) { (leaf.language.words().name) } } }
            }
        }
    }
}

/// The style sheet, in the colours of the mail.
pub(super) fn style(theme: &Theme) -> String {
    let colours = |palette: &Palette| {
        let Palette { paper, ink, quiet, line, accent, .. } = palette;
        format!("--paper:{paper};--ink:{ink};--quiet:{quiet};--line:{line};--accent:{accent}")
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n{}",
        colours(&theme.light),
        colours(&theme.dark),
        include_str!("page.css").replace("FACE", &theme.fonts.text)
    )
}
