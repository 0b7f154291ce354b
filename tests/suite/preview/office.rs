//! What is done from the desk, over HTTP: by the code of the terminal, after the words that it asks for.

use std::collections::BTreeSet;
use std::fs;

use super::served::{Served, framed};
use crate::relay::Relay;
use crate::workspace::{EDITION, Workspace};

const EN: &str = "issues/2023-q3/en.toml";

fn project(more: &str) -> (Workspace, Relay, Served) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, more);
    let desk = Served::desk(workspace.root());
    (workspace, relay, desk)
}

/// The page of what goes on, once it is as wanted.
fn progress(desk: &Served, wanted: impl Fn(&str) -> bool) -> String {
    desk.page_at_when("/progress", &mut desk.events_at("/progress/events"), wanted)
}

/// The digest that a page's form holds.
fn digest(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"digest\" value=\"").expect("a form with a digest");
    rest.split('"').next().expect("a digest")
}

/// Asks for the send as a person does who looked at the page before.
fn send(desk: &Served, typed: &str) -> String {
    let page = desk.get("/send").text();
    let answer = desk.post("/send", &[("digest", digest(&page)), ("typed", typed)]);
    let location = answer.header("location").to_owned();
    if answer.status == 303 { location } else { answer.text() }
}

fn recipients(relay: &Relay) -> Vec<String> {
    relay.taken().into_iter().map(|(recipient, _)| recipient).collect()
}

#[test]
fn a_test_goes_to_the_addresses_that_were_named_and_to_nobody_else() {
    let (_workspace, relay, desk) = project("");
    let answer = desk.post("/test", &[("to", "ana@example.org,\r\nguest@example.net"), ("language", "en")]);
    assert_eq!(answer.status, 303, "{}", answer.head);
    let page = progress(&desk, |page| page.contains("2 accepted of 2"));
    assert!(page.contains("Test of 2023-q3"), "{page}");
    let taken = relay.taken();
    let to: BTreeSet<_> = taken.iter().map(|(recipient, _)| recipient.as_str()).collect();
    assert_eq!(to, BTreeSet::from(["ana@example.org", "guest@example.net"]));
    for (recipient, message) in &taken {
        let message = String::from_utf8_lossy(message);
        assert!(message.contains("Subject: [TEST] The subject for"), "{recipient}: {message}");
        assert_eq!(message.contains("Dear Ana"), recipient == "ana@example.org", "who is on the list gets their own");
    }
}

#[test]
fn what_cannot_be_sent_to_is_named_and_what_was_typed_stays() {
    let (_workspace, relay, desk) = project("");
    for (to, language, words) in [
        ("ana@example.org, nonsense", "en", "`nonsense` is not a mail address"),
        ("ana@example.org", "xx", "there is no language xx; the publication has: en"),
        (" ", "en", "name an address to send a test to"),
        ("\"><script>alert(1)</script>", "en", "is not a mail address"),
    ] {
        let page = desk.post("/test", &[("to", to), ("language", language)]).text();
        assert!(page.replace("<code>", "`").replace("</code>", "`").contains(words), "{words}: {page}");
        assert_eq!(page.matches("<script").count(), 1, "only our own: {page}");
        assert!(page.contains(to.trim().split(['<', '"']).next().expect("a beginning")), "{page}");
    }
    assert_eq!(relay.taken().len(), 0);
}

