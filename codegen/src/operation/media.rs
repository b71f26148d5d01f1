//! Bodies: the Rust type of a media type, and how the run time reads and writes it.

use openapi::model::MediaType;
use openapi::names;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::types::Types;

/// How the run time treats a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Text,
    Bytes,
    /// A range such as `image/*`: bytes, and the type that was sent.
    Open,
}

/// One media type of a body.
#[derive(Debug)]
pub(super) struct Medium {
    /// As declared.
    pub(super) name: String,
    /// The variant, where there are several.
    pub(super) variant: Ident,
    /// The type of the body.
    pub(super) ty: TokenStream,
    kind: Kind,
}

impl Medium {
    /// The media types of a body, each with a variant of its own.
    pub(super) fn of(content: &[MediaType], types: &Types) -> Vec<Self> {
        let mut media: Vec<Self> = Vec::with_capacity(content.len());
        for declared in content {
            let kind = Kind::of(declared);
            let ty = match (kind, declared.schema) {
                (Kind::Json, Some(schema)) => types.rust_type(schema),
                (Kind::Json, None) => quote!(::serde_json::Value),
                (Kind::Text, _) => quote!(String),
                (Kind::Bytes, _) => quote!(Vec<u8>),
                (Kind::Open, _) => quote!(runtime::Content),
            };
            let mut variant = format_ident!("{}", names::type_name(&declared.media_type));
            if media.iter().any(|other| other.variant == variant) {
                variant = format_ident!("{variant}{}", media.len() + 1);
            }
            media.push(Self { name: declared.media_type.clone(), variant, ty, kind });
        }
        media
    }

    /// The method of `runtime::Body` that reads it.
    pub(super) fn reader(&self) -> Ident {
        match self.kind {
            Kind::Json => format_ident!("json"),
            Kind::Text => format_ident!("text"),
            Kind::Bytes => format_ident!("bytes"),
            Kind::Open => format_ident!("content"),
        }
    }

    /// The answer with this body.
    pub(super) fn answer(&self, status: &TokenStream, body: &TokenStream) -> TokenStream {
        let name = &self.name;
        match self.kind {
            Kind::Json => quote!(runtime::ProxyResponse::json(#status, #name, &#body)),
            Kind::Text => quote!(runtime::ProxyResponse::text(#status, #name, #body)),
            Kind::Bytes => quote!(runtime::ProxyResponse::bytes(#status, #name, &#body)),
            Kind::Open => quote!(runtime::ProxyResponse::content(#status, #body)),
        }
    }
}

impl Kind {
    fn of(declared: &MediaType) -> Self {
        if declared.essence().contains('*') {
            Self::Open
        } else if declared.is_json() {
            Self::Json
        } else if declared.is_text() {
            Self::Text
        } else {
            Self::Bytes
        }
    }
}
