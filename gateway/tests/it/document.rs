//! The repository's own document.

use std::path::Path;

use openapi::Placeholders;
use serde_json::{Value, json};

use crate::harness::{Server, echo};

async fn server() -> Server {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/api.yaml");
    let reading = openapi::read(&path, &Placeholders::none());
    assert!(reading.api.is_some(), "{:?}", reading.diagnostics);
    Server::start(reading.source.text(), echo()).await
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_body_that_breaks_its_model_is_answered_with_a_problem() {
    let reply = server().await.send(post("/dev/items", r#"{"name":"lamp"}"#)).await;
    let problem: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(reply.status, 400);
    assert_eq!(
        problem,
        json!({
            "type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": "Invalid request body", "requestId": reply.header("x-amzn-RequestId")
        })
    );
}

#[tokio::test]
async fn a_body_that_fits_reaches_the_function() {
    let server = server().await;
    let reply = server.send(post("/dev/items", r#"{"name":"lamp","quantity":3}"#)).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["resource"], "/items");
    let event = server.event("/dev/items/6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11", "").await;
    assert_eq!(event["pathParameters"]["itemId"], "6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11");
}
