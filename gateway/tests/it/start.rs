//! What is refused at start.

use gateway::{Account, Gateway, Stage};
use openapi::{Placeholders, Severity};
use serde_json::{Value, json};

use crate::harness::{document, echo, method};

/// Codes of the errors that refuse a document.
pub(crate) fn codes(document: &str) -> Vec<&'static str> {
    let reading = openapi::parse("test.json", document, &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    match Gateway::new(api, Stage { name: "dev".into(), ..Stage::default() }, Account::new(echo()))
    {
        Ok(_) => vec![],
        Err(found) => {
            assert!(found.iter().all(|found| found.origin.is_some()));
            let is_error = |severity| severity == Severity::Error;
            found.iter().filter(|found| is_error(found.severity)).map(|found| found.code).collect()
        }
    }
}

/// A document with one operation that a scheme guards.
pub(crate) fn with_scheme(scheme: Value) -> String {
    let paths = json!({ "/a": { "get": method(json!({ "security": [{ "s": [] }] })) } });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text["components"] = json!({ "securitySchemes": { "s": scheme } });
    text.to_string()
}

#[test]
fn integrations_that_are_not_executed_are_refused() {
    let integration = |value: Value| {
        let operation = json!({ "responses": { "200": { "description": "" } }, "x-amazon-apigateway-integration": value });
        document(json!({ "/a": { "get": operation } }))
    };
    let stream = json!({ "type": "http_proxy", "httpMethod": "GET", "uri": "http://a.example/", "responseTransferMode": "STREAM" });
    assert_eq!(codes(&integration(stream)), ["unsupported-integration"]);
    let scheme = json!({ "type": "http", "httpMethod": "GET", "uri": "${stageVariables.url}" });
    assert_eq!(codes(&integration(scheme)), ["http-endpoint"]);
    let method = json!({ "type": "http_proxy", "uri": "http://a.example/" });
    assert_eq!(codes(&integration(method)), ["http-endpoint"]);
    let url = json!({ "type": "http", "httpMethod": "GET", "uri": "http://a b/" });
    assert_eq!(codes(&integration(url)), ["http-endpoint"]);
    let mapping = json!({ "type": "http", "httpMethod": "GET", "uri": "http://a.example/", "requestParameters": {
        "integration.request.header.A": "integration.response.header.B",
        "integration.request.cookie.A": "'a'" } });
    assert_eq!(codes(&integration(mapping)), ["mapping-expression", "mapping-expression"]);
    let fine = json!({ "type": "http", "httpMethod": "ANY", "uri": "https://{a}.example:{port}/{b}?c={d}" });
    assert!(codes(&integration(fine)).is_empty());
    let s3 = json!({ "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:eu-west-1:s3:path/b/k" });
    assert_eq!(codes(&integration(s3)), ["aws-credentials"]);
    let none = json!({ "responses": { "200": { "description": "" } } });
    assert_eq!(codes(&document(json!({ "/a": { "get": none } }))), ["missing-integration"]);
}

#[test]
fn authorization_of_every_kind_is_executed() {
    let key = json!({ "type": "apiKey", "name": "x-api-key", "in": "header" });
    assert!(codes(&with_scheme(key)).is_empty(), "that no key is known is a warning");
    let signature = json!({ "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4" });
    assert!(codes(&with_scheme(signature)).is_empty());
    let iam = method(json!({ "x-amazon-apigateway-auth": { "type": "AWS_IAM" } }));
    assert!(codes(&document(json!({ "/a": { "get": iam } }))).is_empty());
}
