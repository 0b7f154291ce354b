//! As whom a mail is read: the awkward ones are offered first, and everyone is found.

use std::fmt::Write;

use super::served::Served;
use crate::workspace::{EDITION, NEWSLETTER, SUBSCRIBERS, Workspace};

const EN: &str = "issues/2023-q3/en.toml";

/// What is offered as awkward, person by person.
fn awkward(page: &str) -> Vec<&str> {
    let (_, rest) = page.split_once("<ul class=\"awkward\">").unwrap_or_else(|| panic!("nobody is awkward: {page}"));
    let (list, _) = rest.split_once("</ul>").expect("a list ends");
    list.split("</li>").filter(|person| person.contains("<a ")).collect()
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("newsletter.toml", NEWSLETTER.replace("\"bn\"]", "\"bn\", \"ar\"]"));
    let others = "\n[[block]]\nkind = \"notice\"\nonly = [\"members\"]\nbody = \"For members\"\n\
                  \n[[block]]\nkind = \"notice\"\nonly = [\"members\", \"donors\"]\nbody = \"For both\"\n";
    workspace.write(EN, format!("{EDITION}{others}"));
    workspace
}

#[test]
fn the_awkward_ones_come_first_each_with_its_reasons_and_nobody_twice() {
    let workspace = workspace();
    let plain: String = (0..20).fold(String::new(), |mut list, number| {
        write!(list, "[[subscriber]]\nemail = \"p{number}@example.org\"\nname = \"Person {number}\"\nfirst_name = \"P\"\n")
            .unwrap();
        list
    });
    let long = "A Very Long Name, of the Permanent Secretariat for Everything under the Sun";
    let awkwards = format!(
        "[[subscriber]]\nemail = \"long@example.org\"\nname = \"{long}\"\n\
         [[subscriber]]\nemail = \"élodie@example.org\"\nname = \"Élodie\"\n\
         [[subscriber]]\nemail = \"bakr@example.org\"\nname = \"أبو بكر\"\nlanguage = \"ar\"\ngroups = [\"members\", \"donors\"]\n"
    );
    workspace.write("subscribers.toml", format!("{plain}{SUBSCRIBERS}{awkwards}"));
    let desk = Served::desk(workspace.root());
    let page = desk.get("/").text();
    let expected = [
        ("long@example.org", "The longest name"),
        ("nameless+news@example.com", "No name"),
        (
            "rina@বাংলা.example",
            "A name in Bengali script; letters beyond ASCII after the @; no edition in বাংলা: gets English; in donors",
        ),
        ("bakr@example.org", "A name in Arabic script; a name from right to left; no edition in العربية: gets English"),
        ("élodie@example.org", "Letters beyond ASCII before the @"),
        ("p0@example.org", "In none of the groups that blocks are for"),
        ("ana@example.org", "In members"),
    ];
    let found = awkward(&page);
    for (person, (address, reasons)) in found.iter().zip(expected) {
        assert!(person.contains(&format!("<bdi>{address}</bdi>")), "{address}: {person}");
        assert!(person.contains(&format!("<span class=\"reason\">{reasons}</span>")), "{reasons}: {person}");
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (address, _) in expected {
        assert_eq!(page.matches(&format!("<bdi>{address}</bdi>")).count(), 1, "{address}: {page}");
    }
    assert!(page.find("class=\"awkward\"") < page.find("<bdi>p1@example.org</bdi>"), "{page}");
    assert!(page.contains("26 people"), "{page}");
}

#[test]
fn a_list_without_groups_that_matter_has_no_combinations() {
    let workspace = Workspace::new();
    let page = Served::desk(workspace.root()).get("/").text();
    let found = awkward(&page).concat();
    assert!(found.contains("The longest name") || found.contains("No name"), "{found}");
    assert!(!found.contains("members") && !found.contains("none of the groups"), "{found}");
}

#[test]
fn hostile_names_stay_names_in_the_list() {
    let workspace = workspace();
    let evil = "<script>alert(1)</script>\\\" onload=\\\"alert(1)";
    workspace.append("subscribers.toml", &format!("[[subscriber]]\nemail = \"evil@example.org\"\nname = \"{evil}\"\n"));
    let desk = Served::desk(workspace.root());
    for path in ["/", "/people", "/people?search=script", "/people?reader=%3Cscript%3E&search=%22%3E%3Cscript%3E"] {
        let page = desk.get(path).text();
        assert!(page.contains("alert(1)") || path.contains("reader="), "{page}");
        assert!(!page.contains("<script>") && !page.contains("\" onload"), "{page}");
    }
}

#[test]
fn anybody_among_a_hundred_thousand_is_found_without_a_mail_being_composed() {
    let workspace = Workspace::new();
    let mut list = SUBSCRIBERS.to_owned();
    for number in 0..100_000 {
        write!(list, "[[subscriber]]\nemail = \"reader{number}@example.org\"\nname = \"Zoë Müller {number}\"\n").unwrap();
    }
    workspace.write("subscribers.toml", list);
    let desk = Served::desk(workspace.root());
    let found = |words: &str| desk.get(&format!("/people?search={words}")).text();
    let one = found("ZOE+77777");
    assert!(one.contains("<bdi>reader77777@example.org</bdi>") && one.contains("1 person found"), "{one}");
    assert!(!one.contains("<html") && !one.contains("<iframe"), "the list alone: {one}");
    let many = found("zoe+muller");
    assert!(many.contains("50 of 100\u{202F}000 people found: type to find the others"), "{many}");
    assert_eq!(many.matches("class=\"name\"").count(), 51, "and anyone: {many}");
    assert!(found("zoe+silva").contains("0 people found"));
    assert!(found("ana+example.org").contains("1 person found"));
    let page = desk.get("/?search=ZOE+77777").text();
    assert!(page.contains("<iframe") && page.contains("1 person found"), "without a script, the same: {page}");
}
