//! What people decide, and what a run says of itself.

use postrider::ledger::{Account, Approval, Decision, Fingerprint};

use super::*;

/// A run of four: one accepted, one refused, one whose answer never came, one whose message was leaving when the process ended.
async fn doubtful(folder: &Path) {
    let run = begin(folder, plan(&["sent@example.org", "gone@example.org", "Mute@example.org", "cut@example.org"])).await;
    settle(&run, Outcome::Accepted).await;
    settle(&run, refused()).await;
    settle(&run, Outcome::Ambiguous { reason: "no answer".to_owned() }).await;
    let claim = claim_one(&run).await;
    run.advance(None, Some(claim.id)).await.unwrap();
}

async fn account(folder: &Path) -> Account {
    let account = Ledger::open(folder).unwrap().account(ISSUE, Kind::Issue, &State::ALL).await.unwrap().unwrap();
    assert!(account.balance.is_balanced(), "{}", account.balance);
    account
}

#[tokio::test]
async fn those_in_doubt_are_sent_to_again_only_by_a_decision_and_their_tries_still_count() {
    let folder = folder();
    doubtful(folder.path()).await;
    let ledger = Ledger::open(folder.path()).unwrap();
    let decided = ledger.resolve(ISSUE, Decision::Resend, None, NOON).await.unwrap();
    let told: Vec<_> = decided.iter().map(|delivery| delivery.address.wire()).collect();
    assert_eq!(told, ["Mute@example.org", "cut@example.org"]);
    let account = account(folder.path()).await;
    assert_eq!((account.balance.pending, account.balance.ambiguous), (2, 0));
    let mute = &account.recipients[2];
    assert_eq!(mute.decision.map(|decided| (decided.choice, decided.at)), Some((Decision::Resend, NOON)));
    assert_eq!(mute.attempts, 1);

    let run = begin(folder.path(), plan(&["sent@example.org", "gone@example.org", "Mute@example.org", "cut@example.org"])).await;
    let claims: Vec<_> = run.claim(10, Timestamp::now()).await.unwrap().into_iter().map(|claim| claim.address.wire()).collect();
    assert_eq!(claims, ["cut@example.org", "Mute@example.org"], "those tried least come first");
}

#[tokio::test]
async fn whoever_is_assumed_to_have_it_is_accepted_and_counted_apart() {
    let folder = folder();
    doubtful(folder.path()).await;
    let ledger = Ledger::open(folder.path()).unwrap();
    ledger.resolve(ISSUE, Decision::AssumeSent, Some(vec![address("MUTE@example.org")]), NOON).await.unwrap();
    let before = account(folder.path()).await;
    assert_eq!((before.balance.accepted, before.assumed, before.balance.ambiguous), (2, 1, 1));
    assert_eq!(before.finished, None);
    ledger.resolve(ISSUE, Decision::AssumeSent, None, NOON).await.unwrap();
    let after = account(folder.path()).await;
    assert_eq!((after.balance.accepted, after.assumed, after.finished), (3, 2, Some(NOON)));
    assert_eq!(ledger.resolve(ISSUE, Decision::Resend, None, NOON).await.unwrap(), [], "nobody is in doubt any more");
    assert_eq!(account(folder.path()).await.finished, Some(NOON));
}

#[tokio::test]
async fn nobody_else_can_be_decided_about_and_one_wrong_name_leaves_all_as_it_was() {
    let folder = folder();
    doubtful(folder.path()).await;
    let ledger = Ledger::open(folder.path()).unwrap();
    for (wrong, words) in [
        ("sent@example.org", "sent@example.org is not in doubt: it is accepted. Nothing was changed"),
        ("gone@example.org", "gone@example.org is not in doubt: it is refused. Nothing was changed"),
        ("who@example.org", "who@example.org is not in doubt: nobody in this run has that address. Nothing was changed"),
    ] {
        let named = vec![address("cut@example.org"), address(wrong)];
        let error = ledger.resolve(ISSUE, Decision::Resend, Some(named), NOON).await.unwrap_err();
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(account(folder.path()).await.balance.ambiguous, 2);
}

#[tokio::test]
async fn nothing_is_decided_while_a_process_sends() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    let claim = claim_one(&run).await;
    run.advance(None, Some(claim.id)).await.unwrap();
    let ledger = Ledger::open(folder.path()).unwrap();
    let error = ledger.resolve(ISSUE, Decision::Resend, None, NOON).await.unwrap_err();
    assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
    run.advance(Some((claim.id, Outcome::Accepted)), None).await.unwrap();
}

#[tokio::test]
async fn whoever_may_have_the_first_copy_never_gets_another_text_as_the_second() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org"])).await;
    settle(&run, Outcome::Ambiguous { reason: "no answer".to_owned() }).await;
    drop(run);
    let ledger = Ledger::open(folder.path()).unwrap();
    ledger.resolve(ISSUE, Decision::Resend, None, NOON).await.unwrap();
    let mut changed = plan(&["a@example.org"]);
    changed.digests.insert("en".to_owned(), "other".into());
    assert!(matches!(ledger.begin(changed, NOON).await.unwrap_err(), LedgerError::Changed { .. }));
}

