//! A letter as HTML fit for mail.
//!
//! What clients do to HTML decides its shape: everything needed stands in `style` attributes; columns are inline blocks that stack by
//! themselves where there is no room; Word's engine, in classic Outlook, gets tables of its own between conditional comments.
//!
//! - [`frame`]: the document around the blocks: head, masthead, footer
//! - [`block`]: each kind of block
//! - [`prose`]: Markdown's tree
//! - [`mod@column`]: things side by side
//! - [`style`]: the declarations they share

pub mod block;
pub mod column;
pub mod frame;
pub mod prose;
pub mod style;

use super::Letter;
use crate::model::block::{Block, Kind, Side};
use crate::model::theme::Theme;
use style::Style;

/// The HTML document of a letter.
#[must_use]
pub fn render(letter: &Letter<'_>) -> String {
    let page = Page { letter, style: Style::new(letter.theme, letter.edition.language.words()) };
    frame::document(&page).into_string()
}

/// The widest that a block's picture is shown, in CSS pixels; its file has twice as many.
#[must_use]
pub fn display_width(theme: &Theme, block: &Block) -> u32 {
    let text_width = theme.width - 2 * theme.margin;
    match &block.kind {
        Kind::Lead(_) => theme.width,
        // Beside the text on a desktop, but as wide as the text on a phone.
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
}
