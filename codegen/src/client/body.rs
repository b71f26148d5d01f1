//! The request body an operation takes.

use openapi::Diagnostic;
use openapi::model::{MediaType, Operation, SchemaKind};
use proc_macro2::TokenStream;
use quote::quote;

use super::call::{Planner, Wire};
use super::shape;

/// How progenitor sends a body.
#[derive(Debug)]
pub(super) enum BodyKind {
    /// JSON of this type.
    Json(TokenStream),
    /// A form of this type.
    Form(TokenStream),
    /// Text, written by the caller.
    Text,
    /// Bytes.
    Bytes,
}

/// A request body.
#[derive(Debug)]
pub(super) struct Body {
    /// Its form.
    pub kind: BodyKind,
    /// Whether the request may go without.
    pub optional: bool,
    /// Prose.
    pub description: Option<String>,
    /// The document leaves its media type open (`image/*`), or only the caller knows it
    /// (the boundary of a multipart body).
    pub caller_names_type: bool,
}

/// The body of `operation`, if it declares one.
pub(super) fn plan(
    planner: &mut Planner<'_, '_>,
    operation: &Operation,
    wire: &mut Wire,
) -> Option<Body> {
    let declared = operation.request_body.as_ref()?;
    let chosen = declared.content.iter().min_by_key(|media| preference(media))?;
    if declared.content.len() > 1 {
        let others = declared.content.iter().filter(|media| media.media_type != chosen.media_type);
        let others: Vec<_> = others.map(|media| media.media_type.as_str()).collect();
        planner.diagnostics.push(Diagnostic::warning(
            "client-picks-media-type",
            &declared.origin,
            format!("the client sends {}, never {}", chosen.media_type, others.join(" or ")),
        ));
    }
    let kind = kind(planner, chosen);
    let caller_names_type =
        chosen.media_type.starts_with("multipart/") || chosen.media_type.contains('*');
    let own = match kind {
        BodyKind::Json(_) => "application/json",
        BodyKind::Form(_) => "application/x-www-form-urlencoded",
        BodyKind::Text => "text/plain",
        BodyKind::Bytes => "application/octet-stream",
    };
    if chosen.media_type != own && !caller_names_type && is_header_value(&chosen.media_type) {
        wire.content_type = Some(chosen.media_type.clone());
    }
    wire.optional_body = !declared.required;
    Some(Body {
        kind,
        optional: !declared.required,
        description: declared.description.clone(),
        caller_names_type,
    })
}

/// Smaller is better: what is typed before what is not.
fn preference(media: &MediaType) -> u8 {
    match media.essence() {
        "application/json" => 0,
        _ if media.is_json() => 1,
        "application/x-www-form-urlencoded" => 2,
        _ if media.is_text() => 3,
        essence if essence.starts_with("multipart/") || essence.contains('*') => 5,
        _ => 4,
    }
}

fn kind(planner: &Planner<'_, '_>, media: &MediaType) -> BodyKind {
    let rust = media.schema.map(|id| planner.types.rust_type(id));
    if media.is_json() {
        return BodyKind::Json(rust.unwrap_or_else(|| quote!(::serde_json::Value)));
    }
    match (media.essence(), rust) {
        ("application/x-www-form-urlencoded", Some(rust)) if is_flat(planner, media) => {
            BodyKind::Form(rust)
        }
        _ if media.is_text() => BodyKind::Text,
        _ => BodyKind::Bytes,
    }
}

/// Whether every property is one value: a form has no notation for others.
fn is_flat(planner: &Planner<'_, '_>, media: &MediaType) -> bool {
    let Some(id) = media.schema else { return false };
    let SchemaKind::Object { properties, .. } = &planner.api.schemas[id].kind else { return false };
    properties.iter().all(|property| {
        let shape = shape::of(planner.api, planner.types, property.schema);
        matches!(shape, shape::Shape::Scalar(_))
    })
}

fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}
