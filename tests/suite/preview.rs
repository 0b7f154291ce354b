//! The pages in the browser, over HTTP: the desk follows the files, the mailbox shows what came, the album is complete; and nothing that
//! a file says becomes a script.

mod closed;
mod office;
mod panel;
mod panes;
mod readers;
mod served;

use std::fs;
use std::path::Path;

use postrider::check::{self, Checked};
use postrider::compose::{PictureCache, Purpose, Reader};
use postrider::files::Project;
use postrider::preview::album::Extent;
use postrider::preview::desk::{self, Settings};
use postrider::preview::mailbox::{Delivered, Mailbox};
use postrider::preview::{Door, album};

use crate::workspace::{EDITION, SUBSCRIBERS, Workspace};
pub(crate) use served::Served;
pub(crate) use served::framed;

const EN: &str = "issues/2023-q3/en.toml";

fn checked(root: &Path) -> Checked {
    let project = Project { root: root.to_owned() };
    check::check(project.load(Some("2023-q3")), &PictureCache::default())
}

#[test]
fn the_desk_shows_the_mail_as_it_is_sent() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let page = desk.get("/").text();
    assert!(page.contains(">The subject for colleague</h1>"), "{page}");
    assert!(page.contains("news@list.example.org"), "{page}");
    let mail = desk.mail("/").text();
    assert!(mail.contains("Dear colleague, this is the"), "{mail}");
    assert_eq!(mail.matches("<!--block ").count(), 1, "its blocks are marked: {mail}");
    assert!(desk.get("/?pane=text").text().contains("Dear colleague, this is the"));
    assert!(desk.get("/?pane=headers").text().contains("List-Unsubscribe"));
    assert!(desk.get("/?pane=parts").text().contains("multipart/alternative"));
    let page = desk.get("/?pane=source").text();
    let source = desk.get(framed(&page, "The message's source"));
    let composer = checked(workspace.root()).composer.expect("a sound project");
    let edition = composer.issue().editions[0].language;
    assert_eq!(source.body, composer.compose(&Reader::Anyone(edition), Purpose::Issue).bytes);
}

#[test]
fn every_response_is_sealed() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    for path in ["/", "/?pane=source", "/preview.css", "/preview.js", "/nothing/here", "/letter/none/html"] {
        let answer = desk.get(path);
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}: {}", answer.head);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let policy = desk.mail("/").header("content-security-policy").to_owned();
    assert!(policy.contains("sandbox") && !policy.contains("allow-scripts") && !policy.contains("script-src"), "{policy}");
    assert_eq!(desk.get("/nothing/here").status, 404);
}

#[test]
fn only_requests_meant_for_this_server_are_answered() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    assert!(desk.address.ip().is_loopback());
    let port = desk.address.port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(desk.ask(&desk.at("/"), &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    let elsewhere = ["evil.example".to_owned(), format!("evil.example:{port}"), "127.0.0.1".to_owned(), "localhost:1".to_owned()];
    for headers in elsewhere.map(|host| format!("Host: {host}\r\n")).iter().map(String::as_str).chain([""]) {
        for path in ["/", "/events", "/preview.css", "/nothing"] {
            let answer = desk.ask(&desk.at(path), headers);
            assert!((400..500).contains(&answer.status), "{path} {headers}: {}", answer.head);
            assert!(!String::from_utf8_lossy(&answer.body).contains("subject"));
        }
    }
}

#[test]
fn a_mistake_is_shown_in_its_file_and_goes_away_when_mended() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let mut events = desk.events();
    workspace.write(EN, EDITION.replace("period =", "perriod ="));
    let page = desk.page_when(&mut events, |page| page.contains("1 mistake to mend"));
    assert!(page.contains("issues/2023-q3/en.toml:4:1"), "{page}");
    assert!(page.contains("<mark>perriod</mark> = &quot;The period&quot;"), "{page}");
    assert!(page.contains("an edition has no key <code>perriod</code>"), "{page}");
    assert!(page.contains("write <code>period</code>, or take the line out"), "{page}");
    assert!(page.contains("<iframe") && page.contains(">The subject for colleague</h1>"), "the last good mail: {page}");
    workspace.write(EN, EDITION);
    let page = desk.page_when(&mut events, |page| !page.contains("mistake to mend"));
    assert!(page.contains("<iframe") && !page.contains("perriod"), "{page}");
}

