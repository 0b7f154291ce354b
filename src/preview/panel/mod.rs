//! What stands beside a mail: what was found.
//!
//! - `finding`: a diagnostic with its excerpt

mod finding;

use maud::{Markup, html};

pub(super) use finding::list;

use crate::model::diagnostic::Diagnostic;

/// All that is to be said of the issue whose mail is shown.
pub(super) fn checks(findings: &[&Diagnostic]) -> Markup {
    html! {
        h2 #checks-title { "Checks" @if !findings.is_empty() { span.number { (findings.len()) } } }
        @if findings.is_empty() {
            p.good { "Nothing to mend, nothing to look at." }
        } @else {
            (list(findings))
        }
    }
}
