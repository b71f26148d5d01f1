//! Answers the gateway makes itself, byte by byte.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use gateway::invoke::{Invocation, InvokeError};
use serde_json::json;

use crate::harness::{Server, Silent, Twin, document, echo, fixed, method, proxy_document};

const GET: &str = "HTTP/1.1\r\nHost: h\r\n\r\n";

#[tokio::test]
async fn an_unknown_stage_is_forbidden() {
    let server = Server::start(&proxy_document(), echo()).await;
    for target in ["/", "/prod/a", "/devil"] {
        let reply = server.send(format!("GET {target} {GET}")).await;
        assert_eq!((reply.status, reply.text().as_str()), (403, r#"{"message":"Forbidden"}"#));
        assert_eq!(reply.header("x-amzn-ErrorType"), Some("ForbiddenException"));
        assert_eq!(reply.header("Content-Type"), Some("application/json"));
        assert_eq!(reply.header("Content-Length"), Some("23"));
        assert!(reply.header("x-amzn-RequestId").is_some_and(|id| id.len() == 36));
        assert!(reply.header("x-amz-apigw-id").is_some_and(|id| id.ends_with('=')));
        assert_eq!(reply.header("X-Amzn-Trace-Id"), None);
        assert!(reply.header("Date").is_some());
    }
}

#[tokio::test]
async fn routes_that_are_unknown_are_customised_and_stages_are_not() {
    let mut text: serde_json::Value = serde_json::from_str(&proxy_document()).unwrap();
    text["x-amazon-apigateway-gateway-responses"] = json!({ "DEFAULT_4XX": {
        "statusCode": "404",
        "responseParameters": { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.Content-Length": "'1'" },
        "responseTemplates": { "application/json": "{\"path\":\"$context.path\"}" } } });
    let server = Server::start(&text.to_string(), echo()).await;
    let reply = server.send(format!("GET /dev/ {GET}")).await;
    assert_eq!((reply.status, reply.text().as_str()), (404, r#"{"path":"/dev/"}"#));
    assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(server.send(format!("GET /prod/ {GET}")).await.status, 403);
}

#[tokio::test]
async fn an_unknown_route_misses_an_authentication_token() {
    let paths = json!({ "/a": { "get": method(json!({})) } });
    let server = Server::start(&document(paths), echo()).await;
    for line in ["GET /dev/b", "POST /dev/a", "HEAD /dev/a", "TRACE /dev/a", "FROB /dev/a"] {
        let mut client = server.connect().await;
        client.write(format!("{line} {GET}")).await;
        let reply = client.reply_to(line.split(' ').next().unwrap()).await.unwrap();
        assert_eq!(reply.status, 403, "{line}");
        assert_eq!(reply.header("x-amzn-ErrorType"), Some("MissingAuthenticationTokenException"));
        assert_eq!(reply.header("Content-Length"), Some("42"), "{line}");
    }
}

#[tokio::test]
async fn an_unknown_route_with_a_bearer_token_has_an_incomplete_signature() {
    let paths = json!({ "/a": { "get": method(json!({})) } });
    let server = Server::start(&document(paths), echo()).await;
    let request = "GET /dev/b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n";
    let reply = server.send(request).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("IncompleteSignatureException"));
    assert!(reply.text().starts_with(r#"{"message":"Invalid key=value pair (missing equal-sign)"#));
}

#[tokio::test]
async fn a_malformed_result_is_a_bad_gateway() {
    let server = Server::start(&proxy_document(), fixed(json!({ "wrongValue": 1 }))).await;
    let reply = server.send(format!("GET /dev/a {GET}")).await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (502, r#"{"message": "Internal server error"}"#)
    );
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("InternalServerErrorException"));
}

#[tokio::test]
async fn failures_of_functions_have_their_statuses() {
    let failed = Ok(Invocation { payload: Bytes::from_static(b"{}"), function_error: true });
    let large = Ok(Invocation { payload: vec![b' '; 7 << 20].into(), function_error: false });
    for (outcome, status) in [
        (failed, 502),
        (large, 502),
        (Err(InvokeError::Throttled), 500),
        (Err(InvokeError::UnknownFunction("f".into())), 500),
        (Err(InvokeError::Start("no".into())), 502),
        (Err(InvokeError::RequestTooLarge), 413),
    ] {
        let name = format!("{outcome:.40?}");
        let twin = Twin(move |_| outcome.clone());
        let server = Server::start(&proxy_document(), Arc::new(twin)).await;
        let reply = server.send(format!("GET /dev/a {GET}")).await;
        assert_eq!(reply.status, status, "{name}");
    }
}

#[tokio::test]
async fn an_event_over_6_mb_is_too_long() {
    let server = Server::start(&proxy_document(), echo()).await;
    let body = vec![b'"'; 4 << 20];
    let mut request =
        format!("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(&body);
    let reply = server.send(request).await;
    assert_eq!((reply.status, reply.text().as_str()), (413, r#"{"message": "Request Too Long"}"#));
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("BadRequestException"));
}

#[tokio::test]
async fn a_function_slower_than_its_integration_times_out() {
    let mut operation = method(json!({}));
    operation["x-amazon-apigateway-integration"]["timeoutInMillis"] = json!(50);
    let paths = json!({ "/a": { "get": operation } });
    let server = Server::start(&document(paths), Arc::new(Silent)).await;
    let started = Instant::now();
    let reply = server.send(format!("GET /dev/a {GET}")).await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (504, r#"{"message": "Endpoint request timed out"}"#)
    );
    assert!(started.elapsed().as_secs() < 20, "the limit of the integration counts");
}

#[tokio::test]
async fn required_parameters_must_be_there_and_not_blank() {
    let parameter = |name, place| json!({ "name": name, "in": place, "required": true, "schema": { "type": "string" } });
    let paths = json!({ "/a/{id}": { "get": method(json!({
        "x-amazon-apigateway-request-validator": "all",
        "parameters": [parameter("q", "query"), parameter("X-Need", "header"), parameter("id", "path")],
    })) } });
    let mut text: serde_json::Value = serde_json::from_str(&document(paths)).unwrap();
    text["x-amazon-apigateway-request-validators"] =
        json!({ "all": { "validateRequestParameters": true, "validateRequestBody": true } });
    let server = Server::start(&text.to_string(), echo()).await;
    for (target, headers, missing) in [
        ("/dev/a/1", "", "X-Need, q"),
        ("/dev/a/1?q=", "X-Need: 1\r\n", "q"),
        ("/dev/a/1?q=+", "x-need: 1\r\n", "q"),
        ("/dev/a/1?q=1", "X-Need:  \r\n", "X-Need"),
    ] {
        let reply = server.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await;
        let body = format!(r#"{{"message": "Missing required request parameters: [{missing}]"}}"#);
        assert_eq!((reply.status, reply.text()), (400, body));
        assert_eq!(reply.header("x-amzn-ErrorType"), Some("BadRequestException"));
        assert!(reply.header("X-Amzn-Trace-Id").is_some());
    }
    let event = server.event("/dev/a/1?q=1", "x-need: 1\r\n").await;
    assert_eq!(event["headers"]["x-need"], "1");
}
