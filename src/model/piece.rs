//! A long list of tables cut into pieces, each of which can be read as TOML by itself.
//!
//! A tree of a whole list takes some thirty times the room of its text. Cut before the heads of tables, the list can be read piece by
//! piece, and no more than a few small trees are there at a time.

use std::ops::Range;

/// Cuts a text before the heads `[[key]]` of its tables, `tables` of them to a piece. What precedes the first head belongs to the
/// first piece. The pieces together are the text; a text with no more tables than that is one piece.
///
/// A line that only looks like a head, in a string or in an array, is none; where brackets do not match, the rest is left in one piece.
/// So what `toml` takes for the whole, it takes piece by piece. A piece that it takes ends where a table can begin: if the first pieces
/// are sound, the cuts between them were right.
pub(super) fn cut(text: &str, key: &str, tables: usize) -> Vec<Range<usize>> {
    let mut scan = Scan { text: text.as_bytes(), at: 0, open: Vec::new() };
    let (mut pieces, mut start, mut heads) = (Vec::new(), 0, 0);
    loop {
        if scan.open.is_empty() && is_head(&text[scan.at..], key) {
            if heads == tables {
                pieces.push(start..scan.at);
                (start, heads) = (scan.at, 0);
            }
            heads += 1;
        }
        if scan.line().is_none() {
            pieces.push(start..text.len());
            return pieces;
        }
    }
}

/// Whether a line begins with `[[key]]`, in any spelling that needs no escapes.
fn is_head(line: &str, key: &str) -> bool {
    let trimmed = |text: &'_ str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let inner = line[trimmed(line)..].strip_prefix("[[").map(|inner| &inner[trimmed(inner)..]);
    let after = inner.and_then(|inner| match inner.chars().next()? {
        quote @ ('"' | '\'') => inner[1..].strip_prefix(key)?.strip_prefix(quote),
        _ => inner.strip_prefix(key),
    });
    after.is_some_and(|after| after[trimmed(after)..].starts_with("]]"))
}

/// A walk over a text that knows strings, comments and brackets as the lexer of `toml` does, its recovery after a slip included.
struct Scan<'t> {
    text: &'t [u8],
    /// Always at the beginning of a token.
    at: usize,
    /// The brackets that would close what is open.
    open: Vec<u8>,
}

impl Scan<'_> {
    /// Walks to the next line that does not begin in a string. `None` at the end of the text, and where nobody can say what is open.
    fn line(&mut self) -> Option<()> {
        loop {
            let rest = &self.text[self.at..];
            let octet = *rest.first()?;
            self.at += match octet {
                b'\n' => {
                    self.at += 1;
                    return Some(());
                }
                b'[' | b'{' => {
                    // In ASCII each closing bracket comes two after its opening one.
                    self.open.push(octet + 2);
                    1
                }
                b']' | b'}' => {
                    self.open.pop_if(|closing| *closing == octet)?;
                    1
                }
                b'.' | b'=' | b',' | b' ' | b'\t' | b'\r' => 1,
                b'#' => until(rest, |octet| matches!(octet, b'\r' | b'\n')),
                b'"' if rest.starts_with(b"\"\"\"") => long_string(rest, b"\"\"\"", true),
                b'\'' if rest.starts_with(b"'''") => long_string(rest, b"'''", false),
                b'"' => basic_string(rest),
                b'\'' => {
                    let inner = until(&rest[1..], |octet| matches!(octet, b'\'' | b'\n'));
                    1 + inner + usize::from(rest.get(1 + inner) == Some(&b'\''))
                }
                _ => until(rest, |octet| {
                    matches!(octet, b'.' | b'=' | b',' | b'[' | b']' | b'{' | b'}' | b' ' | b'\t' | b'#' | b'\r' | b'\n')
                }),
            };
        }
    }
}

/// How many octets precede the first that is sought; all where there is none.
fn until(text: &[u8], is_sought: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|&octet| is_sought(octet)).unwrap_or(text.len())
}

/// The length of a string in double quotes; one that is not closed ends with its line.
fn basic_string(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        at += until(&text[at..], |octet| matches!(octet, b'"' | b'\\' | b'\n'));
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += escape(&text[at..]),
            _ => return at,
        }
    }
}

