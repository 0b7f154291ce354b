//! Floor 7: the command line. It alone prints, asks and exits.
//!
//! - [`args`]: what can be typed
//! - [`workspace`]: from what was typed to a project, an issue and its mail
//! - one file for each command: [`new`], [`check`], [`build`], [`preview`], [`test`], [`rehearse`], [`approve`],
//!   [`send`], [`status`], [`resolve`], [`dkim`], [`manual`]
//! - [`dispatch`]: what commands have in common that send
//! - [`finding`], [`plan`], [`progress`], [`links`]: how findings, plans, sends and visits to links are shown
//! - [`log`]: a log of a send
//! - [`explain`]: the manual of rules
//! - [`confirm`], [`schedule`], [`signal`]: a person's yes, the time of a send, a person's stop
//! - [`failure`]: how a command ends badly

mod approve;
mod archive;
mod args;
mod build;
mod check;
mod confirm;
mod dispatch;
mod dkim;
mod explain;
mod failure;
mod finding;
mod inbox;
mod keys;
mod links;
mod log;
mod manual;
mod new;
mod people;
mod plan;
mod preview;
mod progress;
mod rehearse;
mod resolve;
mod schedule;
mod send;
mod serve;
mod signal;
mod status;
mod subscribers;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let Arguments { project, command } = Arguments::parse();
    let result = match command {
        Command::New(arguments) => new::run(project.as_deref(), &arguments),
        Command::Check(arguments) => check::run(project.as_deref(), &arguments),
        Command::Build(arguments) => build::run(project.as_deref(), &arguments),
        Command::Preview(arguments) => preview::run(project.as_deref(), &arguments),
        Command::Test(arguments) => test::run(project.as_deref(), &arguments),
        Command::Rehearse(arguments) => rehearse::run(project.as_deref(), &arguments),
        Command::Approve(arguments) => approve::run(project.as_deref(), &arguments),
        Command::Send(arguments) => send::run(project.as_deref(), &arguments),
        Command::Dkim(arguments) => dkim::run(project.as_deref(), &arguments),
        Command::Keys(arguments) => keys::run(project.as_deref(), &arguments),
        Command::Archive(arguments) => archive::run(project.as_deref(), &arguments),
        Command::Inbox(arguments) => inbox::run(project.as_deref(), &arguments),
        Command::Serve(arguments) => serve::run(project.as_deref(), &arguments),
        Command::Subscribers(arguments) => subscribers::run(project.as_deref(), &arguments),
        Command::Status(arguments) => status::run(project.as_deref(), &arguments),
        Command::Resolve(arguments) => resolve::run(project.as_deref(), &arguments),
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Man(arguments) => manual::man(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
