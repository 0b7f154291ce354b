//! Who reads, and what merge fields and blocks become for them.

use crate::model::address::Address;
use crate::model::block::Block;
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;
use crate::model::text::{Field, Piece, Text};

/// Who reads a message.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A person on the list.
    Subscriber(&'a Subscriber),
    /// Somebody at an address who is not on the list: as for anyone, but addressed.
    Guest(&'a Address, Language),
    /// Nobody in particular: merge fields take their fallbacks, or show their name in brackets, and every block is seen.
    Anyone(Language),
    /// Whoever comes by on the web: as anyone, but only with the blocks that are for everybody.
    Passerby(Language),
    /// Nobody at all: merge fields stay as written. For the digest of what everyone gets.
    Template(Language),
}

impl Reader<'_> {
    /// Where their mail goes, if they are somebody in particular.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Subscriber(subscriber) => Some(&subscriber.address),
            Self::Guest(address, _) => Some(address),
            Self::Anyone(_) | Self::Passerby(_) | Self::Template(_) => None,
        }
    }

    /// The language asked for.
    #[must_use]
    pub fn language(&self) -> Language {
        match self {
            Self::Subscriber(subscriber) => subscriber.language,
            Self::Guest(_, language) | Self::Anyone(language) | Self::Passerby(language) | Self::Template(language) => *language,
        }
    }

    /// A text with its merge fields filled.
    #[must_use]
    pub fn fill(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(plain) => plain.clone(),
            Piece::Field(field) => self.value(field),
        };
        text.pieces.iter().map(piece).collect()
    }

    /// What a merge field stands for.
    pub(super) fn value(&self, field: &Field) -> String {
        let fallback = field.fallback.as_deref();
        match self {
            Self::Subscriber(subscriber) => subscriber.value(&field.name).or(fallback).map_or_else(String::new, str::to_owned),
            Self::Guest(..) | Self::Anyone(_) => fallback.map_or_else(|| format!("[{}]", field.name), str::to_owned),
            Self::Passerby(_) => fallback.unwrap_or("…").to_owned(),
            Self::Template(_) => format!("{{{{ {} | {} }}}}", field.name, fallback.unwrap_or_default()),
        }
    }

    /// Whether a block is for this reader.
    #[must_use]
    pub fn sees(&self, block: &Block) -> bool {
        match self {
            Self::Subscriber(subscriber) => {
                block.only.is_empty() || block.only.iter().any(|group| subscriber.groups.contains(group))
            }
            Self::Passerby(_) => block.only.is_empty(),
            Self::Guest(..) | Self::Anyone(_) | Self::Template(_) => true,
        }
    }
}
