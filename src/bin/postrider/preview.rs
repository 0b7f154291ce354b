//! `postrider preview`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use postrider::preview::desk;

use crate::failure::Failure;
use crate::{args, dispatch, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Preview) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let issue = match arguments.issue.issue {
        Some(_) => Some(workspace::issue(&project, &arguments.issue)?),
        None => None,
    };
    let (port, cache) = (arguments.port, workspace::cache(&project));
    let ready = |address: SocketAddr| {
        anstream::println!("Preview: http://{address}/   (Ctrl-C ends it)");
        if arguments.open {
            open_browser(address);
        }
    };
    let served = dispatch::runtime()?.block_on(desk::serve(project, issue, cache, port, ready, signal::wait()));
    served.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            Failure::Failed(format!("port {port} is taken, perhaps by another preview; use --port 0 for one that is free"))
        }
        _ => Failure::while_doing("show the preview")(error),
    })
}

/// Opens the reader's browser; where there is none, the address on the screen is enough.
pub(crate) fn open_browser(address: SocketAddr) {
    if let Err(error) = open::that_detached(format!("http://{address}/")) {
        anstream::eprintln!("No browser could be opened ({error}); open the address above yourself.");
    }
}
