//! How gently servers are asked: few requests at once, fewer to one host, and a pause between two of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// How many requests go out at once, and how soon after one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most requests at once, over all hosts; at least 1.
    pub at_once: usize,
    /// The most requests at once to one host; at least 1.
    pub at_once_per_host: usize,
    /// The least time between the beginnings of two requests to one host.
    pub pause: Duration,
}

impl Default for Pace {
    /// Eight at once, two of them to one host, half a second apart: less than one reader's browser does.
    fn default() -> Self {
        Self { at_once: 8, at_once_per_host: 2, pause: Duration::from_millis(500) }
    }
}

/// Lets requests through at a [`Pace`].
#[derive(Debug)]
pub(super) struct Gate {
    pace: Pace,
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// When the next request may begin.
    next: Instant,
}

/// Leave to ask, until it is dropped.
#[derive(Debug)]
pub(super) struct Leave {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, all: Arc::new(Semaphore::new(pace.at_once.max(1))), hosts: Mutex::default() }
    }

    /// Waits until a host may be asked. `None` never comes: the gate does not close.
    pub(super) async fn enter(&self, host: &str) -> Option<Leave> {
        // The host's turn first: who waits for a slow host must not keep a place that another host's request could take.
        let places = self.with(host, |known| Arc::clone(&known.places));
        let host_place = places.acquire_owned().await.ok()?;
        loop {
            sleep_until(self.with(host, |known| known.next)).await;
            let place = Arc::clone(&self.all).acquire_owned().await.ok()?;
            // Meanwhile the host's other request may have begun.
            let now = Instant::now();
            let is_due = self.with(host, |known| {
                let is_due = known.next <= now;
                if is_due {
                    known.next = now + self.pace.pause;
                }
                is_due
            });
            if is_due {
                return Some(Leave { _host: host_place, _all: place });
            }
        }
    }

    fn with<T>(&self, host: &str, read: impl FnOnce(&mut Host) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Host { places: Arc::new(Semaphore::new(self.pace.at_once_per_host.max(1))), next: Instant::now() };
        read(hosts.entry(host.to_owned()).or_insert_with(fresh))
    }
}
