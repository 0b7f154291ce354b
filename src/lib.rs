//! Postrider composes an email newsletter from files and delivers it.
//!
//! Reading the tree is reading the flow: **files → model → compose → check → deliver → report**. The rooms, by floor; a room knows
//! those below it and none beside or above it (a test holds every import to that):
//!
//! | floor | room | what it is |
//! |---|---|---|
//! | 0 | [`model`] | the values: publication, issue, block, subscriber, diagnostic; TOML text to values with spans kept |
//! | 1 | [`files`] | a project's folder read whole, with every mistake in it |
//! | 1 | [`import`] | a list from elsewhere, octets to people and back, and what it would change |
//! | 1 | [`token`] | the part of a link that only we can have made |
//! | 1 | [`trust`] | whom to trust in TLS |
//! | 2 | [`bounce`] | what mail means that came back: failed deliveries, complaints, requests |
//! | 2 | [`compose`] | an edition and a subscriber to the bytes of a message: HTML, text, pictures, MIME, DKIM |
//! | 3 | [`check`] | rules over issue, list and composed mail |
//! | 3 | [`links`] | whether the links of an issue lead anywhere |
//! | 3 | [`ledger`] | what happened to each recipient, durable |
//! | 4 | [`deliver`] | the plan of a send, the SMTP driver, the engine |
//! | 4 | [`receive`] | the built-in SMTP receiver for rehearsals |
//! | 4 | [`report`] | what came of a send: the answer, what to do next, a page to keep |
//! | 5 | [`deed`] | what people have done with an issue: test, rehearse, approve, send |
//! | 5 | [`archive`] | past issues on the web, with a feed |
//! | 5 | [`inbox`] | the list's own mailbox, read message by message |
//! | 6 | [`public`] | the pages for readers: to leave, to join, to choose, to read past issues |
//! | 6 | [`preview`] | the pages in the browser: desk, static build, mailbox |
//!
//! The binary in `src/bin/postrider/` is floor 7: it alone prints, asks and exits.

pub mod archive;
pub mod bounce;
pub mod check;
pub mod compose;
pub mod deed;
pub mod deliver;
pub mod files;
pub mod import;
pub mod inbox;
pub mod ledger;
pub mod links;
pub mod model;
pub mod preview;
pub mod public;
pub mod receive;
pub mod report;
pub mod token;
pub mod trust;
