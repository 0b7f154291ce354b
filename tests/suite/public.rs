//! The pages for readers: the way out of the list, as mail programs and people take it, and as strangers abuse it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use postrider::import::Ground;
use postrider::ledger::Ledger;
use postrider::model::address::Address;
use postrider::token::{Claim, Purpose};

use crate::leave::{keyring, with_service};
use crate::workspace::Workspace;

const DEADLINE: Duration = Duration::from_mins(1);
pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// The service as its own process; it ends when this is dropped.
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    pub(crate) fn start(workspace: &Workspace) -> Self {
        let child = workspace.command(&["serve", "--listen", "127.0.0.1:0", "--log", "serve.log"]).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where it is");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
        Self { child, address: address.parse().expect("an address") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream
    }

    /// Status and the whole answer.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head = format!("{method} /q/{path} HTTP/1.1\r\nHost: news.example.org\r\n{headers}{length}Connection: close\r\n\r\n");
        // A server that refuses may close before all is written.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, answer)
    }

    fn post(&self, path: &str) -> (u16, String) {
        self.ask("POST", path, FORM, ONE_CLICK.as_bytes())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(written: &str) -> Address {
    Address::parse(written).expect("an address")
}

/// The path of somebody's link.
pub(crate) fn link(workspace: &Workspace, written: &str) -> String {
    let keyring = keyring(workspace);
    format!("unsubscribe/{}", keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&address(written)))))
}

/// Whether somebody has left.
fn has_left(workspace: &Workspace, written: &str) -> bool {
    let ledger = Ledger::open(&workspace.path(".postrider")).expect("a ledger");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let departed = runtime.block_on(ledger.departed()).expect("who left");
    departed.get(&keyring(workspace).mark(&address(written))).is_some_and(|departure| departure.ground == Ground::Unsubscribed)
}

#[test]
fn one_click_is_enough_and_answered_without_redirect_or_cookie() {
    let workspace = with_service();
    let service = Service::start(&workspace);
    for (written, headers, body) in [
        ("one@example.org", FORM.to_owned(), ONE_CLICK.to_owned()),
        (
            "two@example.org",
            "Content-Type: multipart/form-data; boundary=x\r\n".to_owned(),
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n".to_owned(),
        ),
        ("three@example.org", String::new(), String::new()),
        ("four@example.org", "Origin: https://mail.example\r\nSec-Fetch-Site: cross-site\r\n".to_owned(), "x".to_owned()),
    ] {
        let path = link(&workspace, written);
        for _ in 0..2 {
            let (status, answer) = service.ask("POST", &path, &headers, body.as_bytes());
            assert_eq!(status, 200, "{answer}");
            let head = answer.to_lowercase();
            assert!(!head.contains("\r\nlocation:") && !head.contains("\r\nset-cookie:"), "{answer}");
            assert!(!answer.contains("example.org</") && !answer.contains(written), "no address is revealed: {answer}");
        }
        assert!(has_left(&workspace, written), "{written}");
    }
    // In capitals, as some programs make addresses.
    let (start, token) =
        link(&workspace, "five@example.org").split_once('/').map(|(a, b)| (a.to_owned(), b.to_uppercase())).expect("a link");
    assert_eq!(service.post(&format!("{start}/{token}")).0, 200);
    assert!(has_left(&workspace, "five@example.org"));
}

/// Every row of every table.
pub(crate) fn dump(path: &Path) -> String {
    let database = rusqlite::Connection::open(path).expect("a database");
    let column = |query: &str| -> Vec<String> {
        let mut rows = database.prepare(query).expect("a query");
        let width = rows.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values: Vec<String> = (0..width).map(|at| format!("{:?}", row.get_ref(at))).collect();
            Ok(values.join("|"))
        };
        rows.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect()
    };
    let mut names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").expect("a query");
    let names: Vec<String> = names.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("a name")).collect();
    let table = |name: &String| format!("CREATE TABLE {name}\n{}", column(&format!("SELECT * FROM {name}")).join("\n"));
    names.iter().map(table).collect::<Vec<_>>().join("\n")
}

