//! The request struct of an operation and its decoding.

use openapi::model::Method;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::media::Medium;
use super::plan::{Body, Field, Plan};
use crate::prose;

/// Struct, decoding, and the enum of its body if there are several media types.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let name = &plan.request;
    let doc = format!(" Request of `{}`: `{}`.", plan.operation.id, plan.route());
    let method = (plan.operation.method == Method::Any).then(|| {
        quote! {
            /// The method the client used.
            pub method: String,
        }
    });
    let fields = plan.fields.iter().map(field);
    let body = plan.body.as_ref().map(body_field);
    let choice = plan.body.as_ref().and_then(|body| choice(&body.choice, &body.media, "request"));
    let decoding = decoding(plan);
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #name {
            #method
            #(#fields)*
            #body
        }
        #choice
        #decoding
    }
}

fn field(field: &Field<'_>) -> TokenStream {
    let Field { parameter, ident, ty, .. } = field;
    let doc = prose::attributes([
        parameter.description.clone().unwrap_or_default(),
        format!("In the {}: `{}`.", parameter.location.as_str(), parameter.name),
    ]);
    let ty = if parameter.required { quote!(#ty) } else { quote!(Option<#ty>) };
    quote!(#doc pub #ident: #ty,)
}

fn body_field(body: &Body<'_>) -> TokenStream {
    let doc = prose::attributes([body.description.unwrap_or("The body.")]);
    let ty = body_type(&body.choice, &body.media);
    let ty = if body.required { ty } else { quote!(Option<#ty>) };
    quote!(#doc pub body: #ty,)
}

/// The type of a body: that of its media type, or the enum over several.
pub(super) fn body_type(choice: &Ident, media: &[Medium]) -> TokenStream {
    match media {
        [medium] => medium.ty.clone(),
        _ => quote!(#choice),
    }
}

/// The enum over the media types of a body, if there are several.
pub(super) fn choice(name: &Ident, media: &[Medium], what: &str) -> Option<TokenStream> {
    if media.len() < 2 {
        return None;
    }
    let variants = media.iter().map(|medium| {
        let Medium { name, variant, ty, .. } = medium;
        let doc = format!(" `{name}`");
        quote!(#[doc = #doc] #variant(#ty),)
    });
    let doc = format!(" The {what}'s body by media type.");
    Some(quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub enum #name {
            #(#variants)*
        }
    })
}

fn decoding(plan: &Plan<'_>) -> TokenStream {
    let name = &plan.request;
    let names = Locals::beside(&plan.fields);
    let (event, decode) = (&names.event, &names.decode);
    let mut parts: Vec<Ident> = plan.fields.iter().map(|field| field.ident.clone()).collect();
    let mut reads: Vec<TokenStream> =
        plan.fields.iter().map(|field| read_field(field, decode)).collect();
    if let Some(body) = &plan.body {
        parts.push(format_ident!("body"));
        reads.push(read_body(body, decode));
    }
    let method =
        (plan.operation.method == Method::Any).then(|| quote!(method: #event.method.clone(),));
    let reading = (!parts.is_empty()).then(|| {
        let pattern = match parts.as_slice() {
            [part] => quote!(let Some(#part) = #part),
            parts => quote!(let (#(Some(#parts)),*) = (#(#parts),*)),
        };
        quote! {
            let mut #decode = runtime::Decode::new(#event);
            #(#reads)*
            #pattern else {
                return Err(#decode.refusal());
            };
        }
    });
    let unused = (reading.is_none() && method.is_none()).then(|| quote!(_));
    let event = unused.unwrap_or_else(|| quote!(#event));
    quote! {
        impl runtime::FromEvent for #name {
            fn from_event(#event: &runtime::ProxyRequest) -> Result<Self, runtime::Refusal> {
                #reading
                Ok(Self { #method #(#parts),* })
            }
        }
    }
}

/// Names of the decoding's own variables, which no field may shadow.
struct Locals {
    event: Ident,
    decode: Ident,
}

impl Locals {
    fn beside(fields: &[Field<'_>]) -> Self {
        let free = |name: &str| {
            // No name made from a document ends in `__`.
            let taken = fields.iter().any(|field| field.ident == name);
            if taken { format_ident!("{name}__") } else { format_ident!("{name}") }
        };
        Self { event: free("event"), decode: free("decode") }
    }
}

fn read_field(field: &Field<'_>, decode: &Ident) -> TokenStream {
    let Field { parameter, ident, declaration, .. } = field;
    let how = if parameter.required { quote!(required) } else { quote!(optional) };
    quote!(let #ident = #decode.#how(#declaration);)
}

fn read_body(body: &Body<'_>, decode: &Ident) -> TokenStream {
    let how = if body.required { quote!(required_body) } else { quote!(optional_body) };
    let declared = body.media.iter().map(|medium| &medium.name);
    let read = match body.media.as_slice() {
        [medium] => {
            let reader = medium.reader();
            quote!(runtime::Body::#reader)
        }
        media => {
            let choice = &body.choice;
            let last = media.len() - 1;
            let arms = media.iter().enumerate().map(|(index, medium)| {
                let (reader, variant) = (medium.reader(), &medium.variant);
                let number = Literal::usize_unsuffixed(index);
                let pattern = if index == last { quote!(_) } else { quote!(#number) };
                quote!(#pattern => body.#reader().map(#choice::#variant),)
            });
            quote!(|body| match body.declared() { #(#arms)* })
        }
    };
    quote!(let body = #decode.#how(&[#(#declared),*], #read);)
}
