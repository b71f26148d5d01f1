//! The Lambda functions: one module per domain, one bin per function.

// Generated code names this crate by its absolute path, inside and outside of it.
extern crate self as handlers;

pub mod runtime;
