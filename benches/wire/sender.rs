//! The engine at work: recipients planned in a ledger on disk, each with a message of their own.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use postrider::compose::dkim::key::RsaLength;
use postrider::compose::dkim::{PrivateKey, Signer};
use postrider::compose::{Composer, PictureCache, Purpose, Reader, pictures};
use postrider::deliver::{self, Body, Compose, Gateway, Job, Patience, Progress};
use postrider::files::Project;
use postrider::ledger::{Kind, Ledger, People, Plan, Planned};
use postrider::model::address::Address;
use postrider::model::relay::{Relay, Tls};
use postrider::model::subscriber::Subscriber;
use tokio::sync::mpsc::UnboundedSender;

pub(crate) fn run(port: u16, messages: usize, connections: usize, signing: &str, octets: usize) {
    let folder = tempfile::tempdir_in(".").expect("a folder on disk");
    let (composer, model) = composer(folder.path(), signing, octets);
    let composer = Arc::new(composer);
    let plan = plan(messages);
    let (progress, mut events) = tokio::sync::mpsc::unbounded_channel();
    let compose = Arc::clone(&composer);
    let compose = move |address: &Address| {
        let mut reader = model.clone();
        reader.address = address.clone();
        reader.attributes = vec![("first_name".into(), address.local_part().into())];
        Ok(compose.spliced(&Reader::Subscriber(&reader), Purpose::Issue).into())
    };
    let job = job(port, connections, Arc::new(compose), progress);
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

/// Who is planned: told one after the other, never all in memory.
fn plan(people: usize) -> Plan {
    let planned = |number: usize| Planned { address: address(number), edition: "en".to_owned(), skip: None };
    Plan {
        issue: "bench".to_owned(),
        kind: Kind::Issue,
        sender: "news@example.org".to_owned(),
        relay: "127.0.0.1".to_owned(),
        digests: BTreeMap::from([("en".to_owned(), "digest".into())]),
        recipients: People::told_by(move |see| {
            (0..people).map(planned).for_each(see);
            Ok(())
        }),
        selection: None,
    }
}

fn address(number: usize) -> Address {
    Address::parse(&format!("reader{number}@example.org")).expect("an address")
}

fn job(port: u16, connections: usize, compose: Arc<Compose>, progress: UnboundedSender<Progress>) -> Job {
    let relay = Relay { connections, ..Relay::new("127.0.0.1".to_owned(), port, Tls::None) };
    Job {
        gateways: vec![Gateway { relay, credentials: None }],
        pace: BTreeMap::new(),
        canary: 0,
        refused_percent: Some(5),
        waits: false,
        now: Timestamp::now(),
        project: ".".into(),
        sender: address(0),
        return_path: None,
        envid: "bench".to_owned(),
        hello: "sender.example".to_owned(),
        patience: Patience::default(),
        compose,
        progress,
    }
}

/// Sends to the first hundred thousand of so many people, then stops.
pub(crate) fn crowd(folder: &Path, port: u16, people: usize, octets: usize) {
    const SENT: usize = 100_000;
    let message: Arc<[u8]> =
        format!("Subject: News\r\n\r\n{}", format!("{}\r\n", "x".repeat(70)).repeat(octets / 72)).into_bytes().into();
    let (progress, mut events) = tokio::sync::mpsc::unbounded_channel();
    let job = job(port, 16, Arc::new(move |_: &Address| Body::parse(Arc::clone(&message))), progress);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let started = Instant::now();
        let ledger = Ledger::open(folder).expect("a ledger");
        let run = ledger.begin(plan(people), Timestamp::now()).await.expect("a run");
        let begun = started.elapsed();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let counting = tokio::spawn(async move {
            let (mut accepted, mut first, mut stop) = (0, None, Some(stop));
            while let Some(event) = events.recv().await {
                if matches!(event, Progress::Accepted { .. }) {
                    first.get_or_insert_with(|| started.elapsed());
                    accepted += 1;
                    if accepted == SENT {
                        let _ = stop.take().expect("once").send(());
                    }
                }
            }
            first
        });
        let summary = deliver::send(job, run, async { drop(stopped.await) }).await.expect("no fault of the ledger");
        let first = counting.await.expect("no panic").unwrap_or_default();
        println!(
            "{{\"begun_s\": {:.2}, \"first_accepted_s\": {:.2}, \"seconds\": {:.1}, \"accepted\": {}, \"peak_mib\": {:.0}}}",
            begun.as_secs_f64(),
            first.as_secs_f64(),
            summary.seconds,
            summary.balance.accepted,
            f64::from(u32::try_from(peak()).expect("less than 4 TiB")) / 1024.0
        );
    });
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
fn composer(folder: &Path, signing: &str, octets: usize) -> (Composer, Subscriber) {
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
    (Composer::new(&publication, &issue, made).signed_by(signer), loaded.subscribers.written()[0].clone())
}
