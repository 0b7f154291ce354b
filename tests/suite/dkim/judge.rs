//! The judges: our own verifier, dkimpy, and mail-auth, which share no line of code.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt};
use postrider::compose::dkim::{Record, Verdict, verify};

/// What each judge says of each signature of a message, from the top down.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) ours: Vec<bool>,
    pub(super) dkimpy: Vec<bool>,
    pub(super) mail_auth: Vec<bool>,
}

impl Judgement {
    /// What all judges say when they say the same.
    pub(super) fn of_all(verdicts: &[bool]) -> Self {
        Self { ours: verdicts.to_vec(), dkimpy: verdicts.to_vec(), mail_auth: verdicts.to_vec() }
    }
}

/// Has messages judged, with records by their names.
pub(super) fn judge(messages: &[Vec<u8>], records: &BTreeMap<String, String>) -> Vec<Judgement> {
    let judged = dkimpy(messages, records).into_iter().zip(mail_auth(messages, records));
    let ours = |message: &Vec<u8>| verdicts(message, records).iter().map(|verdict| verdict.outcome.is_ok()).collect();
    messages
        .iter()
        .zip(judged)
        .map(|(message, (dkimpy, mail_auth))| Judgement { ours: ours(message), dkimpy, mail_auth })
        .collect()
}

/// What our own verifier says.
pub(super) fn verdicts(message: &[u8], records: &BTreeMap<String, String>) -> Vec<Verdict> {
    verify(message, Timestamp::UNIX_EPOCH, |name, _| records.get(name).map(|text| Record::parse(text)))
}

const SCRIPT: &str = r#"
import dkim, json, sys

folder, count, records = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
find = lambda name, timeout=5: records[name.decode().rstrip(".")].encode()
for number in range(count):
    with open(f"{folder}/{number}.eml", "rb") as file:
        message = file.read()
    judged = []
    for index in range(sum(name.lower() == b"dkim-signature" for name, _ in dkim.rfc822_parse(message)[0])):
        try:
            judged.append(dkim.DKIM(message).verify(idx=index, dnsfunc=find))
        except dkim.DKIMException:
            judged.append(False)
    print(json.dumps(judged))
"#;

fn dkimpy(messages: &[Vec<u8>], records: &BTreeMap<String, String>) -> Vec<Vec<bool>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, message) in messages.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.eml")), message).expect("a file");
    }
    let records = serde_json::to_string(records).expect("texts");
    // Debian's own Python: another one on the path would not find Debian's packages.
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", SCRIPT]).arg(folder.path()).args([&messages.len().to_string(), &records]);
    let said = python.output().expect("Python runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).expect("text");
    let judged: Vec<_> = said.lines().map(|line| serde_json::from_str(line).expect("a list")).collect();
    assert_eq!(judged.len(), messages.len());
    judged
}

/// The DNS of the tests: no more than the records given.
struct Known(BTreeMap<String, Txt>);

impl ResolverCache<Box<str>, Txt> for Known {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0
            .iter()
            .find(|(known, _)| Borrow::<Q>::borrow(&Box::<str>::from(format!("{known}."))) == name)
            .map(|(_, txt)| txt.clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

fn mail_auth(messages: &[Vec<u8>], records: &BTreeMap<String, String>) -> Vec<Vec<bool>> {
    let read = |text: &String| Txt::DomainKey(Arc::new(DomainKey::parse(text.as_bytes()).expect("a record")));
    let known = Known(records.iter().map(|(name, text)| (name.clone(), read(text))).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // Without a name server: what is not known is not found.
    let judge = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).expect("a judge");
    let verdicts = |message: &Vec<u8>| {
        let Some(message) = AuthenticatedMessage::parse(message) else { return Vec::new() };
        let outputs = runtime.block_on(judge.verify_dkim(Parameters::new(&message).with_txt_cache(&known)));
        outputs.iter().map(|output| *output.result() == DkimResult::Pass).collect()
    };
    messages.iter().map(verdicts).collect()
}
