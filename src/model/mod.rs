//! Floor 0: the values everything else is about. No input or output, no clock, no async.
//!
//! Text goes in, values come out; every text a person wrote keeps its place in its file, so that whatever is found wrong with it later
//! is shown there.
//!
//! - [`source`]: a file's text, and places in it
//! - [`diagnostic`]: what is wrong, where, and what to do; [`mistake`] makes those of this floor
//! - [`document`]: TOML with spans, read field by field
//! - [`filter`]: whom of the list a send is for
//! - [`publication`], [`relay`], [`inbox`], [`keys`], [`service`], [`dkim`]: `newsletter.toml`
//! - [`roster`]: the people in `subscribers.toml`, each a [`subscriber`]; a [`list`] is those or others, kept elsewhere
//! - [`issue`], [`block`]: an edition's file, with its [`text`], [`prose`] and [`link`]
//! - [`address`], [`language`], [`bidi`], [`theme`], [`colour`]: what these are made of
//! - [`mail`]: a finished message read back

pub mod address;
pub mod bidi;
pub mod block;
pub mod colour;
pub mod diagnostic;
pub mod dkim;
pub mod document;
pub mod filter;
pub mod inbox;
pub mod issue;
pub mod keys;
pub mod language;
pub mod link;
pub mod list;
pub mod mail;
pub mod mistake;
mod piece;
pub mod prose;
pub mod publication;
pub mod relay;
pub mod roster;
pub mod service;
pub mod source;
pub mod subscriber;
pub mod text;
pub mod theme;
