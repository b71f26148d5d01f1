//! The event of a Lambda proxy integration (payload format 1.0).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::Serialize;

use crate::context::Context;
use crate::exchange::Exchange;
use crate::method_request;
use crate::query::{LastValues, MultiMap};

/// Field for field what API Gateway sends; REST APIs have no `version`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: LastValues<'a>,
    multi_value_headers: &'a MultiMap,
    query_string_parameters: Option<LastValues<'a>>,
    multi_value_query_string_parameters: Option<&'a MultiMap>,
    path_parameters: Option<IndexMap<&'a str, &'a str>>,
    stage_variables: Option<&'a IndexMap<String, String>>,
    request_context: Context<'a>,
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

/// Room for most events, so that they need not grow piece by piece.
const USUAL_BYTES: usize = 3072;

/// The event of a routed request, as JSON.
pub(super) fn encode(exchange: &Exchange<'_>) -> Vec<u8> {
    let request = exchange.request;
    let headers = method_request::multi_value_headers(request);
    let is_binary = exchange.gateway.binary.has(request.headers.get("content-type"));
    let body = match (request.body.is_empty(), is_binary) {
        (true, _) => None,
        (false, true) => Some(Cow::Owned(STANDARD.encode(&request.body))),
        (false, false) => Some(String::from_utf8_lossy(&request.body)),
    };
    let parameters = &exchange.route.path_parameters;
    let event = Event {
        resource: &exchange.route.resource.path,
        path: &exchange.path.resource,
        http_method: request.effective_method(),
        headers: LastValues(&headers),
        multi_value_headers: &headers,
        query_string_parameters: exchange.query.non_empty().map(LastValues),
        multi_value_query_string_parameters: exchange.query.non_empty(),
        path_parameters: (!parameters.is_empty())
            .then(|| parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()),
        stage_variables: Some(&exchange.gateway.stage.variables)
            .filter(|variables| !variables.is_empty()),
        request_context: exchange.context(),
        is_base64_encoded: is_binary && body.is_some(),
        body,
    };
    let mut text = Vec::with_capacity(USUAL_BYTES);
    // Strings, numbers and maps with string keys always serialise.
    let _ = serde_json::to_writer(&mut text, &event);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::sample;

    proptest! {
        #[test]
        fn no_request_panics_and_every_event_has_the_twelve_members(
            request in sample::any_request(),
            binary in prop::sample::select(vec!["image/png", "*/*"]),
        ) {
            let document = format!("{{ openapi: 3.0.3, info: {{ title: a, version: '1' }}, paths: {{}}, x-amazon-apigateway-binary-media-types: ['{binary}'] }}");
            let gateway = sample::gateway(&document);
            let event = sample::with_exchange(&gateway, &request, |exchange| encode(exchange));
            let event: Value = serde_json::from_slice(&event).unwrap();
            prop_assert_eq!(event.as_object().map(serde_json::Map::len), Some(12));
            if event["isBase64Encoded"] == true {
                let body = STANDARD.decode(event["body"].as_str().unwrap()).unwrap();
                prop_assert_eq!(body, request.body.to_vec());
            }
            for (name, values) in event["multiValueHeaders"].as_object().unwrap() {
                prop_assert_eq!(values.as_array().unwrap().last(), Some(&event["headers"][name]));
            }
        }
    }
}
