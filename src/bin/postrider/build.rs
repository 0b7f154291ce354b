//! `postrider build`.

use std::path::Path;

use postrider::preview::album;

use crate::args;
use crate::failure::Failure;
use crate::workspace;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Build) -> Result<(), Failure> {
    let (_, checked) = workspace::sound(folder, &arguments.issue, false)?;
    let written = album::write(&arguments.out, &checked).map_err(|error| Failure::Failed(error.to_string()))?;
    for path in written {
        anstream::println!("{}", path.display());
    }
    Ok(())
}
