//! The envelope of a message as commands.

use super::extensions::Extensions;
use crate::deliver::letter::Letter;
use crate::model::address::Address;

/// The longest envelope identifier, in characters (RFC 3461 §4.4).
const ENVID_MAX: usize = 100;

/// What the envelopes of a run have in common.
#[derive(Debug, Clone)]
pub(in crate::deliver) struct Sender {
    /// The address in MAIL FROM.
    pub(in crate::deliver) address: Address,
    /// What envelope identifiers begin with; `None` where no delivery status notifications are asked for.
    pub(in crate::deliver) envid: Option<String>,
}

/// Why a message cannot be sent to this recipient over this relay, found before a word of it is said.
#[derive(Debug)]
pub(in crate::deliver) enum Unfit {
    /// It is larger than the relay takes, with its limit.
    Size(u64),
    /// The relay lacks an extension that this recipient's message needs.
    Extension(String),
}

/// Finds what makes a message unfit for a relay: its size (RFC 1870 §6.1), octets beyond ASCII (RFC 6152), an address beyond
/// ASCII (RFC 6531).
pub(super) fn check_fit(extensions: &Extensions, sender: &Sender, letter: &Letter) -> Result<(), Unfit> {
    let length = u64::try_from(letter.body.len()).unwrap_or(u64::MAX);
    if let Some(limit) = extensions.size_limit()
        && length > limit
    {
        return Err(Unfit::Size(limit));
    }
    let (from, to) = (sender_of(sender, letter), &letter.claim.address);
    if (to.needs_smtputf8() || from.needs_smtputf8()) && !extensions.has("SMTPUTF8") {
        let whose = if to.needs_smtputf8() { to } else { from };
        return Err(Unfit::Extension(format!(
            "the relay takes no address with letters beyond ASCII before the @ (SMTPUTF8), and {whose} has some"
        )));
    }
    if !letter.body.is_ascii() && !extensions.has("8BITMIME") {
        return Err(Unfit::Extension("the relay takes no octets beyond ASCII (8BITMIME), and the message has some".to_owned()));
    }
    Ok(())
}

/// The address in MAIL FROM: the recipient's own return path, where they have one.
fn sender_of<'a>(sender: &'a Sender, letter: &'a Letter) -> &'a Address {
    letter.sender.as_ref().unwrap_or(&sender.address)
}

/// MAIL with the parameters that the message needs or the relay can use.
pub(super) fn mail(extensions: &Extensions, sender: &Sender, letter: &Letter) -> String {
    let size = if extensions.has("SIZE") { format!(" SIZE={}", letter.body.len()) } else { String::new() };
    let mut mail = format!("MAIL FROM:<{}>{size}", sender_of(sender, letter).wire());
    if !letter.body.is_ascii() {
        mail += " BODY=8BITMIME";
    }
    if sender_of(sender, letter).needs_smtputf8() || letter.claim.address.needs_smtputf8() {
        mail += " SMTPUTF8";
    }
    if let Some(envid) = sender.envid.as_ref().filter(|_| extensions.has("DSN")) {
        let envid = xtext(&format!("{envid}.{}", letter.claim.id));
        let envid = if envid.len() > ENVID_MAX { xtext(&letter.claim.id.to_string()) } else { envid };
        mail = mail + " RET=HDRS ENVID=" + &envid;
    }
    mail + "\r\n"
}

/// RCPT. Of a delivery, only its failure is to be told; under which address, the relay may have rewritten meanwhile, so the
/// address as it was goes along (RFC 3461 §4.1, §4.2). One beyond ASCII would need another type (RFC 6533 §3), and goes without.
pub(super) fn rcpt(extensions: &Extensions, sender: &Sender, letter: &Letter) -> String {
    let to = letter.claim.address.wire();
    let mut rcpt = format!("RCPT TO:<{to}>");
    if sender.envid.is_some() && extensions.has("DSN") {
        rcpt += " NOTIFY=FAILURE";
        if to.is_ascii() {
            rcpt = rcpt + " ORCPT=rfc822;" + &xtext(&to);
        }
    }
    rcpt + "\r\n"
}

/// Writes a text as `xtext` (RFC 3461 §4): what is not visible ASCII, and `+` and `=`, in hexadecimal.
fn xtext(text: &str) -> String {
    let is_plain = |octet: u8| octet.is_ascii_graphic() && octet != b'+' && octet != b'=';
    let written = |octet: u8| if is_plain(octet) { char::from(octet).to_string() } else { format!("+{octet:02X}") };
    text.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtext_hides_what_would_end_a_parameter() {
        assert_eq!(xtext("a+b=c d@example.org"), "a+2Bb+3Dc+20d@example.org");
        assert_eq!(xtext("ü\r\n"), "+C3+BC+0D+0A");
    }
}
