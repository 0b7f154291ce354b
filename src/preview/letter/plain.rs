//! The plain text: its lines as they travel, or its paragraphs as a phone lays them out.

use maud::{Markup, html};

use super::look::Setting;
use crate::model::mail::{Flow, Mail};

/// The deepest quotation that is shown as one: a text is not to push itself off the page.
const DEPTH_MAX: usize = 4;

/// What lies between two line ends that mean something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// How often it is quoted.
    pub(super) depth: usize,
    /// Its words, without the marks of quotation and the spaces that were put in for the way.
    pub(super) text: String,
}

/// The text as a reader sees it.
pub(in crate::preview) fn view(mail: &Mail, setting: Setting) -> Markup {
    match setting {
        // A line end at the very beginning would be taken for one of HTML's.
        Setting::Lines => html! {
            pre.plain.lines tabindex="0" aria-label="The plain text, in a window of 80 columns" {
                @if mail.text.starts_with('\n') { "\n" }
                (mail.text)
            }
        },
        Setting::Phone => html! {
            div.plain.phone role="region" tabindex="0" aria-label="The plain text, on a phone" {
                @for paragraph in paragraphs(&mail.text, mail.flow) {
                    p.{ "quoted-" (paragraph.depth.min(DEPTH_MAX)) } dir="auto" { (paragraph.text) }
                }
            }
        },
    }
}

/// The paragraphs of a text (RFC 3676 §4). A line that may go on and has nothing after it at the same depth of quotation ends there.
pub(super) fn paragraphs(text: &str, flow: Flow) -> Vec<Paragraph> {
    let Flow::Flowed { is_space_deleted } = flow else {
        return text.lines().map(|line| Paragraph { depth: 0, text: line.to_owned() }).collect();
    };
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        // The space that keeps a line from looking quoted, or from being eaten on the way.
        let said = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        // The line above a signature ends in a space and goes on nowhere (§4.3).
        let is_separator = said == "-- ";
        let is_soft = said.ends_with(' ') && !is_separator;
        let kept = if is_soft && is_space_deleted { &said[..said.len() - 1] } else { said };
        match paragraphs.last_mut() {
            Some(last) if goes_on && last.depth == depth && !is_separator => last.text.push_str(kept),
            _ => paragraphs.push(Paragraph { depth, text: kept.to_owned() }),
        }
        goes_on = is_soft;
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOWED: Flow = Flow::Flowed { is_space_deleted: false };

    fn read(text: &str, flow: Flow) -> Vec<(usize, String)> {
        paragraphs(text, flow).into_iter().map(|paragraph| (paragraph.depth, paragraph.text)).collect()
    }

    fn expected(list: &[(usize, &str)]) -> Vec<(usize, String)> {
        list.iter().map(|(depth, text)| (*depth, (*text).to_owned())).collect()
    }

    #[test]
    fn soft_lines_are_joined_and_stuffing_is_taken_away() {
        let text = "One \ntwo \nthree.\n\n  - stuffed\n From there\n > no quotation\nlast \n";
        let list = [(0, "One two three."), (0, ""), (0, " - stuffed"), (0, "From there"), (0, "> no quotation"), (0, "last ")];
        assert_eq!(read(text, FLOWED), expected(&list));
    }

    #[test]
    fn quotations_are_joined_at_one_depth_only() {
        let text = "> a \n> b\n>> c \n> d\n>> e \n>>f\n";
        assert_eq!(read(text, FLOWED), expected(&[(1, "a b"), (2, "c "), (1, "d"), (2, "e f")]));
    }

    #[test]
    fn a_signature_begins_on_a_line_of_its_own() {
        assert_eq!(read("a \n-- \nb \nc\n", FLOWED), expected(&[(0, "a "), (0, "-- "), (0, "b c")]));
    }

    #[test]
    fn spaces_go_where_the_message_says_so() {
        assert_eq!(read("あ \nい\n", Flow::Flowed { is_space_deleted: true }), expected(&[(0, "あい")]));
        assert_eq!(read("a \nb\n> c", Flow::Fixed), expected(&[(0, "a "), (0, "b"), (0, "> c")]));
    }

    proptest! {
        #[test]
        fn no_character_is_lost_but_those_of_the_way(text in "([a-z>\u{e9}]| |\n|-- \n){0,60}") {
            let joined: String = paragraphs(&text, FLOWED).into_iter().map(|paragraph| paragraph.text).collect();
            let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
            prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}
