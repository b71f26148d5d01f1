//! The response enum of an operation and its encoding.

use openapi::model::ResponseStatus;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::media::Medium;
use super::plan::{Header, Plan, Variant};
use super::request::{body_type, choice};
use crate::prose;

/// Enum, encoding, and the enums of bodies with several media types.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let name = &plan.response;
    let doc = format!(" What `{}` may answer: `{}`.", plan.operation.id, plan.route());
    let variants = plan.variants.iter().map(declare);
    let choices = plan
        .variants
        .iter()
        .filter_map(|variant| choice(&variant.choice, &variant.media, "response"));
    let arms = plan.variants.iter().map(encode);
    // An operation without declared responses has a response that cannot be made: its handler
    // can only fail.
    let encoding = if plan.variants.is_empty() {
        quote!(match self {})
    } else {
        quote!(match self { #(#arms)* })
    };
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub enum #name {
            #(#variants)*
        }
        #(#choices)*
        impl runtime::IntoProxyResponse for #name {
            fn into_proxy_response(self) -> runtime::ProxyResponse {
                #encoding
            }
        }
    }
}

impl Variant<'_> {
    /// The type that holds the status, where the document leaves it open.
    fn status_type(&self) -> Option<TokenStream> {
        match self.declared.status {
            ResponseStatus::Code(_) => None,
            ResponseStatus::Range(class) => {
                let first = u16::from(class) * 100;
                let (first, last) =
                    (Literal::u16_unsuffixed(first), Literal::u16_unsuffixed(first + 99));
                Some(quote!(runtime::StatusIn<#first, #last>))
            }
            ResponseStatus::Default => Some(quote!(runtime::StatusIn<200, 599>)),
        }
    }

    fn has_fields(&self) -> bool {
        !self.headers.is_empty() || self.status_type().is_some()
    }
}

fn declare(variant: &Variant<'_>) -> TokenStream {
    let Variant { declared, ident, headers, media, choice, .. } = variant;
    let doc = prose::attributes([format!("{}: {}", declared.status, declared.description.trim())]);
    let body = (!media.is_empty()).then(|| body_type(choice, media));
    if !variant.has_fields() {
        return match body {
            Some(body) => quote!(#doc #ident(#body),),
            None => quote!(#doc #ident,),
        };
    }
    let status = variant.status_type().map(|ty| {
        quote! {
            /// The status.
            status: #ty,
        }
    });
    let body = body.map(|ty| {
        quote! {
            /// The body.
            body: #ty,
        }
    });
    let headers = headers.iter().map(|header| {
        let Header { declared, ident, ty } = header;
        let doc = prose::attributes([
            declared.description.clone().unwrap_or_default(),
            format!("The header `{}`.", declared.name),
        ]);
        let ty = if declared.required { quote!(#ty) } else { quote!(Option<#ty>) };
        quote!(#doc #ident: #ty,)
    });
    quote!(#doc #ident { #status #body #(#headers)* },)
}

fn encode(variant: &Variant<'_>) -> TokenStream {
    let Variant { declared, ident, headers, media, choice, .. } = variant;
    let status = match declared.status {
        ResponseStatus::Code(code) => {
            let code = Literal::u16_unsuffixed(code);
            quote!(#code)
        }
        ResponseStatus::Range(_) | ResponseStatus::Default => quote!(status.code()),
    };
    let answer = answer(&status, media, choice);
    let body = (!media.is_empty()).then(|| quote!(body,));
    if !variant.has_fields() {
        let pattern = body.map(|_| quote!((body)));
        return quote!(Self::#ident #pattern => #answer,);
    }
    let status = variant.status_type().map(|_| quote!(status,));
    let names = headers.iter().map(|header| &header.ident);
    let with = headers.iter().map(|header| {
        let (name, ident) = (&header.declared.name, &header.ident);
        quote!(.with_header(#name, &#ident))
    });
    let answer = match media.len() {
        // A match needs parentheses before a method call.
        0 | 1 => answer,
        _ if headers.is_empty() => answer,
        _ => quote!((#answer)),
    };
    quote!(Self::#ident { #status #body #(#names),* } => #answer #(#with)*,)
}

fn answer(status: &TokenStream, media: &[Medium], choice: &proc_macro2::Ident) -> TokenStream {
    match media {
        [] => quote!(runtime::ProxyResponse::empty(#status)),
        [medium] => medium.answer(status, &quote!(body)),
        media => {
            let arms = media.iter().map(|medium| {
                let (variant, answer) = (&medium.variant, medium.answer(status, &quote!(body)));
                quote!(#choice::#variant(body) => #answer,)
            });
            quote!(match body { #(#arms)* })
        }
    }
}
