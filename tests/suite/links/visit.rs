//! Redirects: each hop by the rules for a first address.

use super::Asking;
use super::site::{Say, Site, redirect, status};

#[tokio::test]
async fn a_page_that_moved_for_good_is_told_with_its_new_address() {
    let site = Site::start(|request| match request {
        "HEAD /old" => redirect(301, "/newer"),
        "HEAD /newer" => redirect(308, "new?a=b"),
        "HEAD /through" => redirect(301, "/now"),
        "HEAD /now" => redirect(302, "/today"),
        "HEAD /daily" => redirect(307, "/today"),
        _ => status("200 OK"),
    })
    .await;
    let asking = Asking::of(&[&site]);
    let found = asking.ask(&[&site.url("site.test", "/old#part")]).await;
    assert_eq!(found.len(), 1);
    assert_eq!(super::said(&found[0]), format!("warning moved-link: {} has moved for good", site.url("site.test", "/old#part")));
    assert_eq!(found[0].help, format!("write the new address: {}", site.url("site.test", "/new?a=b#part")));
    let found = asking.ask(&[&site.url("site.test", "/through")]).await;
    assert_eq!(found[0].help, format!("write the new address: {}", site.url("site.test", "/now")));
    assert_eq!(asking.hear(&[&site.url("site.test", "/daily")]).await, [""; 0]);
}

#[tokio::test]
async fn a_redirect_to_a_page_that_is_gone_is_dead() {
    let site = Site::start(|request| match request {
        "HEAD /a" => redirect(301, "/b"),
        "HEAD /c" => redirect(302, "ftp://site.test/c"),
        "HEAD /d" => redirect(302, "http://["),
        "HEAD /e" => Say::Octets("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n".to_owned()),
        "HEAD /f" => redirect(302, "javascript:alert(1)"),
        _ => status("404 Not Found"),
    })
    .await;
    let url = |path: &str| site.url("site.test", path);
    let found = Asking::of(&[&site]).hear(&[&url("/a"), &url("/c"), &url("/d"), &url("/e"), &url("/f")]).await;
    let dead = |path: &str, why: &str| format!("error dead-link: {} leads nowhere: {why}", url(path));
    let expected = [
        dead("/a", &format!("it redirects to {}, and the server answers 404 Not Found", url("/b"))),
        dead("/c", "the server redirects to an address of the kind ftp:, which is not the web's"),
        dead("/d", "the server redirects to something that is no address"),
        dead("/e", "the server redirects and does not say where"),
        dead("/f", "the server redirects to an address of the kind javascript:, which is not the web's"),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn redirects_in_a_circle_and_too_many_of_them_come_to_an_end() {
    let site = Site::start(|request| {
        let path = request.strip_prefix("HEAD /").unwrap();
        match path {
            "self" => redirect(301, "/self#again"),
            "ping" => redirect(302, "/pong"),
            "pong" => redirect(302, "/ping"),
            "shop" => Say::Octets("HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /shop\r\n\r\n".to_owned()),
            number => redirect(302, &format!("/{}", number.parse::<u64>().unwrap() + 1)),
        }
    })
    .await;
    let url = |path: &str| site.url("site.test", path);
    let found = Asking::of(&[&site]).hear(&[&url("/self"), &url("/ping"), &url("/shop"), &url("/100")]).await;
    let expected = [
        format!("error dead-link: {} leads nowhere: its redirects go in a circle", url("/self")),
        format!(
            "error dead-link: {} leads nowhere: it redirects to {}, and its redirects go in a circle",
            url("/ping"),
            url("/pong")
        ),
        format!(
            "warning unchecked-link: {} could not be checked: it redirects in a circle whoever keeps no cookies",
            url("/shop")
        ),
        format!(
            "warning unchecked-link: {} could not be checked: it redirects to {}, and it redirects more than 5 times",
            url("/100"),
            url("/105")
        ),
    ];
    assert_eq!(found, expected);
    assert!(site.heads().iter().all(|head| !head.to_ascii_lowercase().contains("cookie")));
    assert!(!site.requests().contains(&"HEAD /106".to_owned()));
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_told() {
    let plain = Site::start(|_| status("200 OK")).await;
    let to = plain.url("site.test", "/");
    let target = to.clone();
    let secure = Site::secure(move |_| redirect(301, &target)).await;
    let from = format!("https://localhost:{}/", secure.address.port());
    let found = Asking::of(&[&plain, &secure]).named("localhost", &["127.0.0.1"]).hear(&[&from]).await;
    let expected = format!(
        "warning downgraded-link: {from} begins with https and redirects to {to}, where others can read along and change the page"
    );
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn a_redirect_never_leads_into_a_private_network() {
    let hidden = Site::at("127.0.0.2:0", false, 1, |_| status("200 OK")).await;
    let port = hidden.address.port();
    let ways = [
        (format!("http://127.0.0.2:{port}/secret"), "127.0.0.2, a loopback address"),
        (format!("http://inside.test:{port}/secret"), "127.0.0.2, a loopback address"),
        (format!("http://site.test@127.0.0.2:{port}/secret"), "127.0.0.2, a loopback address"),
        (format!("http://2130706434:{port}/secret"), "127.0.0.2, a loopback address"),
        (format!("//0x7f.2:{port}/secret"), "127.0.0.2, a loopback address"),
        (format!("http://[::ffff:127.0.0.2]:{port}/secret"), "::ffff:127.0.0.2, an IPv4 address in disguise"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "169.254.169.254, a link-local address"),
    ];
    for (to, where_to) in ways {
        let location = to.clone();
        let site = Site::start(move |_| redirect(302, &location)).await;
        let asking = Asking::of(&[&site]).named("inside.test", &["127.0.0.2"]);
        let from = site.url("site.test", "/");
        let found = asking.hear(&[&from]).await;
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(found[0].starts_with(&format!("error private-link: {from} redirects to http://")), "{found:?}");
        assert!(found[0].ends_with(&format!(", and so leads to {where_to}: readers cannot get there")), "{to}: {found:?}");
        assert!(!found[0].contains('@'), "a name or a password is neither sent nor repeated: {found:?}");
    }
    assert_eq!(hidden.requests(), [""; 0]);
}
