//! `postrider subscribers`.

mod bulk;
mod change;
mod file;
mod look;

use std::path::Path;

use postrider::import::Ground;
use postrider::model::address::Address;

use crate::failure::Failure;
use crate::{args, dispatch, people, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Subscribers) -> Result<(), Failure> {
    let people = people::open(folder)?;
    dispatch::runtime()?.block_on(async {
        match arguments {
            args::Subscribers::List(arguments) => look::list(&people, arguments).await,
            args::Subscribers::Stats(arguments) => look::stats(&people, arguments).await,
            args::Subscribers::Show(arguments) => look::show(&people, arguments).await,
            args::Subscribers::Add(arguments) => change::add(&people, arguments).await,
            args::Subscribers::Remove(arguments) => change::depart(&people, arguments, Ground::Removed).await,
            args::Subscribers::Erase(arguments) => change::depart(&people, arguments, Ground::Erased).await,
            args::Subscribers::Readmit(arguments) => change::readmit(&people, arguments).await,
            args::Subscribers::Import(arguments) => bulk::import(&people, arguments).await,
            args::Subscribers::Imports(arguments) => bulk::imports(&people, arguments).await,
            args::Subscribers::Export(arguments) => bulk::export(&people, arguments).await,
        }
    })
}

fn parse(written: &str) -> Result<Address, Failure> {
    let refused = |error| Failure::Usage(format!("`{}` is not a mail address: {error}", workspace::printable(written)));
    Address::parse(written).map_err(refused)
}
