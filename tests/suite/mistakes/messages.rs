//! The whole texts of what is said about each kind of mistake: what is wrong, where, and what to do.

use insta::assert_snapshot;

use super::{EDITION_FILE, check, found, replace};
use crate::workspace::Workspace;

/// What is said of a project that is sound but for one change.
fn said(file: &str, from: &str, to: &str) -> String {
    let workspace = Workspace::new();
    replace(&workspace, file, from, to);
    check(&workspace, &[]).stdout
}

/// What is said of a text in the lead.
fn said_of_body(text: &str) -> String {
    said(EDITION_FILE, "this is the *lead*", text)
}

/// What is said of one more block.
fn said_of_block(block: &str) -> String {
    said(EDITION_FILE, "[[block]]\n", &format!("[[block]]\n{block}\n\n[[block]]\n"))
}

#[test]
fn an_unknown_key_suggests_the_nearest_known_one() {
    assert_snapshot!(said("newsletter.toml", "groups =", "group ="), @r#"
    error[unknown-key]: newsletter.toml has no key `group`
     --> newsletter.toml:3:1
      |
    3 | group = ["members", "donors"]
      | ^^^^^ did you mean `groups`?
      |
      = help: write `groups`, or take the line out

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "groups =", "gruops ="), @r#"
    error[unknown-key]: a subscriber has no key `gruops`
     --> subscribers.toml:5:1
      |
    5 | gruops = ["members"]
      | ^^^^^^ did you mean `groups`?
      |
      = help: write `groups`, or take the line out

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "title = \"The lead\"", "title = \"The lead\"\nkikker = \"News\""), @r#"
    error[unknown-key]: a lead block has no key `kikker`
      --> issues/2023-q3/en.toml:10:1
       |
    10 | kikker = "News"
       | ^^^^^^ did you mean `kicker`?
       |
       = help: write `kicker`, or take the line out

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said_of_block("kind = \"divider\"\ncolour = \"red\""), @r#"
    error[unknown-key]: a divider block has no key `colour`
     --> issues/2023-q3/en.toml:9:1
      |
    9 | colour = "red"
      | ^^^^^^
      |
      = help: a divider block has these keys: kind, only

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn an_address_on_the_list_twice_shows_both_lines() {
    assert_snapshot!(said("subscribers.toml", "nameless+news@example.com", "Ana@EXAMPLE.org"), @r#"
    error[duplicate-address]: `Ana@EXAMPLE.org` is on the list twice; the first time in line 2
      --> subscribers.toml:14:9
       |
    14 | email = "Ana@EXAMPLE.org"
       |         ^^^^^^^^^^^^^^^^^ again here
       |
      ::: subscribers.toml:2:9
       |
     2 | email = "ana@example.org"
       |         ----------------- first here
       |
       = help: take one of the two out: a person receives one copy

    1 error: 2 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "nameless+news@example.com", "rina@xn--54b7fta0cc.example"), @r#"
    error[duplicate-address]: `rina@xn--54b7fta0cc.example` is on the list twice; the first time in line 8
      --> subscribers.toml:14:9
       |
    14 | email = "rina@xn--54b7fta0cc.example"
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ again here
       |
      ::: subscribers.toml:8:9
       |
     8 | email = "rina@বাংলা.example"
       |         ------------------ first here
       |
       = help: take one of the two out: a person receives one copy

    1 error: 2 subscribers, issue 2023-q3
    "#);
}

#[test]
fn addresses_that_differ_in_a_tag_or_a_dot_are_two_people() {
    for address in ["ana+news@example.org", "a.na@example.org", "ana@mail.example.org"] {
        let workspace = Workspace::new();
        replace(&workspace, "subscribers.toml", "nameless+news@example.com", address);
        assert_eq!(found(&workspace), [""; 0], "{address}");
    }
}

