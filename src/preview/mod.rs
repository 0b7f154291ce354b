//! Floor 3: everything the browser sees. One hand draws all of it; nothing here sends or changes anything but the files that
//! [`album`] writes.
//!
//! The three faces:
//!
//! - [`desk`]: the live preview, the same as the files at every moment
//! - [`mailbox`]: what a rehearsal received
//! - [`album`]: the editions of an issue as files, to leaf through without a server
//!
//! What they share:
//!
//! - `page`: the frame around every page; `preview.css` and `preview.js` beside it
//! - `letter`: one message shown, parsed back from the very bytes that are sent
//! - `finding`: a diagnostic with its excerpt
//! - `people`: search in the list
//! - `live`: a project checked anew at every save
//! - `server`: HTTP on loopback, closed to strangers; `shelf` serves the parts of messages that pages show

pub mod album;
pub mod desk;
mod finding;
mod letter;
mod live;
pub mod mailbox;
mod page;
mod people;
mod server;
mod shelf;

pub use letter::Hosted;
