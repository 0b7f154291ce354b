//! Who is on a list that a file has, by their marks: for the pages, which know people by nothing else. The file is read again when it has changed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::list;
use crate::files::Project;
use crate::files::project::SUBSCRIBERS;
use crate::model::subscriber::Subscriber;
use crate::token::{Keyring, Mark};

/// Those on the list; nobody where the database has it, which is asked itself.
#[derive(Debug)]
pub struct Members {
    project: Project,
    keyring: Arc<Keyring>,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// When the file had changed last, as it was read.
    changed: Option<SystemTime>,
    people: HashMap<Mark, Subscriber>,
    marks: Arc<HashSet<Mark>>,
}

impl Members {
    /// The members of a project, by its keys.
    #[must_use]
    pub fn of(project: Project, keyring: Arc<Keyring>) -> Self {
        Self { project, keyring, read: Mutex::default() }
    }

    /// Somebody.
    #[must_use]
    pub fn find(&self, mark: Mark) -> Option<Subscriber> {
        self.with(|read| read.people.get(&mark).cloned())
    }

    /// All of them.
    #[must_use]
    pub fn marks(&self) -> Arc<HashSet<Mark>> {
        self.with(|read| Arc::clone(&read.marks))
    }

    fn with<T>(&self, ask: impl FnOnce(&Read) -> T) -> T {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = self.project.root.join(SUBSCRIBERS).metadata().and_then(|found| found.modified()).ok();
        if changed.is_some() && changed != read.changed {
            let loaded = list::load(&self.project, None);
            let people = loaded.subscribers.written().iter();
            read.people = people.map(|person| (self.keyring.mark(&person.address), person.clone())).collect();
            read.marks = Arc::new(read.people.keys().copied().collect());
            read.changed = changed;
        }
        ask(&read)
    }
}
