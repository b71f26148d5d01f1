//! Integration tests of the functions: recorded events through the generated dispatch, stores
//! held to one behaviour, and the glue of nasty documents compiled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

mod archives;
mod assembly;
mod deletions;
mod dynamodb;
mod event;
mod glue;
mod identity;
mod images;
mod interposed;
mod items;
mod objects;
mod proposals;
mod recognition;
mod sftp;
mod stores;
mod transfers;
mod users;
