//! Choices of strings: enums.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use crate::types::naming::ident;

impl Emit<'_> {
    pub(super) fn choice(&self, variants: &[(String, String)]) -> TokenStream {
        let (docs, name) = (self.docs(), self.name());
        let mut more = Vec::new();
        // A choice of one needs no thought.
        let default = (variants.len() == 1).then(|| quote!(#[default]));
        if default.is_some() {
            more.push(quote!(Default));
        }
        more.extend([quote!(::serde::Serialize), quote!(::serde::Deserialize)]);
        let derives = self.derives(true, &more);
        let declared = variants.iter().map(|(variant, text)| {
            let variant = ident(variant);
            let doc = format!(" `{}`", text.replace('`', "'").replace(['\n', '\r'], " "));
            quote!(#[doc = #doc] #default #[serde(rename = #text)] #variant)
        });
        let idents: Vec<_> = variants.iter().map(|(variant, _)| ident(variant)).collect();
        let texts: Vec<_> = variants.iter().map(|(_, text)| text).collect();
        let conversions = text_conversions(&name);
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            pub enum #name { #(#declared),* }

            impl #name {
                /// Every value, in the document's order.
                pub const ALL: &'static [Self] = &[#(Self::#idents),*];

                /// As on the wire.
                pub const fn as_str(&self) -> &'static str {
                    match self { #(Self::#idents => #texts),* }
                }
            }

            impl ::std::str::FromStr for #name {
                type Err = ::models::validation::Invalid;

                fn from_str(
                    text: &str,
                ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                    match text {
                        #(#texts => ::std::result::Result::Ok(Self::#idents),)*
                        _ => {
                            ::models::validation::check(
                                <Self as ::models::validation::Constrained>::schema(),
                                text,
                            )?;
                            ::std::result::Result::Err(
                                ::models::validation::Invalid::whole("is not a value of the choice"),
                            )
                        }
                    }
                }
            }

            #conversions
            #constrained
        }
    }
}

/// What every type has that is text on the wire and has `as_str` and `FromStr`.
pub(super) fn text_conversions(name: &proc_macro2::Ident) -> TokenStream {
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for #name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::TryFrom<&str> for #name {
            type Error = ::models::validation::Invalid;

            fn try_from(
                text: &str,
            ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                text.parse()
            }
        }
    }
}
