//! Links: what their words say, and what their addresses give away.

use super::{findings, found, printed, with_blocks};
use crate::workspace::Workspace;

/// What is found in an article whose body is this, in line 9.
fn in_body(body: &str) -> Vec<String> {
    let body = serde_json::to_string(body).expect("a text");
    found(&with_blocks(&format!("[[block]]\nkind = \"article\"\ntitle = \"A piece\"\nbody = {body}\n")))
}

/// What is found for one button.
fn for_button(text: &str, url: &str) -> Vec<String> {
    found(&with_blocks(&format!("[[block]]\nkind = \"button\"\ntext = \"{text}\"\nurl = \"{url}\"\n")))
}

#[test]
fn words_of_a_link_say_where_it_leads() {
    for words in ["here", "Click here!", "Read more »", "→ More …", "this link", "»"] {
        let expected = ["en.toml:9:13 vague-link"];
        assert_eq!(in_body(&format!("See [{words}](https://example.org/a).")), expected, "{words}");
    }
    for words in ["Read more about the dialogue", "the here and now", "Mores", "aquí", "40"] {
        let expected: [&str; 0] = [];
        assert_eq!(in_body(&format!("See [{words}](https://example.org/a).")), expected, "{words}");
    }
}

#[test]
fn words_that_say_nothing_are_known_in_every_language() {
    for (tag, words) in [
        ("bn", "এখানে ক্লিক করুন"),
        // The same letter spelt as one character and as two.
        ("bn", "আরও প\u{9dc}ুন"),
        ("bn", "আরও প\u{9a1}\u{9bc}ুন"),
        ("ar", "اضغط هنا"),
        ("es", "Leer más…"),
        ("fr", "En savoir plus"),
        ("ru", "Подробнее"),
        ("zh", "点击这里"),
        ("zh", "click here"),
    ] {
        let workspace = Workspace::new();
        std::fs::remove_file(workspace.path(super::EDITION)).unwrap();
        workspace.write(
            "newsletter.toml",
            crate::workspace::NEWSLETTER.replace("[\"en\", \"bn\"]", "[\"en\", \"bn\", \"ar\", \"es\", \"fr\", \"ru\", \"zh\"]"),
        );
        let edition =
            format!("{}[[block]]\nkind = \"button\"\ntext = \"{words}\"\nurl = \"https://example.org/\"\n", super::HEAD);
        workspace.write(&format!("issues/2023-q3/{tag}.toml"), edition);
        assert!(found(&workspace).contains(&format!("{tag}.toml:9:7 vague-link")), "{words}: {:?}", found(&workspace));
    }
}

#[test]
fn a_link_has_words_and_not_its_address() {
    assert_eq!(in_body("See [](https://example.org/a)."), ["en.toml:9:13 empty-link"]);
    assert_eq!(in_body("See <https://example.org/a>."), ["en.toml:9:13 bare-link"]);
    assert_eq!(in_body("See [www.example.org/a](https://www.example.org/a)."), ["en.toml:9:13 bare-link"]);
    assert_eq!(in_body("See [example.org](https://example.org) or <someone@example.org>."), [""; 0]);
    let contact = "[[block]]\nkind = \"contact\"\nemail = \"someone@example.org\"\nurl = \"https://example.org/contact\"\n";
    assert_eq!(found(&with_blocks(contact)), [""; 0]);
}

#[test]
fn the_same_words_lead_to_the_same_place() {
    assert_eq!(
        in_body("[A report](https://example.org/a) and [a report.](https://example.org/b)"),
        ["en.toml:9:47 ambiguous-link"]
    );
    assert_eq!(in_body("[A report](https://example.org/a) and [a report](https://example.org/a)"), [""; 0]);
    let unnamed = "[[block]]\nkind = \"article\"\ntitle = \"A piece\"\nlinks = [{ url = \"https://example.org/a\" }, { url = \"https://example.org/b\" }]\n";
    assert_eq!(found(&with_blocks(unnamed)), ["en.toml:9:53 ambiguous-link"]);
}

