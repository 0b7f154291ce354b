//! Wishes to join the list, or to change one's own settings: written down as they come, the same for everybody, and judged later, so that nobody can
//! tell from the answer, or from how long it took, who is on the list.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::departure::{self, note};
use super::person::{self, json, put};
use super::report::time;
use super::{Ledger, LedgerError, Preference};
use crate::import::{Entry, Ground, State};
use crate::model::address::{Address, DisplayName};
use crate::model::language::Language;
use crate::token::Mark;

/// How long a confirmation holds.
pub const CONFIRMATION: SignedDuration = SignedDuration::from_hours(72);
/// How many letters an address gets until somebody there confirms.
const LETTERS: i64 = 3;
/// A day in seconds.
const DAY: i64 = 86_400;
/// How many wishes may wait to be judged: whoever sends more than that is not answered.
const WAITING: i64 = 10_000;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where a letter would go.
    pub address: Address,
    /// In which language, and the groups chosen.
    pub preference: Preference,
    /// Whether to be sent a link to one's own settings, and not to join.
    pub is_settings: bool,
    /// What stands for the network that it came from: a keyed hash of a prefix of its address.
    pub network: [u8; 16],
    /// Which form was seen: its language and the hash of its words.
    pub form: String,
}

/// How many letters may go out a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// In all.
    pub all: i64,
    /// To the addresses of one domain.
    pub domain: i64,
    /// For wishes from one network.
    pub network: i64,
}

/// A letter to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub number: i64,
    /// To whom.
    pub address: Address,
    /// In which language.
    pub language: Language,
    /// Which of the person's tokens it carries; `None` for a link to the settings.
    pub generation: Option<u32>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// What became of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// They are on the list now.
    New,
    /// They were, by the same letter.
    Again,
    /// The letter does not hold any more: there is a newer one, or they left since.
    Stale,
}

impl Ledger {
    /// Writes a wish down. Takes as long for one as for another.
    ///
    /// # Errors
    /// [`LedgerError::Storage`], also where more wait than can be judged.
    pub async fn wish(&self, wish: Wish, now: Timestamp) -> Result<(), LedgerError> {
        let work = move |connection: &Connection| {
            let waiting: i64 = connection.query_row("SELECT count(*) FROM wish", [], |row| row.get(0))?;
            if waiting >= WAITING {
                return Err(rusqlite::Error::ToSqlConversionFailure("too many wishes wait".into()));
            }
            connection
                .prepare_cached(
                    "INSERT INTO wish (address, language, groups, is_settings, network, form, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    wish.address.as_written(),
                    wish.preference.language.tag(),
                    json(&wish.preference.groups),
                    wish.is_settings,
                    wish.network,
                    wish.form,
                    now.as_second()
                ])
                .map(drop)
        };
        let failed = |e: rusqlite::Error| LedgerError::storage("write a wish down", e);
        self.writer.write("write a wish down", move |connection| work(connection).map_err(failed)).await
    }

    /// Judges the wishes that wait: which of them become letters, by `mark` of each address and whether `is_listed`. Gives how many do.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]: they wait on then.
    pub async fn judge_wishes(
        &self,
        mark: impl Fn(&Address) -> Mark + Send + 'static,
        is_listed: impl Fn(Mark) -> bool + Send + 'static,
        budget: Budget,
        now: Timestamp,
    ) -> Result<usize, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("judge the wishes", e);
        let work = move |connection: &Connection| {
            sweep(connection, now)?;
            let mut granted = 0;
            for (number, wish) in wishes(connection)? {
                let mark = mark(&wish.address);
                granted += usize::from(judge(connection, &wish, mark, is_listed(mark), budget, now)?);
                connection.prepare_cached("DELETE FROM wish WHERE id = ?1")?.execute([number])?;
            }
            Ok(granted)
        };
        self.writer.write("judge the wishes", move |connection| work(connection).map_err(failed)).await
    }

    /// Makes somebody active who confirms what they asked for: also who had left by themselves, was taken off or bounced, for the letter reached
    /// them. Whoever complained needs a person's hand.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; nothing is changed then.
    pub async fn confirm(&self, mark: Mark, generation: u32, now: Timestamp) -> Result<Confirmed, LedgerError> {
        let failed = |e: rusqlite::Error| LedgerError::storage("note who confirmed", e);
        self.writer
            .write("note who confirmed", move |connection| confirm(connection, mark, generation, now).map_err(failed))
            .await
    }
}

