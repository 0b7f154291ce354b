//! Joining with a confirmation, one's own settings, and those who would misuse them.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use postrider::import::Ground;
use postrider::ledger::{Budget, Claim as Claimed, Confirmed, Deliveries, Ledger, Outcome, Preference, Wish};
use postrider::model::address::Address;
use postrider::model::language::Language;
use postrider::model::mail::Mail;
use postrider::token::{Claim, Mark, Purpose};
use proptest::prelude::*;

use crate::leave::{SERVICE, keyring, ledger, mark};
use crate::public::{FORM, Service, dump, link};
use crate::relay::Relay;
use crate::workspace::Workspace;

const DEADLINE: Duration = Duration::from_mins(1);
const AMPLE: Budget = Budget { all: 1_000, domain: 1_000, network: 1_000 };

/// A project whose service can write letters, and the server that takes them.
fn with_letters() -> (Workspace, Relay) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    let service = SERVICE.to_owned() + "groups = [\"donors\"]\n";
    workspace.append("newsletter.toml", &service);
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    (workspace, relay)
}

fn address(written: &str) -> Address {
    Address::parse(written).expect("an address")
}

/// When a form was shown, so many seconds ago, as it stands in the form.
fn shown(workspace: &Workspace, ago: i64) -> String {
    let until = Timestamp::now() + SignedDuration::from_hours(24) - SignedDuration::from_secs(ago);
    keyring(workspace).mint(Purpose::Form, Claim { mark: Mark::from_octets([0; 16]), generation: 0, until: Some(until) })
}

/// A form as a person sends it.
fn body(workspace: &Workspace, email: &str, more: &str) -> String {
    let email: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    format!("email={email}&shown={}&website={more}", shown(workspace, 10))
}

/// Waits until so many letters were taken.
fn letters(relay: &Relay, count: usize) -> Vec<(String, Vec<u8>)> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let taken = relay.taken();
        if taken.len() >= count {
            return taken;
        }
        assert!(Instant::now() < deadline, "{} letters of {count}", taken.len());
        thread::sleep(Duration::from_millis(10));
    }
}

/// The path of the link in a letter, below the service's own.
fn button(octets: &[u8]) -> String {
    let mail = Mail::parse(octets).expect("a letter");
    let text = mail.text.replace('\n', " ");
    let at = text.find("https://news.example.org/q/").expect("a link");
    let link = text[at..].split_whitespace().next().expect("a word").trim_end_matches(['>', ')', '.']);
    assert!(mail.html.contains(link), "the same in both");
    link.trim_start_matches("https://news.example.org/q/").to_owned()
}

fn is_listed(workspace: &Workspace, written: &str) -> bool {
    let listed = workspace.run(&["subscribers", "list"]).stdout;
    listed.lines().any(|line| line.starts_with(written) && !line.contains(" on 2"))
}

