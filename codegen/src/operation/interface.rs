//! The trait of a function.

use openapi::Api;
use proc_macro2::TokenStream;
use quote::quote;

use super::plan::Plan;
use super::trait_name;
use crate::prose;

/// The trait: one method for each operation, none with a body.
pub(super) fn emit(api: &Api, function: &str, plans: &[Plan<'_>]) -> TokenStream {
    let name = trait_name(function);
    let description = api.lychgate.functions.get(function).and_then(|f| f.description.as_deref());
    let doc = prose::attributes([
        format!("What the function `{function}` serves."),
        description.unwrap_or_default().to_owned(),
        "Every operation needs its method. `cargo run -p codegen -- stub OPERATION` writes a \
         first one, for example for the operation that the compiler misses here."
            .to_owned(),
    ]);
    let methods = plans.iter().map(method);
    quote! {
        #doc
        pub trait #name: Send + Sync {
            #(#methods)*
        }
    }
}

fn method(plan: &Plan<'_>) -> TokenStream {
    let Plan { operation, method, request, response, .. } = plan;
    let doc = prose::attributes([
        operation.summary.clone().unwrap_or_default(),
        format!("`{}`, operationId `{}`.", plan.route(), operation.id),
        operation.description.clone().unwrap_or_default(),
    ]);
    let deprecated = operation.deprecated.then(|| prose::attributes(["\n\nDeprecated."]));
    let claims = plan.has_claims.then(|| quote!(claims: &runtime::Claims,));
    quote! {
        #doc
        #deprecated
        fn #method(
            &self,
            request: #request,
            #claims
            context: &runtime::Context,
        ) -> impl Future<Output = Result<#response, runtime::Failure>> + Send;
    }
}
