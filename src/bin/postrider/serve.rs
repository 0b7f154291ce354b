//! `postrider serve`.

use std::path::Path;

use postrider::compose;
use postrider::ledger::Ledger;
use postrider::public::{self, Public};

use crate::failure::Failure;
use crate::{args, dispatch, finding, signal, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Serve) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let loaded = project.load(None);
    let Some(publication) = loaded.publication else {
        finding::print_to_stderr(&loaded.findings);
        return Err(Failure::Failed("newsletter.toml must be mended first, as shown above".to_owned()));
    };
    let Some(service) = publication.service.clone() else {
        let words = "newsletter.toml has no [service]: add base = \"https://…\", the address at which readers find it";
        return Err(Failure::Failed(words.to_owned()));
    };
    let leave = compose::leave(&publication).map_err(|problem| {
        finding::print_to_stderr(&[*problem]);
        Failure::Failed("the keys must be mended first, as shown above".to_owned())
    })?;
    let Some(leave) = leave else {
        let words = format!("the keys in {} cannot be read; new ones are made by `postrider keys new`", service.keys.display());
        return Err(Failure::Failed(words));
    };
    let ledger = Ledger::open(&project.state_folder()).map_err(|error| Failure::Failed(error.to_string()))?;
    let base = service.base.clone();
    let public = Public::new(publication, service, leave.into_keyring(), ledger);
    let ready = |address| anstream::println!("Serving {base} at http://{address}   (Ctrl-C ends it)");
    let served = dispatch::runtime()?.block_on(async { public::serve(public, arguments.listen, ready, signal::leave()).await });
    served.map_err(|error| {
        Failure::Failed(format!("cannot listen at {}: {error}; choose another address with --listen", arguments.listen))
    })
}
