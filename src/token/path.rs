//! The return path of one recipient: `bounces+a-mfrggzdf…@example.org`. A report of failed delivery comes back to it, and the MAC in it shows that
//! we sent what it reports on, and to whom: nobody else can make one, or make one of another recipient's.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::{BASE32, Keyring, MAC_SIZE, Mark, lower};

/// Octets of a recipient's number: a million million of them.
const NUMBER_SIZE: usize = 5;
/// What the MAC is for, where a token has its purpose.
const PURPOSE: &str = "return path";

/// A mark of a recipient as it came back, which is yet to be [verified](Keyring::is_returned) against who has that number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    key: String,
    /// The number of the recipient in the ledger, as it claims.
    pub recipient: u64,
    mac: Vec<u8>,
}

impl Returned {
    /// Finds one behind the last plus sign of an address's local part. Servers on the way may have changed the case, and nothing else.
    #[must_use]
    pub fn find(local_part: &str) -> Option<Self> {
        let (_, text) = local_part.rsplit_once('+')?;
        let (key, text) = text.split_once('-')?;
        if !key.is_ascii() || text.len() > 64 {
            return None;
        }
        let octets = BASE32.decode(text.to_ascii_lowercase().as_bytes()).ok()?;
        if octets.len() != NUMBER_SIZE + MAC_SIZE {
            return None;
        }
        let (number, mac) = octets.split_at(NUMBER_SIZE);
        let recipient = number.iter().fold(0, |number, octet| number << 8 | u64::from(*octet));
        Some(Self { key: key.to_ascii_lowercase(), recipient, mac: mac.to_vec() })
    }
}

impl Keyring {
    /// What stands behind the plus sign in the return path of a recipient, by their number in the ledger and their mark: 44 octets at most.
    #[must_use]
    pub fn return_path(&self, recipient: u64, mark: Mark) -> String {
        let key = self.current();
        let number = &recipient.to_be_bytes()[8 - NUMBER_SIZE..];
        let mac = self.mac_over(key, PURPOSE, &[number, mark.octets()].concat());
        let octets = [number, &mac.as_ref()[..MAC_SIZE]].concat();
        format!("{}-{}", key.name, lower(&octets))
    }

    /// Whether what came back was made here, for the recipient of that number whose mark this is. Compared in constant time.
    #[must_use]
    pub fn is_returned(&self, returned: &Returned, mark: Mark) -> bool {
        let Some(key) = self.find(&returned.key) else { return false };
        let number = &returned.recipient.to_be_bytes()[8 - NUMBER_SIZE..];
        let mac = self.mac_over(key, PURPOSE, &[number, mark.octets()].concat());
        verify_slices_are_equal(&mac.as_ref()[..MAC_SIZE], &returned.mac).is_ok()
    }
}
