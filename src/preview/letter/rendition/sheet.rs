//! Style sheets taken apart: rules, and declarations in them. Comments are left out; what is no rule is kept as it stands.

/// Rules that stand deeper in one another than this are left out: no mail nests them, and none is to exhaust the stack.
const DEPTH_MAX: usize = 8;

/// A rule of a style sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// What stands before the braces: selectors, or `@media` and its like.
    pub(super) prelude: String,
    pub(super) body: Body,
}

/// What stands in the braces of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// There are none: `@import …;`.
    None,
    Rules(Vec<Rule>),
    Declarations(Vec<Declaration>),
}

/// A property with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    /// As written, without white space around it.
    pub(super) property: String,
    /// The same; with its `!important`.
    pub(super) value: String,
}

/// A design of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    /// Its name in CSS.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Rule {
    /// Lets `change` see every prelude with its declarations.
    pub(super) fn change(&mut self, change: &mut impl FnMut(&str, &mut Vec<Declaration>)) {
        match &mut self.body {
            Body::None => {}
            Body::Rules(rules) => rules.iter_mut().for_each(|rule| rule.change(change)),
            Body::Declarations(declarations) => change(&self.prelude, declarations),
        }
    }

    /// Writes it as CSS.
    pub(super) fn write(&self, out: &mut String) {
        out.push_str(&self.prelude);
        if self.body == Body::None {
            out.push(';');
            return;
        }
        out.push('{');
        match &self.body {
            Body::None => {}
            Body::Rules(rules) => rules.iter().for_each(|rule| rule.write(out)),
            Body::Declarations(declarations) => out.push_str(&written(declarations)),
        }
        out.push('}');
    }
}

/// The declarations of a `style` attribute or a rule. A `;` in quotes or parentheses ends none; what has no `:` is none.
pub(super) fn declarations(text: &str) -> Vec<Declaration> {
    let mut rest = text;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = find(rest, b";").unwrap_or(rest.len());
        if let Some((property, value)) = rest[..end].split_once(':') {
            found.push(Declaration { property: property.trim().to_owned(), value: value.trim().to_owned() });
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found
}

/// Declarations as CSS.
pub(super) fn written(declarations: &[Declaration]) -> String {
    declarations.iter().map(|one| format!("{}:{}", one.property, one.value)).collect::<Vec<_>>().join(";")
}

/// The rules of a style sheet.
pub(super) fn rules(css: &str) -> Vec<Rule> {
    nested(&without_comments(css), 0)
}

fn nested(css: &str, depth: usize) -> Vec<Rule> {
    let mut rest = css.trim_start();
    let mut rules = Vec::new();
    while !rest.is_empty() && depth < DEPTH_MAX {
        let end = find(rest, b"{;}").unwrap_or(rest.len());
        let prelude = rest[..end].trim().to_owned();
        let opened = rest[end..].starts_with('{');
        let after = rest.get(end + 1..).unwrap_or_default();
        let close = if opened { closing(after) } else { 0 };
        let name = prelude.strip_prefix('@').map(|name| name.split(|c: char| !(c.is_alphanumeric() || c == '-')).next());
        let holds_rules = matches!(name.flatten(), Some("media" | "supports" | "layer" | "container" | "document" | "keyframes"));
        let body = match (opened, holds_rules) {
            (false, _) => Body::None,
            (true, true) => Body::Rules(nested(&after[..close], depth + 1)),
            (true, false) => Body::Declarations(declarations(&after[..close])),
        };
        if opened || prelude.starts_with('@') {
            rules.push(Rule { prelude, body });
        }
        rest = if opened { after.get(close + 1..).unwrap_or_default() } else { after }.trim_start();
    }
    rules
}

/// Where the brace closes that was opened before; the end where none does.
fn closing(text: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(next) = find(&text[at..], b"{}") {
        at += next;
        match (text.as_bytes()[at], depth) {
            (b'{', _) => depth += 1,
            (_, 0) => return at,
            _ => depth -= 1,
        }
        at += 1;
    }
    text.len()
}

/// The first place of one of these signs, which are ASCII; not in quotes, nor in parentheses.
fn find(text: &str, signs: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0usize;
    text.bytes().position(|octet| {
        match (quote, octet) {
            (Some(open), _) if open == octet => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(octet),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, _) => return depth == 0 && signs.contains(&octet),
        }
        false
    })
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start + 2..].find("*/").map_or("", |end| &rest[start + 2 + end + 2..]);
    }
    out.push_str(rest);
    // The signs of comments in HTML mean nothing here (CSS Syntax §5.4.1).
    out.replace("<!--", "").replace("-->", "")
}

