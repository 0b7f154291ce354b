//! A user and a password or token that no log can show.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{env, fmt, fs, io, thread};

use email_encoding::body::base64;

use crate::model::relay::{Kept, Login, Secret};

/// How long a program may take to print a secret.
const COMMAND_TIME: Duration = Duration::from_secs(30);
/// The longest secret, in octets.
const SECRET_MAX: u64 = 64 * 1024;

/// A user and a password or token for the relay. Neither `Debug` nor anything else but the login itself shows the secret.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    is_token: bool,
    secret: Arc<Mutex<Held>>,
}

/// A secret in hand, and where to get it anew.
struct Held {
    /// What was read first; a token is used for one login.
    first: Option<String>,
    again: Option<(Kept, PathBuf)>,
}

/// Why there is nothing to log in with, in words for the person who sends.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The environment variable is not set, or not text.
    #[error("the relay's {what} is to be in the environment variable {name}, which is not set. Set it, then try again")]
    Unset {
        /// Password or token.
        what: &'static str,
        /// The variable.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read the relay's {what} from {}: {source}", path.display())]
    File {
        /// Password or token.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("{} holds the relay's {what}, and others can read it. Run: chmod 600 {}", path.display(), path.display())]
    Readable {
        /// Password or token.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The program that should print it did not.
    #[error("the program {program} did not give the relay's {what}: {why}. Run it by hand to see what it says")]
    Command {
        /// Password or token.
        what: &'static str,
        /// The program.
        program: String,
        /// What went wrong.
        why: String,
    },
    /// The secret is empty, or holds what no login can carry.
    #[error("the relay's {what} in {place} {fault}")]
    Unfit {
        /// Password or token.
        what: &'static str,
        /// The variable, the file or the program.
        place: String,
        /// What is wrong with it.
        fault: &'static str,
    },
}

impl Credentials {
    /// Takes a user and a password as they are.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::holding(user.into(), false, Held { first: Some(password.into()), again: None })
    }

    /// Takes a user and an access token (OAuth 2.0) as they are.
    #[must_use]
    pub fn with_token(user: impl Into<String>, token: impl Into<String>) -> Self {
        Self::holding(user.into(), true, Held { first: Some(token.into()), again: None })
    }

    /// Fetches the password or token from where `login` says. A relative file starts at `project`, the folder of
    /// `newsletter.toml`; on Unix it must be its owner's alone to read. The last line end of a file, or of what a program prints, is
    /// no part of it. A token is fetched again for each login after the first.
    ///
    /// # Errors
    /// Says where it should be and what to do. No error holds the secret.
    pub fn read(login: &Login, project: &Path) -> Result<Self, CredentialsError> {
        let (kept, is_token) = match &login.secret {
            Secret::Password(kept) => (kept, false),
            Secret::Token(kept) => (kept, true),
        };
        let first = Some(fetch(kept, project, is_token)?);
        let again = is_token.then(|| (kept.clone(), project.to_owned()));
        Ok(Self::holding(login.user.clone(), is_token, Held { first, again }))
    }

    fn holding(user: String, is_token: bool, held: Held) -> Self {
        Self { user, is_token, secret: Arc::new(Mutex::new(held)) }
    }

    /// The user's name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether it is a token that proves who the user is.
    pub(crate) fn is_token(&self) -> bool {
        self.is_token
    }

    /// The password or token for one login.
    pub(crate) async fn secret(&self) -> Result<String, CredentialsError> {
        let (kept, project) = {
            let mut held = self.secret.lock().unwrap_or_else(PoisonError::into_inner);
            match (&held.first, &held.again) {
                (Some(secret), None) => return Ok(secret.clone()),
                (None, Some((kept, project))) => (kept.clone(), project.clone()),
                (_, _) => return Ok(held.first.take().unwrap_or_default()),
            }
        };
        let is_token = self.is_token;
        tokio::task::spawn_blocking(move || fetch(&kept, &project, is_token)).await.unwrap_or_else(|error| {
            Err(CredentialsError::Command { what: "token", program: "in [relay]".to_owned(), why: error.to_string() })
        })
    }
}

impl Credentials {
    /// The words without the password or token in them, for a log: servers may repeat what they were told. A token that was used is not
    /// kept, and so not found.
    #[must_use]
    pub fn blotted_out(&self, words: &str) -> String {
        let held = self.secret.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(secret) = held.first.as_deref().filter(|secret| !secret.is_empty()) else { return words.to_owned() };
        // As AUTH PLAIN (RFC 4616 §2) and AUTH LOGIN carry it, and as it is: the longer ones first, for they may hold the others.
        let forms = [encoded(&format!("\0{}\0{secret}", self.user)), encoded(secret), secret.to_owned()];
        forms.iter().fold(words.to_owned(), |words, form| words.replace(form.as_str(), "‹secret›"))
    }
}

/// Base64 in one line.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    // A string takes any text.
    let _ = base64::encode(text.as_bytes(), &mut encoded);
    encoded.retain(|c| !c.is_whitespace());
    encoded
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)
    }
}

fn fetch(kept: &Kept, project: &Path, is_token: bool) -> Result<String, CredentialsError> {
    let what = if is_token { "token" } else { "password" };
    let (secret, place) = match kept {
        Kept::Environment(name) => (
            env::var(name).map_err(|_| CredentialsError::Unset { what, name: name.clone() })?,
            format!("the environment variable {name}"),
        ),
        Kept::File(path) => {
            let path = project.join(path);
            (read_private(&path, what)?, path.display().to_string())
        }
        Kept::Command(command) => {
            let program = command.first().cloned().unwrap_or_default();
            let printed = run(command, project);
            let secret = printed.map_err(|why| CredentialsError::Command { what, program: program.clone(), why })?;
            (secret, format!("what {program} prints"))
        }
    };
    if secret.is_empty() {
        return Err(CredentialsError::Unfit { what, place, fault: "is empty" });
    }
    // RFC 4616 §2: NUL separates the parts of PLAIN. Line ends in the middle are a sign of the wrong file.
    if secret.contains(['\0', '\r', '\n']) {
        return Err(CredentialsError::Unfit { what, place, fault: "has more than one line, or a NUL in it" });
    }
    // In XOAUTH2 it is this control that separates; a token is visible ASCII in any case (RFC 6750 §2.1).
    if is_token && !secret.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(CredentialsError::Unfit { what, place, fault: "holds characters that no token has" });
    }
    Ok(secret)
}

fn read_private(path: &Path, what: &'static str) -> Result<String, CredentialsError> {
    let failed = |source| CredentialsError::File { what, path: path.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(CredentialsError::Readable { what, path: path.to_owned() });
        }
    }
    Ok(without_line_end(fs::read_to_string(path).map_err(failed)?))
}

/// Runs a program and gives what it prints; kills it after [`COMMAND_TIME`].
fn run(command: &[String], project: &Path) -> Result<String, String> {
    let (program, arguments) = command.split_first().ok_or("no program is named")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(project)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdout = child.stdout.take();
    let (sender, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.map_or(Ok(0), |stdout| stdout.take(SECRET_MAX).read_to_string(&mut text));
        // Nobody listens any more where it took too long.
        let _ = sender.send(read.map(|_| text));
    });
    let printed = printed.recv_timeout(COMMAND_TIME);
    if printed.is_err() {
        // It may have ended by itself in this moment.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let text = printed.map_err(|_| format!("it took longer than {COMMAND_TIME:?}"))?.map_err(|error| error.to_string())?;
    if status.success() { Ok(without_line_end(text)) } else { Err(format!("it ended with {status}")) }
}

fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}
