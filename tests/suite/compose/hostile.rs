//! Texts that would break out of where they stand, in every field there is.

use super::{HEAD, broken_rules, escaped, flowed, for_anyone, for_everyone, markup, png, quoted, with_blocks, with_body};
use crate::workspace::{NEWSLETTER, Workspace};

/// Texts that mean something to HTML, MIME, SMTP, Markdown or a screen, but not here.
fn texts() -> Vec<String> {
    let short = [
        "<script>alert(1)</script>",
        "</p></td></tr></table></div></body></html>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "javascript:alert(1)",
        "]]>",
        "<!--[if mso]><table><![endif]-->",
        "<!--[if mso]>",
        "<![endif]-->",
        "-->",
        "<!--",
        "</title></style><style>*{display:none}",
        "&lt;b&gt; &amp;amp; &#60; &notanentity; & &&",
        "--boundary",
        "--=_0123456789abcdef0123456789abcdef--",
        "--",
        ".",
        "..",
        ". a line of its own",
        "From me to you",
        "> quoted",
        ">From the mailbox",
        "Bcc: everyone@example.org",
        "=?utf-8?q?=3Cb=3E?=",
        "=20=\u{a0}=3D",
        "\u{202e}gpj.exe\u{202d}",
        "\u{2067}isolated",
        "\u{200d}\u{200c}\u{200b}\u{feff}",
        "a\u{200d}b\u{200c}c",
        "👩‍👩‍👧‍👦 🇧🇩 👍🏽 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "কাজী নজরুল ইসলাম, the “rebel” poet; O'Brien & Sons <x@example.org>",
        "العربية (نص) ١٢٣",
        "*stars* _lines_ `ticks` [words](https://example.org/) # 1. - + | ~",
        "back\\slash \\\" \\n \\u0041",
    ];
    short.map(str::to_owned).into_iter().chain(["x".repeat(10_000), "শ".repeat(10_000), "<&\"'>".repeat(2_000)]).collect()
}

/// An edition with the text in every field of every kind of block.
fn every_field(text: &str) -> String {
    let line = quoted(text);
    let escaped = escaped(text);
    let prose = quoted(&format!(
        "{escaped}\n\n*{escaped}* **{escaped}** [{escaped}](https://example.org/)\n\n## {escaped}\n\n- {escaped}\n\n1. {escaped}\n\n> {escaped}"
    ));
    let item = quoted(&escaped);
    let url = "\"https://example.org/\"";
    let picture = format!("{{ file = \"dot.png\", alt = {line}, caption = {line}, credit = {line} }}");
    format!(
        "{HEAD}period = {line}\npreheader = {line}\n\
         [[block]]\nkind = \"lead\"\nkicker = {line}\ntitle = {line}\nplace = {line}\npicture = {picture}\nbody = {prose}\n\
         links = [{{ text = {line}, url = {url} }}]\n\
         [[block]]\nkind = \"contents\"\ntitle = {line}\n\
         [[block]]\nkind = \"quote\"\ntext = {line}\nby = {line}\nrole = {line}\n\
         [[block]]\nkind = \"list\"\ntitle = {line}\nitems = [{item}]\n\
         [[block]]\nkind = \"figures\"\ntitle = {line}\nitems = [{{ value = {line}, label = {line} }}]\n\
         [[block]]\nkind = \"events\"\nitems = [{{ title = {line}, date = 2023-08-02, time = {line}, place = {line} }}]\n\
         [[block]]\nkind = \"picture\"\nfile = \"dot.png\"\nalt = {line}\ncaption = {line}\n\
         [[block]]\nkind = \"button\"\ntext = {line}\nurl = {url}\n\
         [[block]]\nkind = \"notice\"\ntitle = {line}\nbody = {item}\n\
         [[block]]\nkind = \"contact\"\ntitle = {line}\nphone = {line}\nbody = {item}\n"
    )
}

fn with_every_field(text: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write(super::EDITION, every_field(text));
    workspace.write("issues/2023-q3/dot.png", png(3, 2));
    let line = quoted(text);
    workspace.write("newsletter.toml", format!("{NEWSLETTER}\n[footer]\nreason = {line}\naddress = {line}\n"));
    workspace
}

