//! The parts of a message, and its bytes on the wire.

use postrider::compose::{Purpose, Reader};
use postrider::model::mail::Mail;

use super::{english, for_anyone, open, png, python, sample, with_blocks, with_body};
use crate::workspace::Workspace;

/// The parts of a message, each as its depth and media type.
fn outline(message: &[u8]) -> Vec<(usize, String)> {
    let mail = Mail::parse(message).expect("a message");
    mail.parts.into_iter().map(|(depth, media_type, _)| (depth, media_type)).collect()
}

fn parts(expected: &[(usize, &str)]) -> Vec<(usize, String)> {
    expected.iter().map(|(depth, media_type)| (*depth, (*media_type).to_owned())).collect()
}

/// Holds a message against RFC 5322 §2.1.1 and §2.3: short lines, CRLF, 7 bits.
fn assert_fit_for_the_wire(message: &[u8]) {
    assert!(message.is_ascii() && !message.contains(&0), "7-bit");
    assert!(message.ends_with(b"\r\n"));
    let message = std::str::from_utf8(message).expect("ASCII");
    let (header, body) = message.split_once("\r\n\r\n").expect("a header and a body");
    for line in message.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "a bare CR or LF in {line:?}");
    }
    assert!(header.split("\r\n").all(|line| line.len() <= 998), "{header}");
    assert!(body.split("\r\n").all(|line| line.len() <= 78), "a long line in the body");
}

#[test]
fn a_letter_without_pictures_has_two_parts_the_text_first() {
    let message = for_anyone(&Workspace::new()).bytes;
    assert_eq!(outline(&message), parts(&[(0, "multipart/alternative"), (1, "text/plain"), (1, "text/html")]));
    assert_fit_for_the_wire(&message);
}

#[test]
fn pictures_stand_beside_the_html_each_once_and_each_shown() {
    let workspace = with_blocks(
        "[[block]]\nkind = \"picture\"\nfile = \"one.png\"\nalt = \"One\"\n\
         [[block]]\nkind = \"picture\"\nfile = \"two.png\"\nalt = \"Two\"\n\
         [[block]]\nkind = \"picture\"\nfile = \"one.png\"\nalt = \"One again\"\n\
         [[block]]\nkind = \"picture\"\nfile = \"copy.png\"\nalt = \"A copy of one\"\n",
    );
    workspace.write("issues/2023-q3/one.png", png(30, 20));
    workspace.write("issues/2023-q3/copy.png", png(30, 20));
    workspace.write("issues/2023-q3/two.png", png(20, 30));
    let message = for_anyone(&workspace);
    let expected = [
        (0, "multipart/alternative"),
        (1, "text/plain"),
        (1, "multipart/related"),
        (2, "text/html"),
        (2, "image/png"),
        (2, "image/png"),
    ];
    assert_eq!(outline(&message.bytes), parts(&expected));
    let mail = Mail::parse(&message.bytes).expect("a message");
    let uses = |id: &str| message.html.matches(&format!("src=\"cid:{id}\"")).count();
    let mut uses: Vec<_> = mail.pictures.iter().map(|picture| uses(&picture.content_id)).collect();
    uses.sort_unstable();
    assert_eq!(uses, [1, 3]);
    assert_eq!(message.html.matches("cid:").count(), 4, "no reference leads nowhere");
    assert_fit_for_the_wire(&message.bytes);
}

#[test]
fn a_reader_is_sent_no_picture_of_a_block_they_do_not_see() {
    let workspace = with_blocks(
        "[[block]]\nkind = \"picture\"\nfile = \"one.png\"\nalt = \"One\"\nonly = [\"donors\"]\n[[block]]\nkind = \"divider\"\n",
    );
    workspace.write("issues/2023-q3/one.png", png(30, 20));
    let (composer, subscribers) = open(&workspace);
    let pictures = |index: usize| {
        let message = composer.compose(&Reader::Subscriber(&subscribers[index]), Purpose::Issue);
        Mail::parse(&message.bytes).expect("a message").pictures.len()
    };
    assert_eq!([pictures(0), pictures(1)], [0, 1], "Ana is a member, Rina a donor");
}

