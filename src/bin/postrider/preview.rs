//! `postrider preview`.

use std::io::ErrorKind;
use std::path::Path;

use postrider::preview::Door;
use postrider::preview::desk::{self, Settings};

use crate::failure::Failure;
use crate::{args, dispatch, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Preview) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let issue = match arguments.issue.issue {
        Some(_) => Some(workspace::issue(&project, &arguments.issue)?),
        None => None,
    };
    let (port, cache) = (arguments.port, workspace::cache(&project));
    let door = Door { listen: arguments.listen, port, hosts: arguments.host.clone() };
    let settings =
        Settings { issue, door, is_read_only: arguments.read_only, editor: arguments.editor.clone().unwrap_or_default() };
    let ready = |address: &str| {
        anstream::println!("Preview: {address}   (Ctrl-C ends it)");
        if arguments.open {
            open_browser(address);
        }
    };
    let served = dispatch::runtime()?.block_on(async { desk::serve(project, settings, cache, ready, signal::leave()).await });
    served.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            Failure::Failed(format!("port {port} is taken, perhaps by another preview; use --port 0 for one that is free"))
        }
        _ => Failure::while_doing("show the preview")(error),
    })
}

/// Opens the reader's browser; where there is none, the address on the screen is enough.
pub(crate) fn open_browser(address: &str) {
    if let Err(error) = open::that_detached(address) {
        anstream::eprintln!("No browser could be opened ({error}); open the address above yourself.");
    }
}