#[test]
fn a_rehearsal_is_followed_and_its_mail_opened() {
    let (workspace, relay, desk) = project("");
    assert_eq!(desk.post("/rehearse", &[]).status, 303);
    let page = progress(&desk, |page| page.contains("Open the mail that came"));
    assert!(page.contains("3 messages checked: each for its one recipient"), "{page}");
    let list = desk.get("/rehearsal/").text();
    assert!(list.contains("ana@example.org") && list.contains("The subject for Ana"), "{list}");
    let numbered = (1..=3).map(|number| desk.get(&format!("/rehearsal/message/{number}")).text());
    let page = numbered.into_iter().find(|page| page.contains("The subject for Ana")).expect("Ana's");
    assert!(desk.get(framed(&page, "The mail")).text().contains("Dear Ana"), "{page}");
    assert_eq!(relay.taken().len(), 0, "nothing left the machine");
    assert!(!workspace.path(".postrider/ledger.sqlite").exists(), "and nothing was written down");
    assert!(desk.get("/history").text().contains("Nothing was sent from this project yet"));
}

#[test]
fn a_send_asks_for_the_words_of_the_terminal_and_goes_to_each_once() {
    let (workspace, relay, desk) = project("");
    let plan = workspace.run(&["send", "--dry-run"]).stdout;
    let page = desk.get("/send").text();
    for row in plan.lines().filter_map(|line| line.strip_prefix("  ")?.get(13..)).filter(|words| !words.is_empty()) {
        let row = row.replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&row) || row.contains('`'), "the terminal says {row}: {page}");
    }
    for typed in ["", "3", "Test Quarterly", "Test Quarterly 4", "test quarterly 3", "Test Quarterly 33"] {
        assert!(send(&desk, typed).contains("that is not what was asked for; nothing was sent"), "{typed}");
    }
    let stale = desk.post("/send", &[("digest", &"0".repeat(64)), ("typed", "Test Quarterly 3")]).text();
    assert!(stale.contains("it changed since you looked"), "{stale}");
    assert_eq!(relay.taken().len(), 0);
    assert!(desk.get("/progress").header("location").ends_with("/history"), "nothing was begun");

    assert!(send(&desk, "Test  Quarterly 3 ").ends_with("/progress"));
    let page = progress(&desk, |page| page.contains("The whole report"));
    assert!(page.contains("3 accepted of 3"), "{page}");
    assert_eq!(recipients(&relay).len(), 3);
    assert_eq!(recipients(&relay).into_iter().collect::<BTreeSet<_>>().len(), 3, "each once");

    let page = desk.get("/send").text();
    assert!(page.contains("Nobody is left to be sent to") && !page.contains("<form"), "{page}");
    let status = workspace.run(&["status", "2023-q3"]);
    assert_eq!(status.code, Some(0), "the terminal knows it, too: {status:?}");
    assert!(desk.get("/history").text().contains("3 of 3 accepted"));
    let page = desk.get("/history/2023-q3").text();
    let report = desk.get(framed(&page, "The report of 2023-q3"));
    assert!(report.header("content-security-policy").contains("sandbox"), "{}", report.head);
    assert!(report.text().contains("Yes: the server took it for 3 of 3 people"), "the answer comes first");
    let kept = fs::read_dir(workspace.path(".postrider/reports")).expect("reports").count();
    assert!(kept > 0, "and a report is kept");
}

#[test]
fn a_send_is_paused_and_goes_on_where_it_was() {
    let (workspace, relay, desk) = project("");
    let people = "\n[[subscriber]]\nemail = \"slow@example.org\"\n\n[[subscriber]]\nemail = \"last@example.org\"\n";
    workspace.append("subscribers.toml", people);
    desk.page_when(&mut desk.events(), |page| page.contains("last@example.org"));
    assert!(send(&desk, "Test Quarterly 5").ends_with("/progress"));
    let answer = relay.held();
    let page = progress(&desk, |page| page.contains("60 % · Send of 2023-q3"));
    assert!(page.contains("Pause</button>"), "{page}");
    assert!(desk.get("/").text().contains("Send under way"), "the desk says so");

    let other = desk.post("/rehearse", &[]).text();
    assert!(other.contains("a send of 2023-q3 goes on: wait for its end, or stop it"), "{other}");
    assert_eq!(desk.post("/progress/pause", &[]).status, 303);
    progress(&desk, |page| page.contains("Stopping: messages on their way are finished first"));
    drop(answer);
    let page = progress(&desk, |page| page.contains("Go on</button>"));
    assert!(page.contains("4 accepted, 1 not yet sent of 5"), "{page}");

    let edition = EDITION.replace("The lead", "Another lead");
    workspace.write(EN, &edition);
    let refused = desk.post("/progress/resume", &[]).text();
    assert!(refused.contains("the issue changed since it was confirmed"), "{refused}");
    assert_eq!(relay.taken().len(), 4);
    workspace.write(EN, EDITION);
    assert_eq!(desk.post("/progress/resume", &[]).status, 303);
    let page = progress(&desk, |page| page.contains("The whole report"));
    assert!(page.contains("5 accepted of 5"), "{page}");
    let all = recipients(&relay);
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (5, 5), "each once: {all:?}");
}

