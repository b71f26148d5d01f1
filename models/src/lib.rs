//! The types of the API, one set for the functions that serve it and the clients that call it.
//!
//! [`types`] is generated from the OpenAPI document and checked in; [`validation`], [`value`] and the
//! macros that implement what types of a kind have in common are written by hand. A value of a generated type keeps every constraint the document declares
//! for it: it can neither be built nor decoded otherwise.

// Generated code names this crate by its absolute path, inside and outside of it.
extern crate self as models;

mod newtype;
#[rustfmt::skip]
#[allow(clippy::all, reason = "the shape of generated code follows the document")]
pub mod types;
pub mod validation;
pub mod value;

pub use types::*;
