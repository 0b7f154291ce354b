//! The standard forms: delivery status notifications (RFC 3464, and RFC 6533 for addresses beyond ASCII) and feedback reports (RFC 5965).

use mail_parser::{Message, MessagePart, MimeHeaders};

use super::status::{self, Status};
use super::{Kind, RECIPIENTS_MAX, Recipient, TEXT_MAX, first, line, phrase};

/// A complaint, if the message is a feedback report.
pub(super) fn complaint(message: &Message<'_>) -> Option<(Kind, Vec<Recipient>)> {
    let part = find(message, &["feedback-report"])?;
    let fields = groups(&content(part));
    let of = |name: &str| fields.iter().flatten().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let kind = of("feedback-type").unwrap_or("abuse").trim().to_ascii_lowercase();
    // A report may take a complaint back, or be about something else than this mail.
    if matches!(kind.as_str(), "not-spam" | "auth-failure" | "virus" | "dmarc") {
        return Some((Kind::Other, Vec::new()));
    }
    // By RFC 6650 it asks for no more than to be left out.
    if kind == "opt-out" {
        return Some((Kind::Request, Vec::new()));
    }
    let address = of("original-rcpt-to").or(of("removal-recipient")).map(strip);
    let recipient = Recipient { address, class: status::Class::Policy, status: None, text: line(&kind) };
    Some((Kind::Complaint, vec![recipient]))
}

/// What a delivery status notification says, if the message is one.
pub(super) fn delivery(message: &Message<'_>) -> Option<(Kind, Vec<Recipient>)> {
    let part = find(message, &["delivery-status", "global-delivery-status"])?;
    let mut kinds = Vec::new();
    let mut recipients = Vec::new();
    for group in groups(&content(part)) {
        let of = |name: &str| group.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let address = of("original-recipient").or(of("final-recipient"));
        if address.is_none() && of("action").is_none() {
            continue;
        }
        let action = of("action").unwrap_or("failed").trim().to_ascii_lowercase();
        let kind = match action.split_whitespace().next().unwrap_or_default() {
            "delayed" => Kind::Delayed,
            "delivered" | "relayed" | "expanded" => Kind::Delivered,
            _ => Kind::Bounce,
        };
        kinds.push(kind);
        if kind == Kind::Bounce && recipients.len() < RECIPIENTS_MAX {
            let words = [of("diagnostic-code"), of("x-display-name"), of("x-supplementary-info")];
            let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let words = words.trim_start_matches("smtp;").trim_start_matches("SMTP;").trim().to_owned();
            let told = of("status").and_then(Status::parse);
            // A status that says nothing gives way to the one in the server's own words.
            let status =
                told.filter(|status| (status.subject, status.detail) != (0, 0)).or_else(|| Status::find(&words)).or(told);
            let class = status::judge(status, status::code(&words), &words);
            recipients.push(Recipient { address: address.map(strip), class, status, text: line(&words) });
        }
    }
    // Where it is failed for one, it is a failure; a report that names nobody still says that something failed.
    let kind = [Kind::Bounce, Kind::Delayed, Kind::Delivered].into_iter().find(|kind| kinds.contains(kind));
    let Some(kind) = kind else {
        let text = super::text_of(message);
        return Some((Kind::Bounce, vec![super::plain::recipient(phrase::above_separator(&text))]));
    };
    Some((kind, recipients))
}

fn find<'m>(message: &'m Message<'m>, subtypes: &[&str]) -> Option<&'m MessagePart<'m>> {
    message.parts.iter().find(|part| {
        let subtype = part.content_type().and_then(|found| found.subtype()).unwrap_or_default();
        subtypes.iter().any(|wanted| wanted.eq_ignore_ascii_case(subtype))
    })
}

fn content(part: &MessagePart<'_>) -> String {
    first(&String::from_utf8_lossy(part.contents()), TEXT_MAX.max(RECIPIENTS_MAX * 512))
}

/// Groups of fields, a blank line between two; names in lower case, folded values joined.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for written in text.lines() {
        let group = groups.last_mut().expect("one at least");
        if written.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if written.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(written.trim());
            }
        } else if let Some((name, value)) = written.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

/// The address of `rfc822; ana@example.org` or `<ana@example.org>`.
fn strip(written: &str) -> String {
    let address = written.split_once(';').map_or(written, |(_, address)| address);
    line(address.trim().trim_start_matches('<').trim_end_matches('>'))
}
