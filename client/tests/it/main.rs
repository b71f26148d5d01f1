//! The client against a server, and generated code against the compiler.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

/// Clients of the documents that the code generator is tested with. That they compile is the test.
#[rustfmt::skip]
#[allow(warnings, clippy::all, clippy::restriction, reason = "generated")]
#[path = "../../../codegen/tests/output/client/mod.rs"]
mod outputs;

#[allow(dead_code, reason = "its main is not called")]
#[path = "../../examples/proposal_proxy.rs"]
mod proposal_proxy;

mod calls;
mod proposals;
mod server;
mod tokens;
mod wire;
