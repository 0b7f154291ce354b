//! The one integration binary: what a user relies on, through the public face, with real parts where a user has real parts.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails at its line, which is what it is for")]

mod house;
mod people;
mod postfix;
mod relay;
mod workspace;

mod archive;
mod bounce;
mod browser;
mod check;
mod compose;
mod consent;
mod crowd;
mod deliver;
mod disk;
mod dkim;
mod dovecot;
mod import;
mod inbox;
mod join;
mod leave;
mod ledger;
mod links;
mod log;
mod look;
mod mistakes;
mod moment;
mod preview;
mod public;
mod receive;
mod sending;
mod status;
mod stopping;
mod subscribers;
mod support;
mod threats;
mod token;
mod usage;
