//! The plain text part: lines, links, lists, quotations.

use unicode_width::UnicodeWidthStr;

use super::{HEAD, flowed, for_anyone, quoted, sample_for_anyone, with_blocks, with_body};
use crate::workspace::Workspace;

/// The piece of a text part: what stands between the title of [`with_body`] and the signature separator.
fn piece(markdown: &str) -> String {
    let text = for_anyone(&with_body(markdown)).text;
    let (_, rest) = text.split_once("++ 1. The piece\n\n").expect("the title");
    rest.split_once("\n\n-- \n").expect("the footer").0.trim_matches('\n').to_owned()
}

#[test]
fn lines_fit_72_columns_unless_one_word_does_not() {
    let bodies = [
        "Words of many lengths, one after another, until the line is full. ".repeat(20),
        "বাংলা লেখার একটি লাইন, যা বাহাত্তর কলামের বেশি হতে পারে না। ".repeat(20),
        "中文 没有 空格 但是 这里 有 空格 所以 可以 换行 ".repeat(20),
        "👩‍👩‍👧‍👦 🇧🇩 👍🏽 emoji are two columns wide ".repeat(20),
        format!("A word of {} letters, and [a link](https://example.org/{}) as well.", "x".repeat(90), "y".repeat(90)),
        "- An item that goes on and on until it needs a second line, and then a third one, for it is long\n".repeat(3),
        "> A quotation that goes on and on until it needs a second line, and then a third one, for it is long".to_owned(),
        "## A heading inside the text that is so long that it cannot possibly stand on one line of the plain part".to_owned(),
    ];
    let texts = bodies.iter().map(|body| for_anyone(&with_body(body)).text).chain([sample_for_anyone().text]);
    for text in texts {
        for line in text.lines() {
            // A soft line ends in one space more, and a stuffed one begins with one (RFC 3676 §4.2, §4.4).
            let shown = line.strip_prefix(' ').unwrap_or(line).trim_end();
            let is_one_word =
                shown.split_whitespace().filter(|word| word.width() > 20).count() == 1 && shown.split_whitespace().count() <= 2;
            assert!(shown.width() <= 72 || is_one_word, "{} columns: {line:?}", shown.width());
        }
    }
}

#[test]
fn paragraphs_flow_and_everything_else_stands() {
    let words = "word ".repeat(40);
    let message = for_anyone(&with_body(&format!("{words}\n\n- {words}\n\n> {words}\n\n    code {words}")));
    let (text, lines) = (&message.text, flowed::lines(&message));
    assert!(lines.iter().any(|line| line.trim() == words.trim()), "a paragraph becomes one line again:\n{text}");
    for line in text.lines().filter(|line| line.starts_with(' ')) {
        assert!(!line.ends_with(' '), "an indented line would flow: {line:?}");
    }
}

#[test]
fn the_footer_stands_behind_one_signature_separator() {
    let text = sample_for_anyone().text;
    let (letter, footer) = text.split_once("\n-- \n").expect("the separator");
    assert!(!footer.contains("\n-- \n") && letter.ends_with('\n'), "{text}");
    assert!(footer.contains("You receive this newsletter because"), "{footer}");
    assert!(footer.ends_with("Unsubscribe: unsubscribe@example.org\n"), "{footer}");
}

