//! A letter as HTML fit for mail.
//!
//! What clients do to HTML decides its shape: everything needed stands in `style` attributes; columns are inline blocks that stack by
//! themselves where there is no room; Word's engine, in classic Outlook, gets tables of its own between conditional comments.
//!
//! - [`frame`]: the document around the blocks: head, masthead, footer
//! - [`sheet`]: the style sheets in the head, for narrow windows and dark mode
//! - [`block`]: each kind of block; [`article`] those that are pieces
//! - [`image`]: a picture with its words
//! - [`prose`]: Markdown's tree
//! - [`mod@column`]: things side by side
//! - [`style`]: the declarations they share

pub mod article;
pub mod block;
pub mod column;
pub mod frame;
pub mod image;
pub mod prose;
pub mod sheet;
pub mod style;

use std::cell::RefCell;

use super::Letter;
use super::message::BlockSpan;
use crate::model::block::{Block, Kind, Side};
use crate::model::text::Text;
use crate::model::theme::Theme;
use style::Style;

/// The HTML document of a letter, and where each block stands in it.
#[must_use]
pub fn render(letter: &Letter<'_>) -> (String, Vec<BlockSpan>) {
    let style = Style::new(letter.theme, letter.edition.language.words(), letter.edition.language);
    let page = Page { letter, style, spans: RefCell::default() };
    let document = frame::document(&page).into_string();
    (document, page.spans.into_inner())
}

/// The widest that a block's picture is shown, in CSS pixels; its file has twice as many.
#[must_use]
pub fn display_width(theme: &Theme, block: &Block) -> u32 {
    let text_width = theme.width - 2 * theme.margin;
    match &block.kind {
        Kind::Lead(_) => theme.width,
        // Beside something on a desktop, but as wide as the text on a phone.
        Kind::Pair(_) => PHONE_WIDTH,
        Kind::Article(article) if article.picture.as_ref().is_some_and(|picture| picture.side != Side::Above) => PHONE_WIDTH,
        _ => text_width,
    }
}

/// The width of text on a common phone, in CSS pixels.
const PHONE_WIDTH: u32 = 342;

/// A letter being rendered.
#[derive(Debug)]
pub struct Page<'a> {
    /// The letter.
    pub letter: &'a Letter<'a>,
    /// The declarations.
    pub style: Style,
    /// Where the blocks rendered so far stand.
    spans: RefCell<Vec<BlockSpan>>,
}

impl Page<'_> {
    /// A text as this reader gets it.
    fn fill(&self, text: &Text) -> String {
        self.letter.fill(text)
    }

    /// The width of running text, in CSS pixels.
    fn text_width(&self) -> u32 {
        self.letter.theme.width - 2 * self.letter.theme.margin
    }
}