fn wishes(connection: &Connection) -> rusqlite::Result<Vec<(i64, Wish)>> {
    let mut rows = connection
        .prepare_cached("SELECT id, address, language, groups, is_settings, network, form FROM wish ORDER BY id LIMIT 500")?;
    let mut wishes = Vec::new();
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (address, language): (String, String) = (row.get(1)?, row.get(2)?);
        let preference = person::preference(&language, row.get_ref(3)?.as_str()?);
        let (Ok(address), Some(preference)) = (Address::parse(&address), preference) else { continue };
        let wish = Wish { address, preference, is_settings: row.get(4)?, network: row.get(5)?, form: row.get(6)? };
        wishes.push((row.get(0)?, wish));
    }
    Ok(wishes)
}

/// Whether a wish becomes a letter. Everything that forbids it is passed over in silence.
fn judge(
    connection: &Connection,
    wish: &Wish,
    mark: Mark,
    is_listed: bool,
    budget: Budget,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    // Counted for whomever it is about: else it could be told from what is left who is on the list.
    if !spend(connection, wish, budget, now)? {
        return Ok(false);
    }
    let departure = departure::find(connection, mark)?;
    if departure.is_some_and(|departure| !is_lifted(departure.ground)) {
        return Ok(false);
    }
    let known = person::find(connection, mark)?;
    let is_member = departure.is_none() && (is_listed || known.as_ref().is_some_and(|known| known.state == State::Active));
    // A link to the settings goes to members alone; who is a member already and wants to join gets that link.
    if wish.is_settings && !is_member {
        return Ok(false);
    }
    if was_written_to(connection, mark, is_member, now)? {
        return Ok(false);
    }
    let generation: i64 = connection
        .prepare_cached(
            "INSERT INTO asked (mark, generation, letters, last, language, groups, form) VALUES (?1, 1, 1, ?2, ?3, ?4, ?5)
             ON CONFLICT (mark) DO UPDATE SET generation = generation + 1, letters = letters + 1, last = excluded.last,
                 language = excluded.language, groups = excluded.groups, form = excluded.form
             RETURNING generation",
        )?
        .query_row(
            params![mark.octets(), now.as_second(), wish.preference.language.tag(), json(&wish.preference.groups), wish.form],
            |row| row.get(0),
        )?;
    // What is known of somebody who left stays as it is; of somebody who was asked before, only the time is newer.
    if !is_member && known.as_ref().is_none_or(|known| known.state == State::Pending) {
        let entry = Entry {
            address: wish.address.clone(),
            name: DisplayName::default(),
            language: Some(wish.preference.language),
            groups: wish.preference.groups.iter().map(|group| group.as_str().into()).collect(),
            attributes: Vec::new(),
            state: State::Pending,
            line: 0,
        };
        put(connection, mark, &entry, None, now)?;
    }
    if !is_member {
        note(connection, mark, "subscribed", "page", Some(&wish.form), now)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO notice (mark, address, language, generation, at, state) VALUES (?1, ?2, ?3, ?4, ?5, 0)
             ON CONFLICT (mark) DO UPDATE SET generation = excluded.generation, at = excluded.at, address = excluded.address,
                 language = excluded.language WHERE state = 0",
        )?
        .execute(params![
            mark.octets(),
            wish.address.as_written(),
            wish.preference.language.tag(),
            (!is_member).then_some(generation),
            now.as_second()
        ])?;
    Ok(true)
}

/// Whether one's own wish lifts that one left: whoever was taken off, or complained, needs a person's hand.
fn is_lifted(ground: Ground) -> bool {
    matches!(ground, Ground::Unsubscribed | Ground::Bounced | Ground::Erased)
}

/// Counts a wish against the budgets of the day; false where one of them is spent.
fn spend(connection: &Connection, wish: &Wish, budget: Budget, now: Timestamp) -> rusqlite::Result<bool> {
    let day = now.as_second() / DAY;
    let domain = wish.address.domain().as_bytes();
    let budgets: [(&str, &[u8], i64); 3] =
        [("all", b"", budget.all), ("domain", domain, budget.domain), ("network", &wish.network, budget.network)];
    for (kind, key, most) in budgets {
        let mut count = connection.prepare_cached("SELECT count FROM spent WHERE kind = ?1 AND key = ?2 AND day = ?3")?;
        let spent: Option<i64> = count.query_row(params![kind, key, day], |row| row.get(0)).optional()?;
        if spent.unwrap_or(0) >= most {
            return Ok(false);
        }
    }
    for (kind, key, _) in budgets {
        connection
            .prepare_cached(
                "INSERT INTO spent (kind, key, day, count) VALUES (?1, ?2, ?3, 1) ON CONFLICT (kind, key, day) DO UPDATE SET count = count + 1",
            )?
            .execute(params![kind, key, day])?;
    }
    Ok(true)
}

