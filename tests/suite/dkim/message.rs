//! Messages of every shape: signed here, verified by others, spoilt by whoever changes them.

use postrider::compose::dkim::BodyHash;
use postrider::compose::{Purpose, Reader};
use postrider::model::subscriber::Subscriber;
use proptest::prelude::*;

use super::judge::{Judgement, judge, verdicts};
use super::{open, records, sign, signed_workspace, signer};
use crate::workspace::Workspace;

/// A header with each of the fields that are signed.
const HEADER: &str = "From: News <news@example.org>\r\n\
                      Reply-To: desk@example.org\r\n\
                      To: ana@example.com\r\n\
                      Subject: A subject\r\n\
                      Date: Sat, 30 Sep 2023 12:00:00 +0000\r\n\
                      Message-ID: <1@example.org>\r\n\
                      MIME-Version: 1.0\r\n\
                      Content-Type: text/plain; charset=utf-8\r\n\
                      Content-Transfer-Encoding: 8bit\r\n\
                      List-Id: <list.example.org>\r\n\
                      List-Unsubscribe: <https://example.org/leave/1>\r\n\
                      List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
                      List-Help: <mailto:help@example.org>\r\n\
                      List-Subscribe: <mailto:join@example.org>\r\n\
                      List-Post: NO\r\n\
                      List-Owner: <mailto:owner@example.org>\r\n\
                      List-Archive: <https://example.org/archive>\r\n\
                      Feedback-ID: 1:list:issue:example\r\n\
                      X-Other: not signed\r\n";

const BOTH: [bool; 2] = [true, true];
const NEITHER: [bool; 2] = [false, false];

fn message(header: &str, body: &[u8]) -> Vec<u8> {
    [header.as_bytes(), b"\r\n", body].concat()
}

fn signed(header: &str, body: &[u8]) -> Vec<u8> {
    signer().signed(&message(header, body))
}

fn assert_all(messages: &[Vec<u8>], verdicts: &[bool]) {
    for (message, judgement) in messages.iter().zip(judge(messages, records())) {
        assert_eq!(judgement, Judgement::of_all(verdicts), "{}", String::from_utf8_lossy(message));
    }
}

#[test]
fn every_edition_of_the_sample_verifies_with_both_keys() {
    let workspace = Workspace::sample();
    sign(&workspace);
    let text = std::fs::read_to_string(workspace.path("newsletter.toml")).expect("a text");
    workspace.write("newsletter.toml", text.replace("domain   = \"example.org\"\n", "domain   = \"bdunnm.example.org\"\n"));
    let (composer, subscribers) = open(&workspace);
    let mut messages = Vec::new();
    for edition in &composer.issue().editions {
        let gets_it = |subscriber: &&Subscriber| composer.edition(&Reader::Subscriber(subscriber)).language == edition.language;
        let reader = Reader::Subscriber(subscribers.iter().find(gets_it).expect("each edition has a reader"));
        messages.push(composer.compose(&reader, Purpose::Issue).bytes);
        messages.push(composer.compose(&Reader::Template(edition.language), Purpose::Test).bytes);
    }
    assert_eq!(messages.len(), 6);
    let records = composer.signer().expect("a signer").records().map(|(name, record)| (name, record.text())).collect();
    for (message, judgement) in messages.iter().zip(judge(&messages, &records)) {
        assert_eq!(judgement, Judgement::of_all(&BOTH), "{}", String::from_utf8_lossy(&message[..2000]));
    }
}

#[test]
fn the_same_files_give_the_same_signatures() {
    let workspace = signed_workspace();
    let compose = || {
        let (composer, subscribers) = open(&workspace);
        subscribers
            .iter()
            .map(|subscriber| composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue).bytes)
            .collect::<Vec<_>>()
    };
    let first = compose();
    assert_eq!(first, compose());
    for message in &first {
        let text = String::from_utf8_lossy(message);
        let (header, _) = text.split_once("\r\n\r\n").expect("a header");
        assert!(
            header.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;\r\n s=first; h=From:From:")
        );
        assert_eq!(header.matches("DKIM-Signature:").count(), 2);
        let signatures = header.split("\r\nDate:").next().expect("what stands above");
        assert!(signatures.lines().all(|line| line.len() <= 78), "{header}");
        for tag in [" t=", " x=", " l=", " z="] {
            assert!(!header.contains(tag), "{tag} in {header}");
        }
    }
}

#[test]
fn a_run_is_bound_to_its_keys() {
    let workspace = signed_workspace();
    let first = open(&workspace).0.digests();
    let text = std::fs::read_to_string(workspace.path("newsletter.toml")).expect("a text");
    workspace.write("newsletter.toml", text.replace("\"first\"", "\"third\""));
    assert_ne!(first, open(&workspace).0.digests());
}

