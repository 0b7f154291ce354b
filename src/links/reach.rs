//! Which hosts, ports and addresses may be asked at all.
//!
//! A link is written by somebody, and a redirect by anybody: neither may lead this machine to itself, to its neighbours in a private
//! network, or to a cloud's metadata service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What may be asked: public addresses, by ports that browsers open, and no name that is reserved for examples.
///
/// Exceptions can be added one by one, each address with its port, each name whole; nothing that a project's files say adds any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    addresses: Vec<SocketAddr>,
    names: Vec<String>,
}

/// Ports that no browser opens, so that a web page cannot speak to a mail server (Fetch standard, "bad port"); sorted.
const PORTS_BLOCKED: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
    113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554,
    556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666,
    6667, 6668, 6669, 6679, 6697, 10080,
];

impl Reach {
    /// Public addresses alone.
    #[must_use]
    pub fn public() -> Self {
        Self::default()
    }

    /// With an address that is not public, at this port alone.
    #[must_use]
    pub fn with_address(mut self, address: SocketAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// With a name that is reserved for examples.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// What makes an address one that readers elsewhere cannot reach, in words that follow "it is"; `None` for one that may be asked.
    #[must_use]
    pub fn refusal(&self, address: SocketAddr) -> Option<&'static str> {
        if self.addresses.contains(&address) {
            return None;
        }
        match address.ip() {
            IpAddr::V4(ip) => kind_of_v4(ip),
            IpAddr::V6(ip) => kind_of_v6(ip),
        }
    }

    /// Whether a name is reserved for examples and tests (RFC 2606, RFC 6761 §6): nothing it leads to is meant for readers.
    #[must_use]
    pub fn is_reserved(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_below = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let reserved = ["example", "test", "invalid", "example.com", "example.net", "example.org"];
        reserved.iter().any(is_below) && !self.names.iter().any(|name| name == host)
    }

    /// Whether a port is one that no browser opens.
    #[must_use]
    pub fn is_blocked(port: u16) -> bool {
        PORTS_BLOCKED.binary_search(&port).is_ok()
    }
}

/// The kind of an IPv4 address that is not public (IANA IPv4 Special-Purpose Address Registry, RFC 6890).
fn kind_of_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let kind = match ip.octets() {
        [127, ..] => "a loopback address",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "an address of private networks",
        [169, 254, ..] => "a link-local address",
        [100, 64..=127, ..] => "an address inside a provider's network",
        [0, ..] => "an unspecified address",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "an address reserved for documentation",
        [224..=239, ..] => "a multicast address",
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [240..=255, ..] => "a reserved address",
        _ => return None,
    };
    Some(kind)
}

/// The kind of an IPv6 address that is not public: all but `2000::/3`, and in it what the IANA IPv6 Special-Purpose Address Registry
/// lists. Addresses that carry an IPv4 address inside would be ways around the rules for those.
fn kind_of_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let kind = match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "an unspecified address",
        [0, 0, 0, 0, 0, 0, 0, 1] => "a loopback address",
        [0, 0, 0, 0, 0, 0 | 0xFFFF, _, _] | [0, 0, 0, 0, 0xFFFF, 0, _, _] => "an IPv4 address in disguise",
        [0x64, 0xFF9B, ..] => "an address of a translator to IPv4 (NAT64)",
        [0x2002, ..] => "an IPv4 address in disguise (6to4)",
        [0x2001, 0, ..] => "an IPv4 address in disguise (Teredo)",
        [0x2001, 0xDB8, ..] | [0x3FFF, 0..=0xFFF, ..] => "an address reserved for documentation",
        [0xFC00..=0xFDFF, ..] => "an address of private networks",
        [0xFE80..=0xFEBF, ..] => "a link-local address",
        [0xFF00..=0xFFFF, ..] => "a multicast address",
        [0x2001, 0..=0x1FF, ..] => "a reserved address",
        [0x2000..=0x3FFF, ..] => return None,
        _ => "a reserved address",
    };
    Some(kind)
}

/// Leaves out what a resolver of an IPv6-only network makes up (DNS64, RFC 6147): a NAT64 address for an IPv4 address that is named
/// beside it, and so is checked itself.
pub(super) fn without_translations(addresses: &mut Vec<IpAddr>) {
    let named = addresses.clone();
    addresses.retain(|address| match address {
        IpAddr::V6(ip) => match ip.segments() {
            [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => {
                let [[a, b], [c, d]] = [high, low].map(u16::to_be_bytes);
                !named.contains(&IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
            }
            _ => true,
        },
        IpAddr::V4(_) => true,
    });
}
