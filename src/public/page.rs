//! The frame around every page.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::Public;
use super::words::{self, Words};
use crate::model::language::{Direction, Language};
use crate::model::theme::{Palette, Theme};

/// The language that a visitor gets, and what the pages say in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speech<'p> {
    pub(super) language: Language,
    pub(super) words: &'static Words,
    name: &'p str,
    mailbox: &'p str,
}

impl<'p> Speech<'p> {
    /// The first of the visitor's languages (`Accept-Language`, RFC 9110 §12.5.4) that the publication has, else its first.
    pub(super) fn of(public: &'p Public, headers: &HeaderMap) -> Self {
        let languages = &public.publication.vocabulary.languages;
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
        let tags = wanted.split(',').map(|tag| tag.split([';', '-']).next().unwrap_or_default().trim().to_ascii_lowercase());
        let language = tags.take(20).find_map(|tag| languages.iter().copied().find(|language| language.tag() == tag));
        let language = language.unwrap_or(languages[0]);
        let (name, mailbox) = (public.publication.name.as_str(), public.publication.list.unsubscribe.as_written());
        Self { language, words: words::of(language), name, mailbox }
    }

    /// A sentence with the list's name and mailbox in it.
    pub(super) fn said(&self, sentence: &str) -> Markup {
        let mut pieces = sentence.split_inclusive(['{', '}']);
        html! {
            @while let Some(piece) = pieces.next() {
                @match piece.strip_suffix('{') {
                    Some(before) => {
                        (before)
                        @match pieces.next() {
                            Some("name}") => bdi { (self.name) },
                            Some("mailbox}") => a href={ "mailto:" (self.mailbox) } { bdi { (self.mailbox) } },
                            _ => {}
                        }
                    }
                    None => (piece),
                }
            }
        }
    }
}

/// A page as a response.
pub(super) fn answer(status: StatusCode, public: &Public, speech: Speech<'_>, title: &str, content: &Markup) -> Response {
    let direction = match speech.language.words().direction {
        Direction::Ltr => "ltr",
        Direction::Rtl => "rtl",
    };
    let page = html! {
        (DOCTYPE)
        html lang=(speech.language) dir=(direction) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (speech.name) }
                // None: without a word of it browsers look for one.
                link rel="icon" href="data:,";
                link rel="stylesheet" href={ (public.service.path()) "style.css" };
            }
            body {
                main {
                    p.mark { bdi { (speech.name) } }
                    h1 { (title) }
                    (content)
                    footer {
                        @if !public.shelf.is_empty() {
                            a href={ (public.service.path()) "archive/" } { bdi { (speech.name) } }
                        }
                        a href={ (public.service.path()) "privacy" } { (super::privacy::title(speech.language.tag())) }
                    }
                }
            }
        }
    };
    (status, [(header::VARY, "accept-language")], Html(page.into_string())).into_response()
}

/// What is said where the database does not answer: whoever was not heard must not believe it.
pub(super) fn failed(public: &Public, speech: Speech<'_>) -> Response {
    let words = speech.words;
    answer(StatusCode::SERVICE_UNAVAILABLE, public, speech, words.failed_title, &html! { p { (words.failed) } })
}

/// The style sheet, in the colours of the mail.
pub(super) fn style(theme: &Theme) -> String {
    let colours = |palette: &Palette| {
        let Palette { paper, ink, quiet, line, accent, on_accent, .. } = palette;
        format!("--paper:{paper};--ink:{ink};--quiet:{quiet};--line:{line};--accent:{accent};--on-accent:{on_accent}")
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n{}",
        colours(&theme.light),
        colours(&theme.dark),
        include_str!("page.css").replace("FACE", &theme.fonts.text)
    )
}
