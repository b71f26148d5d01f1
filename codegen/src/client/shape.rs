//! What a schema means to a parameter: one value, a list of values, an object, or text.

use openapi::Api;
use openapi::model::{Property, Schema, SchemaId, SchemaKind};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::types::Types;

/// How a parameter's value is passed.
#[derive(Debug)]
pub(super) enum Shape<'a> {
    /// One value of this type, which prints as the wire wants it.
    Scalar(TokenStream),
    /// A list of scalars, of this type.
    List(TokenStream),
    /// An object whose properties are scalars or lists.
    Object(&'a [Property]),
    /// Anything else: the caller writes the text.
    Text,
}

/// The shape of the schema `id`.
pub(super) fn of<'a>(api: &'a Api, types: &Types, id: SchemaId) -> Shape<'a> {
    let id = unwrap_all_of(api, id);
    let schema = &api.schemas[id];
    if is_scalar(schema) {
        return Shape::Scalar(present(types.rust_type(id)));
    }
    match &schema.kind {
        SchemaKind::Array { items: Some(items), .. } => {
            let element = &api.schemas[unwrap_all_of(api, *items)];
            if is_scalar(element) && !element.nullable {
                Shape::List(present(types.rust_type(id)))
            } else {
                Shape::Text
            }
        }
        SchemaKind::Object { properties, .. } if !properties.is_empty() => {
            Shape::Object(properties)
        }
        _ => Shape::Text,
    }
}

/// The only part of an `allOf` stands for the whole: documents wrap a `$ref` so to describe it.
fn unwrap_all_of(api: &Api, mut id: SchemaId) -> SchemaId {
    // A loop of references ends somewhere: every schema is visited once at most.
    for _ in 0..api.schemas.iter().count() {
        match &api.schemas[id].kind {
            SchemaKind::AllOf(parts) if parts.len() == 1 => id = parts[0],
            _ => break,
        }
    }
    id
}

fn is_scalar(schema: &Schema) -> bool {
    match &schema.kind {
        SchemaKind::Boolean | SchemaKind::Integer { .. } | SchemaKind::Number { .. } => true,
        // Bytes have no one way to be text, and passwords no way at all.
        SchemaKind::String { format, .. } => {
            !matches!(format.as_deref(), Some("binary" | "byte" | "password"))
        }
        _ => false,
    }
}

/// `T` of `Option<T>`: whether a parameter is there is not said by its type.
fn present(tokens: TokenStream) -> TokenStream {
    let Ok(syn::Type::Path(path)) = syn::parse2::<syn::Type>(tokens.clone()) else { return tokens };
    let Some(last) = path.path.segments.last() else { return tokens };
    match (&last.arguments, last.ident == "Option") {
        (syn::PathArguments::AngleBracketed(arguments), true) => {
            arguments.args.first().map_or(tokens, ToTokens::to_token_stream)
        }
        _ => tokens,
    }
}

/// The type of text.
pub(super) fn text() -> TokenStream {
    quote!(::std::string::String)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_nullable_parameter_is_the_inner_one() {
        let inner = present(quote!(::std::option::Option<::models::Uid>));
        assert_eq!(inner.to_string(), quote!(::models::Uid).to_string());
        assert_eq!(present(quote!(i64)).to_string(), "i64");
    }
}
