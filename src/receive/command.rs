//! A command line into a [`Command`]: the grammar of RFC 5321 §4.1 and of the extensions offered. Pure; knows nothing of order.

use super::fault::{Fault, excerpt};
use super::path;

/// The longest command line, in octets, CRLF counted (RFC 5321 §4.5.3.1.4).
const LINE_MAX: usize = 512;
/// What SIZE (RFC 1870 §3), 8BITMIME (RFC 6152 §2) and SMTPUTF8 (RFC 6531 §3.1) add to it for MAIL.
const MAIL_LINE_MAX: usize = LINE_MAX + 26 + 17 + 10;

/// A command that a client may give. Names and paths are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `EHLO` with the client's name: a domain in ASCII or an address literal.
    Ehlo(String),
    /// `HELO` with the client's name.
    Helo(String),
    /// `MAIL FROM`.
    Mail {
        /// The mailbox of the reverse-path; empty for `<>`.
        sender: String,
        /// What stands behind it.
        parameters: MailParameters,
    },
    /// `RCPT TO` with the mailbox of the forward-path.
    Rcpt(String),
    /// `DATA`.
    Data,
    /// `RSET`.
    Rset,
    /// `NOOP`; its argument is ignored, as the standard asks.
    Noop,
    /// `VRFY`; its argument is not looked at.
    Vrfy,
    /// `HELP`; its argument is not looked at.
    Help,
    /// `QUIT`.
    Quit,
}

/// The parameters of MAIL that the receiver offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// `SIZE`: how many octets the client expects to send (RFC 1870). A number beyond 64 bits reads as the greatest.
    pub size: Option<u64>,
    /// `BODY` (RFC 6152).
    pub body: Option<Body>,
    /// `SMTPUTF8`: addresses and headers may go beyond ASCII (RFC 6531).
    pub smtputf8: bool,
}

/// The value of `BODY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// `7BIT`.
    SevenBit,
    /// `8BITMIME`.
    EightBitMime,
}

impl Command {
    /// Reads a command `line`, given without its CRLF. Spaces at its end are ignored (RFC 5321 §4.1.1); verbs and keywords match
    /// in any case.
    ///
    /// # Errors
    /// Says which rule the line breaks. The length allowed depends on the verb, so it is judged here and not where lines are
    /// split.
    pub fn parse(line: &[u8]) -> Result<Self, Fault> {
        check_length(line)?;
        if line.contains(&0) {
            return Err(Fault::Nul);
        }
        let text = str::from_utf8(line).map_err(|_| Fault::CommandNotText)?;
        if text.contains(char::is_control) {
            return Err(Fault::CommandNotText);
        }
        let text = text.trim_end_matches(' ');
        let (verb, argument) = match text.split_once(' ') {
            Some((verb, argument)) => (verb, Some(argument)),
            None => (text, None),
        };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => Ok(Self::Ehlo(parse_hello(argument, "EHLO name")?)),
            "HELO" => Ok(Self::Helo(parse_hello(argument, "HELO name")?)),
            "MAIL" => parse_mail(argument.unwrap_or_default()),
            "RCPT" => parse_rcpt(argument.unwrap_or_default()),
            "DATA" => without_argument(Self::Data, argument, "DATA"),
            "RSET" => without_argument(Self::Rset, argument, "RSET"),
            "QUIT" => without_argument(Self::Quit, argument, "QUIT"),
            "NOOP" => Ok(Self::Noop),
            "HELP" => Ok(Self::Help),
            "VRFY" if argument.is_some() => Ok(Self::Vrfy),
            "VRFY" => Err(Fault::Syntax("VRFY name")),
            "AUTH" => Err(Fault::NotOffered("AUTH")),
            "BDAT" => Err(Fault::NotOffered("BDAT")),
            "ETRN" => Err(Fault::NotOffered("ETRN")),
            "EXPN" => Err(Fault::NotOffered("EXPN")),
            "STARTTLS" => Err(Fault::NotOffered("STARTTLS")),
            _ => Err(Fault::UnknownCommand(excerpt(verb))),
        }
    }

    /// Whether a pipelining client must wait for the reply before it sends anything more (RFC 2920 §3.1).
    #[must_use]
    pub fn ends_group(&self) -> bool {
        match self {
            Self::Ehlo(_) | Self::Helo(_) | Self::Data | Self::Noop | Self::Vrfy | Self::Quit => true,
            Self::Mail { .. } | Self::Rcpt(_) | Self::Rset | Self::Help => false,
        }
    }
}

fn check_length(line: &[u8]) -> Result<(), Fault> {
    let is_mail = line.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"MAIL "));
    let limit = if is_mail { MAIL_LINE_MAX } else { LINE_MAX };
    if line.len() + "\r\n".len() > limit { Err(Fault::CommandTooLong { limit }) } else { Ok(()) }
}

