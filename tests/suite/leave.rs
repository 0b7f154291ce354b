//! The way out that each mail carries: one's own link, signed, and useless for anybody else.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use jiff::Timestamp;
use postrider::check::{self, Checked};
use postrider::compose::{PictureCache, Purpose, Reader};
use postrider::files::Project;
use postrider::import::Ground;
use postrider::ledger::{Deliveries, Fingerprint, Kind, Ledger, LedgerError, Plan, Planned};
use postrider::model::address::Address;
use postrider::model::mail::Mail;
use postrider::token::{self, Keyring, Mark};

use crate::relay::Relay;
use crate::workspace::{NEWSLETTER, Workspace};

pub(crate) const SERVICE: &str = "\n[service]\nbase = \"https://news.example.org/q\"\n";

/// A project whose mail has links of its readers' own.
pub(crate) fn with_service() -> Workspace {
    let workspace = Workspace::new();
    workspace.append("newsletter.toml", SERVICE);
    let made = workspace.run(&["keys", "new"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    workspace
}

pub(crate) fn keyring(workspace: &Workspace) -> Keyring {
    let text = fs::read_to_string(workspace.path(".postrider/keys.toml")).expect("keys");
    Keyring::parse(&text, list()).expect("keys")
}

/// The identifier of the workspace's list, to which its tokens are bound.
fn list() -> &'static str {
    let (_, rest) = NEWSLETTER.split_once("id = \"").expect("the list's identifier");
    rest.split('"').next().expect("an end")
}

fn checked(workspace: &Workspace) -> Checked {
    let project = Project { root: workspace.root().to_owned() };
    check::check(project.load(Some("2023-q3")), &PictureCache::default())
}

/// The token in the first link of the field.
fn token(mail: &Mail) -> String {
    let field = mail.header("List-Unsubscribe").expect("the field").replace(['\r', '\n', ' '], "");
    let (link, mailbox) = field.split_once(',').expect("two ways");
    assert!(mailbox.starts_with("<mailto:"), "{field}");
    link.strip_prefix("<https://news.example.org/q/unsubscribe/")
        .and_then(|rest| rest.strip_suffix('>'))
        .expect("a link")
        .to_owned()
}

#[test]
fn each_reader_has_a_link_of_their_own_in_header_html_and_text() {
    let workspace = with_service();
    let checked = checked(&workspace);
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let (composer, keyring) = (checked.composer.expect("a sound project"), keyring(&workspace));
    let mut tokens = BTreeSet::new();
    for subscriber in checked.subscribers.written() {
        let message = composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
        let mail = Mail::parse(&message.bytes).expect("a message");
        assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
        let token = token(&mail);
        let claim = keyring.verify(token::Purpose::Leave, &token, Timestamp::MAX).expect("it holds for ever");
        assert_eq!(claim.mark, keyring.mark(&subscriber.address));
        let link = format!("https://news.example.org/q/unsubscribe/{token}");
        assert!(mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.html);
        assert!(mail.text.contains(&link), "{}", mail.text);
        assert!(!message.html.contains("ana@example.org"), "no address is revealed");
        assert!(String::from_utf8_lossy(&message.bytes).lines().all(|line| line.len() <= 998));
        tokens.insert(token);
    }
    assert_eq!(tokens.len(), checked.subscribers.count(), "each their own");
}

#[test]
fn the_same_files_and_keys_give_the_same_octets_and_pieces_are_the_whole() {
    let workspace = with_service();
    let (one, two) = (checked(&workspace), checked(&workspace));
    let (one_composer, two_composer) = (one.composer.expect("sound"), two.composer.expect("sound"));
    for subscriber in one.subscribers.written() {
        let reader = Reader::Subscriber(subscriber);
        let bytes = one_composer.compose(&reader, Purpose::Issue).bytes;
        assert_eq!(bytes, two_composer.compose(&reader, Purpose::Issue).bytes);
        assert_eq!(bytes, one_composer.spliced(&reader, Purpose::Issue).to_vec());
    }
    assert_eq!(one_composer.digests(), two_composer.digests());
}

#[test]
fn a_page_on_the_web_and_nobody_in_particular_carry_nobodys_link() {
    let workspace = with_service();
    workspace.append("newsletter.toml", "\n[web]\nbase = \"https://news.example.org/archive/\"\n");
    let checked = checked(&workspace);
    let composer = checked.composer.expect("a sound project");
    let language = composer.issue().editions[0].language;
    let page = composer.web_page(language).expect("a page");
    assert!(!page.contains("/unsubscribe/"), "{page}");
    let keyring = keyring(&workspace);
    let anyone = composer.compose(&Reader::Anyone(language), Purpose::Issue);
    let claim = keyring.verify(token::Purpose::Leave, &token(&Mail::parse(&anyone.bytes).expect("a message")), Timestamp::MAX);
    let mark = claim.expect("a real one").mark;
    assert!(
        checked.subscribers.written().iter().all(|subscriber| keyring.mark(&subscriber.address) != mark),
        "it takes nobody off the list"
    );
}

#[test]
fn without_its_keys_mail_is_looked_at_and_not_sent() {
    let workspace = with_service();
    fs::remove_file(workspace.path(".postrider/keys.toml")).expect("the keys");
    let check = workspace.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    let words = "the mail has no links of its readers' own here: .postrider/keys.toml is not there";
    assert!(check.stdout.contains(words) && check.stdout.contains("postrider keys new"), "{check:?}");
    for command in [&["rehearse"][..], &["test", "--to", "ana@example.org"], &["send", "--expect-recipients", "3"]] {
        let ran = workspace.run(command);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("the keys for it cannot be read here"), "{ran:?}");
    }
}

