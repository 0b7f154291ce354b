//! What a mail weighs, and where it comes from.

use std::fmt::Write;

use postrider::compose::{Purpose, Reader};

use super::{found, printed, with_blocks};
use crate::compose::{open, sample};

/// Articles with a body of so many words.
fn articles(words: &[usize]) -> String {
    words.iter().enumerate().fold(String::new(), |mut blocks, (number, words)| {
        let body = "word ".repeat(*words);
        write!(blocks, "[[block]]\nkind = \"article\"\ntitle = \"Piece {number}\"\nbody = \"{body}\"\n").unwrap();
        blocks
    })
}

#[test]
fn html_that_gmail_cuts_off_is_an_error_that_names_the_heaviest_blocks() {
    let workspace = with_blocks(&articles(&[100, 12_000, 1_000, 6_000, 10]));
    insta::assert_snapshot!(printed(&workspace), @r##"
    error[html-weight]: the HTML has 104 KB, and 108 KB as it travels; beyond 100 KB Gmail cuts it off
      --> issues/2023-q3/en.toml
       |
      ::: issues/2023-q3/en.toml:11:8
       |
    11 | kind = "article"
       |        --------- 60.4 KB of it come from this block
       |
      ::: issues/2023-q3/en.toml:19:8
       |
    19 | kind = "article"
       |        --------- 30.4 KB of it come from this block
       |
      ::: issues/2023-q3/en.toml:15:8
       |
    15 | kind = "article"
       |        --------- 5.4 KB of it come from this block
       |
       = help: shorten the texts, and link to the rest

    1 error: 3 subscribers, issue 2023-q3
    "##);
}

#[test]
fn html_that_nears_the_line_is_a_warning() {
    assert_eq!(found(&with_blocks(&articles(&[13_000]))), [""; 0]);
    let workspace = with_blocks(&articles(&[16_000]));
    assert_eq!(found(&workspace), ["en.toml:-:- html-weight"]);
    assert_eq!(workspace.run(&["check"]).code, Some(0));
}

#[test]
fn a_letter_that_takes_three_octets_weighs_more_as_it_travels() {
    let body = "মানুষ ".repeat(4_000);
    let workspace = with_blocks(&format!("[[block]]\nkind = \"article\"\ntitle = \"A piece\"\nbody = \"{body}\"\n"));
    let (composer, _) = open(&workspace);
    let message = composer.compose(&Reader::Anyone(composer.issue().editions[0].language), Purpose::Issue);
    assert!(message.html.len() < 80_000, "{}", message.html.len());
    let found: Vec<_> = found(&workspace).into_iter().filter(|line| !line.ends_with("untranslated")).collect();
    assert_eq!(found, ["en.toml:-:- html-weight"]);
}

#[test]
fn style_sheets_are_weighed_on_their_own() {
    let workspace = with_blocks("[[block]]\nkind = \"divider\"\n");
    let (composer, _) = open(&workspace);
    let edition = &composer.issue().editions[0];
    let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
    let findings = |octets: usize| {
        let html = message.html.replacen("</style>", &format!("{}</style>", "p".repeat(octets)), 1);
        let markup = postrider::check::markup::Markup::read(&html);
        let findings = postrider::check::weight::check(edition, &message, &markup, usize::MAX);
        findings.iter().map(|finding| (finding.rule, finding.is_error())).collect::<Vec<_>>()
    };
    assert_eq!(findings(0), []);
    assert_eq!(findings(8_192), [("style-weight", false)]);
    assert_eq!(findings(16_384), [("style-weight", true)]);
}

#[test]
fn no_line_of_the_sample_is_longer_than_78_octets_whoever_reads_it() {
    let (composer, subscribers) = sample();
    let mut lines = 0;
    for subscriber in subscribers {
        let bytes = composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue).bytes;
        for line in bytes.split(|&octet| octet == b'\n').map(<[u8]>::trim_ascii_end) {
            // A header without a space inside has no place where it could be folded (RFC 2369 §2 forbids one in a URI).
            let is_one_word = line.starts_with(b"List-Unsubscribe: <") && line.splitn(3, |&octet| octet == b' ').count() == 2;
            assert!(line.len() <= 78 || is_one_word, "{} octets: {}", line.len(), String::from_utf8_lossy(line));
            lines += 1;
        }
    }
    assert!(lines > 10_000, "{lines}");
}

#[test]
fn the_sample_stays_far_below_what_gmail_shows() {
    let (composer, _) = sample();
    for edition in &composer.issue().editions {
        let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
        let style = postrider::check::markup::Markup::read(&message.html).style();
        assert!(
            message.html.len() < 64_000 && (500..8_192).contains(&style),
            "{}: {} and {style}",
            edition.language,
            message.html.len()
        );
    }
}
