//! `postrider completions` and `postrider man`: from the definitions that the commands themselves are parsed by.

use std::io::Write;

use clap::CommandFactory;

use crate::args::{self, Arguments};
use crate::failure::Failure;

pub(crate) fn completions(arguments: &args::Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "postrider", &mut script);
    write_out(&script)
}

pub(crate) fn man(arguments: &args::Man) -> Result<(), Failure> {
    let command = Arguments::command();
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder).map_err(Failure::while_doing("make the folder"))?;
        return clap_mangen::generate_to(command, folder).map_err(Failure::while_doing("write the manual"));
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::while_doing("render the manual"))?;
    write_out(&page)
}

/// A reader that stops early, as `head` does, is no failure.
fn write_out(octets: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(octets) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::while_doing("write")(error)),
        _ => Ok(()),
    }
}
