//! The line of a mail in a list of mails: who, about what, and the words after it, as three programs cut them on a desk and on a phone.
//!
//! Programs cut where their window ends, so that each count is one of many. Those here are in the middle of what people who measured
//! them report; where [`check::inbox`](crate::check::inbox) warns of a width, it is the same here. Counted are columns: two for a wide
//! character, one for a letter with its marks.

use maud::{Markup, html};
use unicode_segmentation::UnicodeSegmentation;

use super::rendition::token::{self, Kind};
use crate::check::inbox::{PREHEADER_WIDTH, SUBJECT_WIDTH, columns};
use crate::model::mail::Mail;

/// The most graphemes of the HTML that are read for the words after the subject: more than any inbox shows.
const SNIPPET_MAX: usize = 400;

/// How a program shows a mail in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inbox {
    program: &'static str,
    device: Device,
    /// Columns of the sender's name.
    sender: usize,
    /// Columns of the subject.
    subject: usize,
    /// Columns of the words after it.
    preheader: usize,
    /// Columns of both together, where they stand in one line.
    line: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Desktop,
    Phone,
}

/// The inboxes that are shown.
pub(super) const INBOXES: [Inbox; 6] = [
    // Gmail in a browser has one line for both, so that a long subject leaves no room for the preheader.
    Inbox { program: "Gmail", device: Device::Desktop, sender: 20, subject: 70, preheader: 97, line: Some(PREHEADER_WIDTH) },
    Inbox { program: "Gmail", device: Device::Phone, sender: 28, subject: 38, preheader: 90, line: None },
    // No inbox shows more of a preheader than Apple Mail.
    Inbox {
        program: "Apple Mail",
        device: Device::Desktop,
        sender: 32,
        subject: SUBJECT_WIDTH,
        preheader: PREHEADER_WIDTH,
        line: None,
    },
    Inbox { program: "Apple Mail", device: Device::Phone, sender: 28, subject: 41, preheader: 81, line: None },
    Inbox { program: "Outlook", device: Device::Desktop, sender: 32, subject: 55, preheader: 35, line: None },
    Inbox { program: "Outlook", device: Device::Phone, sender: 28, subject: 40, preheader: 55, line: None },
];

/// What a mail shows of itself in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sender: String,
    pub(super) subject: String,
    pub(super) preheader: String,
}

/// All rows.
pub(in crate::preview) fn view(mail: &Mail) -> Markup {
    let snippet = snippet(&mail.html);
    let sender = if mail.from.0.is_empty() { &mail.from.1 } else { &mail.from.0 };
    html! {
        ul.inboxes {
            @for inbox in INBOXES {
                @let line = inbox.line(sender, &mail.subject, &snippet);
                li .(inbox.device.name()) {
                    p.program {
                        strong { (inbox.program) } " " (inbox.device.title())
                        span.room {
                            (inbox.subject) " + " (inbox.preheader)
                            @if let Some(both) = inbox.line { ", " (both) " together" }
                        }
                    }
                    div.entry.{ @if inbox.line.is_some() { "one-line" } @else { "stacked" } } {
                        span.sender { bdi { (line.sender) } }
                        span.date { (day(mail)) }
                        span.about {
                            span.subject dir="auto" { (line.subject) }
                            @if !line.preheader.is_empty() {
                                @if inbox.line.is_some() { " – " }
                                span.preheader dir="auto" { (line.preheader) }
                            }
                        }
                    }
                }
            }
        }
        p.quiet {
            "Emulated: columns of subject + preheader, as programs were seen to cut them; windows and fonts differ. "
            "The preheader is what the HTML says first, hidden or not, with whatever a program would take after it."
        }
    }
}

impl Device {
    fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Desktop => "on a desk",
            Self::Phone => "on a phone",
        }
    }
}

impl Inbox {
    /// What of a mail it has room for.
    pub(super) fn line(&self, sender: &str, subject: &str, snippet: &str) -> Line {
        let subject = cut(subject, self.subject);
        let room = self.line.map_or(self.preheader, |line| line.saturating_sub(columns(&subject)).min(self.preheader));
        Line { sender: cut(sender, self.sender), preheader: cut(snippet, room), subject }
    }
}

