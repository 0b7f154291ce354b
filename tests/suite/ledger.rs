//! The ledger: what it keeps, what it refuses, and what it makes of a process that ended in the middle.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::Path;

use jiff::Timestamp;
use postrider::ledger::{Balance, Claim, Deliveries, Kind, Ledger, LedgerError, Outcome, Plan, Planned, Run, State};
use postrider::model::address::Address;
use tempfile::TempDir;

mod decision;
mod layout;
mod model;
mod protocol;

const ISSUE: &str = "2023-q3";
const NOON: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A plan of English readers.
fn plan(addresses: &[&str]) -> Plan {
    let person = |text: &&str| Planned { address: address(text), edition: "en".to_owned(), skip: None };
    Plan {
        issue: ISSUE.to_owned(),
        kind: Kind::Issue,
        sender: "news@example.org".to_owned(),
        relay: "relay.example".to_owned(),
        digests: BTreeMap::from([("en".to_owned(), "d1".into()), ("bn".to_owned(), "d2".into())]),
        recipients: addresses.iter().map(person).collect(),
        selection: None,
    }
}

/// The people of a plan.
fn everyone(plan: &Plan) -> Vec<Planned> {
    let mut people = Vec::new();
    plan.recipients.each(&mut |person| people.push(person)).expect("a list in memory");
    people
}

/// Changes the people of a plan.
pub(crate) fn edit(plan: &mut Plan, change: impl FnOnce(&mut Vec<Planned>)) {
    let mut people = everyone(plan);
    change(&mut people);
    plan.recipients = people.into_iter().collect();
}

async fn begin(folder: &Path, plan: Plan) -> Run {
    Ledger::open(folder).unwrap().begin(plan, NOON).await.unwrap()
}

async fn claim_one(run: &Run) -> Claim {
    run.claim(1, Timestamp::now()).await.unwrap().pop().expect("somebody is pending")
}

/// Takes the next recipient and gives it an outcome.
async fn settle(run: &Run, outcome: Outcome) -> Claim {
    let claim = claim_one(run).await;
    run.advance(Some((claim.id, outcome)), None).await.unwrap();
    claim
}

fn refused() -> Outcome {
    Outcome::Refused { code: Some(550), reason: "5.1.1 no such user".to_owned() }
}

fn deferred(next_at: Timestamp) -> Outcome {
    Outcome::Deferred { next_at, code: Some(451), reason: "4.7.1 greylisted".to_owned() }
}

/// Where each recipient stands, by address.
async fn states(folder: &Path) -> BTreeMap<String, State> {
    let deliveries = Ledger::open(folder).unwrap().deliveries(ISSUE, Kind::Issue, &State::ALL).await.unwrap();
    deliveries.into_iter().map(|delivery| (delivery.address.wire(), delivery.state)).collect()
}

async fn balance(run: &Run) -> Balance {
    let balance = run.balance().await.unwrap();
    assert!(balance.is_balanced(), "{balance}");
    balance
}

#[tokio::test]
async fn a_recipient_goes_from_pending_to_accepted_and_the_run_is_finished() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    assert_eq!(balance(&run).await, Balance { planned: 1, pending: 1, ..Balance::default() });
    let claim = claim_one(&run).await;
    assert_eq!((claim.address.wire().as_str(), claim.edition.as_str(), claim.attempts), ("a@example.org", "en", 0));
    assert_eq!(balance(&run).await.pending, 1);
    assert_eq!(run.claim(1, Timestamp::now()).await.unwrap(), []);
    run.advance(None, Some(claim.id)).await.unwrap();
    assert_eq!(balance(&run).await.ambiguous, 1);
    run.advance(Some((claim.id, Outcome::Accepted)), None).await.unwrap();
    assert!(run.finish(NOON).await.unwrap().is_complete());
    let record = Ledger::open(folder.path()).unwrap().record(ISSUE, Kind::Issue).await.unwrap().unwrap();
    assert_eq!((record.started, record.finished), (NOON, Some(NOON)));
    assert_eq!((record.sender.as_str(), record.relay.as_str()), ("news@example.org", "relay.example"));
    assert_eq!(record.digests, BTreeMap::from([("en".to_owned(), "d1".to_owned())]));
}

#[tokio::test]
async fn one_commit_can_carry_an_outcome_and_the_next_intent() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    let claims = run.claim(10, Timestamp::now()).await.unwrap();
    run.advance(None, Some(claims[0].id)).await.unwrap();
    run.advance(Some((claims[0].id, Outcome::Accepted)), Some(claims[1].id)).await.unwrap();
    let expected = [("a@example.org".to_owned(), State::Accepted), ("b@example.org".to_owned(), State::InData)];
    assert_eq!(states(folder.path()).await, BTreeMap::from(expected));
}

