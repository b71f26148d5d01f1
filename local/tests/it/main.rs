//! The laptop cloud through its front doors: the generated client, and the command line.

// Clippy allows this in tests, but does not see that everything here is one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

mod add_operation;
mod archives;
mod browser;
mod deletions;
mod end;
mod events;
mod faulty;
mod front_door;
mod images;
mod multipart;
mod parameters;
mod proposals;
mod queues;
mod refusals;
mod reload;
mod requests;
mod s3;
mod scratch;
mod service;
mod sftp;
mod submissions;
mod transfers;
mod user_pools;
mod web;
