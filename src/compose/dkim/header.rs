//! Header fields and their relaxed form (RFC 6376 §3.4.2).

/// A header field as it stands in a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'m> {
    /// The name, without the colon and white space before it.
    pub(super) name: &'m [u8],
    /// What follows the colon, folds kept, without the line end.
    pub(super) value: &'m [u8],
    /// The whole field, without the line end.
    pub(super) whole: &'m [u8],
}

/// The end of a header and the begin of the body: octets up to the empty line, the last field's line end included, and octets up to
/// what follows the empty line. A message without one is all header.
pub(super) fn ends(message: &[u8]) -> (usize, usize) {
    if message.starts_with(b"\r\n") {
        return (0, 2);
    }
    let found = message.windows(4).position(|octets| octets == b"\r\n\r\n");
    found.map_or((message.len(), message.len()), |at| (at + 2, at + 4))
}

/// The fields of a header, in order. A line that is no field, and belongs to none, is passed over.
pub(super) fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (whole, others) = split_field(rest);
            rest = others;
            if let Some(colon) = whole.iter().position(|&octet| octet == b':').filter(|_| !matches!(whole[0], b' ' | b'\t')) {
                return Some(Field { name: whole[..colon].trim_ascii_end(), value: &whole[colon + 1..], whole });
            }
        }
        None
    })
}

/// The first field without its line end, and what follows.
fn split_field(header: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    while let Some(at) = header[from..].iter().position(|&octet| octet == b'\n').map(|at| from + at) {
        from = at + 1;
        if at > 0 && header[at - 1] == b'\r' && !matches!(header.get(from), Some(b' ' | b'\t')) {
            return (&header[..at - 1], &header[from..]);
        }
    }
    (header, &[])
}

/// Adds a field in relaxed form, without a line end: name in lower case, unfolded, white space collapsed.
pub(super) fn relax(name: &[u8], value: &[u8], into: &mut Vec<u8>) {
    into.extend(name.iter().map(u8::to_ascii_lowercase));
    into.push(b':');
    let start = into.len();
    collapse(value, true, into);
    while into.len() > start && into.last() == Some(&b' ') {
        into.pop();
    }
}

/// Adds octets with each run of white space as one space, and without the line ends inside; `has_space` where one was added already.
pub(super) fn collapse(octets: &[u8], mut has_space: bool, into: &mut Vec<u8>) {
    let mut rest = octets;
    while let Some((&octet, others)) = rest.split_first() {
        if rest.starts_with(b"\r\n") {
            rest = &rest[2..];
            continue;
        }
        let is_space = matches!(octet, b' ' | b'\t');
        if !(is_space && has_space) {
            into.push(if is_space { b' ' } else { octet });
        }
        has_space = is_space;
        rest = others;
    }
}
