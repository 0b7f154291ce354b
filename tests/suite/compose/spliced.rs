//! Messages in pieces: the same octets as in one, most of them shared with others.

use std::fmt::Write;

use postrider::compose::{Composer, Piece, Purpose, Reader, Spliced, html, text};
use postrider::model::mail::Mail;
use postrider::model::subscriber::Subscriber;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{HEAD, in_language, open, png, python, quoted, sample, with_blocks};
use crate::workspace::Workspace;

/// Values that something between a file and a reader has tripped over.
const VALUES: [&str; 27] = [
    "Ana",
    "",
    "O'Brien, \"Bob\"",
    "“Bob”",
    "Jr.",
    "কাজী নজরুল ইসলাম",
    "محمد العربي",
    "李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙李小龙",
    "👩‍👩‍👧‍👦 🇧🇩",
    "=",
    "=20",
    "=\\",
    ".",
    ".. and . more",
    "From me",
    "> quoted",
    "--",
    "<b>&amp;",
    "a  b",
    " ",
    "x",
    "https://example.org/",
    "--=_0123456789abcdef0123456789abcdef--",
    "Ünïcödé",
    "12345",
    "\u{200f}‏١٢٣",
    "a rather long name of an institution, such as ministries have, with a department, a division and a section",
];

/// An edition with merge fields in all kinds of places; `words` stands around them.
fn edition(words: &str) -> String {
    let prose = format!(
        "{{{{ name }}}} {words}\n\nDear {{{{ note | friend }}}}, {words} {words} {{{{ note }}}}\n\n\
         - {{{{ note }}}}\n- [{{{{ note }}}}](https://example.org/) and [{words}](https://example.org/2)\n\n> {words} {{{{ email }}}}.\n\n## {{{{ note }}}}"
    );
    let prose = quoted(&prose);
    let pictured = "{ file = \"dot.png\", alt = \"{{ note }}\", caption = \"{{ note }}\", credit = \"{{ note | nobody }}\" }";
    format!(
        "{}subject = \"{words} {{{{ note | you }}}}\"\ntitle = \"{{{{ note }}}}\"\nperiod = \"{{{{ note }}}}\"\npreheader = \"{words}, {{{{ note }}}}\"\n\
         [[block]]\nkind = \"contents\"\n\
         [[block]]\nkind = \"lead\"\ntitle = \"{words}\"\nkicker = \"{{{{ note }}}}\"\nplace = \"{{{{ note | Dhaka }}}}\"\nbody = {prose}\n\
         [[block]]\nkind = \"quote\"\ntext = \"{{{{ note }}}}\"\nby = \"{{{{ note }}}}\"\nrole = \"{{{{ note }}}}\"\n\
         [[block]]\nkind = \"article\"\ntitle = \"{{{{ note }}}} {words}\"\nbody = \"{words}\"\npicture = {pictured}\n\
         links = [{{ url = \"https://example.org/3\" }}]\nonly = [\"members\"]\n\
         [[block]]\nkind = \"figures\"\nitems = [{{ value = \"{{{{ note }}}}\", label = \"{words}\" }}]\n\
         [[block]]\nkind = \"button\"\ntext = \"{{{{ note | go }}}}\"\nurl = \"https://example.org/4\"\n",
        HEAD.lines().filter(|line| line.starts_with("date")).fold(String::new(), |head, line| head + line + "\n")
    )
}

fn subscribers(values: &[(String, String)]) -> String {
    values.iter().enumerate().fold(String::new(), |mut list, (number, (name, note))| {
        let _ = writeln!(list, "[[subscriber]]\nemail = \"p{number}@example.org\"");
        for (key, value) in [("name", name), ("note", note)] {
            if !value.trim().is_empty() {
                let _ = writeln!(list, "{key} = {}", quoted(value));
            }
        }
        let _ = write!(list, "{}", if number % 2 == 0 { "groups = [\"members\"]\n" } else { "" });
        list
    })
}

/// Holds the messages to everyone against the renderers, the house's reader of mail and Python's.
fn assert_alike(composer: &Composer, people: &[Subscriber]) {
    let readers: Vec<_> = people.iter().map(Reader::Subscriber).collect();
    let messages: Vec<_> = readers.iter().map(|reader| composer.compose(reader, Purpose::Issue)).collect();
    let read = python::read(messages.iter().map(|message| message.bytes.as_slice()));
    for ((reader, message), read) in readers.iter().zip(&messages).zip(read) {
        let letter = composer.letter(reader, None);
        let (html, blocks) = html::render(&letter);
        assert_eq!((&message.html, &message.blocks), (&html, &blocks));
        assert_eq!(message.text, text::render(&letter).text);
        let mail = Mail::parse(&message.bytes).expect("a message");
        assert_eq!((&mail.text, &mail.html), (&message.text, &message.html), "read by the house");
        assert_eq!((&read.text, &read.html), (&message.text, &message.html), "read by Python");
        assert_eq!(read.defects, Vec::<String>::new());
        let spliced = composer.spliced(reader, Purpose::Issue);
        assert!(spliced.to_vec() == message.bytes && spliced.len() == message.bytes.len() && spliced.id == message.id);
        assert!(spliced.is_ascii());
        for piece in spliced.pieces() {
            assert!(!piece.octets().starts_with(b"\n") && !piece.octets().ends_with(b"\r"), "a line end is parted");
        }
        let wire = String::from_utf8(message.bytes.clone()).expect("ASCII");
        let (header, body) = wire.split_once("\r\n\r\n").expect("a header and a body");
        assert!(header.lines().all(|line| line.len() <= 998) && body.ends_with("\r\n"));
        for line in body.split("\r\n") {
            assert!(!line.contains(['\r', '\n']) && line.len() <= 76 && !line.starts_with('.') && !line.ends_with(' '), "{line}");
        }
    }
}

