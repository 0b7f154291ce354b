//! Ten thousand people over a real Postfix, some of whom it does not take at once or at all.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use postrider::check::check;
use postrider::compose::{PictureCache, Purpose, Reader};
use postrider::deliver::{self, Credentials, Gateway, Job, Patience};
use postrider::files::Project;
use postrider::ledger::{Kind, Ledger, State};
use postrider::model::filter::Selection;

use crate::postfix::{Options, Postfix};
use crate::workspace::{NEWSLETTER, Workspace};

const READERS: usize = 10_000;
/// How many of a domain that takes nobody at the first try.
const GREY: usize = 40;

/// A policy service as Postfix asks one (`SMTPD_POLICY_README`): it puts every recipient off once. Gives its port.
fn greylist() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let seen = Arc::<Mutex<HashSet<String>>>::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || answer(&stream, &seen));
        }
    });
    port
}

fn answer(stream: &TcpStream, seen: &Mutex<HashSet<String>>) -> Option<()> {
    let mut recipient = String::new();
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        if let Some(address) = line.strip_prefix("recipient=") {
            address.clone_into(&mut recipient);
        } else if line.is_empty() {
            let is_new = seen.lock().expect("no other thread panicked").insert(recipient.clone());
            let action = if is_new { "defer_if_permit 4.7.1 greylisted, come again" } else { "dunno" };
            let mut stream = stream;
            stream.write_all(format!("action={action}\n\n").as_bytes()).ok()?;
        }
    }
    None
}

fn count(workspace: &Workspace, runtime: &tokio::runtime::Runtime) -> BTreeMap<&'static str, usize> {
    let ledger = Ledger::open(&workspace.path(".postrider")).expect("a ledger");
    let deliveries = runtime.block_on(ledger.deliveries("2023-q3", Kind::Issue, &State::ALL)).expect("a list");
    let mut counts = BTreeMap::new();
    for delivery in &deliveries {
        *counts.entry(delivery.state.as_str()).or_default() += 1;
        let reason = delivery.reason.as_deref().unwrap_or_default();
        let expected = match delivery.address.wire().as_str() {
            "full@quota.example" => "4.2.2 <full@quota.example>: Recipient address rejected: mailbox is full",
            "gone@quota.example" => "5.1.1 <gone@quota.example>: Recipient address rejected: no such user",
            _ if delivery.state == State::Deferred => "greylisted, come again",
            _ => "",
        };
        assert!(reason.contains(expected), "{}: {reason}", delivery.address);
    }
    counts
}

/// The next run, as of half an hour later.
async fn send_again(workspace: &Workspace, credentials: Credentials) -> deliver::Summary {
    let later = Timestamp::now() + SignedDuration::from_mins(40);
    let checked = check(Project::find(workspace.root()).expect("a project").load(Some("2023-q3")), &PictureCache::default());
    let (composer, publication) = (Arc::new(checked.composer.expect("sound")), checked.publication.expect("sound"));
    let listed = checked.subscribers.written();
    let planned = listed.iter().filter_map(|person| deliver::planned(&composer, &Reader::Subscriber(person), &|_| None));
    let plan = deliver::plan(&composer, &publication, "127.0.0.1", Kind::Issue, &Selection::default(), planned.collect());
    let people: BTreeMap<_, _> = listed.iter().map(|person| (person.address.key(), person.clone())).collect();
    let run = Ledger::open(&workspace.path(".postrider")).expect("a ledger").begin(plan, later).await.expect("a run");
    let (progress, _events) = tokio::sync::mpsc::unbounded_channel();
    let job = Job {
        gateways: vec![Gateway { relay: publication.relays[0].clone(), credentials: Some(credentials) }],
        pace: BTreeMap::new(),
        canary: 10,
        refused_percent: Some(5),
        waits: false,
        now: later,
        project: workspace.root().to_owned(),
        sender: publication.sender.address.clone(),
        return_path: None,
        envid: "2023-q3".to_owned(),
        hello: publication.sender.address.domain().to_owned(),
        patience: Patience::default(),
        compose: Arc::new(move |address| {
            Ok(composer.spliced(&Reader::Subscriber(&people[&address.key()]), Purpose::Issue).into())
        }),
        progress,
    };
    deliver::send(job, run, std::future::pending()).await.expect("no fault of the ledger")
}

#[test]
fn ten_thousand_people_get_it_once_and_whoever_does_not_is_told_apart() {
    let policy = format!("check_policy_service inet:127.0.0.1:{}", greylist());
    let special = "check_recipient_access inline:{ {full@quota.example = 452 4.2.2 mailbox is full}, \
                   {gone@quota.example = 550 5.1.1 no such user}, {grey.example = greylist} }";
    let postfix = Postfix::start(Options {
        settings: &[
            ("smtpd_restriction_classes", "greylist"),
            ("greylist", &policy),
            ("smtpd_recipient_restrictions", special),
            ("transport_maps", "inline:{ {crowd.example = discard:}, {grey.example = discard:} }"),
            // Made for machines that would drown otherwise; here the client is to be the slower one.
            ("in_flow_delay", "0"),
        ],
        ..Options::default()
    });
    let workspace = Workspace::new();
    workspace.write("password", postfix.password());
    fs::set_permissions(workspace.path("password"), Permissions::from_mode(0o600)).expect("our own file");
    let relay = format!(
        "\n[relay]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"starttls\"\nconnections = 8\nuser = \"{}\"\npassword_file = \
         \"password\"\nca_file = \"{}\"\n",
        postfix.submission_port(),
        postfix.user(),
        postfix.ca_file().display()
    );
    workspace.write("newsletter.toml", NEWSLETTER.to_owned() + &relay);
    let crowd = (0..READERS).map(|number| format!("reader{number}@crowd.example"));
    let grey = (0..GREY).map(|number| format!("reader{number}@grey.example"));
    let special = ["full@quota.example", "gone@quota.example"].map(str::to_owned);
    let list = crowd.chain(grey).chain(special).fold(String::new(), |mut list, address| {
        let _ = writeln!(list, "[[subscriber]]\nemail = \"{address}\"\n");
        list
    });
    workspace.write("subscribers.toml", list);
    let planned = (READERS + GREY + 2).to_string();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");

    let sent = workspace.run(&["send", "--expect-recipients", &planned]);
    assert_eq!(sent.code, Some(1), "not everybody has it: {}", sent.stderr);
    let counts = count(&workspace, &runtime);
    assert_eq!(counts, BTreeMap::from([("accepted", READERS), ("deferred", GREY + 1), ("refused", 1)]), "{}", sent.stdout);

    let summary = runtime.block_on(send_again(&workspace, Credentials::new(postfix.user(), postfix.password())));
    assert_eq!(summary.stopped, None);
    let counts = count(&workspace, &runtime);
    assert_eq!(counts, BTreeMap::from([("accepted", READERS + GREY), ("deferred", 1), ("refused", 1)]));

    let passed_on = postfix.wait_until_passed_on(READERS + GREY);
    assert_eq!(passed_on.len(), READERS + GREY, "everybody once");
    assert!(!passed_on.contains_key("full@quota.example") && !passed_on.contains_key("gone@quota.example"));
}
