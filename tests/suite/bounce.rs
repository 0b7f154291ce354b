//! What mail means that came back: real-shaped samples of it, in `bounce/`, and hostile ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use postrider::bounce::{self, Class, Incident, Kind, Reading, Recipient, Verdict, is_domain_fault, score};
use proptest::prelude::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suite/bounce")
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("eml")).expect("a sample")
}

/// All samples by name.
fn samples() -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder()).expect("the samples").flatten();
    let samples = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "eml"));
    samples
        .map(|entry| {
            let name = entry.path().file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a sample"))
        })
        .collect()
}

/// A reading in one line: what it is, and of each recipient the address, the class and the status.
fn told(reading: &Reading) -> String {
    let recipient = |recipient: &Recipient| {
        let address = recipient.address.as_deref().unwrap_or("-");
        let status = recipient.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        format!(" {address} {:?} {status}", recipient.class)
    };
    format!("{:?}{}", reading.kind, reading.recipients.iter().map(recipient).collect::<Vec<_>>().concat())
}

#[test]
fn every_sample_is_read_as_what_it_is() {
    let expected = fs::read_to_string(folder().join("expected.txt")).unwrap_or_default();
    let read: Vec<String> = samples().iter().map(|(name, octets)| format!("{name}: {}", told(&bounce::read(octets)))).collect();
    assert!(read.len() >= 70, "{} samples", read.len());
    let expected: Vec<&str> = expected.lines().collect();
    for line in &read {
        assert!(expected.contains(&line.as_str()), "read otherwise than expected.txt says:\n{line}\n\nall:\n{}", read.join("\n"));
    }
    assert_eq!(read.len(), expected.len());
}

#[test]
fn a_strangers_words_are_one_clean_line() {
    let reading = bounce::read(&sample("hostile-words"));
    let words = &reading.recipients[0].text;
    assert!(words.contains("<script>alert(1)</script>"), "kept as words, for pages to escape: {words}");
    assert!(words.chars().all(|c| !c.is_control() && c != '\u{202E}'), "{words:?}");
    assert!(bounce::read(&sample("exim-no-such-user")).returned.contains("Message-ID: <2023-q3.0123456789abcdef"));
    assert!(bounce::read(&sample("postfix-no-such-user")).returned.contains("List-Id: Quarterly"));
    assert_eq!(bounce::read(&sample("arf-abuse")).to, ["bounces+a-mark@example.org"]);
    assert_eq!(bounce::read(b"").kind, Kind::Other);
}

#[test]
fn parts_in_parts_without_end_overflow_nothing() {
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(200_000);
    assert_eq!(bounce::read(nested.as_bytes()).kind, Kind::Other);
    let several: String = (0..50_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(bounce::read(several.as_bytes()).kind, Kind::Other);
}

#[test]
fn a_report_with_a_large_body_and_a_thousand_recipients_is_read() {
    let mut octets = sample("postfix-no-such-user");
    octets.extend(std::iter::repeat_n(b"The river carries what the hills let go.\r\n".as_slice(), 50_000).flatten());
    assert_eq!(bounce::read(&octets).kind, Kind::Bounce);
    let group = "Final-Recipient: rfc822; x@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";
    let many = format!(
        "From: MAILER-DAEMON@odd.example\r\nSubject: failure notice\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; odd.example\r\n\r\n{}--x--\r\n",
        group.repeat(3_000)
    );
    assert_eq!(bounce::read(many.as_bytes()).recipients.len(), 1_000);
}

fn incident(issue: &str, class: Class) -> Incident {
    Incident { issue: issue.to_owned(), class }
}

const ISSUES: [&str; 6] = ["2024-q2", "2024-q1", "2023-q4", "2023-q3", "2023-q2", "2023-q1"];

#[test]
fn a_mailbox_that_is_not_there_counts_once_and_a_full_one_in_three_issues_of_the_last_five() {
    assert_eq!(score(&[incident("2023-q1", Class::Hard)], &ISSUES), Verdict::Bounced);
    let soft = |issues: &[&str]| issues.iter().map(|issue| incident(issue, Class::Soft)).collect::<Vec<_>>();
    assert_eq!(score(&soft(&["2024-q2", "2024-q1"]), &ISSUES), Verdict::Stay);
    assert_eq!(
        score(&soft(&["2024-q2", "2024-q2", "2024-q2", "2024-q1"]), &ISSUES),
        Verdict::Stay,
        "thrice in one issue is once"
    );
    assert_eq!(score(&soft(&["2024-q2", "2024-q1", "2023-q2"]), &ISSUES), Verdict::Bounced, "a year and more between them");
    assert_eq!(score(&soft(&["2024-q2", "2024-q1", "2023-q1"]), &ISSUES), Verdict::Stay, "the sixth last is forgotten");
    let policy: Vec<_> = ISSUES.iter().map(|issue| incident(issue, Class::Policy)).collect();
    assert_eq!(score(&policy, &ISSUES), Verdict::Stay, "a refusal of the sender is never the reader's");
}

#[test]
fn a_domain_where_more_than_a_fifth_fails_is_the_senders_affair() {
    assert!(is_domain_fault(100, 21) && !is_domain_fault(100, 20));
    assert!(!is_domain_fault(2, 2) && !is_domain_fault(4, 4), "a small office with dead mailboxes is none");
    assert!(is_domain_fault(10, 5));
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let reading = bounce::read(&octets);
        prop_assert!(reading.recipients.iter().all(|recipient| !recipient.text.chars().any(char::is_control)));
    }

    #[test]
    fn a_sample_with_octets_changed_reads_as_something(pick in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30)) {
        let samples = samples();
        let (_, mut octets) = samples.into_iter().nth(pick.index(70)).expect("a sample");
        // One of them is empty.
        octets.push(b'\n');
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let reading = bounce::read(&octets);
        prop_assert!(reading.recipients.iter().all(|recipient| !recipient.text.chars().any(char::is_control)));
        prop_assert!(!reading.subject.chars().any(char::is_control));
    }

    #[test]
    fn more_failures_never_mend_an_address_and_their_order_does_not_matter(
        incidents in proptest::collection::vec((0..ISSUES.len(), 0..4_usize), 0..12)
    ) {
        let classes = [Class::Policy, Class::Soft, Class::Unknown, Class::Hard];
        let mut incidents: Vec<_> = incidents.into_iter().map(|(issue, class)| incident(ISSUES[issue], classes[class])).collect();
        let verdict = score(&incidents, &ISSUES);
        incidents.reverse();
        prop_assert_eq!(score(&incidents, &ISSUES), verdict);
        incidents.push(incident(ISSUES[0], Class::Policy));
        prop_assert_eq!(score(&incidents, &ISSUES), verdict);
        incidents.push(incident(ISSUES[0], Class::Soft));
        prop_assert!(score(&incidents, &ISSUES) >= verdict);
    }
}
