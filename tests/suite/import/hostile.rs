//! Whatever lies there, an answer: no panic, no endless reading, no memory beyond a window.

use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use postrider::import::{self, Event, Setting};
use proptest::prelude::*;

use super::{read, sample, vocabulary};

/// A file that is made as it is read: a head, a pattern again and again, a tail.
struct Endless {
    head: Vec<u8>,
    pattern: Vec<u8>,
    times: u64,
    tail: Vec<u8>,
    at: u64,
}

impl Endless {
    fn new(head: &str, pattern: &str, times: u64, tail: &str) -> Self {
        let octets = |text: &str| text.as_bytes().to_vec();
        Self { head: octets(head), pattern: octets(pattern), times, tail: octets(tail), at: 0 }
    }

    fn rest(&self) -> &[u8] {
        let (head, middle) = (self.head.len() as u64, self.pattern.len() as u64 * self.times);
        let at = |offset: u64| usize::try_from(offset).unwrap();
        match self.at {
            offset if offset < head => &self.head[at(offset)..],
            offset if offset < head + middle => &self.pattern[at((offset - head) % self.pattern.len() as u64)..],
            offset => self.tail.get(at(offset - head - middle)..).unwrap_or_default(),
        }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(offset) => self.at = offset,
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(self.at)
    }
}

/// The people, and what is refused, each by its line.
fn scan(file: Endless) -> (Vec<String>, Vec<(usize, String)>) {
    let (mut people, mut refused) = (Vec::new(), Vec::new());
    let start = Instant::now();
    let vocabulary = vocabulary();
    let result = import::scan(file, &Setting::new("x", &vocabulary), &mut |event| match event {
        Event::Entry(entry) => people.push(entry.address.wire()),
        Event::Refused(refusal) => {
            assert!(refusal.text.chars().count() <= 121, "{}", refusal.text);
            refused.push((refusal.line, refusal.reason.to_string()));
        }
        Event::Notice(..) => {}
    });
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    result.unwrap_or_else(|error| panic!("{error}"));
    (people, refused)
}

const SOUND: [&str; 2] = ["ana@example.org", "rina@example.org"];

#[test]
fn a_cell_of_a_hundred_megabytes_is_refused_and_the_rows_around_it_are_read() {
    let pattern = "x".repeat(1 << 16);
    for quote in ["", "\""] {
        let head = format!("email,note\nana@example.org,\nbig@example.org,{quote}");
        let (people, refused) = scan(Endless::new(&head, &pattern, 1600, &format!("{quote}\nrina@example.org,")));
        assert_eq!(people, SOUND);
        assert_eq!(refused, [(3, "this line has more than 1048 KB".to_owned())]);
    }
}

#[test]
fn an_open_quotation_mark_before_a_hundred_megabytes_costs_one_line() {
    let (people, refused) = scan(Endless::new("email,note\n\"bad\n", "ana@example.org,\n", 200_000, "rina@example.org,"));
    assert_eq!((people.len(), refused.len()), (200_001, 1));
    assert_eq!(refused[0].0, 2);
}

#[test]
fn open_quotation_marks_without_end_are_given_up_on() {
    let (people, refused) = scan(Endless::new("email,note\n", "ana@example.org\",\"\n", 2_000_000, ""));
    assert!(people.len() <= 101, "{}", people.len());
    assert!(refused.len() <= 202 && refused.last().unwrap().1.starts_with("so many quotation marks"), "{refused:?}");
}

#[test]
fn ten_thousand_cells_are_refused_and_the_next_row_is_read() {
    let (people, refused) = scan(Endless::new("email,note\nana@example.org,\n", "x,", 10_000, "\nrina@example.org,"));
    assert_eq!(people, SOUND);
    assert_eq!(refused, [(3, "this row has more than 1000 cells".to_owned())]);
}

#[test]
fn cards_in_cards_and_folded_lines_without_end_take_no_memory() {
    let card = |address: &str| format!("BEGIN:VCARD\nEMAIL:{address}\nEND:VCARD\n");
    // A card whose agent has an agent, and so on; a property of a million lines; a million addresses.
    let nested = Endless::new(
        &format!("{}BEGIN:VCARD\nEMAIL:outer@example.org\n", card(SOUND[0])),
        "AGENT:BEGIN:VCARD\nEMAIL:inner@example.org\n",
        300_000,
        &format!("END:VCARD\n{}", card(SOUND[1])),
    );
    let (people, refused) = scan(nested);
    assert_eq!((people, refused.len()), (SOUND.map(str::to_owned).to_vec(), 1));
    for pattern in [" folded", " folded\n", "\n folded", "EMAIL:x@example.com\n", "CATEGORIES:a,b,c\n"] {
        let head = format!("BEGIN:VCARD\nEMAIL;PREF=1:{}\nNOTE:\n", SOUND[0]);
        let (people, _) = scan(Endless::new(&head, pattern, 500_000, &format!("\nEND:VCARD\n{}", card(SOUND[1]))));
        assert_eq!(people, SOUND, "{pattern:?}");
    }
}

