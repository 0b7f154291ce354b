//! What a receiver got, against what was composed: the judgement of a rehearsal.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::compose::Message;
use crate::compose::dkim::{self, Signer};
use crate::model::address::Address;
use crate::model::mail::Mail;

/// A message as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The reverse path of its envelope.
    pub sender: &'a str,
    /// The recipients of its envelope.
    pub recipients: &'a [String],
    /// The octets received, dot-stuffing undone.
    pub bytes: &'a [u8],
}

/// Holds one arrival against the message composed for its recipient. Empty if all is as it must be.
#[must_use]
pub fn check(arrival: Arrival<'_>, sender: &Address, recipient: &Address, composed: &Message) -> Vec<String> {
    let mut faults = Vec::new();
    let mut hold = |is_right: bool, fault: &str| {
        if !is_right {
            faults.push(fault.to_owned());
        }
    };
    hold(arrival.bytes == composed.bytes, "the octets received differ from those composed");
    hold(arrival.sender == sender.wire(), "the envelope's sender is not the newsletter's");
    hold(arrival.recipients == [recipient.wire()], "the envelope's recipient is not the one meant");
    let Some(mail) = Mail::parse(arrival.bytes) else {
        hold(false, "it cannot be read as a message");
        return faults;
    };
    let to: Vec<_> = mail.to.iter().map(|(_, address)| address.as_str()).collect();
    hold(to == [recipient.wire()], "To is not the envelope's recipient");
    hold(mail.from.1 == sender.wire(), "From is not the envelope's sender");
    hold(mail.subject == composed.subject, "the subject reads otherwise");
    hold(mail.message_id == composed.id, "the Message-ID is another");
    hold(mail.html == composed.html, "the HTML part reads otherwise");
    hold(mail.text == composed.text, "the text part reads otherwise");
    let inside: Vec<_> = mail.pictures.iter().map(|picture| format!("cid:{}", picture.content_id)).collect();
    hold(inside.iter().all(|cid| mail.html.contains(cid)), "a picture inside is shown nowhere");
    hold(mail.html.matches("\"cid:").count() >= inside.len(), "a picture shown is not inside");
    faults
}

/// Holds the signatures of a message as it arrived against the keys it was to be signed with, as receivers do. Empty if all are valid.
#[must_use]
pub fn signatures(bytes: &[u8], signer: &Signer) -> Vec<String> {
    let records: Vec<_> = signer.records().collect();
    let find = |name: &str, _| records.iter().find(|(known, _)| known == name).map(|(_, record)| Ok(record.clone()));
    // What Postrider signs expires never, so that it does not matter when.
    let verdicts = dkim::verify(bytes, Timestamp::UNIX_EPOCH, find);
    let mut faults = Vec::new();
    for (name, _) in &records {
        let own = verdicts.iter().find(|verdict| dkim::record_name(&verdict.selector, &verdict.domain) == *name);
        match own.map(|verdict| &verdict.outcome) {
            Some(Ok(())) => {}
            Some(Err(fault)) => faults.push(format!("the signature of {name} is not valid: {fault}")),
            None => faults.push(format!("the signature of {name} is missing")),
        }
    }
    faults
}

/// Who got how many: recipients that did not get exactly one message, with the number they got.
#[must_use]
pub fn not_exactly_once<'a>(
    expected: impl IntoIterator<Item = &'a Address>,
    arrived: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = expected.into_iter().map(|address| (address.wire(), 0)).collect();
    for recipient in arrived {
        *counts.entry(recipient.to_owned()).or_default() += 1;
    }
    counts.retain(|_, count| *count != 1);
    counts
}
