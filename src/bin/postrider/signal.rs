//! A person's stop: Ctrl-C, or SIGTERM from the system.

use postrider::deliver::Stop;

/// Completes at the first Ctrl-C or SIGTERM. A second one ends the process at once; the ledger knows how to go on from there.
pub(crate) async fn stop() {
    wait().await;
    anstream::eprintln!("Stopping: messages on their way are finished first. Press Ctrl-C again to stop at once.");
    tokio::spawn(async {
        wait().await;
        // 128 and the number of SIGINT, as shells have it.
        std::process::exit(130);
    });
}

/// Completes at the next Ctrl-C or SIGTERM.
pub(crate) async fn wait() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            // Without it, Ctrl-C still stops.
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

/// Whether a run was stopped by a person.
pub(crate) fn is_ours(stop: &Stop) -> bool {
    matches!(stop, Stop::Shutdown)
}
