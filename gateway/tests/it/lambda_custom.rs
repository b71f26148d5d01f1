//! Lambda custom integrations: templates in front of and behind the function.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use gateway::invoke::{Invocation, Invoke};
use serde_json::{Value, json};

use crate::harness::{Reply, Server, Silent, Twin, document, result};

fn custom(extra: Value) -> String {
    let mut integration = json!({
        "type": "aws", "httpMethod": "POST", "uri":
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations",
        "responses": { "default": { "statusCode": "200" } }
    });
    let Value::Object(extra) = extra else { panic!("members are an object") };
    integration.as_object_mut().unwrap().extend(extra);
    let responses = json!({ "200": { "description": "" }, "404": { "description": "" } });
    let operation =
        json!({ "responses": responses, "x-amazon-apigateway-integration": integration });
    document(json!({ "/a": { "post": operation } }))
}

async fn post(document: &str, invoke: Arc<dyn Invoke>, body: &str) -> Reply {
    let length = body.len();
    let request =
        format!("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}");
    Server::start(document, invoke).await.send(request).await
}

fn mirror() -> Arc<dyn Invoke> {
    Arc::new(Twin(|event: Value| result(&event)))
}

fn failing(document: Value) -> Arc<dyn Invoke> {
    let payload = Bytes::from(document.to_string());
    Arc::new(Twin(move |_| Ok(Invocation { payload: payload.clone(), function_error: true })))
}

#[tokio::test]
async fn a_template_makes_the_event_and_the_result_is_the_body() {
    let templates = json!({ "requestTemplates": {
        "application/json": "{\"stage\": \"$context.stage\", \"id\": $input.json('$.id')}" } });
    let reply = post(&custom(templates), mirror(), r#"{"id":7}"#).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"stage":"dev","id":7}"#));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    assert!(reply.header("X-Amzn-Trace-Id").is_some());
}

#[tokio::test]
async fn without_template_the_body_is_the_event() {
    let document = custom(json!({}));
    assert_eq!(post(&document, mirror(), r#"{"a":1}"#).await.text(), r#"{"a":1}"#);
    assert_eq!(post(&document, mirror(), "").await.text(), "{}");
}

#[tokio::test]
async fn the_error_message_selects_the_response() {
    let responses = json!({ "responses": {
        "default": { "statusCode": "200" },
        ".*not there.*": {
            "statusCode": "404",
            "responseParameters": {
                "method.response.header.X-Kind": "integration.response.body.errorType",
                "method.response.header.X-Stage": "context.stage" },
            "responseTemplates": { "application/json": "{\"why\": $input.json('$.errorMessage')}" }
        },
        "200": { "statusCode": "404" }
    } });
    let error = json!({ "errorMessage": "it is not there", "errorType": "Missing" });
    let reply = post(&custom(responses.clone()), failing(error), "").await;
    assert_eq!((reply.status, reply.text().as_str()), (404, r#"{"why": "it is not there"}"#));
    assert_eq!(reply.header("X-Kind"), Some("Missing"));
    assert_eq!(reply.header("X-Stage"), Some("dev"));

    let other = json!({ "errorMessage": "another" });
    let reply = post(&custom(responses.clone()), failing(other.clone()), "").await;
    assert_eq!((reply.status, reply.text()), (200, other.to_string()));

    let reply = post(&custom(responses), mirror(), "{}").await;
    assert_eq!(reply.status, 200, "a key that is a status never matches a result");
}

#[tokio::test]
async fn without_a_matching_response_the_configuration_is_wrong() {
    let responses = json!({ "responses": { "x": { "statusCode": "200" } } });
    assert_eq!(post(&custom(responses), mirror(), "").await.status, 500);
}

#[tokio::test]
async fn an_event_invocation_does_not_wait() {
    let event = json!({
        "requestParameters": { "integration.request.header.X-Amz-Invocation-Type": "'Event'" } });
    let reply = post(&custom(event.clone()), Arc::new(Silent), "{}").await;
    assert_eq!((reply.status, reply.text().as_str()), (200, ""));

    let seen = Arc::new(Mutex::new(None));
    let writer = Arc::clone(&seen);
    let twin = Twin(move |event: Value| {
        *writer.lock().unwrap() = Some(event);
        result(&Value::Null)
    });
    post(&custom(event), Arc::new(twin), r#"{"a":1}"#).await;
    while seen.lock().unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(*seen.lock().unwrap(), Some(json!({ "a": 1 })));
}

#[tokio::test]
async fn a_function_answers_bytes_as_base64_and_sees_them_so() {
    let binary = json!({
        "contentHandling": "CONVERT_TO_TEXT",
        "requestTemplates": { "image/png": "{\"image\": \"$input.body\"}" },
        "responses": { "default": { "statusCode": "200", "contentHandling": "CONVERT_TO_BINARY" } }
    });
    let mut text: Value = serde_json::from_str(&custom(binary)).unwrap();
    text["x-amazon-apigateway-binary-media-types"] = json!(["image/png"]);
    let image = Twin(|event: Value| result(&event["image"]));
    let server = Server::start(&text.to_string(), Arc::new(image)).await;
    let head =
        "POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\n";
    let reply = server.send([head.as_bytes(), &[0xFF, 0xFE]].concat()).await;
    assert_eq!((reply.status, reply.body), (200, vec![0xFF, 0xFE]));
}