#[test]
fn links_are_numbered_through_the_issue_and_listed_after_each_piece() {
    let text = for_anyone(&with_blocks(
        "[[block]]\nkind = \"article\"\ntitle = \"One\"\nbody = \"See [here](https://example.org/a), [there](https://example.org/b) and \
         [here again](https://example.org/a). Write to <office@example.org> or see <https://example.org/c>.\"\n\
         links = [{ text = \"Read on\", url = \"https://example.org/d\" }]\n\
         [[block]]\nkind = \"article\"\ntitle = \"Two\"\nbody = \"See [here](https://example.org/a) or [write](mailto:a@example.org).\"\n",
    ))
    .text;
    let expected = "\
++ 1. One

See here [1], there [2] and here again [1]. Write to office@example.org\x20
or see https://example.org/c.

Read on [3]

[1] https://example.org/a
[2] https://example.org/b
[3] https://example.org/d


++ 2. Two

See here [4] or write [5].

[4] https://example.org/a
[5] a@example.org
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn lists_hang_and_nest() {
    let markdown = "\
Before.

- An item that goes on until it needs a second line, for it is a very long one
- One with more:
  - nested
  - nested again, and so long that it goes on in another line below the first
    1. deeper
- Last

7. Seven
8. Eight
9. Nine
10. Ten, which goes on until it needs a second line, since it is so very long

After.";
    let expected = "\
Before.

  - An item that goes on until it needs a second line, for it is a very
    long one
  - One with more:
    - nested
    - nested again, and so long that it goes on in another line below the
      first
      1. deeper
  - Last

   7. Seven
   8. Eight
   9. Nine
  10. Ten, which goes on until it needs a second line, since it is so
      very long

After.";
    assert_eq!(piece(markdown), expected);
}

#[test]
fn items_of_several_paragraphs_stand_apart() {
    let markdown = "1. First.\n\n   More of it.\n\n   > Quoted.\n\n2. Second.\n\n       code";
    let expected = "  1. First.\n\n     More of it.\n\n         Quoted.\n\n  2. Second.\n\n       code";
    assert_eq!(piece(markdown), expected);
}

#[test]
fn headings_quotations_code_and_rules_are_told_apart() {
    let markdown = "## Background\n\nWords.\n\n> Quoted *words*.\n>\n> - with a list\n\n```\nlet x = 1;\n    indented\n```\n\n***\n\nEnd\\\nof it.";
    let expected = "\
+ Background
Words.

     Quoted words.

     - with a list

   let x = 1;
       indented

* * *

End
of it.";
    assert_eq!(piece(markdown), expected);
}

#[test]
fn a_pull_quote_is_indented_and_says_who_speaks() {
    let text = for_anyone(&with_blocks(
        "[[block]]\nkind = \"quote\"\ntext = \"Words that were said by somebody, and that are long enough for a second line here.\"\n\
         by = \"A Speaker\"\nrole = \"Minister\"\n",
    ))
    .text;
    let expected = "
     “Words that were said by somebody, and that are long enough for a
     second line here.”
     — A Speaker, Minister
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn lines_that_mail_programs_read_otherwise_are_stuffed() {
    // Each of these would begin a line: after a hard break nothing stands before it.
    for start in ["> not quoted", "From somebody", ">From both"] {
        let message = for_anyone(&with_body(&format!("Words.\\\n{start}").replace('>', "\\>")));
        let text = &message.text;
        assert!(text.contains(&format!("Words.\n {start}\n")), "{text}");
        assert!(flowed::lines(&message).contains(&start.to_owned()), "{text}");
    }
}

#[test]
fn a_contents_list_without_pieces_is_nothing() {
    let contents = format!("[[block]]\nkind = \"contents\"\ntitle = {}\n", quoted("From the desk"));
    let text = for_anyone(&with_blocks(&contents)).text;
    assert!(!text.contains("From the desk"), "{text}");
    let text = for_anyone(&with_blocks(&format!("{contents}[[block]]\nkind = \"article\"\ntitle = \"One\"\n"))).text;
    assert!(text.contains("\n++ From the desk\n\n  1. One\n\n\n++ 1. One\n"), "{text}");
}

#[test]
fn pictures_become_their_words() {
    let workspace = with_blocks(
        "[[block]]\nkind = \"picture\"\nfile = \"a.png\"\nalt = \"A boat\"\ncaption = \"The river\"\ncredit = \"R. Akter\"\n\
         [[block]]\nkind = \"picture\"\nfile = \"a.png\"\ndecorative = true\n",
    );
    workspace.write("issues/2023-q3/a.png", super::png(4, 4));
    let text = for_anyone(&workspace).text;
    assert!(text.contains("\n[Picture: A boat]\nThe river · R. Akter\n"), "{text}");
    assert_eq!(text.matches("[Picture").count(), 1, "{text}");
}

#[test]
fn the_preheader_is_for_inboxes_alone() {
    let workspace = Workspace::new();
    workspace.write(super::EDITION, format!("preheader = \"Only beside the subject\"\n{HEAD}[[block]]\nkind = \"divider\"\n"));
    let message = for_anyone(&workspace);
    assert!(!message.text.contains("Only beside"), "{}", message.text);
    assert!(!message.text.contains(['\u{2007}', '\u{feff}', '\u{34f}']), "no filler");
    assert_eq!(super::markup::preheader(&message.html).as_deref(), Some("Only beside the subject"));
}