#[test]
fn a_bad_date_shows_how_to_write_one() {
    assert_snapshot!(said(EDITION_FILE, "2023-09-30", "2023-02-30"), @r"
    error[bad-date]: `date` is no date: expected day between 01 and 28
     --> issues/2023-q3/en.toml:5:8
      |
    5 | date = 2023-02-30
      |        ^^^^^^^^^^ year-month-day is needed here
      |
      = help: write it without quotes: date = 2023-09-30

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said(EDITION_FILE, "2023-09-30", "\"2023-09-30\""), @r#"
    error[bad-date]: `date` is no date: this is a text
     --> issues/2023-q3/en.toml:5:8
      |
    5 | date = "2023-09-30"
      |        ^^^^^^^^^^^^ year-month-day is needed here
      |
      = help: write it without quotes: date = 2023-09-30

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "2023-09-30", "30.09.2023"), @r"
    error[bad-date]: `date` is no date: it is written another way
     --> issues/2023-q3/en.toml:5:8
      |
    5 | date = 30.09.2023
      |        ^^^^^^^^^^ year-month-day is needed here
      |
      = help: write it without quotes: date = 2023-09-30

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_block("kind = \"events\"\nitems = [{ title = \"A workshop\", date = 2023-9-3 }]"), @r#"
    error[bad-date]: `date` is no date: expected a two-digit month (MM)
     --> issues/2023-q3/en.toml:9:41
      |
    9 | items = [{ title = "A workshop", date = 2023-9-3 }]
      |                                         ^^^^^^^^ year-month-day is needed here
      |
      = help: write it without quotes: date = 2023-09-30

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said_of_block("kind = \"article\"\ntitle = \"x\"\ndate = 2023-08-04\nuntil = 2023-08-02"), @r"
    error[bad-value]: `until` lies before `date`
      --> issues/2023-q3/en.toml:11:1
       |
    11 | until = 2023-08-02
       | ^^^^^
       |
       = help: `date` is the first day, `until` the last

    1 error: 3 subscribers, issue 2023-q3
    ");
}

