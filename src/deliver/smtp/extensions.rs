//! What the server offers (RFC 5321 §4.1.1.1). lettre reads four keywords, in capitals only; keywords have no case.

use std::collections::BTreeMap;

/// The extensions of a server: each keyword with its words, all in capitals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extensions(BTreeMap<String, Vec<String>>);

impl Extensions {
    /// Reads the lines of a reply to EHLO, codes left off. The first is the server's name.
    pub(super) fn parse(lines: &[String]) -> Self {
        let mut extensions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Servers of old wrote AUTH=LOGIN for clients of old, often beside the line that is right.
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty()).map(str::to_owned);
            if let Some(keyword) = words.next() {
                extensions.entry(keyword).or_default().extend(words);
            }
        }
        Self(extensions)
    }

    /// Whether the server offers `keyword`, written in capitals.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.0.contains_key(keyword)
    }

    /// The largest message that the server takes, in octets (RFC 1870 §4). Zero, nothing or nonsense is no limit.
    pub(super) fn size_limit(&self) -> Option<u64> {
        self.0.get("SIZE")?.first()?.parse().ok().filter(|&limit| limit > 0)
    }

    /// Whether the server offers to log in by `mechanism`, written in capitals (RFC 4954 §3).
    pub(super) fn has_auth(&self, mechanism: &str) -> bool {
        self.0.get("AUTH").is_some_and(|offered| offered.iter().any(|offer| offer == mechanism))
    }

    /// What the server offers to log in with, in words.
    pub(super) fn auth_offered(&self) -> String {
        match self.0.get("AUTH") {
            Some(offered) if !offered.is_empty() => {
                let mechanisms = offered.join(", ").chars().filter(|c| !c.is_control()).take(100).collect::<String>();
                format!("it offers {mechanisms}")
            }
            _ => "it offers none at all".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Extensions {
        Extensions::parse(&lines.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn keywords_have_no_case_and_the_name_is_none() {
        let extensions = parse(&["STARTTLS", "size 1000", "8bitmime", "auth=login", "Auth plain cram-md5", "", "  "]);
        assert!(!extensions.has("STARTTLS"));
        assert!(extensions.has("8BITMIME") && extensions.has_auth("LOGIN") && extensions.has_auth("PLAIN"));
        assert_eq!(extensions.size_limit(), Some(1000));
        assert_eq!(extensions.auth_offered(), "it offers LOGIN, PLAIN, CRAM-MD5");
    }

    #[test]
    fn a_size_of_zero_or_nonsense_is_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE many", "SIZE -5", "AUTH"] {
            assert_eq!(parse(&["host", line]).size_limit(), None, "{line}");
        }
    }
}