#[test]
fn to_look_changes_nothing() {
    let workspace = with_service();
    let service = Service::start(&workspace);
    let tables = || dump(&workspace.path(".postrider/ledger.sqlite"));
    let before = tables();
    assert!(before.contains("CREATE TABLE departure"), "{before}");
    let path = link(&workspace, "ana@example.org");
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
        for path in [path.as_str(), "unsubscribe/v1.a.b.c", "style.css", "health", "", "nothing"] {
            let (status, answer) = service.ask(method, path, "", b"");
            assert!(status < 500 && status > 0, "{method} {path}: {answer}");
        }
    }
    let (status, page) = service.ask("GET", &path, "", b"");
    assert_eq!(status, 200);
    assert!(
        page.contains("<form method=\"post\"><button") && page.contains("no more mail from <bdi>Test Quarterly</bdi>"),
        "{page}"
    );
    assert_eq!(tables(), before, "byte for byte");
    assert!(!has_left(&workspace, "ana@example.org"));
}

#[test]
fn what_was_not_made_here_to_leave_takes_nobody_off() {
    let workspace = with_service();
    let service = Service::start(&workspace);
    let keyring = keyring(&workspace);
    let claim = Claim::for_ever(keyring.mark(&address("ana@example.org")));
    let good = keyring.mint(Purpose::Leave, claim);
    let mut forged = good.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last] = if forged[last] == b'a' { b'q' } else { b'a' };
    for token in [
        keyring.mint(Purpose::Confirm, claim),
        keyring.mint(Purpose::Preferences, claim),
        String::from_utf8(forged).expect("ASCII"),
        good[..good.len() - 1].to_owned(),
        "ana@example.org".to_owned(),
        "%00".to_owned(),
        "..%2f..%2fetc%2fpasswd".to_owned(),
        "a".repeat(5000),
    ] {
        let (status, answer) = service.post(&format!("unsubscribe/{token}"));
        assert!((400..500).contains(&status), "{token}: {answer}");
        assert!(!answer.contains("ana@"), "{answer}");
    }
    assert!(!has_left(&workspace, "ana@example.org"));
}

#[test]
fn pages_speak_the_visitors_language_and_run_nothing() {
    let workspace = with_service();
    let publication = fs::read_to_string(workspace.path("newsletter.toml")).expect("text");
    workspace.write(
        "newsletter.toml",
        publication
            .replace("languages = [\"en\"", "languages = [\"en\", \"bn\", \"ar\"")
            .replace("Test Quarterly", "<script>alert(1)</script>"),
    );
    let list = fs::read_to_string(workspace.path("newsletter.toml")).expect("text");
    assert!(list.contains("alert(1)"));
    let service = Service::start(&workspace);
    let path = link(&workspace, "ana@example.org");
    let (_, page) = service.ask("GET", &path, "Accept-Language: de-CH, bn-BD;q=0.9, en;q=0.8\r\n", b"");
    assert!(page.contains("<html lang=\"bn\" dir=\"ltr\">") && page.contains("তালিকা ছেড়ে যান"), "{page}");
    let (_, page) = service.ask("GET", &path, "Accept-Language: ar\r\n", b"");
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    let head = page.to_lowercase();
    assert!(
        head.contains("content-security-policy: default-src 'none'") && head.contains("referrer-policy: no-referrer"),
        "{head}"
    );
    assert!(!page.contains("http://") && page.contains("href=\"/q/style.css\""), "{page}");
}