fn without_argument(command: Command, argument: Option<&str>, form: &'static str) -> Result<Command, Fault> {
    if argument.is_none() { Ok(command) } else { Err(Fault::Syntax(form)) }
}

/// The name is ASCII even with SMTPUTF8: it is sent before the client can know that the extension is offered (RFC 6531 §3.7.1).
fn parse_hello(argument: Option<&str>, form: &'static str) -> Result<String, Fault> {
    let name = argument.ok_or(Fault::Syntax(form))?;
    if name.is_ascii() && path::is_domain(name) { Ok(name.to_owned()) } else { Err(Fault::Hello(excerpt(name))) }
}

fn parse_mail(argument: &str) -> Result<Command, Fault> {
    const FORM: &str = "MAIL FROM:<sender>, then parameters with one space before each";
    let text = strip_keyword(argument, "FROM:").ok_or(Fault::Syntax(FORM))?;
    let (sender, rest) = path::parse_reverse(text).map_err(Fault::Sender)?;
    let mut parameters = MailParameters::default();
    for parameter in split_parameters(rest, FORM)? {
        parameters.add(parameter)?;
    }
    Ok(Command::Mail { sender: sender.to_owned(), parameters })
}

fn parse_rcpt(argument: &str) -> Result<Command, Fault> {
    const FORM: &str = "RCPT TO:<recipient>";
    let text = strip_keyword(argument, "TO:").ok_or(Fault::Syntax(FORM))?;
    let (recipient, rest) = path::parse_forward(text).map_err(Fault::Recipient)?;
    match split_parameters(rest, FORM)?.next() {
        Some(parameter) => Err(Fault::UnknownParameter(excerpt(parameter))),
        None => Ok(Command::Rcpt(recipient.to_owned())),
    }
}

fn strip_keyword<'t>(text: &'t str, keyword: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then_some(rest)
}

/// The words of `rest`, each of which must have exactly one space before it.
fn split_parameters<'t>(rest: &'t str, form: &'static str) -> Result<impl Iterator<Item = &'t str>, Fault> {
    let mut words = rest.split(' ');
    let before_first_space = words.next();
    if before_first_space != Some("") || words.clone().any(str::is_empty) {
        return Err(Fault::Syntax(form));
    }
    Ok(words)
}

impl MailParameters {
    fn add(&mut self, parameter: &str) -> Result<(), Fault> {
        let bad = || Fault::BadParameter(excerpt(parameter));
        let (keyword, value) = match parameter.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (parameter, None),
        };
        let is_repeated = match (keyword.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(digits)) => self.size.replace(parse_size(digits).ok_or_else(bad)?).is_some(),
            ("BODY", Some(value)) => {
                let body = Body::parse(value).ok_or_else(|| Fault::UnknownParameter(excerpt(parameter)))?;
                self.body.replace(body).is_some()
            }
            ("SMTPUTF8", None) => std::mem::replace(&mut self.smtputf8, true),
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(bad()),
            _ => return Err(Fault::UnknownParameter(excerpt(parameter))),
        };
        if is_repeated { Err(bad()) } else { Ok(()) }
    }

    /// Whether the message was announced as one that may hold octets above 127.
    pub(super) fn allow_eight_bit(&self) -> bool {
        self.smtputf8 || self.body == Some(Body::EightBitMime)
    }
}

impl Body {
    fn parse(value: &str) -> Option<Self> {
        match value.to_ascii_uppercase().as_str() {
            "7BIT" => Some(Self::SevenBit),
            "8BITMIME" => Some(Self::EightBitMime),
            _ => None,
        }
    }
}