#[test]
fn bodies_of_every_shape_verify() {
    let long = [b"a".repeat(990), b" ".repeat(8), b"\r\n".to_vec(), b"b".repeat(5000), b"\r\n".to_vec()].concat();
    let bodies: [&[u8]; 20] = [
        b"",
        b"\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"one line\r\n",
        b"without an end",
        b"trailing spaces   \r\nand a tab\t\r\n",
        b"two lines without an end\r\nof the second",
        b"   leading spaces\r\n\tand tabs\r\n",
        b"runs   of \t \t white    space\r\n",
        b"empty lines\r\n\r\n\r\ninside, and at the end\r\n\r\n\r\n",
        b"\r\n\r\nempty lines before\r\n",
        b"..dots\r\n.\r\n..\r\n",
        "বাংলা, عربي, 8-bit\r\n".as_bytes(),
        b"\xff\xfe\x80 no UTF-8 at all \xa0 \r\n",
        b"\0 NUL and \x0b other \x0c controls \x7f\r\n",
        b"a space before the end \r\n\r\n",
        b"x\r\n \r\ny\r\n",
        b"From here on\r\n>From there\r\n",
        b"--boundary\r\nContent-Type: text/html\r\n\r\n<p>\r\n--boundary--\r\n",
        &long,
    ];
    assert_all(&bodies.map(|body| signed(HEADER, body)), &BOTH);
}

#[test]
fn a_body_whose_lines_are_all_white_space_verifies_as_an_empty_one() {
    let messages: Vec<_> = [&b" \r\n"[..], b"   \r\n", b"\t\r\n \r\n", b"\r\n \r\n\r\n"].map(|body| signed(HEADER, body)).into();
    for judgement in judge(&messages, records()) {
        // mail-auth takes white space at the very end for content.
        assert_eq!((judgement.ours.as_slice(), judgement.dkimpy.as_slice()), (&BOTH[..], &BOTH[..]));
    }
}

#[test]
fn headers_of_every_shape_verify() {
    let without = |field: &str| -> String {
        let lines: Vec<_> = HEADER.split_inclusive("\r\n").filter(|line| !line.starts_with(&format!("{field}:"))).collect();
        assert!(lines.len() < HEADER.lines().count());
        lines.concat()
    };
    let with = |from: &str, to: &str| {
        assert!(HEADER.contains(from));
        HEADER.replace(from, to)
    };
    let headers = [
        HEADER.to_owned(),
        with("Subject: A subject", "Subject: A subject\r\n that is\r\n\tfolded  twice \r\n  and once more"),
        with("Subject: A subject", "Subject:"),
        with("Subject: A subject", "Subject:   "),
        with("Subject: A subject", "subject:no space"),
        with("Subject: A subject", "SUBJECT:   many     spaces\t\t and tabs   "),
        with("Subject: A subject", "Subject: বাংলা, unencoded"),
        with("Subject: A subject", "Subject: b=abc; bh=def; h=From"),
        with("To: ana@example.com", "To: =?utf-8?b?4Kaw4Ka/4Kao4Ka+?=\r\n <rina@xn--54b7fta0cc.example>"),
        with("X-Other: not signed", "X-Other: one\r\nX-Other: two"),
        with("To: ana@example.com", "To: ana@example.com\r\nTo: second@example.com"),
        without("List-Id"),
        without("List-Unsubscribe"),
        without("List-Unsubscribe-Post"),
        without("Reply-To"),
        without("Feedback-ID"),
        without("Content-Transfer-Encoding"),
        ["List-Id", "List-Unsubscribe", "List-Help", "List-Owner"].iter().fold(HEADER.to_owned(), |header, field| {
            header.split_inclusive("\r\n").filter(|line| !line.starts_with(&format!("{field}:"))).collect()
        }),
        format!("{HEADER}{}", "X-Filler: filler\r\n".repeat(500)),
    ];
    assert_all(&headers.map(|header| signed(&header, b"A body.\r\n")), &BOTH);
}

/// The fields of the header that are signed.
fn signed_names() -> Vec<&'static str> {
    HEADER.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).filter(|name| *name != "X-Other").collect()
}

#[test]
fn no_signed_field_can_be_changed_taken_out_or_put_elsewhere() {
    let whole = String::from_utf8(signed(HEADER, b"A body.\r\n")).expect("ASCII");
    let mut spoilt = Vec::new();
    for name in signed_names() {
        let field = HEADER.split_inclusive("\r\n").find(|line| line.starts_with(&format!("{name}:"))).expect("the field");
        spoilt.push(whole.replace(&format!("\r\n{field}"), "\r\n").into_bytes());
        spoilt.push(whole.replace(&format!("\r\n{field}"), &format!("\r\n{}x\r\n", field.trim_end())).into_bytes());
        spoilt.push(whole.replace(&format!("\r\n{field}"), &format!("\r\nX-{field}")).into_bytes());
    }
    assert_eq!(spoilt.len(), 3 * 18);
    assert!(spoilt.iter().all(|message| message != whole.as_bytes()));
    assert_all(&spoilt, &NEITHER);
}

