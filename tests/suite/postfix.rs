//! A real mail server to deliver to: Debian's Postfix, with a configuration, a queue and certificates of its own.
//!
//! Each [`Postfix`] lives in a temporary folder and listens on loopback only, at ports of its own, so that tests run side by
//! side. The system's own Postfix, where there is one, is neither read nor touched. It never asks the DNS and never sends a
//! message on.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What the server calls itself in its greeting.
const HOST_NAME: &str = "relay.example.org";
const USER: &str = "secretariat";
const PASSWORD: &str = "correct horse = battery";
/// Far more than any test needs on a busy machine: only a failing test waits this long.
const DEADLINE: Duration = Duration::from_mins(2);
/// The owner of delivered mail: `nobody` and `nogroup`, for Postfix delivers to no privileged user.
const NOBODY: u32 = 65534;

/// How a server differs from the usual one.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    /// The name in the server's certificate.
    pub(crate) certificate: Certificate,
    /// Further lines of `main.cf`, such as `("message_size_limit", "10240")`. They win over the server's own lines, but not
    /// over what makes a listener what it is: whether it demands TLS and AUTH.
    pub(crate) settings: &'a [(&'a str, &'a str)],
}

/// Whom the server's certificate names. [`Postfix::ca_file`] vouches for either.
#[derive(Clone, Copy, Default)]
pub(crate) enum Certificate {
    /// `localhost` and `127.0.0.1`: the names under which a test reaches the server.
    #[default]
    Localhost,
    /// `elsewhere.example` alone, so that a client that checks the name refuses it.
    WrongName,
}

/// A running server; dropping it stops Postfix and removes its folder, and so does the end of the test's process, however
/// that ends.
///
/// It delivers to any address at the reserved domains (`example.org`, `example.com`, `example.net`, their subdomains, and
/// `*.example`), and refuses every other recipient with 554. SMTPUTF8, PIPELINING, 8BITMIME and CHUNKING are offered
/// everywhere. Addresses and headers stay as the client gave them.
pub(crate) struct Postfix {
    home: PathBuf,
    ports: Ports,
    keeper: Child,
}

struct Ports {
    plain: u16,
    submission: u16,
    implicit: u16,
}

impl Postfix {
    /// Starts a server, which accepts connections when this returns.
    ///
    /// Panics where Postfix, its SASL parts or `openssl` are missing, and where the test does not run as root.
    pub(crate) fn start(options: Options) -> Self {
        let test_user = fs::metadata("/proc/self").expect("Linux has /proc").uid();
        assert!(test_user == 0, "only root can start Postfix: run tests/run");

        let folder = tempfile::Builder::new().prefix("postrider-postfix-").tempdir().expect("a temporary folder");
        let keeper = keeper(folder.path());
        let home = folder.keep();
        // Postfix's processes run as other users, who must reach their folders in here.
        fs::set_permissions(&home, Permissions::from_mode(0o755)).expect("our own folder");

        make_folders(&home);
        make_certificates(&home, options.certificate);
        make_account(&home);
        write(&home, "etc/domains", DOMAINS);
        write(&home, "etc/main.cf", &main_cf(&home, options.settings));
        // A question to a table reads `main.cf` too, and says what is wrong in it; `postfix start` tells that only a terminal.
        run(Command::new("/usr/sbin/postmap").arg("-c").arg(home.join("etc")).args(["-q", "example.org", &domains(&home)]));
        let ports = start_on_free_ports(&home);
        Postfix { home, ports, keeper }
    }

    /// The port that speaks plain SMTP, offers STARTTLS and asks for no password, as a relay in the house does.
    pub(crate) fn plain_port(&self) -> u16 {
        self.ports.plain
    }

    /// The port that accepts mail only after STARTTLS and AUTH (RFC 6409). AUTH is offered once TLS holds.
    pub(crate) fn submission_port(&self) -> u16 {
        self.ports.submission
    }

    /// The port that speaks TLS from the first byte on (RFC 8314) and accepts mail only after AUTH.
    pub(crate) fn implicit_port(&self) -> u16 {
        self.ports.implicit
    }

