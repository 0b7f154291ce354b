//! From a host's name to its addresses.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::net::lookup_host;

/// What finds the addresses of a name: the system, or a function of the caller's.
#[derive(Clone, Default)]
pub enum Resolver {
    /// As every program of this machine does: its hosts file, then the DNS.
    #[default]
    System,
    /// By a function, which must answer at once.
    Own(Arc<Lookup>),
}

/// Finds the addresses of a name.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

impl Resolver {
    /// The addresses of a name, each once, in the order in which to try them.
    pub(super) async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut found: Vec<IpAddr> = match self {
            Self::System => lookup_host((name, 0)).await?.map(|address| address.ip()).collect(),
            Self::Own(lookup) => lookup(name)?,
        };
        let mut seen = Vec::new();
        found.retain(|address| {
            let is_new = !seen.contains(address);
            seen.push(*address);
            is_new
        });
        Ok(found)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "Resolver::System",
            Self::Own(_) => "Resolver::Own",
        })
    }
}