#[test]
fn mistakes_of_all_files_are_shown_together() {
    let workspace = Workspace::new();
    workspace.append("newsletter.toml", "[colour]\n");
    workspace.append("subscribers.toml", "[[subscriber]]\nemail = \"ANA@example.org\"\n");
    workspace.write(EN, EDITION.replace("date = 2023-09-30", "date = \"soon\""));
    let page = Served::desk(workspace.root()).get("/").text();
    assert!(page.contains("3 mistakes to mend"), "{page}");
    for place in ["newsletter.toml:", "subscribers.toml:", "issues/2023-q3/en.toml:5:"] {
        assert!(page.contains(place), "{place}: {page}");
    }
}

#[test]
fn the_present_version_is_announced_at_once_and_a_new_one_after_a_save() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let mut events = desk.events();
    let first = events.next();
    assert!(desk.get("/").text().contains(&format!("data-version=\"{first}\"")));
    workspace.write(EN, EDITION.replace("The subject", "Another subject"));
    let second = events.next();
    assert_ne!(first, second);
    assert_eq!(desk.events().next(), second, "who connects later learns of it, too");
    desk.page_when(&mut events, |page| page.contains("Another subject"));
}

#[test]
fn every_way_of_saving_is_noticed() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let mut events = desk.events();
    let issue = workspace.path("issues/2023-q3");
    let edition = |subject: &str| EDITION.replace("The subject", subject);

    // As vim and most editors do: written aside, then renamed over the file.
    workspace.write("issues/2023-q3/.en.toml.swp", edition("Renamed"));
    fs::rename(issue.join(".en.toml.swp"), issue.join("en.toml")).expect("a rename");
    desk.page_when(&mut events, |page| page.contains("Renamed"));

    // As others do: the old file is moved away as a backup, and a new one takes its name.
    fs::rename(issue.join("en.toml"), issue.join("en.toml~")).expect("a rename");
    workspace.write(EN, edition("Backed up"));
    desk.page_when(&mut events, |page| page.contains("Backed up"));

    // As a version control system does: the folder goes and comes back.
    fs::rename(&issue, workspace.path("elsewhere")).expect("a rename");
    desk.page_when(&mut events, |page| !page.contains("<iframe"));
    fs::create_dir(&issue).expect("a folder");
    workspace.write(EN, edition("Checked out"));
    desk.page_when(&mut events, |page| page.contains("Checked out"));
    workspace.write(EN, edition("Written after that"));
    desk.page_when(&mut events, |page| page.contains("Written after that"));

    // The other files, and a new edition.
    workspace.append("subscribers.toml", "[[subscriber]]\nemail = \"late@example.org\"\n");
    desk.page_when(&mut events, |page| page.contains("late@example.org"));
    workspace.write("issues/2023-q3/bn.toml", edition("বিষয়"));
    desk.page_when(&mut events, |page| page.contains("বাংলা</a>"));
}

#[test]
fn an_issue_that_appears_later_is_shown() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.path("issues")).expect("folders");
    let desk = Served::desk(workspace.root());
    let mut events = desk.events();
    assert!(desk.get("/").text().contains("There is no issue yet"));
    workspace.write(EN, EDITION);
    desk.page_when(&mut events, |page| page.contains("The subject"));
    let newer = EDITION.replace("The subject", "The newer subject").replace("2023-09-30", "2023-12-31");
    workspace.write("issues/2023-q4/en.toml", newer);
    desk.page_when(&mut events, |page| page.contains("The newer subject"));
}

#[test]
fn what_is_read_as_a_person_is_what_that_person_gets() {
    let workspace = Workspace::new();
    workspace.write("issues/2023-q3/bn.toml", EDITION.replace("The subject", "বিষয়").replace("Dear", "প্রিয়"));
    let desk = Served::desk(workspace.root());
    assert!(desk.get("/?reader=ana%40example.org").text().contains("The subject for Ana"));
    assert!(desk.mail("/?reader=ana%40example.org").text().contains("Dear Ana, this is the"));
    let rina = "/?reader=rina%40%E0%A6%AC%E0%A6%BE%E0%A6%82%E0%A6%B2%E0%A6%BE.example";
    assert!(desk.mail(rina).text().contains("প্রিয় colleague"));
    assert!(desk.mail("/?edition=bn").text().contains("প্রিয় colleague"));
    let page = desk.get("/?reader=nobody%40example.org").text();
    assert!(page.contains("Nobody on the list has the address <bdi>nobody@example.org</bdi>"), "{page}");
}