    /// The PEM file of the authority that signed the server's certificate; made for this server alone.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.home.join("ca.pem")
    }

    /// The user name that AUTH PLAIN and AUTH LOGIN accept, with [`Postfix::password`].
    #[expect(clippy::unused_self, reason = "a test asks its server; that all have one account is not its business")]
    pub(crate) fn user(&self) -> &'static str {
        USER
    }

    /// The password of [`Postfix::user`].
    #[expect(clippy::unused_self, reason = "a test asks its server; that all have one account is not its business")]
    pub(crate) fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Waits until `count` messages are delivered in all and none is left in the queue.
    ///
    /// Panics with the server's log when there are more, or when it takes two minutes. What a client has yet to hand in is
    /// not waited for: to see that there are no more than `count`, call this after the client is done.
    pub(crate) fn wait_until_delivered(&self, count: usize) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            // In this order: a message leaves the queue only after it has been delivered.
            let queued = self.queued();
            let delivered = self.deliveries().len();
            if queued == 0 && delivered == count {
                return;
            }
            assert!(
                delivered <= count && Instant::now() < deadline,
                "expected {count} messages, found {delivered} delivered and {queued} in the queue; the server's log:\n{}",
                self.log()
            );
            pause_between_polls();
        }
    }

    /// Waits until the server has passed on `count` messages in all, by its log, and none is left in the queue; gives how many it passed on
    /// to each address. For mail that goes to the `discard` transport, which leaves no mailbox.
    ///
    /// Panics when there are more, or when it takes two minutes, as [`wait_until_delivered`](Self::wait_until_delivered) does.
    pub(crate) fn wait_until_passed_on(&self, count: usize) -> BTreeMap<String, usize> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let queued = self.queued();
            let mut passed_on = BTreeMap::new();
            for line in self.log().lines().filter(|line| line.contains("status=sent")) {
                let address = line.split("to=<").nth(1).and_then(|rest| rest.split('>').next()).expect("whom it was for");
                *passed_on.entry(address.to_owned()).or_default() += 1;
            }
            let found: usize = passed_on.values().sum();
            if queued == 0 && found == count {
                return passed_on;
            }
            assert!(
                found <= count && Instant::now() < deadline,
                "expected {count} messages, found {found} passed on and {queued} in the queue"
            );
            pause_between_polls();
        }
    }

    /// The messages delivered to an address, in no particular order. The address is compared with the one in `RCPT TO` letter
    /// by letter, case included; a local part stands in quotes where it needs them (RFC 5321, section 4.1.2).
    ///
    /// A message is as Postfix stored it: the lines end in LF, and it starts with the server's own `Return-Path`,
    /// `X-Original-To`, `Delivered-To` and `Received` fields.
    pub(crate) fn mailbox(&self, address: &str) -> Vec<Vec<u8>> {
        self.mailboxes().remove(address).unwrap_or_default()
    }

    /// All delivered messages by recipient, as [`Postfix::mailbox`] gives them.
    pub(crate) fn mailboxes(&self) -> BTreeMap<String, Vec<Vec<u8>>> {
        let mut mailboxes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for file in self.deliveries() {
            let message = fs::read(&file).expect("a delivered message");
            mailboxes.entry(original_recipient(&message)).or_default().push(message);
        }
        mailboxes
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.home.join("mail.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The Maildir to which all mail is delivered.
    pub(crate) fn maildir(&self) -> PathBuf {
        self.home.join("mail/all")
    }

    fn deliveries(&self) -> Vec<PathBuf> {
        // A server that shows the mailbox to somebody moves what is new.
        [files_in(&self.maildir().join("new")), files_in(&self.maildir().join("cur"))].concat()
    }

    fn queued(&self) -> usize {
        // In the order in which a message moves, so that none is missed on its way; `hash_queue_names` keeps all three flat.
        ["incoming", "active", "deferred"].iter().map(|queue| files_in(&self.home.join("queue").join(queue)).len()).sum()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nobody is left to tell if this fails, and a panic here would hide the test's own.
        let _ = self.keeper.wait();
    }
}

/// Starts the process that ends the server: it waits until its input closes, which happens in `drop` or when the test's
/// process dies, then kills Postfix and removes `home`.
///
/// Postfix's master leads a process group with all its children, and holds a lock on `master.pid` for as long as it lives.
fn keeper(home: &Path) -> Child {
    const SCRIPT: &str = r#"
        read -r _
        master="$1/queue/pid/master.pid"
        flock -n "$master" true || kill -s KILL -- "-$(tr -d ' ' <"$master")"
        flock "$master" true
        rm -rf -- "$1"
    "#;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", SCRIPT, "keeper"]).arg(home);
    // In a group of its own: Ctrl-C at the tests must not end it before its work is done.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("every Debian has /bin/sh")
}

