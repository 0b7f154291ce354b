//! What a send would do.

use jiff::Timestamp;
use jiff::civil::Date;

use super::absence::Absence;
use super::{Consent, Ready, Refusal, dispatch, plan};
use crate::deliver::{self, Outline};
use crate::ledger::{Kind, Ledger, Plan, State};
use crate::model::address::Address;

/// What a send would do, and what is known about consent to it, read at one moment.
#[derive(Debug)]
pub struct Proposal {
    /// Who would get what, and who would not.
    pub outline: Outline,
    /// The same for the ledger.
    pub plan: Plan,
    /// Drafts, approvals, changes, last time's count.
    pub consent: Consent,
}

impl Proposal {
    /// What a send of the issue to everyone on the list would do at `now`. `ledger` is the project's, if it has one: where nothing was ever
    /// sent none is made for a look. Without a relay it can be looked at, and not sent.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn new(ready: &Ready, ledger: Option<&Ledger>, now: Timestamp) -> Result<Self, Refusal> {
        let known = match ledger {
            Some(ledger) => ledger.deliveries(ready.slug(), Kind::Issue, &State::ALL).await?,
            None => Vec::new(),
        };
        let absence = Absence::read(ledger, ready).await?;
        let skip = |address: &Address| absence.of(ready, address);
        let outline = deliver::outline(&ready.composer, &ready.subscribers, &known, now, &skip);
        let relays = dispatch::names(&ready.publication.relays);
        let plan = deliver::plan(&ready.composer, &ready.publication, &relays, &ready.everyone(), Kind::Issue, &skip);
        let consent = Consent::new(ledger, &plan, ready, &outline).await?;
        Ok(Self { outline, plan, consent })
    }

    /// It in rows for a person to read, each with its label; some rows go on without one.
    #[must_use]
    pub fn rows(&self, ready: &Ready, today: Date) -> Vec<(&'static str, String)> {
        plan::rows(&self.outline, &ready.publication, today, &self.consent)
    }

    /// Whether nobody is left to be sent to now.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outline.balance.pending == 0
    }
}
