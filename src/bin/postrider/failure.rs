//! How a command ends badly, and with which exit code.

use std::process::ExitCode;

use postrider::deed::Refusal;
use postrider::model::diagnostic::Diagnostic;
use postrider::model::list::Unlisted;

use crate::finding;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was used wrongly, or on the wrong thing: exit code 2.
    Usage(String),
    /// It went wrong: exit code 1.
    Failed(String),
    /// Something in the files stands against it: exit code 1.
    Found(Vec<Diagnostic>, String),
    /// It went wrong, and all is said already: exit code 1.
    Said,
    /// It is told, and what it tells of is not finished: exit code 3.
    Unfinished,
}

impl Failure {
    /// Says what is to be said, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(words) => {
                say(words);
                ExitCode::from(2)
            }
            Self::Failed(words) => {
                say(words);
                ExitCode::FAILURE
            }
            Self::Found(findings, words) => {
                finding::print_to_stderr(findings);
                say(words);
                ExitCode::FAILURE
            }
            Self::Said => ExitCode::FAILURE,
            Self::Unfinished => ExitCode::from(3),
        }
    }

    /// Something outside that failed, named by what was being done.
    pub(crate) fn while_doing(doing: &str) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Failed(format!("cannot {doing}: {error}"))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(words) | Self::Failed(words) | Self::Found(_, words) => f.write_str(words),
            Self::Said | Self::Unfinished => Ok(()),
        }
    }
}

fn say(words: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{red}error:{red:#} {words}");
}

impl From<postrider::ledger::LedgerError> for Failure {
    fn from(error: postrider::ledger::LedgerError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Usage(words) => Self::Usage(words),
            Refusal::Failed(words) => Self::Failed(words),
            Refusal::Found { findings, words } => Self::Found(findings, words),
        }
    }
}

impl From<Unlisted> for Failure {
    fn from(error: Unlisted) -> Self {
        Self::Failed(error.to_string())
    }
}
