//! Types: every schema of the document as a Rust type that keeps its constraints.
//!
//! ```text
//! Schemas ──merge──▶ Shape ──plan──▶ Item ──recursion, traits──▶ emit ──▶ models/src/types.rs
//!          allOf merged     named, typed    boxed, derived
//! ```

mod docs;
mod emit;
mod item;
mod merge;
mod naming;
mod paths;
mod plan;
mod reach;
mod recursion;
mod shape;
mod traits;

use std::collections::HashMap;

use openapi::model::SchemaId;
use openapi::{Api, Diagnostic};
use proc_macro2::TokenStream;

use item::{Body, Item, Type};
use paths::Paths;
use plan::Plan;
use shape::Nodes;
use traits::Traits;

/// The Rust type of every schema of a document.
#[derive(Debug)]
pub struct Types {
    nodes: Nodes,
    items: Vec<Item>,
    traits: Vec<Traits>,
    types: HashMap<SchemaId, Type>,
}

impl Types {
    /// Decides the Rust type of every schema. What cannot be typed becomes `serde_json::Value`,
    /// with a warning.
    pub fn plan(api: &Api, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let Plan { nodes, mut items, types, .. } = Plan::make(api, diagnostics);
        recursion::break_aliases(&mut items);
        recursion::box_circles(&mut items);
        let traits = traits::traits(&items);
        Self { nodes, items, traits, types }
    }

    /// The type as code outside of `models` names it, for example `::models::User`.
    pub fn rust_type(&self, id: SchemaId) -> TokenStream {
        let ty = self.types.get(&id).unwrap_or(&Type::Json);
        ty.tokens(&self.items, &Paths::elsewhere())
    }

    /// The name in `models`, if the type is one of its own.
    pub fn type_name(&self, id: SchemaId) -> Option<&str> {
        match self.types.get(&id)? {
            Type::Made(index) => Some(&self.items[*index].name),
            _ => None,
        }
    }

    /// Whether the type is text on the wire with its own way to read and write it: `FromStr` and
    /// `Display`.
    pub fn is_text(&self, id: SchemaId) -> bool {
        let mut ty = self.types.get(&id);
        while let Some(Type::Made(index)) = ty {
            match &self.items[*index].body {
                Body::Alias(other) | Body::Newtype(other) => ty = Some(other),
                body => return matches!(body, Body::Enum(_)),
            }
        }
        matches!(ty, Some(Type::Text | Type::Uuid | Type::Date | Type::Timestamp))
    }

    /// The content of `models/src/types.rs`.
    pub fn emit(&self) -> TokenStream {
        emit::emit(self)
    }
}
