//! Signing.
fn main() {}
