//! `oneOf` and `anyOf`: enums with a variant for each alternative.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Derived, Emit};
use crate::types::item::{Item, Type, Variant};
use crate::types::naming::ident;
use crate::types::paths::Prelude;

impl Emit<'_> {
    pub(super) fn union(&self, variants: &[Variant], tag: Option<&str>) -> TokenStream {
        let (docs, name) = (self.docs(), self.name());
        let derives = self.derives(Derived { serde: false, ..Derived::ALL });
        let declared = variants.iter().map(|variant| {
            let (name, ty) = (ident(&variant.name), self.variant_type(variant));
            let doc = match &variant.tags[..] {
                [] => " An alternative.".to_owned(),
                tags => format!(" `{}`", tags.join("`, `")),
            };
            quote!(#[doc = #doc] #name(#ty))
        });
        let serialize = self.serialize(variants, tag);
        let deserialize = self.deserialize(variants);
        let conversions = self.conversions(variants);
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            pub enum #name { #(#declared),* }
            #serialize
            #deserialize
            #conversions
            #constrained
        }
    }

    fn variant_type(&self, variant: &Variant) -> TokenStream {
        self.boxed_if(variant.boxed, &variant.ty)
    }

    fn serialize(&self, variants: &[Variant], tag: Option<&str>) -> TokenStream {
        let (name, result) = (self.name(), self.paths.prelude(Prelude::Result));
        let arms = variants.iter().map(|variant| {
            let (name, tags) = (ident(&variant.name), &variant.tags);
            match tag {
                Some(tag) => quote! {
                    Self::#name(value) => validation::serialize_tagged(
                        value, #tag, &[#(#tags),*], serializer,
                    )
                },
                None => quote! {
                    Self::#name(value) => ::serde::Serialize::serialize(value, serializer)
                },
            }
        });
        quote! {
            impl ::serde::Serialize for #name {
                fn serialize<S: ::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> #result<S::Ok, S::Error> {
                    match self { #(#arms),* }
                }
            }
        }
    }

    fn deserialize(&self, variants: &[Variant]) -> TokenStream {
        let (name, result) = (self.name(), self.paths.prelude(Prelude::Result));
        let last = variants.len().saturating_sub(1);
        let arms = variants.iter().enumerate().map(|(at, variant)| {
            let name = ident(&variant.name);
            let index = match at {
                at if at == last => quote!(_),
                at => {
                    let at = Literal::usize_unsuffixed(at);
                    quote!(#at)
                }
            };
            quote!(#index => validation::convert(value).map(Self::#name))
        });
        quote! {
            impl<'de> ::serde::Deserialize<'de> for #name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> #result<Self, D::Error> {
                    let value =
                        <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                    match validation::choose::<Self, D::Error>(&value)? { #(#arms),* }
                }
            }
        }
    }

    /// `From` each alternative whose type no other alternative has.
    fn conversions(&self, variants: &[Variant]) -> TokenStream {
        let items = &self.types.items;
        let (from, pointer) = (self.paths.prelude(Prelude::From), self.paths.prelude(Prelude::Box));
        let resolved: Vec<&Type> =
            variants.iter().map(|variant| behind_aliases(&variant.ty, items)).collect();
        let own = variants.iter().enumerate().filter(|(at, _)| {
            let same = resolved.iter().filter(|ty| **ty == resolved[*at]).count();
            same == 1 && matches!(resolved[*at], Type::Made(_))
        });
        let conversions = own.map(|(_, variant)| {
            let (name, into) = (ident(&variant.name), self.name());
            let ty = self.ty(&variant.ty);
            let value = if variant.boxed { quote!(#pointer::new(value)) } else { quote!(value) };
            quote! {
                impl #from<#ty> for #into {
                    fn from(value: #ty) -> Self {
                        Self::#name(#value)
                    }
                }
            }
        });
        quote!(#(#conversions)*)
    }
}

/// The type an alias stands for.
fn behind_aliases<'t>(mut ty: &'t Type, items: &'t [Item]) -> &'t Type {
    while let Type::Made(index) = ty
        && let crate::types::item::Body::Alias(other) = &items[*index].body
    {
        ty = other;
    }
    ty
}
