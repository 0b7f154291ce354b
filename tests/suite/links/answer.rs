//! What servers answer, and what is made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::site::{Say, Site, redirect, status};
use super::{Asking, said};

#[tokio::test]
async fn a_page_that_is_there_is_asked_for_once_without_its_body_and_nothing_is_said() {
    let site = Site::start(|_| status("200 OK")).await;
    let found = Asking::of(&[&site]).hear(&[&site.url("site.test", "/a?b=c&d=%C3%A4#part")]).await;
    assert_eq!(found, [""; 0]);
    let heads = site.heads();
    assert_eq!(heads.len(), 1, "{heads:?}");
    let expected = format!(
        "HEAD /a?b=c&d=%C3%A4 HTTP/1.1\r\nhost: site.test:{}\r\nuser-agent: Postrider/{} (link check)\r\naccept: */*\r\n\
         connection: close\r\n\r\n",
        site.address.port(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(heads[0], expected);
}

#[tokio::test]
async fn each_answer_has_its_finding() {
    let site = Site::start(|request| match request.split_once('/').unwrap().1 {
        "gone" => status("410 Gone"),
        "absent" => status("404 Not Found"),
        "broken" => status("500 Internal Server Error"),
        "gateway" => status("502 Bad Gateway"),
        "busy" => status("503 Service Unavailable"),
        "hurried" => status("429 Too Many Requests"),
        "closed" => status("403 Forbidden"),
        "robots" => status("999 Denied"),
        "choice" => status("300 Multiple Choices"),
        "partial" => status("206 Partial Content"),
        "silent" => Say::Octets(String::new()),
        "foreign" => Say::Octets("SSH-2.0-OpenSSH_9.2\r\n".to_owned()),
        other => panic!("{other}"),
    })
    .await;
    let asking = Asking::of(&[&site]);
    let answers = |word: &'static str| format!("the server answers {word}");
    let foreign = "what answers there does not speak HTTP/1".to_owned();
    let silent = "the server closed the connection without an answer".to_owned();
    let cases = [
        ("gone", Some(true), answers("410 Gone")),
        ("absent", Some(true), answers("404 Not Found")),
        ("broken", Some(true), answers("500 Internal Server Error")),
        ("gateway", Some(true), answers("502 Bad Gateway")),
        ("busy", Some(false), answers("503 Service Unavailable")),
        ("hurried", Some(false), answers("429 Too Many Requests")),
        ("closed", Some(false), answers("403 Forbidden")),
        ("robots", Some(false), answers("999")),
        ("choice", Some(false), answers("300 Multiple Choices")),
        ("partial", None, String::new()),
        ("silent", Some(false), silent),
        ("foreign", Some(true), foreign),
    ];
    for (path, is_dead, why) in cases {
        let url = site.url("site.test", &format!("/{path}"));
        let dead = format!("error dead-link: {url} leads nowhere: {why}");
        let unchecked = format!("warning unchecked-link: {url} could not be checked: {why}");
        let expected = is_dead.map(|is_dead| if is_dead { dead } else { unchecked });
        assert_eq!(asking.hear(&[&url]).await, Vec::from_iter(expected), "{path}");
    }
    let times = |path: &str| site.requests().iter().filter(|request| request.ends_with(path)).count();
    assert_eq!((times("/busy"), times("/hurried")), (1, 1), "a server that asks for patience is not asked twice");
}

#[tokio::test]
async fn a_server_that_refuses_head_is_asked_with_get_and_its_body_is_not_waited_for() {
    for refusal in ["403 Forbidden", "404 Not Found", "405 Method Not Allowed", "500 Oops", "501 Not Implemented"] {
        let site = Site::start(move |request| match request {
            "HEAD /" => status(refusal),
            _ => Say::Forever("HTTP/1.1 200 OK\r\n\r\n", "a body without an end"),
        })
        .await;
        assert_eq!(Asking::of(&[&site]).hear(&[&site.url("site.test", "/")]).await, [""; 0], "{refusal}");
        assert_eq!(site.requests(), ["HEAD /", "GET /"], "{refusal}");
    }
}

#[tokio::test]
async fn a_server_that_never_ends_its_head_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\n";
    let endless = [
        (Say::Forever(head, "X-Filler: some octets more\r\n"), "the head of the server's answer is longer than 65536 octets"),
        (
            Say::Forever("HTTP/1.1 200 OK\r\nX-Filler: ", "a line without an end"),
            "the head of the server's answer is longer than 65536 octets",
        ),
        (Say::Forever("", "HTTP/1.1 103 Early Hints\r\n\r\n"), "no answer came within 300ms"),
        (Say::Drip("HTTP/1.1 103 Early Hints\r\n\r\n"), "no answer came within 300ms"),
        (Say::Nothing, "no answer came within 300ms"),
    ];
    for (say, why) in endless {
        let shown = format!("{say:?}");
        let site = Site::start(move |_| say.clone()).await;
        let mut asking = Asking::of(&[&site]);
        if why.contains("300ms") {
            asking.deadline = Duration::from_millis(300);
        }
        let url = site.url("site.test", "/");
        let expected = format!("warning unchecked-link: {url} could not be checked: {why}");
        assert_eq!(asking.hear(&[&url]).await, [expected], "{shown}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_is_not_there_are_dead() {
    let site = Site::start(|_| status("200 OK")).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut asking = Asking::of(&[&site]);
    asking.reach = asking.reach.with_address(free).with_name("gone.test").with_name("empty.test");
    let asking = asking.named("empty.test", &[]);
    let refused = format!("http://site.test:{}/", free.port());
    let found = asking.hear(&[&refused, "https://gone.test/", "https://empty.test/", "http://site.test:25/"]).await;
    let expected = [
        format!("error dead-link: {refused} leads nowhere: the server refuses the connection"),
        "error dead-link: https://gone.test/ leads nowhere: the name gone.test is not found (no such name)".to_owned(),
        "error dead-link: https://empty.test/ leads nowhere: the name empty.test has no address".to_owned(),
        "error dead-link: http://site.test:25/ leads nowhere: no browser opens port 25".to_owned(),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn without_any_network_no_link_is_called_dead() {
    let site = Site::start(|_| status("200 OK")).await;
    let asking = Asking::of(&[&site]).named("other.test", &[]);
    let mut terms = asking.terms();
    let offline = |_: &str| Err(std::io::Error::other("try again later"));
    terms.resolver = super::Resolver::Own(Arc::new(offline));
    let found: Vec<_> = super::ask(&["https://site.test/"], terms.clone()).await.iter().map(said).collect();
    let why = "the name site.test is not found (try again later)";
    assert_eq!(found, [format!("warning unchecked-link: https://site.test/ could not be checked: {why}")]);

    let half = |name: &str| match name {
        "other.test" => Ok(vec!["127.0.0.1".parse().unwrap()]),
        _ => Err(std::io::Error::other("try again later")),
    };
    terms.resolver = super::Resolver::Own(Arc::new(half));
    let found: Vec<_> = super::ask(&["https://site.test/", &site.url("other.test", "/")], terms).await.iter().map(said).collect();
    assert_eq!(found, [format!("error dead-link: https://site.test/ leads nowhere: {why}")]);
}

#[tokio::test]
async fn a_connection_that_is_not_secure_is_dead_and_a_secure_one_is_used() {
    let site = Site::secure(|_| status("200 OK")).await;
    let port = site.address.port();
    let asking = Asking::of(&[&site]).named("localhost", &["127.0.0.1"]);
    assert_eq!(asking.hear(&[&format!("https://localhost:{port}/")]).await, [""; 0]);
    let wrong = format!("https://site.test:{port}/");
    let found = asking.hear(&[&wrong]).await;
    let why = "the connection is not secure: invalid peer certificate: certificate not valid for name \"site.test\"";
    assert!(found.len() == 1 && found[0].starts_with(&format!("error dead-link: {wrong} leads nowhere: {why}")), "{found:?}");
    assert_eq!(site.requests(), ["HEAD /"]);

    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let mut asking = asking;
    asking.reach = asking.reach.with_address(address);
    let url = format!("https://site.test:{}/", address.port());
    let found = asking.hear(&[&url]).await;
    let start = format!("error dead-link: {url} leads nowhere: the connection is not secure: received corrupt message");
    assert!(found.len() == 1 && found[0].starts_with(&start), "{found:?}");
}

#[tokio::test]
async fn an_address_in_many_places_is_asked_for_once_and_every_place_is_told() {
    let site = Site::start(|_| status("404 Not Found")).await;
    let urls = [site.url("site.test", "/a#one"), site.url("SITE.test", "/a#two"), site.url("site.test", "/b/../a")];
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let found = Asking::of(&[&site]).ask(&urls).await;
    let places: Vec<_> = found.iter().map(|finding| finding.place.position().unwrap()).collect();
    assert_eq!(places, [(12, 1), (14, 1), (16, 1)]);
    assert!(found[0].message.contains("/a#one ") && found[1].message.contains("/a#two "), "{found:?}");
    assert_eq!(site.requests(), ["HEAD /a", "GET /a"]);
}

#[tokio::test]
async fn a_page_to_which_many_links_redirect_is_asked_for_once() {
    let site = Site::start(|request| if request == "HEAD /login" { status("200 OK") } else { redirect(302, "/login") }).await;
    let urls: Vec<_> = (0..5).map(|number| site.url("site.test", &format!("/{number}"))).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    assert_eq!(Asking::of(&[&site]).hear(&urls).await, [""; 0]);
    assert_eq!(site.requests().iter().filter(|request| *request == "HEAD /login").count(), 1);
}

#[tokio::test]
async fn a_host_has_two_requests_in_its_hands_and_all_hosts_eight() {
    let site = Site::in_groups_of(2).await;
    let urls: Vec<_> = (0..12).map(|number| site.url("site.test", &format!("/{number}"))).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    assert_eq!(Asking::of(&[&site]).hear(&urls).await, [""; 0]);
    assert_eq!((site.requests().len(), site.most_at_once()), (12, 2));

    let site = Site::in_groups_of(8).await;
    let hosts: Vec<_> = (0..8).map(|number| format!("site{number}.test")).collect();
    let asking = hosts.iter().fold(Asking::of(&[&site]), |asking, host| asking.named(host, &["127.0.0.1"]));
    let urls: Vec<_> = hosts.iter().flat_map(|host| ["/a", "/b"].map(|path| site.url(host, path))).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    assert_eq!(asking.hear(&urls).await, [""; 0]);
    assert_eq!((site.requests().len(), site.most_at_once()), (16, 8));
}

#[tokio::test]
async fn between_two_requests_to_a_host_lies_a_pause_and_other_hosts_do_not_wait_for_it() {
    let first = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&first);
    let site = Site::start(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        status("200 OK")
    })
    .await;
    let mut asking = Asking::of(&[&site]).named("other.test", &["127.0.0.1"]);
    // So long that nobody sees its end: the second request to site.test never comes.
    asking.pace.pause = Duration::from_hours(1);
    let urls = [site.url("site.test", "/1"), site.url("site.test", "/2"), site.url("other.test", "/3")];
    let targets = super::targets(&super::edition_with(&urls.each_ref().map(String::as_str)));
    let (progress, mut events) = super::mpsc::unbounded_channel();
    let checking = tokio::spawn(super::links::check(targets, asking.terms(), progress));
    let mut done = vec![events.recv().await.unwrap().url, events.recv().await.unwrap().url];
    done.sort();
    assert_eq!(done, [urls[2].as_str(), if done[1].ends_with("/1") { &urls[0] } else { &urls[1] }]);
    assert_eq!(first.load(Ordering::SeqCst), 2);
    assert!(!checking.is_finished());
    checking.abort();
}
