//! Markdown's tree as HTML.

use maud::{Markup, html};

use super::Page;
use super::style::below;
use crate::model::prose::{Inline, Part, Prose};

/// Paragraphs, lists and the like. Below a title its headings are of the third level, else of the second: none is skipped.
#[must_use]
pub fn prose(page: &Page<'_>, prose: &Prose, is_titled: bool) -> Markup {
    html! { @for part in &prose.parts { (self::part(page, part, is_titled)) } }
}

fn part(page: &Page<'_>, part: &Part, is_titled: bool) -> Markup {
    let style = &page.style;
    let heading = format!("font-size:{}px", style.size);
    match part {
        Part::Paragraph(words) => html! { p style=(below("", 16)) { (inlines(page, words)) } },
        Part::Heading(words) if is_titled => html! { h3 style=(below(&heading, 4)) { (inlines(page, words)) } },
        Part::Heading(words) => html! { h2 style=(below(&heading, 4)) { (inlines(page, words)) } },
        Part::List { first: None, items } => html! { ul style=(style.list) { (list_items(page, items, is_titled)) } },
        Part::List { first: Some(first), items } => {
            let start = (*first != 1).then_some(first);
            html! { ol start=[start] style={ (style.list) (style.numerals) } { (list_items(page, items, is_titled)) } }
        }
        Part::Quotation(quoted) => html! {
            blockquote.l style={
                "margin-top:0;margin-bottom:16px;margin-left:0;margin-right:0;padding-" (style.start) ":16px;border-" (style.start) ":3px solid " (page.letter.theme.light.line)
            } { (prose(page, quoted, is_titled)) }
        },
        Part::Preformatted(code) => html! {
            pre style={ (below("", 16)) ";font-family:Consolas,Menlo,'Courier New',monospace;font-size:14px;white-space:pre-wrap" } { (code) }
        },
        Part::Rule => {
            html! { hr.l style={ "margin-top:8px;margin-bottom:24px;border:0;border-top:1px solid " (page.letter.theme.light.line) }; }
        }
    }
}

/// The items of a list.
#[must_use]
pub fn list_items(page: &Page<'_>, items: &[Prose], is_titled: bool) -> Markup {
    html! {
        @for item in items {
            li style="margin-bottom:8px" {
                @match item.parts.as_slice() {
                    [Part::Paragraph(words)] => (inlines(page, words)),
                    // The words of a tight list stand without a paragraph, and what is nested follows them.
                    [Part::Paragraph(words), rest @ ..] => {
                        (inlines(page, words))
                        div style="padding-top:8px" { @for nested in rest { (part(page, nested, is_titled)) } }
                    },
                    parts => @for nested in parts { (part(page, nested, is_titled)) },
                }
            }
        }
    }
}

/// Words, emphasis, links.
#[must_use]
pub fn inlines(page: &Page<'_>, words: &[Inline]) -> Markup {
    html! {
        @for word in words {
            @match word {
                Inline::Text(text) => (page.letter.fill(text)),
                // Letters of other scripts do not slant.
                Inline::Emphasis(inner) if page.style.is_tall => em style="font-style:normal;font-weight:700" { (inlines(page, inner)) },
                Inline::Emphasis(inner) => em { (inlines(page, inner)) },
                Inline::Strong(inner) => strong { (inlines(page, inner)) },
                Inline::Link(link, inner) => a.a href=(link.href()) style=(page.style.link) { (inlines(page, inner)) },
                Inline::Code(code) => code style="font-family:Consolas,Menlo,'Courier New',monospace;font-size:.9em" { (code) },
                Inline::Break => br;,
            }
        }
    }
}
