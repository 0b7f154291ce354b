//! `postrider archive`.

use std::path::Path;

use postrider::archive::Archive;
use postrider::ledger::Ledger;

use crate::failure::Failure;
use crate::{args, dispatch, finding, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Archive) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let loaded = project.load(None);
    let Some(publication) = loaded.publication else {
        finding::print_to_stderr(&loaded.findings);
        return Err(Failure::Failed("newsletter.toml must be mended first, as shown above; nothing was written".to_owned()));
    };
    let Some(web) = &publication.web else {
        let words = "newsletter.toml has neither [web] nor [service]: add base = \"https://…\", the address at which the archive will be found";
        return Err(Failure::Failed(words.to_owned()));
    };
    let ledger = Ledger::open(&project.state_folder())?;
    let archive = dispatch::runtime()?.block_on(Archive::of(&project, &publication, &ledger, &workspace::cache(&project)))?;
    for warning in &archive.warnings {
        anstream::eprintln!("{warning}.");
    }
    let written = archive.write(&arguments.out).map_err(Failure::while_doing("write the archive"))?;
    for path in &written {
        anstream::println!("{}", path.display());
    }
    let issues = archive.pages.iter().filter(|(name, page)| page.media.starts_with("text/html") && name.contains('/')).count();
    anstream::eprintln!(
        "{} of {} files are new; pages of {issues} editions. Put the content of {} at {}.",
        written.len(),
        archive.pages.len(),
        arguments.out.display(),
        web.base
    );
    Ok(())
}
