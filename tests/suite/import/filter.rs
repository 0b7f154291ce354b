//! Whom a send is for.

use std::fmt::Write;

use insta::assert_snapshot;
use postrider::model::filter::{Filter, Known};
use postrider::model::subscriber::Subscriber;
use proptest::prelude::*;

use super::{roster, vocabulary};

const LIST: &str = r#"
[[subscriber]]
email = "ana@example.org"
name = "Ana Silva"
language = "en"
groups = ["members"]
country = "BR"
joined = "2023-05-06"
age = "41"

[[subscriber]]
email = "Rina@বাংলা.example"
name = "রিনা"
language = "bn"
groups = ["members", "donors"]
country = "BD"
joined = "2024-01-01 10:00"
age = "7"

[[subscriber]]
email = "omar@example.com"
language = "ar"
age = "unknown"
"#;

const ATTRIBUTES: [&str; 3] = ["age", "country", "joined"];

fn parse(text: &str) -> Result<Filter, String> {
    let vocabulary = vocabulary();
    let known = Known { languages: &vocabulary.languages, groups: &vocabulary.groups, attributes: &ATTRIBUTES };
    Filter::parse("--where", text, &known).map_err(|found| {
        let (_, column) = found.place.position().unwrap_or((1, 1));
        let span = found.place.span.clone().unwrap_or(0..0);
        let width = found.place.source.text[span].chars().count().max(1);
        let mark = format!("{}{} {}", " ".repeat(column - 1), "^".repeat(width), found.label);
        format!("error[{}]: {}\n  | {text}\n  | {}\n  = help: {}\n", found.rule, found.message, mark.trim_end(), found.help)
    })
}

/// The first letters of those whom a filter admits.
fn admitted(text: &str) -> String {
    let filter = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let of = |person: &Subscriber| person.address.key().chars().next().unwrap();
    roster(LIST).iter().filter(|person| filter.admits(person)).map(of).collect()
}

