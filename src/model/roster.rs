//! The list: what `subscribers.toml` says.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::diagnostic::{self, Diagnostic};
use super::document::{Document, Fields, Mistakes, RECOVERY_MAX, Shown};
use super::mistake;
use super::piece;
use super::publication::Vocabulary;
use super::source::{Place, Source};
use super::subscriber::{Entry, Mailbox, Subscriber};

/// The key of the entries.
const KEY: &str = "subscriber";
/// What the file is called in what is said about it.
const OWNER: &str = "subscribers.toml";

/// The entries to a piece: enough that a piece's beginning and end cost nothing, and few enough that its tree is small.
const PIECE: usize = 500;

/// The pieces for each core that are read before what they say is put together: enough that no core waits long for another.
const WAVE: usize = 8;

/// The people on the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Those whose entries are sound, in the order of the file.
    pub subscribers: Vec<Subscriber>,
    /// The names of attributes, those in entries with mistakes included: a merge field that asks for one is not misspelt.
    pub attributes: BTreeSet<String>,
}

impl Roster {
    /// Reads the list. Entries with mistakes are left out; an address that comes twice is a mistake, whatever its spelling.
    ///
    /// A long list is read in pieces, on all cores; neither people nor mistakes depend on that. Of a list of more than 4 MB that is no
    /// TOML, the first slip of syntax is all that is told.
    #[must_use]
    pub fn read(source: &Arc<Source>, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Self {
        Self::read_by(PIECE, RECOVERY_MAX, source, vocabulary, mistakes)
    }

    fn read_by(entries: usize, recovery_max: usize, source: &Arc<Source>, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Self {
        let pieces = piece::cut(&source.text, KEY, entries);
        let document = if pieces.len() == 1 {
            Document::parse_up_to(source, recovery_max)
        } else {
            match read_pieces(source, vocabulary, &pieces) {
                Ok((roster, shown)) => {
                    shown.finish(mistakes);
                    return roster;
                }
                Err(Unfit::Slip(document)) if source.text.len() > recovery_max => *document,
                // A slip has consequences in all of the file, which only the whole shows.
                Err(_) => Document::parse_up_to(source, recovery_max),
            }
        };
        let mut draft = Draft::new(source);
        document.read(OWNER, mistakes, |fields| {
            let read = Read::new(fields, vocabulary);
            if read.count == 0 {
                fields.mistakes().add(mistake::empty_list(fields.place()));
            }
            draft.enter(read, fields.mistakes());
        });
        draft.roster
    }
}

/// Why a list cannot be read in pieces.
enum Unfit<'s> {
    /// A piece is no TOML: a document with the slip.
    Slip(Box<Document<'s>>),
    /// Two pieces have, or may have, a key in common that is none of the list's: together they might be no TOML.
    Key,
}

/// Reads the pieces of a list, of which only a few are trees at a time.
fn read_pieces<'s>(
    source: &'s Arc<Source>,
    vocabulary: &Vocabulary,
    pieces: &[Range<usize>],
) -> Result<(Roster, Shown), Unfit<'s>> {
    let (mut draft, mut shown) = (Draft::new(source), Shown::default());
    let mut strangers = BTreeSet::new();
    let read = |piece: &Range<usize>| {
        let document = Document::parse_piece(source, piece.clone())?;
        Ok(document.collect(OWNER, |fields| Read::new(fields, vocabulary)))
    };
    let mut enter = |wave: Vec<Result<(Read, Vec<Diagnostic>), _>>| {
        for piece in wave {
            let (mut read, mut found) =
                piece.map_err(|slipped| if strangers.is_empty() { Unfit::Slip(slipped) } else { Unfit::Key })?;
            if read.count == 0 || !std::mem::take(&mut read.strangers).into_iter().all(|key| strangers.insert(key)) {
                return Err(Unfit::Key);
            }
            let duplicates = Mistakes::default();
            draft.enter(read, &duplicates);
            found.extend(duplicates.into_vec());
            diagnostic::sort(&mut found);
            shown.extend(found);
        }
        Ok(())
    };
    // What a wave says is put together, in order, while the next one is read.
    let mut last = Vec::new();
    for wave in pieces.chunks(WAVE * rayon::current_num_threads()) {
        let (entered, next) = rayon::join(|| enter(last), || wave.par_iter().map(read).collect());
        entered?;
        last = next;
    }
    enter(last)?;
    Ok((draft.roster, shown))
}

