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
    /// Two pieces have a key in common that is none of the list's: together they might be no TOML.
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
            let (mut read, mut found) = piece.map_err(Unfit::Slip)?;
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
