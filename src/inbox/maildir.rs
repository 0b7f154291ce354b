//! A mailbox of a file a message, as `https://cr.yp.to/proto/maildir.html` has it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{InboxError, LETTER_MAX, Letter, Watch, cut};

/// The folders of messages: what nobody has seen, and what somebody may have.
const FOLDERS: [&str; 2] = ["new", "cur"];

/// A Maildir.
#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
    watch: Watch,
}

impl Maildir {
    pub(super) fn open(path: PathBuf) -> Result<Self, InboxError> {
        if !FOLDERS.iter().all(|folder| path.join(folder).is_dir()) {
            return Err(InboxError::Kind { path, kind: "Maildir", why: "it has no folders new and cur" });
        }
        let folders = FOLDERS.map(|folder| path.join(folder));
        let watch = Watch::over(&[&folders[0], &folders[1]]);
        Ok(Self { path, watch })
    }

    pub(super) fn name(&self) -> String {
        format!("maildir {}", self.path.display())
    }

    pub(super) fn watcher(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// The part of each file's name that stays the same when flags are added or it goes from `new` to `cur`.
    pub(super) fn list(&self) -> Result<Vec<String>, InboxError> {
        let mut names: Vec<String> = self.files()?.into_iter().map(|(name, _)| name).collect();
        // They begin with the second of delivery.
        names.sort_by_key(|name| (name.split('.').next().and_then(|second| second.parse::<u64>().ok()), name.clone()));
        names.dedup();
        Ok(names)
    }

    pub(super) fn fetch(&self, name: &str) -> Result<Option<Letter>, InboxError> {
        // A file may be renamed between a look and the next one.
        for _ in 0..3 {
            let Some((_, path)) = self.files()?.into_iter().find(|(found, _)| found == name) else { return Ok(None) };
            match read(&path) {
                Ok(letter) => return Ok(Some(letter)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(InboxError::File { path, source }),
            }
        }
        Ok(None)
    }

    fn files(&self) -> Result<Vec<(String, PathBuf)>, InboxError> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            let path = self.path.join(folder);
            let entries = fs::read_dir(&path).map_err(|source| InboxError::File { path: path.clone(), source })?;
            for entry in entries.flatten() {
                // A link may lead anywhere; deliveries are files.
                if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    continue;
                }
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') {
                    continue;
                }
                let unique = name.split(':').next().unwrap_or_default().to_owned();
                files.push((unique, entry.path()));
            }
        }
        Ok(files)
    }
}

fn read(path: &Path) -> io::Result<Letter> {
    let mut octets = Vec::new();
    fs::File::open(path)?.take(LETTER_MAX as u64 + 1).read_to_end(&mut octets)?;
    Ok(cut(octets))
}
