//! Floor 3: whether the links of an issue lead anywhere. The one room that asks other people's servers, and only when it is told to.
//!
//! - `target`: the addresses an issue links to, with their places
//! - `reach`: what may be asked at all
//! - `resolver`: from names to addresses
//! - `pace`: how gently servers are asked
//! - `client`: one request over one connection
//! - `answer`: what came of it
//! - `visit`: redirects, each by the same rules
//! - `finding`: what is said about it all

mod answer;
mod client;
mod finding;
mod pace;
mod reach;
mod resolver;
mod target;
mod visit;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

pub use self::pace::Pace;
pub use self::reach::Reach;
pub use self::resolver::{Lookup, Resolver};
pub use self::target::{Mention, Target, targets};

use self::client::Client;
use self::visit::Visitor;
use crate::model::diagnostic::Diagnostic;

/// On what terms servers are asked.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What may be asked at all.
    pub reach: Reach,
    /// What finds the addresses of names.
    pub resolver: Resolver,
    /// How gently servers are asked.
    pub pace: Pace,
    /// How long one request may take from the look-up of the name to the end of the response's head, whatever the server does meanwhile.
    pub deadline: Duration,
    /// Whom to trust, as [`trust::client_config`](crate::trust::client_config) says; if it cannot, nothing with `https` can be checked.
    pub tls: Result<ClientConfig, String>,
}

impl Terms {
    /// Public addresses alone, the system's resolver, the default pace, ten seconds a request.
    #[must_use]
    pub fn new(tls: Result<ClientConfig, String>) -> Self {
        Self { reach: Reach::public(), resolver: Resolver::System, pace: Pace::default(), deadline: Duration::from_secs(10), tls }
    }
}

/// One of the addresses is done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The address.
    pub url: String,
}

/// Asks for every target once and says, for each place where one stands, what is wrong with it.
///
/// Who receives `progress` hears of each target as it is done; that nobody listens is no mistake. Dropping the future ends all requests.
pub async fn check(targets: Vec<Target>, terms: Terms, progress: UnboundedSender<Progress>) -> Vec<Diagnostic> {
    let visitor = Arc::new(Visitor::new(Client::new(terms)));
    let mut visits = JoinSet::new();
    for (number, target) in targets.into_iter().enumerate() {
        let visitor = Arc::clone(&visitor);
        visits.spawn(async move {
            let visit = visitor.visit(&target.url).await;
            (number, target, visit)
        });
    }
    let mut done = Vec::new();
    while let Some(result) = visits.join_next().await {
        let (number, target, visit) = match result {
            Ok(done) => done,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            // Nobody cancels a task while this future waits for it.
            Err(_) => continue,
        };
        let _ = progress.send(Progress { url: target.url.to_string() });
        done.push((number, target, visit));
    }
    done.sort_by_key(|(number, ..)| *number);
    let done: Vec<_> = done.into_iter().map(|(_, target, visit)| (target, visit)).collect();
    finding::findings(&done, visitor.has_found_a_name())
}
