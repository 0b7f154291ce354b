//! One file read safely: whatever lies at its path, the answer is its content or a finding that says what is there instead.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::diagnostic::Diagnostic;
use crate::model::source::{Place, Source};

/// The most octets a file written by hand can have.
pub const TEXT_LIMIT: u64 = 4 << 20;
/// The most octets a list of subscribers can have: well over a million people.
pub const LIST_LIMIT: u64 = 512 << 20;
/// The most octets a picture can have.
pub const PICTURE_LIMIT: u64 = 40 << 20;

/// The most octets of a private key's file: some fifty times the longest key.
pub const KEY_LIMIT: u64 = 64 << 10;

/// Why a file that is its owner's alone was not read; what is wrong follows the file's name in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateError {
    /// It is not there, or not for this user.
    Absent(&'static str),
    /// Others than its owner may read it.
    Readable,
    /// It is something else than a small plain file, or the system cannot read it.
    Unfit(String),
}

/// Reads a file that must be its owner's alone, wherever it lies.
///
/// # Errors
/// Says why not. Rights of group and others are looked at on Unix only.
pub fn private(path: &Path, limit: u64) -> Result<Vec<u8>, PrivateError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => PrivateError::Absent("is not there"),
        ErrorKind::PermissionDenied => PrivateError::Absent("may not be read by you"),
        _ => PrivateError::Unfit(format!("cannot be read: {error}")),
    };
    // Metadata first: opening a pipe would wait for ever.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(PrivateError::Unfit("is no plain file".to_owned()));
    }
    if metadata.len() > limit {
        return Err(PrivateError::Unfit(format!("has {} octets, more than any key", metadata.len())));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(PrivateError::Readable);
        }
    }
    let mut content = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit).read_to_end(&mut content).map_err(failed)?;
    Ok(content)
}

/// Reads a text file.
///
/// A byte order mark is dropped and CRLF becomes LF.
///
/// # Errors
/// A finding: the file is missing, no plain file, outside the project, larger than `limit` octets, or not UTF-8.
pub fn text(root: &Path, name: &str, limit: u64) -> Result<Arc<Source>, Box<Diagnostic>> {
    let content = bytes(root, name, limit)?;
    match String::from_utf8(content) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let sound = error.utf8_error().valid_up_to();
            // The place is reckoned in what precedes the bad octet, which the lossy text shares but for a mark and CRLF.
            let before = String::from_utf8_lossy(&error.as_bytes()[..sound]).into_owned();
            let at = Source::new(name, before).text.len();
            let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
            let end = at + source.text[at..].chars().next().map_or(0, char::len_utf8);
            Err(Box::new(not_utf8(Place::new(&source, at..end))))
        }
    }
}

/// Reads a file of any content.
///
/// # Errors
/// As for [`text`], UTF-8 apart.
pub fn bytes(root: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Box<Diagnostic>> {
    let path = resolve(root, name)?;
    let unreadable = |error: &std::io::Error| Box::new(unreadable(name, error));
    // Metadata first: opening a pipe would wait for ever.
    let metadata = fs::metadata(&path).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(Box::new(not_a_file(name, "is a folder")));
    }
    if !metadata.is_file() {
        return Err(Box::new(not_a_file(name, "is a device or a pipe")));
    }
    if metadata.len() > limit {
        return Err(Box::new(too_large(name, metadata.len(), limit)));
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let file = fs::File::open(&path).map_err(|error| unreadable(&error))?;
    // The file may grow while it is read.
    file.take(limit + 1).read_to_end(&mut content).map_err(|error| unreadable(&error))?;
    if content.len() as u64 > limit {
        return Err(Box::new(too_large(name, content.len() as u64, limit)));
    }
    Ok(content)
}

/// The real path of a file, links followed, if it lies in the project.
fn resolve(root: &Path, name: &str) -> Result<PathBuf, Box<Diagnostic>> {
    let real_root = root.canonicalize().map_err(|error| Box::new(unreadable(name, &error)))?;
    let path = root.join(name).canonicalize().map_err(|error| Box::new(unreadable(name, &error)))?;
    if path.starts_with(real_root) { Ok(path) } else { Err(Box::new(outside(name))) }
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    let place = Place::file(name);
    match error.kind() {
        ErrorKind::NotFound => {
            let help = "create it, or correct the name; a link that leads nowhere counts as missing";
            Diagnostic::error("missing-file", place, format!("there is no {name}"), help)
        }
        ErrorKind::PermissionDenied => {
            let help = "ask its owner for the right to read it";
            Diagnostic::error("unreadable-file", place, format!("{name} may not be read"), help)
        }
        _ => Diagnostic::error("unreadable-file", place, format!("{name} cannot be read: {error}"), "mend that and try again"),
    }
}

fn not_a_file(name: &str, what: &str) -> Diagnostic {
    let help = "a plain file is needed in its place";
    Diagnostic::error("not-a-file", Place::file(name), format!("{name} {what}"), help)
}

fn outside(name: &str) -> Diagnostic {
    let help = "copy the file into the project instead of linking to it";
    Diagnostic::error("path-outside", Place::file(name), format!("{name} is a link that leads out of the project"), help)
}

fn too_large(name: &str, found: u64, limit: u64) -> Diagnostic {
    let megabytes = |octets: u64| octets.div_ceil(1 << 20);
    let message = format!("{name} has {} MB, more than the {} MB such a file can have", megabytes(found), megabytes(limit));
    Diagnostic::error("too-large", Place::file(name), message, "is this the right file?")
}

fn not_utf8(place: Place) -> Diagnostic {
    let help = "save the file as UTF-8; every editor offers this under \"Save as\" or \"Encoding\"";
    Diagnostic::error("not-utf8", place, "the text is not UTF-8", help).labelled("the first octet that is not")
}
