//! The header: names in any script, long subjects, identifiers; read by Python and by the house's own reader.

use std::collections::BTreeSet;

use postrider::compose::{Purpose, Reader};
use postrider::model::mail::Mail;

use super::{HEAD, broken_rules, english, for_anyone, for_everyone, open, python, quoted, with_blocks};
use crate::workspace::{EDITION, NEWSLETTER, Workspace};

const DIVIDER: &str = "[[block]]\nkind = \"divider\"\n";

/// Names that have been written into mail headers wrongly somewhere.
fn names() -> Vec<String> {
    let short = [
        "রিনা আক্তার",
        "José Müller-Åkesson",
        "Rahman, Farhana",
        "Robert \"Bob\" O'Brien",
        "Sales <sales@example.org>",
        "back\\slash",
        "semi; colon: here",
        "(a comment)",
        "dots. and @ signs",
        "=?utf-8?q?=0D=0ABcc=3A_x?=",
        "محمد العربي",
        "李小龙",
        "👩‍👩‍👧‍👦 🇧🇩",
        "e\u{301}clair",
        "--",
        "a",
        "Dr. A. P. J. Abdul Kalam, of the Ministry of Expatriates' Welfare and Overseas Employment of the People's Republic of Bangladesh",
        "গণপ্রজাতন্ত্রী বাংলাদেশ সরকারের প্রবাসী কল্যাণ ও বৈদেশিক কর্মসংস্থান মন্ত্রণালয়ের জ্যেষ্ঠ সচিব",
    ];
    short.map(str::to_owned).into()
}

/// As names come back: composed, as they are kept.
fn composed(name: &str) -> String {
    name.replace("e\u{301}", "é")
}

#[test]
fn names_in_any_script_come_back_as_they_were_written() {
    let workspace = with_blocks(DIVIDER);
    let entry = |(number, name): (usize, &String)| {
        format!("[[subscriber]]\nemail = \"p{number}@example.org\"\nname = {}\n", quoted(name))
    };
    let names = names();
    workspace.write("subscribers.toml", names.iter().enumerate().map(entry).collect::<String>());
    let messages = for_everyone(&workspace);
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for (number, name) in names.iter().enumerate() {
        let expected = vec![(composed(name), format!("p{number}@example.org"))];
        assert_eq!(read[number].people["to"], expected, "{name}, read by Python");
        assert_eq!(read[number].defects, Vec::<String>::new(), "{name}");
        assert_eq!(Mail::parse(&messages[number].bytes).expect("a message").to, expected, "{name}, read by the house");
        assert!(messages[number].bytes.is_ascii(), "{name}");
    }
}

#[test]
fn a_name_too_long_for_a_header_is_refused() {
    let workspace = with_blocks(DIVIDER);
    for (length, rules) in [(200, vec![]), (201, vec!["bad-value"]), (10_000, vec!["bad-value"])] {
        let name = "n".repeat(length);
        workspace.write("subscribers.toml", format!("[[subscriber]]\nemail = \"a@example.org\"\nname = \"{name}\"\n"));
        assert_eq!(broken_rules(&workspace), rules, "{length} characters");
    }
    workspace.write("subscribers.toml", format!("[[subscriber]]\nemail = \"a@example.org\"\nname = \"{}\"\n", "n".repeat(200)));
    assert!(for_everyone(&workspace)[0].bytes.split(|&octet| octet == b'\n').all(|line| line.len() <= 999));
}

