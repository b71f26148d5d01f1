//! Everything generated that is checked in, because it leaves the repository with its crate.

use openapi::{Api, Diagnostic};
use proc_macro2::TokenStream;

use crate::operation;
use crate::source::{self, SourceFile};
use crate::types::Types;

/// The content of every generated file that is checked in.
///
/// # Errors
/// Everything found, if there is an error among it.
pub fn generate(api: &Api) -> Result<Vec<SourceFile>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let files = emit(api, &mut diagnostics);
    let mut sources = Vec::new();
    for (path, tokens) in files {
        match source::format(tokens) {
            Ok(text) => sources.push(SourceFile { path, text }),
            Err(error) => diagnostics.push(not_rust(path, &error)),
        }
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    Ok(sources)
}

/// What generation finds wrong with a document that can be read: what has no exact type, what the
/// client leaves out, what the handlers' glue cannot do.
pub fn findings(api: &Api) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    emit(api, &mut diagnostics);
    // Planned above already: what it says is known.
    let types = Types::plan(api, &mut Vec::new());
    for function in api.operations_by_function().keys() {
        operation::emit_function(api, &types, function, &mut diagnostics);
    }
    diagnostics
}

fn emit(api: &Api, diagnostics: &mut Vec<Diagnostic>) -> Vec<(&'static str, TokenStream)> {
    let types = Types::plan(api, diagnostics);
    vec![
        ("models/src/types.rs", types.emit()),
        #[cfg(feature = "client")]
        ("client/src/generated.rs", crate::client::emit(api, &types, diagnostics)),
    ]
}

fn not_rust(path: &str, error: &syn::Error) -> Diagnostic {
    let origin = openapi::Origin::default();
    Diagnostic::error(
        "emitter",
        &origin,
        format!("what is generated for {path} is not Rust: {error}"),
    )
    .with_help("this is a defect of lychgate, not of the document")
}