#[test]
fn decoded_parts_are_what_was_composed() {
    let bodies = [
        "Plain words.".to_owned(),
        "বাংলা লেখা ".repeat(500),
        "Signs that encodings trip over: = =20 =\\ ? . .. \u{a0} ü".to_owned(),
        "~~~\ncode  with   spaces\n\n\tand a tab, and the last line is next\n.\n~~~\n".to_owned(),
        "x".repeat(5_000),
        "…".repeat(5_000),
    ];
    let messages: Vec<_> = bodies.iter().map(|body| for_anyone(&with_body(body))).collect();
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for (message, read) in messages.iter().zip(read) {
        let mail = Mail::parse(&message.bytes).expect("a message");
        assert_eq!((&mail.text, &mail.html), (&message.text, &message.html), "read by the house");
        assert_eq!((&read.text, &read.html), (&message.text, &message.html), "read by Python");
        assert_eq!(read.types, ["multipart/alternative", "text/plain", "text/html"]);
        assert_eq!(read.defects, Vec::<String>::new());
        assert_fit_for_the_wire(&message.bytes);
    }
}

#[test]
fn the_sample_is_fit_for_the_wire_and_read_alike_by_others() {
    let (composer, subscribers) = sample();
    let messages: Vec<_> =
        subscribers.iter().take(4).map(|subscriber| composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue)).collect();
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for (message, read) in messages.iter().zip(read) {
        assert_fit_for_the_wire(&message.bytes);
        assert_eq!((&read.text, &read.html), (&message.text, &message.html));
        assert_eq!(read.headers["subject"], std::slice::from_ref(&message.subject));
        assert_eq!(read.defects, Vec::<String>::new());
    }
}

#[test]
fn boundaries_occur_in_no_part() {
    let (composer, subscribers) = sample();
    let message = composer.compose(&Reader::Subscriber(&subscribers[0]), Purpose::Issue);
    let wire = String::from_utf8(message.bytes).expect("ASCII");
    let boundaries: Vec<_> = wire.split("boundary=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(boundaries.len(), 2);
    assert_ne!(boundaries[0], boundaries[1]);
    for boundary in boundaries {
        assert!(!message.html.contains(boundary) && !message.text.contains(boundary));
        let lines: Vec<_> = wire.split("\r\n").filter(|line| line.contains(boundary) && !line.contains("boundary=")).collect();
        let delimiter = format!("--{boundary}");
        let (last, earlier) = lines.split_last().expect("delimiters");
        assert!(earlier.iter().all(|line| *line == delimiter), "{lines:?}");
        assert_eq!(*last, format!("{delimiter}--"));
    }
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let workspace = Workspace::sample();
    let (first, subscribers) = sample();
    let (second, _) = open(&workspace);
    let written = workspace.run(&["send", "--dry-run", "--out", "messages"]);
    assert_eq!(written.code, Some(0), "{written:?}");
    let files = std::fs::read_dir(workspace.path("messages")).expect("a folder");
    let files: Vec<_> = files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a message")).collect();
    for subscriber in subscribers {
        let reader = Reader::Subscriber(subscriber);
        let message = first.compose(&reader, Purpose::Issue);
        assert!(message == first.compose(&reader, Purpose::Issue), "{}: composed again", subscriber.address);
        assert!(message == second.compose(&reader, Purpose::Issue), "{}: with its pictures made again", subscriber.address);
        let in_another_process = files.iter().filter(|bytes| **bytes == message.bytes).count();
        assert_eq!(in_another_process, 1, "{}: in another process", subscriber.address);
    }
    assert_eq!(first.digests(), second.digests());
}

#[test]
fn the_text_part_says_how_it_flows() {
    let wire = String::from_utf8(for_anyone(&Workspace::new()).bytes).expect("ASCII");
    let unfolded = wire.replace("\r\n ", " ").replace("\r\n\t", " ");
    assert!(unfolded.contains("Content-Type: text/plain; charset=utf-8; format=flowed; delsp=no\r\n"), "{wire}");
}

#[test]
fn the_digest_of_an_edition_is_of_what_everyone_gets() {
    let workspace = Workspace::new();
    let digest = |workspace: &Workspace| open(workspace).0.digests()["en"].clone();
    let before = digest(&workspace);
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\nfirst_name = \"Late\"\n");
    assert_eq!(digest(&workspace), before, "the list is not in it");
    workspace.write(super::EDITION, crate::workspace::EDITION.replace("| colleague }}, this", "| friend }}, this"));
    assert_ne!(digest(&workspace), before, "a fallback is");
    assert!(open(&workspace).0.compose(&Reader::Anyone(english()), Purpose::Issue).text.contains("Dear friend"));
}