#[test]
fn json_inside_json_and_lines_without_end_are_refused() {
    let object = |address: &str| format!("{{\"email\": \"{address}\"}}\n");
    for pattern in ["[", "{\"a\":", "x"] {
        let head = format!("{}{{\"email\": \"big@example.org\", \"attributes\": ", object(SOUND[0]));
        let (people, refused) = scan(Endless::new(&head, pattern, 100_000, &format!("\n{}", object(SOUND[1]))));
        assert_eq!((people, refused.len()), (SOUND.map(str::to_owned).to_vec(), 1), "{pattern:?}");
    }
    let (people, refused) =
        scan(Endless::new(&format!("{}{{", object(SOUND[0])), &" ".repeat(1 << 16), 100, &format!("\n{}", object(SOUND[1]))));
    assert_eq!((people, refused.len()), (SOUND.map(str::to_owned).to_vec(), 1));
}

#[test]
fn half_a_unit_of_utf_16_at_the_end_costs_no_other_line() {
    let whole = sample("excel-unicode.txt");
    let read = |octets: &[u8]| {
        let imported = read("x.txt", octets);
        (imported.entries.len(), imported.refused.count)
    };
    assert_eq!(read(&[&whole[..], b"A"].concat()), (2, 1));
    // Half of the line feed, none of it, and half of the carriage return, which makes the last cell unreadable.
    assert_eq!([1, 2, 3].map(|cut| read(&whole[..whole.len() - cut])), [(2, 1), (2, 0), (1, 1)]);
}

#[test]
fn nothing_of_a_header_or_a_terminal_gets_out_of_a_cell() {
    let csv = "email,name,note\n\
               a@example.org,\"Ana\u{202e}gro\",\u{2066}open\n\
               b@example.org,\"Ana\nBcc: x@example.net\",\n\
               c@example.org,\u{1b}[2J,\n\
               d@example.org,Ana,\u{1b}]0;title\u{7}\n\
               e@example.org,\u{2028}Ana\u{2029}x,\n";
    let imported = read("x.csv", csv.as_bytes());
    assert_eq!(imported.entries.len(), 1);
    assert_eq!((imported.entries[0].name.as_str(), imported.entries[0].attribute("note")), ("Anagro", Some("open")));
    for refusal in &imported.refused.examples {
        let shown = refusal.to_string().replace("\n  ", "");
        assert!(!shown.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{shown:?}");
    }
}

#[test]
fn a_file_that_breaks_off_is_told_apart_from_one_that_ends() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let vocabulary = vocabulary();
    let error = import::scan(Broken, &Setting::new("x", &vocabulary), &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "the file cannot be read: the disk is gone");
}

/// Pieces of which lists are made, right ones and wrong ones.
const PIECES: &[&str] = &[
    "email",
    "name",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "\"\"",
    "ana@example.org",
    "Ana <rina@example.org>",
    "@",
    "=1+1",
    "'",
    "sep=;\n",
    "BEGIN:VCARD\n",
    "END:VCARD\n",
    "EMAIL;PREF=1:a@example.org\n",
    "FN;ENCODING=QUOTED-PRINTABLE:=E0=\n",
    "AGENT:\n",
    " folded\n",
    "N:\\;;,\n",
    ":",
    "{\"email\":\"a@example.org\"}\n",
    "{",
    "}",
    "[",
    "]",
    "\\",
    "[[subscriber]]\n",
    "email = \"a@example.org\"\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "রিনা",
    "é",
    "status",
    "unsubscribed",
    "groups",
    "members",
    "{\"\"a\"\": 1}",
    "attributes",
];

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = import::read_octets(&octets, &Setting::new("x", &vocabulary()));
        let _ = import::read_octets(&octets, &Setting::new("x.toml", &vocabulary()));
    }

    #[test]
    fn no_list_however_wrong_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60), wide in any::<bool>()) {
        let text = pieces.concat();
        let octets = if wide { text.encode_utf16().flat_map(u16::to_be_bytes).collect() } else { text.into_bytes() };
        if let Ok(imported) = import::read_octets(&octets, &Setting::new("x", &vocabulary())) {
            let _ = super::told(&imported);
        }
    }
}