#[test]
fn addresses_are_secure_whole_and_nobody_is_followed() {
    for (url, expected) in [
        ("https://example.org/report", None),
        ("http://example.org/report", Some("insecure-link")),
        ("https://example.org/?utm_source=x", Some("tracking-link")),
        ("https://example.org/?page=2&FBCLID=x#top", Some("tracking-link")),
        ("https://example.org/?mc_eid", Some("tracking-link")),
        ("https://example.org/?utm=x&gclids=y", None),
        ("https://bit.ly/report", Some("short-link")),
        ("https://eur01.safelinks.protection.outlook.com/?url=x", Some("short-link")),
        ("https://notlist-manage.com/", None),
        ("https://localhost/report", Some("local-link")),
        ("http://intranet/report", Some("local-link")),
        ("https://printer.local/", Some("local-link")),
        ("https://nas.home.arpa/", Some("local-link")),
        ("https://127.0.0.1/", Some("local-link")),
        ("https://2130706433/", Some("local-link")),
        ("https://192.168.1.5:8080/", Some("local-link")),
        ("https://172.32.0.1/", None),
        ("https://[::1]/", Some("local-link")),
        ("https://[::ffff:10.0.0.1]/", Some("local-link")),
        ("https://[fe80::1]/", Some("local-link")),
        ("mailto:someone@localhost.example.org", None),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|rule| format!("en.toml:9:7 {rule}")).collect();
        assert_eq!(for_button("The report", url), expected, "{url}");
    }
}

#[test]
fn only_links_that_readers_cannot_follow_stop_a_send() {
    let blocks = "[[block]]\nkind = \"button\"\ntext = \"here\"\nurl = \"http://bit.ly/x?utm_source=y\"\n\
                  [[block]]\nkind = \"button\"\ntext = \"The page\"\nurl = \"https://localhost/\"\n";
    let findings = findings(&with_blocks(blocks));
    let errors: Vec<_> =
        findings.iter().filter(|finding| finding["severity"] == "error").map(|finding| &finding["rule"]).collect();
    assert!(findings.len() == 5 && errors == ["local-link"], "{findings:?}");
}

#[test]
fn links_that_say_nothing_or_follow_readers_read_so() {
    let blocks = "[[block]]\nkind = \"article\"\ntitle = \"A piece\"\nbody = \"\"\"\nThe report is out, [click here](https://example.org/a).\n\
                  \"\"\"\nlinks = [{ text = \"The report\", url = \"https://example.org/b?id=7&utm_source=x\" }, { text = \"The report\", url = \"https://example.org/c\" }]\n";
    insta::assert_snapshot!(printed(&with_blocks(blocks)), @r##"
    warning[vague-link]: “click here” does not say where the link leads
      --> issues/2023-q3/en.toml:10:20
       |
    10 | The report is out, [click here](https://example.org/a).
       |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: name what is to be found there: screen readers list links without the words around them

    warning[tracking-link]: `utm_source` in the address tells its site who follows the link, and from where
      --> issues/2023-q3/en.toml:12:39
       |
    12 | links = [{ text = "The report", url = "https://example.org/b?id=7&utm_source=x" }, { text = "The report", url = "https://example.org...
       |                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write it without: https://example.org/b?id=7

    warning[ambiguous-link]: “The report” leads to two different places
      --> issues/2023-q3/en.toml:12:113
       |
    12 | ...b?id=7&utm_source=x" }, { text = "The report", url = "https://example.org/c" }]
       |                                                         ^^^^^^^^^^^^^^^^^^^^^^^
       |
      ::: issues/2023-q3/en.toml:12:39
       |
    12 | links = [{ text = "The report", url = "https://example.org/b?id=7&utm_source=x" }, { text = "The report", url = "https://example.org...
       |                                       ----------------------------------------- the same words, another address
       |
       = help: say in each what is to be found there, or correct the address if both were to be the same

    3 warnings: 3 subscribers, issue 2023-q3; client support: en 93.1 %
    "##);
}
