//! A second person's yes to exactly what would be sent.

use jiff::Timestamp;

use super::{Proposal, Ready, Refusal};
use crate::ledger::{Approval, Ledger};
use crate::model::address::DisplayName;

/// The most characters of a name.
const NAME_MAX: usize = 100;

/// Writes down that somebody approved exactly this, and returns the name as it is kept.
///
/// # Errors
/// If an edition is a draft, if there is no relay (the digest would not be the one of a send), if the name is none, or if the ledger cannot
/// be written to.
pub async fn approve(ready: &Ready, ledger: &Ledger, proposal: &Proposal, written: &str) -> Result<String, Refusal> {
    ready.refuse_drafts()?;
    ready.relays()?;
    let name = name(written)?;
    let recipients = proposal.outline.balance.planned;
    let approval = Approval { name: name.clone(), at: Timestamp::now(), recipients, content: proposal.plan.content() };
    ledger.approve(approval).await?;
    Ok(name)
}

fn name(written: &str) -> Result<String, Refusal> {
    let name = DisplayName::parse(written.trim_end_matches(['\r', '\n']))
        .map_err(|found| Refusal::Usage(format!("the name holds {found}, which no name may hold; nothing was approved")))?;
    match name.as_str().chars().count() {
        0 => Err(Refusal::Usage("a name is needed: it is shown to whoever sends; nothing was approved".to_owned())),
        1..=NAME_MAX => Ok(name.as_str().to_owned()),
        length => {
            Err(Refusal::Usage(format!("the name has {length} characters, and {NAME_MAX} are the most; nothing was approved")))
        }
    }
}
