//! A project of its own for each test, and the real binary to run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A project in a folder of its own, gone when it is dropped. It begins as a sound one with three subscribers and one small issue.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// What `newsletter.toml` of a new workspace says.
pub(crate) const NEWSLETTER: &str = r#"name = "Test Quarterly"
languages = ["en", "bn"]
groups = ["members", "donors"]

[sender]
name = "The Secretariat"
email = "news@list.example.org"
reply_to = "secretariat@example.org"

[list]
id = "quarterly.list.example.org"
unsubscribe = "unsubscribe@list.example.org"
"#;

/// What `subscribers.toml` of a new workspace says.
pub(crate) const SUBSCRIBERS: &str = r#"[[subscriber]]
email = "ana@example.org"
name = "Ana Silva"
first_name = "Ana"
groups = ["members"]

[[subscriber]]
email = "rina@বাংলা.example"
name = "রিনা আক্তার"
language = "bn"
groups = ["donors"]

[[subscriber]]
email = "nameless+news@example.com"
"#;

/// What the edition of a new workspace says.
pub(crate) const EDITION: &str = r#"subject = "The subject for {{ first_name | colleague }}"
preheader = "The preheader"
title = "The title"
period = "The period"
date = 2023-09-30

[[block]]
kind = "lead"
title = "The lead"
body = """
Dear {{ first_name | colleague }}, this is the *lead*, with a [lead](https://example.org/lead).
"""
"#;

impl Workspace {
    /// A sound project.
    pub(crate) fn new() -> Self {
        let workspace = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        workspace.write("newsletter.toml", NEWSLETTER);
        workspace.write("subscribers.toml", SUBSCRIBERS);
        workspace.write("issues/2023-q3/en.toml", EDITION);
        workspace
    }

    /// A copy of the repository's own newsletter.
    pub(crate) fn sample() -> Self {
        let workspace = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["newsletter.toml", "subscribers.toml", "artwork/logo.png", "artwork/logo-dark.png"] {
            workspace.write(name, fs::read(repository.join(name)).expect("the sample is there"));
        }
        workspace.copy(&repository.join("issues"), "issues");
        workspace
    }

    fn copy(&self, from: &Path, to: &str) {
        for entry in fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = format!("{to}/{}", entry.file_name().to_str().expect("a plain name"));
            if entry.path().is_dir() {
                self.copy(&entry.path(), &name);
            } else {
                self.write(&name, fs::read(entry.path()).expect("a file"));
            }
        }
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, with the folders it needs.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, content).expect("a file");
    }

    /// Adds lines to the end of a file.
    pub(crate) fn append(&self, name: &str, lines: &str) {
        let text = fs::read_to_string(self.path(name)).expect("a text");
        self.write(name, text + lines);
    }

    /// The binary, about to run in the project with these arguments; no terminal, no environment that could confuse it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postrider"));
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null()).env("NO_COLOR", "1");
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the binary runs"))
    }
}

impl Workspace {
    /// Runs the binary in a terminal of its own, by `script`, with answers typed into it. What it says all comes out as output.
    pub(crate) fn in_a_terminal(&self, arguments: &str, answers: &str) -> Ran {
        let mut terminal = Command::new("script")
            .args(["-qec", &format!("{} {arguments}", env!("CARGO_BIN_EXE_postrider")), "/dev/null"])
            .current_dir(self.root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("script, of Debian's bsdutils, runs");
        terminal.stdin.take().expect("piped").write_all(answers.as_bytes()).expect("it reads");
        Ran::from(terminal.wait_with_output().expect("it ends"))
    }
}

/// What a run of the binary said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// Its output.
    pub(crate) stdout: String,
    /// What it said beside.
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }
}

impl Ran {
    /// The last line of the output, as JSON.
    pub(crate) fn last_json(&self) -> serde_json::Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no output: {self:?}"));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}: {self:?}"))
    }
}
