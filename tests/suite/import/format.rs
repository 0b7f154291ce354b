//! The kinds of file, and the programs they come from.

use postrider::import::{self, Ground, Setting, State};

use super::{assert_told, read, sample, told, told_of, vocabulary};

#[test]
fn csv_is_read_with_every_separator_with_and_without_a_header() {
    assert_told(&["plain.csv", "quoted.csv", "headless.csv", "plain.txt", "pasted.txt", "old-mac.csv", "pipes.csv"]);
}

#[test]
fn listmonk_carries_over_who_was_blocked_disabled_or_unsubscribed() {
    assert_told(&["listmonk.csv"]);
}

#[test]
fn mailchimp_tells_by_its_columns_who_left_and_who_bounced() {
    assert_told(&[
        "subscribed_members_export_0a1b2c.csv",
        "unsubscribed_members_export_0a1b2c.csv",
        "cleaned_members_export_0a1b2c.csv",
    ]);
}

#[test]
fn ghost_tells_by_its_flags_who_gets_mail() {
    assert_told(&["ghost.csv"]);
}

#[test]
fn vcards_of_every_version_are_read_with_the_address_that_is_preferred() {
    assert_told(&["four.vcf", "three.vcf", "two-one.vcf"]);
}

#[test]
fn our_own_list_is_read_by_our_own_reader() {
    assert_told(&["subscribers.toml"]);
}

#[test]
fn json_lines_are_read() {
    assert_told(&["people.jsonl"]);
}

#[test]
fn a_file_is_known_by_its_content_whatever_its_name_is() {
    for name in ["four.vcf", "subscribers.toml", "people.jsonl", "windows-1251.csv"] {
        assert_eq!(told(&read("list.dat", &sample(name))), told_of(name), "{name}");
    }
}

#[test]
fn what_a_person_says_of_a_file_holds_for_everybody_in_it_at_least() {
    let vocabulary = vocabulary();
    let of = |name: &str, state| {
        let setting = Setting { state: Some(state), ..Setting::new(name, &vocabulary) };
        let imported = import::read_octets(&sample(name), &setting).unwrap();
        imported.entries.iter().map(|entry| entry.state.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("plain.csv", State::Left(Ground::Unsubscribed)), ["unsubscribed"; 3]);
    assert_eq!(of("listmonk.csv", State::Pending), ["pending", "removed", "removed", "unsubscribed"]);
    assert_eq!(of("cleaned_members_export_0a1b2c.csv", State::Active), ["bounced"]);
    assert_eq!(of("three.vcf", State::Pending), ["pending"]);
    assert_eq!(of("subscribers.toml", State::Pending), ["pending"; 2]);
}

#[test]
fn the_name_of_an_exported_file_hints_at_the_state_of_those_in_it() {
    for (name, state) in [
        ("exports/subscribed_members_export_0a1b2c.csv", Some(State::Active)),
        ("unsubscribed_segment_export_1.csv", Some(State::Left(Ground::Unsubscribed))),
        (r"C:\lists\cleaned_members_export_0a1b2c.csv", Some(State::Left(Ground::Bounced))),
        ("nonsubscribed_email_audience.csv", Some(State::Pending)),
        ("bounces.csv", Some(State::Left(Ground::Bounced))),
        ("members.csv", None),
        ("unsubscribed/members.csv", None),
    ] {
        assert_eq!(State::from_file_name(name), state, "{name}");
    }
}

#[test]
fn the_header_is_known_in_any_case_and_in_many_languages() {
    for word in [
        "email",
        "EMAIL",
        "E-Mail",
        "e-mail address",
        "E-Mail-Adresse",
        "Correo electrónico",
        "Courriel",
        "Adresse e-mail",
        "ইমেইল",
        "ই-মেইল",
        "البريد الإلكتروني",
        "Эл. почта",
        "电子邮件",
        "メールアドレス",
        "E-mail 1 - Value",
        "  Email  ",
    ] {
        let imported = read("x.csv", format!("Notes,{word},\"City\"\nx@example.com,ana@example.org,Dhaka\n").as_bytes());
        assert_eq!(imported.entries[0].address.wire(), "ana@example.org", "{word}");
    }
}
