//! `postrider new`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use postrider::files::project::ISSUES;

use crate::failure::Failure;
use crate::{args, workspace};

/// An edition with an example of every block; `{date}` is the day on which it is made.
const EDITION: &str = include_str!("new.toml");

pub(crate) fn run(folder: Option<&Path>, arguments: &args::New) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let slug = &arguments.slug;
    let is_name = |slug: &str| slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if slug.is_empty() || slug.len() > 64 || slug.starts_with('-') || !is_name(slug) {
        let shown = workspace::printable(slug);
        return Err(Failure::Usage(format!(
            "`{shown}` cannot name an issue: use lower-case letters, digits and hyphens, such as 2024-q1"
        )));
    }
    let loaded = project.load(None);
    let language = loaded.publication.and_then(|publication| publication.vocabulary.languages.first().copied());
    let tag = language.map_or("en", |language| language.tag());
    let issue = project.root.join(ISSUES).join(slug);
    fs::create_dir_all(project.root.join(ISSUES)).map_err(Failure::while_doing("make the folder of the issues"))?;
    // Made, not found: whatever is there already stays as it is.
    fs::create_dir(&issue).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Failed(format!("the issue {slug} is there already, and nothing is overwritten; choose another name"))
        }
        _ => Failure::while_doing("make the issue's folder")(error),
    })?;
    let path = issue.join(format!("{tag}.toml"));
    let today = jiff::ZonedDateTime::now().date();
    let write = || -> std::io::Result<()> {
        fs::create_dir(issue.join("pictures"))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(EDITION.replace("{date}", &today.to_string()).as_bytes())
    };
    write().map_err(Failure::while_doing("write the issue"))?;
    anstream::println!("Wrote {ISSUES}/{slug}/{tag}.toml. Now:\n");
    anstream::println!("    postrider preview {slug} --open      see it in the browser while you write");
    anstream::println!("    postrider rehearse {slug}            send it to everyone, on this machine only");
    Ok(())
}
