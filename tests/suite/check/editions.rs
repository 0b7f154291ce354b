//! Editions held against one another.

use super::{found, printed};
use crate::compose::png;
use crate::workspace::Workspace;

/// The English edition that others are held against.
const ENGLISH: &str = r#"subject = "The third quarter of 2023"
preheader = "A dialogue, and a draft policy"
title = "The title"
date = 2023-09-30

[[block]]
kind = "lead"
title = "A dialogue in Dhaka"
date = 2023-08-02
body = """
About 40 people met on 2 August 2023, and spoke of 12,345 cases and 3 points.
"""
links = [{ text = "The dialogue", url = "https://example.org/en/dialogue" }]
picture = { file = "a.png", alt = "People round a table" }

[[block]]
kind = "article"
title = "A draft policy"
body = "It was validated."
picture = { file = "map-en.png", alt = "A map of rivers" }

[[block]]
kind = "article"
title = "The network turns four"
body = "It was the first of its kind."
links = [{ text = "The network", url = "https://example.org/network" }]

[[block]]
kind = "events"
title = "Dates"
items = [{ title = "Anniversary", date = 2023-07-07 }]
"#;

/// The same in Bangla, with nothing to find.
const BANGLA: &str = r#"subject = "২০২৩ সালের তৃতীয় প্রান্তিক"
preheader = "একটি সংলাপ ও একটি নীতির খসড়া"
title = "শিরোনাম"
date = 2023-09-30

[[block]]
kind = "lead"
title = "ঢাকায় সংলাপ"
date = 2023-08-02
body = """
২০২৩ সালের ২ আগস্ট প্রায় ৪০ জন মিলিত হন; ১২,৩৪৫টি ঘটনা ও তিনটি বিষয় নিয়ে কথা হয়।
"""
links = [{ text = "সংলাপের খবর", url = "https://example.org/bn/dialogue" }]
picture = { file = "a.png", alt = "টেবিল ঘিরে মানুষ" }

[[block]]
kind = "article"
title = "নীতির খসড়া"
body = "খসড়াটি যাচাই করা হয়।"
picture = { file = "map-bn.png", alt = "নদীর মানচিত্র" }

[[block]]
kind = "article"
title = "নেটওয়ার্কের চার বছর"
body = "এটি ছিল এ ধরনের প্রথম।"
links = [{ text = "নেটওয়ার্ক", url = "https://example.org/network" }]

[[block]]
kind = "events"
title = "তারিখ"
items = [{ title = "বর্ষপূর্তি", date = 2023-07-07 }]
"#;

/// A workspace with the English edition and this one in Bangla.
fn with_bangla(bangla: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("issues/2023-q3/en.toml", ENGLISH);
    workspace.write("issues/2023-q3/bn.toml", bangla);
    for picture in ["a", "b", "map-en", "map-bn"] {
        workspace.write(&format!("issues/2023-q3/{picture}.png"), png(40, 30));
    }
    workspace
}

/// What is found when one thing in the Bangla edition is written otherwise.
fn with(from: &str, to: &str) -> Vec<String> {
    assert!(BANGLA.contains(from), "{from}");
    found(&with_bangla(&BANGLA.replacen(from, to, 1)))
}

/// The block of the Bangla edition that begins with these lines, up to the next.
fn block(beginning: &str) -> &'static str {
    let start = BANGLA.find(beginning).expect("a block");
    let end = BANGLA[start + 1..].find("[[block]]").map_or(BANGLA.len(), |at| start + 1 + at);
    &BANGLA[start..end]
}

#[test]
fn editions_that_say_the_same_are_left_alone() {
    assert_eq!(found(&with_bangla(BANGLA)), [""; 0]);
}

#[test]
fn one_missing_block_is_one_finding_where_it_would_stand() {
    assert_eq!(with(block("[[block]]\nkind = \"article\"\ntitle = \"নীতির"), ""), ["bn.toml:7:8 missing-block"]);
    assert_eq!(with(block("[[block]]\nkind = \"article\"\ntitle = \"নেটওয়ার্কের"), ""), ["bn.toml:17:8 missing-block"]);
    assert_eq!(with(block("[[block]]\nkind = \"lead\""), ""), ["bn.toml:7:8 missing-block"]);
    assert_eq!(with(block("[[block]]\nkind = \"events\""), ""), ["bn.toml:23:8 missing-block"]);
}

