//! Integration tests of the code generator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "client")]
mod client;
mod drift;
mod operation;
mod snapshot;
mod types;
