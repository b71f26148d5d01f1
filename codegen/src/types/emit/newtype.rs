//! Constrained values of a simple type: newtypes that only their constructor makes.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Derived, Emit};
use crate::types::item::Type;
use crate::types::shape::Kind;

impl Emit<'_> {
    pub(super) fn newtype(&self, inner: &Type) -> TokenStream {
        let (docs, name, ty) = (self.docs(), self.name(), self.ty(inner));
        let secret = self.is_secret();
        let derives = self.derives(Derived { debug: !secret, ..Derived::ALL });
        let text = ty.to_string().replace(' ', "");
        let implementations = match inner {
            Type::Text if secret => quote!(constrained_secret!(#name)),
            Type::Text => quote!(constrained_text!(#name)),
            Type::Boolean | Type::Integer(_) | Type::Number => {
                quote!(constrained_scalar!(#name(#ty)))
            }
            Type::List(items) => {
                let items = self.ty(items);
                quote!(constrained_list!(#name(#items)))
            }
            Type::Map(values) => {
                let values = self.ty(values);
                quote!(constrained_map!(#name(#values)))
            }
            _ => quote!(constrained_value!(#name(#ty))),
        };
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            #[serde(try_from = #text)]
            pub struct #name(#ty);
            ::models::#implementations;
            #constrained
        }
    }

    fn is_secret(&self) -> bool {
        matches!(&self.item.shape.kind, Kind::Text(text) if text.format.as_deref() == Some("password"))
    }
}
