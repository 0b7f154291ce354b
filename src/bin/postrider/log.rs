//! `--log`: what happens during a send, as JSON, one object a line.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use postrider::deliver::log::TARGET;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::failure::Failure;

/// Opens the log, if one is wanted: what is there already stays, and only its owner can read what is new (mode 0600).
pub(crate) fn open(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(Failure::while_doing(&format!("open the log {}", path.display())))?;
    // No other library's events: they may say anything.
    let ours = Targets::new().with_target(TARGET, LevelFilter::INFO);
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false).with_target(false);
    tracing_subscriber::registry()
        .with(lines.with_writer(Mutex::new(file)).with_filter(ours))
        .try_init()
        .map_err(|error| Failure::Failed(format!("cannot begin the log: {error}")))
}
