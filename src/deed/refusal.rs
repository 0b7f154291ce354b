//! Why a deed is not done.

use crate::deliver::CredentialsError;
use crate::ledger::LedgerError;
use crate::model::diagnostic::Diagnostic;
use crate::model::list::Unlisted;

/// Why a deed is not done: in words that say what to do next. Nothing was sent where one is returned before a run began.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// It was asked for in a way that cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// It cannot be done as things are.
    #[error("{0}")]
    Failed(String),
    /// Something in the files stands against it.
    #[error("{words}")]
    Found {
        /// What, each in its line.
        findings: Vec<Diagnostic>,
        /// What that means.
        words: String,
    },
}

impl Refusal {
    /// Something outside that failed, named by what was being done.
    pub(crate) fn while_doing(doing: &str) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Failed(format!("cannot {doing}: {error}"))
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Unlisted> for Refusal {
    fn from(error: Unlisted) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<CredentialsError> for Refusal {
    fn from(error: CredentialsError) -> Self {
        Self::Failed(error.to_string())
    }
}
