//! `[dkim]` in `newsletter.toml`, and the files of the keys.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::workspace::{Ran, Workspace};

use super::{ED25519, RSA, records, sign, signed_workspace, write_key};

/// `postrider check` of a workspace whose `[dkim]` says this.
fn check_with(settings: &str) -> (Workspace, Ran) {
    let workspace = Workspace::new();
    write_key(&workspace, "keys/rsa.pem", RSA.text());
    write_key(&workspace, "keys/ed25519.pem", ED25519.text());
    workspace.append("newsletter.toml", &format!("\n{settings}\n"));
    let ran = workspace.run(&["check", "--format", "json"]);
    (workspace, ran)
}

/// Rule, severity, message and help of each finding.
fn findings(ran: &Ran) -> Vec<String> {
    let read = |line: &str| {
        let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| finding[key].as_str().expect("a text").to_owned();
        format!(
            "{}:{} {} {}: {}. {}",
            text("file"),
            finding["line"],
            text("severity"),
            text("rule"),
            text("message"),
            text("help")
        )
    };
    ran.stdout.lines().map(read).collect()
}

#[test]
fn the_settings_may_be_left_out_down_to_what_names_the_key() {
    for settings in [
        "[dkim]\nselector = \"first\"\nkey = \"keys/rsa.pem\"",
        "[dkim]\ndomain = \"list.example.org\"\nselector = \"FIRST\"\nkey = \"keys/rsa.pem\"",
        "[dkim]\ndomain = \"deep.list.example.org\"\nselector = \"a.b\"\nkey = \"keys/rsa.pem\"",
        "[dkim]\nselector = \"first\"\nkey = \"keys/rsa.pem\"\n[dkim.ed25519]\nselector = \"second\"\nkey = \"keys/ed25519.pem\"",
    ] {
        let (_, ran) = check_with(settings);
        assert_eq!((ran.code, findings(&ran)), (Some(0), vec![]), "{settings}");
    }
}

#[test]
fn what_is_wrong_with_the_settings_is_said_in_its_line() {
    let cases = [
        (
            "[dkim]",
            "newsletter.toml:14 error missing-key: [dkim] needs `key`. add a line such as: key = \"/etc/postrider/dkim.pem\"",
        ),
        (
            "[dkim]\ndomain = \"example.com\"\nselector = \"first\"\nkey = \"keys/rsa.pem\"",
            "newsletter.toml:15 error dkim-domain: a signature of `example.com` says nothing for mail from `list.example.org`: DMARC fails. \
             sign as the domain that readers see: domain = \"list.example.org\", or one above it; or take the line out",
        ),
        (
            "[dkim]\ndomain = \"no domain\"\nselector = \"first\"\nkey = \"keys/rsa.pem\"",
            "newsletter.toml:15 error bad-value: `no domain` is no domain. write the domain alone, such as example.org",
        ),
        (
            "[dkim]\nselector = \"first_key\"\nkey = \"keys/rsa.pem\"",
            "newsletter.toml:15 error bad-value: `first_key` cannot name a key in the DNS. \
             use letters, digits and hyphens, such as 2026a; a new key gets a new name",
        ),
        (
            "[dkim]\nselector = \"first\"\nkey = \"keys/rsa.pem\"\nheaders = []",
            "newsletter.toml:17 error unknown-key: [dkim] has no key `headers`. \
             [dkim] has these keys: domain, selector, key, ed25519",
        ),
        (
            "[dkim]\nselector = \"first\"\nkey = \"keys/ed25519.pem\"",
            "newsletter.toml:16 error dkim-key: keys/ed25519.pem holds an Ed25519 key, and an RSA key belongs here. \
             an Ed25519 key stands in [dkim.ed25519]: selector = \"…\" and key = \"…\"",
        ),
        (
            "[dkim]\nselector = \"first\"\nkey = \"keys/rsa.pem\"\n[dkim.ed25519]\nselector = \"first\"\nkey = \"keys/ed25519.pem\"",
            "newsletter.toml:19 error bad-value: both keys are to stand under `first` in the DNS, where there is room for one. \
             give the second key a selector of its own",
        ),
        (
            "[dkim.ed25519]\nselector = \"second\"\nkey = \"keys/ed25519.pem\"",
            "newsletter.toml:14 warning dkim-ed25519: the mail is signed with Ed25519 alone, which Gmail, Yahoo and Microsoft do not check. \
             add an RSA key to [dkim]: selector = \"…\" and key = \"…\"; made by: postrider dkim keygen",
        ),
        (
            "[dkim]\nselector = \"first\"\nkey = \"keys\"",
            "newsletter.toml:16 error dkim-key: keys is no plain file. \
             name the file that holds the key, or make a new one: postrider dkim keygen",
        ),
        (
            "[dkim]\nselector = \"first\"\nkey = \"/dev/zero\"",
            "newsletter.toml:16 error dkim-key: /dev/zero is no plain file. \
             name the file that holds the key, or make a new one: postrider dkim keygen",
        ),
    ];
    for (settings, expected) in cases {
        let (_, ran) = check_with(settings);
        assert!(findings(&ran).iter().any(|finding| finding == expected), "{settings}\n{:#?}", findings(&ran));
    }
}

