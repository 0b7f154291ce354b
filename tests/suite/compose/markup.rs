//! HTML taken apart by the strictest of rules: what is not spelt out and closed is a failure, for no mail program guesses alike.

/// A piece of an HTML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `<name attribute="value">`, the value with its entities resolved; a void element's too.
    Open(String, Vec<(String, String)>),
    /// `</name>`.
    Close(String),
    /// Words, entities resolved.
    Text(String),
    /// What stands between `<!--` and `-->`.
    Comment(String),
}

/// Elements that have no end tag.
const VOID: [&str; 4] = ["meta", "img", "br", "hr"];
/// Elements inside a line; every other one stands apart from its neighbours.
const INLINE: [&str; 6] = ["a", "strong", "em", "span", "code", "i"];

/// Takes a document apart.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("the doctype stands first");
    while !rest.is_empty() {
        let (token, after) = if let Some(comment) = rest.strip_prefix("<!--") {
            let (inside, after) = comment.split_once("-->").expect("a comment is closed");
            (Token::Comment(inside.to_owned()), after)
        } else if let Some(close) = rest.strip_prefix("</") {
            let (name, after) = close.split_once('>').expect("an end tag is closed");
            (Token::Close(name.to_owned()), after)
        } else if let Some(open) = rest.strip_prefix('<') {
            start_tag(open)
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            (Token::Text(resolved(&rest[..end])), &rest[end..])
        };
        rest = after;
        if token == Token::Open("style".to_owned(), Vec::new()) {
            let (sheet, after) = rest.split_once("</style>").expect("a style sheet is closed");
            tokens.extend([token, Token::Text(sheet.to_owned()), Token::Close("style".to_owned())]);
            rest = after;
        } else {
            tokens.push(token);
        }
    }
    tokens
}

fn start_tag(after: &str) -> (Token, &str) {
    let name_end = after.find([' ', '>']).expect("a tag is closed");
    let name = &after[..name_end];
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == ':') && !name.is_empty(), "a bare < before {name:?}");
    let mut attributes = Vec::new();
    let mut rest = &after[name_end..];
    while let Some(attribute) = rest.strip_prefix(' ') {
        let end = attribute.find(['=', ' ', '>']).expect("a tag is closed");
        let name = &attribute[..end];
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)), "an attribute called {name:?}");
        if let Some(value) = attribute[end..].strip_prefix("=\"") {
            let (value, after) = value.split_once('"').expect("a value is closed");
            attributes.push((name.to_owned(), resolved(value)));
            rest = after;
        } else {
            attributes.push((name.to_owned(), String::new()));
            rest = &attribute[end..];
        }
    }
    let rest = rest.strip_prefix('>').unwrap_or_else(|| panic!("<{name}> is closed"));
    (Token::Open(name.to_owned(), attributes), rest)
}

/// Entities resolved.
fn resolved(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (entity, after) = part.split_once(';').unwrap_or_else(|| panic!("a bare & before {part:?}"));
        let c = match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "nbsp" => '\u{a0}',
            "emsp" => '\u{2003}',
            _ => entity
                .strip_prefix('#')
                .and_then(|number| number.parse().ok())
                .and_then(char::from_u32)
                .unwrap_or_else(|| panic!("an entity called {entity:?}")),
        };
        out.push(c);
        out.push_str(after);
    }
    out
}

/// The document as Word's engine reads it: what is for it alone is there, what is for all others is not.
pub(super) fn for_word(html: &str) -> String {
    let mut document = String::new();
    let mut rest = html;
    while let Some((before, others)) = rest.split_once("<!--[if !mso]><!-->") {
        document += before;
        rest = others.split_once("<!--<![endif]-->").expect("what is for others ends").1;
    }
    (document + rest).replace("<!--[if mso]>", "").replace("<![endif]-->", "")
}

/// Every start tag with its attributes, in order.
pub(super) fn elements(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let open = |token| match token {
        Token::Open(name, attributes) => Some((name, attributes)),
        _ => None,
    };
    tokens(html).into_iter().filter_map(open).collect()
}

/// The value of an attribute.
pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// The shape of a document: its tags and the names of their attributes, all words left out.
pub(super) fn shape(html: &str) -> Vec<String> {
    let tag = |token| match token {
        Token::Open(name, attributes) => {
            let names: Vec<_> = attributes.into_iter().map(|(name, _)| name).collect();
            Some(format!("<{name} {}>", names.join(" ")))
        }
        Token::Close(name) => Some(format!("</{name}>")),
        Token::Comment(inside) => Some(format!("<!--{inside}-->")),
        Token::Text(_) => None,
    };
    tokens(html).into_iter().filter_map(tag).collect()
}

/// Fails unless every element is closed where it must be, and stands where it may.
pub(super) fn assert_balanced(html: &str) {
    let mut open: Vec<String> = Vec::new();
    for token in tokens(html) {
        match token {
            Token::Open(name, _) => {
                let is_block = !INLINE.contains(&name.as_str()) && name != "br";
                let is_in_paragraph = open.iter().any(|outer| ["p", "h1", "h2", "h3"].contains(&outer.as_str()));
                assert!(!(is_block && is_in_paragraph), "<{name}> would end the paragraph it stands in: {open:?}");
                assert!(name != "a" || !open.contains(&name), "a link in a link: {open:?}");
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::Close(name) => assert_eq!(open.pop(), Some(name), "closed while these are open: {open:?}"),
            Token::Text(_) | Token::Comment(_) => {}
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

/// What a reader sees of a document, descriptions of pictures included; the preheader, which inboxes show, left out.
pub(super) fn visible(html: &str) -> String {
    let mut seen = String::new();
    let mut hidden: Vec<String> = Vec::new();
    for token in tokens(html) {
        match token {
            Token::Open(name, attributes) => {
                let is_void = VOID.contains(&name.as_str());
                let style = attribute(&attributes, "style").unwrap_or_default();
                if !is_void && (!hidden.is_empty() || name == "head" || style.contains("display:none")) {
                    hidden.push(name);
                    continue;
                }
                if !INLINE.contains(&name.as_str()) {
                    seen.push(' ');
                }
                if name == "img" {
                    seen.push_str(attribute(&attributes, "alt").expect("every picture has one"));
                    seen.push(' ');
                }
            }
            Token::Close(_) if !hidden.is_empty() => drop(hidden.pop()),
            Token::Close(name) if !INLINE.contains(&name.as_str()) => seen.push(' '),
            Token::Text(text) if hidden.is_empty() => seen.push_str(&text),
            _ => {}
        }
    }
    seen
}

/// What inboxes show beside the subject, the filler behind it left out.
pub(super) fn preheader(html: &str) -> Option<String> {
    let tokens = tokens(html);
    let is_hidden = |token: &Token| match token {
        Token::Open(_, attributes) => attribute(attributes, "style").is_some_and(|style| style.contains("display:none")),
        _ => false,
    };
    let at = tokens.iter().position(is_hidden)?;
    let Token::Text(text) = &tokens[at + 1] else { return None };
    Some(text.trim_end_matches(['\u{2007}', '\u{feff}', '\u{34f}', ' ']).to_owned())
}
