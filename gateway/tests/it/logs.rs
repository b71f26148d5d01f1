//! Access log and execution log of requests over sockets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway::invoke::Invoke;
use gateway::{AccessLog, AccessLogFormat, Account, ExecutionLog, LogOutput};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::harness::{Server, Silent, document, echo, fixed, gateway_of, method, proxy_document};

/// What is written, as it is written.
pub(crate) struct Written(UnboundedReceiver<String>);

impl Written {
    fn new() -> (LogOutput, Self) {
        let (sender, receiver) = unbounded_channel();
        // Nobody may listen any more.
        (Arc::new(move |text| drop(sender.send(text))), Self(receiver))
    }

    pub(crate) async fn next(&mut self) -> String {
        let next = tokio::time::timeout(Duration::from_secs(60), self.0.recv());
        next.await.expect("it is written in time").unwrap()
    }
}

pub(crate) async fn access_log(
    document: &str,
    functions: Arc<dyn Invoke>,
    format: &str,
) -> (Server, Written) {
    let (output, written) = Written::new();
    let format = AccessLogFormat::parse(format).unwrap();
    let mut account = Account::new(functions);
    account.access_log = Some(AccessLog::new(format, output));
    (Server::start_with(gateway_of(document, account)).await, written)
}

pub(crate) async fn trace(document: &str, functions: Arc<dyn Invoke>) -> (Server, Written) {
    let (output, written) = Written::new();
    let mut account = Account::new(functions);
    account.execution_log = Some(ExecutionLog::new(output));
    (Server::start_with(gateway_of(document, account)).await, written)
}

