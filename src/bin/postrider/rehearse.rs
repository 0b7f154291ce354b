//! `postrider rehearse`.

use std::io::IsTerminal;
use std::path::Path;

use postrider::deed;
use postrider::preview::Door;
use postrider::preview::mailbox::{self, Mailbox};

use crate::failure::Failure;
use crate::preview::open_browser;
use crate::progress::Shown;
use crate::{args, dispatch, log, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Rehearse) -> Result<(), Failure> {
    log::open(arguments.log.as_deref())?;
    let ready = workspace::ready(folder, &arguments.issue, arguments.json)?;
    let spool = tempfile::Builder::new()
        .prefix("postrider-rehearsal-")
        .tempdir()
        .map_err(Failure::while_doing("make a folder for the rehearsal"))?;
    let runtime = dispatch::runtime()?;
    if !arguments.json {
        let people = ready.subscribers.count();
        anstream::println!("Rehearsing {} for {people} subscribers, on this machine only.", ready.slug());
    }
    let rehearsed = runtime.block_on(async {
        let shown = Shown::new(arguments.json).follow();
        deed::rehearse(&ready, spool.path(), shown, signal::stop()).await
    })?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&rehearsed).expect("a report is plain data"));
    } else {
        anstream::println!("{}", rehearsed.text());
    }
    // Without a person before a terminal, nobody would open a mailbox or press Ctrl-C.
    if !arguments.json && std::io::stdout().is_terminal() {
        let shown = |address: &str| {
            anstream::println!("\nMailbox: {address}   (Ctrl-C ends it)");
            if arguments.open {
                open_browser(address);
            }
        };
        let served = mailbox::serve(Mailbox::of(&ready, &rehearsed), Door::at_port(arguments.port), shown, signal::wait());
        runtime.block_on(served).map_err(Failure::while_doing("show the mailbox"))?;
    }
    if rehearsed.is_sound() { Ok(()) } else { Err(Failure::Said) }
}
