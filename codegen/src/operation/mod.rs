//! Per function a trait, per operation a request struct and a response enum, and the dispatch
//! from a proxy event to the trait's methods. The build script of `handlers` writes them.
//!
//! ```text
//! plan.rs      operation ──▶ names, fields, variants, with what cannot be done as diagnostics
//! interface.rs the trait        request.rs  struct and its decoding
//! dispatch.rs  event ▶ method   response.rs enum and its encoding
//! ```
//!
//! Generated code only names parts; what they do is written by hand in `handlers::runtime`.

mod dispatch;
mod interface;
mod media;
mod plan;
mod request;
mod response;
pub mod stub;

use openapi::{Api, Diagnostic, names};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::types::Types;
use plan::Plan;

/// The glue of one function: trait, request structs, response enums, dispatch.
///
/// What the document asks for and the glue cannot do is added to `diagnostics`; the code is
/// complete only if none of them is an error.
pub fn emit_function(
    api: &Api,
    types: &Types,
    function: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> TokenStream {
    let operations = api.operations_by_function().shift_remove(function).unwrap_or_default();
    let mut plans = Vec::with_capacity(operations.len());
    for operation in operations {
        plans.push(Plan::new(api, types, operation, diagnostics));
    }
    report_collisions(&plans, diagnostics);
    let interface = interface::emit(api, function, &plans);
    let dispatch = dispatch::emit(function, &plans);
    let operations = plans.iter().map(|plan| {
        let (request, response) = (request::emit(plan), response::emit(plan));
        quote!(#request #response)
    });
    quote! {
        use ::handlers::runtime;
        #interface
        #dispatch
        #(#operations)*
    }
}

/// The trait of a function: `users` is `Users`.
pub(crate) fn trait_name(function: &str) -> proc_macro2::Ident {
    format_ident!("{}", names::type_name(function))
}

/// Two operationIds that differ only in signs, such as `get-user` and `getUser`.
fn report_collisions(plans: &[Plan<'_>], diagnostics: &mut Vec<Diagnostic>) {
    for (index, plan) in plans.iter().enumerate() {
        let Some(first) = plans[..index].iter().find(|other| other.method == plan.method) else {
            continue;
        };
        let (id, other) = (&plan.operation.id, &first.operation.id);
        let at = first.operation.origin.position;
        let message = format!("operationId `{id}` makes the same Rust names as `{other}` at {at}");
        diagnostics.push(
            Diagnostic::error("operation-name-collision", &plan.operation.origin, message)
                .with_help("rename one so that they differ in letters or digits"),
        );
    }
}