/// Ports are found by trying, and another process can take one before Postfix does; hence the further tries.
fn start_on_free_ports(home: &Path) -> Ports {
    const TRIES: usize = 5;
    let mut complaints = String::new();
    for _ in 0..TRIES {
        let ports = free_ports();
        write(home, "etc/master.cf", &master_cf(&ports));
        match attempt(Command::new("/usr/sbin/postfix").arg("-c").arg(home.join("etc")).arg("start")) {
            Ok(()) => return ports,
            Err(complaint) => complaints.push_str(&complaint),
        }
    }
    let log = fs::read_to_string(home.join("mail.log")).unwrap_or_default();
    panic!("Postfix did not start, tried {TRIES} times:\n{complaints}{log}");
}

/// Three ports that are free now, which says little about later.
fn free_ports() -> Ports {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    // All three are held until each has its number, so that they differ.
    let [plain, submission, implicit] =
        [bind(), bind(), bind()].map(|listener| listener.local_addr().expect("a bound socket").port());
    Ports { plain, submission, implicit }
}

/// The folders that Postfix does not make for itself.
fn make_folders(home: &Path) {
    for name in ["etc", "etc/sasl", "mail", "queue"] {
        fs::create_dir(home.join(name)).expect("a folder in our own");
    }
    chown(home.join("mail"), Some(NOBODY), Some(NOBODY)).expect("root gives folders away");
}

/// An authority and a server certificate signed by it, both for this run only.
pub(crate) fn make_certificates(home: &Path, certificate: Certificate) {
    let (common_name, alternative_names) = match certificate {
        Certificate::Localhost => ("localhost", "DNS:localhost, IP:127.0.0.1"),
        Certificate::WrongName => ("elsewhere.example", "DNS:elsewhere.example"),
    };
    let extensions = format!(
        "[req]\n\
         distinguished_name = name\n\
         [name]\n\
         [authority]\n\
         basicConstraints = critical, CA:TRUE\n\
         keyUsage = critical, keyCertSign\n\
         [server]\n\
         basicConstraints = critical, CA:FALSE\n\
         keyUsage = critical, digitalSignature\n\
         extendedKeyUsage = serverAuth\n\
         subjectAltName = {alternative_names}\n"
    );
    write(home, "openssl.cnf", &extensions);
    let request = || {
        let mut openssl = Command::new("/usr/bin/openssl");
        openssl.current_dir(home).args(["req", "-x509", "-config", "openssl.cnf", "-days", "2", "-batch"]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]);
        openssl
    };
    run(request()
        .args(["-subj", "/CN=Authority of one test", "-extensions", "authority"])
        .args(["-keyout", "ca.key", "-out", "ca.pem"]));
    run(request()
        .args(["-subj", &format!("/CN={common_name}"), "-extensions", "server", "-CA", "ca.pem", "-CAkey", "ca.key"])
        .args(["-keyout", "server.key", "-out", "server.pem"]));
}

/// The one account, in a password file that Cyrus SASL reads for this server alone.
fn make_account(home: &Path) {
    let accounts = home.join("sasldb");
    write(home, "password", PASSWORD);
    run(Command::new("/usr/sbin/saslpasswd2")
        .args(["-p", "-c", "-u", HOST_NAME, "-f"])
        .arg(&accounts)
        .arg(USER)
        .stdin(File::open(home.join("password")).expect("the file just written")));
    // Postfix's own user reads it, and it holds no secret worth keeping.
    fs::set_permissions(&accounts, Permissions::from_mode(0o644)).expect("our own file");
    // Debian 13 looks where `cyrus_sasl_config_path` says; Debian 12 looks here, beside `main.cf`, whatever that says.
    let configuration =
        format!("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\nmech_list: PLAIN LOGIN\n", accounts.display());
    write(home, "etc/sasl/smtpd.conf", &configuration);
}