/// What a list says, or a piece of it.
struct Read {
    /// How many entries there are.
    count: usize,
    /// Those with an address.
    entries: Vec<Entry>,
    /// The names of attributes.
    names: BTreeSet<Arc<str>>,
    /// Keys beside the entries.
    strangers: Vec<String>,
}

impl Read {
    fn new(fields: &Fields<'_>, vocabulary: &Vocabulary) -> Self {
        let mut names = BTreeSet::new();
        let tables = fields.tables(KEY, "a subscriber");
        let entries = tables.iter().filter_map(|fields| Entry::read(fields, vocabulary, &mut names)).collect();
        let strangers = fields.unread().into_iter().map(str::to_owned).collect();
        Self { count: tables.len(), entries, names, strangers }
    }
}

/// The list as it grows.
struct Draft<'s> {
    source: &'s Arc<Source>,
    roster: Roster,
    /// Where each address stands first.
    firsts: HashMap<Mailbox, Range<usize>>,
}

impl<'s> Draft<'s> {
    fn new(source: &'s Arc<Source>) -> Self {
        Self { source, roster: Roster::default(), firsts: HashMap::new() }
    }

    fn enter(&mut self, read: Read, mistakes: &Mistakes) {
        self.roster.attributes.extend(read.names.iter().map(ToString::to_string));
        for Entry { mailbox, span, person } in read.entries {
            let first = self.firsts.entry(mailbox).or_insert_with(|| span.clone());
            if *first == span {
                self.roster.subscribers.extend(person);
            } else {
                let address = person.as_ref().map_or_else(|address| address, |person| &person.address);
                let place = |span| Place::new(self.source, span);
                mistakes.add(mistake::duplicate_address(place(span), address.as_written(), place(first.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::language::Language;

    /// What a list says, read by so many entries at a time.
    fn read(text: &str, entries: usize, recovery_max: usize) -> (Roster, Vec<Diagnostic>) {
        let languages = ["en", "bn"].into_iter().filter_map(Language::from_tag).collect();
        let vocabulary = Vocabulary { languages, groups: vec!["members".to_owned()], ..Vocabulary::default() };
        let mistakes = Mistakes::default();
        let roster = Roster::read_by(entries, recovery_max, &Source::new(OWNER, text), &vocabulary, &mistakes);
        (roster, mistakes.into_vec())
    }

    fn assert_same(text: &str, recovery_max: usize) {
        let whole = read(text, usize::MAX, recovery_max);
        for entries in 1..4 {
            assert_eq!(read(text, entries, recovery_max), whole, "{entries} at a time:\n{text}");
        }
    }

    /// An entry that is sound if no other has the number.
    fn entry(number: usize) -> String {
        format!("[[subscriber]]\nemail = \"reader{number}@example.org\"\ngroups = [\"members\"]\nfirst_name = \"বাংলা\"\n\n")
    }

    /// Lines of an entry, sound ones and such as only look like something else.
    const LINES: &[&str] = &[
        "name = \"রিনা\"",
        "language = \"bn\"",
        "language = \"xx\"",
        "groups = [\n  \"nobody\", # ]\n  \"members\",\n]",
        "nmae = \"x\"",
        "First = \"x\"",
        "age = 3",
        "city = \"\"\"\\\n  Dhaka\"\"\"",
        "note = \"\"\"\n[[subscriber]]\nemail = \"x\"\"\"\"\"",
        "note = '''\n[[subscriber]]\n'''",
        "note = \"x\\u0007\"",
        "# [[subscriber]] \"\"\" [",
        "quoted = \"\\\" [[ \\\\\"",
        "literal = '[[ \\'",
        "\"a key = [\" = \"x\"",
        "more = { a = \"]\", b = '}' }",
        "[subscriber.more]\nx = 1",
        "[[subscriber.several]]",
        "[[ \"subscriber\" ]]\nemail = \"other@example.org\"",
        "  [['subscriber']] # so\nemail = \"OTHER@example.org\"",
        "[[\"s\\u0075bscriber\"]]\nemail = \"third@example.org\"",
        "[other]\nsubscriber = 1",
        "[another.table]",
        "[another.one]",
    ];

    /// Lines that are no TOML, at least beside others.
    const SLIPS: &[&str] = &[
        "name = \"x",
        "name = 'x",
        "note = \"\"\"",
        "note = '''x''",
        "groups = [\"members\"",
        "groups = [\"members\" \"members\"]",
        "groups = \"members\"]",
        "more = { a = [ }",
        "}",
        "[[subscriber]",
        "[subscriber]",
        "[subscriber.more]\n[subscriber.more]",
        "subscriber = 3",
        "email = \"again@example.org\"\nemail = \"again@example.org\"",
        "x x x",
        "x\"\"\" = 1",
        "= 1",
        "x = 1 y = 2",
        "day = 2023-02-30",
        "x = \u{1}",
        "x = 1\r",
        "a.b = 1\na = 2",
        "\u{feff}",
    ];

    fn list(lines: &'static [&str]) -> impl Strategy<Value = String> {
        let line = prop_oneof![
            3 => (0..6_usize).prop_map(entry),
            2 => (10..10_000_usize).prop_map(entry),
            5 => prop::sample::select(lines).prop_map(|line| format!("{line}\n")),
        ];
        let before =
            prop_oneof![3 => Just(""), 1 => Just("# a list\n\n"), 1 => Just("other.x = 1\n"), 1 => Just("subscriber = []\n")];
        (before, prop::collection::vec(line, 0..16)).prop_map(|(before, lines)| format!("{before}{}", lines.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn pieces_say_what_the_whole_says(text in list(LINES)) {
            assert_same(&text, RECOVERY_MAX);
            assert_same(&text, 0);
        }

        #[test]
        fn pieces_say_what_the_whole_says_of_slips(text in list(LINES), slip in prop::sample::select(SLIPS), rest in list(LINES)) {
            assert_same(&format!("{text}{slip}\n{rest}"), RECOVERY_MAX);
        }

        #[test]
        fn of_a_long_list_the_first_slip_is_told(sound in 0..5_usize, slip in prop::sample::select(SLIPS), rest in 1..5_usize) {
            let entries = |numbers: Range<usize>| numbers.map(entry).collect::<String>();
            let text = format!("{}{slip}\n{}", entries(0..sound + 1), entries(sound + 1..sound + 1 + rest));
            assert_same(&text, 0);
        }
    }

    #[test]
    fn the_mistakes_shown_are_the_first_of_the_whole_list() {
        let wrong = |number: usize| entry(number).replace("members", "nobody").replace("reader7", "reader");
        let text: String = (0..700).map(wrong).collect();
        assert_same(&text, RECOVERY_MAX);
        let (_, mistakes) = read(&text, 3, RECOVERY_MAX);
        let rest = &mistakes[500];
        assert_eq!((mistakes.len(), rest.rule), (501, "too-many"));
        assert!(rest.message.ends_with("has 209 mistakes more"), "700 groups, and nine addresses again: {}", rest.message);
    }

    #[test]
    fn an_address_is_found_again_in_a_later_piece_at_its_first_place() {
        let text = [entry(1), entry(2), entry(3).replace("members", "nobody"), entry(2), entry(3), entry(1), entry(1)].concat();
        let (roster, mistakes) = read(&text, 2, RECOVERY_MAX);
        let found: Vec<_> = mistakes.iter().map(|finding| (finding.place.position(), finding.rule)).collect();
        let at = |line, column, rule| (Some((line, column)), rule);
        let twice = "duplicate-address";
        let expected = [at(13, 11, "unknown-group"), at(17, 9, twice), at(22, 9, twice), at(27, 9, twice), at(32, 9, twice)];
        assert_eq!(found, expected);
        assert!(mistakes[4].related[0].0.position() == Some((2, 9)) && roster.subscribers.len() == 3, "{mistakes:?}");
    }
}
