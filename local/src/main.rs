//! `local`, what `cargo run` starts.

fn main() {}
