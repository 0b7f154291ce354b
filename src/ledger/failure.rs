//! What came back of mail that was accepted: failed deliveries and complaints. Each is written down as it comes; what it means for its reader is
//! [settled](Ledger::settle) over all of them at once, for whether a failure is a reader's or a whole domain's shows only beside the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::departure::{self, note, write};
use super::report::BY_DOMAIN;
use super::{Kind, Ledger, LedgerError, State};
use crate::bounce::{Class, Incident, Verdict, is_domain_fault, score};
use crate::import::Ground;
use crate::model::address::Address;
use crate::token::{Keyring, Mark, Returned};

/// By which way it is learnt.
const SOURCE: &str = "mail";
/// How many issues back a score may look.
const ISSUES: i64 = 5;

/// What a report says, reduced to what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it says about the address; `None` is a complaint.
    pub class: Option<Class>,
    /// The status.
    pub status: Option<String>,
    /// The server's words, in one line.
    pub text: String,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It is written down.
    New,
    /// It was, already.
    Known,
    /// No mail of ours has that mark: the report is forged, or about mail that is not remembered any more. Nothing is written down.
    Forged,
}

/// What a settling changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// How many people get no mail any more, for theirs bounces.
    pub bounced: u64,
    /// How many get it again, for what failed turned out to be their domain's.
    pub taken_back: u64,
    /// The domains where so much of an issue failed that it is no reader's fault, with issue and counts.
    pub held: Vec<Held>,
}

/// A domain where more than a fifth of an issue failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The issue's slug.
    pub issue: String,
    /// The domain, in A-labels.
    pub domain: String,
    /// How many of its people the server took it for.
    pub sent: u64,
    /// How many of those failed.
    pub failed: u64,
}

/// What came back of an issue, of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Return {
    /// `hard`, `soft`, `unknown`, `policy` or `complaint`.
    pub class: String,
    /// The status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The words, of the first of them.
    pub words: String,
    /// How many.
    pub count: u64,
}

fn word(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Hard) => "hard",
        Some(Class::Soft) => "soft",
        Some(Class::Unknown) => "unknown",
        Some(Class::Policy) => "policy",
        None => "complaint",
    }
}

fn class(word: &str) -> Class {
    match word {
        "hard" => Class::Hard,
        "soft" => Class::Soft,
        "unknown" => Class::Unknown,
        _ => Class::Policy,
    }
}

/// How much a kind weighs: of two reports about one mail, the graver is kept.
const WEIGHT: &str = "CASE class WHEN 'complaint' THEN 4 WHEN 'hard' THEN 3 WHEN 'unknown' THEN 2 WHEN 'soft' THEN 1 ELSE 0 END";

impl Ledger {
    /// Writes down that mail came back, or that its reader complained, if the mark in its return path is one of ours. A complaint takes its reader
    /// off the list in the same commit.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is written down then.
    pub async fn came_back(
        &self,
        keyring: &std::sync::Arc<Keyring>,
        returned: Returned,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Noted, LedgerError> {
        let keyring = std::sync::Arc::clone(keyring);
        let work = move |connection: &Connection| came_back(connection, &keyring, &returned, &failure, now);
        let failed = |e: rusqlite::Error| LedgerError::storage("note what came back", e);
        self.writer.write("note what came back", move |connection| work(connection).map_err(failed)).await
    }

    /// The letters of a mailbox that were dealt with, by name.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn letters(&self, mailbox: &str) -> Result<BTreeSet<String>, LedgerError> {
        let mailbox = mailbox.to_owned();
        let failed = |e: rusqlite::Error| LedgerError::storage("read which letters were dealt with", e);
        let work = move |connection: &Connection| {
            let mut rows = connection.prepare("SELECT name FROM letter WHERE mailbox = ?1")?;
            rows.query_map([&mailbox], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        self.writer.read("read which letters were dealt with", move |connection| work(connection).map_err(failed)).await
    }

    /// Notes that a letter was dealt with. To be asked once what it caused is on the disk: killed in between, it is read again, which does no harm.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn note_letter(&self, mailbox: &str, name: &str, now: Timestamp) -> Result<(), LedgerError> {
        let (mailbox, name) = (mailbox.to_owned(), name.to_owned());
        let failed = |e: rusqlite::Error| LedgerError::storage("note a letter", e);
        let work = move |connection: &Connection| {
            let mut note = connection.prepare_cached("INSERT OR IGNORE INTO letter (mailbox, name, at) VALUES (?1, ?2, ?3)")?;
            note.execute(params![mailbox, name, now.as_second()]).map(drop)
        };
        self.writer.write("note a letter", move |connection| work(connection).map_err(failed)).await
    }

    /// Works out what all that came back means: whose address takes no mail any more, and which domains are to be looked at instead. May be
    /// asked as often as one likes.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is changed then.
    pub async fn settle(&self, now: Timestamp) -> Result<Settled, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("settle what came back", e);
        self.writer.write("settle what came back", move |connection| settle(connection, now).map_err(failed)).await
    }
}

