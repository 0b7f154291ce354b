//! A letter as plain text that one would choose to read: from the same values as the HTML, never from the HTML.
//!
//! After the TEN Standard 1.2 for text newsletters: masthead, contents with numbers, pieces under marked headings, links listed after
//! each piece, footer behind a signature separator, and no long rows of signs. Lines have at most 72 columns as a reader sees them and
//! flow again where the mail program can (`format=flowed`, RFC 3676).
//!
//! - [`sheet`]: paragraphs, lists, links, flow
//! - [`mod@line`]: where a line may end, and how wide it is
//! - [`direction`]: which way it runs
//! - [`block`]: each kind of block
//! - [`prose`]: Markdown's tree

pub mod block;
pub mod direction;
pub mod line;
pub mod prose;
pub mod sheet;

use super::Letter;
use crate::model::block::{Block, Kind};
pub use sheet::PlainText;
use sheet::Sheet;

/// The text of a letter.
#[must_use]
pub fn render(letter: &Letter<'_>) -> PlainText {
    written(letter).finish()
}

/// The text of a letter, not finished where it depends on who reads.
pub(super) fn written(letter: &Letter<'_>) -> Sheet {
    let mut sheet = Sheet::new(letter.edition.language.words(), letter.publication.message.is_flowed);
    masthead(letter, &mut sheet);
    // Whoever has the text read aloud hears what there is before the first piece, wherever the edition has its contents list.
    let is_contents = |block: &Block| matches!(block.kind, Kind::Contents(_));
    let (contents, pieces): (Vec<_>, Vec<_>) = letter.blocks().partition(|(_, block)| is_contents(block));
    for (index, block) in contents.into_iter().chain(pieces) {
        block::block(letter, index, block, &mut sheet);
    }
    footer(letter, &mut sheet);
    sheet
}

fn masthead(letter: &Letter<'_>, sheet: &mut Sheet) {
    let own = letter.edition.language.words().direction;
    sheet.heading(0, 1, &letter.fill(&letter.edition.title));
    let period = letter.edition.period.as_ref().map(|period| letter.fill(period));
    let line: Vec<_> = std::iter::once(letter.publication.name.to_string()).chain(period).collect();
    sheet.paragraph(&direction::join(own, &line, " · "));
    sheet.gap();
}

fn footer(letter: &Letter<'_>, sheet: &mut Sheet) {
    let footer = &letter.publication.footer;
    let language = letter.edition.language;
    let words = language.words();
    sheet.signature();
    for text in footer.reason.text(language).into_iter().chain(footer.address.text(language)) {
        sheet.paragraph(&letter.fill(text));
        sheet.gap();
    }
    if let Some(address) = letter.web_page() {
        sheet.paragraph(&format!("{}{}{address}", words.view_in_browser, words.colon));
    }
    let way_out = letter.own_link().unwrap_or_else(|| letter.publication.list.unsubscribe.as_written().to_owned());
    sheet.paragraph(&format!("{}{}{way_out}", words.unsubscribe, words.colon));
}