/// As much of a text as there is room for, in columns; an ellipsis, which takes one, stands for words that are left out. Never half a
/// grapheme. What is invisible at the end is left out without a word: it was put there to keep others away.
fn cut(text: &str, room: usize) -> String {
    let text = text.trim_end_matches(is_filler);
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for grapheme in text.graphemes(true) {
        used += columns(grapheme);
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    let shown = out.trim_end_matches(is_filler).len();
    // What fills the line up to its end hides what comes after.
    let is_filled = columns(&out[shown..]) > 1;
    out.truncate(shown);
    if !is_filled && room > 0 {
        out.push('…');
    }
    out
}

/// Whether a character shows nothing: white space of any width, and what has none.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// The words of a mail's HTML in their order, hidden ones included, as programs take them for the line in their list; white space that
/// HTML puts together is put together.
pub(super) fn snippet(html: &str) -> String {
    let mut words = String::new();
    // The element whose text is not the mail's, and is passed over to its end.
    let mut skipped: Option<String> = None;
    for token in token::read(html) {
        match (&token.kind, &skipped) {
            (Kind::Start(tag), None) if matches!(tag.name.as_str(), "head" | "title" | "script" | "template") => {
                skipped = Some(tag.name.clone());
            }
            (Kind::End(name), Some(open)) if name == open => skipped = None,
            (Kind::Start(tag), _) if tag.name == "body" => skipped = None,
            (Kind::Start(tag), None) if is_apart(&tag.name) => words.push(' '),
            (Kind::End(name), None) if is_apart(name) => words.push(' '),
            (Kind::Text(text), None) => words.push_str(text),
            _ => {}
        }
        if words.len() > SNIPPET_MAX * 16 {
            break;
        }
    }
    let mut out = String::new();
    for grapheme in words.trim_start_matches(is_filler).trim_end().graphemes(true).take(SNIPPET_MAX) {
        let is_space = grapheme.bytes().all(|octet| octet.is_ascii_whitespace());
        match (is_space, out.ends_with(' ')) {
            (true, true) => {}
            (true, false) => out.push(' '),
            (false, _) => out.push_str(grapheme),
        }
    }
    out
}

/// Whether an element stands apart from the words beside it.
fn is_apart(name: &str) -> bool {
    !matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "code"
            | "em"
            | "font"
            | "i"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
    )
}

/// Day and month, as `30 Sep`; nothing where the header has no date.
fn day(mail: &Mail) -> String {
    let date = mail.header("Date").unwrap_or_default();
    let date = date.split_once(',').map_or(date, |(_, date)| date);
    date.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_long_is_cut_at_the_count() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("abc defg", 5), "abc…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("anything", 0), "");
    }

    #[test]
    fn no_grapheme_is_split() {
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}e\u{301}", 3), "e\u{301}e\u{301}…");
        assert_eq!(cut("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5), "👩‍👩‍👧👩‍👩‍👧…");
    }

    #[test]
    fn the_words_are_those_that_come_first_in_the_html() {
        let html = "<head><title>T</title><style>a{b:c}</style></head><body><!-- c --><div style='display:none'>Pre &amp; \
                    header</div><p>The <b>bo</b>dy\n goes on</p>";
        assert_eq!(snippet(html), "Pre & header The body goes on");
        assert_eq!(snippet("<p>a</p><p>b"), "a b");
    }

    #[test]
    fn filler_keeps_the_rest_away() {
        let html = format!("<div>Preheader{}</div><p>The body", "&#8199;&#65279;&#847; ".repeat(60));
        for inbox in INBOXES {
            assert_eq!(inbox.line("S", "Subject", &snippet(&html)).preheader, "Preheader", "{inbox:?}");
        }
    }

    #[test]
    fn in_one_line_a_long_subject_leaves_no_room() {
        let line = INBOXES[0].line("S", &"subject ".repeat(20), &"preheader ".repeat(20));
        assert_eq!(columns(&line.subject), 70);
        assert!(columns(&line.preheader) <= 50, "{line:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,60}", room in 0usize..40) {
            let shown = cut(&text, room);
            prop_assert!(columns(&shown) <= room);
            let bare = shown.strip_suffix('…').unwrap_or(&shown);
            prop_assert!(text.starts_with(bare));
            let ends: Vec<_> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            prop_assert!(ends.contains(&bare.len()) || text[bare.len()..].starts_with(is_filler) || text.starts_with(&shown), "{bare:?}");
        }
    }
}
