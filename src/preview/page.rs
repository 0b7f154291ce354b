//! The frame around every page: the same head, the same bar, the same hand.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::site::Site;

/// The style sheet of all pages, a file a subject.
pub(super) const STYLE: &str = concat!(
    include_str!("style/page.css"),
    include_str!("style/letter.css"),
    include_str!("style/desk.css"),
    include_str!("style/checks.css"),
    include_str!("style/office.css"),
    include_str!("style/mailbox.css"),
    include_str!("style/album.css"),
);
/// The script of the served pages; without it they still work, but do not follow the files by themselves.
pub(super) const SCRIPT: &str = include_str!("preview.js");

/// A letter with a folded flap, in the accent that is legible on light and dark tabs alike.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' \
                    rx='3' fill='%230b5d57'/%3E%3Cpath d='M3 5.5h10v6H3zm0 0 5 3.5 5-3.5' fill='none' stroke='%23fff' \
                    stroke-linejoin='round'/%3E%3C/svg%3E";

/// Where style and script come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dress<'s> {
    /// From the server that serves the page.
    Served(&'s Site),
    /// The style from the page itself, which has no script: it is a file among files.
    Inline,
}

/// What a page follows: when another version is announced there, it exchanges what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Follows {
    /// The version of what is shown.
    pub(super) version: u64,
    /// Where versions are announced (server-sent events).
    pub(super) events: String,
}

/// A page without its frame.
#[derive(Debug)]
pub(super) struct Page {
    /// The title, for the browser's tab.
    pub(super) title: String,
    /// What the page is to follow, if anything.
    pub(super) follows: Option<Follows>,
    /// What the bar says after the program's name.
    pub(super) bar: Markup,
    /// The `main` element.
    pub(super) main: Markup,
}

impl Page {
    /// The whole HTML document.
    pub(super) fn document(&self, dress: Dress<'_>) -> String {
        let follows = self.follows.as_ref();
        let page = html! {
            (DOCTYPE)
            html lang="en" data-version=[follows.map(|follows| follows.version)] data-events=[follows.map(|follows| &follows.events)] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(GENERATOR);
                    title { (self.title) }
                    link rel="icon" href=(ICON);
                    @match dress {
                        Dress::Served(site) => {
                            link rel="stylesheet" href=(site.at("/preview.css"));
                            script src=(site.at("/preview.js")) defer {}
                        }
                        Dress::Inline => style { (PreEscaped(STYLE)) }
                    }
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.bar {
                        p.mark { "Postrider" }
                        (self.bar)
                        @if follows.is_some() { p #live role="status" {} }
                    }
                    (self.main)
                }
            }
        };
        page.into_string()
    }
}

/// What the pages say they were made by; [`album`](super::album) knows its own folder by it.
pub(super) const GENERATOR: &str = "Postrider";

/// A page with one thing to say.
pub(super) fn notice(title: &str, words: &Markup) -> Markup {
    html! {
        main #main .sheet data-shape="notice" tabindex="-1" {
            h1 { (title) }
            (words)
        }
    }
}

/// A size as people read it: `940 octets`, `38 KB`, `1.2 MB`; of 1000 each.
pub(super) fn size(octets: u64) -> String {
    match octets {
        0..1_000 => format!("{octets} octets"),
        1_000..1_000_000 => format!("{} KB", octets.div_ceil(1_000)),
        _ => format!("{}.{} MB", octets / 1_000_000, octets % 1_000_000 / 100_000),
    }
}

/// A number with a noun that follows it: `1 mistake`, `2 mistakes`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with thin gaps between its thousands, as `100 000`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

/// A text that begins a line: with a capital letter, where its script has any.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A sentence in which words between backticks are code.
pub(super) fn sentence(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (index, piece) in pieces.iter().enumerate() {
            @if index % 2 == 0 { (piece) } @else { code { (piece) } }
        }
    }
}
