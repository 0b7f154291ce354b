//! Which way text runs: in plain text where each line is laid out by its first letter, and around characters that would turn it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{HEAD, flowed, for_anyone, for_language, in_language, markup, quoted, sample, with_body};
use postrider::compose::{Purpose, Reader};
use postrider::model::language::Language;

/// Reads lines by Python's own tables of Unicode: prints each that has a letter from right to left and yet would run from left to
/// right, and each of digits that would.
const SCRIPT: &str = r#"
import sys, unicodedata
for line in sys.stdin.buffer.read().decode().split("\n"):
    kinds = [unicodedata.bidirectional(c) for c in line]
    strong = [kind for kind in kinds if kind in ("L", "R", "AL")]
    if strong[:1] == ["L"] and set(strong) & {"R", "AL"} or not strong and set(kinds) & {"AN", "EN"}:
        print(ascii(line))
"#;

fn backward_lines(text: &str) -> String {
    let mut python =
        Command::new("python3").args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    python.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("all is read");
    String::from_utf8(python.wait_with_output().expect("Python ends").stdout).expect("UTF-8")
}

fn arabic(blocks: &str) -> String {
    for_language(&in_language("ar", &format!("{HEAD}{blocks}")), "ar").text
}

#[test]
fn arabic_lines_that_begin_with_latin_letters_or_digits_run_from_the_right() {
    let text = arabic(
        "[[block]]\nkind = \"contents\"\n\
         [[block]]\nkind = \"article\"\ntitle = \"UNDP تطلق برنامجا\"\nkicker = \"Policy\"\nplace = \"Dhaka\"\ndate = 2023-07-26\n\
         body = \"\"\"\nUNDP أعلن. ٢٠٢٣\\\\\n٢٠٢٣ – ٢٠٢٤\n\n- BDUNNM\n- شبكة\n\nAn English sentence stands as it is.\n\"\"\"\n\
         links = [{ text = \"IOM\", url = \"https://example.org/iom/\" }]\n",
    );
    let expected = "++ في هذا العدد

  \u{200f}١. UNDP تطلق برنامجا


\u{200f}++ ١. UNDP تطلق برنامجا

\u{200f}Policy · ٢٦ يوليو ٢٠٢٣ · Dhaka

\u{200f}UNDP أعلن. ٢٠٢٣
\u{200f}٢٠٢٣ – ٢٠٢٤

  \u{200f}- BDUNNM
  - شبكة

An English sentence stands as it is.

IOM [١]

[١] https://example.org/iom/
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn two_foreign_facts_keep_their_order() {
    let text = arabic("[[block]]\nkind = \"article\"\ntitle = \"شبكة\"\nkicker = \"Policy\"\nplace = \"Dhaka\"\n");
    assert!(text.contains("\n\u{200f}Policy ·\u{200f} Dhaka\n"), "{text}");
}

#[test]
fn arabic_words_in_an_english_line_do_not_turn_it() {
    let markdown = "العربية is a language.\n\n- العربية\n\nالعربية وحدها.\n\nEnglish, then العربية.";
    let text = for_anyone(&with_body(markdown)).text;
    let expected = "\n\u{200e}العربية is a language.\n\n  \u{200e}- العربية\n\nالعربية وحدها.\n\nEnglish, then العربية.\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn no_mark_stands_by_an_address() {
    let url = format!("https://example.org/{}", "path/".repeat(9));
    let markdown = format!(
        "اكتبوا إلى <office@example.org> أو زوروا <{url}> الآن.\n\n- <https://example.org/> موقعنا\n\n<https://example.org/> موقعنا\n\n{}",
        format!("كلمة <{url}> ").repeat(4)
    );
    let text = arabic(&format!("[[block]]\nkind = \"article\"\ntitle = \"عنوان\"\nbody = {}\n", quoted(&markdown)));
    assert_eq!(text.matches(&url).count(), 5, "addresses are whole:\n{text}");
    for word in text.split_whitespace().filter(|word| word.contains("://") || word.contains('@')) {
        assert!(!word.contains(['\u{200e}', '\u{200f}']), "{word:?}");
    }
}

#[test]
fn the_sample_runs_from_the_right_in_arabic() {
    let language = Language::from_tag("ar").expect("Arabic");
    let message = sample().0.compose(&Reader::Anyone(language), Purpose::Issue);
    assert_eq!(message.edition, language);
    assert_eq!(backward_lines(&message.text), "");
    assert_eq!(backward_lines("BDUNNM شبكة\n12 %\n"), "'BDUNNM \\u0634\\u0628\\u0643\\u0629'\n'12 %'\n", "the reckoning reckons");
}

#[test]
fn nothing_that_turns_text_reaches_beyond_it() {
    let cases = [
        // Overrides go, whatever closes them.
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        ("\u{202d}123\u{202c}4", "1234"),
        // What is closed stays.
        ("a \u{2067}شبكة!\u{2069} b", "a \u{2067}شبكة!\u{2069} b"),
        ("a \u{202b}شبكة!\u{202c} b", "a \u{202b}شبكة!\u{202c} b"),
        // What is not closed, or not open, goes.
        ("\u{2068}a \u{202a}b", "a b"),
        ("a\u{202c} b\u{2069}", "a b"),
        // An isolate closes what was opened inside it, and nothing inside closes it.
        ("\u{2066}a\u{202b}b\u{2069}c", "\u{2066}ab\u{2069}c"),
        ("\u{2066}a\u{202c}b\u{2069}c", "\u{2066}ab\u{2069}c"),
        ("\u{202b}a\u{2066}b\u{202c}c", "abc"),
    ];
    for (written, read) in cases {
        let message = for_anyone(&with_body(written));
        assert!(flowed::lines(&message).contains(&read.to_owned()), "{written:?}:\n{:?}", message.text);
        assert!(markup::visible(&message.html).contains(read), "{written:?} in the HTML");
    }
}
