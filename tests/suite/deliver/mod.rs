//! Delivery over real TCP, against a server that does as its script says.

mod faulty;
mod peer;
mod project;

mod connection;
mod credentials;
mod end;
mod matrix;
mod message;
mod pace;
mod recipient;
mod relays;
mod reply;
mod stop;
mod tls;

pub(crate) use peer::{AUTHORITY, acceptor};