#[test]
fn somebody_joins_by_confirming_the_letter_and_in_no_other_way() {
    let (workspace, relay) = with_letters();
    let service = Service::start(&workspace);
    let (status, form) = service.ask("GET", "subscribe", "Accept-Language: bn\r\n", b"");
    assert!(status == 200 && form.contains("<html lang=\"bn\"") && form.contains("value=\"donors\""), "{form}");
    let typed = body(&workspace, "Neu@example.net", "") + "&language=bn&group=donors&group=members&name=%3Cb%3EBuy%20now";
    let headers = format!("{FORM}User-Agent: Buy-now\r\nAccept-Language: bn\r\n");
    let (status, answer) = service.ask("POST", "subscribe", &headers, typed.as_bytes());
    assert_eq!(status, 200, "{answer}");
    let (recipient, octets) = letters(&relay, 1).remove(0);
    assert_eq!(recipient, "Neu@example.net");
    let mail = Mail::parse(&octets).expect("a letter");
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(mail.subject, "আপনার গ্রাহক হওয়া নিশ্চিত করুন");
    let all = format!("{}{}{}", mail.html, mail.text, mail.subject);
    for typed in ["Buy", "Neu@", "donors", "members", "<b>"] {
        assert!(!all.contains(typed), "{typed} is nobody's but whoever typed it");
    }
    assert!(!is_listed(&workspace, "Neu@example.net"), "to be asked is not to join");

    let path = button(&octets);
    let (status, page) = service.ask("GET", &path, "", b"");
    assert!(status == 200 && page.contains("<form method=\"post\"><button"), "{page}");
    assert!(!is_listed(&workspace, "Neu@example.net"), "scanners open links");
    for _ in 0..2 {
        let (status, page) = service.ask("POST", &path, FORM, b"");
        assert!(status == 200 && page.contains("You are on the list"), "{page}");
    }
    assert!(is_listed(&workspace, "Neu@example.net"));
    let told = workspace.run(&["subscribers", "show", "neu@example.net"]).stdout;
    assert!(told.contains("subscribed (page): form bn ") && told.matches("confirmed (page): form bn ").count() == 1, "{told}");
    let chosen = workspace.run(&["subscribers", "list", "--where", "\"donors\" in groups and language = \"bn\""]).stdout;
    assert!(chosen.contains("Neu@example.net"), "{chosen}");
    assert_eq!(
        workspace.run(&["subscribers", "list", "--where", "\"members\" in groups and email = \"neu@example.net\""]).stdout,
        "",
        "that group is not for them to choose"
    );

    let (status, _) = service.ask("POST", &link(&workspace, "neu@example.net"), FORM, b"");
    assert_eq!(status, 200);
    let (status, page) = service.ask("POST", &path, FORM, b"");
    assert!(status == 404 && page.contains("does not hold any more"), "{page}");
    assert!(!is_listed(&workspace, "Neu@example.net"), "an old letter brings nobody back");
}

