//! What stands around progenitor's code: imports, hooks, the table of wire facts, enums of answers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::File;

use super::call::{Call, Wire};

/// The whole file.
pub(super) fn file(generated: File, calls: &[Call<'_>]) -> TokenStream {
    let items = generated.items.iter().map(ToTokens::to_token_stream);
    let hooks = hooks();
    let wires = wires(calls);
    let answers = answers(calls);
    quote! {
        #[allow(unused_imports, reason = "which are used depends on the document")]
        use ::client::support::{self, Error, ResponseValue};
        #[allow(unused_imports, reason = "which are used depends on the document")]
        use ::progenitor_client::{encode_path, ClientHooks, ClientInfo, OperationInfo, RequestBuilderExt};

        #(#items)*
        #answers
        #hooks
        #wires
    }
}

fn hooks() -> TokenStream {
    quote! {
        impl ClientHooks<support::Session> for Client {
            async fn pre<E>(
                &self,
                request: &mut ::reqwest::Request,
                info: &OperationInfo,
            ) -> ::std::result::Result<(), ::progenitor_client::Error<E>> {
                self.inner
                    .prepare(wire(info.operation_id), request)
                    .map_err(::progenitor_client::Error::InvalidRequest)
            }

            async fn exec(
                &self,
                request: ::reqwest::Request,
                _: &OperationInfo,
            ) -> ::reqwest::Result<::reqwest::Response> {
                self.inner.execute(&self.client, request).await
            }
        }
    }
}

fn answers(calls: &[Call<'_>]) -> TokenStream {
    let enums: TokenStream = calls.iter().map(|call| call.answers.enums(&call.name)).collect();
    if enums.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// Answers of operations that have several.
        pub mod answers {
            #[allow(unused_imports, reason = "which are used depends on the document")]
            use super::support;

            #enums
        }
    }
}

/// The table of wire facts; operations that share them share an arm.
fn wires(calls: &[Call<'_>]) -> TokenStream {
    let mut arms: Vec<(&Wire, Vec<&str>)> = Vec::new();
    for call in calls.iter().filter(|call| call.wire != Wire::default()) {
        match arms.iter_mut().find(|(wire, _)| **wire == call.wire) {
            Some((_, names)) => names.push(&call.name),
            None => arms.push((&call.wire, vec![&call.name])),
        }
    }
    let arms = arms.iter().map(|(wire, names)| {
        let value = value(wire);
        quote!(#(#names)|* => const { &#value },)
    });
    let arms: Vec<_> = arms.collect();
    let body = if arms.is_empty() {
        quote!(&support::Wire::JSON)
    } else {
        quote!(match operation { #(#arms)* _ => &support::Wire::JSON })
    };
    let parameter = if arms.is_empty() { quote!(_) } else { quote!(operation) };
    quote! {
        /// What the request builders do not say about an operation.
        fn wire(#parameter: &str) -> &'static support::Wire {
            #body
        }
    }
}

fn value(wire: &Wire) -> TokenStream {
    let accept = wire.accept.as_ref().map(|accept| quote!(accept: #accept,));
    let content_type = wire.content_type.as_ref().map(|media| quote!(content_type: Some(#media),));
    let query = (!wire.query.is_empty()).then(|| {
        let entries = wire.query.iter().map(|(sent, name, separator)| {
            let separator = match separator {
                Some(sign) => quote!(Some(#sign)),
                None => quote!(None),
            };
            quote!(support::Query { sent: #sent, name: #name, separator: #separator })
        });
        quote!(query: &[#(#entries),*],)
    });
    let headers = pairs("headers", &wire.headers);
    let cookies = pairs("cookies", &wire.cookies);
    let greedy = wire.greedy.then(|| quote!(greedy: true,));
    let optional_body = wire.optional_body.then(|| quote!(optional_body: true,));
    quote! {
        support::Wire { #accept #content_type #query #headers #cookies #greedy #optional_body ..support::Wire::JSON }
    }
}

fn pairs(field: &str, pairs: &[(String, String)]) -> Option<TokenStream> {
    let field = quote::format_ident!("{field}");
    let entries = pairs.iter().map(|(sent, name)| quote!((#sent, #name)));
    (!pairs.is_empty()).then(|| quote!(#field: &[#(#entries),*],))
}