#[test]
fn a_block_that_only_the_other_edition_has_is_shown_there() {
    let notice = "[[block]]\nkind = \"notice\"\nbody = \"নতুন। [খবর](https://example.org/new) ৫৫\"\n\n";
    assert_eq!(
        with("[[block]]\nkind = \"events\"", &format!("{notice}[[block]]\nkind = \"events\"")),
        ["bn.toml:29:8 extra-block"]
    );
}

#[test]
fn pictures_links_numbers_and_dates_differ_in_nothing_but_the_language() {
    assert_eq!(with("\"a.png\"", "\"b.png\""), ["bn.toml:7:8 edition-picture", "bn.toml:14:20 edition-picture"]);
    assert_eq!(with("bn/dialogue", "bn/dialog"), ["bn.toml:7:8 edition-link", "bn.toml:13:40 edition-link"]);
    assert_eq!(with("৪০ জন", "৪৫ জন"), ["bn.toml:11:27 edition-number"]);
    assert_eq!(with("১২,৩৪৫টি", "১২,৩৫৪টি"), ["bn.toml:11:43 edition-number"]);
    assert_eq!(with("প্রায় ৪০ জন", "অনেকে"), ["bn.toml:7:8 edition-number"]);
    assert_eq!(with("তিনটি", "৪টি"), ["bn.toml:11:27 edition-number"]);
    assert_eq!(with("তিনটি", "৩টি"), [""; 0]);
    assert_eq!(with("১২,৩৪৫টি", "12345টি"), [""; 0]);
    assert_eq!(with("সালের তৃতীয়", "সালের ৯৯তম"), ["bn.toml:1:23 edition-number"]);
    assert_eq!(with("date = 2023-08-02", "date = 2023-08-03"), ["bn.toml:8:10 edition-date"]);
    assert_eq!(with("date = 2023-07-07", "date = 2023-07-08"), ["bn.toml:30:10 edition-date"]);
    assert_eq!(with("date = 2023-09-30", "date = 2023-09-29"), ["bn.toml:4:1 edition-date"]);
}

#[test]
fn texts_left_in_the_first_language_are_shown() {
    assert_eq!(with("খসড়াটি যাচাই করা হয়।", "It was validated by all."), ["bn.toml:19:9 untranslated"]);
    assert_eq!(with("টেবিল ঘিরে মানুষ", "People round a table"), ["bn.toml:14:36 untranslated"]);
    for name in ["International Organization for Migration", "UNDP UNHCR UN Women", "someone@example.org", "ঢাকা in the rain today"]
    {
        assert_eq!(with("খসড়াটি যাচাই করা হয়।", name), [""; 0], "{name}");
    }
    let english = ENGLISH.replacen("It was validated.", "এটি যাচাই করা হয় সবার সাথে", 1);
    let workspace = with_bangla(BANGLA);
    workspace.write("issues/2023-q3/en.toml", english);
    assert_eq!(found(&workspace), ["en.toml:19:9 untranslated"]);
}

