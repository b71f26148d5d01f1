//! The caller's crate: one builder per operation of the document.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = client::Settings::new("http://127.0.0.1:3000/dev").build()?;
//! let user = client.get_user().uid("u-1").send().await?;
//! println!("{}", user.username);
//! # Ok(()) }
//! ```
//!
//! `generated.rs` is made by `lychgate generate`; the rest is written by hand, and what stands in
//! [`support`] knows no document. [`proposals`] submits what may be too large for one request.

// Generated code names this crate by absolute path, as code generated elsewhere does.
extern crate self as client;

#[rustfmt::skip]
#[allow(missing_docs, unused_mut, clippy::all, clippy::restriction, reason = "generated")]
mod generated;
pub mod proposals;
mod settings;
pub mod support;

pub use generated::{Client, builder};
pub use models;
pub use progenitor_client::ResponseValue;
pub use settings::{Settings, SettingsError};
pub use support::{Retry, Token, TokenProvider, Tokens};

/// Why a call has no success to show; every declared error is a [`models::Problem`].
pub type Error<E = models::Problem> = support::Error<E>;
