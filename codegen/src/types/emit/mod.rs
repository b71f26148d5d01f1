//! Planned types as Rust text.

mod choice;
mod newtype;
mod structure;
mod table;
mod union;

use proc_macro2::TokenStream;
use quote::quote;

use super::item::{Body, Item, Type};
use super::naming::ident;
use super::paths::{Paths, Prelude};
use super::shape::Nodes;
use super::traits::Traits;
use super::{Types, docs};
use crate::prose;

/// What emitting one type needs to know.
struct Emit<'t> {
    types: &'t Types,
    paths: &'t Paths,
    item: &'t Item,
    traits: Traits,
}

/// Which traits are derived beside those that what is inside allows.
#[derive(Clone, Copy)]
struct Derived {
    /// Not where something secret is inside.
    debug: bool,
    default: bool,
    /// Both `Serialize` and `Deserialize`.
    serde: bool,
}

impl Derived {
    const ALL: Self = Self { debug: true, default: false, serde: true };
}

pub(super) fn emit(types: &Types) -> TokenStream {
    let paths = Paths::beside(&types.items);
    let items = types.items.iter().zip(&types.traits).map(|(item, &traits)| {
        let emit = Emit { types, paths: &paths, item, traits };
        match &item.body {
            Body::Planned => TokenStream::new(),
            Body::Alias(ty) => emit.alias(ty),
            Body::Struct(body) => emit.structure(body),
            Body::Enum(variants) => emit.choice(variants),
            Body::Newtype(inner) => emit.newtype(inner),
            Body::Union { variants, tag } => emit.union(variants, tag.as_deref()),
        }
    });
    let header = " Types of the OpenAPI document's schemas.";
    quote! {
        #![doc = #header]

        #[allow(unused_imports, reason = "few documents have no use for them")]
        use ::models::{validation::{self, Constrained as _}, value};

        #(#items)*
    }
}

impl Emit<'_> {
    fn nodes(&self) -> &Nodes {
        &self.types.nodes
    }

    fn name(&self) -> proc_macro2::Ident {
        ident(&self.item.name)
    }

    /// A type as the generated file names it.
    fn ty(&self, ty: &Type) -> TokenStream {
        ty.tokens(&self.types.items, self.paths)
    }

    /// A type, behind a pointer where it would hold itself.
    fn boxed_if(&self, boxed: bool, ty: &Type) -> TokenStream {
        let ty = self.ty(ty);
        let pointer = self.paths.prelude(Prelude::Box);
        if boxed { quote!(#pointer<#ty>) } else { ty }
    }

    fn docs(&self) -> TokenStream {
        let schema = self.nodes().get(self.item.schema);
        let called = schema.name.as_ref().map_or_else(
            || format!("The schema at `{}`.", schema.origin.pointer.replace('`', "'")),
            |name| format!("The schema `{}`.", name.replace('`', "'")),
        );
        prose::attributes(docs::paragraphs(schema, &self.item.shape, &called))
    }

    fn alias(&self, ty: &Type) -> TokenStream {
        let (docs, name, ty) = (self.docs(), self.name(), self.ty(ty));
        quote!(#docs pub type #name = #ty;)
    }

    fn derives(&self, derived: Derived) -> TokenStream {
        let mut all = vec![quote!(Clone)];
        if self.traits.copy {
            all.push(quote!(Copy));
        }
        if derived.debug {
            all.push(quote!(Debug));
        }
        all.push(quote!(PartialEq));
        if self.traits.eq {
            all.extend([quote!(Eq), quote!(Hash)]);
        }
        if self.traits.ord {
            all.extend([quote!(PartialOrd), quote!(Ord)]);
        }
        if derived.default {
            all.push(quote!(Default));
        }
        // Apart from the others, so that both fit a line.
        let serde =
            derived.serde.then(|| quote!(#[derive(::serde::Serialize, ::serde::Deserialize)]));
        quote!(#[derive(#(#all),*)] #serde)
    }
}
