//! The model turned into Rust text: types, handler traits, dispatch, stubs, client.
//!
//! ```text
//! Api ──▶ types::Types ──┬─▶ types::emit       models/src/types.rs        (checked in)
//!                        ├─▶ operation::emit   handlers, OUT_DIR          (by build.rs)
//!                        └─▶ client::lower ──▶ progenitor ──▶ client/src/generated.rs (checked in)
//! ```

mod build;
mod generate;
pub mod operation;
mod prose;
pub mod source;
mod status;
pub mod types;

#[cfg(feature = "client")]
pub mod client;

pub use build::{BuildError, build};
pub use generate::{findings, generate};
