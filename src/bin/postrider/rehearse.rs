//! `postrider rehearse`.

use std::collections::HashMap;
use std::fs;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;

use postrider::check::received::{self, Arrival};
use postrider::compose::{Purpose, Reader};
use postrider::deliver::{Gateway, Summary};
use postrider::ledger::{Kind, Ledger};
use postrider::model::relay::{Relay, Tls};
use postrider::model::subscriber::Subscriber;
use postrider::preview::Hosted;
use postrider::preview::mailbox::{self, Delivered, Mailbox};
use postrider::receive::{Limits, Received, Receiver, Violation};
use serde::Serialize;

use crate::args;
use crate::dispatch::{self, Dispatch, Manner};
use crate::failure::Failure;
use crate::preview::open_browser;
use crate::workspace::{self, Ready};
use crate::{log, progress, signal};

/// Connections of a rehearsal where the publication names no relay.
const CONNECTIONS: usize = 4;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Rehearse) -> Result<(), Failure> {
    log::open(arguments.log.as_deref())?;
    let ready = workspace::ready(folder, &arguments.issue, arguments.json)?;
    let spool = tempfile::Builder::new()
        .prefix("postrider-rehearsal-")
        .tempdir()
        .map_err(Failure::while_doing("make a folder for the rehearsal"))?;
    let runtime = dispatch::runtime()?;
    let (summary, arrived) = runtime.block_on(rehearse(&ready, spool.path(), arguments.json))?;
    let faults = judge(&ready, &summary, &arrived);
    let checked = arrived.received.len();
    let is_signed = ready.composer.signer().is_some();
    let report = Report { summary: &summary, checked, is_signed, faults: faults.all() };
    let is_sound = summary.is_complete() && report.faults.is_empty();
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&report).expect("a report is plain data"));
    } else {
        anstream::println!("{}", report.text());
    }
    // Without a person before a terminal, nobody would open a mailbox or press Ctrl-C.
    if !arguments.json && std::io::stdout().is_terminal() {
        let mailbox = faults.mailbox(&ready, &report, &arrived.received);
        let shown = |address: SocketAddr| {
            anstream::println!("\nMailbox: http://{address}/   (Ctrl-C ends it)");
            if arguments.open {
                open_browser(address);
            }
        };
        let served = mailbox::serve(mailbox, arguments.port, shown, signal::wait());
        runtime.block_on(served).map_err(Failure::while_doing("show the mailbox"))?;
    }
    if is_sound { Ok(()) } else { Err(Failure::Said) }
}

/// What came to the receiver.
struct Arrived {
    received: Vec<Received>,
    violations: Vec<Violation>,
}

/// Sends the issue to everyone by the very code of a real send; only the relay is our own receiver.
async fn rehearse(ready: &Ready, folder: &Path, is_json: bool) -> Result<(Summary, Arrived), Failure> {
    let started = Receiver::start(&folder.join("mail"), Limits::default()).await;
    let server = started.map_err(Failure::while_doing("start the receiver of the rehearsal"))?;
    let address = server.address();
    let connections = ready.publication.relays.first().map_or(CONNECTIONS, |relay| relay.connections);
    let relay = Relay { connections, ..Relay::new(address.ip().to_string(), address.port(), Tls::None) };
    if !is_json {
        let people = ready.subscribers.len();
        anstream::println!("Rehearsing {} for {people} subscribers, on this machine only.", ready.composer.issue().slug);
    }
    // A ledger of its own: a rehearsal leaves no trace in the project's.
    let ledger = Ledger::open(&folder.join("ledger"))?;
    let dispatch = Dispatch {
        gateways: vec![Gateway { relay, credentials: None }],
        kind: Kind::Rehearsal,
        is_json,
        manner: Manner::default(),
    };
    let run = dispatch::begin(&ledger, ready, &dispatch::everyone(ready), &dispatch).await?;
    let summary = dispatch::send(ready, dispatch, run, dispatch::for_subscribers(ready)).await?;
    let (received, violations) = server.stop().await;
    Ok((summary, Arrived { received, violations }))
}

/// What is wrong with what arrived.
#[derive(Default)]
struct Faults {
    /// By the message's number.
    by_message: HashMap<u64, String>,
    others: Vec<String>,
}

/// Holds every message received against the one composed for its recipient, and the recipients against the list.
fn judge(ready: &Ready, summary: &Summary, arrived: &Arrived) -> Faults {
    let people: HashMap<String, &Subscriber> =
        ready.subscribers.iter().map(|subscriber| (subscriber.address.wire(), subscriber)).collect();
    let sender = &ready.publication.sender.address;
    let mut faults = Faults::default();
    for message in &arrived.received {
        let recipient = message.recipients.first().and_then(|recipient| people.get(recipient));
        let found = match (recipient, fs::read(&message.path)) {
            (Some(subscriber), Ok(bytes)) => {
                let composed = ready.composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
                let arrival = Arrival { sender: &message.sender, recipients: &message.recipients, bytes: &bytes };
                let mut found = received::check(arrival, sender, &subscriber.address, &composed);
                found.extend(ready.composer.signer().into_iter().flat_map(|signer| received::signatures(&bytes, signer)));
                found
            }
            (None, _) => vec!["its recipient is not on the list".to_owned()],
            (_, Err(error)) => vec![format!("it cannot be read back: {error}")],
        };
        if !found.is_empty() {
            faults.by_message.insert(message.id, found.join("; "));
        }
    }
    faults.others.extend(arrived.violations.iter().map(ToString::to_string));
    // Who was not sent to is told by the summary already; here it is about those said to have it.
    if summary.is_complete() {
        let expected = ready.subscribers.iter().map(|subscriber| &subscriber.address);
        let got = arrived.received.iter().flat_map(|message| message.recipients.iter().map(String::as_str));
        let counts = received::not_exactly_once(expected, got);
        faults.others.extend(counts.iter().map(|(address, count)| format!("{address} got {count} copies")));
    }
    faults
}

impl Faults {
    fn all(&self) -> Vec<String> {
        let mut messages: Vec<_> = self.by_message.iter().collect();
        messages.sort();
        let messages = messages.into_iter().map(|(number, words)| format!("message {number}: {words}"));
        messages.chain(self.others.iter().cloned()).collect()
    }

    fn mailbox(&self, ready: &Ready, report: &Report<'_>, received: &[Received]) -> Mailbox {
        let delivered = |message: &Received| Delivered {
            recipient: message.recipients.join(", "),
            path: message.path.clone(),
            octets: message.octets,
            note: self.by_message.get(&message.id).cloned(),
        };
        Mailbox {
            heading: format!("Rehearsal of {}", ready.composer.issue().slug),
            summary: report.text(),
            messages: received.iter().map(delivered).collect(),
            hosted: Hosted::all(&ready.composer),
        }
    }
}

/// What a rehearsal showed. As JSON the summary of the send, with `checked`, the messages that were read back and compared, `signed`,
/// whether their DKIM signatures were verified as well, and `faults`.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    checked: usize,
    #[serde(rename = "signed")]
    is_signed: bool,
    faults: Vec<String>,
}

impl Report<'_> {
    fn text(&self) -> String {
        let mut lines = vec![progress::summary(self.summary)];
        if self.faults.is_empty() {
            let checked = self.checked;
            let signed = if self.is_signed { ", its DKIM signatures valid" } else { "" };
            lines.push(format!(
                "{checked} messages checked: each for its one recipient, sound MIME, octet for octet as composed{signed}."
            ));
        }
        lines.extend(self.faults.iter().map(|fault| format!("fault: {fault}")));
        lines.join("\n")
    }
}
