//! A person's stop: Ctrl-C, or SIGTERM from the system.

/// Completes at the first Ctrl-C or SIGTERM from now on. A second one ends the process at once; the ledger knows how to go on from
/// there.
pub(crate) fn stop() -> impl Future<Output = ()> {
    let left = leave();
    async move {
        left.await;
        anstream::eprintln!("Stopping: messages on their way are finished first. Press Ctrl-C again to stop at once.");
    }
}

/// The same without a word.
pub(crate) fn leave() -> impl Future<Output = ()> {
    // At once, not when somebody first awaits it: mail may be on its way by then.
    let mut stops = Stops::listen();
    async move {
        stops.next().await;
        tokio::spawn(async move {
            stops.next().await;
            // 128 and the number of SIGINT, as shells have it.
            std::process::exit(130);
        });
    }
}

/// Completes at the next Ctrl-C or SIGTERM.
pub(crate) async fn wait() {
    Stops::listen().next().await;
}

/// What is listened to, from one stop to the next without a gap in which one could be missed.
#[cfg(unix)]
struct Stops(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Stops {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        // Where one of the two cannot be listened to, the other still stops.
        Self([SignalKind::interrupt(), SignalKind::terminate()].into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) {
        use futures_util::future::{FutureExt, select_all};
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        select_all(self.0.iter_mut().map(|signal| signal.recv().boxed())).await;
    }
}

#[cfg(not(unix))]
struct Stops;

#[cfg(not(unix))]
impl Stops {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
