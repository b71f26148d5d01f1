//! Types: every schema of the document as a Rust type that keeps its constraints.

use openapi::model::SchemaId;
use openapi::{Api, Diagnostic};
use proc_macro2::TokenStream;
use quote::quote;

/// The Rust type of every schema of a document.
#[derive(Debug)]
pub struct Types {}

impl Types {
    /// Decides the Rust type of every schema. What cannot be typed becomes `serde_json::Value`,
    /// with a warning.
    pub fn plan(_api: &Api, _diagnostics: &mut Vec<Diagnostic>) -> Self {
        Self {}
    }

    /// The type as code outside of `models` names it, for example `::models::User`.
    pub fn rust_type(&self, _id: SchemaId) -> TokenStream {
        quote!(::serde_json::Value)
    }

    /// The name in `models`, if the type is one of its own.
    pub fn type_name(&self, _id: SchemaId) -> Option<&str> {
        None
    }

    /// The content of `models/src/types.rs`.
    pub fn emit(&self) -> TokenStream {
        TokenStream::new()
    }
}