#[test]
fn a_filter_admits_whom_it_says() {
    for (filter, people) in [
        ("language = \"bn\"", "r"),
        ("language == 'bn'", "r"),
        ("language != \"bn\"", "ao"),
        ("\"members\" in groups", "ar"),
        ("\"donors\" not in groups", "ao"),
        ("not \"donors\" in groups", "ao"),
        ("language = \"en\" and \"members\" in groups", "a"),
        ("language = \"bn\" and \"donors\" in groups or language = \"ar\"", "ro"),
        ("language = \"ar\" or language = \"bn\" and \"donors\" in groups", "ro"),
        ("(language = \"ar\" or language = \"bn\") and \"donors\" in groups", "r"),
        ("not (language = \"ar\" or language = \"bn\")", "a"),
        ("NOT NOT language = “bn”", "r"),
        ("domain = \"example.org\"", "a"),
        ("domain = \"বাংলা.example\" or domain = \"EXAMPLE.com\"", "ro"),
        ("email = \"rina@বাংলা.example\"", "r"),
        ("name = \"রিনা\"", "r"),
        ("country = \"BD\"", "r"),
        ("country != \"BD\"", "ao"),
        ("joined < 2024-01-01", "a"),
        ("joined <= 2024-01-01", "ar"),
        ("joined >= 2023-05-06 and joined != 2024-01-01", "a"),
        ("age > 7", "a"),
        ("age >= 7.0 and age < 41", "r"),
        ("age = 41", "a"),
        ("age != 41", "ro"),
        ("not age > 0", "o"),
        ("name = \"a \\\" b\" or age=7", "r"),
    ] {
        assert_eq!(admitted(filter), people, "{filter}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "what is said of every mistake is long")]
fn a_filter_that_cannot_be_read_says_where_and_what_was_probably_meant() {
    let mut said = String::new();
    for filter in [
        "",
        "langauge = \"bn\"",
        "language = \"bm\"",
        "language = bn",
        "\"doners\" in groups",
        "contry = \"BD\"",
        "country \"BD\"",
        "country = ",
        "country > \"BD\"",
        "country = \"BD",
        "(language = \"bn\"",
        "(language = \"bn\" \"donors\" in groups)",
        "language = \"bn\")",
        "language = \"bn\" country = \"BD\"",
        "groups = \"donors\"",
        "\"donors\" in country",
        "domain = \"not a domain\"",
        "email = \"ana\"",
        "language < 3",
        "joined < 2024-13-01",
        "country = \"BD\"; DROP TABLE subscriber",
        "language = \"bn\" and",
        "and",
        "country = \"BD\" & age > 3",
    ] {
        match parse(filter) {
            Ok(_) => panic!("{filter} was read"),
            Err(error) => writeln!(said, "{error}").unwrap(),
        }
    }
    assert_snapshot!(said, @r#"
    error[bad-filter]: the filter is empty
      | 
      | ^
      = help: write a condition such as language = "bn" or "donors" in groups

    error[bad-filter]: there is no field `langauge`
      | langauge = "bn"
      | ^^^^^^^^ did you mean `language`?
      = help: known: email, name, language, domain, age, country, joined

    error[bad-filter]: there is no language `bm`
      | language = "bm"
      |            ^^^^ did you mean `bn`?
      = help: known: en, bn, ar, ru, zh

    error[bad-filter]: a text stands in quotation marks
      | language = bn
      |            ^^
      = help: write language = "bn"

    error[bad-filter]: there is no group `doners`
      | "doners" in groups
      | ^^^^^^^^ did you mean `donors`?
      = help: known: members, donors, the board; old

    error[bad-filter]: there is no field `contry`
      | contry = "BD"
      | ^^^^^^ did you mean `country`?
      = help: known: email, name, language, domain, age, country, joined

    error[bad-filter]: `country` is to be compared with something here
      | country "BD"
      |         ^^^^
      = help: write a condition such as language = "bn" or "donors" in groups

    error[bad-filter]: what `country` is compared with is missing
      | country = 
      |          ^
      = help: write a condition such as language = "bn" or "donors" in groups

    error[bad-filter]: less and more are asked of numbers and days, not of texts
      | country > "BD"
      |           ^^^^
      = help: write joined < 2024-01-01 or age >= 18, without quotation marks

    error[bad-filter]: this text is not closed
      | country = "BD
      |           ^^^
      = help: close it with the quotation mark that opens it

    error[bad-filter]: a parenthesis is opened and not closed before this
      | (language = "bn"
      | ^
      = help: put a ) behind the last condition that belongs inside

    error[bad-filter]: a parenthesis is opened and not closed before this
      | (language = "bn" "donors" in groups)
      |                  ^^^^^^^^
      = help: put `and` or `or` between two conditions

    error[bad-filter]: the filter is at its end before this
      | language = "bn")
      |                ^
      = help: take it out, or open a parenthesis before it

    error[bad-filter]: the filter is at its end before this
      | language = "bn" country = "BD"
      |                 ^^^^^^^
      = help: put `and` or `or` between two conditions

    error[bad-filter]: `groups` stands behind the group
      | groups = "donors"
      | ^^^^^^
      = help: write "donors" in groups

    error[bad-filter]: a text at the beginning of a condition is a group, and `in groups` follows it
      | "donors" in country
      |             ^^^^^^^
      = help: write "donors" in groups; the field stands before the text otherwise, as in country = "BD"

    error[bad-filter]: `not a domain` is not the name of a domain
      | domain = "not a domain"
      |          ^^^^^^^^^^^^^^
      = help: write domain = "example.org"

    error[bad-filter]: an address has exactly one @ between its two parts
      | email = "ana"
      |         ^^^^^
      = help: write email = "name@example.org"

    error[bad-filter]: `language` is a text
      | language < 3
      |          ^^^
      = help: write language = "…"

    error[bad-filter]: `2024-13-01` is neither a number nor a day
      | joined < 2024-13-01
      |          ^^^^^^^^^^
      = help: write 12, 12.5 or 2024-01-01; a text stands in quotation marks

    error[bad-filter]: `;` has no meaning in a filter
      | country = "BD"; DROP TABLE subscriber
      |               ^
      = help: a filter has fields, texts in quotation marks, =, !=, <, >, and, or, not, in, and parentheses

    error[bad-filter]: a condition is missing here
      | language = "bn" and
      |                    ^
      = help: write a condition such as language = "bn" or "donors" in groups

    error[bad-filter]: a condition is missing before `and`
      | and
      | ^^^
      = help: write a condition such as language = "bn" or "donors" in groups

    error[bad-filter]: `&` has no meaning in a filter
      | country = "BD" & age > 3
      |                ^
      = help: a filter has fields, texts in quotation marks, =, !=, <, >, and, or, not, in, and parentheses
    "#);
}

#[test]
fn a_filter_without_bottom_is_refused() {
    let deep = |count: usize| format!("{}language = \"bn\"{}", "(".repeat(count), ")".repeat(count));
    assert!(parse(&deep(50)).is_ok());
    assert!(parse(&deep(51)).unwrap_err().contains("more than 50 deep"));
    assert!(parse(&"not ".repeat(2_000)).unwrap_err().contains("more than 50 deep"));
    assert!(parse(&deep(50_000)).unwrap_err().contains("longer than"));
    let wide = vec!["age > 1"; 800].join(" and ");
    assert!(parse(&wide).is_ok());
}

proptest! {
    #[test]
    fn no_filter_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "language", "country", "=", "!=", "<", ">=", "\"bn\"", "\"", "'", "“", "\\", "(", ")", "not", "and", "or", "in", "groups", "\"donors\"", "12",
        "2024-01-01", "-", "রিনা", "\u{0}", "\u{202e}", " ", "é", "«", "_",
    ]), 0..20), spaces in any::<bool>()) {
        let text = pieces.join(if spaces { " " } else { "" });
        if let Ok(filter) = parse(&text) {
            for person in roster(LIST) {
                let _ = filter.admits(&person);
            }
        }
    }

    #[test]
    fn not_admits_the_others(filter in prop::sample::select(vec![
        "age > 7", "country = \"BD\"", "country != \"BD\"", "\"donors\" in groups", "joined < 2024-01-01 or age = 41", "domain = \"example.org\"",
    ])) {
        let all = admitted(&format!("({filter}) or not ({filter})"));
        prop_assert_eq!(all, "aro");
        prop_assert_eq!(admitted(&format!("({filter}) and not ({filter})")), "");
    }
}
