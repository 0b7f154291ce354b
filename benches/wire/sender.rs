//! The engine at work: recipients planned in a ledger on disk, each with a message of their own.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use postrider::compose::dkim::key::RsaLength;
use postrider::compose::dkim::{PrivateKey, Signer};
use postrider::compose::{Composer, PictureCache, Purpose, Reader, pictures};
use postrider::deliver::{self, Gateway, Job, Patience};
use postrider::files::Project;
use postrider::ledger::{Kind, Ledger, Plan, Planned};
use postrider::model::address::Address;
use postrider::model::relay::{Relay, Tls};
use postrider::model::subscriber::Subscriber;

pub(crate) fn run(port: u16, messages: usize, connections: usize, signing: &str, octets: usize) {
    let folder = tempfile::tempdir_in(".").expect("a folder on disk");
    let (composer, model) = composer(folder.path(), signing, octets);
    let composer = Arc::new(composer);
    let address = |number: usize| Address::parse(&format!("reader{number}@example.org")).expect("an address");
    let plan = Plan {
        issue: "bench".to_owned(),
        kind: Kind::Issue,
        sender: "news@example.org".to_owned(),
        relay: "127.0.0.1".to_owned(),
        digests: BTreeMap::from([("en".to_owned(), "digest".into())]),
        recipients: (0..messages).map(|n| Planned { address: address(n), edition: "en".to_owned(), skip: None }).collect(),
    };
    let (progress, mut events) = tokio::sync::mpsc::unbounded_channel();
    let compose = Arc::clone(&composer);
    let job = Job {
        gateways: vec![Gateway {
            relay: Relay { connections, ..Relay::new("127.0.0.1".to_owned(), port, Tls::None) },
            credentials: None,
        }],
        pace: BTreeMap::new(),
        canary: 0,
        refused_percent: Some(5),
        waits: false,
        now: Timestamp::now(),
        project: folder.path().to_owned(),
        sender: address(0),
        envid: "bench".to_owned(),
        hello: "sender.example".to_owned(),
        patience: Patience::default(),
        compose: Arc::new(move |address: &Address| {
            let mut reader = model.clone();
            reader.address = address.clone();
            reader.attributes.insert("first_name".to_owned(), address.local_part().to_owned());
            Ok(compose.spliced(&Reader::Subscriber(&reader), Purpose::Issue).into())
        }),
        progress,
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (seconds, planning, cpu, size) = runtime.block_on(async {
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let started = Instant::now();
        let ledger = Ledger::open(&folder.path().join("ledger")).expect("a ledger");
        let run = ledger.begin(plan, Timestamp::now()).await.expect("a run");
        let planning = started.elapsed().as_secs_f64();
        let size = composer.spliced(&Reader::Anyone(composer.issue().editions[0].language), Purpose::Issue).len();
        let (started, before) = (Instant::now(), processor_time());
        let summary = deliver::send(job, run, pending()).await.expect("no fault of the ledger");
        assert!(summary.is_complete(), "{summary:?}");
        (started.elapsed().as_secs_f64(), planning, processor_time() - before, size)
    });
    let count = f64::from(u32::try_from(messages).expect("a bearable number"));
    println!(
        "{{\"rate\": {:.0}, \"cpu_us\": {:.1}, \"octets\": {size}, \"planning_s\": {planning:.2}, \"peak_kib\": {}}}",
        count / seconds,
        cpu * 1e6 / count,
        peak()
    );
}

/// The processor time of this process so far, user and system, in seconds.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|&at| fields.get(at)?.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The most memory this process had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// An issue whose message has about so many octets, with a merge field near its beginning.
fn composer(folder: &std::path::Path, signing: &str, octets: usize) -> (Composer, Subscriber) {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    };
    write(
        "newsletter.toml",
        "name = \"Bench\"\nlanguages = [\"en\"]\n[sender]\nname = \"News\"\nemail = \"news@example.org\"\n[list]\nid = \
         \"bench.example.org\"\nunsubscribe = \"out@example.org\"\n"
            .to_owned(),
    );
    write(
        "subscribers.toml",
        "[[subscriber]]\nemail = \"a@example.org\"\nname = \"Ana Silva\"\nfirst_name = \"Ana\"\n".to_owned(),
    );
    // Each sentence stands in both parts, with its markup in one.
    let sentence = "The river carries what the hills let go, and the delta keeps it for those who come after. ";
    let paragraphs = (octets.saturating_sub(8_000) / 985).max(1);
    let body = format!("{}\n\n", sentence.repeat(5)).repeat(paragraphs);
    write(
        "issues/bench/en.toml",
        format!(
            "subject = \"News\"\npreheader = \"What is new\"\ntitle = \"News\"\nperiod = \"Now\"\ndate = 2026-01-01\n\n[[block]]\nkind = \
             \"lead\"\ntitle = \"The delta\"\nbody = \"\"\"\nDear {{{{ first_name | reader }}}},\n\n{body}\"\"\"\n"
        ),
    );
    let loaded = Project::find(folder).expect("a project").load(Some("bench"));
    let (publication, issue) = (loaded.publication.expect("a publication"), loaded.issue.expect("an issue"));
    let made = pictures(Some(&publication), &issue, &PictureCache::default()).expect("no pictures");
    let key = match signing {
        "ed25519" => Some(PrivateKey::generate_ed25519().expect("a key").0),
        "rsa" => Some(PrivateKey::generate_rsa(RsaLength::Bits2048).expect("a key").0),
        _ => None,
    };
    let signer = key.map(|key| Signer::new("example.org", vec![("bench".to_owned(), key)]));
    (Composer::new(&publication, &issue, made).signed_by(signer), loaded.subscribers[0].clone())
}