/// Whether enough letters went to an address: one today, or three that nobody confirmed.
fn was_written_to(connection: &Connection, mark: Mark, is_member: bool, now: Timestamp) -> rusqlite::Result<bool> {
    let asked: Option<(i64, i64)> = connection
        .prepare_cached("SELECT letters, last FROM asked WHERE mark = ?1")?
        .query_row([mark.octets()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(asked.is_some_and(|(letters, last)| now.as_second() - last < DAY || !is_member && letters >= LETTERS))
}

/// Forgets what is over: counts of days before, and people who did not confirm in time, of whom only the mark is kept that keeps them from being
/// written to without end.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM spent WHERE day < ?1")?.execute([now.as_second() / DAY])?;
    let over = now.as_second() - CONFIRMATION.as_secs();
    connection.prepare_cached("DELETE FROM person WHERE state = 0 AND since < ?1")?.execute([over])?;
    Ok(())
}

fn confirm(connection: &Connection, mark: Mark, generation: u32, now: Timestamp) -> rusqlite::Result<Confirmed> {
    type Asked = (u32, Option<u32>, i64, String, String, String);
    let asked: Option<Asked> = connection
        .prepare_cached("SELECT generation, confirmed, last, language, groups, form FROM asked WHERE mark = ?1")?
        .query_row([mark.octets()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)))
        .optional()?;
    let Some((newest, confirmed, last, language, groups, form)) = asked else { return Ok(Confirmed::Stale) };
    let departure = departure::find(connection, mark)?;
    let Some(mut entry) = person::find(connection, mark)? else { return Ok(Confirmed::Stale) };
    let is_there = departure.is_none() && entry.state == State::Active;
    if is_there && confirmed == Some(generation) {
        return Ok(Confirmed::Again);
    }
    // Whoever left after the letter does not come back by it.
    let is_barred = departure.is_some_and(|departure| !is_lifted(departure.ground) || departure.since.as_second() > last);
    if generation != newest || confirmed == Some(generation) || is_barred || is_there {
        return Ok(Confirmed::Stale);
    }
    if departure.is_some() {
        connection.prepare_cached("DELETE FROM departure WHERE mark = ?1")?.execute([mark.octets()])?;
    }
    // What the secretariat knows of somebody stays beside what they chose.
    entry.state = State::Active;
    let chosen = person::preference(&language, &groups);
    entry.language = chosen.as_ref().map(|chosen| chosen.language).or(entry.language);
    for group in chosen.into_iter().flat_map(|chosen| chosen.groups) {
        if !entry.groups.iter().any(|known| **known == *group) {
            entry.groups.push(group.into());
        }
    }
    put(connection, mark, &entry, None, now)?;
    // The letters are counted anew: whoever confirmed did not mind them.
    connection
        .prepare_cached("UPDATE asked SET confirmed = ?2, letters = 0 WHERE mark = ?1")?
        .execute(params![mark.octets(), generation])?;
    note(connection, mark, "confirmed", "page", Some(&form), now)?;
    Ok(Confirmed::New)
}

/// The letters that may be sent now.
pub(super) fn notices(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Notice>> {
    let mut rows = connection.prepare_cached(
        "SELECT id, address, language, generation, at FROM notice WHERE state = 0 AND coalesce(next_at, 0) <= ?1 ORDER BY id LIMIT 200",
    )?;
    let mut notices = Vec::new();
    let mut rows = rows.query([now.as_second()])?;
    while let Some(row) = rows.next()? {
        let (address, language): (String, String) = (row.get(1)?, row.get(2)?);
        let (Ok(address), Some(language)) = (Address::parse(&address), Language::from_tag(&language)) else { continue };
        notices.push(Notice { number: row.get(0)?, address, language, generation: row.get(3)?, at: time(row.get(4)?) });
    }
    Ok(notices)
}
