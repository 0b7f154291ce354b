//! The list's own mailbox: requests to leave, failed deliveries and complaints, from a Maildir, an mbox and real IMAP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;

use postrider::ledger::Ledger;
use postrider::model::address::Address;
use postrider::model::mail::Mail;
use postrider::token::{Claim, Keyring, Purpose};

use crate::dovecot::{self, Dovecot};
use crate::leave::keyring;
use crate::postfix::{Certificate, Options, Postfix};
use crate::relay::Relay;
use crate::workspace::{Ran, Workspace};

/// A project without a page for readers: nothing but a mailbox.
fn with_mailbox(table: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.append("newsletter.toml", &format!("\n[inbox]\nbounces = \"bounces@list.example.org\"\n{table}"));
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(workspace.path("Maildir").join(folder)).expect("our own folder");
    }
    workspace
}

/// The same after its issue went out to three people over a relay.
fn sent(table: &str) -> (Workspace, Vec<(String, Vec<u8>)>) {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append("newsletter.toml", &format!("\n[inbox]\nbounces = \"bounces@list.example.org\"\n{table}"));
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(workspace.path("Maildir").join(folder)).expect("our own folder");
    }
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let taken = relay.taken();
    (workspace, taken)
}

const MAILDIR: &str = "maildir = \"Maildir\"\n";

fn deliver(workspace: &Workspace, name: &str, octets: impl AsRef<[u8]>) {
    workspace.write(&format!("Maildir/new/{name}"), octets);
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/bounce").join(name).with_extension("eml");
    String::from_utf8_lossy(&fs::read(path).expect("a sample")).into_owned()
}

/// A sample as a report about mail that we sent to somebody.
fn report(name: &str, path: &str) -> String {
    sample(name).replace("bounces+a-mark@example.org", path)
}

/// The return path of somebody, by the ledger's number of them.
fn path(workspace: &Workspace, number: u64, address: &str) -> String {
    let keyring = keyring(workspace);
    let mark = keyring.mark(&Address::parse(address).expect("an address"));
    format!("bounces+{}@list.example.org", keyring.return_path(number, mark))
}

fn shown(workspace: &Workspace, address: &str) -> String {
    workspace.run(&["subscribers", "show", address]).stdout
}

fn inbox(workspace: &Workspace) -> Ran {
    let ran = workspace.run(&["inbox"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

/// The address in the mail's own way out, as a mail program takes it apart: whom to write to, and the subject.
fn way_out(octets: &[u8]) -> (String, String) {
    let mail = Mail::parse(octets).expect("a message");
    let field = mail.header("List-Unsubscribe").expect("the field").replace(['\r', '\n', ' ', '\t'], "");
    let link = field.trim_start_matches('<').trim_end_matches('>');
    let (address, subject) = link.strip_prefix("mailto:").expect("a mail").split_once("?subject=").expect("a subject");
    (address.to_owned(), subject.replace("%20", " "))
}

#[test]
fn with_nothing_but_a_mailbox_each_mail_has_a_way_out_of_its_readers_own() {
    let (workspace, taken) = sent(MAILDIR);
    let (recipient, octets) = &taken[0];
    let (address, subject) = way_out(octets);
    assert_eq!(address, "unsubscribe@list.example.org");
    let mail = Mail::parse(octets).expect("a message");
    assert!(mail.header("List-Unsubscribe-Post").is_none(), "without a page there is nothing to press");
    assert!(mail.html.contains("mailto:unsubscribe@list.example.org?subject=unsubscribe%20v1."), "in the mail as well");
    assert!(mail.text.contains("v1."), "and in its text");
    assert!(octets.split(|octet| *octet == b'\n').all(|line| line.len() < 999));
    let letter =
        format!("From: Somebody Else <else@example.net>\r\nTo: {address}\r\nSubject: {}\r\n\r\n\r\n", subject.to_uppercase());
    deliver(&workspace, "1.a", letter);
    deliver(&workspace, "2.b", format!("From: x@example.net\r\nSubject: Re: {subject}\r\n\r\n"));
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("1 left the list") && ran.stdout.contains("1 asked to leave and had left"), "{ran:?}");
    let left = shown(&workspace, recipient);
    assert!(left.contains("left the list on") && left.contains("unsubscribed (mail)"), "{left}");
    let listed = workspace.run(&["subscribers", "list", "--left"]).stdout;
    assert_eq!(listed.lines().count(), 1, "nobody else: {listed}");
}

#[test]
fn a_letter_is_dealt_with_once_and_nothing_in_the_mailbox_is_changed() {
    let workspace = with_mailbox(MAILDIR);
    let keyring = keyring(&workspace);
    let token =
        keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&Address::parse("ana@example.org").expect("an address"))));
    deliver(&workspace, "1.a", format!("Subject: unsubscribe {token}\r\n\r\n"));
    deliver(&workspace, "2.b", "From: reader@example.net\r\nSubject: A question\r\n\r\nWhen is the next one?\r\n");
    deliver(&workspace, "3.c", "From: ben@example.net\r\nSubject: unsubscribe\r\n\r\n");
    std::os::unix::fs::symlink("/etc/passwd", workspace.path("Maildir/new/4.d")).expect("a link");
    let ran = inbox(&workspace);
    assert!(ran.stdout.starts_with("3 new letters."), "{ran:?}");
    assert!(ran.stdout.contains("To read: reader@example.net: A question"), "{ran:?}");
    assert!(ran.stdout.contains("ben@example.net. If you believe it: postrider subscribers remove ben@example.net"), "{ran:?}");
    assert!(!shown(&workspace, "ben@example.net").contains("left"), "a sender is easily made up");
    assert!(workspace.path("Maildir/new/1.a").exists() && workspace.path("Maildir/new/2.b").exists());
    // Somebody reads it in their mail program, which moves and marks it.
    fs::rename(workspace.path("Maildir/new/2.b"), workspace.path("Maildir/cur/2.b:2,S")).expect("it is there");
    assert!(inbox(&workspace).stdout.starts_with("0 new letters."));
}