#[tokio::test]
async fn a_second_process_is_told_who_sends() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    // Locks belong to open files, so that a second ledger in this process stands for one in another.
    let second = Ledger::open(folder.path()).unwrap();
    let error = second.begin(plan(&["a@example.org"]), NOON).await.unwrap_err();
    assert!(matches!(error, LedgerError::Busy { .. }));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let holder = format!("process {} on {}, since 2023-11-14T22:13:20Z", std::process::id(), host.trim());
    assert!(error.to_string().contains(&format!("({holder})")), "{error}");
    assert_eq!(second.holder(), Some(holder));
    assert!(second.record(ISSUE, Kind::Issue).await.unwrap().is_some(), "reading needs no lock");
    drop(run);
    assert_eq!(second.holder(), None);
    second.begin(plan(&["a@example.org"]), NOON).await.unwrap();
}

#[tokio::test]
async fn after_a_break_claimed_is_pending_and_in_data_is_ambiguous() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org", "c@example.org"])).await;
    let claims = run.claim(2, Timestamp::now()).await.unwrap();
    run.advance(None, Some(claims[1].id)).await.unwrap();
    drop(run);
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org", "c@example.org"])).await;
    assert_eq!(balance(&run).await, Balance { planned: 3, pending: 2, ambiguous: 1, ..Balance::default() });
    let left: Vec<_> = run.claim(10, Timestamp::now()).await.unwrap().into_iter().map(|claim| claim.address.wire()).collect();
    assert_eq!(left, ["a@example.org", "c@example.org"]);
    let doubtful = Ledger::open(folder.path()).unwrap().deliveries(ISSUE, Kind::Issue, &[State::Ambiguous]).await.unwrap();
    assert_eq!(doubtful[0].reason.as_deref(), Some("the program ended while this message was on its way"));
}

#[tokio::test]
async fn what_is_settled_stays_when_the_run_begins_again_and_newcomers_are_pending() {
    let folder = folder();
    let people = ["accepted@example.org", "refused@example.org", "ambiguous@example.org", "deferred@example.org"];
    let run = begin(folder.path(), plan(&people)).await;
    settle(&run, Outcome::Accepted).await;
    settle(&run, refused()).await;
    settle(&run, Outcome::Ambiguous { reason: "no answer".to_owned() }).await;
    settle(&run, deferred(NOON + jiff::SignedDuration::from_secs(1))).await;
    drop(run);
    let run = begin(folder.path(), plan(&[&people[..], &["new@example.org"]].concat())).await;
    let expected = Balance { planned: 5, accepted: 1, refused: 1, ambiguous: 1, deferred: 1, pending: 1, skipped: 0 };
    assert_eq!(balance(&run).await, expected);
    assert_eq!(claim_one(&run).await.address.wire(), "new@example.org");
    assert_eq!(run.next_due().await.unwrap(), Some(NOON + jiff::SignedDuration::from_secs(1)));
    assert_eq!(run.finish(NOON).await.unwrap(), expected);
    let record = Ledger::open(folder.path()).unwrap().record(ISSUE, Kind::Issue).await.unwrap().unwrap();
    assert_eq!(record.finished, None);
}

#[tokio::test]
async fn a_deferred_recipient_is_pending_again_once_its_time_has_come() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    settle(&run, deferred(NOON)).await;
    assert_eq!(claim_one(&run).await.address.wire(), "b@example.org", "not again in the same run");
    assert_eq!(run.claim(1, Timestamp::now()).await.unwrap(), []);
    drop(run);
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    let claims = run.claim(10, Timestamp::now()).await.unwrap();
    let tried: Vec<_> = claims.iter().map(|claim| (claim.address.wire(), claim.attempts)).collect();
    assert_eq!(tried, [("b@example.org".to_owned(), 0), ("a@example.org".to_owned(), 1)], "those tried least come first");
}

#[tokio::test]
async fn whom_we_refused_ourselves_is_tried_again_for_the_cause_lay_in_the_files() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    settle(&run, Outcome::Refused { code: None, reason: "the message is empty".to_owned() }).await;
    assert_eq!(balance(&run).await.refused, 1);
    drop(run);
    assert_eq!(balance(&begin(folder.path(), plan(&["a@example.org"])).await).await.pending, 1);
}