#[test]
fn the_search_finds_a_person_in_a_long_list() {
    use std::fmt::Write;
    let workspace = Workspace::new();
    let mut list = SUBSCRIBERS.to_owned();
    for number in 0..2000 {
        write!(list, "[[subscriber]]\nemail = \"reader{number}@example.org\"\nname = \"Reader Müller {number}\"\n")
            .expect("text");
    }
    workspace.write("subscribers.toml", list);
    let desk = Served::desk(workspace.root());
    let page = desk.get("/").text();
    assert_eq!(page.matches("@example.org</bdi>").count() + page.matches("@example.com</bdi>").count(), 49, "{page}");
    assert!(page.contains("50 of 2\u{202F}003 people"), "{page}");
    let page = desk.get("/?search=MULLER+1234").text();
    assert!(page.contains("<bdi>Reader Müller 1234</bdi>"), "{page}");
    assert!(page.contains("1 person found"), "{page}");
}

#[test]
fn hostile_texts_stay_texts() {
    let evil = "</iframe></title><script>alert(1)</script><img src=x onerror=alert(1)>\\\" onload=\\\"alert(1)";
    let workspace = Workspace::new();
    let replaced = fs::read_to_string(workspace.path("newsletter.toml")).expect("text").replace("Test Quarterly", evil);
    workspace.write("newsletter.toml", replaced);
    workspace.write(
        "subscribers.toml",
        format!("[[subscriber]]\nemail = \"ana@example.org\"\nname = \"{evil}\"\nfirst_name = \"{evil}\"\n"),
    );
    workspace.write(
        EN,
        EDITION
            .replace("The subject", evil)
            .replace("\"The title\"", &format!("\"{evil}\""))
            .replace("\"The lead\"", &format!("\"{evil}\"")),
    );
    let desk = Served::desk(workspace.root());
    let mut events = desk.events();
    let harmless = |page: &str| {
        assert_eq!(page.matches("<script").count(), 1, "only our own: {page}");
        assert!(!page.contains("<img") && !page.contains("\" onload"), "{page}");
        assert_eq!(page.matches("</iframe").count(), page.matches("<iframe").count(), "{page}");
    };
    for path in
        ["/", "/?pane=text", "/?pane=headers", "/?pane=parts", "/?pane=source", "/?reader=ana%40example.org", "/?search=script"]
    {
        let page = desk.get(path).text();
        assert!(page.contains("alert(1)"), "{page}");
        harmless(&page);
    }
    harmless(&desk.get("/?reader=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&pane=%3Cscript%3E&search=%22%3E%3Cscript%3E").text());
    let mail = desk.mail("/?reader=ana%40example.org").text();
    assert!(mail.contains("alert(1)") && !mail.contains("<script") && !mail.contains("<img"), "{mail}");

    let body = "[press](javascript:alert(1)) <script>alert(1)</script>";
    workspace.write(EN, EDITION.replace("Dear", body).replace("period", "\"<script>alert(1)</script>\""));
    let page = desk.page_when(&mut events, |page| page.contains("mistakes to mend"));
    assert!(page.contains("javascript:alert(1)"), "it is shown: {page}");
    assert!(!page.contains("href=\"javascript"), "but cannot be pressed: {page}");
    harmless(&page);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let project = Project { root: workspace.root().to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let port = desk.address.port();
    let settings = Settings { door: Door::at_port(port), ..Settings::default() };
    let refused =
        runtime.block_on(desk::serve(project, settings, PictureCache::default(), |_| panic!("two on one port"), async {}));
    let expected = format!("port {port} is in use by another program: choose another, or 0 for a free one");
    assert_eq!(refused.expect_err("one port, two servers").to_string(), expected);
}

#[test]
fn the_mailbox_lists_finds_and_opens_what_came() {
    let workspace = Workspace::new();
    let checked = checked(workspace.root());
    let composer = checked.composer.as_ref().expect("a sound project");
    let mut messages: Vec<_> = checked
        .subscribers
        .written()
        .iter()
        .map(|subscriber| {
            let message = composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
            let path = workspace.path(&format!("{}.eml", message.id));
            fs::write(&path, &message.bytes).expect("a file");
            let recipient = subscriber.address.as_written().to_owned();
            Delivered { recipient, path, octets: message.bytes.len() as u64, note: None }
        })
        .collect();
    messages[1].note = Some("it came twice".to_owned());
    messages.push(Delivered {
        recipient: "gone@example.org".to_owned(),
        path: workspace.path("gone.eml"),
        octets: 1,
        note: None,
    });
    let heading = "Rehearsal of <2023-q3>".to_owned();
    let served = Served::mailbox(Mailbox { heading, summary: "All 4 were accepted.".to_owned(), messages, ..Mailbox::default() });

    let page = served.get("/").text();
    assert!(page.contains("<h1>Rehearsal of &lt;2023-q3&gt;</h1>") && page.contains("All 4 were accepted."), "{page}");
    assert!(page.contains("ana@example.org") && page.contains("The subject for Ana") && page.contains("it came twice"), "{page}");
    let page = served.get("/?search=ANA").text();
    assert!(page.contains("ana@example.org") && !page.contains("nameless"), "{page}");
    let page = served.get("/?noted=yes").text();
    assert!(page.contains("it came twice") && !page.contains("ana@example.org"), "{page}");

    assert!(served.mail("/message/1").text().contains("Dear Ana, this is the"));
    assert!(served.get("/message/2?pane=text").text().contains("it came twice"));
    for (path, words) in [("/message/4", "cannot be read"), ("/message/5", "no such message"), ("/message/0", "no such message")]
    {
        let answer = served.get(path);
        assert_eq!(answer.status, 404);
        assert!(answer.text().contains(words), "{path}");
    }
}

#[test]
fn the_album_is_whole_without_a_server() {
    let workspace = Workspace::sample();
    let checked = checked(workspace.root());
    let out = workspace.path("out");
    let written = album::write(&out, &checked, Extent::Whole).expect("a build");
    assert!(written.iter().all(|path| path.is_file()));
    let composer = checked.composer.as_ref().expect("a sound project");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect(name);
    let index = read("index.html");
    for edition in &composer.issue().editions {
        let language = edition.language;
        let message = composer.compose(&Reader::Anyone(language), Purpose::Issue);
        assert_eq!(fs::read(out.join(format!("{language}.eml"))).expect("a message"), message.bytes);
        assert_eq!(read(&format!("{language}.txt")), message.text);
        let html = read(&format!("{language}.html"));
        assert!(html.starts_with("<!DOCTYPE html>") && !html.contains("cid:"));
        let pictures: Vec<_> = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!pictures.is_empty());
        for picture in pictures {
            assert!(out.join(picture).is_file(), "{picture}");
        }
        assert!(index.contains(&format!("src=\"{language}.html\"")) && index.contains(&format!("href=\"{language}.eml\"")));
    }
    for edition in &composer.issue().editions {
        for part in ["weight", "support", "contrast"] {
            assert_eq!(index.matches(&format!("id=\"{}-{part}\"", edition.language)).count(), 1, "{part}");
        }
    }
    assert!(!index.contains("<script") && !index.contains("=\"/"), "nothing that needs a server");
}

