//! How well mail programs support what the letters use.

mod judge;
mod table;