#[test]
fn the_log_names_nobody_and_holds_no_link() {
    let (workspace, relay) = with_letters();
    let service = Service::start(&workspace);
    let headers = format!("{FORM}User-Agent: secret-agent\r\nX-Forwarded-For: 198.51.100.77\r\n");
    assert_eq!(
        service.ask("POST", "subscribe?email=query@example.net", &headers, body(&workspace, "new@example.net", "").as_bytes()).0,
        200
    );
    let path = button(&letters(&relay, 1).remove(0).1);
    assert_eq!(service.ask("POST", &path, FORM, b"").0, 200);
    assert_eq!(service.ask("POST", &link(&workspace, "ana@example.org"), FORM, b"").0, 200);
    service.ask("GET", "somebody@example.net/nowhere", "", b"");
    drop(service);
    let log = fs::read_to_string(workspace.path("serve.log")).expect("the log");
    let told: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let is_told = |method: &str, path: &str, status: u64| {
        told.iter().any(|line| line["method"] == method && line["path"] == path && line["status"] == status)
    };
    assert!(is_told("POST", "/q/subscribe", 200) && is_told("POST", "/q/confirm/{token}", 200), "{log}");
    assert!(is_told("POST", "/q/unsubscribe/{token}", 200) && is_told("GET", "-", 404), "{log}");
    for secret in ["@", "v1.", "secret-agent", "198.51", "example.net", "somebody"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn whoever_it_is_about_the_answer_is_the_same() {
    let (workspace, relay) = with_letters();
    let service = Service::start(&workspace);
    let now = Timestamp::now();
    let store = ledger(&workspace);
    store.depart(mark(&workspace, "left@example.net"), Ground::Unsubscribed, "one-click", None, now).await.expect("noted");
    store.depart(mark(&workspace, "angry@example.net"), Ground::Complained, "mail", None, now).await.expect("noted");
    let people = [
        "new@example.net",
        "ana@example.org",
        "left@example.net",
        "angry@example.net",
        "postmaster@example.net",
        "new@example.net",
    ];
    for path in ["subscribe", "settings"] {
        let answers: Vec<_> =
            people.iter().map(|email| service.ask("POST", path, FORM, body(&workspace, email, "").as_bytes())).collect();
        let cut = |answer: &str| answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n");
        for (status, answer) in &answers {
            assert_eq!((*status, cut(answer)), (200, cut(&answers[0].1)), "{path}");
            assert!(!answer.contains("example.net"), "no address is repeated");
        }
    }
    // To the newcomer and to who left: confirm. To the member: the way to the settings. To the others: nothing.
    let mut taken: Vec<_> = letters(&relay, 3).into_iter().map(|(recipient, octets)| (recipient, button(&octets))).collect();
    taken.sort();
    let kinds: Vec<_> =
        taken.iter().map(|(recipient, path)| (recipient.as_str(), path.split('/').next().expect("a word"))).collect();
    assert_eq!(kinds, [("ana@example.org", "settings"), ("left@example.net", "confirm"), ("new@example.net", "confirm")]);
}

#[test]
fn machines_and_broken_forms_make_no_letter() {
    let (workspace, relay) = with_letters();
    let service = Service::start(&workspace);
    let good = body(&workspace, "x@example.net", "");
    let hasty = format!("email=x@example.net&shown={}&website=", shown(&workspace, 0));
    let late = format!("email=x@example.net&shown={}&website=", shown(&workspace, 90_000));
    let forged = good.replace("shown=v1.a.", "shown=v1.a.a");
    let other = keyring(&workspace).mint(Purpose::Leave, Claim::for_ever(mark(&workspace, "x@example.net")));
    for typed in [
        good.replace("website=", "website=http%3A%2F%2Fspam.example"),
        hasty,
        late,
        forged,
        format!("email=x@example.net&shown={other}"),
        "email=x@example.net".to_owned(),
    ] {
        let (status, _) = service.ask("POST", "subscribe", FORM, typed.as_bytes());
        assert_eq!(status, 200, "as if nothing were wrong: {typed}");
    }
    for email in
        ["", "x", "x@example.net\r\nBcc: y@example.net", "x@example.net, y@example.net", "\"x\"@[127.0.0.1]", "x@localhost"]
    {
        let (status, page) = service.ask("POST", "subscribe", FORM, body(&workspace, email, "").as_bytes());
        assert!(status == 422 && page.contains("This is no mail address"), "{email:?}: {page}");
    }
    let (status, _) = service.ask("POST", "subscribe", "Content-Type: application/json\r\n", br#"{"email":"x@example.net"}"#);
    assert_eq!(status, 415, "there is no other way round the guard");
    let (status, _) = service.ask("POST", "subscribe", FORM, &[good.as_bytes(), &vec![b'a'; 100_000]].concat());
    assert_eq!(status, 413);
    // One that is sound is written, after all of them: nothing came before it.
    let (status, _) = service.ask("POST", "subscribe", FORM, body(&workspace, "sound@example.net", "").as_bytes());
    assert_eq!(status, 200);
    assert_eq!(letters(&relay, 1).remove(0).0, "sound@example.net");
}

fn wish(email: &str, network: u8) -> Wish {
    let english = Language::from_tag("en").expect("a language");
    let preference = Preference { language: english, groups: Vec::new() };
    Wish { address: address(email), preference, is_settings: false, network: [network; 16], form: "form en".to_owned() }
}

/// How many of some wishes become letters at a time, and those letters' numbers.
async fn granted(workspace: &Workspace, wishes: impl IntoIterator<Item = Wish>, budget: Budget, now: Timestamp) -> usize {
    // Opened anew each time: what was spent outlives the process.
    let store = ledger(workspace);
    for wish in wishes {
        store.wish(wish, now).await.expect("written");
    }
    let keyring = keyring(workspace);
    let count = store.judge_wishes(move |address| keyring.mark(address), |_| false, budget, now).await.expect("judged");
    let outbox = store.outbox(now).await.expect("the letters");
    let (notices, outbox) = outbox.round(now).await.expect("a round");
    let claims = outbox.claim(notices.len(), now).await.expect("claims");
    for Claimed { id, .. } in claims {
        outbox.advance(None, Some(id)).await.expect("noted");
        outbox.advance(Some((id, Outcome::Accepted)), None).await.expect("noted");
    }
    count
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_others() {
    let (workspace, _relay) = with_letters();
    let start = Timestamp::from_second(1_790_000_000).expect("a time");
    let day = |days: i64| start + SignedDuration::from_hours(24 * days);
    assert_eq!(granted(&workspace, (0..50).map(|n| wish("victim@example.net", n)), AMPLE, day(0)).await, 1, "one a day");
    assert_eq!(granted(&workspace, [wish("Victim@Example.net", 9)], AMPLE, day(0) + SignedDuration::from_hours(23)).await, 0);
    assert_eq!(granted(&workspace, [wish("victim@example.net", 1)], AMPLE, day(2)).await, 1);
    assert_eq!(granted(&workspace, [wish("victim@example.net", 1)], AMPLE, day(4)).await, 1);
    assert_eq!(
        granted(&workspace, [wish("victim@example.net", 1)], AMPLE, day(400)).await,
        0,
        "three in all, until somebody confirms"
    );

    let many = |domain: &'static str, from: u8| (0..30).map(move |n| wish(&format!("r{n}@{domain}"), from));
    let budget = Budget { all: 20, domain: 8, network: 5 };
    assert_eq!(granted(&workspace, many("a.example", 1), budget, day(500)).await, 5, "a network");
    assert_eq!(
        granted(&workspace, (0..30).map(|n| wish(&format!("s{n}@a.example"), 100 + n)), budget, day(500)).await,
        3,
        "a domain"
    );
    let others = (0..60).map(|n| wish(&format!("t@d{n}.example"), 100 + n));
    assert_eq!(granted(&workspace, others, budget, day(500)).await, 12, "and all in all");
    assert_eq!(granted(&workspace, [wish("u@e.example", 7)], budget, day(500)).await, 0);
    assert_eq!(granted(&workspace, [wish("u@e.example", 7)], budget, day(501)).await, 1, "the next day is another");
}

#[tokio::test]
async fn a_letter_goes_out_once_though_the_service_was_killed() {
    let (workspace, relay) = with_letters();
    let now = Timestamp::now();
    {
        let store = ledger(&workspace);
        for email in ["waits@example.net", "claimed@example.net", "leaving@example.net"] {
            store.wish(wish(email, 1), now).await.expect("written");
        }
        let keyring = keyring(&workspace);
        store.judge_wishes(move |address| keyring.mark(address), |_| false, AMPLE, now).await.expect("judged");
        let (_, outbox) = store.outbox(now).await.expect("the letters").round(now).await.expect("a round");
        let claims = outbox.claim(3, now).await.expect("claims");
        let of = |email: &str| claims.iter().find(|claim| claim.address == address(email)).expect("claimed").id;
        outbox.release(vec![of("waits@example.net")]).await.expect("given back");
        // The process dies here, with one in hand and one on its way.
        outbox.advance(None, Some(of("leaving@example.net"))).await.expect("noted");
    }
    let service = Service::start(&workspace);
    letters(&relay, 2);
    // One more, so that a third would have come before it.
    let (status, _) = service.ask("POST", "subscribe", FORM, body(&workspace, "last@example.net", "").as_bytes());
    assert_eq!(status, 200);
    let mut reached: Vec<_> = letters(&relay, 3).into_iter().map(|(recipient, _)| recipient).collect();
    reached.sort();
    assert_eq!(reached, ["claimed@example.net", "last@example.net", "waits@example.net"], "what may have left is not sent again");
    let second = ledger(&workspace).outbox(now).await;
    assert!(second.is_err(), "one process has the letters");
}

#[test]
fn one_looks_and_chooses_by_a_link_of_ones_own() {
    let (workspace, relay) = with_letters();
    let service = Service::start(&workspace);
    assert_eq!(service.ask("POST", "settings", FORM, body(&workspace, "ana@example.org", "").as_bytes()).0, 200);
    let path = button(&letters(&relay, 1).remove(0).1);
    let (status, page) = service.ask("GET", &path, "", b"");
    assert!(status == 200 && page.contains("name=\"language\"") && !page.contains("ana@example.org"), "{page}");
    let (status, page) = service.ask("POST", &path, FORM, b"language=bn&group=donors&group=nobody");
    assert!(status == 200 && page.contains("Saved."), "{page}");
    let chosen = workspace
        .run(&["subscribers", "list", "--where", "language = \"bn\" and \"donors\" in groups and \"members\" in groups"])
        .stdout;
    assert_eq!(chosen, "ana@example.org  bn\n", "a group that is not theirs to choose stays");
    let (status, data) = service.ask("GET", &format!("{path}/data"), "", b"");
    assert!(status == 200 && data.contains("\"email\": \"ana@example.org\"") && data.contains("\"preferred\""), "{data}");
    // Forwarded mail has another kind of token, which shows nothing.
    let leave = link(&workspace, "ana@example.org").replace("unsubscribe/", "");
    for path in [format!("settings/{leave}"), format!("settings/{leave}/data"), format!("confirm/{leave}")] {
        let (status, page) = service.ask("GET", &path, "", b"");
        assert!(status == 404 && !page.contains("ana@"), "{page}");
    }
    assert_eq!(service.ask("POST", &link(&workspace, "ana@example.org"), FORM, b"").0, 200);
    assert_eq!(service.ask("GET", &path, "", b"").0, 404, "whoever left has no settings");
    assert_eq!(service.ask("POST", &path, FORM, b"language=en").0, 404);
}

#[tokio::test]
async fn to_look_at_any_page_with_a_token_that_holds_changes_nothing() {
    let (workspace, _relay) = with_letters();
    let now = Timestamp::now();
    let keyring = keyring(&workspace);
    let ana = mark(&workspace, "ana@example.org");
    let soon = Some(now + SignedDuration::from_hours(1));
    granted(&workspace, [wish("new@example.net", 1)], AMPLE, now).await;
    let confirm = keyring.mint(Purpose::Confirm, Claim { mark: mark(&workspace, "new@example.net"), generation: 1, until: soon });
    let settings = keyring.mint(Purpose::Preferences, Claim { mark: ana, generation: 0, until: soon });
    let service = Service::start(&workspace);
    let tables = || dump(&workspace.path(".postrider/ledger.sqlite"));
    let before = tables();
    for method in ["GET", "HEAD"] {
        for path in [
            link(&workspace, "ana@example.org"),
            format!("confirm/{confirm}"),
            format!("settings/{settings}"),
            format!("settings/{settings}/data"),
            "settings".to_owned(),
            "subscribe".to_owned(),
            "subscribe?email=x@example.net&website=".to_owned(),
        ] {
            let (status, answer) = service.ask(method, &path, "", b"");
            assert_eq!(status, 200, "{method} {path}: {answer}");
        }
    }
    assert_eq!(tables(), before, "byte for byte");
}

#[tokio::test]
async fn a_newer_letter_voids_the_older_and_a_stranger_confirms_nothing() {
    let (workspace, _relay) = with_letters();
    let start = Timestamp::from_second(1_790_000_000).expect("a time");
    let later = start + SignedDuration::from_hours(25);
    granted(&workspace, [wish("new@example.net", 1)], AMPLE, start).await;
    granted(&workspace, [wish("new@example.net", 1)], AMPLE, later).await;
    let store = ledger(&workspace);
    let new = mark(&workspace, "new@example.net");
    assert_eq!(store.confirm(new, 1, later).await.expect("asked"), Confirmed::Stale);
    assert_eq!(store.confirm(mark(&workspace, "other@example.net"), 1, later).await.expect("asked"), Confirmed::Stale);
    assert_eq!(store.confirm(new, 3, later).await.expect("asked"), Confirmed::Stale, "one that is yet to be written");
    store.depart(new, Ground::Complained, "mail", None, later).await.expect("noted");
    assert_eq!(store.confirm(new, 2, later).await.expect("asked"), Confirmed::Stale, "who complained needs a person's hand");
    store.readmit(new, "command", None, later).await.expect("noted");
    assert_eq!(store.confirm(new, 2, later).await.expect("asked"), Confirmed::New);
    assert_eq!(store.confirm(new, 2, later).await.expect("asked"), Confirmed::Again);
}

#[tokio::test]
async fn an_old_letter_brings_nobody_back_and_a_strangers_wish_changes_nothing_that_is_known() {
    let (workspace, _relay) = with_letters();
    let start = Timestamp::from_second(1_790_000_000).expect("a time");
    let hours = |hours: i64| start + SignedDuration::from_hours(hours);
    let store = ledger(&workspace);
    let of = |email: &str| mark(&workspace, email);
    // Asked, then left by an older mail, then found the letter.
    granted(&workspace, [wish("a@example.net", 1)], AMPLE, start).await;
    store.depart(of("a@example.net"), Ground::Unsubscribed, "one-click", None, hours(1)).await.expect("noted");
    assert_eq!(store.confirm(of("a@example.net"), 1, hours(2)).await.expect("asked"), Confirmed::Stale);
    // Taken off by those who keep the list.
    store.depart(of("b@example.net"), Ground::Removed, "command", None, start).await.expect("noted");
    assert_eq!(granted(&workspace, [wish("b@example.net", 1)], AMPLE, hours(1)).await, 0, "that needs a person's hand");
    // Known with a name and a group, left, and now somebody types the address into the form.
    let line = br#"{"email": "c@example.net", "name": "Cyd", "groups": ["members"]}"#;
    let vocabulary = postrider::model::publication::Vocabulary {
        languages: vec![Language::from_tag("en").expect("a language")],
        groups: vec!["members".to_owned(), "donors".to_owned()],
        ..Default::default()
    };
    let read = postrider::import::read_octets(line, &postrider::import::Setting::new("l", &vocabulary)).expect("a line");
    let occasion = postrider::ledger::Occasion { kind: "subscribed", source: "command", detail: None };
    store.enrol(of("c@example.net"), read.entries[0].clone(), occasion, start).await.expect("written").expect("welcome");
    store.depart(of("c@example.net"), Ground::Unsubscribed, "one-click", None, start).await.expect("noted");
    let mut own = wish("c@example.net", 2);
    own.preference.groups = vec!["donors".to_owned()];
    assert_eq!(granted(&workspace, [own], AMPLE, hours(1)).await, 1);
    let known = store.person(of("c@example.net")).await.expect("read").expect("known");
    assert_eq!((known.name.as_str(), known.groups.len()), ("Cyd", 1));
    assert_eq!(granted(&workspace, [wish("d@example.net", 3)], AMPLE, hours(100)).await, 1);
    assert!(store.person(of("c@example.net")).await.expect("read").is_some(), "nor are they swept away");
    assert_eq!(store.confirm(of("c@example.net"), 1, hours(2)).await.expect("asked"), Confirmed::New);
    let known = store.person(of("c@example.net")).await.expect("read").expect("known");
    let groups: Vec<_> = known.groups.iter().map(|group| &**group).collect();
    assert_eq!((known.name.as_str(), groups), ("Cyd", vec!["members", "donors"]), "what they chose stands beside what was known");
}

#[test]
fn without_a_relay_or_with_joining_closed_there_is_no_form() {
    let (workspace, _relay) = with_letters();
    workspace.append("newsletter.toml", "");
    let text = fs::read_to_string(workspace.path("newsletter.toml")).expect("the file");
    workspace.write("newsletter.toml", text.replace("groups = [\"donors\"]\n", "joining = false\n"));
    let service = Service::start(&workspace);
    assert_eq!(service.ask("GET", "subscribe", "", b"").0, 404);
    assert_eq!(service.ask("GET", "settings", "", b"").0, 200);
    drop(service);
    let alone = crate::leave::with_service();
    let service = Service::start(&alone);
    for path in ["subscribe", "settings"] {
        assert_eq!(service.ask("GET", path, "", b"").0, 404, "nothing is offered that cannot be done");
        assert_eq!(service.ask("POST", path, FORM, body(&alone, "x@example.net", "").as_bytes()).0, 404);
    }
}

/// What may happen to somebody.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wish,
    Confirm,
    Leave,
    Bounce,
    Complain,
    Readmit,
    Import,
    Erase,
}

/// What must be known of somebody.
#[derive(Debug, Clone, Copy, Default)]
struct Model {
    is_active: bool,
    is_pending: bool,
    departed: Option<Ground>,
    /// Whether they left after the last letter.
    has_left_since: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("POSTRIDER_LIVES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(60)
    ))]

    #[test]
    fn whatever_happens_nobody_who_left_is_sent_to_and_no_import_lifts_it(
        steps in proptest::collection::vec(
            prop_oneof![
                Just(Step::Wish), Just(Step::Confirm), Just(Step::Leave), Just(Step::Bounce), Just(Step::Complain),
                Just(Step::Readmit), Just(Step::Import), Just(Step::Erase)
            ],
            1..40
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(live(&steps))?;
    }
}

/// Leads one life, and holds what the ledger says of it against the model after each step.
async fn live(steps: &[Step]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Ledger::open(folder.path()).expect("a ledger");
    let keyring = postrider::token::Keyring::parse(&postrider::token::Keyring::generate(), "news.example.org").expect("keys");
    let keyring = std::sync::Arc::new(keyring);
    let ana = address("ana@example.net");
    let mark = keyring.mark(&ana);
    let english = Language::from_tag("en").expect("a language");
    let vocabulary =
        postrider::model::publication::Vocabulary { languages: vec![english], is_list_kept: true, ..Default::default() };
    let mut model = Model::default();
    let (mut generation, mut letters) = (0, 0);
    for (day, step) in (0..).zip(steps) {
        let now = Timestamp::from_second(1_790_000_000 + day * 90_000).expect("a time");
        let depart = |ground| store.depart(mark, ground, "test", None, now);
        match step {
            Step::Wish => {
                store.wish(wish("ana@example.net", 1), now).await.expect("written");
                let by = std::sync::Arc::clone(&keyring);
                let granted = store.judge_wishes(move |address| by.mark(address), |_| false, AMPLE, now).await.expect("judged");
                let is_member = model.is_active && model.departed.is_none();
                let may = model.departed != Some(Ground::Complained) && (is_member || letters < 3);
                prop_assert_eq!(granted, usize::from(may));
                if may {
                    letters += 1;
                    generation += 1;
                    model.has_left_since = false;
                    // Who left keeps their place in the table, and is left out of it.
                    model.is_pending |= !is_member && !model.is_active;
                }
            }
            Step::Confirm => {
                // Pending people are swept when wishes are judged; here each confirms in time or not at all.
                let confirmed = store.confirm(mark, generation, now).await.expect("asked");
                if confirmed == Confirmed::New {
                    prop_assert!(
                        !model.has_left_since && model.departed != Some(Ground::Complained),
                        "an old letter brings nobody back"
                    );
                    model = Model { is_active: true, ..Model::default() };
                    letters = 0;
                }
            }
            Step::Leave | Step::Bounce | Step::Complain => {
                let ground = match step {
                    Step::Leave => Ground::Unsubscribed,
                    Step::Bounce => Ground::Bounced,
                    _ => Ground::Complained,
                };
                depart(ground).await.expect("noted");
                if Some(ground) > model.departed {
                    model.has_left_since = true;
                }
                model.departed = model.departed.max(Some(ground));
            }
            Step::Readmit => {
                store.readmit(mark, "command", None, now).await.expect("noted");
                (model.departed, model.has_left_since) = (None, false);
            }
            Step::Import => {
                let mut import = store.import(&vocabulary, std::sync::Arc::clone(&keyring)).expect("an import");
                let line = b"{\"email\": \"ana@example.net\"}\n";
                let read =
                    postrider::import::read_octets(line, &postrider::import::Setting::new("l", &vocabulary)).expect("a line");
                import.stage(read.entries[0].clone()).expect("staged");
                let done = import.apply("l", now).expect("done");
                prop_assert!(model.departed.is_none() || done.people == 0, "no import brings anybody back");
                if model.departed.is_none() {
                    (model.is_active, model.is_pending) = (true, false);
                }
            }
            Step::Erase => {
                store.forget(mark, &ana).await.expect("forgotten");
                depart(Ground::Erased).await.expect("noted");
                model = Model { departed: model.departed.max(Some(Ground::Erased)), ..Model::default() };
                (generation, letters) = (0, 0);
            }
        }
        let departure = store.departure(mark).await.expect("read");
        prop_assert_eq!(departure.map(|departure| departure.ground), model.departed, "after {:?} of {:?}", step, steps);
        let list = store.roll(&vocabulary, std::sync::Arc::clone(&keyring)).expect("the list");
        prop_assert_eq!(list.count(), usize::from(model.is_active), "after {:?} of {:?}", step, steps);
        if model.departed.is_some() {
            prop_assert!(departure.is_some(), "whoever left is not claimed");
        }
    }
    Ok(())
}
