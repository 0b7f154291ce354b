//! Where lines of the plain text end, in every script.

use std::io::Write;
use std::process::{Command, Stdio};

use postrider::compose::Message;
use postrider::compose::text::line::columns;
use postrider::model::language::Language;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use unicode_segmentation::UnicodeSegmentation;

use super::{HEAD, escaped, flowed, for_language, in_language, quoted};

/// Reckons columns by Python's own tables: wide characters are two, marks none, a sequence of emoji is the first one.
const SCRIPT: &str = r#"
import sys, unicodedata
for line in sys.stdin.buffer.read().decode().split("\n"):
    columns, is_joined = 0, False
    for c in line:
        if c == "\u200d":
            is_joined = True
        elif c == "\ufe0f" or "\U0001f3fb" <= c <= "\U0001f3ff" or unicodedata.category(c) in ("Mn", "Me", "Cf"):
            pass
        elif is_joined and c > "\u2000":
            is_joined = False
        else:
            is_joined = False
            columns += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    print(columns)
"#;

fn reckoned(text: &str) -> Vec<usize> {
    let mut python =
        Command::new("python3").args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    python.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("all is read");
    let output = String::from_utf8(python.wait_with_output().expect("Python ends").stdout).expect("UTF-8");
    output.lines().map(|line| line.parse().expect("a number")).collect()
}

fn compose(tag: &str, markdown: &str) -> Message {
    let edition = format!("{HEAD}[[block]]\nkind = \"article\"\ntitle = \"T\"\nbody = {}\n", quoted(markdown));
    for_language(&in_language(tag, &edition), tag)
}

/// What stands between the title of [`compose`] and the footer.
fn piece(text: &str) -> &str {
    let (_, rest) = text.split_once(". T\n\n").expect("the title");
    rest.split_once("\n\n-- \n").expect("the footer").0
}

#[test]
fn columns_are_those_that_a_reader_counts() {
    let cases = [
        ("plain", 5),
        ("e\u{301}te\u{301}", 3),
        ("বাংলা", 5),
        ("ক্ষ", 2),
        ("কি", 2),
        ("لَا", 2),
        ("中文。", 6),
        ("한글", 4),
        ("👩‍👩‍👧‍👦", 2),
        ("🇧🇩🇧🇩", 4),
        ("👍🏽", 2),
        ("❤️", 2),
        ("a\u{200d}b\u{200b}\u{feff}", 2),
        ("\u{200f}١٢", 2),
    ];
    let words = Language::from_tag("en").expect("English").words();
    for (text, width) in cases {
        assert_eq!(columns(text, words), width, "{text:?}");
    }
    // As wide as in a Chinese font, in Chinese editions alone.
    assert_eq!(columns("“—”", words), 3);
    assert_eq!(columns("“—”", Language::from_tag("zh").expect("Chinese").words()), 6);
}

#[test]
fn chinese_paragraphs_break_between_characters_and_flow_without_gaps() {
    let sentence = "联合国移民网络在达卡举行了关于打击人口贩运的全国对话，与会者提出了五点意见。";
    let paragraph = sentence.repeat(4);
    for tag in ["zh", "en"] {
        let message = compose(tag, &paragraph);
        let text = piece(&message.text);
        assert!(text.lines().count() >= 4, "{text}");
        assert!(reckoned(text).iter().all(|columns| *columns <= 73), "{text}");
        assert!(text.lines().all(|line| !line.starts_with(['，', '。'])), "{text}");
        assert!(flowed::lines(&message).contains(&paragraph), "{text}");
        assert!(String::from_utf8_lossy(&message.bytes).contains("format=flowed; delsp=yes"), "{tag}");
    }
    let mixed = format!("{sentence} BDUNNM {sentence} 2023");
    assert!(flowed::lines(&compose("zh", &mixed)).contains(&mixed));
    assert!(String::from_utf8_lossy(&compose("en", "words").bytes).contains("format=flowed; delsp=no"));
}

#[test]
fn addresses_in_chinese_text_stay_whole() {
    let url = "https://例子.example/关于/移民-2023/全国对话";
    let text = "请阅读这份关于打击人口贩运的全国对话的详细报告，全文见";
    let message = compose("zh", &format!("{text}<{url}>，谢谢。{text}{url}，谢谢。{text}office@example.org，谢谢。"));
    let lines: Vec<_> = piece(&message.text).lines().collect();
    assert_eq!(lines.iter().filter(|line| line.contains(url)).count(), 2, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("office@example.org")), "{lines:#?}");
}

#[test]
fn no_line_begins_with_closing_punctuation() {
    // French sets a space before some signs; seven columns before the end of the line each of them is due.
    for fill in 55..75 {
        let markdown = format!("{} mot ! « {} » fin ?", "x".repeat(fill), "mot ".repeat(20).trim_end());
        let message = compose("fr", &markdown);
        let text = piece(&message.text);
        assert!(text.lines().all(|line| !line.starts_with(['!', '»', '?'])), "{text}");
        assert!(text.lines().all(|line| !line.trim_end().ends_with('«')), "{text}");
    }
}