#[test]
fn a_file_that_holds_no_key_to_sign_with_is_told_for_what_it_is() {
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).output().expect("openssl runs");
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).expect("PEM")
    };
    let halved = RSA.text().lines().take(10).chain(["-----END PRIVATE KEY-----"]).collect::<Vec<_>>().join("\n");
    let cases = [
        (String::new(), "holds no private key in PEM"),
        ("just text".to_owned(), "holds no private key in PEM"),
        (halved, "holds a key that is neither RSA nor Ed25519, or is damaged"),
        (
            openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]),
            "holds an RSA key shorter than 2048 bits, which can be broken and which receivers do not trust",
        ),
        (include_str!("long.pem").to_owned(), "holds an RSA key longer than 4096 bits"),
        (openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]), "neither RSA nor Ed25519"),
        (openssl(&["genpkey", "-algorithm", "ED448"]), "neither RSA nor Ed25519"),
        (
            openssl(&["genpkey", "-algorithm", "RSA", "-aes256", "-pass", "pass:secret"]),
            "holds a key with a passphrase, which nobody is there to type when mail is signed",
        ),
        ("x".repeat(70_000), "has 70000 octets, more than any key"),
    ];
    for (key, expected) in cases {
        let workspace = signed_workspace();
        write_key(&workspace, "keys/rsa.pem", &key);
        let ran = workspace.run(&["check", "--format", "json"]);
        let found = findings(&ran);
        assert!(ran.code == Some(1) && found.len() == 1 && found[0].contains(expected), "{expected}: {found:#?}");
        assert!(found[0].starts_with("newsletter.toml:17 error dkim-key: keys/rsa.pem "), "{found:#?}");
    }
}

#[test]
fn keys_made_by_openssl_sign_in_either_form() {
    for arguments in [
        &["genrsa", "-traditional", "2048"][..],
        &["genrsa", "2048"],
        &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    ] {
        let made = Command::new("openssl").args(arguments).output().expect("openssl runs");
        let workspace = signed_workspace();
        write_key(&workspace, "keys/rsa.pem", &String::from_utf8(made.stdout).expect("PEM"));
        let made = Command::new("openssl").args(["genpkey", "-algorithm", "ED25519"]).output().expect("openssl runs");
        write_key(&workspace, "keys/ed25519.pem", &String::from_utf8(made.stdout).expect("PEM"));
        let ran = workspace.run(&["check"]);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_type() {
    for mode in [0o640, 0o604, 0o660, 0o666] {
        let workspace = signed_workspace();
        fs::set_permissions(workspace.path("keys/rsa.pem"), Permissions::from_mode(mode)).expect("rights");
        for command in [&["check"][..], &["rehearse"], &["send", "--dry-run"], &["build", "--out", "o"], &["dkim", "record"]] {
            let ran = workspace.run(command);
            let said = [ran.stdout.as_str(), &ran.stderr].concat();
            assert_eq!(ran.code, Some(1), "{ran:?}");
            assert!(said.contains("keys/rsa.pem holds a private key, and others can read it"), "{said}");
            assert!(said.contains("run: chmod 600 keys/rsa.pem"), "{said}");
        }
    }
}

#[test]
fn without_its_key_mail_is_looked_at_and_not_sent() {
    let workspace = signed_workspace();
    fs::remove_file(workspace.path("keys/ed25519.pem")).expect("the key");
    let check = workspace.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.stdout.contains("the mail is not signed here: keys/ed25519.pem is not there"), "{check:?}");
    assert_eq!(workspace.run(&["build", "--out", "built"]).code, Some(0));
    for command in
        [&["rehearse"][..], &["rehearse", "--json"], &["test", "--to", "ana@example.org"], &["send", "--expect-recipients", "3"]]
    {
        let ran = workspace.run(command);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("its key cannot be read here, as the checks say; nothing was sent"), "{ran:?}");
    }
}

