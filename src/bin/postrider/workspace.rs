//! From what was typed to a project, an issue and its mail.

use std::collections::BTreeSet;
use std::path::Path;

use postrider::check::{self, Checked};
use postrider::compose::PictureCache;
use postrider::deed::{self, Ready};
use postrider::files::Project;
use postrider::model::filter::{Filter, Known, Selection};
use postrider::model::mistake::nearest;
use postrider::model::publication::Vocabulary;

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
    let checked = check::check(deed::load(&project, Some(&slug)), &cache(&project));
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

/// The same, ready for a deed that is for some of the list: those in any of the groups, of whom the condition is so.
pub(crate) fn ready_for(
    folder: Option<&Path>,
    wanted: &IssueArgument,
    is_json: bool,
    groups: &[String],
    condition: Option<&str>,
) -> Result<Ready, Failure> {
    let (project, checked) = sound(folder, wanted, is_json)?;
    let vocabulary = checked.publication.as_ref().map(|publication| publication.vocabulary.clone()).unwrap_or_default();
    let selection = selection(&vocabulary, &checked.attributes, groups, condition)?;
    Ok(Ready::new(project, checked)?.for_those(selection))
}

/// Who of the list is meant by what was typed.
pub(crate) fn selection(
    vocabulary: &Vocabulary,
    attributes: &BTreeSet<String>,
    groups: &[String],
    condition: Option<&str>,
) -> Result<Selection, Failure> {
    let attributes: Vec<&str> = attributes.iter().map(String::as_str).collect();
    let known = Known { languages: &vocabulary.languages, groups: &vocabulary.groups, attributes: &attributes };
    let parse = |name: &str, text: &str| {
        Filter::parse(name, text, &known).map_err(|found| {
            finding::print_to_stderr(&[*found]);
            Failure::Usage("the condition must be mended first, as shown above; nothing was sent".to_owned())
        })
    };
    let in_group = |group: &String| format!("\"{}\" in groups", group.replace(['"', '\n', '\r'], ""));
    let any = groups.iter().map(in_group).collect::<Vec<_>>().join(" or ");
    Ok(match (any.is_empty(), condition) {
        (true, None) => Selection::default(),
        (true, Some(condition)) => Selection::of(parse("--where", condition)?),
        (false, None) => Selection::of(parse("--to-group", &any)?),
        (false, Some(condition)) => {
            parse("--to-group", &any)?;
            parse("--where", condition)?;
            Selection::of(parse("--where", &format!("({any}) and ({condition})"))?)
        }
    })
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
