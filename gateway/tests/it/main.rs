//! A real server on a port of its own, functions in process, and clients that write raw bytes.

mod errors;
mod event;
mod harness;
mod limits;
mod mock;
mod serving;
mod start;
