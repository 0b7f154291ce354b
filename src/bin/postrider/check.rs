//! `postrider check`.

use std::path::Path;

use postrider::check::check;
use postrider::compose::PictureCache;

use crate::args::{self, Format};
use crate::failure::Failure;
use crate::{finding, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Check) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    // A project without an issue is checked as well, as far as it goes.
    let slug = match &arguments.issue.issue {
        None => project.issues().pop(),
        Some(_) => Some(workspace::issue(&project, &arguments.issue)?),
    };
    let checked = check(project.load(slug.as_deref()), &PictureCache::default());
    let (errors, warnings) = checked.count();
    match arguments.format {
        Format::Json => finding::print_json(&checked.findings),
        Format::Text => {
            finding::print(&checked.findings);
            let what = slug.map_or_else(String::new, |slug| format!(", issue {slug}"));
            let people = finding::count(checked.subscribers.len(), "subscriber");
            anstream::println!("{}: {people}{what}", finding::tally(errors, warnings));
        }
    }
    if errors > 0 { Err(Failure::Said) } else { Ok(()) }
}
