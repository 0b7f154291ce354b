//! `format=flowed` undone (RFC 3676 §4.1), as a mail program does it that knows nothing of the composer.

/// The lines of a text, with soft breaks undone and stuffed spaces taken away.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match lines.last_mut() {
            Some(last) if goes_on => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
        // The signature separator ends in a space and is no flowed line (§4.3).
        goes_on = line.ends_with(' ') && line != "-- ";
    }
    lines
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<String> {
    lines(text).iter().flat_map(|line| line.split_whitespace()).map(str::to_owned).collect()
}
