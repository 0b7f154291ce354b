//! Subject, preheader, texts and alternative texts.

use super::{EDITION, found, printed, with_blocks, with_edition};
use crate::compose::png;

/// What is found in an edition with this head, date excepted, and one block.
fn in_head(head: &str) -> Vec<String> {
    found(&with_edition(&format!("{head}date = 2023-09-30\n[[block]]\nkind = \"article\"\ntitle = \"A piece\"\n")))
}

/// What is found in an article with this body in its third line after the head.
fn in_body(body: &str) -> Vec<String> {
    let body = serde_json::to_string(body).expect("a text");
    found(&with_blocks(&format!("[[block]]\nkind = \"article\"\ntitle = \"A piece\"\nbody = {body}\n")))
}

#[test]
fn a_subject_that_inboxes_cut_off_shouts_or_has_no_word_is_shown() {
    let head =
        |subject: &str| format!("subject = \"{subject}\"\npreheader = \"A dialogue, and a draft policy\"\ntitle = \"T\"\n");
    for (subject, expected) in [
        ("The third quarter", None),
        ("BDUNNM and CTIP-TWG", None),
        ("ব".repeat(60).as_str(), None),
        ("ব".repeat(61).as_str(), Some("long-subject")),
        // An emoji of seven characters, and a letter with three marks, take two columns and one.
        ("👨‍👩‍👧‍👦e\u{301}\u{302}\u{303} and a family like it, in words that fit the line", None),
        ("本期内容：关于人口贩运的全国对话、侨民政策草案和第三个工作组的消息以及更多", Some("long-subject")),
        ("REGISTER FOR THE WORKSHOP", Some("shouting")),
        ("Register now!!", Some("shouting")),
        ("Register now?!", Some("shouting")),
        ("Register now!", None),
        ("🎉🎉🎉", Some("wordless-subject")),
        ("The network turns four 🎉", None),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|rule| format!("en.toml:1:12 {rule}")).collect();
        assert_eq!(in_head(&head(subject)), expected, "{subject}");
    }
}

#[test]
fn a_preheader_says_something_else_than_the_subject_in_a_line() {
    let head = |preheader: &str| format!("subject = \"The third quarter\"\npreheader = \"{preheader}\"\ntitle = \"T\"\n");
    assert_eq!(in_head("subject = \"The third quarter\"\ntitle = \"T\"\n"), ["en.toml:1:12 missing-preheader"]);
    assert_eq!(in_head(&head("The THIRD quarter.")), ["en.toml:2:14 preheader-repeats"]);
    assert_eq!(in_head(&head("News")), ["en.toml:2:14 preheader-length"]);
    assert_eq!(in_head(&head(&"words ".repeat(21))), ["en.toml:2:14 preheader-length"]);
    assert_eq!(in_head(&head("A dialogue, and a draft policy")), [""; 0]);
}

#[test]
fn notes_of_what_is_still_to_be_written_are_shown_where_they_stand() {
    for (body, column) in [
        ("Here TODO more", 14),
        ("Venue: TBD.", 16),
        ("FIXME", 9),
        ("On XXX in Dhaka", 12),
        ("xx.xx and xxxx", 19),
        ("Lorem ipsum dolor", 9),
        ("Dear [name], welcome", 14),
        ("By [insert date]", 12),
        ("About ??? people", 15),
        ("Dear *|FNAME|*", 15),
        ("Dear {first_name},", 14),
        ("Dear %%First Name%%,", 14),
    ] {
        let expected = format!("en.toml:9:{column} placeholder");
        assert_eq!(in_body(body), [expected], "{body}");
    }
}

#[test]
fn words_that_only_look_like_notes_are_left_alone() {
    for body in [
        "Todo el mundo, y el método",
        "Really???",
        "Maxxxim and exxxtra",
        "[The report](https://example.org/name) and [sic]",
        "Braces {} and bars | are signs like others | here",
        "100 %, or 50%",
        "`TODO`s are none of ours: **TODOS**",
    ] {
        let expected: [&str; 0] = [];
        assert_eq!(in_body(body), expected, "{body}");
    }
}

#[test]
fn notes_in_alternative_texts_captions_and_the_subject_are_found_too() {
    let edition = "subject = \"TODO: the subject\"\npreheader = \"A dialogue [title], and a draft\"\ntitle = \"The title\"\n\
                   date = 2023-09-30\n[[block]]\nkind = \"picture\"\nfile = \"a.png\"\nalt = \"A river TBD\"\ncaption = \"Lorem Ipsum\"\n";
    let workspace = with_edition(edition);
    workspace.write("issues/2023-q3/a.png", png(40, 30));
    let expected =
        ["en.toml:1:12 placeholder", "en.toml:2:25 placeholder", "en.toml:8:16 placeholder", "en.toml:9:12 placeholder"];
    assert_eq!(found(&workspace), expected);
}