/// The length of a string of several lines; up to two quotes directly before its end belong to it. One that is not closed goes to the end.
fn long_string(text: &[u8], quotes: &[u8], has_escapes: bool) -> usize {
    let mut at = quotes.len();
    loop {
        at += until(&text[at..], |octet| octet == quotes[0] || has_escapes && octet == b'\\');
        match text.get(at) {
            None => return at,
            Some(b'\\') => at += escape(&text[at..]),
            Some(_) if text[at..].starts_with(quotes) => {
                at += quotes.len();
                return at + text[at..].iter().take(2).take_while(|&&octet| octet == quotes[0]).count();
            }
            Some(_) => at += 1,
        }
    }
}

/// The octets to step over from a backslash on, so that neither an escaped quote nor an escaped backslash counts.
fn escape(text: &[u8]) -> usize {
    1 + usize::from(matches!(text.get(1), Some(b'"' | b'\\')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of one table each.
    fn pieces(text: &str) -> Vec<&str> {
        cut(text, "person", 1).into_iter().map(|piece| &text[piece]).collect()
    }

    #[test]
    fn a_text_is_cut_before_heads_in_every_spelling() {
        for head in ["[[person]]", "  [[ person\t]] # one", "[[\"person\"]]", "[['person']]", "\t[[ 'person' ]]"] {
            let table = format!("{head}\nname = \"x\"\n\n");
            assert_eq!(pieces(&table.repeat(3)), [table.as_str(); 3], "{head}");
        }
        let text = "# a list\nkey = 1\n[[person]]\na = 1\n[person.b]\n[[person]]\n[[person.c]]\n[other]\n[[person]]";
        let expected =
            ["# a list\nkey = 1\n[[person]]\na = 1\n[person.b]\n", "[[person]]\n[[person.c]]\n[other]\n", "[[person]]"];
        assert_eq!(pieces(text), expected);
        assert_eq!(cut(&"[[person]]\n".repeat(10), "person", 4), [0..44, 44..88, 88..110]);
        assert_eq!(pieces(""), [""]);
    }

    #[test]
    fn what_only_looks_like_a_head_is_not_cut() {
        for inner in [
            "[[persons]]",
            "[[person.x]]",
            "[person]",
            "# [[person]]",
            "a = \"\"\"\n[[person]]\n\"\"\"",
            "a = '''\n[[person]]\n'''",
            "a = \"\"\"x\\\"\"\"\n[[person]]\n\"\"\"\"\"",
            "a = \"\"\"x\\\\\\\"\"\"\n[[person]]\n\"\"\"",
            "a = '''x\\'''''\nb = '''\n[[person]]\n'''",
            "a = \"'''\" # \"\"\"\nb = [ # ]\n[[person]]\n]",
            "a = [ \"\"\"x\"\"\"\", '''x''''' ]",
            "a = [\n[[person]]\n]",
            "a = { b = [\n[[person]]\n] }",
            "a = ']' \nb = [\n'[', \"\\\"]\",\n[[person]]\n]",
            "\"a = [\" = [\n[[person]]\n]",
            // A literal string has no escapes, and in a comment nothing opens.
            "a = '\\' # '''\nb = '''\n[[person]]\n'''",
        ] {
            let text = format!("[[person]]\n{inner}\n");
            assert_eq!(pieces(&format!("{text}{text}")), [text.as_str(); 2], "{inner}");
        }
    }

    #[test]
    fn where_brackets_do_not_match_the_rest_is_one_piece() {
        for slip in
            ["a = [", "a = {", "a = ]", "}", "a = [ }", "a = \"\"\"", "a = '''", "# \r\"\"\"", "[[person]", "[[\"person']]"]
        {
            let text = format!("[[person]]\n[[person]]\n{slip}\n[[person]]\n[[person]]\n");
            assert_eq!(pieces(&text), [&text[..11], &text[11..]], "{slip}");
        }
        // After a string that is not closed in its line the lexer goes on with the next.
        assert_eq!(pieces("[[person]]\na = \"x\n[[person]]\nb = 'x\n[[person]]\n").len(), 3);
    }
}
