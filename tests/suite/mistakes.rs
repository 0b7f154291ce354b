//! What people get wrong in the files: found in one go, each in its line, with a remedy; and whatever lies there, an answer.

mod hostile;
mod messages;

use std::fs;

use crate::workspace::{EDITION, NEWSLETTER, Ran, Workspace};

const EDITION_FILE: &str = "issues/2023-q3/en.toml";

/// Exchanges a text in a file for another.
fn replace(workspace: &Workspace, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(workspace.path(file)).expect("a text");
    assert!(text.contains(from), "{file} has no {from:?}");
    workspace.write(file, text.replacen(from, to, 1));
}

/// `postrider check`, which must end with 0 or 1 and never panic.
fn check(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let ran = workspace.run(&[&["check"], arguments].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    ran
}

/// What `check --format json` finds, each as `file:line:column rule`, and whether it is an error. Errors and exit code must agree.
fn findings(workspace: &Workspace) -> Vec<(String, bool)> {
    let ran = check(workspace, &["--format", "json"]);
    let read = |line: &str| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        let text = |key: &str| finding[key].as_str().unwrap_or_else(|| panic!("no {key} in {line}")).to_owned();
        let number = |key: &str| finding[key].as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
        let place = format!("{}:{}:{} {}", text("file"), number("line"), number("column"), text("rule"));
        (place, text("severity") == "error")
    };
    let findings: Vec<_> = ran.stdout.lines().map(read).collect();
    assert_eq!(ran.code, Some(i32::from(findings.iter().any(|(_, is_error)| *is_error))), "{ran:?}");
    findings
}

fn found(workspace: &Workspace) -> Vec<String> {
    findings(workspace).into_iter().map(|(place, _)| place).collect()
}

/// The errors alone.
fn errors(workspace: &Workspace) -> Vec<String> {
    findings(workspace).into_iter().filter_map(|(place, is_error)| is_error.then_some(place)).collect()
}