#[test]
fn a_key_in_the_file_itself_is_refused_and_not_repeated() {
    let workspace = Workspace::new();
    workspace.append("newsletter.toml", &format!("\n[dkim]\nselector = \"first\"\nkey = \"\"\"\n{}\"\"\"\n", RSA.text()));
    let secret = RSA.text().lines().nth(3).expect("a line");
    for format in ["text", "json"] {
        let ran = workspace.run(&["check", "--format", format]);
        let said = [ran.stdout.as_str(), &ran.stderr].concat();
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(said.contains("a private key does not belong in this file") && !said.contains(secret), "{said}");
    }
}

#[test]
fn no_command_shows_a_private_key() {
    let workspace = signed_workspace();
    let secrets: Vec<_> = RSA.text().lines().chain(ED25519.text().lines()).filter(|line| !line.starts_with("---")).collect();
    for command in
        [&["check"][..], &["check", "--format", "json"], &["rehearse", "--json"], &["send", "--dry-run"], &["dkim", "record"]]
    {
        let ran = workspace.run(command);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let said = [ran.stdout.as_str(), &ran.stderr].concat();
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{command:?}");
    }
    let (composer, _) = super::open(&workspace);
    let shown = format!("{composer:?} {:?}", *RSA);
    assert!(secrets.iter().all(|secret| !shown.contains(secret)));
    assert!(shown.contains("Secret(…)"), "the keys are there, and not shown");
}

#[test]
fn preview_build_dry_run_and_rehearsal_give_the_same_signed_octets() {
    let workspace = signed_workspace();
    assert_eq!(workspace.run(&["send", "--dry-run", "--out", "messages"]).code, Some(0));
    let (composer, subscribers) = super::open(&workspace);
    for (number, subscriber) in (1..).zip(&subscribers) {
        let address = subscriber.address.wire();
        let written = fs::read(workspace.path(&format!("messages/{number:05}-{address}.eml"))).expect("a message");
        let reader = postrider::compose::Reader::Subscriber(subscriber);
        assert_eq!(written, composer.compose(&reader, postrider::compose::Purpose::Issue).bytes);
        let verdicts = super::judge::verdicts(&written, records());
        assert!(verdicts.len() == 2 && verdicts.iter().all(|verdict| verdict.outcome.is_ok()), "{verdicts:?}");
    }
    assert_eq!(workspace.run(&["build", "--out", "built"]).code, Some(0));
    let built = fs::read(workspace.path("built/en.eml")).expect("a message");
    assert!(super::judge::verdicts(&built, records()).iter().all(|verdict| verdict.outcome.is_ok()));
}

#[test]
fn a_rehearsal_verifies_what_arrived() {
    let signed = signed_workspace().run(&["rehearse"]);
    assert_eq!(signed.code, Some(0), "{signed:?}");
    assert!(signed.stdout.contains("octet for octet as composed, its DKIM signatures valid."), "{signed:?}");
    let json = signed_workspace().run(&["rehearse", "--json"]).last_json();
    assert_eq!((&json["signed"], &json["checked"], &json["faults"]), (&true.into(), &3.into(), &serde_json::json!([])));
    let unsigned = Workspace::new().run(&["rehearse", "--json"]).last_json();
    assert_eq!(unsigned["signed"], false);
}

#[test]
fn a_signature_that_did_not_arrive_whole_is_a_fault() {
    let workspace = Workspace::new();
    sign(&workspace);
    let (composer, subscribers) = super::open(&workspace);
    let reader = postrider::compose::Reader::Subscriber(&subscribers[0]);
    let whole = composer.compose(&reader, postrider::compose::Purpose::Issue).bytes;
    let signer = composer.signer().expect("a signer");
    let faults = |bytes: &[u8]| postrider::check::received::signatures(bytes, signer);
    assert_eq!(faults(&whole), [""; 0]);
    let text = String::from_utf8(whole).expect("ASCII");
    assert_eq!(
        faults(text.replace("Subject: The subject", "Subject: Another subject").as_bytes()),
        ["first", "second"].map(|selector| format!(
            "the signature of {selector}._domainkey.example.org is not valid: the header was changed after signing, or the key is another"
        ))
    );
    let unsigned = &text[text.find("\r\nDate:").expect("what is below") + 2..];
    assert_eq!(
        faults(unsigned.as_bytes()),
        ["first", "second"].map(|selector| format!("the signature of {selector}._domainkey.example.org is missing"))
    );
}
