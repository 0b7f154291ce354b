//! What is left of a mail to Word, which shows it in classic Outlook: its own branch, without the CSS that it passes over.
//!
//! By the data of caniemail.com for Outlook 2019 on Windows, as far as dropping a declaration can show it. What Word adds or gets wrong
//! in ways of its own (`mso-` properties, lines between tables, heights of rows) is not shown.

use std::borrow::Cow;

use super::sheet::{Body, Declaration, Rule};
use super::token::{self, Kind, Tag, Token};

/// Properties that Word passes over, whatever they are on; each with all that begin with it and a hyphen.
const UNKNOWN: [&str; 57] = [
    "accent-color",
    "align-items",
    "animation",
    "aspect-ratio",
    "background-clip",
    "background-image",
    "background-origin",
    "background-position",
    "background-repeat",
    "background-size",
    "border-image",
    "border-radius",
    "border-spacing",
    "box-shadow",
    "box-sizing",
    "clear",
    "clip-path",
    "color-scheme",
    "column",
    "columns",
    "filter",
    "flex",
    "float",
    "gap",
    "grid",
    "hyphens",
    "inline-size",
    "inset",
    "justify-content",
    "left",
    "right",
    "top",
    "bottom",
    "max-height",
    "min-height",
    "min-width",
    "mix-blend-mode",
    "object-fit",
    "object-position",
    "opacity",
    "outline",
    "overflow",
    "position",
    "table-layout",
    "text-align-last",
    "text-overflow",
    "text-shadow",
    "text-underline-offset",
    "text-wrap",
    "transform",
    "transition",
    "visibility",
    "white-space",
    "word-spacing",
    "word-wrap",
    "writing-mode",
    "z-index",
];
/// What makes a value one that Word does not understand: functions and units.
const NOT_UNDERSTOOD: [&str; 9] = ["max(", "min(", "clamp(", "calc(", "var(", "light-dark(", "gradient(", "url(", "rgba("];

/// The document as Word reads it: what stands in comments for it put in, what is for all others left out.
pub(super) fn branch(html: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    read(token::read(html), &mut out, &mut 0);
    out
}

/// `hidden` counts the open passages that are not for Word, in the document and in what its comments hold.
fn read<'h>(tokens: Vec<Token<'h>>, out: &mut Vec<Token<'h>>, hidden: &mut usize) {
    let mut passed = None;
    for token in tokens {
        match &token.kind {
            Kind::Comment(comment) if comment.starts_with("[if ") => {
                let Some((condition, rest)) = comment["[if ".len()..].split_once(']') else { continue };
                let inside = rest.strip_prefix('>').and_then(|rest| rest.strip_suffix("<![endif]"));
                match (is_for_word(condition), inside) {
                    (true, Some(inside)) if *hidden == 0 => {
                        let inner = token::read(inside).into_iter().map(owned).collect();
                        read(inner, out, hidden);
                    }
                    // What stands between this and its end is HTML to all others.
                    (false, None) => *hidden += 1,
                    _ => {}
                }
            }
            Kind::Comment(comment) if comment.trim_start_matches('<').starts_with("![endif]") || comment == "[endif]" => {
                *hidden = hidden.saturating_sub(1);
            }
            _ if *hidden > 0 => {}
            // Settings for Outlook, which are no part of the page; a browser would show their numbers.
            Kind::End(name) if passed.as_ref() == Some(name) => passed = None,
            _ if passed.is_some() => {}
            Kind::Start(tag) if matches!(tag.name.as_str(), "xml" | "noscript") => passed = Some(tag.name.clone()),
            _ => out.push(token),
        }
    }
}

