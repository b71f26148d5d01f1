//! The OpenAPI document, and the one model everybody reads it through.
//!
//! ```text
//! text ──parse──▶ Document (tree with positions) ──resolve──▶ Api ($ref-free) ──▶ codegen, gateway, local
//!      document/                                   resolve/           model/
//! ```
//!
//! Only this crate knows YAML and JSON pointers into the text. Everything that is wrong with a
//! document is collected as [`Diagnostic`]s with file, line and column; nothing stops at the first.

pub mod diagnostic;
pub mod model;
pub mod names;
pub mod position;

pub use diagnostic::{Diagnostic, Severity};
pub use model::Api;
pub use position::{Origin, Position};
