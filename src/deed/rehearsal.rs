//! The whole send to a receiver on this machine, and what came there held against what was composed.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::{Dispatch, Manner, Ready, Refusal, dispatch, wording};
use crate::check::received::{self, Arrival};
use crate::compose::{Purpose, Reader};
use crate::deliver::{self, Gateway, Progress, Summary};
use crate::ledger::{Kind, Ledger, People};
use crate::model::address::Address;
use crate::model::relay::{Relay, Tls};
use crate::receive::{Limits, Received, Receiver, Violation};

/// Connections of a rehearsal where the publication names no relay.
const CONNECTIONS: usize = 4;

/// What a rehearsal showed. As JSON the summary of the send, with `checked`, the messages that were read back and compared, `signed`,
/// whether their DKIM signatures were verified as well, and `faults`.
#[derive(Debug, Serialize)]
pub struct Rehearsed {
    /// What came of the send.
    #[serde(flatten)]
    pub summary: Summary,
    checked: usize,
    #[serde(rename = "signed")]
    is_signed: bool,
    faults: Vec<String>,
    /// What came, in the order in which it came. The files lie in the rehearsal's folder.
    #[serde(skip)]
    pub received: Vec<Received>,
    #[serde(skip)]
    by_message: HashMap<u64, String>,
}

impl Rehearsed {
    /// Whether everyone got exactly what was composed for them.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.summary.is_complete() && self.faults.is_empty()
    }

    /// What is wrong with a message that came, in a sentence without its full stop; `None` if it passed every check.
    #[must_use]
    pub fn fault_of(&self, message: &Received) -> Option<&str> {
        self.by_message.get(&message.id).map(String::as_str)
    }

    /// It in a few sentences, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![wording::of_summary(&self.summary)];
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

/// Sends the issue to everyone by the very code of a real send, until it is done or `stop` completes; only the relay is our own receiver,
/// which keeps what comes in `folder`. A ledger of its own lies there too: a rehearsal leaves no trace in the project's. `see` is told of every
/// event.
///
/// # Errors
/// If the receiver cannot be started, or the folder cannot be written to.
pub async fn rehearse(
    ready: &Ready,
    folder: &Path,
    see: impl FnMut(&Progress) + Send + 'static,
    stop: impl Future<Output = ()> + Send,
) -> Result<Rehearsed, Refusal> {
    let started = Receiver::start(&folder.join("mail"), Limits::default()).await;
    let server = started.map_err(Refusal::while_doing("start the receiver of the rehearsal"))?;
    let address = server.address();
    let connections = ready.publication.relays.first().map_or(CONNECTIONS, |relay| relay.connections);
    let relay = Relay { connections, ..Relay::new(address.ip().to_string(), address.port(), Tls::None) };
    let ledger = Ledger::open(&folder.join("ledger"))?;
    let gateways = vec![Gateway { relay, credentials: None }];
    let dispatch = Dispatch { gateways, kind: Kind::Rehearsal, manner: Manner::default() };
    let run = dispatch.begin(&ledger, ready, everyone(ready)).await?;
    let summary = dispatch.follow(ready, run, dispatch::for_subscribers(ready), see, stop).await?;
    let (received, violations) = server.stop().await;
    judge(ready, summary, received, &violations)
}

/// Everyone on the list, whether they left or not: a rehearsal is told to nobody.
fn everyone(ready: &Ready) -> People {
    let (list, composer) = (ready.subscribers.clone(), Arc::clone(&ready.composer));
    People::told_by(move |see| {
        list.each(|subscriber| {
            deliver::planned(&composer, &Reader::Subscriber(subscriber), &|_| None).into_iter().for_each(&mut *see);
        })
    })
}

/// Holds every message received against the one composed for its recipient, and the recipients against the list.
fn judge(ready: &Ready, summary: Summary, received: Vec<Received>, violations: &[Violation]) -> Result<Rehearsed, Refusal> {
    let people = ready.finder();
    let sender = &ready.publication.sender.address;
    let mut by_message = HashMap::new();
    for message in &received {
        let recipient = message.recipients.first().and_then(|recipient| Address::parse(recipient).ok());
        let recipient = recipient.map(|recipient| people.find(&recipient)).transpose()?.flatten();
        let found = match (recipient.as_deref(), fs::read(&message.path)) {
            (Some(subscriber), Ok(bytes)) => {
                let composed = ready.composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
                // A return path of the recipient's own stands for the newsletter's.
                let is_right = ready.is_sender_for(&message.sender, &subscriber.address);
                let seen = if is_right { sender.wire() } else { "another".to_owned() };
                let arrival = Arrival { sender: &seen, recipients: &message.recipients, bytes: &bytes };
                let mut found = received::check(arrival, sender, &subscriber.address, &composed);
                found.extend(ready.composer.signer().into_iter().flat_map(|signer| received::signatures(&bytes, signer)));
                found
            }
            (None, _) => vec!["its recipient is not on the list".to_owned()],
            (_, Err(error)) => vec![format!("it cannot be read back: {error}")],
        };
        if !found.is_empty() {
            by_message.insert(message.id, found.join("; "));
        }
    }
    let mut numbered: Vec<_> = by_message.iter().collect();
    numbered.sort();
    let mut faults: Vec<_> = numbered.into_iter().map(|(number, words)| format!("message {number}: {words}")).collect();
    faults.extend(violations.iter().map(ToString::to_string));
    // Who was not sent to is told by the summary already; here it is about those said to have it.
    if summary.is_complete() {
        let mut expected = Vec::with_capacity(ready.subscribers.count());
        ready.subscribers.each(|subscriber| expected.push(subscriber.address.clone()))?;
        let got = received.iter().flat_map(|message| message.recipients.iter().map(String::as_str));
        let counts = received::not_exactly_once(&expected, got);
        faults.extend(counts.iter().map(|(address, count)| format!("{address} got {count} copies")));
    }
    let is_signed = ready.composer.signer().is_some();
    Ok(Rehearsed { summary, checked: received.len(), is_signed, faults, received, by_message })
}
