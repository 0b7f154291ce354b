//! Past issues on the web: what was sent, for whoever comes by.

use std::fs;
use std::time::{Duration, Instant};

use crate::leave::SERVICE;
use crate::public::{Service, dump};
use crate::relay::Relay;
use crate::workspace::{EDITION, Workspace};

const DEADLINE: Duration = Duration::from_mins(1);

/// A project whose issue was sent, with a block for a group and a title that would like to be a script.
fn sent() -> Workspace {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("newsletter.toml", SERVICE);
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    let edition = EDITION
        .replace("The preheader", "What <script>alert(1)</script> & more")
        .replace("The lead", "<script>alert(2)</script>");
    let secret = "\n[[block]]\nkind = \"notice\"\nonly = [\"donors\"]\nbody = \"For donors alone.\"\n";
    workspace.write("issues/2023-q3/en.toml", edition + secret);
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let mail = String::from_utf8_lossy(&relay.taken()[0].1).into_owned();
    assert!(
        mail.replace("=\r\n", "").contains("https://news.example.org/q/archive/2023-q3/en.html"),
        "the mail leads to its page: {mail}"
    );
    workspace
}

fn archive(workspace: &Workspace) -> crate::workspace::Ran {
    let ran = workspace.run(&["archive", "--out", "out"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

fn read(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.path("out").join(name)).unwrap_or_else(|_| panic!("{name} is not there"))
}

#[test]
fn an_issue_is_written_for_everybody_once_it_was_sent() {
    let workspace = sent();
    let ran = archive(&workspace);
    assert!(ran.stdout.contains("2023-q3/en.html") && ran.stderr.contains("https://news.example.org/q/archive/"), "{ran:?}");
    let page = read(&workspace, "2023-q3/en.html");
    assert!(!page.contains("For donors alone"), "a block for a group is nobody else's");
    assert!(!page.contains("v1.a.") && !page.contains("unsubscribe/"), "nor is a link of somebody's own");
    assert!(page.contains("Dear colleague") && !page.contains("Ana"), "{page}");
    assert!(!page.contains("<script") && page.contains("@media print"), "{page}");
    let index = read(&workspace, "index.html");
    assert!(
        index.contains("href=\"https://news.example.org/q/archive/2023-q3/en.html\"") && !index.contains("<script"),
        "{index}"
    );
    assert!(index.contains("type=\"application/atom+xml\""), "{index}");
    assert!(archive(&workspace).stdout.is_empty(), "nothing is written anew that has not changed");
    workspace.write("out/mine.txt", "by hand");
    archive(&workspace);
    assert!(workspace.path("out/mine.txt").exists());
    workspace.write("subscribers.toml", "nonsense = ");
    assert!(archive(&workspace).stderr.contains("pages of 1 editions"), "a slip in the list takes no page away");
    workspace.write("theirs/index.html", "somebody's own");
    let refused = workspace.run(&["archive", "--out", "theirs"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("was not written by an archive"), "{refused:?}");
    assert_eq!(fs::read_to_string(workspace.path("theirs/index.html")).expect("theirs"), "somebody's own");
}

#[test]
fn the_feed_is_sound_and_the_same_each_time() {
    let workspace = sent();
    archive(&workspace);
    let feed = read(&workspace, "feed.en.xml");
    let script = "import sys, xml.etree.ElementTree as E\n\
        A = '{http://www.w3.org/2005/Atom}'\n\
        f = E.parse(sys.argv[1]).getroot()\n\
        assert f.tag == A + 'feed'\n\
        for name in ('id', 'title', 'updated'): assert len(f.findall(A + name)) == 1, name\n\
        assert f.find(A + 'author').find(A + 'name').text\n\
        assert [l.get('href') for l in f.findall(A + 'link') if l.get('rel') == 'self'] == ['https://news.example.org/q/archive/feed.en.xml']\n\
        e = f.findall(A + 'entry'); assert len(e) == 1; e = e[0]\n\
        assert e.find(A + 'id').text == 'tag:quarterly.list.example.org,2000:2023-q3/en'\n\
        assert e.find(A + 'updated').text.startswith('2023-09-30T12:00:00')\n\
        assert e.find(A + 'summary').text == 'What <script>alert(1)</script> & more', e.find(A + 'summary').text\n\
        assert e.find(A + 'link').get('href') == 'https://news.example.org/q/archive/2023-q3/en.html'\n";
    let judged = std::process::Command::new("python3").arg("-c").arg(script).arg(workspace.path("out/feed.en.xml")).output();
    let judged = judged.expect("python3 is not installed: run tests/run");
    assert!(judged.status.success(), "{}\n{feed}", String::from_utf8_lossy(&judged.stderr));
    assert!(read(&workspace, "feed.bn.xml").contains("<feed"), "a language without an edition has an empty one");
    fs::remove_dir_all(workspace.path("out")).expect("ours");
    archive(&workspace);
    assert_eq!(read(&workspace, "feed.en.xml"), feed);
}

#[test]
fn what_was_not_sent_or_is_withheld_or_broken_is_left_out_and_what_changed_is_told() {
    let workspace = sent();
    workspace.write("issues/2024-q1/en.toml", EDITION.replace("2023-09-30", "2024-03-31").replace("The subject", "Not yet sent"));
    archive(&workspace);
    assert!(!workspace.path("out/2024-q1").exists() && !read(&workspace, "index.html").contains("Not yet sent"));

    let edition = fs::read_to_string(workspace.path("issues/2023-q3/en.toml")).expect("the edition");
    workspace.write("issues/2023-q3/en.toml", edition.replace("Dear {{", "Hello {{"));
    let ran = archive(&workspace);
    assert!(ran.stderr.contains("2023-q3 (en) was changed since it was sent"), "{ran:?}");
    workspace.write("issues/2023-q3/en.toml", format!("archive = false\n{edition}"));
    archive(&workspace);
    assert!(!workspace.path("out/2023-q3/en.html").exists() && !read(&workspace, "index.html").contains("2023-q3"));
    workspace.write("issues/2023-q3/en.toml", edition + "\n[[block]]\nkind = \"nonsense\"\n");
    workspace.write("issues/2023-q3/bn.toml", EDITION.replace("The subject", "Translated later"));
    archive(&workspace);
    let ran = archive(&workspace);
    assert!(ran.stderr.contains("2023-q3 has mistakes in its files now"), "{ran:?}");
    fs::remove_dir_all(workspace.path("issues/2023-q3")).expect("ours");
    let ran = archive(&workspace);
    assert!(ran.stderr.contains("its folder is not there any more"), "{ran:?}");
    let nowhere = Workspace::new().run(&["archive", "--out", "out"]);
    assert!(nowhere.code == Some(1) && nowhere.stderr.contains("neither [web] nor [service]"), "{nowhere:?}");
}

#[test]
fn the_service_shows_the_same_pages_and_nothing_else_of_the_disk() {
    let workspace = sent();
    archive(&workspace);
    let service = Service::start(&workspace);
    let deadline = Instant::now() + DEADLINE;
    let page = loop {
        let (status, page) = service.ask("GET", "archive/2023-q3/en.html", "", b"");
        if status == 200 {
            break page;
        }
        assert!(Instant::now() < deadline, "{page}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(page.ends_with(&read(&workspace, "2023-q3/en.html")), "one archive, two ways to it");
    let policy = page.lines().find(|line| line.starts_with("content-security-policy:")).expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    let tag = page.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").trim().to_owned();
    assert_eq!(service.ask("GET", "archive/2023-q3/en.html", &format!("If-None-Match: {tag}\r\n"), b"").0, 304);
    let before = dump(&workspace.path(".postrider/ledger.sqlite"));
    for (path, expected) in [
        ("archive/", 200),
        ("archive/index.html", 200),
        ("archive/feed.en.xml", 200),
        ("archive/archive.css", 200),
        ("archive", 308),
        ("privacy", 200),
        ("archive/../newsletter.toml", 404),
        ("archive/..%2f..%2fnewsletter.toml", 404),
        ("archive/%00", 404),
        ("archive/2023-q3/", 404),
        ("archive/.postrider/keys.toml", 404),
        ("archive//etc/passwd", 404),
    ] {
        for method in ["GET", "HEAD"] {
            let (status, answer) = service.ask(method, path, "", b"");
            assert!(status == expected || expected == 404 && (400..500).contains(&status), "{method} {path}: {status} {answer}");
        }
    }
    assert_eq!(dump(&workspace.path(".postrider/ledger.sqlite")), before);
    let (_, privacy) = service.ask("GET", "privacy", "Accept-Language: bn\r\n", b"");
    assert!(privacy.contains("<html lang=\"bn\"") && privacy.contains("unsubscribe@list.example.org"), "{privacy}");
    assert!(privacy.contains("href=\"/q/archive/\"") && privacy.contains("href=\"/q/privacy\""), "the pages lead to each other");
}
