//! A letter that came to the list's own mailbox, and what is done about it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::Refusal;
use crate::bounce::{self, Kind, Reading};
use crate::import::Ground;
use crate::ledger::{Failure, Ledger, Noted};
use crate::token::{Keyring, Purpose, Returned};

/// What a letter came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Letter {
    /// Somebody left by it.
    Left,
    /// Somebody asks to leave who has left already.
    LeftBefore,
    /// Mail of ours came back.
    Failed {
        /// Whether that is news.
        is_new: bool,
    },
    /// Somebody complained, and gets no mail any more.
    Complained,
    /// A report about mail that is not ours, or is not remembered any more: it is passed over.
    Forged,
    /// A warning, a receipt or the answer of a machine: nothing is to be done.
    Passed,
    /// Somebody asks to leave without a proof of who they are: for a person to decide.
    Asks {
        /// Whom it is from, as it claims.
        from: String,
    },
    /// A letter for people.
    Other {
        /// Whom it is from, as it claims.
        from: String,
        /// Its subject.
        subject: String,
    },
}

/// Reads a letter and does what it asks for, as far as it proves whom it is about. What it caused is on the disk when this returns, and the same
/// letter again causes nothing more.
///
/// # Errors
/// If the ledger cannot be written to: the letter is then to be read again.
pub async fn take_in(ledger: &Ledger, keyring: &Arc<Keyring>, octets: &[u8], now: Timestamp) -> Result<Letter, Refusal> {
    let reading = bounce::read(octets);
    match reading.kind {
        Kind::Bounce => failed(ledger, keyring, &reading, now).await,
        Kind::Complaint => complained(ledger, keyring, &reading, now).await,
        Kind::Request => asked(ledger, keyring, reading, now).await,
        Kind::Delayed | Kind::Delivered | Kind::AutoReply => Ok(Letter::Passed),
        Kind::Other => Ok(Letter::Other { from: reading.from.unwrap_or_default(), subject: reading.subject }),
    }
}

/// The mark in the address that a letter came to.
fn mark(reading: &Reading) -> Option<Returned> {
    reading.to.iter().find_map(|address| Returned::find(address.rsplit_once('@')?.0))
}

async fn failed(ledger: &Ledger, keyring: &Arc<Keyring>, reading: &Reading, now: Timestamp) -> Result<Letter, Refusal> {
    let Some(returned) = mark(reading) else { return Ok(Letter::Forged) };
    // Each mail has one recipient, whom the mark names: of several in the report, the gravest speaks.
    let Some(gravest) = reading.recipients.iter().max_by_key(|recipient| recipient.class) else { return Ok(Letter::Passed) };
    let failure = Failure {
        class: Some(gravest.class),
        status: gravest.status.map(|status| status.to_string()),
        text: gravest.text.clone(),
    };
    Ok(match ledger.came_back(keyring, returned, failure, now).await? {
        Noted::New => Letter::Failed { is_new: true },
        Noted::Known => Letter::Failed { is_new: false },
        Noted::Forged => Letter::Forged,
    })
}

/// A complaint counts for good where the return path proves that the mail was ours and whose it was. A link to leave, which travels with every mail that
/// is passed on, takes its reader off the list and nothing more.
async fn complained(ledger: &Ledger, keyring: &Arc<Keyring>, reading: &Reading, now: Timestamp) -> Result<Letter, Refusal> {
    let fields = reading.returned.split(|c: char| c.is_whitespace() || "<>,;".contains(c));
    let in_fields = || fields.clone().find_map(|word| Returned::find(word.rsplit_once('@')?.0));
    if let Some(returned) = mark(reading).or_else(in_fields) {
        let text = reading.recipients.first().map_or_else(String::new, |recipient| recipient.text.clone());
        let failure = Failure { class: None, status: None, text };
        match ledger.came_back(keyring, returned, failure, now).await? {
            Noted::New | Noted::Known => return Ok(Letter::Complained),
            Noted::Forged => {}
        }
    }
    match token(keyring, &[&reading.returned], now) {
        Some(claim) => left(ledger, claim.mark, now).await,
        None => Ok(Letter::Forged),
    }
}

async fn asked(ledger: &Ledger, keyring: &Arc<Keyring>, reading: Reading, now: Timestamp) -> Result<Letter, Refusal> {
    match token(keyring, &[&reading.subject, &reading.text], now) {
        Some(claim) => left(ledger, claim.mark, now).await,
        None => Ok(Letter::Asks { from: reading.from.unwrap_or_default() }),
    }
}

/// The first token to leave in some texts that is one of ours.
fn token(keyring: &Keyring, texts: &[&str], now: Timestamp) -> Option<crate::token::Claim> {
    let candidates = texts.iter().flat_map(|text| Keyring::find_in(text));
    candidates.into_iter().find_map(|token| keyring.verify(Purpose::Leave, &token, now).ok())
}

async fn left(ledger: &Ledger, mark: crate::token::Mark, now: Timestamp) -> Result<Letter, Refusal> {
    let is_news = ledger.depart(mark, Ground::Unsubscribed, "mail", None, now).await?;
    Ok(if is_news { Letter::Left } else { Letter::LeftBefore })
}
