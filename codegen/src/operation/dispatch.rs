//! From a proxy event to the trait's method: by `httpMethod` and `resource`.

use openapi::model::{Method, PathTemplate, Segment};
use proc_macro2::TokenStream;
use quote::quote;

use super::plan::Plan;
use super::trait_name;

/// The function `dispatch`. Operations for any method come last, as in API Gateway.
pub(super) fn emit(function: &str, plans: &[Plan<'_>]) -> TokenStream {
    let name = trait_name(function);
    let (any, exact): (Vec<_>, Vec<_>) =
        plans.iter().partition(|plan| plan.operation.method == Method::Any);
    let arms = exact.into_iter().chain(any).map(|plan| arm(function, plan));
    let doc = format!(" Answers an event of the function `{function}`.");
    quote! {
        #[doc = #doc]
        pub async fn dispatch(
            function: &impl #name,
            event: &runtime::ProxyRequest,
            context: &runtime::Context,
        ) -> runtime::ProxyResponse {
            match (event.method.as_str(), event.resource.as_str()) {
                #(#arms)*
                _ => runtime::unserved(#function, event, context),
            }
        }
    }
}

fn arm(function: &str, plan: &Plan<'_>) -> TokenStream {
    let Plan { operation, method, .. } = plan;
    let resource = resource(&operation.path);
    let verb = match operation.method {
        Method::Any => quote!(_),
        other => {
            let verb = other.as_str();
            quote!(#verb)
        }
    };
    let id = &operation.id;
    let serving = if plan.has_claims {
        quote! {
            let handler = async |request, claims: &runtime::Claims| {
                function.#method(request, claims, context).await
            };
            runtime::serve_with_claims(OPERATION, event, context, handler).await
        }
    } else {
        quote! {
            let handler = async |request| function.#method(request, context).await;
            runtime::serve(OPERATION, event, context, handler).await
        }
    };
    quote! {
        (#verb, #resource) => {
            const OPERATION: runtime::Operation =
                runtime::Operation { function: #function, id: #id };
            #serving
        }
    }
}

/// The path as API Gateway's resource tree has it: without a trailing slash.
fn resource(path: &PathTemplate) -> String {
    if path.segments.is_empty() {
        return "/".to_owned();
    }
    path.segments.iter().fold(String::new(), |text, segment| match segment {
        Segment::Static(part) => format!("{text}/{part}"),
        Segment::Parameter(name) => format!("{text}/{{{name}}}"),
        Segment::Greedy(name) => format!("{text}/{{{name}+}}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_have_no_trailing_slash() {
        assert_eq!(resource(&PathTemplate::parse("/")), "/");
        assert_eq!(resource(&PathTemplate::parse("/a/{b}/")), "/a/{b}");
        assert_eq!(resource(&PathTemplate::parse("/a/{rest+}")), "/a/{rest+}");
    }
}
