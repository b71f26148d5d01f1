//! Headers towards an HTTP endpoint: the guide's header table ("known issues") and what is recorded
//! on AWS.

use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::method_request;

/// Never sent, not even if they are mapped.
const NEVER_SENT: &[&str] = &["expect", "proxy-authenticate", "te", "via"];
/// Of the client's headers these are not passed on; a mapping may set them.
const NOT_PASSED_ON: &[&str] = &["content-encoding", "host"];

/// Headers of a custom integration: the mapped ones and API Gateway's own.
pub(super) fn mapped(mapped: &Headers, exchange: &Exchange<'_>) -> Headers {
    let mut headers = mapped.clone();
    let request = exchange.request;
    // The body goes by the name the client gave it, where the client's method has one.
    if let Some(content_type) = request.headers.get("content-type")
        && headers.get("content-type").is_none()
        && !matches!(request.effective_method(), "GET" | "HEAD" | "OPTIONS")
    {
        headers.push("Content-Type", content_type);
    }
    complete(headers, exchange)
}

/// Headers of a proxy integration: the client's, in which mapped ones replace their like.
pub(super) fn passed_on(mapped: &Headers, exchange: &Exchange<'_>) -> Headers {
    let mut headers = method_request::headers(exchange.request);
    headers.retain(|name, value| {
        let name = name.to_ascii_lowercase();
        let is_signature = name == "authorization" && value.starts_with("AWS4-HMAC-SHA256");
        !NOT_PASSED_ON.contains(&name.as_str()) && !is_signature
    });
    for (name, value) in mapped.iter() {
        headers.set(name, value);
    }
    complete(headers, exchange)
}

fn complete(mut headers: Headers, exchange: &Exchange<'_>) -> Headers {
    headers.retain(|name, _| !NEVER_SENT.contains(&name.to_ascii_lowercase().as_str()));
    let api = &exchange.gateway.rest_api.id;
    if headers.get("accept").is_none() {
        headers.push("Accept", "application/json");
    }
    if headers.get("user-agent").is_none() {
        headers.push("User-Agent", format!("AmazonAPIGateway_{api}"));
    }
    headers.set("X-Amzn-Apigateway-Api-Id", api);
    headers.set("X-Amzn-Trace-Id", exchange.request.ids.trace.passed_on());
    headers
}