#[tokio::test]
async fn an_answered_request_has_a_line_with_what_is_known_at_its_end() {
    let format = r#"{"id":"$context.requestId","x":"$context.extendedRequestId","status":"$context.status","length":"$context.responseLength","latency":"$context.responseLatency","path":"$context.path","resource":"$context.resourcePath","method":"$context.httpMethod","backend":"$context.integration.status","service":"$context.integrationStatus","took":"$context.integrationLatency","mode":"$context.integration.responseTransferMode","trace":"$context.xrayTraceId","user":"$context.identity.user","error":"$context.error.message","type":"$context.endpointType"}"#;
    let functions = fixed(json!({ "statusCode": 201, "body": "hello" }));
    let (server, mut written) = access_log(&proxy_document(), functions, format).await;
    let reply = server.send("GET /dev/a/b HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let line = written.next().await;
    assert!(line.ends_with("}\n"));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(Some(line["id"].as_str().unwrap()), reply.header("x-amzn-RequestId"));
    assert_eq!(Some(line["x"].as_str().unwrap()), reply.header("x-amz-apigw-id"));
    let trace = reply.header("X-Amzn-Trace-Id").unwrap();
    assert!(trace.starts_with(&format!("Root={};", line["trace"].as_str().unwrap())), "{trace}");
    for (name, value) in [
        ("status", "201"),
        ("length", "5"),
        ("path", "/dev/a/b"),
        ("resource", "/{proxy+}"),
        ("method", "GET"),
        ("backend", "201"),
        ("service", "200"),
        ("mode", "BUFFERED"),
        ("user", "-"),
        ("error", "-"),
        ("type", "PRIVATE"),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
    for name in ["latency", "took"] {
        assert!(line[name].as_str().unwrap().parse::<u64>().is_ok(), "{name}: {line}");
    }
}

#[tokio::test]
async fn a_refused_request_has_a_line_too() {
    let format = "$context.status $context.responseLength $context.error.responseType $context.error.messageString $context.integrationLatency $context.requestId";
    let paths = json!({ "/a": { "get": method(json!({})) } });
    let (server, mut written) = access_log(&document(paths), echo(), format).await;
    let id = "6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11";
    server.send(format!("GET /dev/b HTTP/1.1\r\nHost: h\r\nx-amzn-RequestId: {id}\r\n\r\n")).await;
    assert_eq!(
        written.next().await,
        format!("403 42 MISSING_AUTHENTICATION_TOKEN \"Missing Authentication Token\" - {id}\n")
    );
    server.send("GET /dev/b HTTP/1.1\r\nHost: h\r\nx-amzn-RequestId: mine\r\n\r\n").await;
    assert!(written.next().await.ends_with("_REPLACED_INVALID_REQUEST_ID\n"));
    // No stage, no access log; the next line is that of the next request.
    server.send("GET /prod/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(written.next().await.starts_with("200 "));
}

#[tokio::test]
async fn a_failing_integration_shows_in_the_access_log() {
    let format = "$context.requestId $context.status $context.integration.error $context.integration.status $context.error.responseType";
    let mut operation = method(json!({}));
    operation["x-amazon-apigateway-integration"]["timeoutInMillis"] = json!(50);
    let paths = document(json!({ "/a": { "get": operation } }));
    let (server, mut written) = access_log(&paths, Arc::new(Silent), format).await;
    server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let line = written.next().await;
    assert!(line.ends_with(" 504 Endpoint request timed out - INTEGRATION_TIMEOUT\n"), "{line}");
}

/// The text of each line, without its time.
pub(crate) fn lines(block: &str) -> Vec<&str> {
    block.lines().filter_map(|line| Some(line.split_once(" ms  ")?.1)).collect()
}

fn after<'a>(block: &'a str, start: &str) -> &'a str {
    let found = lines(block).into_iter().find_map(|line| line.strip_prefix(start));
    found.unwrap_or_else(|| panic!("no `{start}` in\n{block}"))
}

#[tokio::test]
async fn a_trace_shows_a_request_stage_by_stage() {
    let (server, mut written) = trace(&proxy_document(), echo()).await;
    let reply = server
        .send("POST /dev/a/b?q=1&q=2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")
        .await;
    let block = written.next().await;
    let id = reply.header("x-amzn-RequestId").unwrap();
    assert!(block.starts_with(&format!("Execution log for request {id} of 20")), "{block}");
    assert!(block.ends_with("\n\n"));
    let lines = lines(&block);
    let mut rest = lines.iter();
    for start in [
        "Extended Request Id: ",
        "Starting execution for request: ",
        "HTTP Method: POST, Resource Path: /{proxy+}",
        "Method request path: {proxy=a/b}",
        "Method request query string: {q=1, q=2}",
        "Method request headers: {Host=h, Content-Length=4}",
        "Method request body before transformations: body",
        "Endpoint request URI: https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations",
        "Endpoint request headers: {X-Amzn-Trace-Id=Root=1-",
        "Endpoint request body after transformations: {\"resource\":\"/{proxy+}\"",
        "Sending request to https://lambda.",
        "Received response. Status: 200, Integration latency: ",
        "Endpoint response headers: {",
        "Endpoint response body before transformations: {\"body\":",
        "Method response body after transformations: {\"resource\"",
        "Method response headers: {x-amzn-RequestId=",
        "Successfully completed execution",
        "Method completed with status: 200",
    ] {
        assert!(rest.any(|line| line.starts_with(start)), "`{start}` in its place in\n{block}");
    }
    assert!(after(&block, "Endpoint request body").ends_with(" [TRUNCATED]"), "{block}");
}

#[tokio::test]
async fn a_trace_shows_no_credentials() {
    let (server, mut written) = trace(&proxy_document(), echo()).await;
    let secrets = [
        "Bearer-abcdefghijklmnopqrstuvwxyz",
        "session-0123456789",
        "key-0123456789-0123456789",
        "query-0123456789",
    ];
    let [token, session, key, query] = secrets;
    server
        .send(format!(
            "GET /dev/a?access_token={query} HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\n\
             Cookie: s={session}\r\nx-api-key: {key}\r\n\r\n"
        ))
        .await;
    let block = written.next().await;
    for secret in secrets {
        assert!(!block.contains(secret), "{secret} in\n{block}");
    }
    let headers = after(&block, "Method request headers: ");
    assert!(headers.contains("Authorization=******uvwxyz, Cookie=******"), "{headers}");
}

#[tokio::test]
async fn a_trace_tells_why_a_request_was_refused() {
    let model = json!({ "type": "object", "required": ["name"] });
    let paths = json!({ "/a": { "post": method(json!({
        "requestBody": { "content": { "application/json": { "schema": model } } },
        "x-amazon-apigateway-request-validator": "body"
    })) } });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text["x-amazon-apigateway-request-validators"] =
        json!({ "body": { "validateRequestBody": true } });
    let (server, mut written) = trace(&text.to_string(), echo()).await;
    server.send("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}").await;
    let block = written.next().await;
    assert_eq!(
        after(&block, "Request body does not match model schema for content type "),
        r#"application/json: [object has missing required properties (["name"])]"#
    );
    after(&block, "Gateway response type: BAD_REQUEST_BODY with status code: 400");
    after(&block, "Gateway response body: {\"message\": \"Invalid request body\"}");
    after(&block, "Method completed with status: 400");

    server.send("GET /dev/nowhere HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let block = written.next().await;
    after(&block, "Gateway response type: MISSING_AUTHENTICATION_TOKEN with status code: 403");
    assert!(!block.contains("Starting execution"), "{block}");

    server.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let block = written.next().await;
    after(&block, "HTTP Method: GET, Path: /a");
    after(&block, "Refused before a stage was found");
    after(&block, "Method completed with status: 403");
}

#[tokio::test]
async fn a_trace_tells_what_a_function_did_wrong() {
    let (server, mut written) = trace(&proxy_document(), fixed(json!({ "status": 200 }))).await;
    server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let block = written.next().await;
    after(&block, "Endpoint response body before transformations: {\"status\":200}");
    after(&block, "Execution failed due to configuration error: Malformed Lambda proxy response");
    after(&block, "Method completed with status: 502");
}

#[tokio::test]
async fn a_trace_does_not_show_binary_bodies() {
    let (server, mut written) = trace(&proxy_document(), echo()).await;
    server.send(b"POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n\x00\xff\x1b").await;
    let block = written.next().await;
    let body = after(&block, "Method request body before transformations: ");
    assert_eq!(body, "[Binary Data: 3 bytes]");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_have_a_block_each() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let blocks = Arc::clone(&written);
    let mut account = Account::new(echo());
    account.execution_log =
        Some(ExecutionLog::new(Arc::new(move |block| blocks.lock().unwrap().push(block))));
    let server = Server::start_with(gateway_of(&proxy_document(), account)).await;
    let requests = (0..20).map(|number| format!("GET /dev/{number} HTTP/1.1\r\nHost: h\r\n\r\n"));
    let mut clients = Vec::new();
    for request in requests {
        let mut client = server.connect().await;
        client.write(request).await;
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(client.reply().await.unwrap().status, 200);
    }
    let blocks = written.lock().unwrap();
    let paths: std::collections::BTreeSet<_> =
        blocks.iter().map(|block| after(block, "Method request path: ").to_owned()).collect();
    assert_eq!((blocks.len(), paths.len()), (20, 20));
    assert!(blocks.iter().all(|block| block.matches("Execution log for request").count() == 1));
}