#[test]
fn languages_of_one_script_are_told_apart_by_their_words() {
    let workspace = with_bangla(BANGLA);
    std::fs::remove_file(workspace.path("issues/2023-q3/bn.toml")).unwrap();
    workspace.write("newsletter.toml", crate::workspace::NEWSLETTER.replace("\"bn\"", "\"bn\", \"es\""));
    let spanish = ENGLISH
        .replace(
            "About 40 people met on 2 August 2023, and spoke of 12,345 cases and 3 points.",
            "El 2 de agosto de 2023 se reunieron 40 personas: 12.345 casos.",
        )
        .replace("It was validated.", "Fue validado.")
        .replace("en/dialogue", "es/dialogue");
    workspace.write("issues/2023-q3/es.toml", spanish);
    let expected = ["es.toml:2:14 untranslated", "es.toml:25:9 untranslated"];
    let found: Vec<_> = found(&workspace).into_iter().filter(|line| line.ends_with("untranslated")).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_summary_says_less_but_nothing_else() {
    let summary = |change: (&str, &str)| {
        let shorter = BANGLA.replace(block("[[block]]\nkind = \"article\"\ntitle = \"নীতির"), "").replacen(change.0, change.1, 1);
        found(&with_bangla(&format!("summary = true\n{shorter}")))
    };
    assert_eq!(summary(("", "")), [""; 0]);
    assert_eq!(summary(("প্রায় ৪০ জন", "কয়েক জন")), [""; 0]);
    assert_eq!(summary(("৪০ জন", "৪৫ জন")), ["bn.toml:12:27 edition-number"]);
    assert_eq!(summary(("\"a.png\"", "\"b.png\"")), ["bn.toml:15:20 edition-picture"]);
    assert_eq!(summary(("example.org/network", "example.org/net")), ["bn.toml:21:39 edition-link"]);
    assert_eq!(summary(("date = 2023-07-07", "date = 2023-07-17")), ["bn.toml:25:10 edition-date"]);
}

#[test]
fn a_footer_speaks_to_the_readers_of_each_edition() {
    let footer = |text: &str| {
        let workspace = with_bangla(BANGLA);
        workspace.append("newsletter.toml", &format!("\n[footer]\n{text}\n"));
        found(&workspace)
    };
    let both = "reason = { en = \"You asked for it, and so you get it.\", bn = \"আপনি চেয়েছেন বলে এটি পাচ্ছেন।\" }";
    assert_eq!(footer(both), [""; 0]);
    assert_eq!(footer("reason = { en = \"You asked for it.\" }"), ["newsletter.toml:15:18 untranslated-footer"]);
    assert_eq!(footer("reason = \"You asked for it, and so you get it.\""), ["newsletter.toml:15:11 untranslated-footer"]);
    assert_eq!(footer("address = \"The house at the end of the road, Dhaka\""), [""; 0]);
}

#[test]
fn the_repositorys_own_editions_agree() {
    assert_eq!(found(&Workspace::sample()), [""; 0]);
}

#[test]
fn what_editions_differ_in_reads_so() {
    let policy = block("[[block]]\nkind = \"article\"\ntitle = \"নীতির");
    let bangla = BANGLA.replace(policy, "").replacen("৪০ জন", "৪৫ জন", 1).replacen(
        "এটি ছিল এ ধরনের প্রথম।",
        "It was the first of its kind.",
        1,
    );
    insta::assert_snapshot!(printed(&with_bangla(&bangla)), @r##"
    warning[missing-block]: the article block of en.toml is missing here: “A draft policy”
      --> issues/2023-q3/bn.toml:7:8
       |
     7 | kind = "lead"
       |        ^^^^^^ it would come after this block
       |
      ::: issues/2023-q3/en.toml:17:8
       |
    17 | kind = "article"
       |        --------- the block
       |
       = help: write it here as well; an edition that says less on purpose has `summary = true` at its top

    warning[edition-number]: en.toml says 40 where this edition says ৪৫
      --> issues/2023-q3/bn.toml:11:27
       |
    11 | ২০২৩ সালের ২ আগস্ট প্রায় ৪৫ জন মিলিত হন; ১২,৩৪৫টি ঘটনা ও তিনটি বিষয় নিয়ে কথা হয়।
       |                      ^^
       |
      ::: issues/2023-q3/en.toml:11:7
       |
    11 | About 40 people met on 2 August 2023, and spoke of 12,345 cases and 3 points.
       |       -- the number there
       |
       = help: write the number that is right in both editions

    warning[untranslated]: this text of the বাংলা (bn) edition is in other letters
      --> issues/2023-q3/bn.toml:19:9
       |
    19 | body = "It was the first of its kind."
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: translate it, or take it out of this edition

    3 warnings: 3 subscribers, issue 2023-q3; client support: en 93.2 %, bn 93.0 %
    "##);
}
