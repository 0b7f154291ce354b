//! Octets to text.

use std::fmt::Write;

use postrider::import::{self, Notice, Setting};

use super::{assert_told, read, sample, vocabulary};

#[test]
fn every_usual_encoding_is_found_and_its_letters_are_whole() {
    assert_told(&["bom.csv", "excel-unicode.txt", "utf-16-be.txt", "utf-16-unmarked.txt", "windows-1252.csv"]);
}

#[test]
fn encodings_of_other_scripts_are_found() {
    assert_told(&["windows-1251.csv", "windows-1256.csv", "gbk.csv", "bengali.csv"]);
}

#[test]
fn a_person_who_knows_the_encoding_is_believed() {
    let vocabulary = vocabulary();
    let octets = "email,name\nana@example.org,J\u{fc}rgen\n".replace('\u{fc}', "\u{1}").into_bytes();
    let octets: Vec<u8> = octets.into_iter().map(|octet| if octet == 1 { 0xFC } else { octet }).collect();
    for (label, name) in [("iso-8859-1", "Jürgen"), ("windows-1251", "Jьrgen")] {
        let setting = Setting { encoding: Some(label), ..Setting::new("x.csv", &vocabulary) };
        let imported = import::read_octets(&octets, &setting).unwrap();
        assert_eq!(imported.entries[0].name.as_str(), name, "{label}");
    }
}

#[test]
fn one_line_in_another_encoding_does_not_spoil_the_others() {
    let imported = read("mixed.csv", &sample("mixed.csv"));
    assert_eq!(imported.origin.encoding, "UTF-8");
    assert_eq!((imported.entries.len(), imported.refused.count), (5, 1));
    assert!(imported.entries.iter().all(|entry| entry.name.as_str() == "রিনা আক্তার"));
    assert!(imported.notices.iter().any(|(notice, ..)| *notice == Notice::Broken));
}

#[test]
fn a_character_on_the_border_of_two_chunks_is_whole() {
    for shift in 0..4 {
        let mut text = "email,name\n".to_owned() + &"x".repeat(shift);
        while text.len() < 200_000 {
            let line = text.lines().count();
            let _ = writeln!(text, "r{line}@example.org,রিনা 𑄌");
        }
        let imported = read("x.csv", text.as_bytes());
        assert_eq!((imported.origin.encoding, imported.refused.count), ("UTF-8", usize::from(false)));
        assert!(imported.entries.iter().all(|entry| entry.name.as_str() == "রিনা 𑄌"));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read("x.csv", &wide).entries, imported.entries);
    }
}
