//! `postrider dkim`: keys made, shown and used, by the binary itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::judge::{Judgement, judge};
use super::{DOMAIN, open, records, sign, signed_workspace, signer};
use crate::workspace::{Ran, Workspace};

/// What is between the first of the lines and the next empty one, without indentation.
fn below<'r>(ran: &'r Ran, line: &str) -> Vec<&'r str> {
    let found = ran.stdout.split_once(&format!("{line}\n\n")).unwrap_or_else(|| panic!("no {line:?} in {ran:?}"));
    found.1.lines().map(str::trim).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn a_key_made_here_is_published_named_and_signs() {
    let workspace = Workspace::new();
    let first = workspace.run(&["dkim", "keygen", "--out", "rsa.pem", "--selector", "2026a", "--domain", DOMAIN]);
    let second =
        workspace.run(&["dkim", "keygen", "--out", "ed25519.pem", "--selector", "2026b", "--domain", DOMAIN, "--ed25519"]);
    let mut records = std::collections::BTreeMap::new();
    for (ran, file, selector) in [(&first, "rsa.pem", "2026a"), (&second, "ed25519.pem", "2026b")] {
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(fs::metadata(workspace.path(file)).expect("the key").permissions().mode() & 0o777, 0o600);
        let zone = below(ran, "Publish this record in the DNS:");
        assert_eq!(zone[0], format!("{selector}._domainkey.example.org. IN TXT ("));
        let strings: Vec<_> = zone.iter().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"')).collect();
        assert!(strings.iter().all(|string| string.len() <= 255), "{zone:?}");
        let value = below(ran, "where a form asks for the value in one piece:");
        assert_eq!(value, [strings.concat()]);
        records.insert(format!("{selector}._domainkey.example.org"), strings.concat());
        workspace.append("newsletter.toml", &format!("\n{}\n", below(ran, "Then write into newsletter.toml:").join("\n")));
    }
    let (composer, subscribers) = open(&workspace);
    let compose =
        |subscriber| composer.compose(&postrider::compose::Reader::Subscriber(subscriber), postrider::compose::Purpose::Issue);
    let messages: Vec<_> = subscribers.iter().map(|subscriber| compose(subscriber).bytes).collect();
    for judgement in judge(&messages, &records) {
        assert_eq!(judgement, Judgement::of_all(&[true, true]));
    }
    let shown = workspace.run(&["dkim", "record"]);
    for record in records.values() {
        assert!(shown.stdout.contains(record), "{shown:?}");
    }
}

#[test]
fn what_keygen_says_is_this() {
    let workspace = Workspace::new();
    let ran = workspace.run(&["dkim", "keygen", "--out", "ed25519.pem", "--selector", "2026b", "--ed25519"]);
    let key = fs::read(workspace.path("ed25519.pem")).expect("the key");
    let key = postrider::compose::dkim::PrivateKey::from_pem(&key).expect("a key");
    let record = postrider::compose::dkim::Record::of(&key).text();
    let path = workspace.root().canonicalize().expect("a folder").join("ed25519.pem");
    let expected = format!(
        "Wrote an Ed25519 key to {path}, which you alone can read. Keep it out of version control.\n\n\
         Publish this record in the DNS:\n\n    \
         2026b._domainkey.list.example.org. IN TXT (\n        \"{record}\"\n    )\n\n\
         where a form asks for the value in one piece:\n\n    {record}\n\n\
         Then write into newsletter.toml:\n\n    \
         [dkim.ed25519]\n    selector = \"2026b\"\n    key      = \"{path}\"\n\n\
         and try it: postrider rehearse, then postrider test --to an address of yours.\n",
        path = path.display()
    );
    assert_eq!((ran.code, ran.stdout), (Some(0), expected));
}

#[test]
fn keys_of_every_length_can_be_made() {
    let workspace = Workspace::new();
    for (bits, octets) in [("2048", 392), ("3072", 564), ("4096", 736)] {
        let file = format!("{bits}.pem");
        let ran = workspace.run(&["dkim", "keygen", "--out", &file, "--rsa-bits", bits]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let value = below(&ran, "where a form asks for the value in one piece:")[0];
        assert_eq!(value.strip_prefix("v=DKIM1; k=rsa; p=").expect("a record").len(), octets);
        assert!(ran.stdout.contains("._domainkey.list.example.org."), "the sender's domain signs: {ran:?}");
    }
    let refused = workspace.run(&["dkim", "keygen", "--out", "1024.pem", "--rsa-bits", "1024"]);
    assert!(refused.code == Some(2) && !workspace.path("1024.pem").exists(), "{refused:?}");
}

#[test]
fn nothing_is_overwritten_and_nothing_left_behind() {
    let workspace = signed_workspace();
    let before = fs::read(workspace.path("keys/rsa.pem")).expect("the key");
    let ran = workspace.run(&["dkim", "keygen", "--out", "keys/rsa.pem"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("keys/rsa.pem is there already, and nothing is overwritten; choose another name"), "{ran:?}");
    assert_eq!(fs::read(workspace.path("keys/rsa.pem")).expect("the key"), before);
    for wrong in [
        &["--selector", "a b"][..],
        &["--selector", "-a"],
        &["--selector", ""],
        &["--domain", "a\u{1b}[31m"],
        &["--domain", "com"],
    ] {
        let ran = workspace.run(&[&["dkim", "keygen", "--out", "new.pem"], wrong].concat());
        assert!(
            ran.code == Some(2) && !ran.stderr.contains('\u{1b}') && !workspace.path("new.pem").exists(),
            "{wrong:?}: {ran:?}"
        );
    }
    let nowhere = workspace.run(&["dkim", "keygen", "--out", "no/such/folder/new.pem"]);
    assert!(nowhere.code == Some(1) && nowhere.stderr.contains("cannot make the key's file"), "{nowhere:?}");
}

#[test]
fn without_a_project_the_domain_must_be_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut command = Workspace::new().command(arguments);
        Ran::from(command.current_dir(folder.path()).output().expect("it runs"))
    };
    let asked = run(&["dkim", "keygen", "--out", "key.pem", "--ed25519"]);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert!(asked.stderr.contains("or say which domain signs: --domain example.org"), "{asked:?}");
    let said = run(&["dkim", "keygen", "--out", "key.pem", "--ed25519", "--domain", "বাংলা.example"]);
    assert!(said.code == Some(0) && said.stdout.contains("-ed25519._domainkey.xn--54b7fta0cc.example."), "{said:?}");
    let unsigned = Workspace::new().run(&["dkim", "record"]);
    assert!(unsigned.code == Some(2) && unsigned.stderr.contains("newsletter.toml has no [dkim]"), "{unsigned:?}");
}

