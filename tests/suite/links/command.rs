//! `postrider check --links` as a person or a script uses it.

use std::net::TcpListener;

use super::{EDITION_FILE, edition_with, targets};
use crate::workspace::{EDITION, Workspace};

/// A server of this machine that nobody may contact: whoever connects is noticed.
fn forbidden() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn a_link_to_this_machine_is_shown_in_its_line_and_never_contacted() {
    let (listener, port) = forbidden();
    let workspace = edition_with(&[&format!("http://127.0.0.1:{port}/admin"), &format!("http://localhost:{port}/")]);
    let ran = workspace.run(&["check", "--links"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let expected = format!(
        "error[private-link]: http://127.0.0.1:{port}/admin leads to 127.0.0.1, a loopback address: readers cannot get there
  --> issues/2023-q3/en.toml:12:1
   |
12 | [Read](http://127.0.0.1:{port}/admin)
"
    );
    assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
    let help = " = help: link to the page's public address, or take the link out; it was not contacted\n";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("http://localhost:{port}/ leads to ")), "{}", ran.stdout);
    assert!(ran.stdout.contains(": 3 subscribers, issue 2023-q3, 2 web addresses"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("[local-link]"), "told twice: {}", ran.stdout);
    assert!(listener.accept().is_err(), "this machine was contacted");
}

#[test]
fn findings_about_links_stand_among_the_others_also_as_json() {
    let (listener, port) = forbidden();
    let url = format!("http://127.0.0.1:{port}/");
    let workspace = Workspace::new();
    workspace.write(
        EDITION_FILE,
        EDITION.replace("https://example.org/lead", &url).replace("preheader =", "preheadder =")
            + &format!("\n[[block]]\nkind = \"button\"\ntext = \"Open\"\nurl = \"{url}\"\n"),
    );
    let ran = workspace.run(&["check", "--links", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran:?}");
    let findings: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_meant = |finding: &&serde_json::Value| finding["rule"] == "unknown-key" || finding["rule"] == "private-link";
    let found: Vec<_> = findings
        .iter()
        .filter(is_meant)
        .map(|finding| format!("{} {}:{}", finding["rule"], finding["line"], finding["column"]))
        .collect();
    assert_eq!(found, ["\"unknown-key\" 2:1", "\"private-link\" 11:63", "\"private-link\" 17:7"]);
    assert!(listener.accept().is_err(), "this machine was contacted");
}

#[test]
fn without_the_option_no_link_is_asked_for() {
    let (listener, port) = forbidden();
    let workspace = edition_with(&[&format!("http://127.0.0.1:{port}/")]);
    let ran = workspace.run(&["check"]);
    assert!(!ran.stdout.contains("private-link") && !ran.stdout.contains("web address"), "{ran:?}");
    assert!(listener.accept().is_err(), "this machine was contacted");
}

#[test]
fn the_sample_whose_links_are_examples_gets_one_warning() {
    let ran = Workspace::sample().run(&["check", "--links", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let about_links: Vec<_> = ran.stdout.lines().filter(|line| line.contains("unchecked-link")).collect();
    assert_eq!(about_links.len(), 1, "{ran:?}");
    assert!(about_links[0].contains("links lead to names that are reserved for examples (example.org), and were not asked for"));
}

#[test]
fn every_link_of_every_edition_is_collected_with_its_place_and_no_letter_to_a_mailbox() {
    let workspace = Workspace::new();
    let head = EDITION.split_once("[[block]]").unwrap().0;
    let blocks = r#"
[[block]]
kind = "lead"
title = "Lead"
body = """
*[Emphasis](https://example.org/emphasis)*, <https://example.org/auto> and [mail](mailto:ana@example.org).

# [Heading](https://example.org/heading)

> - [Quoted](https://example.org/quoted)
"""
links = [{ text = "More", url = "https://example.org/more" }]

[[block]]
kind = "list"
intro = "[Intro](https://example.org/intro)"
items = ["[Item](https://example.org/item)"]

[[block]]
kind = "events"
items = [{ title = "Event", date = 2023-10-01, url = "https://example.org/event" }]

[[block]]
kind = "button"
text = "Button"
url = "https://example.org/button"

[[block]]
kind = "notice"
body = "[Notice](https://example.org/notice)"

[[block]]
kind = "about"
body = "[About](https://example.org/about)"

[[block]]
kind = "pair"
[[block.items]]
title = "One"
body = "[Left](https://example.org/left)"
[[block.items]]
title = "Two"
links = [{ url = "https://example.org/right" }]

[[block]]
kind = "contact"
body = "[Write](https://example.org/write)"
email = "office@example.org"
url = "https://example.org/contact"
"#;
    workspace.write(EDITION_FILE, format!("{head}{blocks}"));
    workspace.write("issues/2023-q3/bn.toml", EDITION.replace("https://example.org/lead", "https://example.org/more#bn"));
    let found: Vec<_> = targets(&workspace)
        .into_iter()
        .map(|target| {
            let places = target.mentions.iter().map(|mention| {
                let (line, column) = mention.place.position().unwrap();
                format!("{}:{line}:{column}", mention.place.source.name.rsplit('/').next().unwrap())
            });
            format!("{} {}", target.url.path(), places.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let expected = [
        "/emphasis en.toml:12:2",
        "/auto en.toml:12:45",
        "/heading en.toml:14:3",
        "/quoted en.toml:16:5",
        "/more en.toml:18:33 bn.toml:11:63",
        "/intro en.toml:22:10",
        "/item en.toml:23:11",
        "/event en.toml:27:54",
        "/button en.toml:32:7",
        "/notice en.toml:36:9",
        "/about en.toml:40:9",
        "/left en.toml:46:9",
        "/right en.toml:49:18",
        "/write en.toml:53:9",
        "/contact en.toml:55:7",
    ];
    assert_eq!(found, expected);
}