/// Whether a value names something to fetch.
pub(super) fn has_address(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value.contains("url(") || value.contains("image-set(")
}

/// The same rules where one design is taken, whatever the device prefers: those that ask for it always hold, those that ask for the other
/// never do, and are left out.
pub(super) fn forced(rules: Vec<Rule>, scheme: Scheme) -> Vec<Rule> {
    let force = |mut rule: Rule| -> Vec<Rule> {
        let Body::Rules(inner) = rule.body else { return vec![rule] };
        let inner = forced(inner, scheme);
        rule.prelude = settled(&rule.prelude, scheme);
        let query = rule.prelude.strip_prefix("@media").map(str::trim);
        if query == Some(HOLDS) {
            return inner;
        }
        // Where there is neither a choice nor a negation, one part that never holds is enough.
        let is_plain = !rule.prelude.contains(',') && !rule.prelude.split_whitespace().any(|word| matches!(word, "or" | "not"));
        if is_plain && rule.prelude.contains(NEVER_HOLDS) {
            return Vec::new();
        }
        rule.body = Body::Rules(inner);
        vec![rule]
    };
    rules.into_iter().flat_map(force).collect()
}

/// A part of a query that every screen answers with yes.
const HOLDS: &str = "(min-width:0)";
/// A part of a query that no screen answers with yes.
const NEVER_HOLDS: &str = "(max-width:0)";

/// A query that asks for the design no longer: it has the answer in it.
fn settled(prelude: &str, scheme: Scheme) -> String {
    const FEATURE: &str = "(prefers-color-scheme";
    let mut out = String::new();
    let mut rest = prelude;
    while let Some(start) = rest.to_ascii_lowercase().find(FEATURE) {
        let end = rest[start..].find(')').map_or(rest.len(), |end| start + end + 1);
        let asked = rest[start + FEATURE.len()..end].trim_matches([':', ')', ' ', '\t', '\n']).to_ascii_lowercase();
        out.push_str(&rest[..start]);
        // Without a value it asks whether there is any preference, and there always is.
        out.push_str(if asked.is_empty() || asked == scheme.name() { HOLDS } else { NEVER_HOLDS });
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn force(css: &str, scheme: Scheme) -> String {
        let mut out = String::new();
        for rule in forced(rules(css), scheme) {
            rule.write(&mut out);
        }
        out
    }

    #[test]
    fn a_sheet_is_taken_apart_and_written_again() {
        let css = "@import url(a;b.css);a{color:red;font:1px 'x;}y'}@media (max-width:5px){.a{b:c}}@font-face{src:url(x)}";
        let mut out = String::new();
        let commented = css.replace("@media", "/* } */ <!-- @media");
        for rule in rules(&commented) {
            rule.write(&mut out);
        }
        assert_eq!(out, css);
    }

    #[test]
    fn one_design_is_forced() {
        let css = ".x{a:b}@media (prefers-color-scheme:dark){.a{c:d}}@media screen and (PREFERS-color-scheme : light){.b{c:d}}";
        assert_eq!(force(css, Scheme::Dark), ".x{a:b}.a{c:d}");
        assert_eq!(force(css, Scheme::Light), ".x{a:b}@media screen and (min-width:0){.b{c:d}}");
        let or = "@media (prefers-color-scheme:dark),print{.a{c:d}}@media not (prefers-color-scheme:dark){.b{c:d}}";
        let expected = "@media (max-width:0),print{.a{c:d}}@media not (max-width:0){.b{c:d}}";
        assert_eq!(force(or, Scheme::Light), expected);
    }

    #[test]
    fn a_sheet_that_is_not_closed_ends() {
        for css in ["a{b:c", "a{b:'c;}", "@media (", "@media x{a{b:c}", "{", "}", "}}a{b:c}", "/*", "a", "@import x"] {
            let _ = force(css, Scheme::Dark);
        }
        let _ = rules(&"@media x{".repeat(10_000));
    }
}
