//! What `postrider serve` and `postrider subscribers` have in common: a project with the keys by which its people are known.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use postrider::files::project::SUBSCRIBERS;
use postrider::ledger::Ledger;
use postrider::model::list::List;
use postrider::model::publication::Publication;
use postrider::token::Keyring;
use postrider::{compose, deed};

use crate::failure::Failure;
use crate::{finding, workspace};

/// A project whose people can be known.
pub(crate) struct People {
    pub(crate) publication: Publication,
    /// The list: those in `subscribers.toml` whose entries are sound, or whom the database has.
    pub(crate) listed: List,
    /// The names of attributes in it.
    pub(crate) attributes: BTreeSet<String>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) ledger: Ledger,
    root: PathBuf,
}

impl People {
    /// Whether the database has the list.
    pub(crate) fn is_kept(&self) -> bool {
        self.publication.vocabulary.is_list_kept
    }

    /// Where people on the list are, as it stands in a sentence.
    pub(crate) fn place(&self) -> &'static str {
        if self.is_kept() { "on the list" } else { "in subscribers.toml" }
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The list that people write.
    pub(crate) fn list_file(&self) -> PathBuf {
        self.root.join(SUBSCRIBERS)
    }
}

/// Opens it.
pub(crate) fn open(folder: Option<&Path>) -> Result<People, Failure> {
    let project = workspace::project(folder)?;
    let loaded = deed::load(&project, None);
    let Some(publication) = loaded.publication else {
        finding::print_to_stderr(&loaded.findings);
        return Err(Failure::Failed("newsletter.toml must be mended first, as shown above".to_owned()));
    };
    let Some(keys) = &publication.keys else {
        let words = "newsletter.toml has neither [service] nor [inbox], without which people have no marks: add one of them, as docs/service.md says";
        return Err(Failure::Failed(words.to_owned()));
    };
    let leave = compose::leave(&publication).map_err(|problem| {
        finding::print_to_stderr(&[*problem]);
        Failure::Failed("the keys must be mended first, as shown above".to_owned())
    })?;
    let Some(leave) = leave else {
        let words = format!("the keys in {} cannot be read; new ones are made by `postrider keys new`", keys.file.display());
        return Err(Failure::Failed(words));
    };
    let ledger = Ledger::open(&project.state_folder())?;
    let (listed, attributes) = (loaded.subscribers, loaded.attributes);
    Ok(People { publication, listed, attributes, keyring: leave.into_keyring(), ledger, root: project.root })
}
