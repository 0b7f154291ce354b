//! Where everyone of a run stands, small enough for a million of them.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::report::{find, time};
use super::{Kind, Ledger, LedgerError, State};
use crate::model::address::Address;
use crate::model::subscriber::Mailbox;

/// Where everyone of a run stands: by mailbox, without the addresses.
#[derive(Debug, Default)]
pub struct Standing(HashMap<Mailbox, (State, Option<i64>)>);

impl Standing {
    /// Where somebody stands, and when they are due where they are deferred; `None` where they are not in the run.
    #[must_use]
    pub fn of(&self, address: &Address) -> Option<(State, Option<Timestamp>)> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&Mailbox::new(address)).map(|&(state, next_at)| (state, next_at.map(time)))
    }
}

impl Ledger {
    /// Where everyone of a run stands; nobody does where it never began.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn standing(&self, issue: &str, kind: Kind) -> Result<Standing, LedgerError> {
        let issue = issue.to_owned();
        let failed = |e: rusqlite::Error| LedgerError::storage("read where people stand", e);
        let work = move |connection: &Connection| {
            let Some(run) = find(connection, &issue, kind)? else { return Ok(Standing::default()) };
            let mut rows = connection
                .prepare("SELECT coalesce(key, address), state, next_at FROM recipient WHERE run = ?1")
                .map_err(failed)?;
            let row = |row: &rusqlite::Row<'_>| {
                let code = row.get(1)?;
                let state = State::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(1, code))?;
                Ok((Mailbox::of_key(row.get_ref(0)?.as_str()?), (state, row.get(2)?)))
            };
            let rows = rows.query_map([run], row).map_err(failed)?;
            rows.map(|row| row.map_err(failed)).collect::<Result<_, _>>().map(Standing)
        };
        self.writer.read("read where people stand", work).await
    }
}