#[test]
fn a_bad_address_says_which_part_is_wrong() {
    assert_snapshot!(said("subscribers.toml", "ana@example.org", "Ana Silva <ana@example.org>"), @r#"
    error[bad-address]: `Ana Silva <ana@example.org>` is not a mail address: the address holds a space (U+0020), which no address may hold
     --> subscribers.toml:2:9
      |
    2 | email = "Ana Silva <ana@example.org>"
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it as name@example.org

    1 error: 2 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("newsletter.toml", "secretariat@example.org", "secretariat@localhost"), @r#"
    error[bad-address]: `secretariat@localhost` is not a mail address: the domain after the @ has no dot
     --> newsletter.toml:8:12
      |
    8 | reply_to = "secretariat@localhost"
      |            ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it as name@example.org

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn a_picture_needs_words_and_a_file() {
    assert_snapshot!(said_of_block("kind = \"picture\"\nfile = \"pictures/river.jpg\""), @r#"
    error[missing-alt]: the picture has no alternative text
     --> issues/2023-q3/en.toml:9:8
      |
    9 | file = "pictures/river.jpg"
      |        ^^^^^^^^^^^^^^^^^^^^ people who do not see it learn nothing
      |
      = help: add alt = "what is to be seen"; or decorative = true if the picture says nothing

    error[missing-picture]: there is no picture `pictures/river.jpg` in the issue's folder
     --> issues/2023-q3/en.toml:9:8
      |
    9 | file = "pictures/river.jpg"
      |        ^^^^^^^^^^^^^^^^^^^^
      |
      = help: put the file there, or write the name of one that is; upper and lower case count

    2 errors: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said_of_block("kind = \"picture\"\nfile = \"en.tml\"\nalt = \"A river\""), @r#"
    error[missing-picture]: there is no picture `en.tml` in the issue's folder
     --> issues/2023-q3/en.toml:9:8
      |
    9 | file = "en.tml"
      |        ^^^^^^^^ did you mean `en.toml`?
      |
      = help: put the file there, or write the name of one that is; upper and lower case count

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said_of_block("kind = \"picture\"\nfile = \"/etc/passwd\"\nalt = \"A river\""), @r#"
    error[path-outside]: `/etc/passwd` names no file in the issue's folder
     --> issues/2023-q3/en.toml:9:8
      |
    9 | file = "/etc/passwd"
      |        ^^^^^^^^^^^^^
      |
      = help: put the file in the issue's folder and write its path from there, such as pictures/lead.jpg

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn an_unknown_word_shows_the_known_ones() {
    assert_snapshot!(said("subscribers.toml", "language = \"bn\"", "language = \"bm\""), @r#"
    error[unknown-language]: there is no language `bm`
      --> subscribers.toml:10:12
       |
    10 | language = "bm"
       |            ^^^^ did you mean `bn`?
       |
       = help: known: en, bn; a new one is added to `languages` in newsletter.toml

    1 error: 2 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("newsletter.toml", "\"bn\"", "\"tlh\""), @r#"
    error[unknown-language]: there is no language `tlh`
     --> newsletter.toml:2:20
      |
    2 | languages = ["en", "tlh"]
      |                    ^^^^^
      |
      = help: known: en, bn, ar, es, fr, ru, zh (those Postrider has words for)

    error[unknown-language]: there is no language `bn`
      --> subscribers.toml:10:12
       |
    10 | language = "bn"
       |            ^^^^ did you mean `en`?
       |
       = help: known: en; a new one is added to `languages` in newsletter.toml

    2 errors: 2 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "\"donors\"", "\"donor\""), @r#"
    error[unknown-group]: there is no group `donor`
      --> subscribers.toml:11:11
       |
    11 | groups = ["donor"]
       |           ^^^^^^^ did you mean `donors`?
       |
       = help: known: members, donors; a new one is added to `groups` in newsletter.toml

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "\"lead\"", "\"leed\""), @r#"
    error[unknown-kind]: there is no kind of block `leed`
     --> issues/2023-q3/en.toml:8:8
      |
    8 | kind = "leed"
      |        ^^^^^^ did you mean `lead`?
      |
      = help: known: lead, article, pair, quote, list, figures, events, picture, button, divider, contents, notice, about, contact

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn an_edition_in_an_undeclared_language_is_a_mistake() {
    let workspace = Workspace::new();
    workspace.write("issues/2023-q3/ar.toml", "");
    assert_snapshot!(check(&workspace, &[]).stdout, @r"
    error[unknown-language]: there is no language `ar`
    --> issues/2023-q3/ar.toml
     = help: known: en, bn; a new one is added to `languages` in newsletter.toml

    1 error: 3 subscribers, issue 2023-q3
    ");
}

#[test]
fn a_value_of_the_wrong_kind_shows_the_right_one() {
    assert_snapshot!(said(EDITION_FILE, "\"The title\"", "2023"), @r#"
    error[wrong-type]: `title` must be a text in quotes, and this is a whole number
     --> issues/2023-q3/en.toml:3:9
      |
    3 | title = 2023
      |         ^^^^ a text in quotes is needed here
      |
      = help: write it as: title = "…"

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "[\"members\"]", "\"members\""), @r#"
    error[wrong-type]: `groups` must be a list of texts, and this is a text
     --> subscribers.toml:5:10
      |
    5 | groups = "members"
      |          ^^^^^^^^^ a list of texts is needed here
      |
      = help: write it as: groups = ["…", "…"]

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "\"The preheader\"", "\" \""), @r#"
    error[empty]: `preheader` is empty
     --> issues/2023-q3/en.toml:2:13
      |
    2 | preheader = " "
      |             ^^^
      |
      = help: write the text, or take the key out if it is not needed

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn what_is_missing_is_shown_as_a_line_to_add() {
    assert_snapshot!(said(EDITION_FILE, "title = \"The lead\"\n", ""), @r#"
    error[missing-key]: a lead block needs `title`
     --> issues/2023-q3/en.toml:7:1
      |
    7 | [[block]]
      | ^^^^^^^^^
      |
      = help: add a line such as: title = "…"

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("newsletter.toml", "unsubscribe = \"unsubscribe@list.example.org\"\n", ""), @r#"
    error[missing-key]: [list] needs `unsubscribe`
      --> newsletter.toml:10:1
       |
    10 | [list]
       | ^^^^^^
       |
       = help: add a line such as: unsubscribe = "unsubscribe@example.org"

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "email = \"ana@example.org\"\n", ""), @r#"
    error[missing-key]: a subscriber needs `email`
     --> subscribers.toml:1:1
      |
    1 | [[subscriber]]
      | ^^^^^^^^^^^^^^
      |
      = help: add a line such as: email = "name@example.org"

    1 error: 2 subscribers, issue 2023-q3
    "#);
    let workspace = Workspace::new();
    workspace.write(EDITION_FILE, "subject = \"x\"\ntitle = \"x\"\ndate = 2023-09-30\n");
    workspace.write("subscribers.toml", "");
    assert_snapshot!(check(&workspace, &[]).stdout, @r#"
    error[missing-key]: an edition needs blocks, and has none
    --> issues/2023-q3/en.toml
     = help: begin one with a line [[block]], and write kind = "lead" and title = "…" below it

    warning[empty-list]: nobody is on the list
    --> subscribers.toml
     = help: begin an entry with a line [[subscriber]], and write email = "name@example.org" below it

    1 error and 1 warning: 0 subscribers, issue 2023-q3
    "#);
}

#[test]
fn html_and_pictures_in_a_text_are_refused() {
    assert_snapshot!(said_of_body("<script>alert(1)</script>"), @r"
    error[raw-html]: HTML is not taken in texts
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, <script>alert(1)</script>, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^ this is HTML
       |
       = help: use Markdown: *emphasis*, **strong**, [text](https://…); for a plain < write \<

    error[raw-html]: HTML is not taken in texts
      --> issues/2023-q3/en.toml:11:52
       |
    11 | Dear {{ first_name | colleague }}, <script>alert(1)</script>, with a [lead](https://example.org/lead).
       |                                                    ^^^^^^^^^ this is HTML
       |
       = help: use Markdown: *emphasis*, **strong**, [text](https://…); for a plain < write \<

    2 errors: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("\n\n<div>\nblock\n</div>\n\n"), @r"
    error[raw-html]: HTML is not taken in texts
      --> issues/2023-q3/en.toml:13:1
       |
    13 | <div>
       | ^^^^^ this is HTML
       |
       = help: use Markdown: *emphasis*, **strong**, [text](https://…); for a plain < write \<

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("![A river](river.jpg)"), @r#"
    error[markdown-picture]: pictures do not stand inside a text
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, ![A river](river.jpg), with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: use a block of kind "picture", or the article's picture = { file = "…", alt = "…" }

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn only_whole_links_of_three_schemes_pass() {
    assert_snapshot!(said_of_body("[x](javascript:alert(1))"), @r"
    error[bad-link]: `javascript:alert(1)` cannot be linked: only https:, http: and mailto: may be linked
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, [x](javascript:alert(1)), with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the whole address: https://…, http://… or mailto:…

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("[x](reports/2023.pdf)"), @r"
    error[bad-link]: `reports/2023.pdf` cannot be linked: a reader's mail has no place from which a relative address could start
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, [x](reports/2023.pdf), with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the whole address: https://…, http://… or mailto:…

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_block("kind = \"button\"\ntext = \"Go\"\nurl = \"data:text/html,<script>\""), @r#"
    error[bad-link]: `data:text/html,<script>` cannot be linked: only https:, http: and mailto: may be linked
      --> issues/2023-q3/en.toml:10:7
       |
    10 | url = "data:text/html,<script>"
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the whole address: https://…, http://… or mailto:…

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn no_spelling_of_another_scheme_passes() {
    for link in [
        "JavaScript:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "<java\\tscript:alert(1)>",
        "<java&Tab;script:alert(1)>",
        "<java\\nscript:alert(1)>",
        "<\\u0001javascript:alert(1)>",
        "< javascript:alert(1)>",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
        "//example.org/x",
        "/x",
        "?x",
        "#x",
        "example.org",
        "https:",
        "https://",
        "https://user:password@example.org/",
        "https://exa mple.org/",
        "mailto:",
        "mailto:nobody",
        "https://example.org/{{name}}",
    ] {
        let workspace = Workspace::new();
        replace(&workspace, EDITION_FILE, "https://example.org/lead", link);
        // What Markdown takes for no link at all stays plain text, and links nowhere.
        let is_text = !link.starts_with('<') && link.contains(' ') || link.contains("\\n");
        let found = found(&workspace);
        assert!(
            if is_text { found.is_empty() } else { found.iter().any(|line| line.ends_with(" bad-link")) },
            "{link}: {found:?}"
        );
        let url = link.trim_start_matches('<').trim_end_matches('>');
        let workspace = Workspace::new();
        replace(
            &workspace,
            EDITION_FILE,
            "kind = \"lead\"",
            &format!("kind = \"button\"\ntext = \"x\"\nurl = \"{url}\"\n\n[[block]]\nkind = \"lead\""),
        );
        let found = super::found(&workspace);
        assert!(found.len() == 1 && found[0].starts_with("issues/2023-q3/en.toml:10:"), "{url}: {found:?}");
    }
}

#[test]
fn a_merge_field_must_be_closed_known_and_filled_for_everyone() {
    assert_snapshot!(said_of_body("{{ first_name"), @r"
    error[merge-field]: this merge field is not closed by }} on its line
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, {{ first_name, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write it as {{ first_name }} or {{ first_name | colleague }}

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("{{ First Name }}"), @r"
    error[merge-field]: the name of an attribute has lower-case letters, digits and underscores only
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, {{ First Name }}, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^
       |
       = help: write it as {{ first_name }} or {{ first_name | colleague }}

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("{{ frist_name }}"), @r"
    error[unknown-field]: nobody on the list has `frist_name`
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, {{ frist_name }}, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^ did you mean `first_name`?
       |
       = help: the list knows: email, first_name, language, name

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said_of_body("{{ frist_name | friend }}"), @r"
    warning[unknown-field]: nobody on the list has `frist_name`
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, {{ frist_name | friend }}, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `first_name`?
       |
       = help: the list knows: email, first_name, language, name

    1 warning: 3 subscribers, issue 2023-q3; client support: en 91.9 %
    ");
    assert_snapshot!(said_of_body("{{ first_name }}"), @r"
    error[unfilled-field]: 2 subscribers have no `first_name`, and this field has no fallback
      --> issues/2023-q3/en.toml:11:36
       |
    11 | Dear {{ first_name | colleague }}, {{ first_name }}, with a [lead](https://example.org/lead).
       |                                    ^^^^^^^^^^^^^^^^
       |
       = help: write what stands there for them: {{ first_name | … }}

    1 error: 3 subscribers, issue 2023-q3
    ");
}

#[test]
fn secrets_stay_out_of_the_file_and_off_the_wire() {
    let relay =
        |lines: &str| said("newsletter.toml", "[list]", &format!("[relay]\nhost = \"smtp.example.org\"\n{lines}\n\n[list]"));
    assert_snapshot!(relay("tls = \"starttls\"\nuser = \"me\"\npassword = \"hunter2\""), @r#"
    error[bad-value]: a password does not belong in this file
      --> newsletter.toml:14:1
       |
    14 | password = *********
       | ^^^^^^^^
       |
       = help: take it out, change it if the file was shared, and name where it is kept: password_env = "SMTP_PASSWORD" or password_file = "/etc/postrider/password"

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(relay("tls = \"none\""), @r#"
    error[bad-value]: mail and password would travel readable for everyone
      --> newsletter.toml:12:7
       |
    12 | tls = "none"
       |       ^^^^^^
       |
       = help: write tls = "starttls" or tls = "implicit"; only a relay on this machine itself may go without

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(relay("tls = \"tls\""), @r#"
    error[bad-value]: there is no kind of TLS `tls`
      --> newsletter.toml:12:7
       |
    12 | tls = "tls"
       |       ^^^^^
       |
       = help: known: implicit, starttls, none

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(relay("tls = \"implicit\"\nuser = \"me\""), @r#"
    error[bad-value]: a user without a place for the password
      --> newsletter.toml:13:8
       |
    13 | user = "me"
       |        ^^^^
       |
       = help: add password_env = "SMTP_PASSWORD" (an environment variable) or password_file = "…"

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn a_relay_without_tls_may_stand_on_this_machine() {
    for host in ["127.0.0.1", "::1", "[::1]", "localhost", "LOCALHOST"] {
        let workspace = Workspace::new();
        workspace.append("newsletter.toml", &format!("\n[relay]\nhost = \"{host}\"\ntls = \"none\"\n"));
        assert_eq!(found(&workspace), [""; 0], "{host}");
    }
    for host in ["127.0.0.1.example.org", "localhost.example.org", "0.0.0.0", "2130706433", "10.0.0.1"] {
        let workspace = Workspace::new();
        workspace.append("newsletter.toml", &format!("\n[relay]\nhost = \"{host}\"\ntls = \"none\"\n"));
        assert_eq!(found(&workspace), ["newsletter.toml:16:7 bad-value"], "{host}");
    }
}

#[test]
fn a_slip_of_syntax_is_shown_where_it_is() {
    assert_snapshot!(said(EDITION_FILE, "\"The title\"", "\"The title"), @r#"
    error[syntax]: this is not TOML: invalid basic string, expected `"`
     --> issues/2023-q3/en.toml:3:19
      |
    3 | title = "The title
      |                   ^
      |
      = help: texts stand in straight double quotes, longer ones between three of them, and each key = value has its own line

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "\"The title\"", "“The title”"), @r"
    error[syntax]: this is not TOML: string values must be quoted, expected literal string
     --> issues/2023-q3/en.toml:3:9
      |
    3 | title = “The title”
      |         ^^^^^^^^^^^
      |
      = help: texts stand in straight double quotes, longer ones between three of them, and each key = value has its own line

    1 error: 3 subscribers, issue 2023-q3
    ");
    assert_snapshot!(said(EDITION_FILE, "title = \"The title\"", "title = \"The title\"\ntitle = \"Again\""), @r#"
    error[syntax]: this is not TOML: duplicate key
     --> issues/2023-q3/en.toml:4:1
      |
    4 | title = "Again"
      | ^^^^^
      |
      = help: a key stands once in its table: take one of the two out

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said(EDITION_FILE, "\"The title\"", "\"C:\\pictures\""), @r#"
    error[syntax]: this is not TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
     --> issues/2023-q3/en.toml:3:13
      |
    3 | title = "C:\pictures"
      |             ^
      |
      = help: write a backslash twice, as in "C:\\pictures"

    1 error: 3 subscribers, issue 2023-q3
    "#);
}

#[test]
fn a_control_character_is_named_and_made_harmless() {
    assert_snapshot!(said(EDITION_FILE, "The subject", "Hello\\r\\nBcc: victim@example.org"), @r#"
    error[control-character]: `subject` holds a carriage return (U+000D)
     --> issues/2023-q3/en.toml:1:17
      |
    1 | subject = "Hello\r\nBcc: victim@example.org for {{ first_name | colleague }}"
      |                 ^^ not allowed here
      |
      = help: write the text on one line, without escapes such as \n, \r, \t or \u0000

    1 error: 3 subscribers, issue 2023-q3
    "#);
    assert_snapshot!(said("subscribers.toml", "Ana Silva", "Ana\u{1b}[2J\u{0}Silva"), @r#"
    error[control-character]: `name` holds a control character (U+001B)
     --> subscribers.toml:3:12
      |
    3 | name = "Ana␛[2J␀Silva"
      |            ^ not allowed here
      |
      = help: write the text on one line, without escapes such as \n, \r, \t or \u0000

    1 error: 3 subscribers, issue 2023-q3
    "#);
}
