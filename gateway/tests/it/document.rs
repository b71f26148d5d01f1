//! The repository's own document.

use std::path::Path;

use gateway::{Account, Gateway, Services, Stage};
use serde_json::{Value, json};

use crate::harness::{Reply, Server, echo};
use crate::http_stub::{HttpStub, answer};

async fn server() -> Server {
    before(Services::without_credentials().with_emulator("s3", "http://127.0.0.1:9")).await
}

/// A gateway before these services.
async fn before(services: Services) -> Server {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/api.yaml");
    let pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI";
    let filled = [("submissions_bucket", "in"), ("members_user_pool_arn", pool)];
    let reading = openapi::read(&path, &filled.into_iter().collect());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let mut account = Account::new(echo());
    account.services = services;
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    Server::start_with(Gateway::new(api, stage, account).unwrap()).await
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

/// A submission of these bytes, with S3 answering `answer`.
async fn submitted(answer: Vec<u8>, body: &[u8]) -> (Reply, HttpStub) {
    let s3 = HttpStub::start(move |_| answer.clone()).await;
    let server = before(Services::without_credentials().with_emulator("s3", &s3.url(""))).await;
    let head = format!(
        "POST /dev/proposals/p%201 HTTP/1.1\r\nHost: h\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (server.send([head.as_bytes(), body].concat()).await, s3)
}

#[tokio::test]
async fn a_submission_goes_to_s3_byte_for_byte() {
    let body = [0xFF, 0x00, 0xFE, b'\n', 0xC3];
    let (reply, s3) = submitted(answer(200, "x-amz-version-id: v1\r\n", ""), &body).await;
    assert_eq!((reply.status, reply.text().as_str()), (202, r#"{"received":true}"#));
    assert_eq!(reply.header("Submission"), Some("v1"));
    let seen = s3.only();
    assert_eq!(
        (seen.line.as_str(), &seen.body[..]),
        ("PUT /in/submissions/p%201 HTTP/1.1", &body[..])
    );
    assert_eq!(seen.values("Content-Type"), ["application/octet-stream"]);
}

#[tokio::test]
async fn what_s3_refuses_is_answered_with_a_problem() {
    for (status, expected, detail) in [
        (400, 400, "S3 does not take the submission"),
        (500, 503, "S3 cannot keep the submission now"),
        (503, 503, "S3 cannot keep the submission now"),
        // What only a wrong deployment brings about tells callers nothing.
        (301, 500, ""),
        (403, 500, ""),
        (404, 500, ""),
    ] {
        let error = "<Error><Code>Whatever</Code><Message>Key Secrets.</Message></Error>";
        let (reply, _s3) =
            submitted(answer(status, "Content-Type: application/xml\r\n", error), b"{}").await;
        let problem: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, &problem["status"]), (expected, &json!(expected)), "{status}");
        assert_eq!(problem["requestId"].as_str(), reply.header("x-amzn-RequestId"));
        let told = problem["detail"].as_str().unwrap_or_default();
        assert!(told.starts_with(detail) && told.is_empty() == detail.is_empty(), "{told}");
        assert!(!reply.text().contains("Secrets"), "{}", reply.text());
        assert_eq!(reply.header("Content-Type"), Some("application/json"));
    }
}
