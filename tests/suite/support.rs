//! How well mail programs support what the letters use.

mod finding;
mod judge;
mod table;
