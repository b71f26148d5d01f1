//! A browser's way through CORS: the preflight is a mock, errors of the gateway carry headers too.

use serde_json::{Value, json};

use crate::harness::{Reply, Server, document, fixed, method};

const PAGE: &str = "https://app.example";

/// An API as the console's "Enable CORS" leaves it.
fn cors_document() -> String {
    let allow = |name: &str| format!("method.response.header.Access-Control-Allow-{name}");
    let declared = json!({ "schema": { "type": "string" } });
    let preflight = json!({
        "responses": { "200": { "description": "preflight", "headers": {
            "Access-Control-Allow-Origin": declared, "Access-Control-Allow-Methods": declared,
            "Access-Control-Allow-Headers": declared } } },
        "x-amazon-apigateway-integration": {
            "type": "mock", "passthroughBehavior": "when_no_match",
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "responses": { "default": { "statusCode": "200", "responseParameters": {
                allow("Origin"): format!("'{PAGE}'"),
                allow("Methods"): "'DELETE,GET,OPTIONS'",
                allow("Headers"): "'Content-Type,Authorization,X-Api-Key'" } } } }
    });
    let get = method(json!({
        "parameters": [{ "name": "page", "in": "query", "required": true, "schema": { "type": "string" } }],
        "x-amazon-apigateway-request-validator": "parameters"
    }));
    let mut text: Value =
        serde_json::from_str(&document(json!({ "/images": { "get": get, "options": preflight } })))
            .unwrap();
    text["x-amazon-apigateway-request-validators"] =
        json!({ "parameters": { "validateRequestParameters": true } });
    let open = json!({ "responseParameters": {
        "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
        "gatewayresponse.header.Vary": "'Origin'" } });
    text["x-amazon-apigateway-gateway-responses"] =
        json!({ "DEFAULT_4XX": open, "DEFAULT_5XX": open });
    text.to_string()
}

async fn server(result: Value) -> Server {
    Server::start(&cors_document(), fixed(result)).await
}

/// As a browser sends it: no content type, any answer welcome.
async fn send(server: &Server, line: &str, headers: &str) -> Reply {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nOrigin: {PAGE}\r\nSec-Fetch-Mode: cors\r\n{headers}\r\n"
    );
    server.send(request).await
}

fn allowed(reply: &Reply) -> Option<&str> {
    reply.header("Access-Control-Allow-Origin")
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_mock() {
    let server = server(json!({})).await;
    let asks = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization,x-api-key\r\n";
    let reply = send(&server, "OPTIONS /dev/images", asks).await;
    assert_eq!((reply.status, allowed(&reply)), (200, Some(PAGE)));
    assert_eq!(reply.header("Access-Control-Allow-Methods"), Some("DELETE,GET,OPTIONS"));
    assert_eq!(
        reply.header("Access-Control-Allow-Headers"),
        Some("Content-Type,Authorization,X-Api-Key")
    );
    assert_eq!(reply.header("Access-Control-Allow-Credentials"), None, "nothing adds it by itself");
    assert_eq!(reply.text(), "");
}

#[tokio::test]
async fn the_request_behind_it_has_only_the_headers_its_function_sets() {
    let headers = json!({ "Access-Control-Allow-Origin": PAGE });
    let reply =
        send(&server(json!({ "headers": headers })).await, "GET /dev/images?page=1", "").await;
    assert_eq!((reply.status, allowed(&reply)), (200, Some(PAGE)));
    let reply = send(&server(json!({})).await, "GET /dev/images?page=1", "").await;
    assert_eq!((reply.status, allowed(&reply)), (200, None));
}

#[tokio::test]
async fn errors_of_the_gateway_can_be_read_by_the_page() {
    let server = server(json!("malformed")).await;
    for (line, status) in [
        ("GET /dev/images", 400),
        ("DELETE /dev/images", 403),
        ("OPTIONS /dev/nowhere", 403),
        ("GET /dev/images?page=1", 502),
    ] {
        let reply = send(&server, line, "").await;
        assert_eq!((reply.status, allowed(&reply)), (status, Some(PAGE)), "{line}");
        assert_eq!(reply.header("Vary"), Some("Origin"), "{line}");
        assert!(reply.header("x-amzn-ErrorType").is_some(), "{line}");
    }
}

#[tokio::test]
async fn an_unknown_stage_has_no_customised_headers() {
    let reply = send(&server(json!({})).await, "OPTIONS /prod/images", "").await;
    assert_eq!((reply.status, allowed(&reply)), (403, None));
}
