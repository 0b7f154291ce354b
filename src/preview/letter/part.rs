//! The tree of parts, with what each weighs.

use maud::{Markup, html};

use crate::model::mail::Mail;
use crate::preview::page;

/// The tree. A bar's length is the part's share of the whole.
pub(in crate::preview) fn view(mail: &Mail) -> Markup {
    let whole = mail.parts.first().map_or(1, |(_, _, octets)| *octets).max(1);
    let mut pictures = mail.pictures.iter();
    let rows: Vec<_> = mail
        .parts
        .iter()
        .map(|(depth, media_type, octets)| {
            let decoded = match media_type.as_str() {
                "text/plain" => Some((mail.text.len(), "")),
                "text/html" => Some((mail.html.len(), "")),
                other if other.starts_with("multipart/") => None,
                _ => pictures.next().map(|picture| (picture.bytes.len(), picture.content_id.as_str())),
            };
            (*depth, media_type, *octets, decoded)
        })
        .collect();
    html! {
        ol.tree {
            @for (depth, media_type, octets, decoded) in &rows {
                @let share = (octets * 100).div_ceil(whole);
                li .{ "depth-" ((*depth).min(4)) } {
                    code { (media_type) }
                    span.weight { (page::size(*octets as u64)) " · " (share) " %" }
                    svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" { rect width=(share) height="1" {} }
                    @if let Some((decoded, content_id)) = decoded {
                        p.quiet {
                            (page::size(*decoded as u64)) " decoded"
                            @if !content_id.is_empty() { " · " code { (content_id) } }
                        }
                    } @else { p.quiet { (holds(media_type)) } }
                }
            }
        }
        p.quiet { "Octets on the wire, with their share of the whole message." }
    }
}

/// What a part that holds others is for.
fn holds(media_type: &str) -> &'static str {
    match media_type {
        "multipart/alternative" => "The same mail in several forms: a program shows the last that it understands.",
        "multipart/related" => "A form with the pictures that it shows.",
        "multipart/mixed" => "Parts to be shown one after the other.",
        _ => "",
    }
}