#[test]
fn a_sound_project_has_no_mistakes() {
    let ran = check(&Workspace::sample(), &[]);
    assert!(ran.code == Some(0) && ran.stdout.starts_with("no mistakes: "), "{ran:?}");
    assert_eq!(found(&Workspace::new()), [""; 0]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a project with every mistake, and the list of them, are long")]
fn all_mistakes_of_all_files_are_found_in_one_go() {
    let workspace = Workspace::new();
    workspace.write(
        "newsletter.toml",
        r#"nmae = "Our Quarterly"
languages = ["en", "bn", "xx"]
groups = ["members", "donors", "members"]

[sender]
name = "The\r\nSecretariat"
email = "news at list.example.org"

[list]
id = "quarterly"
unsubscribe = "unsubscribe@list.example.org"

[relay]
host = "mail.example.org"
port = 70000
tls = "none"
user = "me"
password = "hunter2"
"#,
    );
    workspace.write(
        "subscribers.toml",
        r#"[[subscriber]]
email = "ana@example.org"
nmae = "Ana"

[[subscriber]]
email = "ANA@Example.ORG"
name = "রিনা\u0000আক্তার"

[[subscriber]]
email = "rina@বাংলা.example"
language = "bm"
groups = ["member", "donors"]

[[subscriber]]
email = "rina@xn--54b7fta0cc.example"

[[subscriber]]
email = "no.at.sign"
first_name = "x\u2028y"
First = "y"
age = 3

[[subscriber]]
name = "No mail"
"#,
    );
    workspace.write(
        EDITION_FILE,
        r#"subject = "Hello\nBcc: victim@example.org"
preheader = "বাংলা {{ first_name"
title = 3
period = ""
date = 2023-02-30

[[block]]
kind = "leed"

[[block]]
kind = "lead"
titel = "x"
only = ["memebrs"]
picture = { file = "pictures/missing.jpg" }
body = """
রিনা <b>bold</b> and [x](javascript:alert(1)) ![a](b.png)
{{ nickname }}
"""

[[block]]
kind = "picture"
file = "../../secret.png"
alt = "A secret"

[[block]]
kind = "button"
text = "Go"
url = "/relative"

[[block]]
kind = "events"
items = [{ title = "A workshop", date = 2023-10-13, until = 2023-10-12 }]

[[block]]
kind = "about"
"#,
    );
    workspace.write("issues/2023-q3/bm.toml", EDITION);
    let expected = [
        "issues/2023-q3/bm.toml:-:- unknown-language",
        "issues/2023-q3/en.toml:1:17 control-character",
        "issues/2023-q3/en.toml:2:20 merge-field",
        "issues/2023-q3/en.toml:3:9 wrong-type",
        "issues/2023-q3/en.toml:4:10 empty",
        "issues/2023-q3/en.toml:5:8 bad-date",
        "issues/2023-q3/en.toml:8:8 unknown-kind",
        "issues/2023-q3/en.toml:10:1 missing-key",
        "issues/2023-q3/en.toml:12:1 unknown-key",
        "issues/2023-q3/en.toml:13:9 unknown-group",
        "issues/2023-q3/en.toml:14:20 missing-alt",
        "issues/2023-q3/en.toml:14:20 missing-picture",
        "issues/2023-q3/en.toml:16:6 raw-html",
        "issues/2023-q3/en.toml:16:13 raw-html",
        "issues/2023-q3/en.toml:16:22 bad-link",
        "issues/2023-q3/en.toml:16:47 markdown-picture",
        "issues/2023-q3/en.toml:17:1 unknown-field",
        "issues/2023-q3/en.toml:22:8 path-outside",
        "issues/2023-q3/en.toml:28:7 bad-link",
        "issues/2023-q3/en.toml:32:53 bad-value",
        "issues/2023-q3/en.toml:34:1 missing-key",
        "newsletter.toml:-:- missing-key",
        "newsletter.toml:1:1 unknown-key",
        "newsletter.toml:2:26 unknown-language",
        "newsletter.toml:3:32 duplicate",
        "newsletter.toml:6:12 control-character",
        "newsletter.toml:7:9 bad-address",
        "newsletter.toml:10:6 bad-value",
        "newsletter.toml:15:8 bad-value",
        "newsletter.toml:16:7 bad-value",
        "newsletter.toml:18:1 bad-value",
        "subscribers.toml:3:1 unknown-key",
        "subscribers.toml:6:9 duplicate-address",
        "subscribers.toml:7:13 control-character",
        "subscribers.toml:11:12 unknown-language",
        "subscribers.toml:12:11 unknown-group",
        "subscribers.toml:15:9 duplicate-address",
        "subscribers.toml:18:9 bad-address",
        "subscribers.toml:19:16 control-character",
        "subscribers.toml:20:1 bad-value",
        "subscribers.toml:21:7 wrong-type",
        "subscribers.toml:23:1 missing-key",
    ];
    assert_eq!(found(&workspace), expected);
    let ran = check(&workspace, &[]);
    assert!(ran.stdout.ends_with("\n42 errors: 1 subscriber, issue 2023-q3\n"), "{}", ran.stdout);
}

#[test]
fn json_is_one_object_a_line_with_seven_keys() {
    let workspace = Workspace::new();
    replace(&workspace, EDITION_FILE, "date = 2023-09-30", "date = \"soon\"\ncolour = \"red\"");
    workspace.append("subscribers.toml", "nickname = \"\"\n[[subscriber]]\nname = \"Nobody\"\n");
    replace(&workspace, "newsletter.toml", "name = \"Test Quarterly\"\n", "");
    let ran = check(&workspace, &["--format", "json"]);
    assert_eq!(ran.stdout.lines().count(), 4, "{}", ran.stdout);
    for line in ran.stdout.lines() {
        let finding: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("an object");
        let keys: Vec<_> = finding.keys().map(String::as_str).collect();
        let mut expected = ["rule", "severity", "file", "line", "column", "message", "help"];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert!(finding["severity"] == "error" || finding["severity"] == "warning");
        assert!(["message", "help"].iter().all(|key| finding[*key].as_str().is_some_and(|text| !text.is_empty())));
    }
    insta::assert_snapshot!(ran.stdout, @r#"
    {"rule":"bad-date","severity":"error","file":"issues/2023-q3/en.toml","line":5,"column":8,"message":"`date` is no date: this is a text","help":"write it without quotes: date = 2023-09-30"}
    {"rule":"unknown-key","severity":"error","file":"issues/2023-q3/en.toml","line":6,"column":1,"message":"an edition has no key `colour`","help":"an edition has these keys: subject, preheader, title, period, summary, draft, archive, date, block"}
    {"rule":"missing-key","severity":"error","file":"newsletter.toml","line":null,"column":null,"message":"newsletter.toml needs `name`","help":"add a line such as: name = \"Our Quarterly\""}
    {"rule":"missing-key","severity":"error","file":"subscribers.toml","line":16,"column":1,"message":"a subscriber needs `email`","help":"add a line such as: email = \"name@example.org\""}
    "#);
}

/// Where the one mistake in the lead's text is, if its text in the file is this.
fn place_in_body(written: &str) -> String {
    let workspace = Workspace::new();
    let start = EDITION.find("body = ").expect("a body");
    workspace.write(EDITION_FILE, format!("{}body = {written}\n", &EDITION[..start]));
    let found = found(&workspace);
    assert_eq!(found.len(), 1, "{written}: {found:?}");
    found[0].strip_prefix("issues/2023-q3/en.toml:").expect("the edition").to_owned()
}

#[test]
fn columns_count_characters_through_escapes_and_continued_lines() {
    let cases = [
        (r#""plain <b>""#, "10:15 raw-html"),
        (r#""বাংলা <b>""#, "10:15 raw-html"),
        (r#""🎉🎉 <b>""#, "10:12 raw-html"),
        (r#""e\u0301 \"quoted\" <b>""#, "10:28 raw-html"),
        (r#""\U0001F389 \x41 \\ <b>""#, "10:28 raw-html"),
        (r#""one\n\ntwo <b>""#, "10:20 raw-html"),
        (r#""escaped \u003cb>""#, "10:17 raw-html"),
        ("'literal \\n <b>'", "10:20 raw-html"),
        ("\"\"\"\nfirst\n\nবাংলা <b>\n\"\"\"", "13:7 raw-html"),
        ("\"\"\"first <b>\n\"\"\"", "10:17 raw-html"),
        ("'''\nfirst \\\n<b>'''", "12:1 raw-html"),
        ("\"\"\"\nfirst \\\n   \n   second <b>\"\"\"", "13:11 raw-html"),
        ("\"\"\"\nfirst \\\n   <b>\"\"\"", "12:4 raw-html"),
        ("\"\"\"\n\\\n   <b>\"\"\"", "12:4 raw-html"),
        ("\"\"\"\nfirst\r\n\r\nsecond\r\n<b>\"\"\"", "14:1 raw-html"),
        ("\"\"\"\n- item\n  - deeper [x](/y)\"\"\"", "12:12 bad-link"),
        ("\"\"\"\n> quoted [x](/y)\"\"\"", "11:10 bad-link"),
        ("\"\"\"\nপ্রিয় {{ first name }}\"\"\"", "11:8 merge-field"),
        ("\"\"\"\n\\u09AA {{ first name }}\"\"\"", "11:8 merge-field"),
    ];
    for (written, expected) in cases {
        assert_eq!(place_in_body(written), expected, "{written}");
    }
}

#[test]
fn columns_count_characters_in_lines_of_every_file() {
    let workspace = Workspace::new();
    workspace.append("subscribers.toml", "\n[[subscriber]]\nname = \"রিনা\"\nemail = \"রিনা আক্তার@example.org\"\n");
    workspace.append("newsletter.toml", "\n[footer]\nreason = \"বাংলা \\u00e9 {{ x y }}\"\n");
    replace(&workspace, EDITION_FILE, "title = \"The title\"", "title = \"বাংলা\\u0007\"");
    let expected = [
        "issues/2023-q3/en.toml:3:15 control-character",
        "newsletter.toml:15:24 merge-field",
        "subscribers.toml:18:9 bad-address",
    ];
    assert_eq!(found(&workspace), expected);
}

#[test]
fn a_mistake_in_the_newsletter_hides_none_in_the_other_files() {
    for (from, to) in [
        ("languages = ", "langauges = "),
        ("groups = ", "gruops = "),
        ("email = \"news@", "email = \"news"),
        ("[sender]", "[sender"),
        (NEWSLETTER, ""),
        (NEWSLETTER, "\u{1}"),
    ] {
        let workspace = Workspace::new();
        replace(&workspace, "newsletter.toml", from, to);
        replace(&workspace, "subscribers.toml", "ana@example.org", "ana");
        replace(&workspace, EDITION_FILE, "{{ first_name | colleague }}", "{{ name }}");
        replace(&workspace, EDITION_FILE, "title = \"The lead\"", "title = 3\npicture = { file = \"x.png\", alt = \"x\" }");
        let mut found = found(&workspace);
        found.retain(|line| !line.starts_with("newsletter.toml:"));
        let expected = [
            "issues/2023-q3/en.toml:1:28 unfilled-field",
            "issues/2023-q3/en.toml:9:9 wrong-type",
            "issues/2023-q3/en.toml:10:20 missing-picture",
            "subscribers.toml:2:9 bad-address",
        ];
        assert_eq!(found, expected, "{from} {to}");
    }
}

#[test]
fn one_slip_of_syntax_is_one_mistake() {
    let cases = [
        (EDITION_FILE, "title = \"The title\"", "title = \"The title"),
        (EDITION_FILE, "title = \"The title\"", "title \"The title\""),
        (EDITION_FILE, "title = \"The title\"", "title = The title"),
        (EDITION_FILE, "title = \"The title\"", "title = “The title”"),
        (EDITION_FILE, "title = \"The title\"", "title: \"The title\""),
        (EDITION_FILE, "title = \"The title\"", "title = \"The title\" period = \"now\""),
        (EDITION_FILE, "title = \"The title\"", "title = \"The title\"\ntitle = \"Again\""),
        (EDITION_FILE, "title = \"The title\"", "title = \"C:\\pictures\""),
        ("subscribers.toml", "groups = [\"members\"]", "groups = [\"members\""),
        ("newsletter.toml", "languages = [\"en\", \"bn\"]", "languages = [\"en\" \"bn\"]"),
    ];
    for (file, from, to) in cases {
        let workspace = Workspace::new();
        replace(&workspace, file, from, to);
        let found = found(&workspace);
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(found[0].starts_with(file) && found[0].ends_with(" syntax"), "{to}: {found:?}");
    }
}

#[test]
fn mistakes_beside_a_bad_date_are_found_with_it() {
    let workspace = Workspace::new();
    replace(&workspace, EDITION_FILE, "period = \"The period\"\ndate = 2023-09-30", "period = 3\ndate = 30.09.2023\ndat = 1");
    let events =
        "\n[[block]]\nkind = \"events\"\nitems = [{ title = 1, date = 2023-02-30 }, { title = \"x\", until = 2023-01-01 }]\n";
    workspace.append(EDITION_FILE, events);
    let expected = [
        "issues/2023-q3/en.toml:4:10 wrong-type",
        "issues/2023-q3/en.toml:5:8 bad-date",
        "issues/2023-q3/en.toml:6:1 unknown-key",
        "issues/2023-q3/en.toml:17:20 wrong-type",
        "issues/2023-q3/en.toml:17:30 bad-date",
        "issues/2023-q3/en.toml:17:44 missing-key",
    ];
    assert_eq!(found(&workspace), expected);
}

#[test]
fn a_slip_that_spoils_every_entry_is_not_told_a_thousand_times() {
    let workspace = Workspace::new();
    let entry = |number: usize| format!("[[subscriber]]\nemail = \"reader{number}@example.org\"\ngroups = [\"member\"]\n");
    workspace.write("subscribers.toml", (0..2000).map(entry).collect::<String>());
    let found = found(&workspace);
    assert_eq!(found.len(), 503, "two warnings of the edition, 500 shown, and that there are more");
    assert_eq!(found[2], "subscribers.toml:3:11 unknown-group");
    assert_eq!(found[502], "subscribers.toml:1503:11 too-many");
}

#[test]
fn a_long_list_is_read_in_pieces_and_its_mistakes_stand_where_they_are() {
    const PEOPLE: usize = 5_000;
    let workspace = Workspace::new();
    let entry = |number| {
        let group = if number == 4_321 { "nobody" } else { "members" };
        // A head that is none, where a careless reader would cut.
        let note = "note = \"\"\"\\\n[[subscriber]]\"\"\"";
        format!("[[subscriber]]\nemail = \"reader{number}@example.org\"\n{note}\ngroups = [\"{group}\"]\n\n")
    };
    let mut list: String = (0..PEOPLE).map(entry).collect();
    list += "[[subscriber]]\nemail = \"READER7@example.org\"\n";
    workspace.write("subscribers.toml", &list);
    let line_of = |text: &str| list[..list.find(text).unwrap()].lines().count();
    let ran = workspace.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let errors = found.iter().filter(|one| one["severity"] == "error");
    let found: Vec<_> = errors.map(|one| format!("{} in line {}", one["rule"], one["line"])).collect();
    let expected = [("unknown-group", "\"nobody\""), ("duplicate-address", "READER7")];
    assert_eq!(found, expected.map(|(rule, text)| format!("\"{rule}\" in line {}", line_of(text))));
}
