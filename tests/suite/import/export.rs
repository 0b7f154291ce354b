//! People to octets, and back.

use std::sync::Arc;

use insta::assert_snapshot;
use postrider::import::export::{self, Form};
use postrider::import::{self, Entry, Ground, Setting, State};
use postrider::model::address::{self, Address, DisplayName};
use postrider::model::bidi;
use postrider::model::language::Language;
use proptest::prelude::*;

use super::{roster, told, vocabulary};

fn entry(address: &str, name: &str, attributes: &[(&str, &str)], state: State) -> Entry {
    Entry {
        address: Address::parse(address).unwrap(),
        name: DisplayName::parse(name).unwrap(),
        language: None,
        groups: Vec::new(),
        attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        state,
        line: 0,
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut octets = Vec::new();
    write(&mut octets);
    octets
}

fn sample() -> Vec<Entry> {
    let mut rina = entry("Rina+news@বাংলা.example", "রিনা \"আপা\" আক্তার", &[("status", "gold"), ("first_name", "রিনা")], State::Active);
    rina.language = Language::from_tag("bn");
    rina.groups = vec!["members".into(), "the board; old".into()];
    let ana =
        entry("ana@example.org", "=cmd|' /C calc'!A0", &[("phone", "+880 1"), ("joined", "2024-01-01 10:00")], State::Active);
    vec![rina, ana, entry("omar@example.org", "عمر, حداد", &[("note", "'=x")], State::Left(Ground::Unsubscribed))]
}

#[test]
fn csv_is_what_excel_wants_and_no_cell_of_it_is_a_formula() {
    let octets = written(|into| assert_eq!(export::write(Form::Csv, &sample(), into).unwrap(), 0));
    assert!(octets.starts_with(b"\xEF\xBB\xBF"));
    let text = String::from_utf8(octets).unwrap();
    assert!(text.split('\n').filter(|line| !line.is_empty()).all(|line| line.ends_with('\r')));
    assert_snapshot!(text.replace('\r', "").trim_start_matches('\u{feff}'), @r#"
    email,name,language,groups,status,first_name,attributes.joined,note,phone,attributes.status
    Rina+news@বাংলা.example,"রিনা ""আপা"" আক্তার",bn,"members; ""the board; old""",active,রিনা,,,,gold
    ana@example.org,"'=cmd|' /C calc'!A0",,,active,,2024-01-01 10:00,,'+880 1,
    omar@example.org,"عمر, حداد",,,unsubscribed,,,''=x,,
    "#);
}

#[test]
fn toml_is_read_by_our_own_reader_and_has_those_alone_who_get_mail() {
    let octets = written(|into| assert_eq!(export::write(Form::Toml, &sample(), into).unwrap(), 1));
    let text = String::from_utf8(octets).unwrap();
    let people: Vec<_> = roster(&text).iter().map(|person| Entry::of(person, State::Active)).collect();
    assert_eq!(people.iter().map(|person| &person.name).collect::<Vec<_>>(), [&sample()[0].name, &sample()[1].name]);
    assert_snapshot!(text, @r#"
    [[subscriber]]
    email = "Rina+news@বাংলা.example"
    name = "রিনা \"আপা\" আক্তার"
    language = "bn"
    groups = ["members", "the board; old"]
    status = "gold"
    first_name = "রিনা"

    [[subscriber]]
    email = "ana@example.org"
    name = "=cmd|' /C calc'!A0"
    phone = "+880 1"
    joined = "2024-01-01 10:00"
    "#);
}

#[test]
fn json_is_one_object_a_line() {
    assert_snapshot!(String::from_utf8(written(|into| assert_eq!(export::write(Form::Json, &sample(), into).unwrap(), 0))).unwrap(), @r#"
    {"email":"Rina+news@বাংলা.example","name":"রিনা \"আপা\" আক্তার","language":"bn","groups":["members","the board; old"],"attributes":{"status":"gold","first_name":"রিনা"},"status":"active"}
    {"email":"ana@example.org","name":"=cmd|' /C calc'!A0","language":null,"groups":[],"attributes":{"phone":"+880 1","joined":"2024-01-01 10:00"},"status":"active"}
    {"email":"omar@example.org","name":"عمر, حداد","language":null,"groups":[],"attributes":{"note":"'=x"},"status":"unsubscribed"}
    "#);
}

/// Texts with all that may go wrong between a cell and its file.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        4 => prop::sample::select(vec![
            "\"", "\"\"", "'", "''", "=", "+", "-", "@", ",", ";", "|", "\\", "=1+1", "'=1", " ", "\u{a0}", "{{ x }}", "عمر", "রিনা", "e\u{301}", "\u{202e}",
            "\u{2066}", "\u{2069}", "\u{202b}", "\u{202c}", "\u{200f}", "\u{200d}", "\u{feff}", "\u{200b}", "#", "[", "{", "null", "true", "1", "＝", "sep=;",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn people() -> impl Strategy<Value = Vec<Entry>> {
    let attribute = (
        prop::sample::select(vec![
            "first_name",
            "last_name",
            "status",
            "country",
            "joined",
            "uuid",
            "mail_stop",
            "cc",
            "x9",
            "tags",
        ]),
        text(),
    );
    let state = prop::sample::select(vec![
        State::Active,
        State::Pending,
        State::Left(Ground::Bounced),
        State::Left(Ground::Removed),
        State::Left(Ground::Unsubscribed),
        State::Left(Ground::Erased),
        State::Left(Ground::Complained),
    ]);
    let local = prop::sample::select(vec!["ana", "Ana", "-ana", "=ana", "+ana", "o'hara", "'=x", "রিনা", "a+b.c"]);
    let groups = prop::sample::subsequence(vec!["members", "donors", "the board; old"], 0..3);
    let language = prop::sample::select(vec![None, Some("bn"), Some("en"), Some("ar")]);
    let person = (local, text(), language, groups, prop::collection::vec(attribute, 0..4), state).prop_map(
        |(local, name, language, groups, written, state)| {
            let mut attributes: Vec<(Arc<str>, Box<str>)> = Vec::new();
            for (name, value) in written {
                // As the reader of the list has it: one line, without what only turns text.
                let value = bidi::settled(&line(&value)).trim().to_owned();
                if !value.is_empty() && attributes.iter().all(|(known, _)| **known != *name) {
                    attributes.push((name.into(), value.into()));
                }
            }
            attributes.sort();
            let language = language.and_then(Language::from_tag);
            let groups = groups.into_iter().map(Into::into).collect();
            Entry { language, groups, attributes, ..entry(&format!("{local}@example.org"), &line(&name), &[], state) }
        },
    );
    prop::collection::vec(person, 1..6).prop_map(|mut people| {
        for (number, person) in people.iter_mut().enumerate() {
            let address = format!("{}{number}@example.org", person.address.local_part());
            person.address = Address::parse(&address).unwrap();
        }
        people
    })
}

/// A text without what no name and no value may hold.
fn line(text: &str) -> String {
    text.chars().filter(|&c| !address::is_forbidden(c) && c != '\u{fffd}').collect()
}

/// The people that octets are read as, with their attributes in order.
fn read_back(octets: &[u8]) -> Vec<Entry> {
    let imported = import::read_octets(octets, &Setting::new("x", &vocabulary())).unwrap();
    assert_eq!(imported.refused.count, 0, "{}", told(&imported));
    let sorted = |mut entry: Entry| {
        entry.attributes.sort();
        Entry { line: 0, ..entry }
    };
    imported.entries.into_iter().map(sorted).collect()
}

proptest! {
    #[test]
    fn what_is_written_as_csv_is_read_back(people in people()) {
        prop_assert_eq!(read_back(&written(|into| assert_eq!(export::write(Form::Csv, &people, into).unwrap(), 0))), people);
    }

    #[test]
    fn what_is_written_as_json_is_read_back(people in people()) {
        prop_assert_eq!(read_back(&written(|into| assert_eq!(export::write(Form::Json, &people, into).unwrap(), 0))), people);
    }

    #[test]
    fn what_is_written_as_toml_is_read_back(people in people()) {
        let active: Vec<_> = people.iter().filter(|entry| entry.state == State::Active).cloned().collect();
        let octets = written(|into| assert_eq!(export::write(Form::Toml, &people, into).unwrap(), people.len() - active.len()));
        prop_assume!(!active.is_empty());
        // A list has a language for everybody: the publication's first, where none is told.
        let told = |mut entry: Entry| {
            entry.language = entry.language.or(Language::from_tag("en"));
            entry
        };
        prop_assert_eq!(read_back(&octets), active.into_iter().map(told).collect::<Vec<_>>());
    }

    #[test]
    fn no_cell_of_an_export_begins_a_formula(people in people()) {
        let octets = written(|into| assert_eq!(export::write(Form::Csv, &people, into).unwrap(), 0));
        let text = String::from_utf8(octets).unwrap();
        for line in text.trim_start_matches('\u{feff}').split("\r\n") {
            let mut is_start = true;
            let mut is_quoted = false;
            for c in line.chars() {
                prop_assert!(!is_start || !['=', '+', '-', '@', '\t', '\r', '＝'].contains(&c), "{line}");
                // A quotation mark at a cell's beginning is none of its text.
                is_start = (is_start && c == '"' && !is_quoted) || (c == ',' && !is_quoted);
                is_quoted ^= c == '"';
            }
        }
    }
}