#[tokio::test]
async fn nobody_is_entered_twice_under_another_spelling_or_in_another_edition() {
    let folder = folder();
    let mut first = plan(&["Mina@Example.org", "MINA@example.org", "li@bücher.example", "li@xn--bcher-kva.example"]);
    edit(&mut first, |people| people[1].edition = "bn".to_owned());
    let run = begin(folder.path(), first).await;
    assert_eq!(run.repeated(), [address("MINA@example.org"), address("li@xn--bcher-kva.example")]);
    assert_eq!(balance(&run).await.planned, 2);
    let claim = settle(&run, Outcome::Accepted).await;
    assert_eq!(claim.address.wire(), "Mina@example.org", "its own spelling is kept for sending");
    drop(run);
    let mut again = plan(&["mina@example.org", "li@bücher.example"]);
    edit(&mut again, |people| people[0].edition = "bn".to_owned());
    let run = begin(folder.path(), again).await;
    assert_eq!(balance(&run).await, Balance { planned: 2, accepted: 1, pending: 1, ..Balance::default() });
}

#[tokio::test]
async fn whom_to_skip_is_the_newest_plans_decision_for_those_without_mail() {
    let folder = folder();
    let mut first = plan(&["sent@example.org", "leaves@example.org", "stops@example.org", "comes@example.org"]);
    edit(&mut first, |people| people[3].skip = Some("unsubscribed".to_owned()));
    let run = begin(folder.path(), first).await;
    assert_eq!(balance(&run).await, Balance { planned: 4, pending: 3, skipped: 1, ..Balance::default() });
    settle(&run, Outcome::Accepted).await;
    drop(run);
    let mut second = plan(&["stops@example.org", "comes@example.org"]);
    edit(&mut second, |people| people[0].skip = Some("unsubscribed".to_owned()));
    let run = begin(folder.path(), second).await;
    assert_eq!(balance(&run).await, Balance { planned: 4, accepted: 1, pending: 1, skipped: 2, ..Balance::default() });
    let skipped = Ledger::open(folder.path()).unwrap().deliveries(ISSUE, Kind::Issue, &[State::Skipped]).await.unwrap();
    let reasons: Vec<_> = skipped.iter().map(|delivery| (delivery.address.wire(), delivery.reason.as_deref().unwrap())).collect();
    assert_eq!(
        reasons,
        [("leaves@example.org".to_owned(), "no longer on the list"), ("stops@example.org".to_owned(), "unsubscribed")]
    );
    assert_eq!(claim_one(&run).await.address.wire(), "comes@example.org");
}

#[tokio::test]
async fn an_edition_that_somebody_has_cannot_change() {
    let folder = folder();
    let mut people = plan(&["a@example.org", "b@example.org"]);
    edit(&mut people, |people| people[1].edition = "bn".to_owned());
    let run = begin(folder.path(), people.clone()).await;
    settle(&run, Outcome::Accepted).await;
    drop(run);
    let ledger = Ledger::open(folder.path()).unwrap();

    let mut changed = people.clone();
    changed.digests.insert("en".to_owned(), "other".into());
    edit(&mut changed, |people| drop(people.pop()));
    let error = ledger.begin(changed, NOON).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the edition \"en\" changed since this issue went out to its first readers, so the rest would get something else. \
         Undo the change to go on, or send the correction as a new issue"
    );
    assert_eq!(states(folder.path()).await["b@example.org"], State::Pending, "nothing was changed");

    let mut other_sender = people.clone();
    other_sender.sender = "press@example.org".to_owned();
    let error = ledger.begin(other_sender, NOON).await.unwrap_err();
    assert!(
        error.to_string().starts_with("the sender (it was news@example.org, now it is press@example.org) changed"),
        "{error}"
    );

    // Nobody has the Bangla edition yet.
    let mut mended = people;
    mended.digests.insert("bn".to_owned(), "mended".into());
    ledger.begin(mended, NOON).await.unwrap();
}

#[tokio::test]
async fn an_edition_that_somebody_may_have_cannot_change_either() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    let claim = claim_one(&run).await;
    run.advance(None, Some(claim.id)).await.unwrap();
    drop(run);
    let mut changed = plan(&["a@example.org", "b@example.org"]);
    changed.digests.insert("en".to_owned(), "other".into());
    let error = Ledger::open(folder.path()).unwrap().begin(changed, NOON).await.unwrap_err();
    assert!(matches!(error, LedgerError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn a_test_can_be_repeated_and_leaves_the_issue_alone() {
    let folder = folder();
    drop(begin(folder.path(), plan(&["a@example.org"])).await);
    for digest in ["one", "two"] {
        let mut test = plan(&["a@example.org"]);
        test.kind = Kind::Test;
        test.digests.insert("en".to_owned(), digest.into());
        let run = begin(folder.path(), test).await;
        assert_eq!(balance(&run).await.pending, 1);
        settle(&run, Outcome::Accepted).await;
    }
    assert_eq!(states(folder.path()).await["a@example.org"], State::Pending);
}

#[tokio::test]
async fn a_recipient_that_is_not_claimed_cannot_be_sent_to() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    let claim = claim_one(&run).await;
    run.release(vec![claim.id]).await.unwrap();
    assert!(matches!(run.advance(None, Some(claim.id)).await.unwrap_err(), LedgerError::Lost { .. }));
    assert!(matches!(run.advance(Some((claim.id, Outcome::Accepted)), None).await.unwrap_err(), LedgerError::Lost { .. }));
    assert_eq!(balance(&run).await.pending, 1);
}

#[tokio::test]
async fn who_was_tried_in_vain_goes_behind_the_others() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    settle(&run, Outcome::Released { reason: Some("the connection was lost".to_owned()) }).await;
    assert_eq!(claim_one(&run).await.address.wire(), "b@example.org");
    assert_eq!(claim_one(&run).await.address.wire(), "a@example.org");
}