#[test]
fn the_senders_name_comes_back_in_from_and_reply_to() {
    let workspace = with_blocks(DIVIDER);
    let with_sender = |name: &String| {
        workspace.write("newsletter.toml", NEWSLETTER.replace("\"The Secretariat\"", &quoted(name)));
        for_anyone(&workspace)
    };
    let names = names();
    let messages: Vec<_> = names.iter().map(with_sender).collect();
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for (name, read) in names.iter().zip(read) {
        assert_eq!(read.people["from"], [(composed(name), "news@list.example.org".to_owned())]);
        assert_eq!(read.people["reply-to"], [(composed(name), "secretariat@example.org".to_owned())]);
        assert_eq!(read.defects, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn unusual_addresses_come_back_whole() {
    let addresses = [
        ("aoife.o'brien@example.org", "aoife.o'brien@example.org"),
        ("news+tag=1@example.com", "news+tag=1@example.com"),
        ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"),
        ("rina@বাংলা.example", "rina@xn--54b7fta0cc.example"),
        ("Rina@EXAMPLE.org", "Rina@example.org"),
    ];
    let workspace = with_blocks(DIVIDER);
    let entry = |(address, _): &(&str, &str)| format!("[[subscriber]]\nemail = {}\nname = \"রিনা, A.\"\n", quoted(address));
    workspace.write("subscribers.toml", addresses.iter().map(entry).collect::<String>());
    let messages = for_everyone(&workspace);
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for ((message, read), (_, wire)) in messages.iter().zip(read).zip(addresses) {
        let expected = vec![("রিনা, A.".to_owned(), wire.to_owned())];
        assert_eq!(Mail::parse(&message.bytes).expect("a message").to, expected);
        assert_eq!(read.people["to"], expected);
        assert!(message.bytes.is_ascii(), "{wire}");
    }
}

#[test]
fn a_local_part_beyond_ascii_stands_in_to_as_utf_8() {
    // RFC 6532 §3.2: nothing else may stand there, for an encoded word has no place in an address.
    let workspace = with_blocks(DIVIDER);
    workspace.write("subscribers.toml", "[[subscriber]]\nemail = \"রিনা@example.org\"\nname = \"রিনা\"\n");
    let message = for_everyone(&workspace).remove(0);
    let mail = Mail::parse(&message.bytes).expect("a message");
    assert_eq!(mail.to, [("রিনা".to_owned(), "রিনা@example.org".to_owned())]);
    assert!(mail.header("To").is_some_and(|to| to.ends_with("<রিনা@example.org>")), "{:?}", mail.header("To"));
    let others = String::from_utf8(message.bytes).expect("UTF-8").replace("রিনা@example.org", "");
    assert!(others.is_ascii(), "nothing but the address is beyond ASCII");
}

/// A workspace with a subject.
fn with_subject(subject: &str) -> Workspace {
    let workspace = with_blocks(DIVIDER);
    let edition = format!("subject = {}\n{}{DIVIDER}", quoted(subject), HEAD.split_once('\n').expect("lines").1);
    workspace.write(super::EDITION, edition);
    workspace
}

#[test]
fn subjects_come_back_as_they_were_written() {
    let subjects = [
        "The third quarter".to_owned(),
        "২০২৩ সালের তৃতীয় প্রান্তিক: প্রত্যেক ভুক্তভোগীর কাছে পৌঁছানো, কাউকে পেছনে না ফেলে".to_owned(),
        "Mixed বাংলা and العربية, with 👩‍👩‍👧‍👦 — and “quotes”".to_owned(),
        "one  two   spaces".to_owned(),
        "a plain word, then ö, then plain, then বাংলা বাংলা, then plain".to_owned(),
        "=?utf-8?q?=0D=0ABcc=3A_everyone=40example.org?=".to_owned(),
        "before =?utf-8?b?PGI+?= after".to_owned(),
        "Bcc: everyone@example.org".to_owned(),
        "word ".repeat(40).trim().to_owned(),
        "x".repeat(200),
        "x".repeat(2_000),
        "বাংলা".repeat(40),
        "--boundary <b> & \"quotes\" \\ back".to_owned(),
    ];
    let messages: Vec<_> = subjects.iter().map(|subject| for_anyone(&with_subject(subject))).collect();
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for ((subject, message), read) in subjects.iter().zip(&messages).zip(read) {
        assert_eq!(&message.subject, subject);
        assert_eq!(Mail::parse(&message.bytes).expect("a message").subject, *subject, "read by the house");
        assert_eq!(read.headers["subject"], std::slice::from_ref(subject), "read by Python");
        assert!(message.bytes.split(|&octet| octet == b'\n').all(|line| line.len() <= 999), "{subject}");
        assert!(!read.headers.contains_key("bcc"));
    }
}

#[test]
fn no_attribute_of_a_reader_makes_a_header_of_its_own() {
    let workspace = with_subject("For {{ note | you }}");
    for note in ["x\\r\\nBcc: everyone@example.org", "x\\nBcc: y", "x\\rBcc: y", "x\\u0000y", "x\\u0085Bcc: y", "x\\u2028Bcc: y"]
    {
        workspace.write("subscribers.toml", format!("[[subscriber]]\nemail = \"a@example.org\"\nnote = \"{note}\"\n"));
        assert_eq!(broken_rules(&workspace), ["control-character"], "{note}");
    }
    let long = format!("y{} Bcc: everyone@example.org", "z".repeat(3_000));
    workspace.write("subscribers.toml", format!("[[subscriber]]\nemail = \"a@example.org\"\nnote = {}\n", quoted(&long)));
    let message = for_everyone(&workspace).remove(0);
    let read = &python::read([message.bytes.as_slice()])[0];
    assert_eq!(read.headers["subject"], [format!("For {long}")]);
    assert!(message.bytes.split(|&octet| octet == b'\n').all(|line| line.len() <= 999));
}

#[test]
fn the_message_id_is_the_same_for_the_same_reader_and_no_other() {
    let workspace = Workspace::new();
    let (composer, subscribers) = open(&workspace);
    let id = |reader: &Reader<'_>, purpose| composer.compose(reader, purpose).id;
    let mut seen = BTreeSet::new();
    for subscriber in &subscribers {
        let reader = Reader::Subscriber(subscriber);
        let issue = id(&reader, Purpose::Issue);
        assert_eq!(issue, id(&reader, Purpose::Issue));
        assert!(seen.insert(issue) && seen.insert(id(&reader, Purpose::Test)), "used twice");
        let as_guest = Reader::Guest(&subscriber.address, english());
        assert!(seen.contains(&id(&as_guest, Purpose::Issue)), "the address decides, not how one came by it");
    }
    assert_eq!(seen.len(), 2 * subscribers.len());
    for (id, subscriber) in seen.iter().flat_map(|id| subscribers.iter().map(move |subscriber| (id, subscriber))) {
        let (local, domain) = id.split_once('@').expect("an @");
        assert_eq!(domain, "list.example.org");
        assert!(local.starts_with("2023-q3."), "{id}");
        assert!(!local.contains(subscriber.address.local_part()), "{id} tells who reads");
    }
}

#[test]
fn an_issue_named_in_another_script_has_a_sound_message_id() {
    let workspace = Workspace::new();
    std::fs::rename(workspace.path("issues/2023-q3"), workspace.path("issues/২০২৩")).expect("a folder");
    let message = for_anyone(&workspace);
    assert!(!message.id.starts_with('.') && !message.id.contains(".."), "{}", message.id);
    assert_eq!(python::read([message.bytes.as_slice()])[0].headers["message-id"], [format!("<{}>", message.id)]);
}

#[test]
fn the_date_is_that_of_the_file() {
    for (written, date) in [
        ("2023-09-30", "Sat, 30 Sep 2023 12:00:00 +0000"),
        ("2023-09-30T08:30:00Z", "Sat, 30 Sep 2023 08:30:00 +0000"),
        ("2023-09-30T08:30:00+06:00", "Sat, 30 Sep 2023 02:30:00 +0000"),
        ("2023-09-30T23:30:00-05:00", "Sun, 01 Oct 2023 04:30:00 +0000"),
        ("2024-02-29", "Thu, 29 Feb 2024 12:00:00 +0000"),
    ] {
        let workspace = Workspace::new();
        workspace.write(super::EDITION, EDITION.replace("date = 2023-09-30", &format!("date = {written}")));
        let message = for_anyone(&workspace);
        assert_eq!(Mail::parse(&message.bytes).expect("a message").header("Date"), Some(date), "{written}");
    }
}

#[test]
fn every_header_stands_once_and_list_fields_stand_as_they_are() {
    let (composer, subscribers) = open(&Workspace::new());
    let message = composer.compose(&Reader::Subscriber(&subscribers[1]), Purpose::Issue);
    let mail = Mail::parse(&message.bytes).expect("a message");
    let mut names: Vec<_> = mail.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    let expected = [
        "content-type",
        "date",
        "from",
        "list-id",
        "list-unsubscribe",
        "message-id",
        "mime-version",
        "reply-to",
        "subject",
        "to",
    ];
    assert_eq!(names, expected);
    let head = String::from_utf8(message.bytes).expect("ASCII");
    for line in [
        "List-Id: \"Test Quarterly\" <quarterly.list.example.org>\r\n",
        "List-Unsubscribe: <mailto:unsubscribe@list.example.org?subject=unsubscribe%20quarterly.list.example.org>\r\n",
        "MIME-Version: 1.0\r\n",
    ] {
        assert!(head.contains(line), "{line:?} in\n{}", &head[..head.find("\r\n\r\n").expect("a body")]);
    }
}

#[test]
fn a_test_says_so_in_its_subject() {
    let (composer, subscribers) = open(&Workspace::new());
    let message = composer.compose(&Reader::Subscriber(&subscribers[0]), Purpose::Test);
    assert_eq!(message.subject, "[TEST] The subject for Ana");
    assert_eq!(Mail::parse(&message.bytes).expect("a message").subject, message.subject);
}