fn came_back(
    connection: &Connection,
    keyring: &Keyring,
    returned: &Returned,
    failure: &Failure,
    now: Timestamp,
) -> rusqlite::Result<Noted> {
    let number = i64::try_from(returned.recipient).unwrap_or(-1);
    let found: Option<(i64, String, String)> = connection
        .prepare_cached(
            "SELECT run, run.issue, address FROM recipient JOIN run ON run.id = recipient.run
             WHERE recipient.id = ?1 AND run.kind = ?2 AND state IN (?3, ?4, ?5)",
        )?
        .query_row(
            params![number, Kind::Issue.as_str(), State::Accepted.code(), State::Ambiguous.code(), State::InData.code()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((run, issue, address)) = found else { return Ok(Noted::Forged) };
    let Ok(address) = Address::parse(&address) else { return Ok(Noted::Forged) };
    let mark = keyring.mark(&address);
    if !keyring.is_returned(returned, mark) {
        return Ok(Noted::Forged);
    }
    let class = word(failure.class);
    // Servers like to repeat the address, which is no part of what is kept here.
    let blotted = |word: &str| if word.contains('@') { "‹address›".to_owned() } else { word.to_owned() };
    let text = failure.text.split(' ').map(blotted).collect::<Vec<_>>().join(" ");
    let written = connection
        .prepare_cached(&format!(
            "INSERT INTO failure (recipient, run, mark, domain, class, status, text, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (recipient) DO UPDATE SET class = excluded.class, status = excluded.status, text = excluded.text, at = excluded.at
             WHERE {} > {}",
            WEIGHT.replace("class", "excluded.class"),
            WEIGHT.replace("class", "failure.class")
        ))?
        .execute(params![number, run, mark.octets(), address.domain(), class, failure.status, text, now.as_second()])?;
    if written == 0 {
        return Ok(Noted::Known);
    }
    let detail = match &failure.status {
        Some(status) => format!("{issue}, {class}, {status}"),
        None => format!("{issue}, {class}"),
    };
    if failure.class.is_some() {
        note(connection, mark, "failed", SOURCE, Some(&detail), now)?;
    } else if departure::find(connection, mark)?.is_none_or(|known| known.ground < Ground::Complained) {
        write(connection, mark, Ground::Complained, now)?;
        note(connection, mark, Ground::Complained.as_str(), SOURCE, Some(&detail), now)?;
    }
    Ok(Noted::New)
}

fn settle(connection: &Connection, now: Timestamp) -> rusqlite::Result<Settled> {
    let held = held(connection)?;
    let is_held: BTreeSet<(i64, &str)> = held.iter().map(|(run, held)| (*run, held.domain.as_str())).collect();
    let mut settled = Settled { held: held.iter().map(|(_, held)| held.clone()).collect(), ..Settled::default() };
    for mark in marks_with_failures(connection)? {
        let (incidents, issues) = incidents(connection, mark, &is_held)?;
        let issues: Vec<&str> = issues.iter().map(String::as_str).collect();
        let known = departure::find(connection, mark)?;
        match (score(&incidents, &issues), known.map(|known| known.ground)) {
            (Verdict::Bounced, None) => {
                write(connection, mark, Ground::Bounced, now)?;
                let last = incidents.last().map(|incident| incident.issue.as_str());
                note(connection, mark, Ground::Bounced.as_str(), SOURCE, last, now)?;
                settled.bounced += 1;
            }
            // Only what mail itself told: a list from elsewhere may know more.
            (Verdict::Stay, Some(Ground::Bounced)) if was_told_by_mail(connection, mark)? => {
                connection.prepare_cached("DELETE FROM departure WHERE mark = ?1")?.execute([mark.octets()])?;
                note(
                    connection,
                    mark,
                    "readmitted",
                    SOURCE,
                    Some("so much failed at the domain that it is not the reader's"),
                    now,
                )?;
                settled.taken_back += 1;
            }
            _ => {}
        }
    }
    Ok(settled)
}

/// The domains where so much of an issue failed that it is no reader's fault.
fn held(connection: &Connection) -> rusqlite::Result<Vec<(i64, Held)>> {
    let mut groups = connection.prepare(
        "SELECT failure.run, run.issue, domain, count(*) FROM failure JOIN run ON run.id = failure.run
         WHERE class IN ('hard', 'soft', 'unknown') GROUP BY failure.run, domain HAVING count(*) > 1",
    )?;
    let groups = groups.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut sent_by_run: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    let mut held = Vec::new();
    for group in groups {
        let (run, issue, domain, failed): (i64, String, String, i64) = group?;
        let failed = failed.unsigned_abs();
        // The whole run is counted where anything comes into question, and once.
        if !is_domain_fault(failed, failed) {
            continue;
        }
        let sent = match sent_by_run.get(&run) {
            Some(sent) => sent,
            None => sent_by_run.entry(run).or_insert(sent(connection, run)?),
        };
        let sent = sent.get(&domain).copied().unwrap_or(failed);
        if is_domain_fault(sent, failed) {
            held.push((run, Held { issue, domain, sent, failed }));
        }
    }
    Ok(held)
}

/// How many people of each domain the server took an issue for.
fn sent(connection: &Connection, run: i64) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut rows =
        connection.prepare(&format!("SELECT {BY_DOMAIN}, count(*) FROM recipient WHERE run = ?1 AND state = ?2 GROUP BY 1"))?;
    rows.query_map(params![run, State::Accepted.code()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?.collect()
}

fn marks_with_failures(connection: &Connection) -> rusqlite::Result<Vec<Mark>> {
    let mut rows = connection.prepare("SELECT DISTINCT mark FROM failure WHERE class <> 'complaint'")?;
    rows.query_map([], |row| Ok(Mark::from_octets(row.get(0)?)))?.collect()
}

/// What failed for somebody since they came to the list last, but for what is their domain's; and the last issues that they were sent, the
/// newest first.
fn incidents(
    connection: &Connection,
    mark: Mark,
    held: &BTreeSet<(i64, &str)>,
) -> rusqlite::Result<(Vec<Incident>, Vec<String>)> {
    let mut rows = connection.prepare_cached(
        "SELECT failure.run, domain, run.issue, class FROM failure JOIN run ON run.id = failure.run
         WHERE mark = ?1 AND at > coalesce((SELECT max(at) FROM event WHERE event.mark = ?1 AND kind IN ('readmitted', 'confirmed')
                                            AND source <> 'mail'), -1)
         ORDER BY at",
    )?;
    let rows = rows.query_map([mark.octets()], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut incidents = Vec::new();
    for row in rows {
        let (run, domain, issue, word) = row?;
        if !held.contains(&(run, domain.as_str())) {
            incidents.push(Incident { issue, class: class(&word) });
        }
    }
    // The address is not known here, and is not needed: which issues there were, everyone on the list got.
    let mut issues =
        connection.prepare_cached("SELECT issue FROM run WHERE kind = ?1 ORDER BY started DESC, id DESC LIMIT ?2")?;
    let issues = issues.query_map(params![Kind::Issue.as_str(), ISSUES], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((incidents, issues))
}

/// Whether somebody's leaving for bounces was the doing of [`settle`], and nothing else said so since.
fn was_told_by_mail(connection: &Connection, mark: Mark) -> rusqlite::Result<bool> {
    let mut last =
        connection.prepare_cached("SELECT source FROM event WHERE mark = ?1 AND kind = 'bounced' ORDER BY id DESC LIMIT 1")?;
    let source: Option<String> = last.query_row([mark.octets()], |row| row.get(0)).optional()?;
    Ok(source.as_deref() == Some(SOURCE))
}

/// What came back of a run, by kind and status, the most frequent first.
pub(super) fn returns(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Return>> {
    let mut rows = connection.prepare(
        "SELECT class, status, min(text), count(*) AS people FROM failure WHERE run = ?1 GROUP BY class, status ORDER BY people DESC, class, status",
    )?;
    let rows = rows.query_map([run], |row| {
        Ok(Return { class: row.get(0)?, status: row.get(1)?, words: row.get(2)?, count: row.get::<_, i64>(3)?.unsigned_abs() })
    })?;
    rows.collect()
}