#[test]
fn a_failed_delivery_takes_its_reader_off_and_a_forged_report_nobody() {
    let (workspace, taken) = sent(MAILDIR);
    let first = taken[0].0.clone();
    assert_eq!(first, "ana@example.org");
    // About somebody else, by their number; by a number that nobody has; by the mark of another key; and by none.
    let stranger = Keyring::parse(&Keyring::generate(), "quarterly.list.example.org").expect("keys");
    let ana = Address::parse(&first).expect("an address");
    let forged = [
        path(&workspace, 2, &first),
        path(&workspace, 99, &first),
        format!("bounces+{}@list.example.org", stranger.return_path(1, stranger.mark(&ana))),
        "bounces@list.example.org".to_owned(),
    ];
    for (number, path) in (1..).zip(&forged) {
        deliver(&workspace, &format!("{number}.forged"), report("postfix-no-such-user", path));
    }
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("4 are about no mail of ours"), "{ran:?}");
    assert!(shown(&workspace, &first).contains("Mail goes there."));

    deliver(&workspace, "5.real", report("postfix-no-such-user", &path(&workspace, 1, &first).to_uppercase()));
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("1 came back as undeliverable") && ran.stdout.contains("No mail goes any more to 1"), "{ran:?}");
    let left = shown(&workspace, &first);
    assert!(left.contains("takes no mail at this address") && left.contains("failed (mail): 2023-q3, hard, 5.1.1"), "{left}");
    let status = workspace.run(&["status", "2023-q3"]);
    assert!(status.stdout.contains("Of these 1 came back as undeliverable since."), "{status:?}");
    assert!(status.stdout.contains("hard 5.1.1") && !status.stdout.contains("Yes:"), "{status:?}");
    let kept = fs::read(workspace.path(".postrider/ledger.sqlite")).expect("the ledger");
    assert!(
        !String::from_utf8_lossy(&kept).contains("<ana@example.net>: Recipient address"),
        "the words are kept without the address"
    );
    // The same report once more, under another name.
    deliver(&workspace, "6.again", report("postfix-no-such-user", &path(&workspace, 1, &first)));
    assert!(inbox(&workspace).stdout.contains("1 came back as undeliverable"));
    assert_eq!(shown(&workspace, &first).matches("failed (mail)").count(), 1);
}