#[test]
fn keys_are_made_once_for_their_owner_alone() {
    let workspace = with_service();
    let path = workspace.path(".postrider/keys.toml");
    assert_eq!(fs::metadata(&path).expect("keys").permissions().mode() & 0o777, 0o600);
    let before = fs::read(&path).expect("keys");
    let again = workspace.run(&["keys", "new"]);
    assert!(again.code == Some(1) && again.stderr.contains("is there already, and nothing is overwritten"), "{again:?}");
    assert_eq!(fs::read(&path).expect("keys"), before);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("our own file");
    let open = workspace.run(&["check"]);
    assert!(open.code == Some(1) && open.stdout.contains("holds the keys of the list, and others can read it"), "{open:?}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("our own file");
    fs::write(&path, "mailboxes = \"secret words\"").expect("a file");
    let broken = workspace.run(&["check"]);
    assert!(broken.code == Some(1) && broken.stdout.contains("[list-keys]"), "{broken:?}");
    assert!(!format!("{broken:?}").contains("secret words"), "what it holds is not repeated");
}

#[test]
fn the_service_is_https_and_nothing_follows_it() {
    for base in ["http://news.example.org/", "https://news.example.org/?a=b", "javascript:alert(1)", "news.example.org"] {
        let workspace = Workspace::new();
        workspace.append("newsletter.toml", &format!("\n[service]\nbase = \"{base}\"\n"));
        let ran = workspace.run(&["check"]);
        assert_eq!(ran.code, Some(1), "{base}: {ran:?}");
        assert!(ran.stdout.contains("bad-link"), "{base}: {ran:?}");
    }
}

pub(crate) fn ledger(workspace: &Workspace) -> Ledger {
    Ledger::open(&workspace.path(".postrider")).expect("a ledger")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

pub(crate) fn mark(workspace: &Workspace, address: &str) -> Mark {
    keyring(workspace).mark(&Address::parse(address).expect("an address"))
}

async fn leave(workspace: &Workspace, address: &str) -> bool {
    let mark = mark(workspace, address);
    ledger(workspace).depart(mark, Ground::Unsubscribed, "one-click", None, at(1_700_000_000)).await.expect("it is noted")
}

/// A project whose mail has own links, and the server that takes it.
fn with_relay() -> (Workspace, Relay) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("newsletter.toml", SERVICE);
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    (workspace, relay)
}

#[tokio::test]
async fn who_left_gets_nothing_and_is_counted_as_left_out() {
    let (workspace, relay) = with_relay();
    assert!(leave(&workspace, "ANA@example.org").await, "under any spelling");
    let plan = workspace.run(&["send", "--dry-run", "--json"]).last_json();
    assert_eq!((&plan["planned"], &plan["pending"], &plan["skipped"]), (&3.into(), &2.into(), &1.into()), "{plan}");
    let shown = workspace.run(&["send", "--dry-run"]).stdout;
    assert!(shown.contains("1 left the list, or may not be written to"), "{shown}");
    let sent = workspace.run(&["send", "--expect-recipients", "3", "--json"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_eq!(sent.last_json()["skipped"], 1);
    assert_eq!(relay.taken().len(), 2);
    assert!(relay.taken().iter().all(|(recipient, _)| recipient != "ana@example.org"));
    let status = workspace.run(&["status", "2023-q3"]).stdout;
    assert!(status.contains("left the list on 2023-11-14"), "{status}");
}

#[tokio::test]
async fn who_leaves_between_the_plan_and_their_turn_gets_nothing_either() {
    let workspace = with_service();
    let people = ["ana@example.org", "ben@example.org", "cyd@example.org"];
    let planned = people.map(|written| Planned {
        address: Address::parse(written).expect("an address"),
        edition: "en".to_owned(),
        skip: None,
    });
    let plan = |kind| Plan {
        issue: "2023-q3".to_owned(),
        kind,
        sender: "news@example.org".to_owned(),
        relay: "relay.example".to_owned(),
        digests: [("en".to_owned(), Fingerprint::default())].into(),
        recipients: planned.iter().cloned().collect(),
        selection: None,
    };
    let guarded = ledger(&workspace).guarded_by(Some(keyring(&workspace).into()));
    let run = guarded.begin(plan(Kind::Issue), at(1)).await.expect("a run");
    leave(&workspace, "ana@example.org").await;
    leave(&workspace, "ben@example.org").await;
    let claimed = run.claim(2, at(2)).await.expect("a claim");
    let addresses: Vec<_> = claimed.iter().map(|claim| claim.address.as_written()).collect();
    assert_eq!(addresses, ["cyd@example.org"], "though two who left stood before");
    run.release(claimed.iter().map(|claim| claim.id).collect()).await.expect("given back");
    leave(&workspace, "cyd@example.org").await;
    assert!(run.claim(9, at(3)).await.expect("a claim").is_empty());
    let balance = run.balance().await.expect("a balance");
    assert_eq!((balance.skipped, balance.pending, balance.planned), (3, 0, 3));
    drop(run);

    let keyless = ledger(&workspace).begin(plan(Kind::Issue), at(4)).await.expect("a run");
    assert!(matches!(keyless.claim(9, at(5)).await, Err(LedgerError::Keyless)), "without the keys nobody is sent to");
    drop(keyless);
    let test = ledger(&workspace).begin(plan(Kind::Test), at(6)).await.expect("a run");
    assert_eq!(test.claim(9, at(7)).await.expect("a claim").len(), 3, "a test goes to whom a person named");
}

#[tokio::test]
async fn without_the_keys_nothing_is_sent_once_somebody_left() {
    let (workspace, relay) = with_relay();
    leave(&workspace, "ana@example.org").await;
    relay.serve(&workspace, "");
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    assert!(sent.stderr.contains("people left this list, and without the keys that mark them nobody knows who"), "{sent:?}");
    assert_eq!(relay.taken().len(), 0);
}

#[tokio::test]
async fn to_leave_twice_is_to_leave_once_and_a_graver_ground_stays() {
    let workspace = with_service();
    let (ledger, mark) = (ledger(&workspace), mark(&workspace, "ana@example.org"));
    let depart = |ground, second| ledger.depart(mark, ground, "one-click", None, at(second));
    assert!(depart(Ground::Bounced, 1).await.expect("noted"));
    assert!(
        depart(Ground::Unsubscribed, 2).await.expect("noted"),
        "who leaves by themselves stays away though the address works again"
    );
    assert!(!depart(Ground::Unsubscribed, 3).await.expect("noted"));
    assert!(!depart(Ground::Bounced, 4).await.expect("noted"));
    let departed = ledger.departed().await.expect("who left");
    assert_eq!(departed[&mark].to_string(), "left the list on 1970-01-01");
    let kinds: Vec<_> =
        ledger.events(mark).await.expect("events").into_iter().map(|event| (event.kind, event.at.as_second())).collect();
    assert_eq!(kinds, [("bounced".to_owned(), 1), ("unsubscribed".to_owned(), 2)]);
    assert!(ledger.readmit(mark, "command", None, at(5)).await.expect("noted"));
    assert!(!ledger.readmit(mark, "command", None, at(6)).await.expect("noted"));
    assert!(ledger.departed().await.expect("nobody").is_empty());
    assert_eq!(ledger.events(mark).await.expect("events").len(), 3);
}

#[tokio::test]
async fn no_address_of_who_left_is_on_the_disk() {
    let workspace = with_service();
    leave(&workspace, "ana@example.org").await;
    for entry in fs::read_dir(workspace.path(".postrider")).expect("a folder").flatten() {
        let octets = fs::read(entry.path()).unwrap_or_default();
        assert!(!octets.windows(11).any(|part| part.eq_ignore_ascii_case(b"ana@example")), "{}", entry.path().display());
    }
}

#[test]
fn the_secretariat_takes_people_off_and_lets_back_in_whoever_asked() {
    let (workspace, relay) = with_relay();
    let run = |arguments: &[&str]| workspace.run(&[&["subscribers"], arguments].concat());
    let removed = run(&["remove", "Ana@Example.org", "--because", "left the network"]);
    assert!(removed.code == Some(0) && removed.stdout.contains("subscribers.toml, line"), "{removed:?}");
    assert!(run(&["remove", "ana@example.org"]).stdout.contains("already; nothing was changed"));
    let erased = run(&["erase", "stranger@example.net"]);
    assert!(erased.code == Some(0) && !erased.stdout.contains("line"), "{erased:?}");
    let listed = run(&["list"]);
    assert!(
        listed.stdout.lines().any(|line| line.starts_with("ana@example.org") && line.contains("was taken off the list on")),
        "{listed:?}"
    );
    assert!(listed.stderr.contains("3 in subscribers.toml, of whom 2 get mail; 1 who left are not in it any more"), "{listed:?}");
    assert_eq!(run(&["list", "--left", "--json"]).stdout.lines().count(), 1);
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    assert_eq!(relay.taken().len(), 2);

    assert_eq!(run(&["readmit", "ana@example.org", "--because", " "]).code, Some(2));
    let back = run(&["readmit", "ana@example.org", "--because", "asked by telephone"]);
    assert_eq!(back.code, Some(0), "{back:?}");
    assert_eq!(run(&["readmit", "ana@example.org", "--because", "again"]).code, Some(1));
    let shown = run(&["show", "ana@example.org"]).stdout;
    assert!(
        shown.contains("removed (command): left the network") && shown.contains("readmitted (command): asked by telephone"),
        "{shown}"
    );
    let shown = run(&["show", "ana@example.org", "--json"]).last_json();
    assert_eq!((&shown["listed"], &shown["departure"]), (&true.into(), &serde_json::Value::Null), "{shown}");
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    assert_eq!(relay.taken().len(), 3, "she alone gets it late, and nobody twice");
    assert_eq!(run(&["show", "not an address"]).code, Some(2));
}
