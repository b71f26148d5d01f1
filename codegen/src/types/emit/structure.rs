//! Objects with declared members: structs with public fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Derived, Emit};
use crate::prose;
use crate::types::docs;
use crate::types::item::{Field, Struct, Type};
use crate::types::naming::ident;
use crate::types::paths::Prelude;

impl Emit<'_> {
    pub(super) fn structure(&self, body: &Struct) -> TokenStream {
        let (docs, name) = (self.docs(), self.name());
        let default = body.fields.iter().all(|field| !field.required);
        let derives = self.derives(Derived { default, ..Derived::ALL });
        let closed = body.closed.then(|| quote!(#[serde(deny_unknown_fields)]));
        let fields = body.fields.iter().map(|field| self.field(field));
        let rest = body.rest.as_ref().map(|(name, ty)| self.rest(name, ty));
        let constrained = self.constrained();
        quote! {
            #docs
            #derives
            #closed
            pub struct #name { #(#fields,)* #rest }
            #constrained
        }
    }

    fn rest(&self, name: &str, ty: &Type) -> TokenStream {
        let ty = match ty {
            Type::Json => self.ty(&Type::JsonObject),
            other => self.ty(&Type::Map(Box::new(other.clone()))),
        };
        let name = ident(name);
        quote! {
            #[doc = " Members that are not declared."]
            #[serde(flatten)]
            pub #name: #ty,
        }
    }

    fn field(&self, field: &Field) -> TokenStream {
        let name = ident(&field.name);
        let ty = self.boxed_if(field.boxed, &field.ty);
        let option = self.paths.prelude(Prelude::Option);
        let is_none = format!("{option}::is_none").replace(' ', "");
        let (ty, mut serde) = match (field.required, field.nullable) {
            (true, false) => (ty, vec![]),
            (true, true) => (quote!(#option<#ty>), vec![quote!(deserialize_with = "value::given")]),
            (false, false) => (
                quote!(#option<#ty>),
                vec![
                    quote!(default),
                    quote!(deserialize_with = "value::some"),
                    quote!(skip_serializing_if = #is_none),
                ],
            ),
            (false, true) => (
                quote!(value::Maybe<#ty>),
                vec![quote!(default), quote!(skip_serializing_if = "value::Maybe::is_absent")],
            ),
        };
        if field.name.trim_start_matches("r#") != field.member {
            let member = &field.member;
            serde.insert(0, quote!(rename = #member));
        }
        let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
        let docs = self.field_docs(field);
        quote!(#docs #serde pub #name: #ty)
    }

    fn field_docs(&self, field: &Field) -> TokenStream {
        let member = field.member.replace('`', "'");
        let called = format!("The member `{member}`.");
        let Some(id) = field.schema else {
            return prose::attributes(&[called, "Required, but nowhere declared.".to_owned()]);
        };
        let schema = self.nodes().get(id);
        // A component tells its own story where it is defined.
        let own = schema.name.is_none();
        let mut paragraphs = vec![docs::prose(schema).filter(|_| own).unwrap_or(called)];
        if own {
            paragraphs.extend(docs::remarks(schema));
        }
        if schema.read_only {
            paragraphs.push("Only in responses.".to_owned());
        }
        if schema.write_only {
            paragraphs.push("Only in requests.".to_owned());
        }
        prose::attributes(&paragraphs)
    }
}
