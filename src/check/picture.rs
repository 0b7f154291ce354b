//! The pictures' files: what decoders forgive and readers do not.

use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Issue;
use crate::model::mistake;

/// A finding for every place that names a JPEG whose end is missing.
///
/// Decoders fill such a picture with grey and say nothing. Whatever they refuse is found when pictures are made fit for mail.
#[must_use]
pub fn check(issue: &Issue) -> Vec<Diagnostic> {
    let pictures = issue.editions.iter().flat_map(|edition| &edition.blocks).flat_map(|block| block.pictures());
    pictures
        .filter(|picture| issue.pictures.get(&picture.file).is_some_and(|content| is_cut_off(content)))
        .map(|picture| mistake::bad_picture(picture.place.clone(), &picture.file, "its end is missing"))
        .collect()
}

/// Whether a file begins as a JPEG and has no end-of-image marker after its first scan (ITU-T T.81, B.1.1 and B.2.1).
fn is_cut_off(content: &[u8]) -> bool {
    content.starts_with(&[0xFF, 0xD8])
        && !first_scan(content).is_some_and(|scan| scan.windows(2).any(|marker| marker == [0xFF, 0xD9]))
}

/// What follows the segments before the image data; a thumbnail in one of them has an end of its own.
fn first_scan(content: &[u8]) -> Option<&[u8]> {
    let mut rest = content.get(2..)?;
    loop {
        // Before a marker there may be fill bytes, and in files of careless programs others.
        let marker = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF))?;
        rest = &rest[marker..];
        if rest[1] == 0xDA {
            return Some(rest);
        }
        let length = u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]);
        rest = rest.get(2 + usize::from(length)..)?;
    }
}
