//! A user and a password that no log can show.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use email_encoding::body::base64;

use crate::model::relay::{Login, PasswordSource};

/// A user and a password for the relay. Neither `Debug` nor anything else but the login itself shows the password.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: String,
}

/// Why there is no password to log in with, in words for the person who sends.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The environment variable is not set, or not text.
    #[error("the relay's password is to be in the environment variable {0}, which is not set. Set it, then try again")]
    Unset(String),
    /// The file cannot be read.
    #[error("cannot read the relay's password from {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("{} holds the relay's password, and others can read it. Run: chmod 600 {}", path.display(), path.display())]
    Readable {
        /// The file.
        path: PathBuf,
    },
    /// The password is empty, or holds what no login can carry.
    #[error("the relay's password in {place} {what}")]
    Unfit {
        /// The variable or the file.
        place: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Credentials {
    /// Takes a user and a password as they are.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// Fetches the password from where `login` says. A relative file starts at `project`, the folder of `newsletter.toml`; on Unix
    /// it must be its owner's alone to read. The last line end of a file is not part of the password.
    ///
    /// # Errors
    /// Says where the password should be and what to do. No error holds the password.
    pub fn read(login: &Login, project: &Path) -> Result<Self, CredentialsError> {
        let (password, place) = match &login.password {
            PasswordSource::Environment(name) => {
                (env::var(name).map_err(|_| CredentialsError::Unset(name.clone()))?, format!("the environment variable {name}"))
            }
            PasswordSource::File(path) => {
                let path = project.join(path);
                (read_private(&path)?, path.display().to_string())
            }
        };
        if password.is_empty() {
            return Err(CredentialsError::Unfit { place, what: "is empty" });
        }
        // RFC 4616 §2: NUL separates the parts of PLAIN. Line ends in the middle are a sign of the wrong file.
        if password.contains(['\0', '\r', '\n']) {
            return Err(CredentialsError::Unfit { place, what: "has more than one line, or a NUL in it" });
        }
        Ok(Self::new(&login.user, password))
    }

    /// The user's name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }
}

impl Credentials {
    /// The words without the secret in them, for a log: servers may repeat what they were told.
    #[must_use]
    pub fn blotted_out(&self, words: &str) -> String {
        let secret = self.password();
        if secret.is_empty() {
            return words.to_owned();
        }
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

fn read_private(path: &Path) -> Result<String, CredentialsError> {
    let failed = |source| CredentialsError::File { path: path.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(CredentialsError::Readable { path: path.to_owned() });
        }
    }
    let mut password = fs::read_to_string(path).map_err(failed)?;
    if password.ends_with('\n') {
        password.pop();
        if password.ends_with('\r') {
            password.pop();
        }
    }
    Ok(password)
}