#[tokio::test]
async fn reasons_are_grouped_by_the_servers_words_whatever_address_stands_in_them() {
    let folder = folder();
    let people = ["a@example.org", "b@example.org", "c@example.org", "d@example.org"];
    let run = begin(folder.path(), plan(&people)).await;
    for name in ["a", "b"] {
        let reason = format!("5.1.1 <{name}@example.org>: no such user");
        settle(&run, Outcome::Refused { code: Some(550), reason }).await;
    }
    settle(&run, deferred(NOON)).await;
    let claim = claim_one(&run).await;
    run.advance(None, Some(claim.id)).await.unwrap();
    drop(run);
    let account = account(folder.path()).await;
    let told: Vec<_> = account.reasons.iter().map(|r| (r.state, r.code, r.words.as_str(), r.count, r.next_at)).collect();
    assert_eq!(
        told,
        [
            (State::Refused, Some(550), "5.1.1 <‹address›>: no such user", 2, None),
            (State::Deferred, Some(451), "4.7.1 greylisted", 1, Some(NOON)),
            (State::Ambiguous, None, "the program ended while this message was on its way", 1, None),
        ]
    );
}

#[tokio::test]
async fn each_process_that_worked_on_a_run_is_a_session_and_one_that_was_killed_has_no_end() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    settle(&run, Outcome::Accepted).await;
    drop(run);
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    settle(&run, Outcome::Accepted).await;
    let during = account(folder.path()).await;
    assert!(during.sending.is_some());
    let end = NOON + jiff::SignedDuration::from_millis(2500);
    run.finish(end).await.unwrap();
    drop(run);
    let account = account(folder.path()).await;
    assert_eq!(account.sending, None);
    assert_eq!((account.sessions[0].ended, account.sessions[0].accepted), (None, None));
    assert_eq!((account.sessions[1].seconds(), account.sessions[1].accepted), (Some(2.5), Some(1)));
    let ledger = Ledger::open(folder.path()).unwrap();
    assert_eq!(ledger.account("2099-q1", Kind::Issue, &[]).await.unwrap(), None);
    let issues = ledger.issues().await.unwrap();
    assert_eq!((issues.len(), issues[0].issue.as_str(), issues[0].balance.accepted), (1, ISSUE, 2));
}

fn edition(parts: &[(&str, &str)]) -> Fingerprint {
    let parts: BTreeMap<_, _> = parts.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
    Fingerprint { whole: format!("{parts:?}"), parts }
}

#[tokio::test]
async fn a_changed_issue_is_refused_and_every_changed_part_is_named() {
    let folder = folder();
    let mut first = plan(&["a@example.org", "b@example.org"]);
    edit(&mut first, |people| people[1].edition = "bn".to_owned());
    let parts = [("the HTML", "1"), ("the plain text", "2"), ("the picture river.jpg", "3"), ("the header Subject", "4")];
    first.digests = BTreeMap::from([("en".to_owned(), edition(&parts)), ("bn".to_owned(), edition(&parts))]);
    let run = begin(folder.path(), first.clone()).await;
    settle(&run, Outcome::Accepted).await;
    settle(&run, Outcome::Accepted).await;
    drop(run);
    let ledger = Ledger::open(folder.path()).unwrap();
    let mut changed = first.clone();
    changed.sender = "press@example.org".to_owned();
    changed.digests = BTreeMap::from([
        ("en".to_owned(), edition(&[("the HTML", "1"), ("the plain text", "x"), ("the header Subject", "4")])),
        ("bn".to_owned(), edition(&parts)),
    ]);
    let error = ledger.begin(changed.clone(), NOON).await.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "the sender (it was news@example.org, now it is press@example.org) and the picture river.jpg and the plain text of the \
             edition \"en\" changed since this issue went out"
        ),
        "{error}"
    );
    assert_eq!(changed.content().changes_since(&first.content()).len(), 2);
    assert_ne!(changed.content().digest(), first.content().digest());
    assert_eq!(first.clone().content().digest(), first.content().digest());
}

#[tokio::test]
async fn a_run_goes_on_over_another_relay_only_when_that_is_said() {
    let folder = folder();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org"])).await;
    settle(&run, Outcome::Accepted).await;
    drop(run);
    let ledger = Ledger::open(folder.path()).unwrap();
    let mut elsewhere = plan(&["a@example.org", "b@example.org"]);
    elsewhere.relay = "other.example".to_owned();
    let error = ledger.begin(elsewhere.clone(), NOON).await.unwrap_err().to_string();
    assert!(error.starts_with("the relay (it was relay.example, now it is other.example); to go on over the new one"), "{error}");
    ledger.move_relay(ISSUE, "other.example").await.unwrap();
    ledger.begin(elsewhere, NOON).await.unwrap();
}

#[tokio::test]
async fn approvals_are_kept_with_what_was_approved_the_newest_first() {
    let folder = folder();
    let ledger = Ledger::open(folder.path()).unwrap();
    let content = plan(&[]).content();
    for name in ["Mina", "Rafiq আহমেদ"] {
        let approval = Approval { name: name.to_owned(), at: NOON, recipients: 3, content: content.clone() };
        ledger.approve(approval).await.unwrap();
    }
    let approvals = Ledger::open(folder.path()).unwrap().approvals(ISSUE).await.unwrap();
    let names: Vec<_> = approvals.iter().map(|approval| approval.name.as_str()).collect();
    assert_eq!(names, ["Rafiq আহমেদ", "Mina"]);
    assert_eq!((&approvals[0].content, approvals[0].recipients, approvals[0].at), (&content, 3, NOON));
    assert_eq!(ledger.approvals("2099-q1").await.unwrap(), []);
}
