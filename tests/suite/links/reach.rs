//! What is never asked: addresses where readers cannot go, and links that do something when they are opened.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postrider::links::{Reach, Resolver};

use super::Asking;
use super::site::{Site, redirect, status};

#[test]
fn only_public_addresses_are_within_reach() {
    let refusal = |ip: &str| Reach::public().refusal(SocketAddr::new(ip.parse().unwrap(), 443));
    let refused = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ];
    for ip in refused {
        assert!(refusal(ip).is_some(), "{ip}");
    }
    let public = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "3ffe::1",
        "3fff:1000::1",
    ];
    for ip in public {
        assert_eq!(refusal(ip), None, "{ip}");
    }
}

#[tokio::test]
async fn every_spelling_of_this_machine_is_refused_and_nothing_is_contacted() {
    let site = Site::start(|_| status("200 OK")).await;
    let mut asking = Asking::of(&[]).named("localhost", &["127.0.0.1"]).named("mixed.test", &["93.184.215.14", "127.0.0.1"]);
    asking = asking.named("bücher.test", &["10.0.0.1"]).named("xn--bcher-kva.test", &["127.0.0.1"]);
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "①②⑦.⓪.⓪.①",
        "localhost",
        "LOCALHOST",
        "mixed.test",
        "bücher.test",
        "xn--bcher-kva.test",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "0",
    ];
    for host in hosts {
        let found = asking.hear(&[&site.url(host, "/")]).await;
        assert!(found.len() == 1 && found[0].starts_with("error private-link: "), "{host}: {found:?}");
        assert!(found[0].ends_with(": readers cannot get there"), "{host}: {found:?}");
    }
    assert_eq!(site.requests(), [""; 0]);
    let found = asking.hear(&["http://10.1.2.3/intranet"]).await;
    let expected = "error private-link: http://10.1.2.3/intranet leads to 10.1.2.3, an address of private networks: readers cannot get there";
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn an_exception_is_for_one_address_and_one_port() {
    let sites = [Site::start(|_| status("200 OK")).await, Site::start(|_| status("200 OK")).await];
    let asking = Asking::of(&[&sites[0]]);
    let found = asking.hear(&[&sites[0].url("site.test", "/"), &sites[1].url("site.test", "/")]).await;
    assert!(found.len() == 1 && found[0].starts_with("error private-link: "), "{found:?}");
    assert_eq!((sites[0].requests().len(), sites[1].requests().len()), (1, 0));
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_contacted() {
    let open = Site::start(|request| if request.starts_with("HEAD") { status("405 No") } else { status("200 OK") }).await;
    let hidden = Site::at(&format!("127.0.0.2:{}", open.address.port()), false, 1, |_| status("200 OK")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    // A name server that is asked twice names another address the second time.
    let rebinding = move |_: &str| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let address: IpAddr = if number == 0 { [127, 0, 0, 1] } else { [127, 0, 0, 2] }.into();
        Ok(vec![address])
    };
    let mut terms = Asking::of(&[&open]).terms();
    terms.resolver = Resolver::Own(Arc::new(rebinding));
    let found = super::ask(&[&open.url("site.test", "/first")], terms.clone()).await;
    assert_eq!(found, []);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "HEAD and GET go to the address that one look-up gave");
    assert_eq!(open.requests(), ["HEAD /first", "GET /first"]);

    let found = super::ask(&[&open.url("site.test", "/second")], terms).await;
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["private-link"]);
    assert_eq!(hidden.requests(), [""; 0]);
}

#[tokio::test]
async fn an_address_that_a_network_without_ipv4_makes_up_does_not_hide_the_real_one() {
    let site = Site::start(|_| status("200 OK")).await;
    let asking = Asking::of(&[&site])
        .named("translated.test", &["64:ff9b::7f00:1", "127.0.0.1"])
        .named("lonely.test", &["64:ff9b::7f00:1"]);
    assert_eq!(asking.hear(&[&site.url("translated.test", "/")]).await, [""; 0]);
    let found = asking.hear(&[&site.url("lonely.test", "/")]).await;
    assert!(found.len() == 1 && found[0].starts_with("error private-link: "), "{found:?}");
}

