//! What stands for a mailbox where its address must not.

use std::fmt;

use crate::model::address::Address;

/// A keyed hash of a mailbox: the same for every spelling of its address, and without the key neither found from the address nor the address
/// from it. So it may stand in links, and outlive the person's data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark([u8; 16]);

impl Mark {
    pub(super) fn of(address: &Address, key: &aws_lc_rs::hmac::Key) -> Self {
        let mut half = [0; 16];
        let tag = aws_lc_rs::hmac::sign(key, address.key().as_bytes());
        half.copy_from_slice(&tag.as_ref()[..16]);
        Self(half)
    }

    /// A mark from what [`octets`](Self::octets) gave.
    #[must_use]
    pub fn from_octets(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({self})")
    }
}

/// The first digits, enough for a log.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..6].iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
