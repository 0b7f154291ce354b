//! Lists of tags, `name=value; name=value`, of which signatures and key records are made (RFC 6376 §3.2).

/// A list of tags.
#[derive(Debug)]
pub(super) struct Tags<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Tags<'t> {
    /// Reads a list. `None` where a tag has no value sign, is named wrongly or twice, or the text is not UTF-8: the whole list is then
    /// void.
    pub(super) fn parse(text: &'t [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut parts: Vec<_> = text.split(';').collect();
        // A semicolon may end the list.
        if parts.len() > 1 && parts.last().is_some_and(|part| part.trim().is_empty()) {
            parts.pop();
        }
        let mut tags: Vec<(&str, &str)> = Vec::with_capacity(parts.len());
        for part in parts {
            let (name, value) = part.split_once('=')?;
            let name = name.trim();
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name || tags.iter().any(|(known, _)| *known == name) {
                return None;
            }
            tags.push((name, value.trim()));
        }
        Some(Self(tags))
    }

    /// The value of a tag, without white space around it.
    pub(super) fn text(&self, name: &str) -> Option<&'t str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The value of a tag without any white space in it: base64 may be folded anywhere.
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        self.text(name).map(|value| value.chars().filter(|c| !c.is_ascii_whitespace()).collect())
    }
}
