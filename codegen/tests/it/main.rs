//! Integration tests of the code generator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

mod cli;
mod client;
mod drift;
mod operation;
mod types;
