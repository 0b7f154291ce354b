//! Prepared pictures kept by content, in memory and, where there is a folder for them, on disk.
//!
//! An entry on disk is a file named for all that decides its content: the SHA-256 of the source, the width, the recipe. In it:
//!
//! ```text
//! 32 octets   SHA-256 of the file's own name and of all that follows here
//!  1 octet    0 JPEG, 1 PNG
//!  4 octets   width in pixels, big-endian
//!  4 octets   height in pixels, big-endian
//!  the rest   the picture
//! ```
//!
//! An entry that is not so is none: it is made anew and written over. It is written beside and then renamed, so that whoever reads, be it
//! another process or this one after a crash, finds it whole or not at all. Where nothing can be written, everything works without.
//! What a message says never depends on whether an entry was there.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA256, digest};

use super::{Prepared, RECIPE, Refused, prepare};
use crate::compose::hex;

/// An entry that was not used for so long is dropped: longer than the half-year between two looks at an old issue.
const UNUSED_MAX: Duration = Duration::from_hours(200 * 24);
/// The most octets that all entries may have; beyond it the longest unused ones are dropped.
const FOLDER_MAX: u64 = 512 << 20;
/// The use of an entry is noted once in this time, by its file's time of change.
const NOTE_EVERY: Duration = Duration::from_hours(24);
/// A file half written for so long has been left behind by a process that is gone.
const ASIDE_MAX: Duration = Duration::from_hours(1);
/// How the files end that are being written.
const ASIDE: &str = "part";
/// Octets before the picture.
const HEAD: usize = 32 + 1 + 4 + 4;

/// Prepared pictures by their content, so that no picture is scaled twice. Shared by whoever composes. The default one keeps them in
/// memory only.
#[derive(Debug, Default)]
pub struct PictureCache {
    kept: Mutex<HashMap<Use, Arc<Prepared>>>,
    folder: Option<PathBuf>,
}

/// The SHA-256 of a file, and the width in pixels that it is prepared for.
type Use = ([u8; 32], u32);

impl PictureCache {
    /// One that keeps pictures in a folder as well, for the next process. The folder is made when there is something to keep, open to its
    /// owner only, as is the one above it; where it cannot be, pictures are kept in memory only, and nothing is said.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::default() }
    }

    /// A file made fit for mail, from what is kept if it is there.
    pub(super) fn prepare(&self, content: &[u8], width: u32) -> Result<Arc<Prepared>, Refused> {
        let hash = digest(&SHA256, content);
        let key = (hash.as_ref().try_into().expect("SHA-256 has 32 octets"), width);
        if let Some(found) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        // Outside the lock: two threads may do the same work once, but none waits for another's picture.
        let name = format!("{}-{width}-r{RECIPE}", hex(hash.as_ref()));
        let entry = self.folder.as_ref().map(|folder| folder.join(&name));
        let found = entry.as_ref().and_then(|path| read(path, &name));
        let prepared = if let Some(found) = found {
            found
        } else {
            let made = prepare(content, width)?;
            if let (Some(folder), Some(path)) = (&self.folder, &entry) {
                // A cache that cannot be written is none, and no reason to stop.
                let _ = write(folder, path, &name, &made).map(|()| tidy(folder, SystemTime::now()));
            }
            made
        };
        let prepared = Arc::new(prepared);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&prepared));
        Ok(prepared)
    }
}

/// The entry of a name, if it is there and sound.
fn read(path: &Path, name: &str) -> Option<Prepared> {
    // A pipe or a device in its place would never end.
    let file = File::open(path).ok().filter(|_| path.symlink_metadata().is_ok_and(|there| there.is_file()))?;
    let content = fs::read(path).ok()?;
    let (sum, rest) = content.split_first_chunk::<32>()?;
    if *sum != checksum(name, rest) {
        return None;
    }
    let (head, picture) = rest.split_at_checked(HEAD - 32)?;
    let [kind, numbers @ ..] = head else { return None };
    let media_type = match kind {
        0 => "image/jpeg",
        1 => "image/png",
        _ => return None,
    };
    let (width, height) = numbers.split_first_chunk::<4>()?;
    let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(height.try_into().ok()?));
    note_use(&file);
    Prepared::new(picture.to_vec(), media_type, width, height).ok()
}

fn checksum(name: &str, rest: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(name.as_bytes());
    context.update(rest);
    context.finish().as_ref().try_into().expect("SHA-256 has 32 octets")
}

/// Sets the time of change to now, seldom enough that reading stays reading.
fn note_use(file: &File) {
    let noted = file.metadata().and_then(|there| there.modified());
    if noted.is_ok_and(|noted| noted.elapsed().is_ok_and(|since| since > NOTE_EVERY)) {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Keeps a picture.
fn write(folder: &Path, path: &Path, name: &str, prepared: &Prepared) -> io::Result<()> {
    // Tells the threads of this process apart, as its number tells processes.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    private_folders(folder)?;
    let mut rest = vec![u8::from(prepared.media_type == "image/png")];
    rest.extend(prepared.width.to_be_bytes());
    rest.extend(prepared.height.to_be_bytes());
    rest.extend(&prepared.bytes);
    let aside = folder.join(format!("{name}.{}-{}.{ASIDE}", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed)));
    let put = || -> io::Result<()> {
        let mut file = private_file(&aside)?;
        file.write_all(&checksum(name, &rest))?;
        file.write_all(&rest)?;
        fs::rename(&aside, path)
    };
    put().inspect_err(|_| {
        let _ = fs::remove_file(&aside);
    })
}

/// The folder and the one above it, which is the program's own; not the project itself.
fn private_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let is_there = |made: io::Result<()>| {
        made.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
    };
    if let Some(above) = folder.parent().filter(|above| !above.is_dir()) {
        is_there(builder.create(above))?;
    }
    is_there(builder.create(folder))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Drops what was not used for long, and what is left behind; then the longest unused, while all together are too much.
fn tidy(folder: &Path, now: SystemTime) {
    let mut total = 0;
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(there) = entry.metadata() else { continue };
        let Ok(changed) = there.modified() else { continue };
        let path = entry.path();
        let is_aside = path.extension().is_some_and(|extension| extension == ASIDE);
        let unused = now.duration_since(changed).unwrap_or_default();
        if !there.is_file() {
            continue;
        }
        if unused > if is_aside { ASIDE_MAX } else { UNUSED_MAX } {
            let _ = fs::remove_file(&path);
        } else if !is_aside {
            total += there.len();
            entries.push((changed, there.len(), path));
        }
    }
    entries.sort();
    for (_, octets, path) in entries {
        if total <= FOLDER_MAX {
            break;
        }
        let _ = fs::remove_file(&path);
        total = total.saturating_sub(octets);
    }
}