/// A text as it is read: without the invisible characters that would turn the direction of what comes after them.
fn readable(text: &str) -> String {
    text.replace(['\u{202d}', '\u{202e}', '\u{2067}'], "")
}

/// How often a text is read among words. A mark of the program's own may follow its last word, and quotation marks stand around it.
fn count(words: &[String], text: &str) -> usize {
    let text = readable(text);
    let wanted: Vec<_> = text.split_whitespace().collect();
    let is_read = |(read, wanted): (&String, &&str)| {
        let read = if wanted.starts_with('“') { read } else { read.trim_start_matches('“') };
        ["", "]", ",", "”"].iter().any(|mark| *read == format!("{wanted}{mark}"))
    };
    words.windows(wanted.len()).filter(|read| read.iter().zip(&wanted).all(is_read)).count()
}

fn seen(html: &str) -> Vec<String> {
    markup::visible(html).split_whitespace().map(str::to_owned).collect()
}

/// The beginning of a text, for messages.
fn opening(text: &str) -> String {
    text.chars().take(40).collect()
}

#[test]
fn no_text_breaks_the_html_or_escapes_its_element() {
    let harmless = for_anyone(&with_every_field("harmless")).html;
    for text in texts() {
        let html = for_anyone(&with_every_field(&text)).html;
        let shown = opening(&text);
        markup::assert_balanced(&html);
        markup::assert_balanced(&markup::for_word(&html));
        assert_eq!(markup::shape(&html), markup::shape(&harmless), "{shown} changes the document's shape");
        assert_eq!(count(&seen(&html), &text), count(&seen(&harmless), "harmless"), "{shown} in the HTML");
        let preheader = markup::preheader(&html).expect("a preheader");
        assert!(
            readable(&text).starts_with(&preheader) && !preheader.is_empty() || text.starts_with('\u{200d}'),
            "{shown} in the preheader"
        );
    }
}

#[test]
fn no_text_vanishes_from_the_plain_part() {
    let harmless = count(&flowed::words(&for_anyone(&with_every_field("harmless"))), "harmless");
    for text in texts() {
        let message = for_anyone(&with_every_field(&text));
        let shown = opening(&text);
        assert!(count(&flowed::words(&message), &text) >= harmless, "{shown} in the text:\n{}", message.text);
        let separators = message.text.lines().filter(|line| *line == "-- ").count();
        assert_eq!(separators, 1, "{shown} looks like the line before a signature");
        let is_bare = |line: &str| line.starts_with("From ") || line.starts_with('>');
        assert!(!message.text.lines().any(is_bare), "{shown} at the start of a line");
    }
}

#[test]
fn hyphens_before_a_very_long_word_are_no_signature_separator() {
    let message = for_anyone(&with_body(&format!("\\-- {}", "x".repeat(80))));
    assert_eq!(message.text.lines().filter(|line| *line == "-- ").count(), 1, "{}", message.text);
    assert!(flowed::words(&message).contains(&"--".to_owned()), "{}", message.text);
}

#[test]
fn html_in_markdown_is_refused() {
    for html in [
        "<script>alert(1)</script>",
        "<ScRiPt src=x>",
        "words <b>bold</b>",
        "<!-- a note -->",
        "<!--[if mso]>",
        "<![CDATA[x]]>",
        "<?php ?>",
        "</td>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "- item\n\n  <div>in a list</div>",
        "> <iframe src=\"https://example.org\">",
    ] {
        assert!(broken_rules(&with_body(html)).contains(&"raw-html"), "{html}");
    }
}

