//! Counts with a few examples: what a person can read of something that may have happened a million times.

use std::collections::BTreeMap;

use super::refusal::Notice;

/// The most examples that are kept.
const EXAMPLES_MAX: usize = 1_000;
/// The most kinds of notice that are kept apart.
const NOTICES_MAX: usize = 200;

/// How often something happened, and the first examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally<T> {
    /// How often.
    pub count: usize,
    /// The first ones, at most 1,000.
    pub examples: Vec<T>,
}

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self { count: 0, examples: Vec::new() }
    }
}

impl<T> Tally<T> {
    /// How many there are of all, with the first ones.
    #[must_use]
    pub fn of(all: &[T]) -> Self
    where
        T: Clone,
    {
        Self { count: all.len(), examples: all.iter().take(EXAMPLES_MAX).cloned().collect() }
    }

    /// Adds one.
    pub fn add(&mut self, example: T) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(example);
        }
    }
}

/// Notices, each kind with how often it was met and the line in which it was met first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted(BTreeMap<Notice, (usize, usize)>);

impl Noted {
    /// Adds one, met in a line.
    pub fn add(&mut self, line: usize, notice: Notice) {
        let is_full = self.0.len() >= NOTICES_MAX && !self.0.contains_key(&notice);
        let notice = if is_full { Notice::Others } else { notice };
        self.0.entry(notice).or_insert((0, line)).0 += 1;
    }

    /// All of them, by kind: the notice, how often it was met, and in which line first.
    pub fn iter(&self) -> impl Iterator<Item = (&Notice, usize, usize)> {
        self.0.iter().map(|(notice, &(count, line))| (notice, count, line))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
