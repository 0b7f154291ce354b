//! `format=flowed` undone (RFC 3676 §4.1), as a mail program does it that knows nothing of the composer.

use mail_parser::{MessageParser, MimeHeaders};
use postrider::compose::Message;

/// The lines of the text part, with soft breaks undone and stuffed spaces taken away, after the parameters of its media type.
pub(super) fn lines(message: &Message) -> Vec<String> {
    let read = MessageParser::default().parse(&message.bytes).expect("a message");
    let part = read.text_part(0).expect("a text part");
    let media_type = part.content_type().expect("a media type");
    if media_type.attribute("format") != Some("flowed") {
        return message.text.lines().map(str::to_owned).collect();
    }
    let is_space_deleted = media_type.attribute("delsp") == Some("yes");
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in message.text.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        // The signature separator ends in a space and is no flowed line (§4.3).
        let is_soft = line.ends_with(' ') && line != "-- ";
        let said = if is_soft && is_space_deleted { &line[..line.len() - 1] } else { line };
        match lines.last_mut() {
            Some(last) if goes_on => last.push_str(said),
            _ => lines.push(said.to_owned()),
        }
        goes_on = is_soft;
    }
    lines
}

/// The words of the text part, in order, without the invisible marks that tell which way a line runs.
pub(super) fn words(message: &Message) -> Vec<String> {
    let lines = lines(message);
    let words = lines.iter().flat_map(|line| line.split_whitespace());
    words.map(|word| word.trim_matches(['\u{200e}', '\u{200f}']).to_owned()).collect()
}
