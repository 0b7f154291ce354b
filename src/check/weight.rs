//! What a mail weighs: its HTML, its style sheets, the whole message; and which block it comes from.

use super::markup::Markup;
use crate::compose::Message;
use crate::model::block::Block;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;

/// Gmail hides what follows about 102 000 octets of HTML behind a link. Reports differ on whether it counts them decoded or as they
/// travel: both must stay below.
pub const HTML_MAX: usize = 100_000;
/// From here on a text or two more may cross that line.
const HTML_WARN: usize = 80_000;
/// The same of the HTML as it travels: a script that takes three octets a letter goes as base64, which adds a third.
const TRAVELLING_WARN: usize = 90_000;
/// Beyond this, Gmail drops style sheets.
pub const STYLE_MAX: usize = 16_384;
/// Beyond this, other programs are known to.
const STYLE_WARN: usize = 8_192;
/// Of so many blocks is said what they weigh.
const BLOCKS_SHOWN: usize = 5;

/// Findings on the weight of an edition's message; `budget` is the most it may have, in octets.
#[must_use]
pub fn check(edition: &Edition, message: &Message, markup: &Markup, budget: usize) -> Vec<Diagnostic> {
    let findings = [html(edition, message), style(edition, markup.style()), whole(edition, message, budget)];
    findings.into_iter().flatten().collect()
}

fn kilobytes(octets: usize) -> usize {
    octets.div_ceil(1000)
}

fn html(edition: &Edition, message: &Message) -> Option<Diagnostic> {
    let decoded = message.html.len();
    let encoded = encoded_html(&message.bytes).unwrap_or(decoded);
    let heavier = decoded.max(encoded);
    if decoded <= HTML_WARN && encoded <= TRAVELLING_WARN {
        return None;
    }
    let said = format!(
        "the HTML has {} KB, and {} KB as it travels; beyond {} KB Gmail cuts it off",
        kilobytes(decoded),
        kilobytes(encoded),
        kilobytes(HTML_MAX)
    );
    let help = "shorten the texts, and link to the rest";
    let place = edition.place.clone();
    let finding = if heavier > HTML_MAX {
        Diagnostic::error("html-weight", place, said, help)
    } else {
        Diagnostic::warning("html-weight", place, said, help)
    };
    Some(by_block(edition, message, finding))
}

/// The finding with the heaviest blocks, each at its place.
fn by_block(edition: &Edition, message: &Message, finding: Diagnostic) -> Diagnostic {
    let mut blocks: Vec<(usize, &Block)> =
        message.blocks.iter().filter_map(|span| Some((span.html.len(), edition.blocks.get(span.block)?))).collect();
    // The first of two that weigh the same stays the first.
    blocks.sort_by_key(|(octets, _)| std::cmp::Reverse(*octets));
    let shown = blocks.into_iter().take(BLOCKS_SHOWN).filter(|(octets, _)| *octets >= 1000);
    shown.fold(finding, |finding, (octets, block)| {
        #[expect(clippy::cast_precision_loss, reason = "a document is far smaller than the integers that floats lose")]
        let kilobytes = octets as f64 / 1000.0;
        finding.related_to(block.place.clone(), format!("{kilobytes:.1} KB of it come from this block"))
    })
}

/// Octets of the HTML part as it travels, encoded; its headers not counted.
fn encoded_html(bytes: &[u8]) -> Option<usize> {
    // Our boundaries begin so, and no encoded line can.
    const BOUNDARY: &[u8] = b"\r\n--=_";
    let mut rest = bytes;
    loop {
        rest = &rest[find(rest, BOUNDARY)? + BOUNDARY.len()..];
        let head = find(rest, b"\r\n\r\n")?;
        if find(&rest[..head], b"Content-Type: text/html").is_some() {
            return find(&rest[head + 4..], BOUNDARY);
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let (&first, last) = (what.first()?, text.len().checked_sub(what.len())?);
    let mut at = 0;
    while at <= last {
        at += text[at..=last].iter().position(|&octet| octet == first)?;
        if text[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn style(edition: &Edition, octets: usize) -> Option<Diagnostic> {
    if octets <= STYLE_WARN {
        return None;
    }
    let said = format!("the style sheets have {} KB; beyond {} KB Gmail drops them", kilobytes(octets), STYLE_MAX / 1024);
    let help = "shorten the lists of fonts under [theme.fonts]";
    let place = edition.place.clone();
    Some(if octets > STYLE_MAX {
        Diagnostic::error("style-weight", place, said, help)
    } else {
        Diagnostic::warning("style-weight", place, said, help)
    })
}

fn whole(edition: &Edition, message: &Message, budget: usize) -> Option<Diagnostic> {
    let octets = message.bytes.len();
    let said = format!("the message has {} KB with its pictures, and its budget is {} KB", kilobytes(octets), kilobytes(budget));
    let help = "use fewer pictures, host them ([web] pictures = \"hosted\"), or raise budget_kb under [message]";
    (octets > budget).then(|| Diagnostic::error("message-weight", edition.place.clone(), said, help))
}
