//! As much of the Lambda Extensions API (2020-01-01) as runtimes themselves need.
//!
//! `lambda_runtime`'s graceful shutdown registers an internal extension without events, and panics
//! if it cannot. So extensions may register and wait for their next event, which never comes: a
//! worker's end is announced by SIGTERM. Those that want to see invocations are refused, since
//! they would wait in vain.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::FunctionSpec;
use super::runtime_api::{
    Received, Reply, json_reply, method_not_allowed, not_found, problem, read,
};

const IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-identifier");

#[derive(Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
}

/// Answers a request below `/2020-01-01/extension/`.
pub(super) async fn answer(
    spec: &FunctionSpec,
    endpoint: &[&str],
    request: Request<Incoming>,
) -> Reply {
    match (request.method(), endpoint) {
        (&Method::POST, ["register"]) => match read(request.into_body()).await {
            Received::Whole(body) => register(spec, &body),
            Received::TooLarge(_) | Received::Broken => malformed(),
        },
        (&Method::GET, ["event", "next"]) => std::future::pending().await,
        (&Method::POST, ["init", "error"] | ["exit", "error"]) => {
            json_reply(StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"OK"}"#))
        }
        (_, ["event", "next"]) => method_not_allowed("GET"),
        (_, ["register"] | ["init" | "exit", "error"]) => method_not_allowed("POST"),
        _ => not_found(),
    }
}

fn register(spec: &FunctionSpec, body: &[u8]) -> Reply {
    let Ok(registration) = serde_json::from_slice::<Registration>(body) else { return malformed() };
    if registration.events.iter().any(|event| event != "SHUTDOWN") {
        return problem(
            StatusCode::FORBIDDEN,
            "Extension.InvalidEventType",
            "extensions get no INVOKE events from the local gateway: register for SHUTDOWN or \
             nothing, or leave the extension out when the function runs locally",
        );
    }
    let function = json!({
        "functionName": spec.name,
        "functionVersion": "$LATEST",
        "handler": "bootstrap",
    });
    let mut reply = json_reply(StatusCode::OK, Bytes::from(function.to_string()));
    if let Ok(identifier) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        reply.headers_mut().insert(IDENTIFIER, identifier);
    }
    reply
}

fn malformed() -> Reply {
    problem(StatusCode::BAD_REQUEST, "InvalidRequestFormat", "Invalid request format")
}
