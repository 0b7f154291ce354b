//! `subscribers.toml`, as far as a command adds to it: what people wrote there stays as it is.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;
use crate::people::People;

/// Adds entries to the end of the list, at one stroke.
pub(super) fn append(people: &People, entries: &str) -> Result<(), Failure> {
    if entries.trim().is_empty() {
        return Ok(());
    }
    let path = people.list_file();
    let mut content = read(&path)?;
    if !content.is_empty() && !content.ends_with('\n') {
        content.push('\n');
    }
    content.push('\n');
    content.push_str(entries.trim_end());
    content.push('\n');
    replace(&path, &content)
}

/// Takes entries out again that were added, as long as they stand as they were added; says whether they did.
pub(super) fn cut(people: &People, entries: &str) -> Result<bool, Failure> {
    let entries = entries.trim_end();
    if entries.is_empty() {
        return Ok(true);
    }
    let path = people.list_file();
    let content = read(&path)?;
    let Some(at) = content.find(entries) else { return Ok(false) };
    let (before, after) = (content[..at].trim_end(), content[at + entries.len()..].trim_start());
    let gap = if before.is_empty() || after.is_empty() { "" } else { "\n" };
    let end = if before.is_empty() { "" } else { "\n" };
    replace(&path, &format!("{before}{end}{gap}{after}"))?;
    Ok(true)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(Failure::while_doing("read subscribers.toml"))
}

fn replace(path: &Path, content: &str) -> Result<(), Failure> {
    let aside = path.with_extension(format!("toml.{}.part", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = File::create(&aside)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&aside);
        Failure::while_doing("write subscribers.toml")(error)
    })
}