#[test]
fn what_says_nothing_about_the_address_takes_nobody_off() {
    let (workspace, _) = sent(MAILDIR);
    let path = path(&workspace, 1, "ana@example.org");
    for (number, name) in (1..).zip([
        "postfix-blocked-by-list",
        "postfix-mailbox-full",
        "postfix-delayed",
        "away-english",
        "content-refused",
        "arf-not-spam",
    ]) {
        deliver(&workspace, &format!("{number}.x"), report(name, &path));
    }
    inbox(&workspace);
    assert!(shown(&workspace, "ana@example.org").contains("Mail goes there."), "refused for who we are, full once, or away");
    deliver(&workspace, "9.complaint", report("arf-abuse", &path));
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("1 complained"), "{ran:?}");
    assert!(shown(&workspace, "ana@example.org").contains("complained about the mail"));
    let back = workspace.run(&["subscribers", "add", "ana@example.org"]);
    assert_ne!(back.code, Some(0), "{back:?}");
    let status = workspace.run(&["status", "2023-q3"]).stdout;
    assert!(status.contains("1 complained") || status.contains("1 complaints"), "{status}");
}

#[test]
fn a_domain_where_much_fails_is_held_and_its_readers_stay() {
    let relay = Relay::start();
    let workspace = Workspace::new();
    let people: String =
        (0..12).map(|number| format!("[[subscriber]]\nemail = \"r{number}@big.example\"\n\n")).collect::<Vec<_>>().concat();
    workspace.write("subscribers.toml", people);
    relay.serve(&workspace, "");
    workspace.append("newsletter.toml", &format!("\n[inbox]\nbounces = \"bounces@list.example.org\"\n{MAILDIR}"));
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    for folder in ["new", "cur"] {
        fs::create_dir_all(workspace.path("Maildir").join(folder)).expect("our own folder");
    }
    assert_eq!(workspace.run(&["send", "--expect-recipients", "12"]).code, Some(0));
    let fail = |number: u64| {
        let path = path(&workspace, number + 1, &format!("r{number}@big.example"));
        deliver(&workspace, &format!("{number}.x"), report("postfix-no-such-user", &path));
    };
    (0..4).for_each(fail);
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("No mail goes any more to 4"), "{ran:?}");
    (4..6).for_each(fail);
    let ran = inbox(&workspace);
    assert!(ran.stdout.contains("At big.example 6 of 12 failed for 2023-q3"), "{ran:?}");
    assert!(ran.stdout.contains("4 who had been taken off for it get mail again"), "{ran:?}");
    assert_eq!(workspace.run(&["subscribers", "list", "--left"]).stdout, "");
}

