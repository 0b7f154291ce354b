//! The composed messages: what a mail server would stumble over.

use super::personal::SUBJECT_MAX;
use crate::compose::Message;
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;

/// The most octets a line may have without its line end (RFC 5322 §2.1.1).
const LINE_MAX: usize = 998;

/// A finding on the header of an edition's message, if there is one.
#[must_use]
pub fn check(edition: &Edition, message: &Message) -> Option<Diagnostic> {
    let place = || edition.subject.place().unwrap_or(&edition.place).clone();
    let length = message.subject.chars().count();
    if length > SUBJECT_MAX {
        let said = format!("the subject has {length} characters");
        let help = "an inbox shows the first 50 or so; write one short line";
        return Some(Diagnostic::error("subject-length", place(), said, help));
    }
    // Below the header, every line is encoded and none is longer than 76.
    let header = message.bytes.split(|&octet| octet == b'\n').take_while(|line| *line != b"\r");
    let is_long = header.map(<[u8]>::len).any(|length| length > LINE_MAX + 1);
    is_long.then(|| {
        let said = "a header would have a line longer than mail allows";
        Diagnostic::error("line-length", place(), said, "break up the longest word of subject or names")
    })
}
