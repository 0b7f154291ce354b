//! What may go over the wire at all, and as what octets.

use std::io::IoSlice;
use std::sync::Arc;

use crate::compose::Spliced;

/// The longest line without its line end, in octets (RFC 5321 §4.5.3.1.6).
const LINE_MAX: usize = 998;
/// How much is looked through for dots at a time, in octets: most of it holds none, and that is quickly seen.
const STRETCH: usize = 2048;

/// A message that may go over the wire as it is, but for dots at the beginning of a line.
///
/// It is either looked through here, or spliced by the composer, which vouches for what it made. Nothing is copied: the doubled dots
/// (RFC 5321 §4.5.2) come about where pieces overlap.
#[derive(Debug, Clone)]
pub struct Body {
    content: Content,
    length: usize,
    is_ascii: bool,
}

#[derive(Debug, Clone)]
enum Content {
    /// With the places where lines begin with a dot.
    Whole(Arc<[u8]>, Vec<usize>),
    Spliced(Spliced),
}

impl From<Spliced> for Body {
    fn from(spliced: Spliced) -> Self {
        Self { length: spliced.len(), is_ascii: spliced.is_ascii(), content: Content::Spliced(spliced) }
    }
}

impl Body {
    /// Looks a message through.
    ///
    /// # Errors
    /// Says what keeps it from being sent: a carriage return or a line feed alone (RFC 5321 §2.3.8: servers read them differently,
    /// which lets one message pass for two), or a line that is too long. A missing line end after the last line is fine.
    pub fn parse(octets: Arc<[u8]>) -> Result<Self, String> {
        if !(has_whole_line_ends(&octets) && has_short_lines(&octets)) {
            return Err(fault(&octets));
        }
        let (dots, is_ascii, length) = (leading_dots(&octets), octets.is_ascii(), octets.len());
        Ok(Self { content: Content::Whole(octets, dots), length, is_ascii })
    }

    /// Its length in octets, as composed.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether it holds no octet above 127.
    pub(super) fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// What is to be written one after the other: each line whole, its leading dot doubled. The dot that ends it is not among it.
    pub(super) fn pieces(&self) -> Vec<IoSlice<'_>> {
        let (octets, dots) = match &self.content {
            Content::Whole(octets, dots) => (octets, dots),
            Content::Spliced(spliced) => return spliced.pieces().map(|piece| IoSlice::new(piece.octets())).collect(),
        };
        let mut pieces = Vec::with_capacity(dots.len() + 2);
        let mut start = 0;
        for &dot in dots {
            pieces.push(IoSlice::new(&octets[start..=dot]));
            start = dot;
        }
        pieces.push(IoSlice::new(&octets[start..]));
        if !octets.ends_with(b"\r\n") {
            pieces.push(IoSlice::new(b"\r\n"));
        }
        pieces
    }
}

/// Whether each CR stands before an LF and each LF behind a CR. One pass without branches, which compiles to a few octets a cycle.
fn has_whole_line_ends(octets: &[u8]) -> bool {
    let (Some(first), Some(last)) = (octets.first(), octets.last()) else { return false };
    let pairs = octets.iter().zip(&octets[1..]);
    let is_broken = pairs.fold(0, |is_broken, (&one, &next)| is_broken | u8::from((one == b'\r') != (next == b'\n')));
    is_broken == 0 && *first != b'\n' && *last != b'\r'
}

/// Whether no line is too long, where line ends are whole. Looks backwards from where a line end must stand at the latest.
fn has_short_lines(octets: &[u8]) -> bool {
    let mut start = 0;
    while octets.len() - start > LINE_MAX {
        let window = &octets[start..octets.len().min(start + LINE_MAX + 2)];
        match window.iter().rposition(|&octet| octet == b'\n') {
            Some(end) => start += end + 1,
            None => return false,
        }
    }
    true
}

/// Where lines begin with a dot, where line ends are whole.
fn leading_dots(octets: &[u8]) -> Vec<usize> {
    let mut dots = Vec::new();
    if octets.first() == Some(&b'.') {
        dots.push(0);
    }
    let (befores, heres) = (octets.chunks(STRETCH), octets.get(1..).unwrap_or_default().chunks(STRETCH));
    for (number, (before, here)) in befores.zip(heres).enumerate() {
        let is_dot = |(&before, &here): (&u8, &u8)| u8::from(before == b'\n') & u8::from(here == b'.');
        if before.iter().zip(here).fold(0, |any, pair| any | is_dot(pair)) == 1 {
            let found = before.iter().zip(here).enumerate().filter(|&(_, pair)| is_dot(pair) == 1);
            dots.extend(found.map(|(index, _)| number * STRETCH + index + 1));
        }
    }
    dots
}

/// Says what is wrong with a message, and where.
fn fault(message: &[u8]) -> String {
    if message.is_empty() {
        return "the message is empty".to_owned();
    }
    for (number, line) in (1..).zip(message.split(|&octet| octet == b'\n')) {
        let is_last = line.as_ptr_range().end == message.as_ptr_range().end;
        let Some(line) = (if is_last { Some(line) } else { line.strip_suffix(b"\r") }) else {
            return format!("line {number} of the message ends in a line feed alone");
        };
        if line.contains(&b'\r') {
            return format!("line {number} of the message holds a carriage return alone");
        }
        if line.len() > LINE_MAX {
            return format!("line {number} of the message has {} octets; {LINE_MAX} is the most", line.len());
        }
    }
    "the message cannot be sent as it is".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(message: &str) -> Result<Body, String> {
        Body::parse(Arc::from(message.as_bytes()))
    }

    /// The octets as they go over the wire.
    fn wire(body: &Body) -> String {
        body.pieces().iter().map(|piece| str::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn only_whole_line_ends_and_short_lines_pass() {
        let long = "x".repeat(998);
        for fine in ["a\r\n", "a", "\r\n", "a\r\n\r\n.b", &format!("{long}\r\n{long}"), &format!("{long}\r\n").repeat(9)] {
            assert!(parse(fine).is_ok(), "{fine:?}");
        }
        for bad in ["", "a\nb", "a\rb\r\n", "a\r", "\n", "a\r\r\n", "a\r\n\n", &format!("{long}x\r\n"), &format!("a\r\n{long}x")]
        {
            let why = parse(bad).unwrap_err();
            assert!(!why.contains("as it is"), "{bad:?}: {why}");
        }
    }

    proptest! {
        #[test]
        fn whatever_passes_is_what_the_slow_way_lets_pass(
            message in prop_oneof!["[\r\n.a]{0,20}", "(\r\n|\\.|a){0,3000}", "(\r\n|a{900,1100}|\\.){0,8}"]
        ) {
            let lines: Vec<&str> = message.split("\r\n").collect();
            let is_sound = !message.is_empty() && lines.iter().all(|line| line.len() <= 998 && !line.contains(['\r', '\n']));
            let body = parse(&message);
            prop_assert_eq!(body.is_ok(), is_sound);
            if let Ok(body) = body {
                let ended = message.strip_suffix("\r\n").unwrap_or(&message);
                let stuffed = ended.split("\r\n").map(|line| if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") });
                prop_assert_eq!(wire(&body), stuffed.collect::<String>());
            }
        }
    }
}