#[test]
fn a_word_without_end_stays_whole_and_travels_in_short_lines() {
    for word in ["x".repeat(10_000), "শব্দ".repeat(2_500), "中文".repeat(5_000)] {
        let message = compose("en", &format!("Before {word} after."));
        let read = mail_parser::MessageParser::default().parse(&message.bytes).expect("a message");
        assert_eq!(read.body_text(0).expect("a text part").replace("\r\n", "\n"), message.text);
        assert!(flowed::lines(&message).contains(&format!("Before {word} after.")));
        assert!(is_wire_short(&message));
    }
}

#[test]
fn unwrapped_paragraphs_are_one_line_each() {
    let words = "word ".repeat(40);
    let words = words.trim_end();
    let markdown = format!("{words}\n\n- {words}\n- {words}\n\n> {words}\n\n## {words}");
    let edition = format!("{HEAD}[[block]]\nkind = \"article\"\ntitle = \"T\"\nbody = {}\n", quoted(&markdown));
    let workspace = in_language("en", &edition);
    workspace.append("newsletter.toml", "\n[message]\ntext_wrap = \"none\"\n");
    let message = for_language(&workspace, "en");
    assert_eq!(piece(&message.text), format!("{words}\n\n - {words}\n - {words}\n\n    {words}\n\n+ {words}"));
    let wire = String::from_utf8_lossy(&message.bytes).into_owned();
    assert!(wire.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{wire}");
    assert!(is_wire_short(&message));
}

/// Whether all lines of the parts have at most 78 octets.
fn is_wire_short(message: &Message) -> bool {
    let wire = String::from_utf8_lossy(&message.bytes);
    let (_, parts) = wire.split_once("\r\n\r\n").expect("a header");
    parts.lines().all(|line| line.len() <= 78)
}

fn word() -> impl Strategy<Value = String> {
    let odd = [
        "--",
        ".",
        ">",
        "From",
        "--boundary",
        "!",
        "»",
        "«",
        "(",
        ")",
        "—",
        "a-b",
        "a/b",
        "👩‍👩‍👧‍👦",
        "🇧🇩",
        "👍🏽👍🏽",
        "❤️",
        "e\u{301}",
        "\u{200d}",
        "a\u{a0}b",
        "12%",
        "١٢",
        "https://example.org/a/b?c=d-e",
        "office@example.org",
    ];
    prop_oneof![
        3 => "[a-zA-Z]{1,14}",
        2 => "[\u{985}-\u{98c}\u{995}-\u{9a8}][\u{995}-\u{9a8}\u{9be}-\u{9c3}\u{9cd}]{0,9}",
        2 => "[\u{627}-\u{63a}][\u{627}-\u{63a}\u{64b}-\u{652}]{0,7}",
        2 => "[\u{4e00}-\u{4fff}，。]{1,60}",
        1 => "[a-z]{70,90}",
        3 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

/// A text without the marks that tell which way a line runs.
fn unmarked(text: &str) -> String {
    text.replace(['\u{200e}', '\u{200f}'], "")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn paragraphs_come_back_whole_from_lines_that_fit(
        paragraphs in vec(vec(word(), 1..40), 1..5),
        tag in select(vec!["en", "bn", "ar", "zh"]),
    ) {
        let paragraphs: Vec<_> = paragraphs.iter().map(|words| words.join(" ")).collect();
        let message = compose(tag, &paragraphs.iter().map(|text| escaped(text)).collect::<Vec<_>>().join("\n\n"));
        let lines = flowed::lines(&message);
        let read = lines.iter().map(|line| unmarked(line)).skip_while(|line| !line.starts_with("++ ")).skip(1);
        let read: Vec<_> = read.filter(|line| !line.is_empty()).take(paragraphs.len()).collect();
        assert_eq!(read, paragraphs, "the paragraphs again:\n{}", message.text);

        let lines: Vec<_> = piece(&message.text).lines().collect();
        for (line, columns) in lines.iter().zip(reckoned(&lines.join("\n"))) {
            // A line ends in at most two spaces more than it shows, and a stuffed one begins with one.
            let words: Vec<_> = line.split_whitespace().filter(|word| !word.is_empty()).collect();
            let spaces = line.len() - line.trim_end_matches(' ').len() + usize::from(line.starts_with(' '));
            // Closing punctuation stays by the word before it, and opening punctuation by the one after.
            let is_one_word = words.iter().filter(|word| word.graphemes(true).count() > 20).count() == 1;
            assert!(columns - spaces <= 72 || is_one_word, "{columns} columns: {line:?}");
        }
        let graphemes = |text: &str| {
            let words = text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            words.iter().flat_map(|word| word.graphemes(true)).map(str::to_owned).collect::<Vec<_>>()
        };
        let in_lines: Vec<_> = lines.iter().flat_map(|line| graphemes(&unmarked(line))).collect();
        let written: Vec<_> = paragraphs.iter().flat_map(|text| graphemes(text)).collect();
        assert_eq!(in_lines, written, "no grapheme is cut");
    }
}
