//! A real IMAP server: Debian's Dovecot, with a configuration and certificates of its own, which shows one Maildir to whoever has the password.
//!
//! It lives in a temporary folder and listens on loopback alone.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::postfix::{Certificate, make_certificates};

pub(crate) const USER: &str = "list";
pub(crate) const PASSWORD: &str = "correct horse = battery";
/// The owner of mail: `nobody` and `nogroup`, as the tests' Postfix has it.
const NOBODY: u32 = 65534;
/// Far more than any test needs on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A running server; dropping it stops it.
pub(crate) struct Dovecot {
    home: TempDir,
    plain: u16,
    implicit: u16,
    maildir: PathBuf,
    process: Child,
}

impl Dovecot {
    /// Starts a server over a Maildir of its own.
    pub(crate) fn start(certificate: Certificate) -> Self {
        let home = folder();
        let maildir = home.path().join("mail");
        for name in ["", "new", "cur", "tmp"] {
            fs::create_dir_all(maildir.join(name)).expect("our own folder");
            chown(maildir.join(name), Some(NOBODY), Some(NOBODY)).expect("root gives folders away: run tests/run");
        }
        Self::over(home, maildir, certificate)
    }

    /// Starts a server over a Maildir that somebody else fills.
    pub(crate) fn showing(maildir: PathBuf) -> Self {
        Self::over(folder(), maildir, Certificate::Localhost)
    }

    fn over(home: TempDir, maildir: PathBuf, certificate: Certificate) -> Self {
        make_certificates(home.path(), certificate);
        let [plain, implicit] = [(), ()].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
        let [plain, implicit] = [plain, implicit].map(|listener| listener.local_addr().expect("a bound socket").port());
        fs::write(home.path().join("dovecot.conf"), configuration(home.path(), &maildir, plain, implicit)).expect("our own file");
        fs::write(home.path().join("users"), format!("{USER}:{{PLAIN}}{PASSWORD}::::\n")).expect("our own file");
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(home.path().join("dovecot.conf")).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("dovecot is missing: run tests/run, which installs it");
        let server = Self { home, plain, implicit, maildir, process };
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, implicit)).is_err() {
            assert!(Instant::now() < deadline, "Dovecot did not start:\n{}", server.log());
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The port that speaks plain IMAP, and TLS where it is asked for.
    pub(crate) fn plain_port(&self) -> u16 {
        self.plain
    }

    /// The port that speaks TLS from the first octet.
    pub(crate) fn implicit_port(&self) -> u16 {
        self.implicit
    }

    /// The authority that signed its certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.home.path().join("ca.pem")
    }

    /// Puts a message into the mailbox, as a delivery does.
    pub(crate) fn deliver(&self, name: &str, octets: &[u8]) {
        let aside = self.maildir.join("tmp").join(name);
        fs::write(&aside, octets).expect("our own file");
        chown(&aside, Some(NOBODY), Some(NOBODY)).expect("root gives files away");
        fs::rename(&aside, self.maildir.join("new").join(name)).expect("a delivery");
    }

    /// Where the messages lie.
    pub(crate) fn maildir(&self) -> &Path {
        &self.maildir
    }

    /// What it says of itself.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("dovecot.log")).unwrap_or_default()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its processes are one group.
        let _ = Command::new("kill").args(["-s", "KILL", "--", &format!("-{}", self.process.id())]).status();
        let _ = self.process.wait();
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("postrider-dovecot-").tempdir().expect("a temporary folder");
    // Its processes run as other users.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("our own folder");
    folder
}

fn configuration(home: &Path, maildir: &Path, plain: u16, implicit: u16) -> String {
    let (home, maildir) = (home.display(), maildir.display());
    format!(
        "base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
disable_plaintext_auth = no
mail_location = maildir:{maildir}:INDEX=MEMORY
mail_uid = {NOBODY}
mail_gid = {NOBODY}
auth_verbose = yes
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={home}
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {implicit}
    ssl = yes
  }}
}}
"
    )
}