/// One to twenty digits (RFC 1870 §3), some of which go beyond 64 bits.
fn parse_size(digits: &str) -> Option<u64> {
    let is_size = (1..=20).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_size.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(sender: &str, parameters: MailParameters) -> Command {
        Command::Mail { sender: sender.to_owned(), parameters }
    }

    #[test]
    fn commands_are_read_in_any_case_and_with_spaces_at_the_end() {
        let plain = MailParameters::default();
        let all = MailParameters { size: Some(75_000), body: Some(Body::EightBitMime), smtputf8: true };
        for (line, command) in [
            ("EHLO client.example", Command::Ehlo("client.example".into())),
            ("ehlo [127.0.0.1]", Command::Ehlo("[127.0.0.1]".into())),
            ("HELO client.example  ", Command::Helo("client.example".into())),
            ("MAIL FROM:<ada@example.org>", mail("ada@example.org", plain)),
            ("mail from:<>", mail("", plain)),
            ("MAIL FROM:<আদা@example.org> SIZE=75000 BODY=8BITMIME SMTPUTF8", mail("আদা@example.org", all)),
            ("MAIL FROM:<> size=99999999999999999999", mail("", MailParameters { size: Some(u64::MAX), ..plain })),
            ("MAIL FROM:<> body=7bit", mail("", MailParameters { body: Some(Body::SevenBit), ..plain })),
            ("RCPT TO:<bob@example.net>", Command::Rcpt("bob@example.net".into())),
            ("Data", Command::Data),
            ("RSET ", Command::Rset),
            ("NOOP whatever", Command::Noop),
            ("VRFY bob", Command::Vrfy),
            ("HELP", Command::Help),
            ("quit", Command::Quit),
        ] {
            assert_eq!(Command::parse(line.as_bytes()), Ok(command), "{line}");
        }
    }

    #[test]
    fn each_way_to_miswrite_a_command_has_its_name() {
        let hello = |name: &str| Fault::Hello(name.to_owned());
        let unknown = |verb: &str| Fault::UnknownCommand(verb.to_owned());
        let unknown_parameter = |word: &str| Fault::UnknownParameter(word.to_owned());
        let bad_parameter = |word: &str| Fault::BadParameter(word.to_owned());
        let form = "MAIL FROM:<sender>, then parameters with one space before each";
        for (line, fault) in [
            ("", unknown("")),
            (" NOOP", unknown("")),
            ("HELLO", unknown("HELLO")),
            ("GET / HTTP/1.1", unknown("GET")),
            ("STARTTLS", Fault::NotOffered("STARTTLS")),
            ("EHLO", Fault::Syntax("EHLO name")),
            ("EHLO my_laptop", hello("my_laptop")),
            ("EHLO two names", hello("two names")),
            ("EHLO উদাহরণ.example", hello("উদাহরণ.example")),
            ("DATA now", Fault::Syntax("DATA")),
            ("VRFY", Fault::Syntax("VRFY name")),
            ("MAIL", Fault::Syntax(form)),
            ("MAIL TO:<ada@example.org>", Fault::Syntax(form)),
            ("MAIL FROM:<ada@example.org>SIZE=1", Fault::Syntax(form)),
            ("MAIL FROM:<ada@example.org>  SIZE=1", Fault::Syntax(form)),
            ("MAIL FROM: <ada@example.org>", Fault::Sender(path::Malformed::Brackets)),
            ("MAIL FROM :<ada@example.org>", Fault::Syntax(form)),
            ("RCPT TO:<>", Fault::Recipient(path::Malformed::Empty)),
            ("RCPT TO:<bob@example.net> NOTIFY=NEVER", unknown_parameter("NOTIFY=NEVER")),
            ("MAIL FROM:<> RET=HDRS", unknown_parameter("RET=HDRS")),
            ("MAIL FROM:<> BODY=BINARYMIME", unknown_parameter("BODY=BINARYMIME")),
            ("MAIL FROM:<> SIZE", bad_parameter("SIZE")),
            ("MAIL FROM:<> SIZE=", bad_parameter("SIZE=")),
            ("MAIL FROM:<> SIZE=-1", bad_parameter("SIZE=-1")),
            ("MAIL FROM:<> SIZE=100000000000000000000", bad_parameter("SIZE=100000000000000000000")),
            ("MAIL FROM:<> SIZE=1 SIZE=1", bad_parameter("SIZE=1")),
            ("MAIL FROM:<> SMTPUTF8=yes", bad_parameter("SMTPUTF8=yes")),
            ("NOOP \0", Fault::Nul),
            ("NOOP \x1b[2J", Fault::CommandNotText),
            ("NOOP\t", Fault::CommandNotText),
        ] {
            assert_eq!(Command::parse(line.as_bytes()), Err(fault), "{line}");
        }
        assert_eq!(Command::parse(b"NOOP \xff"), Err(Fault::CommandNotText));
    }

    #[test]
    fn a_line_may_be_as_long_as_its_command_allows_and_no_longer() {
        let line_of = |start: &str, octets: usize| format!("{start}{}", "x".repeat(octets - start.len() - 2));
        assert_eq!(Command::parse(line_of("NOOP ", 512).as_bytes()), Ok(Command::Noop));
        assert_eq!(Command::parse(line_of("NOOP ", 513).as_bytes()), Err(Fault::CommandTooLong { limit: 512 }));
        let long_parameter = Command::parse(line_of("MAIL FROM:<> X=", 565).as_bytes());
        assert!(matches!(long_parameter, Err(Fault::UnknownParameter(_))), "{long_parameter:?}");
        assert_eq!(Command::parse(line_of("MAIL FROM:<> X=", 566).as_bytes()), Err(Fault::CommandTooLong { limit: 565 }));
    }
}
