//! The OpenAPI document, and the one model everybody reads it through.
//!
//! ```text
//! text ──parse──▶ Document (tree with positions) ──resolve──▶ Api ($ref-free) ──▶ codegen, gateway, local
//! source          document/                         resolve/           model/
//! ```
//!
//! Only this crate knows YAML and JSON pointers into the text. Everything that is wrong with a
//! document is collected as [`Diagnostic`]s with file, line and column; nothing stops at the first.
//!
//! ```
//! let reading = openapi::parse("api.yaml", "openapi: 3.1.0\n", &openapi::Placeholders::none());
//! assert!(reading.api.is_none());
//! println!("{}", openapi::render(&reading.source, &reading.diagnostics, openapi::RenderFormat::Text));
//! ```

pub mod diagnostic;
pub mod document;
pub mod lint;
pub mod model;
pub mod names;
mod placeholder;
pub mod position;
mod reading;
mod render;
mod resolve;
mod source;
mod suggest;

pub use diagnostic::{Diagnostic, Severity};
pub use document::Document;
pub use lint::lint;
pub use model::Api;
pub use placeholder::Placeholders;
pub use position::{Origin, Position};
pub use reading::{Reading, parse, read};
pub use render::{RenderFormat, render};
pub use source::{Notation, Source};