/// The reserved domains of RFC 2606; those with letters beyond ASCII arrive as A-labels or, with SMTPUTF8, as U-labels.
const DOMAINS: &str = r"
/^(.+\.)?example\.(com|net|org)$/  reserved
/\.example$/                       reserved
";

/// The table of [`DOMAINS`], as Postfix names it.
fn domains(home: &Path) -> String {
    format!("regexp:{}/etc/domains", home.display())
}

/// All mail goes to one Maildir, and its `X-Original-To` fields tell the recipients apart: Postfix makes its path from the
/// address in lower case only, and lets no pattern take part of an address into a path.
fn main_cf(home: &Path, settings: &[(&str, &str)]) -> String {
    let domains = domains(home);
    let home = home.display();
    let mut text = format!(
        "compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
hash_queue_names = defer

myhostname = {HOST_NAME}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtp_dns_support_level = disabled

default_transport = error:5.1.2 this server sends nothing on
alias_maps =
alias_database =
notify_classes =
smtpd_relay_restrictions = reject_unauth_destination
local_header_rewrite_clients =
smtputf8_enable = yes
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}

smtpd_error_sleep_time = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s

smtpd_tls_security_level = may
smtpd_tls_chain_files = {home}/server.key, {home}/server.pem
smtpd_tls_auth_only = yes
cyrus_sasl_config_path = {home}/etc/sasl
smtpd_sasl_local_domain = {HOST_NAME}
"
    );
    for (name, value) in settings {
        text.push_str(name);
        text.push_str(" = ");
        text.push_str(value);
        text.push('\n');
    }
    text
}

fn master_cf(ports: &Ports) -> String {
    let Ports { plain, submission, implicit } = ports;
    format!(
        "127.0.0.1:{plain} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{implicit} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
{MASTER_CF}"
    )
}

/// The services behind the listeners: those of Debian's `master.cf` that take part in a delivery, none in a chroot.
const MASTER_CF: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
showq unix n - n - - showq
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// The recipient as the client gave it, from the field that Postfix puts before all of the message's own.
fn original_recipient(message: &[u8]) -> String {
    let header = String::from_utf8_lossy(message);
    let recipient = header.lines().find_map(|line| line.strip_prefix("X-Original-To: "));
    recipient.expect("Postfix names the recipient of what it delivers").to_owned()
}

/// The files in a folder; none where Postfix has yet to make it.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("a readable folder").path()).collect()
}

/// Writes a file that looks a minute old: Postfix waits before it reads a configuration that was changed just now.
fn write(home: &Path, name: &str, text: &str) {
    let mut file = File::create(home.join(name)).expect("a file in our own folder");
    file.write_all(text.as_bytes()).expect("room for a small file");
    file.set_modified(SystemTime::now() - Duration::from_mins(1)).expect("our own file");
}

/// Runs a program that must succeed.
fn run(command: &mut Command) {
    if let Err(complaint) = attempt(command) {
        panic!("{complaint}");
    }
}

/// Runs a program to its end; an error is what it said.
fn attempt(command: &mut Command) -> Result<(), String> {
    // Where it is set, Postfix would read its configuration from elsewhere.
    let output = command.env_remove("MAIL_CONFIG").output().unwrap_or_else(|error| {
        let program = command.get_program().display();
        assert!(
            error.kind() != ErrorKind::NotFound,
            "{program} is missing: it comes with Debian's packages postfix, libsasl2-modules, sasl2-bin and openssl. \
             Run tests/run, which installs them."
        );
        panic!("cannot run {program}: {error}")
    });
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed ({}):\n{said}", output.status))
}

/// The one place where a test waits for time to pass: Postfix tells nobody when a message has been delivered.
fn pause_between_polls() {
    thread::sleep(Duration::from_millis(20));
}
