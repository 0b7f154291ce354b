//! A message in pieces: those that it shares with others, and those of its own.

use std::sync::Arc;

use super::picture::Prepared;

/// A message as it goes over the wire, in pieces, in order; what it shares with other messages is not copied.
///
/// All pieces hold what is asked of a message: line ends are CRLF and none is parted by the end of a piece, no line has more than 998
/// octets, and none begins with a dot, so that nothing has to be doubled (RFC 5321 §4.5.2). The last piece ends in CRLF. A line may go on
/// from one piece to the next.
#[derive(Debug, Clone)]
pub struct Spliced {
    /// The Message-ID without angle brackets.
    pub id: String,
    pieces: Vec<Piece>,
}

/// A piece of a message.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The same octets in the messages of others: always ASCII, unless the sender's own address is not.
    Shared(Shared),
    /// Octets of this message alone.
    Own(Vec<u8>),
}

/// Octets that several messages hold together.
#[derive(Debug, Clone)]
pub struct Shared(Source);

#[derive(Debug, Clone)]
enum Source {
    Encoded(Arc<[u8]>, bool),
    Picture(Arc<Prepared>),
}

impl Spliced {
    pub(super) fn new(id: String, pieces: Vec<Piece>) -> Self {
        Self { id, pieces }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// Octets of the whole message.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces().map(|piece| piece.octets().len()).sum()
    }

    /// Whether there is nothing in it; no composed message is so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all of it is ASCII: if not, it takes SMTPUTF8 (RFC 6531) to send it. Only pieces of its own are looked at.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.pieces().all(|piece| match piece {
            Piece::Shared(shared) => shared.is_ascii(),
            Piece::Own(octets) => octets.is_ascii(),
        })
    }

    /// The whole message in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.len());
        self.pieces().for_each(|piece| whole.extend_from_slice(piece.octets()));
        whole
    }
}

impl Piece {
    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Shared(shared) => shared.octets(),
            Self::Own(octets) => octets,
        }
    }
}

impl Shared {
    pub(super) fn encoded(octets: Arc<[u8]>) -> Self {
        let is_ascii = octets.is_ascii();
        Self(Source::Encoded(octets, is_ascii))
    }

    /// What [`base64`](super::encoding) has made.
    pub(super) fn base64(octets: Arc<[u8]>) -> Self {
        Self(Source::Encoded(octets, true))
    }

    pub(super) fn picture(picture: &Arc<Prepared>) -> Self {
        Self(Source::Picture(Arc::clone(picture)))
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match &self.0 {
            Source::Encoded(octets, _) => octets,
            Source::Picture(picture) => &picture.encoded,
        }
    }

    /// Whether all of them are ASCII; known since they were made.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        match &self.0 {
            Source::Encoded(_, is_ascii) => *is_ascii,
            Source::Picture(_) => true,
        }
    }
}
