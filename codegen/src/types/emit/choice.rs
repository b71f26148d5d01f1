//! Choices of strings: enums.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Derived, Emit};
use crate::types::naming::ident;

impl Emit<'_> {
    pub(super) fn choice(&self, variants: &[(String, String)]) -> TokenStream {
        let (docs, name) = (self.docs(), self.name());
        // A choice of one needs no thought.
        let default = (variants.len() == 1).then(|| quote!(#[default]));
        let derives = self.derives(Derived { default: default.is_some(), ..Derived::ALL });
        let declared = variants.iter().map(|(variant, text)| {
            let variant = ident(variant);
            let doc = format!(" `{}`", text.replace('`', "'").replace(['\n', '\r'], " "));
            quote!(#[doc = #doc] #default #[serde(rename = #text)] #variant)
        });
        let pairs = variants.iter().map(|(variant, text)| {
            let variant = ident(variant);
            quote!(#variant = #text)
        });
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            pub enum #name { #(#declared),* }
            ::models::text_enum!(#name, #(#pairs),*);
            #constrained
        }
    }
}
