//! Floor 6: everything the browser sees. One hand draws all of it; what it does, [`deed`](crate::deed) does.
//!
//! The three faces:
//!
//! - [`desk`]: the live preview, the same as the files at every moment, and in its `office` what is done with an issue
//! - [`mailbox`]: what a rehearsal received
//! - [`album`]: the editions of an issue as files, to leaf through without a server
//!
//! What they share:
//!
//! - `page`: the frame around every page; `style/` and `preview.js` beside it
//! - `letter`: one message shown, parsed back from the very bytes that are sent
//! - `panel`: what stands beside it: what was found, and what it costs
//! - `server`: HTTP on loopback, closed to strangers; `site`: the address that they cannot guess
//! - `shelf`: the parts of messages that pages show

pub mod album;
pub mod desk;
mod letter;
pub mod mailbox;
mod office;
mod page;
mod panel;
mod server;
mod shelf;
mod site;

pub use letter::Hosted;
pub use server::Door;
