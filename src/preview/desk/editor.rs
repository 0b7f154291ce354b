//! The editor of whoever sits at the desk, opened at a line.
//!
//! Either the browser hands an address on to it (`vscode://file/{file}:{line}:{column}`), or the desk starts a command
//! (`gedit +{line} {file}`). No shell reads the command, and the desk opens only what a finding is about.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::thread;

use crate::files::Project;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::Place;
use crate::preview::panel::Edit;

/// What stands for the file's whole path, the line and the column, both from 1.
const PLACEHOLDERS: [&str; 3] = ["file", "line", "column"];
/// Schemes that no editor has: what the browser itself would open, or run.
const CLOSED: [&str; 16] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// What opens a file at a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Editor {
    /// Nothing does.
    Unknown,
    /// An address with placeholders in it.
    Link(String),
    /// A program and its arguments, with placeholders in them.
    Command(Vec<String>),
}

impl Default for Editor {
    /// Visual Studio Code, where it is installed.
    fn default() -> Self {
        Self::Link("vscode://file/{file}:{line}:{column}".to_owned())
    }
}

/// Why a text names no editor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditorError {
    /// Nothing is there.
    #[error("it is empty: write an address, a command, or none")]
    Empty,
    /// An address that the browser would open by itself, or worse.
    #[error(
        "{0}: opens no editor; write an address of your editor, such as vscode://file/{{file}}:{{line}}:{{column}}, or a command"
    )]
    Scheme(String),
    /// An address that is the same for every file.
    #[error("{{file}} is missing: write where in the address the file's path goes, as in vscode://file/{{file}}:{{line}}")]
    NoFile,
    /// A word in braces that stands for nothing.
    #[error("{{{0}}} stands for nothing; there are {{file}}, {{line}} and {{column}}")]
    Placeholder(String),
    /// A quotation mark without its other half.
    #[error("a quotation mark is not closed")]
    Quote,
}

impl FromStr for Editor {
    type Err = EditorError;

    /// Reads what a person wrote: `none`, an address (`scheme:…`), or a command. Words of a command are parted by spaces; quotation marks keep a
    /// word with spaces together. A command without `{file}` gets the file as its last argument.
    fn from_str(text: &str) -> Result<Self, EditorError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EditorError::Empty);
        }
        if text == "none" {
            return Ok(Self::Unknown);
        }
        if let Some(unknown) = placeholders(text).find(|name| !PLACEHOLDERS.contains(name)) {
            return Err(EditorError::Placeholder(unknown.to_owned()));
        }
        if let Some(scheme) = scheme(text) {
            if CLOSED.contains(&scheme.to_ascii_lowercase().as_str()) {
                return Err(EditorError::Scheme(scheme.to_owned()));
            }
            let has_file = placeholders(text).any(|name| name == "file");
            return if has_file { Ok(Self::Link(text.to_owned())) } else { Err(EditorError::NoFile) };
        }
        let mut words = words(text)?;
        if !placeholders(text).any(|name| name == "file") {
            words.push("{file}".to_owned());
        }
        Ok(Self::Command(words))
    }
}

impl Editor {
    /// What opens it at a place of a project, if anything does; `action` is where a form goes that has it started.
    pub(super) fn edit(&self, project: &Project, place: &Place, action: &str) -> Option<Edit> {
        let (line, column) = place.position().unwrap_or((1, 1));
        let file = &place.source.name;
        match self {
            Self::Unknown => None,
            Self::Link(template) => {
                let path = project.root.join(file);
                Some(Edit::Link(address(template, &path.to_string_lossy(), line, column)))
            }
            Self::Command(_) => Some(Edit::Form { action: action.to_owned(), file: file.clone(), line, column }),
        }
    }

    /// Starts the command at a line of a file, and does not wait for its end.
    ///
    /// # Errors
    /// If there is no such program, or it cannot be started. If it is no command.
    pub(super) fn start(&self, folder: &Path, file: &Path, line: usize, column: usize) -> io::Result<()> {
        let Self::Command(words) = self else { return Err(io::ErrorKind::Unsupported.into()) };
        let file = file.to_string_lossy();
        let mut words = words.iter().map(|word| filled(word, |name, _| value(name, &file, line, column)));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        // Somebody has to take note of its end, or it stays in the table of processes.
        thread::spawn(move || child.wait());
        Ok(())
    }
}

