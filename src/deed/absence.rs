//! Who on the list gets no mail, because they left it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Ready, Refusal};
use crate::ledger::{Departure, Ledger, LedgerError};
use crate::model::address::Address;
use crate::token::{Keyring, Mark};

/// Everyone who left, as known at one moment.
#[derive(Debug, Default)]
pub(super) struct Absence {
    departed: HashMap<Mark, Departure>,
    /// There where anybody left.
    keyring: Option<Arc<Keyring>>,
}

impl Absence {
    /// Reads it.
    ///
    /// # Errors
    /// If the ledger cannot be read, or if people left and the keys by which they are known are not at hand.
    pub(super) async fn read(ledger: Option<&Ledger>, ready: &Ready) -> Result<Self, Refusal> {
        let Some(ledger) = ledger else { return Ok(Self::default()) };
        let departed = ledger.departed().await?;
        let keyring = ready.composer.keyring().cloned();
        if !departed.is_empty() && keyring.is_none() {
            return Err(LedgerError::Keyless.into());
        }
        Ok(Self { departed, keyring })
    }

    /// Why somebody gets nothing; `None` for those who do.
    pub(super) fn of(&self, address: &Address) -> Option<String> {
        if self.departed.is_empty() {
            return None;
        }
        let mark = self.keyring.as_ref()?.mark(address);
        self.departed.get(&mark).map(ToString::to_string)
    }
}
