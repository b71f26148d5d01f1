//! What an authorizer's function gets to see.

use indexmap::IndexMap;
use serde::Serialize;

use crate::authorize::MethodArn;
use crate::context::Context;
use crate::exchange::Exchange;
use crate::method_request;
use crate::query::{LastValues, MultiMap};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenEvent<'a> {
    r#type: &'static str,
    authorization_token: &'a str,
    method_arn: String,
}

/// The members in the order of a captured event. What there is none of is an empty object, unlike
/// in a proxy event (captured).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestEvent<'a> {
    r#type: &'static str,
    method_arn: String,
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: LastValues<'a>,
    multi_value_headers: &'a MultiMap,
    query_string_parameters: LastValues<'a>,
    multi_value_query_string_parameters: &'a MultiMap,
    path_parameters: IndexMap<&'a str, &'a str>,
    stage_variables: &'a IndexMap<String, String>,
    request_context: Context<'a>,
}

/// The event of a token authorizer: the header's value as it was sent.
pub(super) fn of_token(token: &str, arn: &MethodArn) -> String {
    encode(&TokenEvent { r#type: "TOKEN", authorization_token: token, method_arn: arn.to_string() })
}

/// The event of a request authorizer: the request but for its body.
pub(super) fn of_request(exchange: &Exchange<'_>, arn: &MethodArn) -> String {
    let headers = method_request::multi_value_headers(exchange.request);
    let parameters = &exchange.route.path_parameters;
    encode(&RequestEvent {
        r#type: "REQUEST",
        method_arn: arn.to_string(),
        resource: &exchange.route.resource.path,
        path: &exchange.path.resource,
        http_method: exchange.request.effective_method(),
        headers: LastValues(&headers),
        multi_value_headers: &headers,
        query_string_parameters: LastValues(exchange.query),
        multi_value_query_string_parameters: exchange.query,
        path_parameters: parameters.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        stage_variables: &exchange.gateway.stage.variables,
        request_context: exchange.context(),
    })
}

/// Strings, numbers and maps with string keys always serialise.
fn encode(event: &impl Serialize) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