fn owned(token: Token<'_>) -> Token<'static> {
    Token { raw: Cow::Owned(token.raw.into_owned()), kind: token.kind }
}

/// Whether a condition holds for Word: `mso`, `gte mso 9`, `(gte mso 9)|(IE)`; not `!mso`, nor what asks for other programs alone.
fn is_for_word(condition: &str) -> bool {
    let condition = condition.to_ascii_lowercase();
    condition.contains("mso") && !condition.contains('!')
}

/// Whether Word heeds a declaration, in a style sheet or on an element.
pub(super) fn knows(declaration: &Declaration, element: Option<&str>) -> bool {
    let property = declaration.property.to_ascii_lowercase();
    let value = declaration.value.to_ascii_lowercase();
    let begins = |known: &str| property.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if UNKNOWN.iter().any(|known| begins(known)) || property.starts_with("--") || property == "overflow-wrap" {
        return false;
    }
    if NOT_UNDERSTOOD.iter().any(|sign| value.contains(sign)) || has_unit(&value) {
        return false;
    }
    let is = |names: &[&str]| element.is_none_or(|element| names.contains(&element));
    let is_none_of = |names: &[&str]| element.is_none_or(|element| !names.contains(&element));
    match property.as_str() {
        "display" => value.starts_with("none") && is_none_of(&["img"]),
        "max-width" => is(&["table"]),
        // An image has both in attributes.
        "width" | "height" => is_none_of(&["body", "span", "div", "p", "img"]),
        _ if property.starts_with("padding") => is(&["td", "th"]),
        _ if property.starts_with("margin") => is_none_of(&["span", "body"]) && !value.contains("auto") && !value.contains('-'),
        // In a `style` attribute, `!important` makes a declaration none.
        _ => element.is_none() || !value.contains("!important"),
    }
}

/// Whether a number has a unit that Word does not know.
fn has_unit(value: &str) -> bool {
    let is_unit = |unit: &str| matches!(unit, "rem" | "vh" | "vw" | "vmin" | "vmax" | "ch");
    value.split([' ', ',']).any(|part| {
        let unit = part.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
        unit.len() < part.len() && is_unit(unit)
    })
}

/// The rules of a style sheet that Word heeds: none that ask for a screen, none with selectors that it does not know.
pub(super) fn rules(rules: Vec<Rule>) -> Vec<Rule> {
    let heed = |mut rule: Rule| -> Option<Rule> {
        if !matches!(rule.body, Body::Declarations(_)) || rule.prelude.starts_with('@') {
            return None;
        }
        let known: Vec<_> =
            rule.prelude.split(',').filter(|selector| !selector.contains([':', '>', '+', '~', '*', '['])).collect();
        rule.prelude = known.join(",");
        (!rule.prelude.trim().is_empty()).then_some(rule)
    };
    rules.into_iter().filter_map(heed).collect()
}

/// Takes the attributes away that Word passes over.
pub(super) fn adapt(tag: &mut Tag) {
    tag.attributes.retain(|(name, _)| !matches!(name.as_str(), "hidden" | "background" | "srcset"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branched(html: &str) -> String {
        branch(html).iter().map(|token| token.raw.as_ref()).collect()
    }

    #[test]
    fn word_gets_its_own_branch() {
        assert_eq!(branched("a<!--[if mso]><b>w</b><![endif]-->c"), "a<b>w</b>c");
        assert_eq!(branched("a<!--[if !mso]><!--><b>o</b><!--<![endif]-->c"), "ac");
        assert_eq!(branched("a<![if !mso]><b>o</b><![endif]>c"), "ac");
        assert_eq!(branched("a<!--[if (gte mso 9)|(IE)]>w<![endif]--><!--[if IE]>i<![endif]-->c<!-- d -->"), "awc<!-- d -->");
        assert_eq!(branched("<!--[if mso]><noscript><xml><o:P>96</o:P></xml></noscript><![endif]-->c"), "c");
        assert_eq!(branched("a<!--[if !mso]><!-->x<!--[if mso]>y<![endif]-->z<!--<![endif]-->c"), "ac");
        assert_eq!(branched("a<!--[if !mso]><!-->never closed"), "a");
        assert_eq!(branched("<!--[if x-->a<!--[if mso]>not closed-->b"), "ab");
    }

    #[test]
    fn word_passes_over_what_it_does_not_know() {
        let knows = |property: &str, value: &str, element: &str| {
            knows(&Declaration { property: property.to_owned(), value: value.to_owned() }, Some(element))
        };
        for (property, value, element) in [
            ("border-radius", "4px", "td"),
            ("max-width", "600px", "div"),
            ("padding-top", "8px", "h1"),
            ("font-size", "max(16px,1rem)", "div"),
            ("line-height", "2rem", "p"),
            ("display", "inline-block", "div"),
            ("width", "100%", "img"),
            ("margin", "0 auto", "div"),
            ("background", "url(x.png)", "td"),
            ("text-wrap", "balance", "h1"),
            ("color", "red!important", "p"),
        ] {
            assert!(!knows(property, value, element), "{property}:{value} on {element}");
        }
        for (property, value, element) in [
            ("padding", "8px", "td"),
            ("max-width", "600px", "table"),
            ("font-size", "16px", "p"),
            ("display", "none", "div"),
            ("border-left", "3px solid #000", "blockquote"),
            ("margin-top", "0", "p"),
            ("width", "100%", "table"),
            ("background-color", "#fff", "td"),
        ] {
            assert!(knows(property, value, element), "{property}:{value} on {element}");
        }
    }
}
