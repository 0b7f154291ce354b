//! Messages read by Python's own mail library, which shares no line with what composed them.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

/// A message as Python reads it.
#[derive(Debug, Deserialize)]
pub(super) struct Read {
    /// Header fields, decoded, by lower-case name; every one that occurs.
    pub(super) headers: BTreeMap<String, Vec<String>>,
    /// Name and address of everyone in a field, by the field's lower-case name.
    pub(super) people: BTreeMap<String, Vec<(String, String)>>,
    /// The media types from the outermost part inwards.
    pub(super) types: Vec<String>,
    /// The decoded text part.
    pub(super) text: String,
    /// The decoded HTML part.
    pub(super) html: String,
    /// What the library finds wrong.
    pub(super) defects: Vec<String>,
}

const SCRIPT: &str = r#"
import email, email.header, email.policy, email.utils, json, sys

# The newer interface to addresses puts spaces between adjacent encoded words; this one does not.
def read_people(field):
    field = field.replace("\r\n", "").replace("\n", "")
    decoded = lambda name: str(email.header.make_header(email.header.decode_header(name)))
    return [(decoded(name), address) for name, address in email.utils.getaddresses([field])]

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        octets = file.read()
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    raw = email.message_from_bytes(octets)
    headers, people = {}, {}
    defects = [repr(defect) for part in mail.walk() for defect in part.defects]
    for name, value in mail.items():
        headers.setdefault(name.lower(), []).append(str(value))
        defects += [f"{name}: {defect!r}" for defect in value.defects]
        if name in ("From", "To", "Reply-To"):
            people[name.lower()] = read_people(raw[name])
    part = lambda kind: mail.get_body((kind,)).get_content().replace("\r\n", "\n")
    print(json.dumps({
        "headers": headers, "people": people, "types": [part.get_content_type() for part in mail.walk()],
        "text": part("plain"), "html": part("html"), "defects": defects,
    }))
"#;

/// Reads messages.
pub(super) fn read<'m>(messages: impl IntoIterator<Item = &'m [u8]>) -> Vec<Read> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("python3");
    command.args(["-c", SCRIPT]);
    for (message, number) in messages.into_iter().zip(0..) {
        let path = folder.path().join(format!("{number}.eml"));
        std::fs::write(&path, message).expect("a file");
        command.arg(path);
    }
    let output = command.output().expect("python3 is not installed: run tests/run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON is ASCII");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
