//! Who on the list gets no mail, because they left it.

use std::collections::HashMap;

use super::{Ready, Refusal};
use crate::ledger::{Departure, Ledger, LedgerError};
use crate::model::address::Address;
use crate::token::Mark;

/// Everyone who left, as known at one moment.
#[derive(Debug, Default)]
pub(super) struct Absence(HashMap<Mark, Departure>);

impl Absence {
    /// Reads it.
    ///
    /// # Errors
    /// If the ledger cannot be read, or if people left and the keys by which they are known are not at hand.
    pub(super) async fn read(ledger: Option<&Ledger>, ready: &Ready) -> Result<Self, Refusal> {
        let Some(ledger) = ledger else { return Ok(Self::default()) };
        let departed = ledger.departed().await?;
        if !departed.is_empty() && ready.composer.keyring().is_none() {
            return Err(LedgerError::Keyless.into());
        }
        Ok(Self(departed))
    }

    /// Why somebody gets nothing; `None` for those who do.
    pub(super) fn of(&self, ready: &Ready, address: &Address) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mark = ready.composer.keyring()?.mark(address);
        self.0.get(&mark).map(ToString::to_string)
    }
}