#[test]
fn when_the_desk_ends_what_is_on_its_way_is_finished() {
    let (workspace, relay, desk) = project("");
    workspace.append(
        "subscribers.toml",
        "\n[[subscriber]]\nemail = \"slow@example.org\"\n\n[[subscriber]]\nemail = \"last@example.org\"\n",
    );
    desk.page_when(&mut desk.events(), |page| page.contains("last@example.org"));
    assert!(send(&desk, "Test Quarterly 5").ends_with("/progress"));
    let answer = relay.held();
    let address = desk.address;
    let ending = std::thread::spawn(move || drop(desk));
    // Once it takes no connection, it has been told to stop.
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    drop(answer);
    ending.join().expect("it ends");
    let status = workspace.run(&["status", "2023-q3", "--json"]).last_json();
    // Another message may have left before the engine heard of it. None was left behind in doubt.
    let [accepted, pending, ambiguous] =
        ["accepted", "pending", "ambiguous"].map(|state| status[state].as_u64().expect("a count"));
    assert_eq!((accepted + pending, ambiguous), (5, 0), "{status}");
    assert!(accepted >= 4 && relay.taken().len() as u64 == accepted, "{status}");
}

#[test]
fn who_is_refused_is_told_with_the_servers_words() {
    let (workspace, _relay, desk) = project("");
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"gone@example.org\"\n");
    desk.page_when(&mut desk.events(), |page| page.contains("gone@example.org"));
    assert!(send(&desk, "Test Quarterly 4").ends_with("/progress"));
    let page = progress(&desk, |page| page.contains("The whole report"));
    assert!(page.contains("3 accepted, 1 refused of 4"), "{page}");
    assert!(page.contains("refused: gone@example.org: 550"), "{page}");
}

#[test]
fn an_approval_is_of_exactly_what_was_looked_at() {
    let (workspace, relay, desk) = project("approval = \"required\"");
    let page = desk.get("/send").text();
    assert!(page.contains("this needs the approval of a second person") && !page.contains("<form"), "{page}");
    let page = desk.get("/approve").text();
    let digest = digest(&page).to_owned();
    for (name, words) in [("", "a name is needed"), ("a\u{1b}b", "which no name may hold")] {
        let page = desk.post("/approve", &[("digest", &digest), ("name", name)]).text();
        assert!(page.contains(words), "{page}");
    }
    workspace.write(EN, EDITION.replace("The lead", "Another lead"));
    let page = desk.post("/approve", &[("digest", &digest), ("name", "Mina <b>")]).text();
    assert!(page.contains("it changed since you looked"), "{page}");
    workspace.write(EN, EDITION);
    let page = desk.post("/approve", &[("digest", &digest), ("name", "Mina <b>")]).text();
    assert!(page.contains("<h1>Approved</h1>") && page.contains("By <bdi>Mina &lt;b&gt;</bdi>"), "{page}");
    assert!(desk.get("/send").text().contains("by Mina &lt;b&gt;, "));
    assert!(send(&desk, "Test Quarterly 3").ends_with("/progress"));
    progress(&desk, |page| page.contains("3 accepted of 3"));
    assert_eq!(relay.taken().len(), 3);
}

