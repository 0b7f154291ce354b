//! Who reads, and what merge fields and blocks become for them.

use crate::model::block::Block;
use crate::model::language::Language;
use crate::model::subscriber::Subscriber;
use crate::model::text::{Piece, Text};

/// Who reads a message.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A person on the list.
    Subscriber(&'a Subscriber),
    /// Nobody in particular: merge fields take their fallbacks, or show their name in brackets, and every block is seen.
    Anyone(Language),
    /// Nobody at all: merge fields stay as written. For the digest of what everyone gets.
    Template(Language),
}

impl Reader<'_> {
    /// The language asked for.
    #[must_use]
    pub fn language(&self) -> Language {
        match self {
            Self::Subscriber(subscriber) => subscriber.language,
            Self::Anyone(language) | Self::Template(language) => *language,
        }
    }

    /// A text with its merge fields filled.
    #[must_use]
    pub fn fill(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(plain) => plain.clone(),
            Piece::Field(field) => {
                let fallback = field.fallback.as_deref();
                match self {
                    Self::Subscriber(subscriber) => {
                        subscriber.value(&field.name).or(fallback).map_or_else(String::new, str::to_owned)
                    }
                    Self::Anyone(_) => fallback.map_or_else(|| format!("[{}]", field.name), str::to_owned),
                    Self::Template(_) => format!("{{{{ {} | {} }}}}", field.name, fallback.unwrap_or_default()),
                }
            }
        };
        text.pieces.iter().map(piece).collect()
    }

    /// Whether a block is for this reader.
    #[must_use]
    pub fn sees(&self, block: &Block) -> bool {
        match self {
            Self::Subscriber(subscriber) => {
                block.only.is_empty() || block.only.iter().any(|group| subscriber.groups.contains(group))
            }
            Self::Anyone(_) | Self::Template(_) => true,
        }
    }
}
