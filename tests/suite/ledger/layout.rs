//! The database itself: what older versions wrote, and how much room a recipient takes.

use super::*;

/// The first layout, with a run that was broken off: one accepted, one whose message was leaving, one not yet sent to.
const FIRST: &str = "
    CREATE TABLE run (
        id INTEGER PRIMARY KEY, issue TEXT NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, relay TEXT NOT NULL,
        started INTEGER NOT NULL, finished INTEGER, planned INTEGER NOT NULL, UNIQUE (issue, kind));
    CREATE TABLE edition (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (run, name));
    CREATE TABLE recipient (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL, edition INTEGER NOT NULL, address TEXT NOT NULL, key TEXT,
        state INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER, code INTEGER, reason TEXT);
    CREATE UNIQUE INDEX recipient_once ON recipient (run, coalesce(key, address));
    CREATE INDEX recipient_pending ON recipient (run, attempts) WHERE state = 0;
    INSERT INTO run VALUES (1, '2023-q3', 'issue', 'news@example.org', 'relay.example', 1690000000, NULL, 3);
    INSERT INTO edition VALUES (1, 1, 'en', 'd1');
    INSERT INTO recipient VALUES
        (1, 1, 1, 'a@example.org', NULL, 3, 1, NULL, NULL, NULL),
        (2, 1, 1, 'B@example.org', 'b@example.org', 2, 0, NULL, NULL, NULL),
        (3, 1, 1, 'c@example.org', NULL, 0, 0, NULL, NULL, NULL);
    PRAGMA user_version = 1;";

fn written_by_the_first_version() -> TempDir {
    let folder = folder();
    rusqlite::Connection::open(folder.path().join("ledger.sqlite")).unwrap().execute_batch(FIRST).unwrap();
    folder
}

#[tokio::test]
async fn a_run_begun_by_the_first_version_goes_on_and_nobody_gets_it_twice() {
    let folder = written_by_the_first_version();
    let run = begin(folder.path(), plan(&["a@example.org", "b@example.org", "c@example.org"])).await;
    assert_eq!(balance(&run).await, Balance { planned: 3, accepted: 1, ambiguous: 1, pending: 1, ..Balance::default() });
    assert_eq!(settle(&run, Outcome::Accepted).await.address.wire(), "c@example.org");
    drop(run);
    let ledger = Ledger::open(folder.path()).unwrap();
    let account = ledger.account(ISSUE, Kind::Issue, &[]).await.unwrap().unwrap();
    assert_eq!((account.sessions.len(), account.started.as_second()), (1, 1_690_000_000));
}

#[tokio::test]
async fn an_issue_sent_by_the_first_version_cannot_change_though_its_parts_are_not_known() {
    let folder = written_by_the_first_version();
    let mut changed = plan(&["c@example.org"]);
    changed.digests.insert("en".to_owned(), "other".into());
    let error = Ledger::open(folder.path()).unwrap().begin(changed, NOON).await.unwrap_err().to_string();
    assert!(error.starts_with("the edition \"en\" changed since"), "{error}");
}

#[tokio::test]
async fn a_recipient_takes_at_most_150_octets_on_the_disk() {
    const PEOPLE: i64 = 20_000;
    let folder = folder();
    let people: Vec<String> = (0..PEOPLE).map(|n| format!("first.last{n}@mail.example.org")).collect();
    let run = begin(folder.path(), plan(&people.iter().map(String::as_str).collect::<Vec<_>>())).await;
    for claim in run.claim(usize::MAX, Timestamp::now()).await.unwrap().into_iter().take(100) {
        run.advance(None, Some(claim.id)).await.unwrap();
        run.advance(Some((claim.id, Outcome::Accepted)), None).await.unwrap();
    }
    let database = rusqlite::Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    let pragma = |name: &str| database.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    let each = pragma("page_count") * pragma("page_size") / PEOPLE;
    assert!(each <= 150, "{each} octets");
}
