//! A person as a list from elsewhere has them.

use std::sync::Arc;

use crate::model::address::{Address, DisplayName};
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;

use super::state::State;

/// A person as a list from elsewhere has them.
///
/// What is in it can stand in `subscribers.toml` and in a message: the same rules hold for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where mail goes.
    pub address: Address,
    /// The name before the address; may be empty.
    pub name: DisplayName,
    /// The language asked for, one of the publication's; `None` where the file says nothing of it.
    pub language: Option<Language>,
    /// The groups the person is in, each one of the publication's.
    pub groups: Vec<Arc<str>>,
    /// What else is known, each with its name; every value is one line without white space around it.
    pub attributes: Vec<(Arc<str>, Box<str>)>,
    /// Whether mail may go there.
    pub state: State,
    /// The line of the file it stands in, from 1; 0 where it comes from no file.
    pub line: usize,
}

impl Entry {
    /// A person of the list, to be exported.
    #[must_use]
    pub fn of(subscriber: &Subscriber, state: State) -> Self {
        Self {
            address: subscriber.address.clone(),
            name: subscriber.name.clone(),
            language: Some(subscriber.language),
            groups: subscriber.groups.iter().map(|group| group.as_str().into()).collect(),
            attributes: subscriber.attributes.iter().map(|(name, value)| (Arc::clone(name), value.trim().into())).collect(),
            state,
            line: 0,
        }
    }

    /// What is known of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// Takes over what a file says of the person: what it does not say stays.
    pub fn take_over(&mut self, told: Self) {
        if !told.name.as_str().is_empty() {
            self.name = told.name;
        }
        self.language = told.language.or(self.language);
        for group in told.groups {
            if !self.groups.contains(&group) {
                self.groups.push(group);
            }
        }
        for (name, value) in told.attributes {
            match self.attributes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => self.attributes.push((name, value)),
            }
        }
    }

    /// Adds what a later line says of the same mailbox: what is not known yet, all groups, and the state that restricts more.
    pub fn join(&mut self, later: Self) {
        self.state = self.state.max(later.state);
        if self.name.as_str().is_empty() {
            self.name = later.name;
        }
        self.language = self.language.or(later.language);
        for group in later.groups {
            if !self.groups.contains(&group) {
                self.groups.push(group);
            }
        }
        for (name, value) in later.attributes {
            if self.attribute(&name).is_none() {
                self.attributes.push((name, value));
            }
        }
    }
}
