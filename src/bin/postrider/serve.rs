//! `postrider serve`.

use std::path::Path;

use postrider::public::{self, Public};

use crate::failure::Failure;
use crate::people::People;
use crate::{args, dispatch, people, signal};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Serve) -> Result<(), Failure> {
    let People { publication, keyring, ledger, .. } = people::open(folder)?;
    let Some(service) = publication.service.clone() else {
        let words = "newsletter.toml has no [service]: add base = \"https://…\", the address at which readers find it";
        return Err(Failure::Failed(words.to_owned()));
    };
    let base = service.base.clone();
    let public = Public::new(publication, service, keyring, ledger);
    let listen = arguments.listen;
    let ready = |address| anstream::println!("Serving {base} at http://{address}   (Ctrl-C ends it)");
    let served = dispatch::runtime()?.block_on(async { public::serve(public, listen, ready, signal::leave()).await });
    served.map_err(|error| Failure::Failed(format!("cannot listen at {listen}: {error}; choose another address with --listen")))
}
