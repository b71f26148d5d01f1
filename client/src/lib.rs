//! The caller's crate: one builder per operation of the document.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = client::Settings::new("http://127.0.0.1:3000/dev").build()?;
//! # Ok(()) }
//! ```
//!
//! `generated.rs` is made by `lychgate generate`; the rest is written by hand and knows no document.

// Generated code names this crate by absolute path, as code generated elsewhere does.
extern crate self as client;

mod settings;
pub mod support;

pub use progenitor_client::ResponseValue;
pub use settings::{Settings, SettingsError};
pub use support::Retry;
