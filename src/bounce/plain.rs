//! What servers made up before there was a standard, or in spite of it; and letters.

use mail_parser::Message;

use super::status::{self, Status};
use super::{Class, Kind, Recipient, line, phrase};
use crate::token::Keyring;

/// What a message is, if a machine wrote it.
pub(super) fn machine(message: &Message<'_>, subject: &str, text: &str) -> Option<(Kind, Vec<Recipient>)> {
    let field = |name: &str| {
        let mut fields = message.headers_raw().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        fields.next().map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let from = message.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default().to_lowercase();
    let is_daemon =
        ["mailer-daemon", "postmaster", "mail-daemon", "maildaemon", "mdaemon"].iter().any(|name| from.starts_with(name))
            || from == "<>"
            || field("Return-Path").is_some_and(|path| path == "<>")
            || field("X-Failed-Recipients").is_some();
    let own = phrase::above_separator(text);
    let is_away = field("Auto-Submitted").is_some_and(|value| value.starts_with("auto-replied"))
        || ["X-Autoreply", "X-Autorespond", "X-AutoReply-From"].iter().any(|name| field(name).is_some())
        || field("Precedence").is_some_and(|value| value == "auto_reply")
        || phrase::has(subject, &phrase::AWAY);
    let is_failure = phrase::has(subject, &phrase::FAILED);
    if is_daemon && phrase::has(subject, &phrase::DELAYED) {
        return Some((Kind::Delayed, Vec::new()));
    }
    if is_away && !(is_daemon && is_failure) {
        return Some((Kind::AutoReply, Vec::new()));
    }
    if !(is_daemon || is_failure && is_verdict(own)) {
        return None;
    }
    if phrase::has(subject, &phrase::DELAYED) || !is_failure && phrase::has(&super::first(own, 1_000), &phrase::DELAYED) {
        return Some((Kind::Delayed, Vec::new()));
    }
    // Daemons write other letters, too: the administrator's own, quotas, lists.
    if !is_failure && !is_verdict(own) {
        return None;
    }
    let mut recipient = recipient(own);
    if let Some(failed) = field("X-Failed-Recipients") {
        recipient.address = Some(line(failed.split(',').next().unwrap_or_default()));
    }
    Some((Kind::Bounce, vec![recipient]))
}

/// Whether a text says of a delivery that it failed: by a status, a reply code or words that are known.
fn is_verdict(text: &str) -> bool {
    Status::find(text).is_some_and(|status| status.class != 2) || phrase::class(text).is_some() || status::code(text).is_some()
}

/// Whom a report in a server's own words is about, and what it says.
pub(super) fn recipient(text: &str) -> Recipient {
    let status = Status::find(text).filter(|status| status.class != 2);
    let code = status::code(text);
    let class = status::judge(status, code, text);
    Recipient { address: address(text), class, status, text: line(&told(text)) }
}

/// The line that says most: the first with a status or a known phrase, else the first lines.
fn told(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|written| !written.is_empty());
    let says = |written: &&str| {
        Status::find(written).is_some()
            || status::code(written).is_some()
            || phrase::class(written).is_some_and(|class| class != Class::Unknown)
    };
    lines.clone().find(says).map_or_else(|| lines.by_ref().take(3).collect::<Vec<_>>().join(" "), str::to_owned)
}

/// The first address in a text.
fn address(text: &str) -> Option<String> {
    let is_end = |c: char| c.is_whitespace() || "<>()[]\"',;:".contains(c);
    let word = text.split(is_end).find(|word| {
        word.len() <= 320 && word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    });
    word.map(|word| line(word.trim_end_matches('.')))
}

/// What a letter is that nobody but a person, or their mail program, wrote.
pub(super) fn letter(subject: &str, text: &str) -> Kind {
    let opening = text.lines().map(str::trim).find(|written| !written.is_empty()).unwrap_or_default();
    // A token is in the subject where the link in the mail was pressed.
    let has_token = !Keyring::find_in(subject).is_empty();
    if has_token || phrase::is_request(subject) || phrase::is_request(opening) { Kind::Request } else { Kind::Other }
}
