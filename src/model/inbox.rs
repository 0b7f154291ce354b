//! The list's own mailbox, as `[inbox]` says: where requests to leave and failed deliveries come to.

use std::path::PathBuf;

use super::address::Address;
use super::document::{Fields, Literal};
use super::mistake;
use super::publication::{read_login, read_tls};
use super::relay::{self, Login, Tls};
use super::source::Place;

/// The longest local part to which the mark of a recipient can be added: the whole has 64 octets at most (RFC 5321 §4.5.3.1.1), of which the mark
/// takes 44 with the longest name of a key.
const LOCAL_PART_MAX: usize = 20;

/// The list's own mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Where failed deliveries go: each mail has this address as its return path, with a mark of its recipient behind a plus sign.
    pub bounces: Option<Address>,
    /// Where the mailbox is; `None` where it is read by other means.
    pub mailbox: Option<Mailbox>,
    /// Where that is said.
    pub place: Place,
}

/// Where a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mailbox {
    /// A folder with a file for each message. A relative path starts at the project's folder.
    Maildir(PathBuf),
    /// One file with all messages.
    Mbox(PathBuf),
    /// On a server.
    Imap(Box<Imap>),
}

/// A mailbox on an IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imap {
    /// Host name or IP address; with TLS, the name its certificate must carry.
    pub host: String,
    /// TCP port: 993 is usual for implicit TLS, 143 for STARTTLS.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who we are to the server.
    pub login: Login,
    /// Certificates (PEM) trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The folder that is read.
    pub folder: String,
}

impl Inbox {
    /// Reads the table.
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let has_bounces = fields.has("bounces");
        let bounces = fields.address("bounces").filter(|address| {
            let is_fit = address.local_part().len() <= LOCAL_PART_MAX && address.local_part().is_ascii();
            if !is_fit {
                let message = format!("`{address}` has no room for the mark of a recipient before the @");
                let help =
                    format!("take one with {LOCAL_PART_MAX} plain letters there at most, such as bounces@{}", address.domain());
                fields.mistakes().add(mistake::bad_value(fields.place_of_key("bounces"), message, &help));
            }
            is_fit
        });
        fields.expect("bounces");
        let mailbox = read_mailbox(fields);
        (has_bounces == bounces.is_some()).then_some(())?;
        Some(Self { bounces, mailbox: mailbox.ok()?, place: fields.place() })
    }
}

/// The mailbox, if one is named; an error after a mistake, which is said already.
fn read_mailbox(fields: &Fields<'_>) -> Result<Option<Mailbox>, ()> {
    let (maildir, mbox) = (fields.line("maildir"), fields.line("mbox"));
    let is_remote = fields.has("host");
    let imap = if is_remote { Some(read_imap(fields)) } else { None };
    if !is_remote {
        for key in ["host", "port", "tls", "user", "password_env", "password_file", "password_command", "ca_file", "folder"] {
            if fields.has(key) && key != "host" {
                let help = "add host = \"imap.example.org\"";
                fields.mistakes().add(mistake::bad_value(fields.place_of_key(key), format!("`{key}` without a host"), help));
                fields.expect(key);
                return Err(());
            }
            fields.expect(key);
        }
    }
    let named = usize::from(maildir.is_some()) + usize::from(mbox.is_some()) + usize::from(is_remote);
    if named > 1 {
        let help = "keep one of maildir, mbox and host, and take the others out";
        fields.mistakes().add(mistake::bad_value(fields.place(), "the mailbox is named twice", help));
        return Err(());
    }
    let path = |literal: Literal<'_>| PathBuf::from(literal.text);
    match (maildir, mbox, imap) {
        (Some(maildir), ..) => Ok(Some(Mailbox::Maildir(path(maildir)))),
        (_, Some(mbox), _) => Ok(Some(Mailbox::Mbox(path(mbox)))),
        (.., Some(imap)) => imap.map(|imap| Some(Mailbox::Imap(Box::new(imap)))).ok_or(()),
        (None, None, None) => Ok(None),
    }
}

fn read_imap(fields: &Fields<'_>) -> Option<Imap> {
    let host = fields.line("host");
    let host = host.filter(|literal| {
        let is_name = !literal.text.starts_with('-') && literal.text.chars().all(|c| c.is_alphanumeric() || ".-:[]".contains(c));
        if !is_name {
            let message = format!("`{}` is no host name", literal.text);
            let help = "write the name alone, such as imap.example.org";
            fields.mistakes().add(mistake::bad_value(literal.place(), message, help));
        }
        is_name
    });
    let tls = if fields.has("tls") { read_tls(fields) } else { Some((Tls::Implicit, fields.place())) };
    fields.expect("tls");
    let port = if fields.has("port") {
        fields.integer("port", 1..65536)
    } else {
        Some(if tls.as_ref().is_some_and(|(tls, _)| *tls == Tls::Implicit) { 993 } else { 143 })
    };
    fields.expect("port");
    let ca_file = fields.line("ca_file").map(|literal| PathBuf::from(literal.text));
    let folder = fields.line("folder").map_or_else(|| "INBOX".to_owned(), |literal| literal.text.to_owned());
    let login = read_login(fields).ok()?;
    if login.is_none() {
        let help = "add user = \"…\" and password_env = \"IMAP_PASSWORD\" or password_file = \"…\"";
        fields.mistakes().add(mistake::bad_value(fields.place_of_key("host"), "a mailbox on a server needs a login", help));
    }
    let (host, (tls, place)) = (host?.text.to_owned(), tls?);
    if tls == Tls::None && !relay::is_loopback(&host) {
        let help = "write tls = \"implicit\" or tls = \"starttls\"; only a server on this machine itself may go without";
        fields.mistakes().add(mistake::bad_value(place, "mail and password would travel readable for everyone", help));
        return None;
    }
    Some(Imap { host, port: u16::try_from(port?).ok()?, tls, login: login?, ca_file, folder })
}
