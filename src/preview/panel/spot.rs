//! Where in the mail something of the files is shown.

use std::ops::Range;

use crate::model::block::{Block, Kind};
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::source::Place;
use crate::model::text::Text;

/// An edition, and the block of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::preview) struct Spot {
    /// The edition's language.
    pub(in crate::preview) edition: Language,
    /// The block, by its place in the edition; `None` before the first one: subject, title, date.
    pub(in crate::preview) block: Option<usize>,
}

impl Spot {
    /// The spot of a place; `None` for a place in no edition: the publication's file, the list.
    pub(in crate::preview) fn of(issue: &Issue, place: &Place) -> Option<Self> {
        let edition = issue.editions.iter().find(|edition| edition.place.source.name == place.source.name)?;
        Some(Self { edition: edition.language, block: block(edition, place) })
    }
}

/// The block that a place of an edition's file lies in.
fn block(edition: &Edition, place: &Place) -> Option<usize> {
    let at = place.span.as_ref()?.start;
    let mut end = 0;
    let begins = edition.blocks.iter().map(|block| {
        let kind = block.place.span.clone().unwrap_or(end..end);
        let begin = begin(&edition.place.source.text, end..kind.start);
        end = kind.end;
        begin
    });
    begins.take_while(|&begin| begin <= at).count().checked_sub(1)
}

/// Where a block begins of which `kind` is written at the end of the range, and which begins in it: at its head, or, if it has none of its
/// own, with that line.
fn begin(text: &str, range: Range<usize>) -> usize {
    // What is behind was read before it was written to again: a place of an older text may lie anywhere.
    let before = text.get(range.clone()).unwrap_or_default();
    let is_head = |line: &str| line.split_whitespace().collect::<String>().starts_with("[[block]]");
    let mut offset = range.start;
    let mut found = None;
    for line in before.split_inclusive('\n') {
        if is_head(line) {
            found = Some(offset);
        }
        offset += line.len();
    }
    found.unwrap_or_else(|| before.rfind('\n').map_or(range.start, |at| range.start + at + 1))
}

/// The words by which people know a block: mostly its title. Some have none.
pub(super) fn title(block: &Block) -> Option<&Text> {
    match &block.kind {
        Kind::Lead(article) | Kind::Article(article) => Some(&article.title),
        Kind::Pair([article, _]) => Some(&article.title),
        Kind::Quote(quote) => quote.by.as_ref(),
        Kind::List(list) => list.title.as_ref(),
        Kind::Figures(figures) => figures.title.as_ref(),
        Kind::Events(events) => events.title.as_ref(),
        Kind::Picture(picture) => picture.caption.as_ref().or(picture.alt.as_ref()),
        Kind::Button(button) => Some(&button.text),
        Kind::Divider => None,
        Kind::Contents(title) => title.as_ref(),
        Kind::Notice(titled) | Kind::About(titled) => titled.title.as_ref(),
        Kind::Contact(contact) => contact.title.as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Document, Mistakes};
    use crate::model::publication::Vocabulary;
    use crate::model::source::Source;

    const TEXT: &str = "\
subject = \"S\"\ntitle = \"T\"\ndate = 2023-09-30\n\
\n[[block]] # the first\nkind = \"lead\"\ntitle = \"One\"\nbody = \"\"\"\nfirst words\n\"\"\"\n\
\n[[ block ]]\ntitle = \"Two\"\nkind = \"article\"\n\
\n[[block]]\nkind = \"divider\"\n";

    fn edition(text: &str) -> Edition {
        let source = Source::new("issues/q/en.toml", text);
        let (language, mistakes) = (Language::from_tag("en").expect("a language"), Mistakes::default());
        Edition::read(&Document::parse(&source), language, Place::whole(&source), &Vocabulary::default(), &mistakes)
    }

    fn block_of(text: &str, words: &str) -> Option<usize> {
        let edition = edition(text);
        let at = text.find(words).expect("the words are there");
        block(&edition, &Place::new(&edition.place.source, at..at + words.len()))
    }

    #[test]
    fn a_place_belongs_to_the_block_whose_table_it_is_in() {
        assert_eq!(edition(TEXT).blocks.len(), 3);
        assert_eq!(block_of(TEXT, "date"), None);
        assert_eq!(block_of(TEXT, "[[block]] # the first"), Some(0));
        assert_eq!(block_of(TEXT, "first words"), Some(0));
        // What stands before `kind` in the same table.
        assert_eq!(block_of(TEXT, "Two"), Some(1));
        assert_eq!(block_of(TEXT, "\"article\""), Some(1));
        assert_eq!(block_of(TEXT, "\"divider\""), Some(2));
    }

    #[test]
    fn blocks_written_in_a_row_are_told_apart_by_line() {
        let text = "date = 2023-09-30\nblock = [\n  { kind = \"divider\" },\n  { kind = \"button\", text = \"Go\", url = \"https://e.org\" },\n]\n";
        assert_eq!(edition(text).blocks.len(), 2);
        assert_eq!(block_of(text, "\"divider\""), Some(0));
        assert_eq!(block_of(text, "Go"), Some(1));
    }

    #[test]
    fn a_file_as_a_whole_has_an_edition_and_no_block() {
        let edition = edition(TEXT);
        let whole = edition.place.clone();
        let list = Place::file("subscribers.toml");
        let issue = Issue { slug: "q".to_owned(), editions: vec![edition], pictures: std::collections::BTreeMap::default() };
        let english = issue.editions[0].language;
        assert_eq!(Spot::of(&issue, &whole), Some(Spot { edition: english, block: None }));
        assert_eq!(Spot::of(&issue, &list), None);
    }
}