#[test]
fn a_draft_can_be_rehearsed_and_neither_approved_nor_sent() {
    let (workspace, _relay, desk) = project("");
    workspace.write(EN, format!("draft = true\n{EDITION}"));
    for path in ["/approve", "/send"] {
        let page = desk.get(path).text();
        assert!(page.contains("a draft is not sent") && !page.contains("<form"), "{path}: {page}");
    }
    assert_eq!(desk.post("/rehearse", &[]).status, 303);
    progress(&desk, |page| page.contains("Open the mail that came"));
}

#[test]
fn the_issue_is_laid_beside_the_last_one() {
    let (workspace, _relay, desk) = project("");
    assert!(desk.get("/compare").text().contains("Nothing to compare with yet"));
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let list = fs::read_to_string(workspace.path("subscribers.toml")).expect("the list");
    workspace.write("subscribers.toml", list.replace("nameless+news@example.com", "new@example.net"));
    let next = EDITION.replace("The subject", "The <i>next</i> subject").replace("Dear", &"More words. ".repeat(900));
    workspace.write("issues/2023-q4/en.toml", next);
    desk.page_when(&mut desk.events(), |page| page.contains("2023-q4"));
    let page = desk.get("/compare").text();
    assert!(page.contains("<h1>2023-q4 beside 2023-q3</h1>"), "{page}");
    assert!(page.contains(">The subject for colleague</bdi>"), "{page}");
    assert!(page.contains(">The &lt;i&gt;next&lt;/i&gt; subject for colleague</bdi>"), "{page}");
    assert!(page.contains(" %</td>"), "it weighs more: {page}");
    assert!(page.contains("2 are on the list who were sent 2023-q3 as well"), "{page}");
    assert!(page.contains("Gained: 1") && page.contains("<bdi>new@example.net</bdi>"), "{page}");
    assert!(page.contains("Lost: 1") && page.contains("<bdi>nameless+news@example.com</bdi>"), "{page}");
    // An issue that is there in files only, and one that must be mended.
    workspace.write("issues/2023-q1/en.toml", EDITION.replace("2023-09-30", "2023-03-31").replace("period", "perriod"));
    let page = desk.get("/compare?with=2023-q1").text();
    assert!(page.contains("<h1>2023-q4 beside 2023-q1</h1>") && page.contains("nobody knows who came and went"), "{page}");
    assert!(desk.get("/compare?with=../../etc").text().contains("2023-q4 beside 2023-q3"), "only issues of the project");
}

#[test]
fn an_issue_that_must_be_mended_has_no_deeds() {
    let (workspace, relay, desk) = project("");
    workspace.write(EN, EDITION.replace("period", "perriod"));
    for path in ["/test", "/rehearse", "/approve", "/send", "/compare"] {
        let answer = desk.get(path);
        assert_eq!(answer.status, 409, "{path}");
        let page = answer.text();
        assert!(page.contains("nothing can be composed before every mistake is mended"), "{path}: {page}");
        assert!(page.contains("<mark>perriod</mark>"), "and which it is: {page}");
    }
    assert_eq!(desk.post("/rehearse", &[]).status, 409);
    assert_eq!(desk.post("/test", &[("to", "ana@example.org")]).status, 409);
    assert_eq!(relay.taken().len(), 0);
}

#[test]
fn the_command_serves_the_desk_until_it_is_told_to_stop() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let workspace = Workspace::new();
    let child = workspace.command(&["preview", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the binary runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where it is");
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://")).expect("an address");
    let (host, path) = address.split_once('/').expect("a token");
    assert!(host.starts_with("127.0.0.1:") && path.len() > 20, "{line}");
    let stream = std::net::TcpStream::connect(host);
    drop(stream.expect("it listens"));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs").success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
}
