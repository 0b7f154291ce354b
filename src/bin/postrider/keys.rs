//! `postrider keys`.

use std::fs;
use std::io::Write;
use std::path::Path;

use postrider::token::Keyring;

use crate::dkim::create_private;
use crate::failure::Failure;
use crate::{args, workspace};

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Keys) -> Result<(), Failure> {
    match arguments {
        args::Keys::New(arguments) => new(folder, arguments),
    }
}

fn new(folder: Option<&Path>, arguments: &args::KeysNew) -> Result<(), Failure> {
    let project = workspace::project(folder)?;
    let keys = project.load(None).publication.and_then(|publication| publication.keys);
    let meant = arguments.out.clone().or_else(|| keys.as_ref().map(|keys| keys.file.clone()));
    let path = project.root.join(meant.unwrap_or_else(|| project.state_folder().join("keys.toml")));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Failure::while_doing("make the folder of the keys"))?;
    }
    let mut file = create_private(&path)?;
    let write = file.write_all(Keyring::generate().as_bytes()).and_then(|()| file.sync_all());
    write.map_err(Failure::while_doing("write the keys"))?;
    anstream::println!("Wrote new keys to {}, which you alone can read.", path.display());
    anstream::println!("Keep a copy in a safe place and out of version control: without them nobody knows any more who left.");
    if keys.is_none() {
        anstream::println!(
            "\nThen say in newsletter.toml where readers find the service:\n\n    [service]\n    base = \"https://news.example.org/\"\n\n\
             or, without one, where the list's own mailbox is:\n\n    [inbox]\n    bounces = \"bounces@example.org\"\n    maildir = \"/var/mail/list\""
        );
    }
    Ok(())
}
