//! What may go over the wire at all.

/// The longest line without its line end, in octets (RFC 5321 §4.5.3.1.6).
const LINE_MAX: usize = 998;

/// Says what keeps `message` from being sent as it is: a carriage return or a line feed alone (RFC 5321 §2.3.8: servers read them
/// differently, which lets one message pass for two), or a line that is too long. A missing line end after the last line is fine:
/// one is added.
pub(super) fn fault(message: &[u8]) -> Option<String> {
    if message.is_empty() {
        return Some("the message is empty".to_owned());
    }
    for (number, line) in (1..).zip(message.split(|&octet| octet == b'\n')) {
        let is_last = line.as_ptr_range().end == message.as_ptr_range().end;
        let Some(line) = (if is_last { Some(line) } else { line.strip_suffix(b"\r") }) else {
            return Some(format!("line {number} of the message ends in a line feed alone"));
        };
        if line.contains(&b'\r') {
            return Some(format!("line {number} of the message holds a carriage return alone"));
        }
        if line.len() > LINE_MAX {
            return Some(format!("line {number} of the message has {} octets; {LINE_MAX} is the most", line.len()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_line_ends_and_short_lines_pass() {
        let long = "x".repeat(998);
        for fine in ["a\r\n", "a", "\r\n", "a\r\n\r\n.b", &format!("{long}\r\n{long}")] {
            assert_eq!(fault(fine.as_bytes()), None, "{fine:?}");
        }
        for bad in ["", "a\nb", "a\rb\r\n", "a\r", "\n", "a\r\r\n", "a\r\n\n", &format!("{long}x\r\n"), &format!("a\r\n{long}x")]
        {
            assert!(fault(bad.as_bytes()).is_some(), "{bad:?}");
        }
    }
}