#[test]
fn an_mbox_is_read_whatever_stands_in_it() {
    let workspace = with_mailbox("mbox = \"box\"\n");
    let keyring = keyring(&workspace);
    let token = |written: &str| {
        keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&Address::parse(written).expect("an address"))))
    };
    let letter = |token: &str| {
        format!("From x@example.net Sat Sep 30 09:00:00 2023\nSubject: unsubscribe\n\n{token}\n>From here on nothing.\n\n")
    };
    let other = "From y@example.net Sat Sep 30 09:01:00 2023\nFrom: y@example.net\nSubject: hello\n\nFrom the middle of a paragraph no letter begins.\n\n";
    workspace.write("box", letter(&token("ana@example.org")) + other);
    let ran = inbox(&workspace);
    assert!(ran.stdout.starts_with("2 new letters.") && ran.stdout.contains("1 left the list"), "{ran:?}");
    // The first was deleted by a mail program, and another came.
    workspace.write("box", other.to_owned() + &letter(&token("nameless+news@example.com")));
    let ran = inbox(&workspace);
    assert!(ran.stdout.starts_with("1 new letter.") && ran.stdout.contains("1 left the list"), "{ran:?}");
    workspace.write("box", "");
    assert!(inbox(&workspace).stdout.starts_with("0 new letters."));
    workspace.write("box", "no mbox at all\n");
    let refused = workspace.run(&["inbox"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("is no mbox"), "{refused:?}");
    fs::remove_file(workspace.path("box")).expect("it was there");
    let missing = workspace.run(&["inbox"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("cannot read the mailbox"), "{missing:?}");
    let broken = workspace.run(&["inbox", "--maildir", "issues"]);
    assert!(broken.code == Some(1) && broken.stderr.contains("has no folders new and cur"), "{broken:?}");
}

#[test]
fn a_way_back_is_rehearsed_and_one_that_changed_in_the_middle_is_refused() {
    let (workspace, taken) = sent(MAILDIR);
    assert_eq!(taken.len(), 3);
    let rehearsed = workspace.run(&["rehearse", "--json"]);
    assert!(rehearsed.code == Some(0) && rehearsed.last_json()["faults"].as_array().is_some_and(Vec::is_empty), "{rehearsed:?}");
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\n");
    let text = fs::read_to_string(workspace.path("newsletter.toml")).expect("the file");
    workspace.write("newsletter.toml", text.replace("bounces@list", "returns@list"));
    let refused = workspace.run(&["send", "--expect-recipients", "4"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("with failures to bounces@list.example.org"), "{refused:?}");
}

/// `[inbox]` of a server.
fn on_server(workspace: &Workspace, port: u16, tls: &str, more: &str) -> String {
    workspace.write("password", dovecot::PASSWORD);
    fs::set_permissions(workspace.path("password"), fs::Permissions::from_mode(0o600)).expect("our own file");
    format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\nuser = \"{}\"\npassword_file = \"password\"\n{more}",
        dovecot::USER
    )
}

fn set(workspace: &Workspace, table: &str) {
    workspace.write(
        "newsletter.toml",
        crate::workspace::NEWSLETTER.to_owned() + &format!("\n[inbox]\nbounces = \"bounces@list.example.org\"\n{table}"),
    );
}

#[test]
fn a_mailbox_on_a_server_is_read_by_tls_and_nothing_in_it_is_changed() {
    let server = Dovecot::start(Certificate::Localhost);
    let workspace = with_mailbox("");
    let keyring = keyring(&workspace);
    let token =
        keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&Address::parse("ana@example.org").expect("an address"))));
    server.deliver("1.first", format!("Subject: unsubscribe {token}\r\n\r\n").as_bytes());
    server.deliver(
        "2.large",
        &[b"Subject: hello\r\nFrom: big@example.net\r\n\r\n".as_slice(), &b"a line of it\r\n".repeat(900_000)].concat(),
    );
    let ca = format!("ca_file = \"{}\"\n", server.ca_file().display());
    for (port, tls, left) in
        [(server.implicit_port(), "implicit", "1 left the list"), (server.plain_port(), "starttls", "0 new letters")]
    {
        set(&workspace, &on_server(&workspace, port, tls, &ca));
        let ran = inbox(&workspace);
        assert!(ran.stdout.contains(left), "{tls}: {ran:?}\n{}", server.log());
    }
    let untouched = fs::read_dir(server_maildir(&server)).expect("the folder").flatten();
    assert!(untouched.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with('S')), "nobody has seen them");

    // What the server cannot prove, what it refuses, and what was forgotten.
    set(&workspace, &on_server(&workspace, server.implicit_port(), "implicit", ""));
    let refused = workspace.run(&["inbox"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("is not who it should be"), "{refused:?}");
    set(&workspace, &on_server(&workspace, server.implicit_port(), "implicit", &ca));
    workspace.write("password", "wrong and secret");
    let refused = workspace.run(&["inbox"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("refuses the login of list"), "{refused:?}");
    assert!(!refused.stderr.contains("secret"), "{refused:?}");
    set(&workspace, &on_server(&workspace, 1, "implicit", &ca));
    let refused = workspace.run(&["inbox"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("cannot connect to 127.0.0.1"), "{refused:?}");
    set(&workspace, &on_server(&workspace, server.plain_port(), "none", "").replace("127.0.0.1", "imap.example.org"));
    let refused = workspace.run(&["inbox"]);
    assert!(refused.stderr.contains("readable for everyone"), "{refused:?}");
}

/// Where messages lie that a client was shown.
fn server_maildir(server: &Dovecot) -> std::path::PathBuf {
    server.maildir().join("cur")
}

#[test]
fn a_server_of_another_name_is_not_told_the_password() {
    let server = Dovecot::start(Certificate::WrongName);
    let workspace = with_mailbox("");
    let ca = format!("ca_file = \"{}\"\n", server.ca_file().display());
    for (port, tls) in [(server.implicit_port(), "implicit"), (server.plain_port(), "starttls")] {
        set(&workspace, &on_server(&workspace, port, tls, &ca));
        let refused = workspace.run(&["inbox"]);
        assert!(refused.code == Some(1) && refused.stderr.contains("is not who it should be"), "{tls}: {refused:?}");
    }
    assert!(!server.log().contains("Login"), "{}", server.log());
}

/// `postrider inbox --watch`, and what it says line by line.
struct Watching {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watching {
    fn start(workspace: &Workspace) -> Self {
        let mut child = workspace.command(&["inbox", "--watch", "--json"]).stdout(Stdio::piped()).spawn().expect("the binary");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// Waits for the next line with a word.
    fn until(&mut self, word: &str) {
        let found = self.lines.by_ref().map(|line| line.expect("a line")).find(|line| line.contains(word));
        assert!(found.is_some(), "it ended before it said {word}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn letters_are_dealt_with_as_they_come_to_a_folder_and_to_a_server() {
    let server = Dovecot::start(Certificate::Localhost);
    let ca = format!("ca_file = \"{}\"\n", server.ca_file().display());
    for is_remote in [false, true] {
        let workspace = with_mailbox("");
        let table = if is_remote { on_server(&workspace, server.implicit_port(), "implicit", &ca) } else { MAILDIR.to_owned() };
        set(&workspace, &table);
        let put = |name: &str, octets: &str| {
            if is_remote { server.deliver(name, octets.as_bytes()) } else { deliver(&workspace, name, octets) }
        };
        put("1.first", "From: a@example.net\r\nSubject: the first\r\n\r\n");
        let mut watching = Watching::start(&workspace);
        watching.until("the first");
        watching.until("settled");
        put("2.second", "From: a@example.net\r\nSubject: the second\r\n\r\n");
        watching.until("the second");
    }
}

#[test]
fn a_report_made_by_a_real_server_for_a_mail_of_ours_is_fetched_by_imap_and_scored() {
    // The server takes mail for everybody, and finds out later who is not there.
    let settings = [
        ("smtpd_reject_unlisted_recipient", "no"),
        ("virtual_mailbox_maps", "inline:{ana@example.org=all/, @list.example.org=all/}"),
    ];
    let postfix = Postfix::start(Options { settings: &settings, ..Options::default() });
    let workspace = Workspace::new();
    workspace.write(
        "subscribers.toml",
        "[[subscriber]]\nemail = \"ana@example.org\"\n\n[[subscriber]]\nemail = \"nobody@gone.example\"\n",
    );
    let relay = format!("\n[relay]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n", postfix.plain_port());
    workspace.append("newsletter.toml", &format!("{relay}\n[inbox]\nbounces = \"bounces@list.example.org\"\n"));
    assert_eq!(workspace.run(&["keys", "new"]).code, Some(0));
    let sent = workspace.run(&["send", "--expect-recipients", "2"]);
    assert!(
        sent.code == Some(0) && workspace.run(&["status", "2023-q3"]).stdout.starts_with("Yes: the server took it for 2"),
        "{sent:?}"
    );
    // The issue for Ana, and the report.
    postfix.wait_until_delivered(2);
    let return_path = |address: &str| {
        let octets = postfix.mailbox(address).pop().expect("a delivery");
        String::from_utf8_lossy(&octets)
            .lines()
            .find_map(|line| line.strip_prefix("Return-Path: <").map(str::to_owned))
            .expect("a path")
    };
    assert!(return_path("ana@example.org").starts_with("bounces+a-"), "each mail has a way back of its own");

    let server = Dovecot::showing(postfix.maildir());
    let ca = format!("ca_file = \"{}\"\n", server.ca_file().display());
    let table = on_server(&workspace, server.implicit_port(), "implicit", &ca);
    set(&workspace, &(table + &relay));
    let ran = inbox(&workspace);
    assert!(
        ran.stdout.contains("1 came back as undeliverable") && ran.stdout.contains("No mail goes any more to 1"),
        "{ran:?}\n{}",
        server.log()
    );
    assert!(shown(&workspace, "nobody@gone.example").contains("takes no mail at this address"));
    assert!(shown(&workspace, "ana@example.org").contains("Mail goes there."));
    let status = workspace.run(&["status", "2023-q3"]).stdout;
    assert!(status.contains("Of these 1 came back as undeliverable since"), "{status}");
}

/// A server that follows a script: what it says after each line that it is told.
fn scripted(answers: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
        let _ = stream.write_all(b"* OK ready\r\n");
        for answer in answers {
            let Some(Ok(line)) = lines.next() else { return };
            let tag = line.split(' ').next().unwrap_or_default();
            let _ = stream.write_all(answer.replace("TAG", tag).as_bytes());
        }
        // The rest of the line is read until the client goes.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    port
}

#[test]
fn a_server_that_lies_or_breaks_off_is_told_of_and_no_letter_is_lost() {
    const LOGIN: &str = "TAG OK logged in\r\n";
    const CAPABILITY: &str = "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n";
    const EXAMINE: &str = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nTAG OK [READ-ONLY] done\r\n";
    const SEARCH: &str = "* SEARCH 1\r\nTAG OK\r\n";
    let scripts: [&'static [&'static str]; 7] = [
        &[],
        &["* BYE go away\r\n"],
        &[LOGIN, "nonsense \x07\r\n"],
        &[LOGIN, CAPABILITY, "TAG NO [NONEXISTENT] no such folder\r\n"],
        &[LOGIN, CAPABILITY, EXAMINE, "TAG OK\r\n", SEARCH, "* 1 FETCH (UID 1 BODY[]<0> {4294967295}\r\nabc"],
        &[LOGIN, CAPABILITY, EXAMINE, "TAG OK\r\n", SEARCH, "* 1 FETCH (UID 1 BODY[]<0> {100}\r\nSubject: unsub"],
        &[LOGIN, CAPABILITY, EXAMINE, "TAG OK\r\n", "* SEARCH 1 99999999999999999999\r\nTAG OK\r\n"],
    ];
    for script in scripts {
        let workspace = with_mailbox("");
        set(&workspace, &on_server(&workspace, scripted(script), "none", ""));
        let ran = workspace.run(&["inbox"]);
        assert!(ran.code == Some(1) && !ran.stderr.contains("panicked"), "{script:?}: {ran:?}");
        assert!(ran.stderr.contains("Nothing is lost"), "{script:?}: {ran:?}");
        let ledger = Ledger::open(&workspace.path(".postrider")).expect("a ledger");
        let known = tokio::runtime::Runtime::new().expect("a runtime").block_on(ledger.letters("imap list@127.0.0.1/INBOX 7"));
        assert!(known.expect("read").is_empty(), "nothing was dealt with");
    }
    // One that strips the offer of TLS.
    let workspace = with_mailbox("");
    set(&workspace, &on_server(&workspace, scripted(&["TAG BAD unknown command\r\n", "TAG OK logged in\r\n"]), "starttls", ""));
    let ran = workspace.run(&["inbox"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("does not offer STARTTLS"), "{ran:?}");
}

#[test]
fn failures_that_go_to_a_strangers_domain_are_told_of() {
    let checked = with_mailbox("").run(&["check"]);
    assert!(!checked.stdout.contains("bounces-domain"), "{checked:?}");
    let workspace = with_mailbox("");
    set(&workspace, "");
    let text = fs::read_to_string(workspace.path("newsletter.toml")).expect("the file");
    workspace.write("newsletter.toml", text.replace("bounces@list.example.org", "bounces@provider.example"));
    let checked = workspace.run(&["check"]);
    assert!(checked.code == Some(0) && checked.stdout.contains("bounces-domain"), "{checked:?}");
}

#[test]
fn mistakes_in_the_table_are_shown_in_their_line() {
    for (table, words) in [
        ("bounces = \"a-rather-long-bounces-mailbox@list.example.org\"\n", "has no room for the mark of a recipient"),
        ("maildir = \"a\"\nmbox = \"b\"\n", "the mailbox is named twice"),
        ("host = \"imap.example.org\"\n", "a mailbox on a server needs a login"),
        ("user = \"x\"\n", "`user` without a host"),
        ("mailder = \"x\"\n", "did you mean `maildir`?"),
        ("host = \"imap example\"\nuser = \"x\"\npassword_env = \"Y\"\n", "is no host name"),
    ] {
        let workspace = Workspace::new();
        workspace.append("newsletter.toml", &format!("\n[inbox]\n{table}"));
        let checked = workspace.run(&["check"]);
        assert!(checked.code == Some(1) && checked.stdout.contains(words), "{table}: {checked:?}");
    }
    let none = with_mailbox("").run(&["inbox"]);
    assert!(none.code == Some(1) && none.stderr.contains("does not say where the mailbox is"), "{none:?}");
    let neither = Workspace::new().run(&["inbox"]);
    assert!(neither.code == Some(1) && neither.stderr.contains("neither [service] nor [inbox]"), "{neither:?}");
}
