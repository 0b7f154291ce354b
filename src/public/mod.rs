//! Floor 6: the pages for readers, open to everyone: to leave the list with one click. Nothing here knows an address: a link proves whom it is
//! about, and that is all that is asked.
//!
//! - `server`: HTTP behind a reverse proxy, with a limit on everything that a stranger can make long
//! - `leave`: the way out (RFC 8058)
//! - `join`, `asking`: to join, to change one's own settings, and what the forms say
//! - `archive`, `privacy`: past issues, and what is kept about readers
//! - `page`: the frame around every page, in the publication's own colours
//! - `words`: what the pages say, in each language

mod archive;
mod asking;
mod join;
mod leave;
mod page;
mod privacy;
mod server;
mod words;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Notify;

pub use archive::Shelf;

use crate::deed::Members;
use crate::ledger::Ledger;
use crate::model::publication::Publication;
use crate::model::service::Service;
use crate::token::Keyring;

/// What the pages are about.
#[derive(Debug)]
pub struct Public {
    publication: Publication,
    service: Service,
    keyring: Arc<Keyring>,
    ledger: Ledger,
    members: Members,
    /// Whether letters can be sent: without that nobody can join.
    is_writing: bool,
    shelf: Shelf,
    /// Told when somebody wishes for something.
    news: Arc<Notify>,
}

impl Public {
    /// The pages of a publication whose people are known by the keys of its service.
    #[must_use]
    pub fn new(publication: Publication, service: Service, keyring: Arc<Keyring>, ledger: Ledger, members: Members) -> Self {
        Self { publication, service, keyring, ledger, members, is_writing: false, shelf: Shelf::default(), news: Arc::default() }
    }

    /// The same with an archive of past issues, which others keep up to date.
    #[must_use]
    pub fn with_archive(self, archive: Shelf) -> Self {
        Self { shelf: archive, ..self }
    }

    /// The same where letters can be sent, so that people can join: `news` is told of each wish.
    #[must_use]
    pub fn writing(self, news: Arc<Notify>) -> Self {
        Self { is_writing: true, news, ..self }
    }
}

/// Serves the pages at an address until `shutdown` ends, then finishes the requests in hand; `ready` learns the address once connections are
/// taken. Port 0 is a free one.
///
/// # Errors
/// If the address cannot be listened at.
pub async fn serve(
    public: Public,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let routes = leave::routes(Arc::new(public));
    server::serve(routes, listen, ready, shutdown).await
}
