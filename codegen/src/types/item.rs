//! The types that are made, before they are text.

use openapi::model::SchemaId;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::naming::ident;
use super::paths::{Paths, Prelude};
use super::shape::Shape;

/// A Rust type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// One of the made types, by index.
    Made(usize),
    Text,
    Boolean,
    /// `i32`, `i64`, `u8`, ...
    Integer(&'static str),
    Number,
    /// Any JSON value.
    Json,
    JsonObject,
    Null,
    Uuid,
    Date,
    Timestamp,
    Secret,
    Base64,
    List(Box<Type>),
    Map(Box<Type>),
    Nullable(Box<Type>),
}

/// A type that is made.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) schema: SchemaId,
    pub(super) shape: Shape,
    pub(super) body: Body,
}

/// What a made type consists of.
#[derive(Debug)]
pub(super) enum Body {
    /// Not decided yet.
    Planned,
    Alias(Type),
    Struct(Struct),
    /// A choice of strings: variant and text.
    Enum(Vec<(String, String)>),
    Newtype(Type),
    Union {
        variants: Vec<Variant>,
        tag: Option<String>,
    },
}

#[derive(Debug)]
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
    /// Field and value type for members that are not declared.
    pub(super) rest: Option<(String, Type)>,
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct Field {
    /// As on the wire.
    pub(super) member: String,
    pub(super) name: String,
    /// Without null.
    pub(super) ty: Type,
    pub(super) schema: Option<SchemaId>,
    pub(super) required: bool,
    pub(super) nullable: bool,
    pub(super) boxed: bool,
}

#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) tags: Vec<String>,
    pub(super) boxed: bool,
}

impl Type {
    /// The type without null.
    pub(super) fn without_null(self) -> Self {
        match self {
            Self::Nullable(inner) => inner.without_null(),
            other => other,
        }
    }

    /// The type or null; null is not added twice.
    pub(super) fn or_null(self) -> Self {
        match self {
            Self::Nullable(_) | Self::Json | Self::Null => self,
            other => Self::Nullable(Box::new(other)),
        }
    }

    /// The made type a value of this type holds directly, not behind a pointer of a collection.
    pub(super) fn held(&self) -> Option<usize> {
        match self {
            Self::Made(index) => Some(*index),
            Self::Nullable(inner) => inner.held(),
            _ => None,
        }
    }

    /// The made type this type mentions.
    pub(super) fn mentioned(&self) -> Option<usize> {
        match self {
            Self::Made(index) => Some(*index),
            Self::Nullable(inner) | Self::List(inner) | Self::Map(inner) => inner.mentioned(),
            _ => None,
        }
    }

    /// As text.
    pub(super) fn tokens(&self, items: &[Item], paths: &Paths) -> TokenStream {
        match self {
            Self::Made(index) => paths.made(&items[*index].name),
            Self::Text => paths.prelude(Prelude::String),
            Self::Boolean => quote!(bool),
            Self::Integer(width) => ident(width).into_token_stream(),
            Self::Number => quote!(f64),
            Self::Json => quote!(::serde_json::Value),
            Self::JsonObject => {
                let text = paths.prelude(Prelude::String);
                quote!(::serde_json::Map<#text, ::serde_json::Value>)
            }
            Self::Null => quote!(()),
            Self::Uuid => paths.value("Uuid"),
            Self::Date => paths.value("Date"),
            Self::Timestamp => paths.value("Timestamp"),
            Self::Secret => paths.value("Secret"),
            Self::Base64 => paths.value("Base64"),
            Self::List(inner) => {
                let (list, inner) = (paths.prelude(Prelude::Vec), inner.tokens(items, paths));
                quote!(#list<#inner>)
            }
            Self::Map(values) => {
                let (text, values) = (paths.prelude(Prelude::String), values.tokens(items, paths));
                quote!(::std::collections::BTreeMap<#text, #values>)
            }
            Self::Nullable(inner) => {
                let (option, inner) = (paths.prelude(Prelude::Option), inner.tokens(items, paths));
                quote!(#option<#inner>)
            }
        }
    }
}

impl Body {
    /// Every type the body consists of, with whether a value holds it directly.
    pub(super) fn types(&self) -> Vec<&Type> {
        match self {
            Self::Planned | Self::Enum(_) => Vec::new(),
            Self::Alias(ty) | Self::Newtype(ty) => vec![ty],
            Self::Struct(body) => {
                let rest = body.rest.iter().map(|(_, ty)| ty);
                body.fields.iter().map(|field| &field.ty).chain(rest).collect()
            }
            Self::Union { variants, .. } => variants.iter().map(|variant| &variant.ty).collect(),
        }
    }

    /// The made types a value holds directly.
    pub(super) fn held(&self) -> Vec<usize> {
        match self {
            Self::Struct(body) => body.fields.iter().filter_map(|field| field.ty.held()).collect(),
            other => other.types().into_iter().filter_map(Type::held).collect(),
        }
    }
}
