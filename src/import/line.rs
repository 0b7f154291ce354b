//! JSON lines: one object a person.

use std::io::Read;

use serde_json::error::Category;
use serde_json::{Map, Value};

use super::Event;
use super::encoding::Text;
use super::refusal::{Reason, Refusal, Unreadable};
use super::row::{Draft, Terms};

/// The most octets of a line.
const LINE_MAX: usize = 1 << 20;

/// Reads objects to the end of the file.
pub(super) fn read<R: Read>(text: &mut Text<R>, terms: &Terms<'_>, each: &mut dyn FnMut(Event)) -> Result<(), Unreadable> {
    let mut number = 0;
    while let Some((line, is_cut)) = text.line(LINE_MAX)? {
        number += 1;
        if line.trim().is_empty() {
            continue;
        }
        let refuse = |reason| Event::Refused(Refusal::new(number, &line, reason));
        if is_cut {
            each(refuse(Reason::Endless { most: LINE_MAX }));
            continue;
        }
        let object: Map<String, Value> = match serde_json::from_str(&line) {
            Ok(object) => object,
            Err(error) => {
                each(refuse(Reason::NoObject(problem(&error))));
                continue;
            }
        };
        let mut draft = Draft::new(terms);
        for (key, value) in &object {
            draft.put_member(key, value);
        }
        match draft.finish(number) {
            Ok((entry, notices)) => {
                each(Event::Entry(entry));
                for notice in notices {
                    each(Event::Notice(number, notice));
                }
            }
            Err(reason) => each(refuse(reason)),
        }
    }
    Ok(())
}

/// What is wrong with a line, as far as it can be told.
fn problem(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "it breaks off".to_owned(),
        Category::Data => "it is a value of another kind".to_owned(),
        Category::Syntax | Category::Io => format!("it cannot be read from its character {} on", error.column()),
    }
}
