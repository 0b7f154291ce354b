//! What CSS uses: the declarations of a `style` attribute, and the rules of a `<style>` element.

/// One declaration of a `style` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declaration<'a> {
    /// As written, without white space.
    pub(super) property: &'a str,
    /// As written, without white space around it.
    pub(super) value: &'a str,
}

/// The declarations of a `style` attribute. A `;` in quotes or parentheses ends none; what has no `:` is none.
pub(super) fn declarations(style: &str) -> impl Iterator<Item = Declaration<'_>> {
    let mut rest = style;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (one, after) = split_declaration(rest);
            rest = after;
            if let Some((property, value)) = one.split_once(':') {
                return Some(Declaration { property: property.trim(), value: value.trim() });
            }
        }
        None
    })
}

fn split_declaration(text: &str) -> (&str, &str) {
    let mut quote = None;
    let mut depth = 0usize;
    for (at, octet) in text.bytes().enumerate() {
        match (quote, octet) {
            (Some(open), _) if open == octet => quote = None,
            (None, b'"' | b'\'') => quote = Some(octet),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, b';') if depth == 0 => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// The names of the functions in a value, as `rgb` in `rgb(0 0 0)`; not what is in quotes.
pub(super) fn functions(value: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    value.bytes().enumerate().filter_map(move |(at, octet)| {
        match (quote, octet) {
            (Some(open), _) if open == octet => quote = None,
            (None, b'"' | b'\'') => quote = Some(octet),
            (None, b'(') => {
                let name = &value[..at];
                let start = name.bytes().rposition(|octet| !is_name(octet)).map_or(0, |before| before + 1);
                return Some(&name[start..]).filter(|name| !name.is_empty());
            }
            _ => {}
        }
        None
    })
}

/// The units of the numbers in a value, as `rem` in `1.5rem`; `w3ch` and `#12ch` have none.
pub(super) fn units(value: &str) -> impl Iterator<Item = &str> {
    let octets = value.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < octets.len() {
            let is_start = octets[at].is_ascii_digit() && (at == 0 || !is_word(octets[at - 1]));
            if !is_start {
                at += 1;
                continue;
            }
            let count = |from: usize, is_part: fn(&u8) -> bool| octets[from..].iter().take_while(|&octet| is_part(octet)).count();
            let end = at + count(at, u8::is_ascii_digit);
            let unit_end = end + count(end, |&octet| is_name(octet));
            at = unit_end;
            if unit_end > end {
                return Some(&value[end..unit_end]);
            }
        }
        None
    })
}

fn is_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'
}

fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'#' || octet == b'_'
}

/// The features that the text of a `<style>` element uses, as slugs; comments and strings aside.
///
/// At-rules, what `@media` asks for, pseudo-classes and pseudo-elements. The value of `color:red` is handed on too: there is no
/// feature of such a name.
pub(super) fn sheet_features(css: &str, mut found: impl FnMut(&str)) {
    let octets = css.as_bytes();
    let mut at = 0;
    while at < octets.len() {
        let rest = &css[at..];
        match octets[at] {
            b'/' if rest.starts_with("/*") => at += rest.find("*/").map_or(rest.len(), |end| end + 2),
            quote @ (b'"' | b'\'') => at += rest[1..].find(char::from(quote)).map_or(rest.len(), |end| end + 2),
            b'@' => {
                let name = name_at(&rest[1..]);
                found(&format!("css-at-{name}"));
                at += 1 + name.len();
                if name.eq_ignore_ascii_case("media") {
                    // One that no block follows ends where it cannot go on, so that a sheet of nothing else is read once.
                    let query = &css[at..at + css[at..].find(['{', '}', ';', '@']).unwrap_or(0)];
                    for (open, _) in query.match_indices('(') {
                        found(&format!("css-at-media-{}", name_at(&query[open + 1..])));
                    }
                    // The colons of the query are no pseudo-classes.
                    at += query.len();
                }
            }
            b':' => {
                let is_double = rest.starts_with("::");
                let name = name_at(&rest[if is_double { 2 } else { 1 }..]);
                // These two were written with one colon before there were two.
                let is_element = is_double || matches!(name, "after" | "before");
                found(&format!("css-pseudo-{}-{name}", if is_element { "element" } else { "class" }));
                at += 1 + usize::from(is_double) + name.len();
            }
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
}

fn name_at(text: &str) -> &str {
    let end = text.bytes().position(|octet| !is_name(octet)).unwrap_or(text.len());
    &text[..end]
}
