//! The Lambda functions: one module per domain, one bin per function.
//!
//! ```text
//! Lambda ──event──▶ bin/<function>.rs ──▶ runtime::run ──▶ generated::<function>::dispatch
//!                                                               │ decoded request
//! store ◀── <function>/<operation>.rs ◀── <function>/mod.rs ◀───┘ (the trait's methods)
//!   ▲
//!   └─ jobs::Worker ◀── <function>/<worker>.rs ◀── runtime::Consumer ◀── messages of a queue
//! ```
//!
//! Whatever leaves the process does so through a port with a twin in memory: [`store`], [`objects`],
//! [`queue`], [`parameters`], [`recognition`].
//!
//! The document is not read at run time: `build.rs` has made [`generated`] of it.

// Generated code names this crate by its absolute path, inside and outside of it.
extern crate self as handlers;

#[allow(
    clippy::all,
    clippy::cognitive_complexity,
    clippy::too_many_lines,
    non_camel_case_types,
    reason = "the shape of generated code follows the document"
)]
pub mod generated {
    //! Traits, requests, responses and dispatch of every function, made by `build.rs`.

    include!(concat!(env!("OUT_DIR"), "/functions.rs"));
}
pub mod archives;
pub mod assembly;
pub mod aws;
pub mod deletions;
pub mod identity;
pub mod images;
pub mod items;
pub mod jobs;
pub mod objects;
pub mod parameters;
pub mod proposals;
pub mod queue;
pub mod recognition;
pub mod runtime;
pub mod sftp;
pub mod store;
pub mod transfers;
pub mod users;