#[test]
fn no_second_field_can_be_added_where_readers_would_see_it() {
    let whole = String::from_utf8(signed(HEADER, b"A body.\r\n")).expect("ASCII");
    let bare: String =
        HEADER.split_inclusive("\r\n").filter(|line| !line.starts_with("List-U") && !line.starts_with("Reply-To")).collect();
    let bare = String::from_utf8(signed(&bare, b"A body.\r\n")).expect("ASCII");
    let is_sealed = |name: &&str| *name != "Feedback-ID";
    let mut spoilt = Vec::new();
    for name in signed_names().into_iter().filter(is_sealed) {
        let added = format!("{name}: forged@example.com");
        spoilt.push(format!("{added}\r\n{whole}").into_bytes());
        spoilt.push(whole.replace("\r\n\r\n", &format!("\r\n{added}\r\n\r\n")).into_bytes());
    }
    for name in ["Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"] {
        spoilt.push(format!("{name}: forged@example.com\r\n{bare}").into_bytes());
    }
    assert_all(&spoilt, &NEITHER);
    // What relays and lists add of their own spoils nothing.
    let added =
        ["Received: from a by b", "X-Spam: no", "Sender: list@example.com", "Authentication-Results: none", "Feedback-ID: other"];
    assert_all(&added.map(|added| format!("{added}\r\n{whole}").into_bytes()), &BOTH);
}

#[test]
fn what_relays_do_to_white_space_spoils_nothing() {
    let whole = String::from_utf8(signed(HEADER, b"A  body.\r\n\r\nIts end.\r\n")).expect("ASCII");
    let messages = [
        whole.replace("Subject: A subject", "Subject:  A\r\n\tsubject "),
        whole.replace("A  body.", "A body. \t"),
        format!("{whole}\r\n\r\n"),
        whole.replace("\r\n ", "\r\n\t  "),
    ];
    assert_all(&messages.map(String::into_bytes), &BOTH);
}

#[test]
fn bits_that_fall_over_are_noticed() {
    let whole = signed(HEADER, b"A body of several words,\r\nand a second line of it.\r\n");
    let body = whole.windows(4).position(|octets| octets == b"\r\n\r\n").expect("a body") + 4;
    let is_space = |octet: u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
    let mut spoilt = Vec::new();
    for at in (body..whole.len()).filter(|&at| !is_space(whole[at])) {
        let mut message = whole.clone();
        message[at] ^= 1;
        if !is_space(message[at]) {
            spoilt.push(message);
        }
    }
    assert!(spoilt.len() > 30);
    assert_all(&spoilt, &NEITHER);
}

/// Pieces of which bodies are made that have something to be canonicalised at every turn.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(b"\r\n".to_vec()),
        2 => Just(b" ".to_vec()),
        1 => Just(b"\t".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\n".to_vec()),
        3 => prop::collection::vec(any::<u8>(), 1..4),
        2 => prop::collection::vec(b'a'..b'e', 1..200),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// RFC 6376 §3.4.4, word for word and slowly.
fn canonical(body: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let mut at = 0;
    while at < body.len() {
        if body[at..].starts_with(b"\r\n") {
            lines.push(Vec::new());
            at += 2;
            continue;
        }
        let line = lines.last_mut().expect("a line");
        let octet = if body[at] == b'\t' { b' ' } else { body[at] };
        if !(octet == b' ' && line.last() == Some(&b' ')) {
            line.push(octet);
        }
        at += 1;
    }
    for line in &mut lines {
        if line.last() == Some(&b' ') {
            line.pop();
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines.into_iter().flat_map(|line| [line, b"\r\n".to_vec()].concat()).collect()
}

proptest! {
    #[test]
    fn a_body_has_one_hash_however_it_is_cut(body in body(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let expected = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &canonical(&body));
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        let mut hash = BodyHash::new();
        for pair in cuts.windows(2) {
            hash.update(&body[pair[0]..pair[1]]);
            // A clone goes its own way.
            hash.clone().update(b" other\r\n\tcontent");
        }
        prop_assert_eq!(&hash.finish()[..], expected.as_ref());
    }

    #[test]
    fn no_octet_of_a_body_changes_unseen(body in body(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        prop_assume!(!body.is_empty());
        let mut other = body.clone();
        let at = at.index(body.len());
        other[at] ^= 1 << bit;
        let hash = |body: &[u8]| { let mut hash = BodyHash::new(); hash.update(body); hash.finish() };
        prop_assert_eq!(hash(&body) == hash(&other), canonical(&body) == canonical(&other));
    }
}

#[test]
fn a_common_beginning_is_hashed_once_and_continued_for_each() {
    let mut common = BodyHash::new();
    common.update(b"Dear ");
    for name in ["Ana", "Rina  Akter", ""] {
        let mut own = common.clone();
        own.update(name.as_bytes());
        own.update(b",\r\n\r\n");
        let header = HEADER.as_bytes();
        let body = format!("Dear {name},\r\n\r\n");
        let spliced = [signer().sign(header, &own.finish()), message(HEADER, body.as_bytes())].concat();
        assert_eq!(spliced, signed(HEADER, body.as_bytes()));
        assert!(verdicts(&spliced, records()).iter().all(|verdict| verdict.outcome.is_ok()));
    }
}