/// The file of that name, if a finding is about it: the name as the finding has it.
pub(super) fn file_of<'f>(findings: &'f [Diagnostic], name: &str) -> Option<&'f str> {
    let places =
        findings.iter().flat_map(|finding| [&finding.place].into_iter().chain(finding.related.iter().map(|(place, _)| place)));
    places.map(|place| place.source.name.as_str()).find(|known| *known == name)
}

/// What stands before the first colon, if that can be a scheme (RFC 3986 §3.1). A single letter is a drive.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (scheme.len() > 1 && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_part)).then_some(scheme)
}

/// The words in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// A template with each placeholder exchanged for what `value` says of its name and of what stands before it. What was filled in is not looked
/// at again.
fn filled(template: &str, value: impl Fn(&str, &str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after.split_once('}').and_then(|(name, after)| Some((value(name, &out)?, after)));
        // A brace that stands for nothing is one.
        let (value, after) = found.unwrap_or_else(|| ("{".to_owned(), after));
        out.push_str(&value);
        rest = after;
    }
    out + rest
}

fn value(name: &str, file: &str, line: usize, column: usize) -> Option<String> {
    match name {
        "file" => Some(file.to_owned()),
        "line" => Some(line.to_string()),
        "column" => Some(column.to_string()),
        _ => None,
    }
}

/// The address of a template for a file. After a single slash the path loses its own: `vscode://file//home` would be a machine named home.
fn address(template: &str, file: &str, line: usize, column: usize) -> String {
    filled(template, |name, before| {
        let value = value(name, file, line, column)?;
        let is_parted = before.ends_with('/') && !before.ends_with("//");
        Some(encoded(if name == "file" && is_parted { value.strip_prefix('/').unwrap_or(&value) } else { &value }))
    })
}

/// The words of a command.
fn words(text: &str) -> Result<Vec<String>, EditorError> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err(EditorError::Quote) } else { Ok(words) }
}

/// A path for an address: what has a meaning there is percent-encoded (RFC 3986 §2), but for the slashes.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, octet| {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            out.push(char::from(octet));
        } else {
            write!(out, "%{octet:02X}").expect("writing to a string does not fail");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_the_path_encoded() {
        let editor = Editor::default();
        let Editor::Link(template) = &editor else { panic!("an address") };
        assert_eq!(address(template, "/home/ana/q3/en.toml", 3, 7), "vscode://file/home/ana/q3/en.toml:3:7");
        let hostile = address(template, "/a b/\"><script>%41{line}:9#?&é", 1, 2);
        assert_eq!(hostile, "vscode://file/a%20b/%22%3E%3Cscript%3E%2541%7Bline%7D%3A9%23%3F%26%C3%A9:1:2");
        assert_eq!(address("subl://open?url=file://{file}&line={line}", "/a/b", 3, 1), "subl://open?url=file:///a/b&line=3");
    }

    #[test]
    fn a_command_is_words_and_the_file_is_one_of_them() {
        assert_eq!(
            "code -g {file}:{line}:{column}".parse(),
            Ok(Editor::Command(["code", "-g", "{file}:{line}:{column}"].map(Into::into).into()))
        );
        assert_eq!(
            "'/opt/my editor/run' -x".parse(),
            Ok(Editor::Command(["/opt/my editor/run", "-x", "{file}"].map(Into::into).into()))
        );
        assert_eq!("C:\\edit.exe {file}".parse::<Editor>().map(|editor| matches!(editor, Editor::Command(_))), Ok(true));
        assert_eq!("none".parse(), Ok(Editor::Unknown));
        assert_eq!(filled("{file}:{line}", |name, _| value(name, "/a {line};rm", 4, 1)), "/a {line};rm:4");
    }

    #[test]
    fn what_opens_no_editor_is_refused_with_a_reason() {
        let refused = |text: &str| text.parse::<Editor>().expect_err(text).to_string();
        for scheme in
            ["javascript:alert({file})", "JavaScript:{file}", "data:text/html,{file}", "https://e.org/{file}", "file://{file}"]
        {
            assert!(refused(scheme).contains("opens no editor"), "{scheme}");
        }
        assert!(refused("vscode://file/").contains("{file} is missing"));
        assert!(refused("vi {lien}").starts_with("{lien} stands for nothing; there are {file}"));
        assert_eq!(refused("'vi {file}"), "a quotation mark is not closed");
        assert!(refused("  ").starts_with("it is empty"));
    }
}
