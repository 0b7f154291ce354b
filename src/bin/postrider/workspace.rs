//! From what was typed to a project, an issue and its mail.

use std::path::Path;

use postrider::check::{self, Checked};
use postrider::compose::PictureCache;
use postrider::deed::Ready;
use postrider::files::Project;
use postrider::model::mistake::nearest;

use crate::args::IssueArgument;
use crate::failure::Failure;
use crate::finding;

/// The project meant.
pub(crate) fn project(folder: Option<&Path>) -> Result<Project, Failure> {
    let start = folder.unwrap_or(Path::new("."));
    if !start.is_dir() {
        return Err(Failure::Usage(format!("there is no folder {}", start.display())));
    }
    let found = Project::find(start);
    // A folder that is named is meant itself, not one above it.
    let found = found.filter(|project| folder.is_none() || start.canonicalize().is_ok_and(|start| start == project.root));
    found.ok_or_else(|| {
        let place = if folder.is_some() { "in that folder" } else { "here or in any folder above" };
        Failure::Usage(format!(
            "there is no newsletter.toml {place}. Go to your newsletter's folder, or name it with --project DIR"
        ))
    })
}

/// The slug of the issue meant.
pub(crate) fn issue(project: &Project, wanted: &IssueArgument) -> Result<String, Failure> {
    match &wanted.issue {
        Some(slug) if project.is_issue(slug) => Ok(slug.clone()),
        Some(slug) => {
            let issues = project.issues();
            let near = nearest(slug, issues.iter().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean {near}?"),
                None if issues.is_empty() => "there is none yet; begin with `postrider new SLUG`".to_owned(),
                None => format!("there are: {}", issues.join(", ")),
            };
            Err(Failure::Usage(format!("there is no issue {}: {help}", printable(slug))))
        }
        None => project
            .issues()
            .pop()
            .ok_or_else(|| Failure::Usage("there is no issue yet; begin with `postrider new SLUG`".to_owned())),
    }
}

/// Where a project's prepared pictures are kept from one command to the next.
pub(crate) fn cache(project: &Project) -> PictureCache {
    PictureCache::in_folder(project.state_folder().join("pictures"))
}

/// Loads and checks the issue meant; shows what is found, and goes on only if nothing must be mended.
pub(crate) fn sound(folder: Option<&Path>, wanted: &IssueArgument, is_json: bool) -> Result<(Project, Checked), Failure> {
    let project = project(folder)?;
    let slug = issue(&project, wanted)?;
    let checked = check::check(project.load(Some(&slug)), &cache(&project));
    if is_json {
        finding::print_json(&checked.findings);
    } else {
        finding::print_to_stderr(&checked.findings);
    }
    let (errors, warnings) = checked.count();
    if checked.composer.is_none() {
        let tally = finding::tally(errors, warnings);
        return Err(Failure::Failed(format!("{tally}, shown above; nothing was composed or sent")));
    }
    Ok((project, checked))
}

/// The same, ready for a deed.
pub(crate) fn ready(folder: Option<&Path>, wanted: &IssueArgument, is_json: bool) -> Result<Ready, Failure> {
    let (project, checked) = sound(folder, wanted, is_json)?;
    Ok(Ready::new(project, checked)?)
}

/// A text that somebody typed, without what could play tricks on a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(200).collect()
}
