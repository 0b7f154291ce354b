//! A project's folder, read whole: the publication, the list and an issue, with every mistake in any of them.
//!
//! - [`read`]: one file, safely
//! - [`project`]: finding the project and loading it
//!
//! Nothing here writes.

pub mod project;
pub mod read;

pub use project::{Loaded, Project};
