//! What must be so before a send: drafts, approvals, digests, counts; and that nobody gets an issue twice.

use std::collections::BTreeMap;

use crate::relay::Relay;
use crate::workspace::{EDITION, Ran, SUBSCRIBERS, Workspace};

const REQUIRED: &str = "approval = \"required\"";

fn project(more: &str) -> (Workspace, Relay) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, more);
    (workspace, relay)
}

fn send(workspace: &Workspace) -> Ran {
    let people = workspace.run(&["send", "--dry-run", "--json"]).last_json()["planned"].to_string();
    workspace.run(&["send", "--expect-recipients", &people])
}

fn digest(workspace: &Workspace) -> String {
    workspace.run(&["send", "--dry-run", "--json"]).last_json()["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn a_draft_is_shown_and_rehearsed_and_never_sent() {
    let (workspace, relay) = project("");
    workspace.write("issues/2023-q3/en.toml", format!("draft = true\n{EDITION}"));
    let planned = workspace.run(&["send", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{planned:?}");
    assert!(planned.stdout.contains("Draft        en: a draft is not sent"), "{planned:?}");
    for command in [&["send", "--expect-recipients", "3"][..], &["approve", "--name", "Mina"]] {
        let refused = workspace.run(command);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("issues/2023-q3/en.toml:1:1"), "{refused:?}");
        assert!(refused.stderr.contains("the edition \"en\" is a draft"), "{refused:?}");
        assert!(refused.stderr.contains("a draft is not sent; nothing was sent"), "{refused:?}");
    }
    assert_eq!(relay.taken().len(), 0);
    workspace.write("issues/2023-q3/en.toml", format!("draft = false\n{EDITION}"));
    assert_eq!(send(&workspace).code, Some(0));
}

#[test]
fn where_approval_is_asked_for_nothing_goes_out_without_one_that_matches() {
    let (workspace, relay) = project(REQUIRED);
    let refused = send(&workspace);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("this needs the approval of a second person (not yet, and newsletter.toml asks for it"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("`postrider approve 2023-q3`"), "{refused:?}");

    let unnamed = workspace.run(&["approve"]);
    assert_eq!(unnamed.code, Some(2), "{unnamed:?}");
    for name in ["", " ", "a\nb", "\u{1b}[2J"] {
        assert_eq!(workspace.run(&["approve", "--name", name]).code, Some(2), "{name:?}");
    }
    assert!(workspace.run(&["send", "--dry-run"]).stdout.contains("Approved     not yet"));
    let approved = workspace.run(&["approve", "2023-q3", "--name", "Mina Akter"]);
    assert_eq!(approved.code, Some(0), "{approved:?}");
    let asked = workspace.in_a_terminal("approve", "Rafiq\n");
    assert!(asked.stdout.contains("To approve exactly this, type your name: ") && asked.code == Some(0), "{asked:?}");
    assert_eq!(workspace.run(&["send", "--dry-run", "--json"]).last_json()["approved_by"], "Rafiq");
    let approved = workspace.run(&["approve", "2023-q3", "--name", "Mina Akter"]);
    let short = &digest(&workspace)[..16];
    let words = format!("Approved by Mina Akter: 2023-q3 as it is now ({short}), for 3 people.");
    assert!(approved.stdout.contains(&words), "{approved:?}");

    for (file, changed, words) in [
        (
            "issues/2023-q3/en.toml",
            EDITION.replace("The subject", "A subject"),
            "but since then the HTML and the header Subject of the edition \"en\" changed",
        ),
        (
            "issues/2023-q3/en.toml",
            EDITION.replace("The lead", "A lead"),
            "but since then the HTML and the plain text of the edition \"en\" changed",
        ),
        (
            "subscribers.toml",
            SUBSCRIBERS.to_owned() + "[[subscriber]]\nemail = \"late@example.org\"\n",
            "but since then the number of recipients (it was for 3, now there are 4) changed",
        ),
    ] {
        let before = std::fs::read_to_string(workspace.path(file)).expect("a text");
        workspace.write(file, changed);
        let refused = send(&workspace);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(words), "{refused:?}");
        workspace.write(file, before);
    }
    assert_eq!(relay.taken().len(), 0);
    // Somebody who leaves the list does not make an approval stale.
    let fewer = SUBSCRIBERS.split("\n[[subscriber]]").collect::<Vec<_>>();
    workspace.write("subscribers.toml", fewer[..2].join("\n[[subscriber]]"));
    let sent = send(&workspace);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert!(sent.stdout.contains("Approved     by Mina Akter, 20"), "{sent:?}");
    assert_eq!(relay.taken().len(), 2);
}

#[test]
fn a_word_that_is_no_kind_of_approval_is_a_mistake() {
    let (workspace, _relay) = project("approval = \"require\"");
    let checked = workspace.run(&["check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.stdout.contains("did you mean `required`?"), "{checked:?}");
}

#[test]
fn a_script_can_expect_a_digest_and_gets_nothing_else() {
    let (workspace, relay) = project("");
    let digest = digest(&workspace);
    assert_eq!(digest.len(), 64);
    workspace.write("issues/2023-q3/en.toml", EDITION.replace("The lead", "Another lead"));
    let changed = workspace.run(&["send", "--expect-recipients", "3", "--expect-digest", &digest]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(changed.stderr.contains(&format!("not {digest}; nothing was sent")), "{changed:?}");
    workspace.write("issues/2023-q3/en.toml", EDITION);
    let few = workspace.run(&["send", "--expect-recipients", "3", "--expect-digest", &digest[..11]]);
    assert_eq!(few.code, Some(2), "{few:?}");
    assert_eq!(workspace.run(&["approve", "--name", "Mina", "--expect-digest", "000000000000"]).code, Some(1));
    assert_eq!(relay.taken().len(), 0);
    let sent = workspace.run(&["send", "--expect-recipients", "3", "--expect-digest", &digest[..12].to_uppercase()]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
}

#[test]
fn a_count_far_from_the_last_issues_is_told_and_asked_about_once_more() {
    let (workspace, relay) = project("");
    assert_eq!(send(&workspace).code, Some(0));
    workspace.write("issues/2023-q4/en.toml", EDITION.replace("2023-09-30", "2023-12-31"));
    let planned = workspace.run(&["send", "2023-q4", "--dry-run"]);
    assert!(!planned.stdout.contains("the last issue"), "{planned:?}");
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\n");
    let planned = workspace.run(&["send", "2023-q4", "--dry-run"]);
    assert!(planned.stdout.contains("2023-q3, the last issue, had 3 people; this one has 1 more."), "{planned:?}");
    for answer in ["Test Quarterly 4\n\n", "Test Quarterly 4\ny\n", "Test Quarterly 4\n3\n"] {
        let asked = workspace.in_a_terminal("send 2023-q4", answer);
        assert_eq!(asked.code, Some(1), "{asked:?}");
        assert!(asked.stdout.contains("type the number of recipients (4): "), "{asked:?}");
    }
    assert_eq!(relay.taken().len(), 3);
    let asked = workspace.in_a_terminal("send 2023-q4", "Test Quarterly 4\n4\n");
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert_eq!(relay.taken().len(), 7);
}

#[test]
fn nobody_gets_an_issue_twice_whatever_the_edition_or_the_spelling() {
    let (workspace, relay) = project("");
    workspace.write("issues/2023-q3/bn.toml", EDITION.replace("The title", "শিরোনাম"));
    assert_eq!(send(&workspace).code, Some(0));
    assert_eq!(relay.taken().len(), 3);
    let respelt = SUBSCRIBERS
        .replace("ana@example.org", "ANA@EXAMPLE.ORG")
        .replace("first_name = \"Ana\"", "first_name = \"Ana\"\nlanguage = \"bn\"")
        .replace("rina@বাংলা.example", "Rina@XN--54B7FTA0CC.example")
        .replace("nameless+news@example.com", "Nameless+News@example.com");
    workspace.write("subscribers.toml", respelt);
    let again = send(&workspace);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(relay.taken().len(), 3, "nobody got a second copy");
    let mut receipts: BTreeMap<String, usize> = BTreeMap::new();
    for (recipient, _) in relay.taken() {
        *receipts.entry(recipient.to_lowercase()).or_default() += 1;
    }
    assert!(receipts.values().all(|count| *count == 1), "{receipts:?}");
    // The same mailbox twice in the list is a mistake before anything is sent.
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"ana@example.org\"\n");
    assert_eq!(workspace.run(&["send", "--dry-run"]).code, Some(1));
}

#[test]
fn what_changed_after_the_first_readers_is_named() {
    let (workspace, relay) = project("");
    assert_eq!(send(&workspace).code, Some(0));
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\n");
    workspace.write("issues/2023-q3/en.toml", EDITION.replace("2023-09-30", "2023-09-29"));
    let planned = workspace.run(&["send", "--dry-run"]);
    assert!(planned.stdout.contains("Changed      the header Date of the edition \"en\" since the first readers"), "{planned:?}");
    let refused = send(&workspace);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("the header Date of the edition \"en\" changed since this issue went out"), "{refused:?}");
    workspace.write("issues/2023-q3/en.toml", EDITION);
    let newsletter = std::fs::read_to_string(workspace.path("newsletter.toml")).expect("a text");
    workspace.write("newsletter.toml", newsletter.replace("127.0.0.1", "localhost"));
    let refused = send(&workspace);
    assert!(refused.stderr.contains("the relay (it was 127.0.0.1, now it is localhost)"), "{refused:?}");
    assert_eq!(relay.taken().len(), 3);
    let sent = workspace.run(&["send", "--expect-recipients", "4", "--new-relay"]);
    assert_eq!((sent.code, relay.taken().len()), (Some(0), 4), "{sent:?}");
}

#[test]
fn a_picture_that_changed_is_named_and_not_taken_for_new_words() {
    let (workspace, _relay) = project(REQUIRED);
    let picture = |grey: u8| {
        let image = image::RgbImage::from_fn(300, 200, |x, y| image::Rgb([grey, u8::try_from(x * y % 251).expect("small"), 90]));
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        png.into_inner()
    };
    workspace.write("issues/2023-q3/pictures/river.png", picture(10));
    workspace
        .append("issues/2023-q3/en.toml", "\n[[block]]\nkind = \"picture\"\nfile = \"pictures/river.png\"\nalt = \"A river\"\n");
    assert_eq!(workspace.run(&["approve", "--name", "Mina"]).code, Some(0));
    workspace.write("issues/2023-q3/pictures/river.png", picture(200));
    let refused = send(&workspace);
    let words = "but since then the picture river.";
    assert!(refused.stderr.contains(words) && !refused.stderr.contains("HTML"), "{refused:?}");
}
