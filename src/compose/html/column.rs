//! Things side by side: inline blocks that stack by themselves where there is no room, and a table for Word's engine.

use maud::{Markup, PreEscaped, html};

/// A thing in a row.
#[derive(Debug)]
pub struct Column {
    /// The widest it gets, in CSS pixels.
    pub width: u32,
    /// Space between it and its neighbours, for a `padding`.
    pub padding: String,
    /// What is in it.
    pub content: Markup,
}

/// A row of columns, with texts of `size` CSS pixels. Both halves of the table for Word are written here, so that they always balance.
///
/// The white space between inline blocks would take room: the row's font size is 0, and every text in it has a size of its own.
#[must_use]
pub fn row(columns: &[Column], size: u32) -> Markup {
    let width: u32 = columns.iter().map(|column| column.width).sum();
    html! {
        (word_only(&format!("<table role=\"presentation\" width=\"{width}\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>")))
        @for column in columns {
            (word_only(&format!("<td width=\"{}\" valign=\"top\">", column.width)))
            div.col style={
                "display:inline-block;width:100%;max-width:" (column.width) "px;vertical-align:top;font-size:" (size) "px"
            } {
                div.stack style={ "padding:" (column.padding) } { (column.content) }
            }
            (word_only("</td>"))
        }
        (word_only("</tr></table>"))
    }
}

/// Markup that Word's engine alone reads. `markup` is written by this room, never by a user.
#[must_use]
pub fn word_only(markup: &str) -> Markup {
    PreEscaped(format!("<!--[if mso]>{markup}<![endif]-->"))
}