fn own_octets(spliced: &Spliced) -> usize {
    spliced.pieces().map(|piece| if let Piece::Own(octets) = piece { octets.len() } else { 0 }).sum()
}

#[test]
fn whatever_readers_are_called_they_read_what_was_rendered_for_them() {
    let values: Vec<_> = VALUES.iter().map(|value| ("Ana, of =, \"the\" 李小龙".to_owned(), (*value).to_owned())).collect();
    for words in ["The words: a = b", "বাংলা লেখা বাংলা লেখা", "."] {
        let workspace = with_blocks("");
        workspace.write(super::EDITION, edition(words));
        workspace.write("issues/2023-q3/dot.png", png(2, 2));
        workspace.write("subscribers.toml", subscribers(&values));
        let (composer, people) = open(&workspace);
        assert_eq!(people.len(), VALUES.len());
        assert_alike(&composer, &people);
    }
}

#[test]
fn editions_from_right_to_left_and_in_chinese_are_read_as_they_were_rendered() {
    for (tag, words) in [("ar", "نص عربي طويل"), ("zh", "每一个受害者都得到帮助，没有人被遗忘")] {
        let workspace = in_language(tag, &edition(words).replace("only = [\"members\"]\n", ""));
        workspace.write("issues/2023-q3/dot.png", png(2, 2));
        let values: Vec<_> = VALUES.iter().map(|value| ("Ana, of =, \"the\" 李小龙".to_owned(), (*value).to_owned())).collect();
        workspace.write("subscribers.toml", subscribers(&values).replace("groups = [\"members\"]\n", ""));
        let (composer, people) = open(&workspace);
        assert_alike(&composer, &people);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_of_any_make_are_read_as_they_were_rendered(
        values in vec(("[a-zA-Zবা李ا👍-]{0,40}", "[a-zA-Z =.“\"'<&>বা李ا👍-]{0,150}"), 12),
        words in "[a-z][a-z =.'বাংলা]{0,200}[a-z]",
    ) {
        let workspace = with_blocks("");
        workspace.write(super::EDITION, edition(&words));
        workspace.write("issues/2023-q3/dot.png", png(2, 2));
        workspace.write("subscribers.toml", subscribers(&values));
        let (composer, people) = open(&workspace);
        assert_alike(&composer, &people);
    }
}

#[test]
fn what_readers_have_in_common_is_the_same_octets_in_memory() {
    let (composer, people) = sample();
    let mut compared = 0;
    for pair in people.windows(2) {
        let [one, other] = [&pair[0], &pair[1]].map(|person| composer.spliced(&Reader::Subscriber(person), Purpose::Issue));
        let is_alike = composer.edition(&Reader::Subscriber(&pair[0])) == composer.edition(&Reader::Subscriber(&pair[1]))
            && pair[0].groups == pair[1].groups;
        if !is_alike {
            continue;
        }
        compared += 1;
        let shared = |spliced: &Spliced| -> Vec<(*const u8, usize)> {
            let of = |piece: &Piece| matches!(piece, Piece::Shared(_)).then(|| (piece.octets().as_ptr(), piece.octets().len()));
            spliced.pieces().filter_map(of).collect()
        };
        assert_eq!(shared(&one), shared(&other));
        for spliced in [&one, &other] {
            assert!(own_octets(spliced) < 4_000, "{} of {} octets are its own", own_octets(spliced), spliced.len());
        }
    }
    assert!(compared > 0, "nobody to compare");
}

#[test]
fn a_value_that_cannot_leave_the_template_as_it_is_has_one_of_its_own() {
    let workspace = Workspace::new();
    workspace.write(
        super::EDITION,
        format!("{HEAD}[[block]]\nkind = \"article\"\ntitle = \"The piece\"\nbody = \"[{{{{ note }}}}](https://example.org/) and [more](https://example.org/2)\"\n"),
    );
    let values = ["https://example.org/", "words"].map(|note| (String::new(), note.to_owned()));
    workspace.write("subscribers.toml", subscribers(&values));
    let (composer, people) = open(&workspace);
    let texts: Vec<_> = people.iter().map(|person| composer.compose(&Reader::Subscriber(person), Purpose::Issue).text).collect();
    assert!(texts[0].contains("https://example.org/ and more [1]"), "{}", texts[0]);
    assert!(texts[1].contains("words [1] and more [2]"), "{}", texts[1]);
}
