//! Documents in, findings and models out.
//!
//! `testdata/positive` holds documents that must be read, `testdata/negative` such that must not;
//! beside each lies what is found, as it is printed. `LYCHGATE_BLESS=1 cargo test -p openapi`
//! writes those files anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

mod bad_files;
mod corpus;
mod model;
mod mutations;
mod our_document;
