//! Mock integrations.

use serde_json::{Value, json};

use crate::harness::{Server, document, echo};

fn mock(integration: Value) -> String {
    let mut integration = integration;
    integration["type"] = json!("mock");
    let responses = json!({ "200": { "description": "" }, "404": { "description": "" } });
    let operation =
        json!({ "responses": responses, "x-amazon-apigateway-integration": integration });
    document(json!({ "/a/{id}": { "x-amazon-apigateway-any-method": operation } }))
}

async fn get(integration: Value, headers: &str) -> (u16, String) {
    let server = Server::start(&mock(integration), echo()).await;
    let reply =
        server.send(format!("GET /dev/a/1%202?q=x HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await;
    // Recorded: answers of mocks carry no trace header; what refusals do varies.
    assert!(reply.status != 200 || reply.header("X-Amzn-Trace-Id").is_none());
    assert!(reply.header("x-amzn-RequestId").is_some());
    (reply.status, reply.text())
}

#[tokio::test]
async fn a_template_makes_the_answer() {
    let integration = json!({
        "requestTemplates": { "application/json": "{statusCode: 200}" },
        "responses": { "default": { "statusCode": "200", "responseTemplates": {
            "application/json": "$input.params('id')|$input.params('q')|$stageVariables.color|$context.stage" } } }
    });
    assert_eq!(get(integration, "").await, (200, "1 2|x|red|dev".into()));
}

#[tokio::test]
async fn the_status_selects_the_response() {
    let integration = |status: &str| {
        json!({
            "requestTemplates": { "application/json": format!("{{\"statusCode\": {status}}}") },
            "responses": {
                "default": { "statusCode": "200" },
                "4\\d{2}": { "statusCode": "404", "responseTemplates": { "application/json": "gone" } },
                "5\\d{2}": { "statusCode": "500" }
            }
        })
    };
    assert_eq!(get(integration("404"), "").await, (404, "gone".into()));
    assert_eq!(get(integration("200"), "").await, (200, String::new()));
    let ise = (500, r#"{"message": "Internal server error"}"#.to_owned());
    assert_eq!(get(integration("503"), "").await, ise, "500 is not declared");
    assert_eq!(get(integration("\"x\""), "").await, ise, "no status");
}

#[tokio::test]
async fn a_preflight_is_answered_with_mapped_headers() {
    let integration = json!({
        "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
        "responses": { "default": { "statusCode": "200", "responseParameters": {
            "method.response.header.Access-Control-Allow-Origin": "'*'",
            "method.response.header.X-Stage": "context.stage" } } }
    });
    let server = Server::start(&mock(integration), echo()).await;
    let reply = server.send("OPTIONS /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(reply.header("X-Stage"), Some("dev"));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
}

#[tokio::test]
async fn a_media_type_without_template_is_refused_when_passing_through_is() {
    let integration = json!({
        "passthroughBehavior": "never",
        "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
        "responses": { "default": { "statusCode": "200" } }
    });
    let refused = (415, r#"{"message": "Unsupported Media Type"}"#.to_owned());
    assert_eq!(get(integration.clone(), "Content-Type: text/plain\r\n").await, refused);
    assert_eq!(get(integration, "Content-Type: application/json; a=b\r\n").await.0, 200);
}

/// What AWS's CORS guide warns of: with `*/*` every body is bytes unless converted to text.
#[tokio::test]
async fn with_every_type_binary_a_mock_needs_text_conversion() {
    let integration = |conversion: Value| {
        let mut integration = json!({
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "responses": { "default": {
                "statusCode": "200", "responseTemplates": { "application/json": "no base64" } } }
        });
        if !conversion.is_null() {
            integration["contentHandling"] = conversion.clone();
            integration["responses"]["default"]["contentHandling"] = conversion;
        }
        let mut text: Value = serde_json::from_str(&mock(integration)).unwrap();
        text["x-amazon-apigateway-binary-media-types"] = json!(["*/*"]);
        text.to_string()
    };
    let get = "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
    let post = "POST /dev/a/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na";
    let server = Server::start(&integration(Value::Null), echo()).await;
    assert_eq!(server.send(get).await.status, 500, "the answer is not base64");
    assert_eq!(server.send(post).await.status, 500, "a template cannot see bytes");
    let server = Server::start(&integration(json!("CONVERT_TO_TEXT")), echo()).await;
    assert_eq!(server.send(get).await.text(), "no base64");
    assert_eq!(server.send(post).await.text(), "no base64");
}

#[tokio::test]
async fn templates_override_status_and_headers() {
    let integration = json!({
        "requestTemplates": { "application/json":
            "#set($context.responseOverride.status = 444)\n#set($context.responseOverride.header.X-Own = \"o\")\n{\"statusCode\": 200}" },
        "responses": { "default": { "statusCode": "200", "responseParameters": {
            "method.response.header.x-own": "'mapped'" } } }
    });
    let server = Server::start(&mock(integration), echo()).await;
    let reply = server.send("GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!((reply.status, reply.header("X-Own")), (444, Some("o")));
    assert_eq!(reply.header("x-own"), None);
}

#[tokio::test]
async fn a_template_that_cannot_be_read_spoils_only_its_own_operation() {
    let integration = json!({
        "requestTemplates": { "application/json": "#if(" },
        "responses": { "default": { "statusCode": "200" } }
    });
    assert_eq!(get(integration, "").await.0, 500);
}

/// A template whose media type is not the request's is passed by (reported for CDK's mocks, too).
#[tokio::test]
async fn a_body_that_passes_by_the_templates_holds_the_status_itself() {
    let integration = |media_type: &str| {
        json!({
            "requestTemplates": { (media_type): "{\"statusCode\": 200}" },
            "responses": { "default": { "statusCode": "200" }, "404": { "statusCode": "404" } }
        })
    };
    let plain = "Content-Type: text/plain\r\n";
    assert_eq!(get(integration("application/json"), plain).await.0, 500);
    assert_eq!(get(integration("text/plain;v=1"), plain).await.0, 500);
    assert_eq!(get(integration("TEXT/plain"), plain).await.0, 200);
    let server = Server::start(&mock(integration("application/json")), echo()).await;
    let body = "{\"statusCode\": 404}";
    let request = format!(
        "POST /dev/a/1 HTTP/1.1\r\nHost: h\r\n{plain}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(server.send(request).await.status, 404);
}

#[tokio::test]
async fn a_mock_without_templates_answers_with_the_default_response() {
    let integration = json!({ "responses": { "default": { "statusCode": "200" } } });
    assert_eq!(get(integration, "").await, (200, String::new()));
}

/// Measured on AWS.
#[tokio::test]
async fn of_several_matching_patterns_the_one_with_the_very_status_wins() {
    let integration = json!({
        "requestTemplates": { "application/json": "{statusCode: $input.params('id')}" },
        "responses": {
            "\\d+": { "statusCode": "200", "responseTemplates": { "application/json": "first" } },
            "4..": { "statusCode": "404", "responseTemplates": { "application/json": "very" } }
        }
    });
    let server = Server::start(&mock(integration), echo()).await;
    let mut answers = Vec::new();
    for status in ["404", "400", "201"] {
        let request = format!("GET /dev/a/{status} HTTP/1.1\r\nHost: h\r\n\r\n");
        answers.push(server.send(request).await.text());
    }
    assert_eq!(answers, ["very", "first", "first"]);
}

#[tokio::test]
async fn headers_that_are_the_gateways_own_cannot_be_overridden() {
    let integration = json!({
        "requestTemplates": { "application/json":
            "#set($context.responseOverride.header.Date = \"d\")#set($context.responseOverride.header['Content-Length'] = \"1\")#set($context.responseOverride.header.Content-Type = \"text/plain\"){statusCode: 200}" },
        "responses": { "default": { "statusCode": "200", "responseTemplates": { "application/json": "text" } } }
    });
    let server = Server::start(&mock(integration), echo()).await;
    let reply = server.send("GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(reply.header("x-amzn-Remapped-Date"), Some("d"));
    assert_eq!(reply.header("x-amzn-Remapped-Content-Length"), Some("1"));
    assert_eq!(reply.header("Content-Type"), Some("text/plain"));
    assert_eq!(reply.text(), "text");
}
