//! The desk is closed to strangers: to other sites open in the same browser, to whoever was not told the address, and to deeds where it
//! only shows.

use super::served::Served;
use crate::workspace::Workspace;
use postrider::preview::Door;
use postrider::preview::desk::Settings;

const DEEDS: [&str; 7] = ["/test", "/rehearse", "/approve", "/send", "/progress/pause", "/progress/resume", "/progress"];

#[test]
fn without_its_token_there_is_nothing() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    assert!(desk.base.len() >= 21, "120 bits take 20 characters: {}", desk.base);
    let another = Served::desk(workspace.root());
    assert_ne!(desk.base, another.base);
    let host = format!("Host: {}\r\n", desk.address);
    for path in ["/", "/events", "/preview.css", "/test", "/send", "/history", &format!("{}/", another.base), "/%2e%2e/", "//"] {
        let answer = desk.ask(path, &host);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains(&desk.base), "{path}");
    }
}

#[test]
fn what_does_something_is_refused_unless_a_page_of_this_server_asks() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let (address, port) = (desk.address, desk.address.port());
    let strangers = [
        String::new(),
        "Origin: null\r\n".to_owned(),
        "Origin: http://evil.example\r\n".to_owned(),
        format!("Origin: http://evil.example:{port}\r\n"),
        format!("Origin: https://{address}\r\n"),
        format!("Origin: http://localhost:{port}\r\n"),
        format!("Origin: http://{address}.evil.example\r\n"),
        format!("Origin: http://{address}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Origin: http://{address}\r\nSec-Fetch-Site: same-site\r\n"),
    ];
    for path in DEEDS {
        for origin in &strangers {
            let answer = desk.post_as(path, &format!("Host: {address}\r\n{origin}"), &[("to", "ana@example.org")]);
            assert_eq!(answer.status, 403, "{path} {origin}");
        }
    }
    assert!(!workspace.path(".postrider/ledger.sqlite").exists(), "nothing was begun");
    assert_ne!(desk.post("/test", &[("to", "")]).status, 403, "a page of ours may ask");
}

#[test]
fn read_only_has_no_deeds_at_all() {
    let workspace = Workspace::new();
    let desk = Served::desk_as(workspace.root(), Settings { is_read_only: true, ..Settings::default() });
    let page = desk.get("/").text();
    for words in ["Test</a>", "Rehearse</a>", "Approve</a>", "Send</a>"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("History</a>"), "{page}");
    for path in DEEDS {
        assert_eq!(desk.get(path).status, 404, "{path}");
        assert_eq!(desk.post(path, &[("typed", "Test Quarterly 3")]).status, 404, "{path}");
    }
}

#[test]
fn an_open_door_takes_numbers_and_the_names_it_was_told_and_no_others() {
    let workspace = Workspace::new();
    let door = Door { listen: "0.0.0.0".parse().expect("an address"), hosts: vec!["desk.example.org".to_owned()], port: 0 };
    let desk = Served::desk_as(workspace.root(), Settings { door, ..Settings::default() });
    let port = desk.address.port();
    let asked = |host: &str| desk.ask(&desk.at("/"), &format!("Host: {host}:{port}\r\n")).status;
    for host in ["127.0.0.1", "localhost", "192.0.2.7", "[2001:db8::1]", "desk.example.org", "DESK.example.org"] {
        assert_eq!(asked(host), 200, "{host}");
    }
    for host in ["evil.example", "desk.example.org.evil.example", "127.0.0.1.evil.example"] {
        assert_eq!(asked(host), 421, "{host}");
    }
}

#[test]
fn a_form_of_any_size_harms_nothing() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let long = "x".repeat(100_000);
    assert_eq!(desk.post("/test", &[("to", &long)]).status, 413);
    let many: Vec<_> = (0..3000).map(|_| ("to", "a@example.org")).collect();
    assert!(desk.post("/test", &many).status < 500);
    assert!(desk.post("/send", &[("digest", "\u{0}\u{202E}"), ("typed", "<script>")]).status < 500);
    assert_eq!(desk.get("/").status, 200);
}
