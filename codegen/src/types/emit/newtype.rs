//! Constrained values of a simple type: newtypes that only their constructor makes.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emit;
use super::choice::text_conversions;
use crate::types::item::Type;
use crate::types::shape::Kind;

impl Emit<'_> {
    pub(super) fn newtype(&self, inner: &Type) -> TokenStream {
        let (docs, name, ty) = (self.docs(), self.name(), self.ty(inner));
        let secret = self.is_secret();
        let text =
            inner.tokens(&self.types.items, &TokenStream::new()).to_string().replace(' ', "");
        let derives =
            self.derives(!secret, &[quote!(::serde::Serialize), quote!(::serde::Deserialize)]);
        let access = self.access(inner, secret);
        let construction = construction(&name, &ty);
        let debug = secret.then(|| redacted(&name, &self.item.name));
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            #[serde(try_from = #text)]
            pub struct #name(#ty);
            #construction
            #access
            #debug
            #constrained
        }
    }

    fn is_secret(&self) -> bool {
        matches!(&self.item.shape.kind, Kind::Text(text) if text.format.as_deref() == Some("password"))
    }

    /// How to look inside.
    fn access(&self, inner: &Type, secret: bool) -> TokenStream {
        let (name, ty) = (self.name(), self.ty(inner));
        match inner {
            Type::Text => text_access(&name, secret),
            Type::Boolean | Type::Integer(_) | Type::Number => quote! {
                impl #name {
                    /// The value itself.
                    pub const fn get(self) -> #ty {
                        self.0
                    }
                }

                impl ::std::fmt::Display for #name {
                    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        ::std::fmt::Display::fmt(&self.0, f)
                    }
                }

                impl ::std::str::FromStr for #name {
                    type Err = ::models::validation::Invalid;

                    fn from_str(
                        text: &str,
                    ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                        ::models::validation::decode_parameter(&[text])
                            .map_err(::models::validation::Invalid)
                    }
                }
            },
            Type::List(items) => list_access(&name, &ty, &self.ty(items)),
            _ => quote! {
                impl ::std::ops::Deref for #name {
                    type Target = #ty;

                    fn deref(&self) -> &#ty {
                        &self.0
                    }
                }
            },
        }
    }
}

fn construction(name: &proc_macro2::Ident, ty: &TokenStream) -> TokenStream {
    quote! {
        impl #name {
            /// Checks a value.
            ///
            /// # Errors
            /// Every constraint it breaks.
            pub fn new(
                value: impl ::std::convert::Into<#ty>,
            ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                let value = value.into();
                ::models::validation::check(
                    <Self as ::models::validation::Constrained>::schema(),
                    &value,
                )?;
                ::std::result::Result::Ok(Self(value))
            }

            /// What is inside.
            pub fn into_inner(self) -> #ty {
                self.0
            }
        }

        impl ::std::convert::TryFrom<#ty> for #name {
            type Error = ::models::validation::Invalid;

            fn try_from(
                value: #ty,
            ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                Self::new(value)
            }
        }

        impl ::std::convert::From<#name> for #ty {
            fn from(value: #name) -> Self {
                value.0
            }
        }
    }
}

fn text_access(name: &proc_macro2::Ident, secret: bool) -> TokenStream {
    let from_str = quote! {
        impl ::std::str::FromStr for #name {
            type Err = ::models::validation::Invalid;

            fn from_str(
                text: &str,
            ) -> ::std::result::Result<Self, ::models::validation::Invalid> {
                Self::new(text)
            }
        }
    };
    if secret {
        return quote! {
            impl #name {
                /// The text itself; the name makes places that may leak it easy to find.
                pub fn expose(&self) -> &str {
                    &self.0
                }
            }

            #from_str
        };
    }
    let conversions = text_conversions(name);
    quote! {
        impl #name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::ops::Deref for #name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        #from_str
        #conversions
    }
}

fn list_access(name: &proc_macro2::Ident, ty: &TokenStream, items: &TokenStream) -> TokenStream {
    quote! {
        impl ::std::ops::Deref for #name {
            type Target = [#items];

            fn deref(&self) -> &[#items] {
                &self.0
            }
        }

        impl ::std::iter::IntoIterator for #name {
            type Item = #items;
            type IntoIter = <#ty as ::std::iter::IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }
    }
}

fn redacted(name: &proc_macro2::Ident, text: &str) -> TokenStream {
    let shown = format!("{text}(***)");
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(#shown)
            }
        }
    }
}
