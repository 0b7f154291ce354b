//! The header fields, each with what it is for; and what the message weighs, beside the limits that matter.

use maud::{Markup, html};

use super::Opened;
use crate::check::weight::HTML_MAX;
use crate::model::mail::Mail;
use crate::preview::page;

/// The sizes, and every field as it stands.
pub(in crate::preview) fn view(opened: &Opened<'_>) -> Markup {
    let signatures = opened.mail.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature")).count();
    html! {
        (sizes(opened))
        dl.fields {
            @for (name, value) in &opened.mail.headers {
                div {
                    dt { (name) }
                    dd {
                        @if value.contains("=?") { bdi.decoded { (decoded(&opened.mail, name)) } }
                        code { (value) }
                        @if name.eq_ignore_ascii_case("DKIM-Signature") {
                            (signature(value))
                            @if signatures > 1 { p.quiet { "One of " (signatures) " signatures: a receiver needs to understand one of them." } }
                        }
                        @if let Some(words) = explained(name) { p.quiet { (words) } }
                    }
                }
            }
        }
    }
}

/// What an encoded field says.
fn decoded(mail: &Mail, name: &str) -> String {
    let people = |list: &[(String, String)]| -> String {
        list.iter().map(|(name, address)| format!("{name} <{address}>")).collect::<Vec<_>>().join(", ")
    };
    match name.to_ascii_lowercase().as_str() {
        "subject" => mail.subject.clone(),
        "from" => people(std::slice::from_ref(&mail.from)),
        "to" => people(&mail.to),
        _ => String::new(),
    }
}

/// What a field is for, in a sentence or two; `None` for one that is not known here.
fn explained(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "from" => "Who wrote it. Inboxes show the name; receivers hold the domain against the signature (DMARC).",
        "sender" => "Who sent it, where that is somebody other than who wrote it.",
        "reply-to" => "Where an answer goes, in place of the sender’s address.",
        "to" => "Whom it is for. Each reader gets a copy of their own, so that none sees another’s address.",
        "cc" => "Who gets it as well; each of them sees the others.",
        "subject" => "What inboxes show first. What is not ASCII travels in encoded words.",
        "date" => "When it was written, as the issue says. The same in every copy, so that a copy sent again is the same mail.",
        "message-id" => "Names this mail for good. A mail sent again has the same name, so that programs show it once.",
        "in-reply-to" | "references" => "The mails that this one answers: programs show them together.",
        "list-id" => "Names the list, not the issue: readers and programs sort by it, so it must not change.",
        "list-unsubscribe" => "Where mail programs lead whoever presses their own button to unsubscribe.",
        "list-unsubscribe-post" => {
            "Says that a single request to that address is enough: one click, no page (RFC 8058). Gmail and Yahoo ask for it."
        }
        "list-subscribe" => "Where somebody can subscribe.",
        "list-help" => "Where help about the list is found.",
        "list-owner" => "How to reach the people who run the list.",
        "list-post" => "Where mail to the list goes; NO where nobody can write to it.",
        "list-archive" => "Where earlier issues are found.",
        "mime-version" => "Says that the mail has parts. There has only ever been this version.",
        "content-type" => {
            "What the body is. In multipart/alternative the last part that a program understands is shown; the boundary stands between parts."
        }
        "content-transfer-encoding" => "How octets that not every relay carries are written.",
        "content-language" => "The language of the mail.",
        "dkim-signature" => {
            "Proves that the domain answers for this mail, and that what is signed was not changed on the way (RFC 6376)."
        }
        "auto-submitted" => "Says that no person wrote this to a person, so that no machine answers it (RFC 3834).",
        "precedence" => "An old custom: asks programs that answer by themselves not to.",
        "feedback-id" => "By which Gmail counts complaints, for whoever sends.",
        "return-path" => "Where failures are reported, as the last relay noted it.",
        "received" => "A relay’s note of having passed it on: the newest stands first.",
        "delivered-to" => "The mailbox that it was put into.",
        "authentication-results" => "What the receiver found when it looked at signature and sender.",
        "x-mailer" | "user-agent" => "The program that made it.",
        _ => return None,
    })
}

/// The tags of a signature, in words.
fn signature(value: &str) -> Markup {
    let tags: Vec<_> = value.split(';').filter_map(|tag| tag.split_once('=')).map(|(name, value)| (name.trim(), value)).collect();
    let tag = |name: &str| -> Option<String> {
        let (_, value) = tags.iter().find(|(found, _)| *found == name)?;
        Some(value.chars().filter(|c| !c.is_whitespace()).collect())
    };
    let rows: [(&str, Option<String>); 6] = [
        ("Domain", tag("d")),
        ("Selector", tag("s")),
        ("Algorithm", tag("a")),
        ("Signed fields", tag("h").map(|fields| fields.replace(':', ", "))),
        (
            "Signed body",
            Some(tag("l").map_or("whole".to_owned(), |octets| format!("the first {octets} octets: anybody can add more"))),
        ),
        ("Key", tag("s").zip(tag("d")).map(|(selector, domain)| format!("{selector}._domainkey.{domain}"))),
    ];
    html! {
        dl.tags {
            @for (name, value) in &rows {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// What the message weighs, by what it is made of.
fn sizes(opened: &Opened<'_>) -> Markup {
    let mail = &opened.mail;
    let end = opened.bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(opened.bytes.len(), |end| end + 4);
    // The HTML as it travels, in its encoding.
    let travelling = mail.parts.iter().find(|(_, media_type, _)| media_type == "text/html").map_or(0, |(_, _, octets)| *octets);
    let pictures: usize = mail.pictures.iter().map(|picture| picture.bytes.len()).sum();
    let html = mail.html.len().max(travelling);
    let percent = (html * 100).div_ceil(HTML_MAX);
    let size = |octets: usize| page::size(octets as u64);
    html! {
        dl.sizes {
            div { dt { "Header" } dd { (size(end)) } }
            div { dt { "Plain text" } dd { (size(mail.text.len())) } }
            div { dt { "HTML" } dd { (size(mail.html.len())) span.quiet { (size(travelling)) " as it travels" } } }
            div { dt { "Pictures" } dd { (size(pictures)) span.quiet { (page::count(mail.pictures.len(), "picture", "pictures")) " inside" } } }
            div { dt { "Whole" } dd { (size(opened.bytes.len())) } }
        }
        p.limit.{ @if percent > 100 { "beyond" } @else { "within" } } {
            @if percent > 100 {
                "Gmail cuts the HTML off: it shows about 102 KB, and this has " (size(html)) "."
            } @else {
                "The HTML takes " (percent) " % of what Gmail shows before it cuts a mail off, which is about 102 KB."
            }
        }
    }
}