#[tokio::test]
async fn a_link_to_unsubscribe_is_never_opened() {
    let site = Site::start(|request| match request {
        "HEAD /sly" => redirect(302, "/list?action=Unsubscribe&who=ana"),
        _ => status("200 OK"),
    })
    .await;
    let paths = ["/unsubscribe/ana", "/list?action=unsubscribe", "/Opt-Out", "/sly"];
    let urls = paths.map(|path| site.url("site.test", path));
    let found = Asking::of(&[&site]).hear(&urls.each_ref().map(String::as_str)).await;
    let why = "it looks like a link to unsubscribe, and opening one can unsubscribe somebody";
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found[0], format!("warning unchecked-link: {} could not be checked: {why}", urls[0]));
    assert!(found.iter().all(|said| said.ends_with(why)), "{found:?}");
    assert_eq!(site.requests(), ["HEAD /sly"]);
}

#[tokio::test]
async fn names_reserved_for_examples_are_not_even_looked_up_and_told_of_once() {
    let site = Site::start(|_| redirect(302, "https://elsewhere.example/")).await;
    let asking = Asking::of(&[&site]);
    let urls = [
        "https://example.org/a",
        "https://news.example.org/b",
        "https://site.invalid/",
        "https://other.test/",
        "http://x.example./",
    ];
    let found = asking.ask(&urls).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = "warning unchecked-link: 5 links lead to names that are reserved for examples (example.org, news.example.org, \
                    other.test and 2 more), and were not asked for";
    assert_eq!(super::said(&found[0]), expected);
    assert_eq!(found[0].place.position(), Some((12, 1)));
    assert_eq!(*asking.looked_up.lock().unwrap(), [""; 0]);

    let found = asking.hear(&["https://example.com/"]).await;
    let expected =
        "warning unchecked-link: 1 link leads to names that are reserved for examples (example.com), and was not asked for";
    assert_eq!(found, [expected]);
    let url = site.url("site.test", "/");
    let found = asking.hear(&[&url]).await;
    let why = "it redirects to https://elsewhere.example/, and that name is reserved for examples";
    assert_eq!(found, [format!("warning unchecked-link: {url} could not be checked: {why}")]);
}

#[tokio::test]
async fn a_site_on_ipv6_is_asked_where_it_is_within_reach() {
    // A container may have no IPv6, not even for itself.
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let site = Site::at("[::1]:0", false, 1, |_| status("200 OK")).await;
    let asking = Asking::of(&[&site]).named("six.test", &["::1"]);
    assert_eq!(asking.hear(&[&site.url("[::1]", "/a"), &site.url("six.test", "/b")]).await, [""; 0]);
    let mut heads = site.heads();
    heads.sort();
    assert!(heads[0].contains(&format!("host: [::1]:{}\r\n", site.address.port())), "{heads:?}");
    let refused = Asking::of(&[]).hear(&[&site.url("[::1]", "/")]).await;
    assert!(refused.len() == 1 && refused[0].starts_with("error private-link: "), "{refused:?}");
}

#[tokio::test]
async fn an_international_name_is_asked_for_as_the_dns_knows_it() {
    let site = Site::start(|_| status("200 OK")).await;
    let asking = Asking::of(&[&site]).named("xn--54b7fta0cc.test", &["127.0.0.1"]);
    assert_eq!(asking.hear(&[&site.url("বাংলা.test", "/পাতা")]).await, [""; 0]);
    assert_eq!(*asking.looked_up.lock().unwrap(), ["xn--54b7fta0cc.test"]);
    assert!(site.heads()[0].contains(&format!("host: xn--54b7fta0cc.test:{}\r\n", site.address.port())), "{:?}", site.heads());
}
