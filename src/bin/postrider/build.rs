//! `postrider build`.

use std::path::Path;

use postrider::preview::album::{self, Extent};

use crate::args;
use crate::failure::Failure;
use crate::workspace;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Build) -> Result<(), Failure> {
    let (_, checked) = workspace::sound(folder, &arguments.issue, false)?;
    let extent = if arguments.messages { Extent::Messages } else { Extent::Whole };
    let written = album::write(&arguments.out, &checked, extent).map_err(|error| Failure::Failed(error.to_string()))?;
    for path in written {
        anstream::println!("{}", path.display());
    }
    // Beside the list, so that the list alone can be read by a script.
    if let Some(web) =
        checked.publication.and_then(|publication| publication.web).filter(|web| extent == Extent::Whole && !web.is_served)
    {
        let folder = arguments.out.join(album::WEB);
        let why =
            if web.are_pictures_hosted { "the mail takes its pictures from there" } else { "the mail links to its page there" };
        anstream::eprintln!("\nBefore you send, put the content of {} at {}: {why}.", folder.display(), web.base);
    }
    Ok(())
}
