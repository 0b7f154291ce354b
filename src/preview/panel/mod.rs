//! What stands beside a mail: what was found, and what it costs.
//!
//! - `finding`: a diagnostic with its excerpt, and the ways from it
//! - `spot`: where in the mail something of the files is shown
//! - `weight`: where the octets go
//! - `support`: which mail programs support what the mail uses
//! - `contrast`: how well the theme's colours can be read

mod contrast;
mod finding;
mod spot;
mod support;
mod weight;

use maud::{Markup, html};

pub(super) use finding::{Edit, Lead, Leads, led_list, list};
pub(super) use spot::Spot;

use super::page;
use crate::check::support as judging;
use crate::compose::{Composer, Message, Reader};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;
use crate::model::mail::Mail;

/// The message that is shown.
pub(super) struct Shown<'s> {
    /// What composed it.
    pub(super) composer: &'s Composer,
    /// Who reads it.
    pub(super) reader: Reader<'s>,
    /// As it was composed.
    pub(super) message: &'s Message,
    /// As a mail program reads it.
    pub(super) mail: &'s Mail,
    /// The view in which a spot of it is seen.
    pub(super) address: &'s dyn Fn(Spot) -> String,
}

impl Shown<'_> {
    /// The edition that it was composed of.
    fn edition(&self) -> &Edition {
        self.composer.edition(&self.reader)
    }
}

/// All that is to be said of the issue whose mail is shown.
pub(super) fn checks(findings: &[&Diagnostic], leads: &Leads<'_>) -> Markup {
    html! {
        h2 #checks-title { "Checks" @if !findings.is_empty() { span.number { (findings.len()) } } }
        @if findings.is_empty() {
            p.good { "Nothing to mend, nothing to look at." }
        } @else {
            (finding::groups(findings, leads))
        }
    }
}

/// What the message costs, and what is made of it; each part folded up. Where a page has those of several messages, `prefix` tells them apart.
pub(super) fn folds(shown: &Shown<'_>, prefix: &str) -> Markup {
    let report = judging::judge(&shown.message.html);
    let theme = &shown.composer.publication().theme;
    let failing = theme.pairs().iter().filter(|pair| pair.contrast < pair.least).count();
    let contrast = if failing == 0 { "all meet".to_owned() } else { format!("{failing} too low") };
    html! {
        (fold(&format!("{prefix}weight"), "Weight", &page::size(shown.message.bytes.len() as u64), &weight::chart(shown)))
        (fold(&format!("{prefix}support"), "Mail programs", &format!("{:.0} %", report.score), &support::families(&report, prefix)))
        (fold(&format!("{prefix}contrast"), "Contrast", &contrast, &contrast::pairs(theme)))
    }
}

fn fold(name: &str, title: &str, note: &str, content: &Markup) -> Markup {
    html! {
        div #{ (name) "-part" } .fold data-live {
            details id=(name) {
                summary { h2 id={ (name) "-title" } { (title) } span.note { (note) } }
                div { (content) }
            }
        }
    }
}