/// The files of a folder and of those in it.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[test]
fn the_album_spares_what_is_not_its_own() {
    let workspace = Workspace::new();
    let checked = checked(workspace.root());
    let strange = workspace.path("site");
    workspace.write("site/index.html", "<h1>My own site</h1>");
    let refused = album::write(&strange, &checked, Extent::Whole).expect_err("a stranger's folder").to_string();
    assert!(refused.contains("name an empty or a new folder"), "{refused}");
    assert_eq!(fs::read_dir(&strange).expect("a folder").count(), 1);

    let out = workspace.path("out");
    album::write(&out, &checked, Extent::Whole).expect("a build");
    workspace.write("out/notes.txt", "mine");
    let written = album::write(&out, &checked, Extent::Whole).expect("a second build");
    assert_eq!(fs::read_to_string(out.join("notes.txt")).expect("still there"), "mine");
    assert_eq!(files(&out), written.len() + 1, "nothing half-written is left");
}

#[test]
fn finished_messages_are_written_alone_for_another_program() {
    let workspace = Workspace::sample();
    let build = |arguments: &[&str]| workspace.run(&[&["build", "--out", "out"], arguments].concat());
    for _ in 0..2 {
        let run = build(&["--messages"]);
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ["out/en.eml", "out/bn.eml", "out/ar.eml"], "{}", run.stderr);
    }
    let alone = fs::read(workspace.path("out/bn.eml")).expect("a message");
    assert_eq!(fs::read_dir(workspace.path("out")).expect("a folder").count(), 3);
    // A folder of messages can be built upon, and what a whole build writes are the same messages.
    let run = build(&[]);
    assert!(run.stdout.contains("out/index.html"), "{}", run.stderr);
    assert_eq!(fs::read(workspace.path("out/bn.eml")).expect("a message"), alone);
    workspace.write("letters/from-a-friend.eml", "From: ana@example.org\n\nHello");
    let run = workspace.run(&["build", "--out", "letters", "--messages"]);
    assert!(run.stderr.contains("name an empty or a new folder"), "{}", run.stderr);
}

#[test]
fn nothing_is_built_from_a_project_with_mistakes() {
    let workspace = Workspace::new();
    workspace.write(EN, "subject = 1");
    let out = workspace.path("out");
    assert!(album::write(&out, &checked(workspace.root()), Extent::Whole).is_err());
    assert!(!out.exists());
}
