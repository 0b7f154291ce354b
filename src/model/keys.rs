//! The keys of a list, as `[list] keys` says: they make its links, and mark who left.

use std::path::PathBuf;

use super::dkim::Secret;
use super::document::{Fields, Literal};
use super::source::Place;

/// Where the keys lie unless it is said otherwise, below the project's folder.
const FILE: &str = ".postrider/keys.toml";

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Their file; a relative path starts at the project's folder.
    pub file: PathBuf,
    /// Where that is said.
    pub place: Place,
    /// What the file holds, filled by whoever reads the folder. `None` where it is not there, or not for this user to read.
    pub content: Option<Secret>,
}

impl Keys {
    /// Reads the key.
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let written = fields.line("keys");
        let place = written.as_ref().map_or_else(|| fields.place(), Literal::place);
        Self { file: PathBuf::from(written.map_or(FILE, |literal| literal.text)), place, content: None }
    }
}