#[test]
fn links_that_run_code_are_refused_in_every_spelling() {
    let spellings = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "  javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "javascript\u{200b}:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "%6Aavascript:alert(1)",
        "vbscript:msgbox(1)",
        "livescript:x",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
        "blob:https://example.org/x",
        "view-source:javascript:alert(1)",
        "//example.org/x",
        "/x",
        "x",
        "#piece-1",
        "?x",
        "http:",
        "https://",
        "https:javascript:alert(1)",
        "https://user:secret@example.org/",
        "mailto:",
        "mailto:nobody",
        "https://example.org/{{ email }}",
    ];
    for url in spellings {
        let line = quoted(url);
        for block in [
            format!("[[block]]\nkind = \"button\"\ntext = \"x\"\nurl = {line}\n"),
            format!("[[block]]\nkind = \"contact\"\nurl = {line}\n"),
            format!("[[block]]\nkind = \"events\"\nitems = [{{ title = \"x\", date = 2023-08-02, url = {line} }}]\n"),
            format!("[[block]]\nkind = \"article\"\ntitle = \"x\"\nlinks = [{{ text = \"x\", url = {line} }}]\n"),
        ] {
            assert!(!broken_rules(&with_blocks(&block)).is_empty(), "{block}");
        }
        for markdown in [format!("[x]({url})"), format!("[x](<{url}>)"), format!("<{url}>"), format!("[x]\n\n[x]: {url}")] {
            let workspace = with_body(&markdown);
            if broken_rules(&workspace).is_empty() {
                // Markdown takes some of them for no link at all: then they are words like any other.
                let elements = markup::elements(&for_anyone(&workspace).html);
                let hrefs: Vec<_> = elements.iter().filter_map(|(_, attributes)| markup::attribute(attributes, "href")).collect();
                assert_eq!(
                    hrefs,
                    ["mailto:unsubscribe@list.example.org?subject=unsubscribe%20quarterly.list.example.org"],
                    "{markdown}"
                );
            }
        }
    }
}

#[test]
fn markdown_that_would_show_nowhere_is_refused() {
    for (markdown, rule) in [
        ("[words](https://example.org/ \"a title that no text part shows\")", "bad-value"),
        ("Words.\n\n[Photo]: crowd", "bad-value"),
        ("Words.\n\n[never used]: https://example.org/", "bad-value"),
        ("`a code with \u{1b}[31m an escape`", "control-character"),
        ("~~~\na code with \u{0} nothing\n~~~", "control-character"),
        ("words with \u{85} a line end", "control-character"),
        ("![a picture](picture.png)", "markdown-picture"),
    ] {
        assert_eq!(broken_rules(&with_body(markdown)), [rule], "{markdown}");
    }
    assert_eq!(broken_rules(&with_body("See [there] and [here][there].\n\n[there]: https://example.org/")), Vec::<&str>::new());
}

#[test]
fn hostile_attributes_of_a_reader_stay_words() {
    for value in texts() {
        let workspace = with_blocks(
            "[[block]]\nkind = \"article\"\ntitle = \"{{ note }}\"\nbody = \"*{{ note }}* [{{ note }}](https://example.org/)\"\n",
        );
        workspace.write("subscribers.toml", format!("[[subscriber]]\nemail = \"a@example.org\"\nnote = {}\n", quoted(&value)));
        let messages = for_everyone(&workspace);
        let html = &messages[0].html;
        let shown = opening(&value);
        markup::assert_balanced(html);
        markup::assert_balanced(&markup::for_word(html));
        assert_eq!(count(&seen(html), &value), 3, "{shown}");
        let links = markup::elements(html).iter().filter(|(name, _)| name == "a").count();
        assert_eq!(links, 2, "{shown}");
        assert!(count(&flowed::words(&messages[0]), &value) >= 3, "{shown}:\n{}", messages[0].text);
    }
}

#[test]
fn an_address_with_signs_that_mean_something_in_a_link_is_linked_whole() {
    let workspace = with_blocks("[[block]]\nkind = \"contact\"\nemail = \"who?me=100%&you#1@example.org\"\n");
    workspace.write(
        "newsletter.toml",
        NEWSLETTER.replace("unsubscribe@list.example.org", "leave?cc=all%40example.org&রিনা@list.example.org"),
    );
    let message = for_anyone(&workspace);
    let elements = markup::elements(&message.html);
    let hrefs: Vec<_> = elements.iter().filter_map(|(_, attributes)| markup::attribute(attributes, "href")).collect();
    assert_eq!(
        hrefs,
        [
            "mailto:who%3Fme%3D100%25%26you%231@example.org",
            "mailto:leave%3Fcc%3Dall%2540example.org%26%E0%A6%B0%E0%A6%BF%E0%A6%A8%E0%A6%BE@list.example.org\
             ?subject=unsubscribe%20quarterly.list.example.org",
        ]
    );
    assert!(message.bytes.is_ascii(), "List-Unsubscribe is ASCII");
}
