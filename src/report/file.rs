//! The report as files, for their owner's eyes only: they hold addresses.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::Report;

/// Writes `<issue>.html` and `<issue>.json` into `folder`, each at one stroke and readable by its owner alone (mode 0600), and gives
/// the path of the page. The folder is made where it is missing (mode 0700); what an earlier report of the same issue left is replaced.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write(folder: &Path, report: &Report, zone: &TimeZone) -> io::Result<PathBuf> {
    make_folder(folder).map_err(|error| explained(folder, &error))?;
    let issue = &report.account.issue;
    let json = serde_json::to_string_pretty(report)?;
    put(&folder.join(format!("{issue}.json")), (json + "\n").as_bytes())?;
    let page = folder.join(format!("{issue}.html"));
    put(&page, report.page(zone).as_bytes())?;
    Ok(page)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = path.with_extension(format!("{}.part", std::process::id()));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options.open(&aside)?.write_all(content)?;
        fs::rename(&aside, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&aside);
        explained(path, &error)
    })
}

fn explained(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
}
