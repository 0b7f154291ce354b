//! The list that a send goes to: as a file has it, or as something keeps it that is too large to stand in memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::address::Address;
use super::subscriber::{Mailbox, Subscriber};

/// Everyone on the list, told one after the other, as often as asked.
#[derive(Debug, Clone)]
pub enum List {
    /// As written in a file: all of it in memory, in the order of the file.
    Written(Arc<Vec<Subscriber>>),
    /// As something else keeps it, which need not have it in memory.
    Kept(Arc<dyn Keeper>),
}

/// What keeps a list: always the same people in the same order, as they were when it was asked for.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// How many people there are.
    fn count(&self) -> usize;

    /// Tells everyone, in order, until `see` has seen enough.
    ///
    /// # Errors
    /// If it cannot be read to its end.
    fn each(&self, see: &mut dyn FnMut(&Subscriber) -> ControlFlow<()>) -> Result<(), Unlisted>;

    /// Who has a mailbox.
    ///
    /// # Errors
    /// If it cannot be read.
    fn find(&self, address: &Address) -> Result<Option<Subscriber>, Unlisted>;

    /// The people at some places of the order, from 0; a place beyond the end is passed over.
    ///
    /// # Errors
    /// If it cannot be read.
    fn at(&self, places: &[usize]) -> Result<Vec<Subscriber>, Unlisted>;
}

/// Why a list cannot be read to its end, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list in the database cannot be read: {0}")]
pub struct Unlisted(pub String);

impl List {
    /// How many people there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Written(people) => people.len(),
            Self::Kept(keeper) => keeper.count(),
        }
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Those whom a file has; nobody where something else keeps the list.
    #[must_use]
    pub fn written(&self) -> &[Subscriber] {
        match self {
            Self::Written(people) => people,
            Self::Kept(_) => &[],
        }
    }

    /// Tells everyone, in order.
    ///
    /// # Errors
    /// If the list cannot be read to its end.
    pub fn each(&self, mut see: impl FnMut(&Subscriber)) -> Result<(), Unlisted> {
        self.until(&mut |subscriber| {
            see(subscriber);
            ControlFlow::Continue(())
        })
    }

    /// Tells everyone, in order, until `see` has seen enough.
    ///
    /// # Errors
    /// If the list cannot be read as far as that.
    pub fn until(&self, see: &mut dyn FnMut(&Subscriber) -> ControlFlow<()>) -> Result<(), Unlisted> {
        match self {
            Self::Written(people) => {
                let _ = people.iter().try_for_each(see);
                Ok(())
            }
            Self::Kept(keeper) => keeper.each(see),
        }
    }

    /// Who has a mailbox. What a file has is searched from its beginning: a [`Finder`] answers many such questions.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub fn find(&self, address: &Address) -> Result<Option<Cow<'_, Subscriber>>, Unlisted> {
        match self {
            Self::Written(people) => {
                Ok(people.iter().find(|subscriber| subscriber.address.is_same_mailbox(address)).map(Cow::Borrowed))
            }
            Self::Kept(keeper) => Ok(keeper.find(address)?.map(Cow::Owned)),
        }
    }

    /// The people at some places of the order, from 0.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub fn at(&self, places: &[usize]) -> Result<Vec<Cow<'_, Subscriber>>, Unlisted> {
        match self {
            Self::Written(people) => Ok(places.iter().filter_map(|&place| people.get(place)).map(Cow::Borrowed).collect()),
            Self::Kept(keeper) => Ok(keeper.at(places)?.into_iter().map(Cow::Owned).collect()),
        }
    }
}

impl Default for List {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<Subscriber>> for List {
    fn from(people: Vec<Subscriber>) -> Self {
        Self::Written(people.into())
    }
}

/// A list in which many are looked for.
#[derive(Debug)]
pub struct Finder {
    list: List,
    /// Where each mailbox stands in what a file has.
    places: HashMap<Mailbox, u32>,
}

impl Finder {
    /// Makes a list ready.
    #[must_use]
    pub fn new(list: List) -> Self {
        let place =
            |(at, subscriber): (usize, &Subscriber)| (Mailbox::new(&subscriber.address), u32::try_from(at).unwrap_or(u32::MAX));
        let places = list.written().iter().enumerate().map(place).collect();
        Self { list, places }
    }

    /// Who has a mailbox.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub fn find(&self, address: &Address) -> Result<Option<Cow<'_, Subscriber>>, Unlisted> {
        match &self.list {
            List::Written(people) => {
                let place = self.places.get(&Mailbox::new(address));
                Ok(place.and_then(|&at| people.get(at as usize)).map(Cow::Borrowed))
            }
            List::Kept(keeper) => Ok(keeper.find(address)?.map(Cow::Owned)),
        }
    }
}