/// A message with both signatures.
fn message() -> String {
    let plain = "From: news@example.org\r\nTo: ana@example.com\r\nSubject: One\r\n\r\nA body.\r\n";
    String::from_utf8(signer().signed(plain.as_bytes())).expect("ASCII")
}

#[test]
fn verify_says_of_each_signature_what_it_is_worth() {
    let workspace = Workspace::new();
    sign(&workspace);
    let (rsa, ed25519) = ("d=example.org s=first a=rsa-sha256", "d=example.org s=second a=ed25519-sha256");
    let whole = message();
    let others = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=other; h=From; bh=YQ==; b=YQ==\r\n";
    let cases = [
        (whole.clone(), 0, format!("m.eml: {rsa}: valid\nm.eml: {ed25519}: valid\n")),
        // Kept with LF, as mail programs on Unix do.
        (whole.replace("\r\n", "\n"), 0, format!("m.eml: {rsa}: valid\nm.eml: {ed25519}: valid\n")),
        (
            whole.replace("A body", "B body"),
            1,
            format!(
                "m.eml: {rsa}: not valid: the body was changed after signing\n\
                     m.eml: {ed25519}: not valid: the body was changed after signing\n"
            ),
        ),
        (
            whole.replace("Subject: One", "Subject: Two"),
            1,
            format!(
                "m.eml: {rsa}: not valid: the header was changed after signing, or the key is another\n\
                     m.eml: {ed25519}: not valid: the header was changed after signing, or the key is another\n"
            ),
        ),
        (
            format!("{others}{whole}"),
            0,
            format!(
                "m.eml: d=example.com s=other a=rsa-sha256: not judged: there is no record for its key\n\
                     m.eml: {rsa}: valid\nm.eml: {ed25519}: valid\n"
            ),
        ),
        (
            others.to_owned(),
            1,
            "m.eml: d=example.com s=other a=rsa-sha256: not judged: there is no record for its key\n".to_owned(),
        ),
        ("From: a@example.org\r\n\r\nHello\r\n".to_owned(), 1, "m.eml: not signed\n".to_owned()),
        (String::new(), 1, "m.eml: not signed\n".to_owned()),
        (
            "DKIM-Signature: v=1; d=\u{1b}[31m; s=\u{7}; b=\r\n\r\n".to_owned(),
            1,
            "m.eml: d=\u{fffd}[31m s=\u{fffd} a=: not valid: the signature is malformed: it lacks a tag\n".to_owned(),
        ),
    ];
    for (message, code, expected) in cases {
        workspace.write("m.eml", message);
        let ran = workspace.run(&["dkim", "verify", "m.eml"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), expected.as_str()), "{ran:?}");
    }
    let missing = workspace.run(&["dkim", "verify", "none.eml"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("cannot read none.eml"), "{missing:?}");
}

#[test]
fn verify_takes_records_as_zone_files_and_as_plain_text() {
    let owner = signed_workspace();
    let zone = owner.run(&["dkim", "record"]).stdout;
    let text = |selector: &str| records()[&format!("{selector}._domainkey.example.org")].clone();
    let workspace = Workspace::new();
    workspace.write("m.eml", message());
    workspace.write("zone", &zone);
    workspace.write("one-line", zone.replace('\n', " "));
    workspace.write("rsa", text("first"));
    workspace.write("ed25519", text("second"));
    workspace.write("quoted", format!("\"{}\" \"{}\"\n", &text("first")[..200], &text("first")[200..]));
    workspace.write("revoked", "v=DKIM1; k=rsa; p=");
    workspace.write("nothing", "hello");
    let verify = |records: &[&str]| {
        let records: Vec<_> = records.iter().flat_map(|file| ["--record", file]).collect();
        workspace.run(&[&["dkim", "verify", "m.eml"], records.as_slice()].concat())
    };
    for records in [&["zone"][..], &["one-line"], &["rsa", "ed25519"], &["quoted", "ed25519"]] {
        let ran = verify(records);
        assert_eq!((ran.code, ran.stdout.matches(": valid").count()), (Some(0), 2), "{records:?}: {ran:?}");
    }
    let one = verify(&["rsa"]);
    assert!(one.code == Some(0) && one.stdout.contains("a=ed25519-sha256: not judged"), "{one:?}");
    for (file, words) in [("revoked", "the key was withdrawn: the record's p= is empty"), ("nothing", "is no key record of DKIM")]
    {
        let ran = verify(&[file]);
        assert!(ran.code == Some(1) && ran.stderr.contains(words), "{ran:?}");
    }
}
