//! Our own `subscribers.toml`, read by the reader that every command reads it with.

use std::io::Read;

use crate::model::document::Mistakes;
use crate::model::publication::Vocabulary;
use crate::model::roster::Roster;
use crate::model::source::Source;

use super::Event;
use super::encoding::Text;
use super::entry::Entry;
use super::refusal::{Reason, Refusal, Unreadable};
use super::row;
use super::state::State;

/// The most octets of a list. Unlike the other formats, a list is in memory as a whole.
const LIST_MAX: usize = 512 << 20;

/// Reads the list to its end.
pub(super) fn read<R: Read>(
    text: Text<R>,
    name: &str,
    vocabulary: &Vocabulary,
    state: Option<State>,
    each: &mut dyn FnMut(Event),
) -> Result<(), Unreadable> {
    let text = text.whole(LIST_MAX)?.ok_or(Unreadable::TooLarge(LIST_MAX))?;
    let source = Source::new(name, text);
    let mistakes = Mistakes::default();
    let roster = Roster::read(&source, vocabulary, &mistakes);
    for person in &roster.subscribers {
        let line = person.place.position().map_or(0, |(line, _)| line);
        match row::judge(&person.address) {
            Ok(notice) => {
                each(Event::Entry(Entry { line, ..Entry::of(person, state.unwrap_or_default()) }));
                if let Some(notice) = notice {
                    each(Event::Notice(line, notice));
                }
            }
            Err(reason) => each(Event::Refused(Refusal::new(line, person.address.as_written(), reason))),
        }
    }
    for found in mistakes.into_vec().into_iter().filter(crate::model::diagnostic::Diagnostic::is_error) {
        let line = found.place.position().map_or(0, |(line, _)| line);
        let start = found.place.span.as_ref().map_or(0, |span| span.start);
        let start = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let written = source.text[start..].lines().next().unwrap_or_default();
        each(Event::Refused(Refusal::new(line, written, Reason::List { message: found.message, help: found.help })));
    }
    Ok(())
}
