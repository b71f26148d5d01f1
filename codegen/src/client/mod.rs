//! The caller's side: one builder per operation, emitted by progenitor from a projection of the
//! model that it takes whatever the document holds.
//!
//! ```text
//! Api ──▶ call::Call ──▶ project ──▶ progenitor ──▶ rewrite ──▶ client/src/generated.rs
//!         names, arguments,   openapiv3            answers, setters,
//!         body, answers, wire                      hooks, documentation
//! ```
//!
//! progenitor panics on ordinary documents (a `200` beside a `default`) and silently mistypes
//! others. So it is never shown the document: every schema it sees is a component that stands for
//! one of our own types, every response is left out and decoded by code of ours, and what its
//! requests cannot express (a media type, a joined list, a renamed parameter) goes into a table
//! that the client's hooks apply. What cannot be called at all becomes a [`Diagnostic`] with the
//! position of the operation or parameter.
//!
//! The emitted file names two crates by absolute path: the types (`::models`) and the hand-written
//! part of the client (`::client::support`).

mod answers;
mod arguments;
mod body;
mod call;
mod emit;
mod naming;
mod project;
mod rewrite;
mod shape;

use openapi::{Api, Diagnostic};
use proc_macro2::TokenStream;

use crate::types::Types;

/// Content of `client/src/generated.rs`.
///
/// Findings go to `diagnostics`: warnings for what the client leaves out or passes as text, an
/// error if progenitor fails in spite of the projection (then the result is empty).
pub fn emit(api: &Api, types: &Types, diagnostics: &mut Vec<Diagnostic>) -> TokenStream {
    let calls = call::plan(api, types, diagnostics);
    let projection = project::project(api, &calls);
    let generated = match project::generate(&projection) {
        Ok(tokens) => tokens,
        Err(reason) => {
            diagnostics.push(generator_failed(&reason));
            return TokenStream::new();
        }
    };
    match rewrite::rewrite(generated, &calls) {
        Ok(file) => emit::file(file, &calls),
        Err(missing) => {
            diagnostics.push(generator_failed(&missing));
            TokenStream::new()
        }
    }
}

fn generator_failed(reason: &str) -> Diagnostic {
    let origin = openapi::Origin::default();
    Diagnostic::error(
        "client-generator",
        &origin,
        format!("the client generator stopped: {reason}"),
    )
    .with_help("this is a defect of lychgate, not of the document; a smaller document that shows it helps to mend it")
}