#[tokio::test]
async fn many_at_once_share_commits_and_each_recipient_is_claimed_once() {
    let folder = folder();
    let people: Vec<String> = (0..500).map(|n| format!("reader{n}@example.org")).collect();
    let run = begin(folder.path(), plan(&people.iter().map(String::as_str).collect::<Vec<_>>())).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let run = run.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claims = run.claim(7, Timestamp::now()).await.unwrap();
                if claims.is_empty() {
                    return mine;
                }
                for claim in claims {
                    run.advance(None, Some(claim.id)).await.unwrap();
                    run.advance(Some((claim.id, Outcome::Accepted)), None).await.unwrap();
                    mine.push(claim.address.wire());
                }
            }
        });
    }
    let mut all: Vec<String> = tasks.join_all().await.concat();
    all.sort();
    let mut expected = people;
    expected.sort();
    assert_eq!(all, expected);
    assert_eq!(balance(&run).await.accepted, 500);
}

#[tokio::test]
async fn reports_count_by_domain_and_by_edition() {
    let folder = folder();
    let mut people = plan(&["a@example.org", "b@example.org", "c@bücher.example"]);
    edit(&mut people, |people| people[2].edition = "bn".to_owned());
    let run = begin(folder.path(), people).await;
    settle(&run, Outcome::Accepted).await;
    settle(&run, refused()).await;
    let ledger = Ledger::open(folder.path()).unwrap();
    let both = Balance { planned: 2, accepted: 1, refused: 1, ..Balance::default() };
    let one = Balance { planned: 1, pending: 1, ..Balance::default() };
    let domains = ledger.domains(ISSUE, Kind::Issue).await.unwrap();
    assert_eq!(domains, [("example.org".to_owned(), both), ("xn--bcher-kva.example".to_owned(), one)]);
    let editions = ledger.editions(ISSUE, Kind::Issue).await.unwrap();
    assert_eq!(editions, [("en".to_owned(), both), ("bn".to_owned(), one)]);
    let refused = ledger.deliveries(ISSUE, Kind::Issue, &[State::Refused]).await.unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].code, refused[0].reason.as_deref()), (Some(550), Some("5.1.1 no such user")));
    assert_eq!(ledger.record("2099-q1", Kind::Issue).await.unwrap(), None);
}

#[test]
fn a_ledger_of_a_newer_version_is_left_alone() {
    let folder = folder();
    drop(Ledger::open(folder.path()).unwrap());
    let path = folder.path().join("ledger.sqlite");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Ledger::open(folder.path()).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 99, .. }));
    assert!(error.to_string().contains("was written by a newer version of postrider"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_an_error_in_words() {
    let folder = folder();
    fs::write(folder.path().join("ledger.sqlite"), "this is no database, whatever its name says").unwrap();
    let error = Ledger::open(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("cannot open the tables in the ledger: file is not a database"), "{error}");
    let occupied = folder.path().join("file");
    fs::write(&occupied, "").unwrap();
    assert!(matches!(Ledger::open(&occupied).unwrap_err(), LedgerError::Folder { .. }));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_ledger() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let folder = folder.path().join(".postrider");
    let _run = begin(&folder, plan(&["a@example.org"])).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["ledger.sqlite", "ledger.sqlite-wal"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_row_that_went_missing_shows_in_the_balance() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    let other = rusqlite::Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    other.execute("DELETE FROM recipient WHERE address = 'a@example.org'", []).unwrap();
    assert!(!run.balance().await.unwrap().is_balanced());
}

#[tokio::test]
async fn a_process_that_died_holding_the_lock_file_keeps_nobody_out() {
    let folder = folder();
    drop(Ledger::open(folder.path()).unwrap());
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(folder.path().join("sending.lock")).unwrap();
    std::io::Write::write_all(&mut file, b"process 1, since long ago\n").unwrap();
    begin(folder.path(), plan(&["a@example.org"])).await;
}