#[test]
fn nobody_takes_more_than_their_time_or_space() {
    let workspace = with_service();
    let service = Service::start(&workspace);
    let path = link(&workspace, "ana@example.org");
    let (status, _) = service.ask("POST", &path, FORM, &vec![b'x'; 200_000]);
    assert_eq!(status, 413);
    let (status, _) = service.ask("GET", &path, &format!("X: {}\r\n", "y".repeat(1 << 20)), b"");
    assert!(status == 0 || (400..500).contains(&status), "{status}");
    // Who says nothing more is cut off, and others are served meanwhile.
    let mut silent = service.connect();
    silent.write_all(b"GET /q/health HTTP/1.1\r\nHost:").expect("a beginning");
    assert_eq!(service.ask("GET", "health", "", b"").0, 200);
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).expect("it is cut off within the minute");
    let mut slow = service.connect();
    write!(slow, "POST /q/{path} HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 26\r\n\r\nList-").expect("a beginning");
    slow.read_to_end(&mut rest).expect("it is cut off within the minute");
    assert!(!has_left(&workspace, "ana@example.org"));
}

#[test]
fn two_thousand_leave_while_the_service_is_killed_and_all_that_were_answered_are_gone() {
    const PEOPLE: usize = 2_000;
    const CLIENTS: usize = 16;
    let workspace = with_service();
    let keyring = keyring(&workspace);
    let people: Vec<_> = (0..PEOPLE).map(|number| keyring.mark(&address(&format!("reader{number}@example.org")))).collect();
    let mut answered = vec![false; PEOPLE];
    for kill in 0..3 {
        let mut service = Service::start(&workspace);
        let place = service.address;
        let waiting: Vec<_> = (0..PEOPLE).filter(|number| !answered[*number]).collect();
        let parts: Vec<Vec<usize>> =
            (0..CLIENTS).map(|client| waiting.iter().copied().skip(client).step_by(CLIENTS).collect()).collect();
        let (told, heard) = std::sync::mpsc::channel();
        let clients: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let told = told.clone();
                let links: Vec<_> = part
                    .into_iter()
                    .map(|number| (number, keyring.mint(Purpose::Leave, Claim::for_ever(people[number]))))
                    .collect();
                thread::spawn(move || {
                    for (number, token) in links {
                        let Ok(mut stream) = TcpStream::connect(place) else { return };
                        let request = format!("POST /q/unsubscribe/{token} HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 26\r\nConnection: close\r\n\r\n{ONE_CLICK}");
                        let _ = stream.set_read_timeout(Some(DEADLINE));
                        if stream.write_all(request.as_bytes()).is_err() {
                            return;
                        }
                        let mut answer = Vec::new();
                        let _ = stream.read_to_end(&mut answer);
                        if answer.starts_with(b"HTTP/1.1 200") {
                            told.send(number).expect("the test hears");
                        }
                    }
                })
            })
            .collect();
        drop(told);
        let mut heard_now = 0;
        while let Ok(number) = heard.recv() {
            answered[number] = true;
            heard_now += 1;
            if kill < 2 && heard_now == 400 {
                service.child.kill().expect("kill -9");
            }
        }
        for client in clients {
            client.join().expect("a client");
        }
    }
    assert!(answered.iter().all(|answered| *answered), "all are answered at last");
    let ledger = Ledger::open(&workspace.path(".postrider")).expect("a ledger");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let departed = runtime.block_on(ledger.departed()).expect("who left");
    assert_eq!(departed.len(), PEOPLE);
    assert!(people.iter().all(|mark| departed.contains_key(mark)));
    let events = runtime.block_on(ledger.events(people[0])).expect("events");
    assert_eq!(events.len(), 1, "once: {events:?}");
    assert!(events[0].at <= Timestamp::now());
}

#[test]
fn what_cannot_be_served_is_said() {
    let workspace = Workspace::new();
    let none = workspace.run(&["serve"]);
    assert!(none.code == Some(1) && none.stderr.contains("newsletter.toml has neither [service] nor [inbox]"), "{none:?}");
    workspace.append("newsletter.toml", crate::leave::SERVICE);
    let keyless = workspace.run(&["serve"]);
    assert!(keyless.code == Some(1) && keyless.stderr.contains("`postrider keys new`"), "{keyless:?}");
}
