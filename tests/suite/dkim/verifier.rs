//! Our own verifier: what others sign, it verifies; what the RFC forbids, it refuses; and whatever comes, it answers.

use std::collections::BTreeMap;
use std::process::Command;

use jiff::Timestamp;
use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use postrider::compose::dkim::{Fault, Record, RecordError, verify};
use proptest::prelude::*;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::judge::verdicts;
use super::{RSA, records, signer};

const MESSAGE: &str = "From: News  <news@example.org>\r\nTo: ana@example.com\r\nSubject: A subject\r\n  that is folded\r\nX-Empty:\r\n\r\n\
                       A body.  With \t white  space \r\n\r\nand a second line\r\n\r\n\r\n";

const SCRIPT: &str = r#"
import dkim, itertools, json, sys

message, key = sys.argv[1].encode(), sys.argv[2].encode()
forms = [b"simple", b"relaxed"]
for header, body in itertools.product(forms, forms):
    for length in (False, True):
        field = dkim.sign(message, b"first", b"example.org", key, identity=b"news@sub.example.org",
                          canonicalize=(header, body), length=length)
        print(json.dumps(field.decode()))
"#;

#[test]
fn what_dkimpy_signs_verifies_in_every_form() {
    let mut python = Command::new("/usr/bin/python3");
    let said = python.args(["-c", SCRIPT, MESSAGE, RSA.text()]).output().expect("Python runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).expect("text");
    let fields: Vec<String> = said.lines().map(|line| serde_json::from_str(line).expect("a field")).collect();
    assert_eq!(fields.len(), 8);
    for field in fields {
        let whole = format!("{field}{MESSAGE}");
        let found = verdicts(whole.as_bytes(), records());
        assert_eq!((found.len(), found[0].outcome, found[0].uncovered), (1, Ok(()), 0), "{field}");
        for (from, to) in [("A body.", "B body."), ("Subject: A", "Subject: B"), ("s=first", "s=second")] {
            assert!(verdicts(whole.replace(from, to).as_bytes(), records())[0].outcome.is_err(), "{from} in {field}");
        }
        let longer = &verdicts(format!("{whole}More.\r\n").as_bytes(), records())[0];
        // With l=, what is added is not seen: but it is told of.
        let is_partial = field.contains(" l=");
        assert_eq!((longer.outcome.is_ok(), longer.uncovered > 0), (is_partial, is_partial), "{field}");
    }
}

/// A message signed by mail-auth.
fn signed_by_mail_auth(forms: (Canonicalization, Canonicalization), expiration: u64, identity: &str) -> String {
    let key = RsaKey::<Sha256>::from_key_der(PrivateKeyDer::from_pem_slice(RSA.text().as_bytes()).expect("PEM")).expect("a key");
    let signer = DkimSigner::from_key(key).domain("example.org").selector("first").headers(["From", "To", "Subject"]);
    let signer = signer.header_canonicalization(forms.0).body_canonicalization(forms.1);
    let signer = signer.expiration(expiration).agent_user_identifier(identity);
    format!("{}{MESSAGE}", signer.sign(MESSAGE.as_bytes()).expect("a signature").to_header())
}

#[test]
fn what_mail_auth_signs_verifies_in_every_form() {
    for header in [Canonicalization::Simple, Canonicalization::Relaxed] {
        for body in [Canonicalization::Simple, Canonicalization::Relaxed] {
            let whole = signed_by_mail_auth((header, body), 0, "@example.org");
            assert_eq!(verdicts(whole.as_bytes(), records())[0].outcome, Ok(()), "{whole}");
        }
    }
}

#[test]
fn expired_signatures_and_strict_records_are_held_to_what_they_say() {
    let relaxed = (Canonicalization::Relaxed, Canonicalization::Relaxed);
    let whole = signed_by_mail_auth(relaxed, 60, "news@sub.example.org");
    let outcome = |now: Timestamp, record: &str| {
        verify(whole.as_bytes(), now, |_, _| Some(Record::parse(record))).into_iter().next().expect("a verdict").outcome
    };
    let record = &records()["first._domainkey.example.org"];
    assert_eq!(outcome(Timestamp::now(), record), Ok(()));
    assert_eq!(outcome(Timestamp::MAX, record), Err(Fault::Expired));
    assert_eq!(outcome(Timestamp::now(), &record.replace("k=rsa;", "k=rsa; t=s;")), Err(Fault::Identity));
    assert_eq!(outcome(Timestamp::now(), &record.replace("k=rsa;", "k=rsa; t=y;")), Ok(()));
}

#[test]
fn records_are_read_as_the_rfc_says() {
    let record = records()["first._domainkey.example.org"].clone();
    let key = record.split_once("p=").expect("a key").1;
    for sound in [
        format!("p={key}"),
        format!("v=DKIM1;k=rsa;p={key};"),
        format!("v=DKIM1; h=sha1:sha256; s=email; n=a note; p={key}"),
        format!("v=DKIM1 ; k = rsa ; s=* ; p = {} {}", &key[..100], &key[100..]),
    ] {
        assert_eq!(Record::parse(&sound).map(|record| record.text()), Ok(record.clone()), "{sound}");
    }
    for (unsound, error) in [
        (String::new(), RecordError::NotDkim),
        ("v=DKIM1; k=rsa".to_owned(), RecordError::NotDkim),
        (format!("v=DKIM2; p={key}"), RecordError::NotDkim),
        (format!("p={key}; p={key}"), RecordError::NotDkim),
        ("v=DKIM1; p=".to_owned(), RecordError::Revoked),
        (format!("v=DKIM1; k=dsa; p={key}"), RecordError::OtherUse),
        (format!("v=DKIM1; h=sha1; p={key}"), RecordError::OtherUse),
        (format!("v=DKIM1; s=tlsrpt; p={key}"), RecordError::OtherUse),
        (format!("v=DKIM1; k=ed25519; p={key}"), RecordError::BadKey),
        ("v=DKIM1; p=AAAA".to_owned(), RecordError::BadKey),
        ("v=DKIM1; p=!".to_owned(), RecordError::BadKey),
    ] {
        assert_eq!(Record::parse(&unsound).map(|record| record.text()), Err(error), "{unsound}");
    }
}

#[test]
fn what_the_rfc_forbids_is_refused_before_any_key_is_asked() {
    let plain = "From: news@example.org\r\nSubject: One\r\n\r\nA body.\r\n";
    let whole = String::from_utf8(signer().signed(plain.as_bytes())).expect("ASCII");
    let cases = [
        ("v=1;", "v=2;", Fault::Malformed("its version is not 1")),
        ("v=1;", "v=1; v=1;", Fault::Malformed("it is not a list of tags")),
        ("v=1;", "", Fault::Malformed("it lacks a tag")),
        ("a=rsa-sha256;", "a=rsa-sha1;", Fault::Algorithm),
        ("h=From:From:", "h=", Fault::FromUnsigned),
        ("d=example.org;", "d=example.org; i=news@example.com;", Fault::Malformed("its identity is not of its domain")),
        ("d=example.org;", "d=example.org; i=news@badexample.org;", Fault::Malformed("its identity is not of its domain")),
        ("d=example.org;", "d=example.org; t=2; x=1;", Fault::Malformed("it expires before it is made")),
        ("d=example.org;", "d=example.org; x=-1;", Fault::Malformed("a number is none")),
        ("d=example.org;", "d=example.org; q=web/page;", Fault::Malformed("its key is not to be had from the DNS")),
        ("c=relaxed/relaxed;", "c=nofws;", Fault::Malformed("its canonicalisation is unknown")),
        ("bh=", "bh=!", Fault::Malformed("a value is not base64")),
    ];
    for (from, to, fault) in cases {
        assert!(whole.contains(from), "{from}");
        let first = whole.replacen(from, to, 1);
        let (signature, rest) = first.split_once("DKIM-Signature: v=1; a=ed25519").expect("two signatures");
        let rest = &rest[rest.find("From: ").expect("the first field")..];
        let found = verify([signature, rest].concat().as_bytes(), Timestamp::UNIX_EPOCH, |_, _| panic!("a key was asked for"));
        assert_eq!(found[0].outcome, Err(fault), "{from} to {to}");
    }
}

#[test]
fn a_thousand_signatures_keep_nobody_busy() {
    let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=first; h=From; bh=YQ==; b=YQ==\r\n";
    let message = format!("{}From: a@example.org\r\n\r\n", signature.repeat(1000));
    assert_eq!(verdicts(message.as_bytes(), records()).len(), 20);
}

proptest! {
    #[test]
    fn whatever_comes_has_an_answer(
        header in "(DKIM-Signature|From|X| |\t)?:?[ -~\r\n\t]{0,80}",
        tags in "(v=1; ?)?(a=rsa-sha256;)?(c=(simple|relaxed)(/(simple|relaxed))?;)?(d=example.org;)?(s=first;)?(h=From[:;])?[a-z=;: \r\n]{0,30}",
        body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let message = [b"DKIM-Signature: ", tags.as_bytes(), b"\r\n", header.as_bytes(), b"\r\n\r\n", &body].concat();
        prop_assert!(verdicts(&message, records()).iter().all(|verdict| verdict.outcome.is_err()));
        let signed = signer().signed(&message);
        prop_assert!(signed.ends_with(&message));
        let _ = verdicts(&signed, &BTreeMap::new());
    }
}
