//! An address followed to where it leads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use url::Url;

use super::answer::{Answer, without_fragment};
use super::client::Client;

/// How many redirects are followed. Browsers take 20; more than 5 is slow for readers, and seldom meant.
const REDIRECTS_MAX: usize = 5;

/// What came of following an address.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    /// Where each redirect led, and whether it is permanent.
    pub(super) hops: Vec<(Url, bool)>,
    /// What came of asking for the last address; never [`Answer::Moved`].
    pub(super) end: Answer,
}

/// Follows addresses, and asks for each at most once however many lead there.
pub(super) struct Visitor {
    client: Client,
    answers: Mutex<HashMap<Url, Arc<OnceCell<Answer>>>>,
}

impl Visitor {
    pub(super) fn new(client: Client) -> Self {
        Self { client, answers: Mutex::default() }
    }

    /// Whether the name of any host was found.
    pub(super) fn has_found_a_name(&self) -> bool {
        self.client.has_found_a_name()
    }

    /// Follows an address through its redirects, each of which is asked for by the rules for a first address.
    pub(super) async fn visit(&self, start: &Url) -> Visit {
        let mut hops: Vec<(Url, bool)> = Vec::new();
        let mut wants_cookies = false;
        loop {
            let at = hops.last().map_or(start, |(url, _)| url);
            let (to, is_permanent) = match self.ask(&without_fragment(at)).await {
                Answer::Moved { to, is_permanent, sets_cookie } => {
                    wants_cookies |= sets_cookie;
                    (to, is_permanent)
                }
                end => return Visit { hops, end },
            };
            let target = without_fragment(&to);
            let is_known =
                std::iter::once(start).chain(hops.iter().map(|(url, _)| url)).any(|url| without_fragment(url) == target);
            let end = if is_known && wants_cookies {
                Some(Answer::Unclear("it redirects in a circle whoever keeps no cookies".to_owned()))
            } else if is_known {
                Some(Answer::Gone("its redirects go in a circle".to_owned()))
            } else if hops.len() == REDIRECTS_MAX {
                Some(Answer::Unclear(format!("it redirects more than {REDIRECTS_MAX} times")))
            } else {
                None
            };
            if let Some(end) = end {
                return Visit { hops, end };
            }
            hops.push((to, is_permanent));
        }
    }

    async fn ask(&self, url: &Url) -> Answer {
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(url.clone()).or_default())
        };
        cell.get_or_init(|| self.client.ask(url)).await.clone()
    }
}