#[test]
fn a_year_of_the_last_issue_is_shown_in_the_head_and_the_footer() {
    let edition = "subject = \"The third quarter of 2022\"\npreheader = \"From the 2018 compact to the 2030 agenda\"\n\
                   title = \"Newsletter ২০২১\"\nperiod = \"July to September 2033\"\ndate = 2023-09-30\n\
                   [[block]]\nkind = \"article\"\ntitle = \"What we did in 2019\"\n";
    let workspace = with_edition(edition);
    workspace.append("newsletter.toml", "\n[footer]\naddress = \"© 2022 The network, Dhaka, since 1999\"\n");
    let expected =
        ["en.toml:1:33 stale-year", "en.toml:3:21 stale-year", "en.toml:4:29 stale-year", "newsletter.toml:15:14 stale-year"];
    assert_eq!(found(&workspace), expected);
}

#[test]
fn an_issue_of_january_may_report_on_the_year_before() {
    let edition = "subject = \"The fourth quarter of 2022\"\npreheader = \"A dialogue, and a draft policy\"\ntitle = \"T\"\n\
                   period = \"October to December 2022\"\ndate = 2023-01-15\n[[block]]\nkind = \"article\"\ntitle = \"A piece\"\n";
    assert_eq!(found(&with_edition(edition)), [""; 0]);
    assert_eq!(found(&with_edition(&edition.replace("2023-01-15", "2023-07-15"))).len(), 2);
}

#[test]
fn an_event_that_is_over_is_shown_among_others_to_come() {
    let events = |dates: &str| format!("[[block]]\nkind = \"events\"\ntitle = \"Dates\"\nitems = [{dates}]\n");
    let mixed = "{ title = \"Old\", date = 2023-08-01, until = 2023-08-03 }, { title = \"Running\", date = 2023-09-01, \
                 until = 2023-10-01 }, { title = \"New\", date = 2023-10-20 }";
    assert_eq!(found(&with_blocks(&events(mixed))), ["en.toml:9:21 past-event"]);
    assert_eq!(found(&with_blocks(&events("{ title = \"Old\", date = 2023-08-01 }"))), [""; 0]);
}

#[test]
fn alternative_texts_say_what_is_to_be_seen() {
    let picture = |alt: &str| {
        format!("[[block]]\nkind = \"picture\"\nfile = \"a.png\"\nalt = \"{alt}\"\ncaption = \"The dialogue, in Dhaka\"\n")
    };
    for (alt, expected) in [
        ("People round a table", None),
        ("IMG_4711.JPG", Some("9:8 alt-file-name")),
        ("The file photo.jpg on a screen", None),
        ("Image of people", Some("9:8 alt-preamble")),
        ("A photo of people", Some("9:8 alt-preamble")),
        ("Photographers take pictures of a river", None),
        ("ছবি: নদী", Some("9:8 alt-preamble")),
        ("The dialogue in Dhaka.", Some("9:8 alt-repeats-caption")),
        ("word ".repeat(51).as_str(), Some("9:8 alt-length")),
    ] {
        let workspace = with_blocks(&picture(alt));
        workspace.write("issues/2023-q3/a.png", png(40, 30));
        let expected: Vec<_> = expected.into_iter().map(|expected| format!("en.toml:{expected}")).collect();
        assert_eq!(found(&workspace), expected, "{alt}");
    }
}

#[test]
fn an_edition_with_errors_is_not_judged_by_its_words() {
    let workspace = with_edition("subject = \"TODO!!!\"\ntitle = 3\ndate = 2023-09-30\n[[block]]\nkind = \"divider\"\n");
    assert_eq!(found(&workspace), ["en.toml:2:9 wrong-type"]);
}

#[test]
fn a_new_issue_has_nothing_to_mend() {
    let workspace = with_edition("");
    std::fs::remove_file(workspace.path(EDITION)).unwrap();
    assert_eq!(workspace.run(&["new", "2024-q1"]).code, Some(0));
    assert_eq!(workspace.run(&["check", "2024-q1", "--format", "json"]).stdout, "");
}

#[test]
fn a_placeholder_and_a_stale_year_read_so() {
    let edition = "subject = \"The third quarter of 2022\"\npreheader = \"A dialogue [title], and a draft\"\ntitle = \"T\"\n\
                   date = 2023-09-30\n[[block]]\nkind = \"divider\"\n";
    insta::assert_snapshot!(printed(&with_edition(edition)), @r##"
    warning[stale-year]: the subject speaks of 2022, and the issue is of 2023-09-30
     --> issues/2023-q3/en.toml:1:33
      |
    1 | subject = "The third quarter of 2022"
      |                                 ^^^^
      |
      = help: write the year that is meant, here or under `date`

    warning[placeholder]: this looks like a note of what is still to be written
     --> issues/2023-q3/en.toml:2:25
      |
    2 | preheader = "A dialogue [title], and a draft"
      |                         ^^^^^^^
      |
      = help: write what is to stand here, or take it out

    2 warnings: 3 subscribers, issue 2023-q3; client support: en 91.5 %
    "##);
}
