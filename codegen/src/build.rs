//! The glue of `handlers`, written by its build script: it cannot be stale.

use std::io::Write as _;
use std::path::Path;

use askama::Template;
use openapi::model::Operation;
use openapi::{Api, Diagnostic, Placeholders, RenderFormat, names};

use crate::types::Types;
use crate::{operation, source};

/// Generates the glue of every function into `OUT_DIR`: `<function>.rs` each, and `functions.rs`
/// that includes them all. For `build.rs`; talks to Cargo on standard output.
///
/// # Errors
/// If the document cannot be used, with every finding rendered, or if a file cannot be written.
pub fn build(document: &Path) -> Result<(), BuildError> {
    let mut cargo = std::io::stdout().lock();
    // Nothing else decides the output: Cargo watches the generator itself as a dependency.
    let _ = writeln!(cargo, "cargo::rerun-if-changed={}", document.display());
    let reading = openapi::read(document, &Placeholders::none());
    let mut diagnostics = reading.diagnostics;
    let files = reading.api.map(|api| generate(&api, &mut diagnostics));
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    let Some(files) = files.filter(|_| !broken) else {
        let findings = openapi::render(&reading.source, &diagnostics, RenderFormat::Text);
        return Err(BuildError::Document(findings));
    };
    for Diagnostic { origin, message, .. } in &diagnostics {
        let place = origin.as_ref().map(|origin| format!(":{}", origin.position));
        let place = place.unwrap_or_default();
        let _ = writeln!(cargo, "cargo::warning={}{place}: {message}", document.display());
    }
    let out = std::env::var_os("OUT_DIR").ok_or(BuildError::NotABuildScript)?;
    for (name, text) in files.map_err(BuildError::Emitter)? {
        let path = Path::new(&out).join(name);
        std::fs::write(&path, text)
            .map_err(|error| BuildError::Write(path.display().to_string(), error))?;
    }
    Ok(())
}

/// Why there is no glue.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The findings, rendered.
    #[error("the document cannot be built\n\n{0}")]
    Document(String),
    /// `OUT_DIR` is not set.
    #[error("OUT_DIR is not set: call this from a build script")]
    NotABuildScript,
    /// A file could not be written.
    #[error("cannot write {0}")]
    Write(String, #[source] std::io::Error),
    /// The emitter made text that is not Rust.
    #[error("the emitter made text that is not Rust: a fault of codegen, not of the document")]
    Emitter(#[source] syn::Error),
}

/// File names and texts of the glue.
fn generate(
    api: &Api,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<(String, String)>, syn::Error> {
    let types = Types::plan(api, diagnostics);
    let functions: Vec<Function> = api
        .operations_by_function()
        .into_iter()
        .map(|(key, operations)| Function::new(key, &operations))
        .collect();
    let mut files = Vec::with_capacity(functions.len() + 1);
    for function in &functions {
        let glue = operation::emit_function(api, &types, &function.key, diagnostics);
        files.push((format!("{}.rs", function.module), source::format(glue)?));
    }
    files.push(("functions.rs".to_owned(), Functions { functions }.to_string()));
    Ok(files)
}

/// `functions.rs`.
#[derive(Template)]
#[template(path = "functions.rs.txt", escape = "none")]
struct Functions {
    functions: Vec<Function>,
}

/// One function in it.
struct Function {
    key: String,
    module: String,
    interface: String,
    operations: Vec<String>,
}

impl Function {
    fn new(key: &str, operations: &[&Operation]) -> Self {
        Self {
            key: key.to_owned(),
            module: names::value_name(key),
            interface: names::type_name(key),
            operations: operations.iter().map(|operation| operation.id.clone()).collect(),
        }
    }
}
