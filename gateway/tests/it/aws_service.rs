//! AWS service integrations against an endpoint that checks signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway::{Account, Gateway, Services, Stage};
use openapi::Placeholders;
use serde_json::{Value, json};

use crate::command_line::Running;
use crate::harness::{Reply, Server, document, echo};
use crate::http_stub::{HttpStub, Seen, answer};
use crate::signature_check::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, assert_signed};

/// Not UTF-8.
const BYTES: &[u8] = &[0xFF, 0x00, 0xFE];

/// A gateway between a client and a service at an endpoint of its own.
struct Between {
    service: HttpStub,
    server: Server,
}

impl Between {
    /// With one method for any path below `/a`, whose integration has these members.
    async fn new(service: HttpStub, integration: Value, root: Value) -> Self {
        let server = Server::start_with(deploy(&service, integration, root).unwrap()).await;
        Self { service, server }
    }

    async fn send(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
        let length = body.len();
        let head = format!(
            "{method} /dev/a/{target} HTTP/1.1\r\nHost: h\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        self.server.send([head.as_bytes(), body].concat()).await
    }
}

fn deploy(
    service: &HttpStub,
    integration: Value,
    root: Value,
) -> Result<Gateway, Vec<openapi::Diagnostic>> {
    let mut members = json!({
        "type": "aws",
        "httpMethod": "POST",
        "credentials": "arn:aws:iam::123456789012:role/gateway",
        "responses": { "default": { "statusCode": "200" } }
    });
    members.as_object_mut().unwrap().extend(integration.as_object().unwrap().clone());
    let operation = json!({
        "parameters": [{ "name": "key", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "200": { "description": "" }, "404": { "description": "" } },
        "x-amazon-apigateway-integration": members
    });
    let paths = json!({ "/a/{key+}": { "x-amazon-apigateway-any-method": operation } });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text.as_object_mut().unwrap().extend(root.as_object().unwrap().clone());
    let reading = openapi::parse("test.json", &text.to_string(), &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let mut account = Account::new(echo());
    account.services = Services::without_credentials()
        .with_endpoint(&service.url(""))
        .with_credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let mut stage = Stage { name: "dev".into(), ..Stage::default() };
    stage.variables.insert("queue".into(), "orders".into());
    Gateway::new(api, stage, account)
}

fn uri(service: &str) -> String {
    format!("arn:aws:apigateway:eu-west-1:{service}")
}

async fn ok() -> HttpStub {
    HttpStub::answering("Content-Type: application/json\r\n", r#"{"done":true}"#).await
}

#[tokio::test]
async fn a_queue_gets_a_form_and_api_gateways_own_headers() {
    let integration = json!({
        "uri": uri("sqs:path/123456789012/${stageVariables.queue}"),
        "requestParameters": {
            "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'" },
        "requestTemplates": { "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)" },
        "passthroughBehavior": "never"
    });
    let between = Between::new(ok().await, integration, json!({})).await;
    let reply =
        between.send("POST", "x", "X-Own: 1\r\nUser-Agent: curl\r\n", br#"{"a":"b c"}"#).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"done":true}"#));
    assert!(
        reply.header("X-Amzn-Trace-Id").is_some() && reply.header("x-amzn-RequestId").is_some()
    );

    let seen = between.service.only();
    assert_eq!(seen.line, "POST /123456789012/orders HTTP/1.1");
    assert_eq!(seen.text(), "Action=SendMessage&MessageBody=%7B%22a%22%3A%22b+c%22%7D");
    assert_eq!(seen.values("Content-Type"), ["application/x-www-form-urlencoded"]);
    assert_eq!(seen.values("Accept"), ["application/json"]);
    assert!(seen.values("User-Agent")[0].starts_with("AmazonAPIGateway_"));
    assert!(seen.values("X-Amzn-Trace-Id")[0].starts_with("Root=1-"));
    assert!(seen.values("X-Own").is_empty());
    let signed = assert_signed(&seen, "eu-west-1", "sqs");
    assert!(signed.contains(&"content-type".to_owned()), "{signed:?}");
}

#[tokio::test]
async fn actions_are_called_as_their_service_wants() {
    for (action, signing_name, target, media_type) in [
        (
            "dynamodb:action/PutItem",
            "dynamodb",
            Some("DynamoDB_20120810.PutItem"),
            "application/x-amz-json-1.0",
        ),
        (
            "kinesis:action/PutRecord",
            "kinesis",
            Some("Kinesis_20131202.PutRecord"),
            "application/x-amz-json-1.1",
        ),
        (
            "states:action/StartExecution",
            "states",
            Some("AWSStepFunctions.StartExecution"),
            "application/x-amz-json-1.0",
        ),
        ("sns:action/Publish", "sns", None, "text/plain"),
    ] {
        let integration = json!({ "uri": uri(action), "requestParameters": {
            "integration.request.querystring.Name": "method.request.querystring.n" } });
        let between = Between::new(ok().await, integration, json!({})).await;
        between.send("POST", "x?n=a%2Fb%20c", "Content-Type: text/plain\r\n", b"{}").await;
        let seen = between.service.only();
        let name = action.rsplit('/').next().unwrap();
        let query = match target {
            Some(target) => {
                assert_eq!(seen.values("X-Amz-Target"), [target]);
                String::new()
            }
            None => format!("Action={name}&"),
        };
        assert_eq!(seen.line, format!("POST /?{query}Name=a%2Fb%20c HTTP/1.1"));
        assert_eq!(seen.values("Content-Type"), [media_type]);
        assert_signed(&seen, "eu-west-1", signing_name);
    }
}

#[tokio::test]
async fn a_template_may_name_target_and_media_type_itself() {
    let template = "#set($context.requestOverride.header.X-Amz-Target = \"AWSEvents.PutEvents\")\
        #set($context.requestOverride.header.Content-Type = \"application/x-amz-json-1.1\")\
        {\"Entries\": [$input.body]}";
    let integration = json!({
        "uri": uri("events:action/PutEvents"), "requestTemplates": { "application/json": template } });
    let between = Between::new(ok().await, integration, json!({})).await;
    between.send("POST", "x", "", b"{}").await;
    let seen = between.service.only();
    assert_eq!(seen.line, "POST /?Action=PutEvents HTTP/1.1");
    assert_eq!(seen.values("X-Amz-Target"), ["AWSEvents.PutEvents"]);
    assert_eq!(seen.values("Content-Type"), ["application/x-amz-json-1.1"]);
    assert_eq!(seen.text(), r#"{"Entries": [{}]}"#);
    assert_signed(&seen, "eu-west-1", "events");
}

fn s3() -> Value {
    json!({
        "uri": uri("s3:path/photos/{key}"),
        "httpMethod": "ANY",
        "requestParameters": {
            "integration.request.path.key": "method.request.path.key",
            "integration.request.header.Content-Type": "method.request.header.Content-Type",
            "integration.request.header.x-amz-meta-by": "'ada'" },
        "responses": {
            "default": { "statusCode": "200", "responseParameters": {
                "method.response.header.ETag": "integration.response.header.ETag",
                "method.response.header.Content-Type": "integration.response.header.Content-Type",
                "method.response.header.Date": "integration.response.header.Date" } },
            "4\\d{2}": { "statusCode": "404", "responseTemplates": { "application/json": "gone: $input.body" } } }
    })
}

#[tokio::test]
async fn objects_keep_their_bytes_and_keys_their_slashes() {
    let binary = json!({ "x-amazon-apigateway-binary-media-types": ["image/png"] });
    let between = Between::new(HttpStub::answering("", "").await, s3(), binary).await;
    for (key, path) in [
        ("one%20day/at+sea.png", "/photos/one%20day/at%2Bsea.png"),
        ("a%2Fb.png", "/photos/a/b.png"),
        ("a//b", "/photos/a//b"),
        ("a%252Fb..", "/photos/a%252Fb.."),
        ("%C3%A9:'(!)*", "/photos/%C3%A9%3A%27%28%21%29%2A"),
    ] {
        let before = between.service.seen().len();
        let reply = between.send("PUT", key, "Content-Type: image/png\r\n", BYTES).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, ""));
        let seen: Seen = between.service.seen().remove(before);
        assert_eq!(seen.line, format!("PUT {path} HTTP/1.1"));
        assert_eq!(seen.body, BYTES);
        assert_eq!(seen.values("x-amz-meta-by"), ["ada"]);
        let signed = assert_signed(&seen, "eu-west-1", "s3");
        assert!(signed.contains(&"x-amz-meta-by".to_owned()), "{signed:?}");
    }
}

#[tokio::test]
async fn no_value_leads_out_of_its_place() {
    let between = Between::new(ok().await, s3(), json!({})).await;
    for key in
        ["..", "%2E%2E", ".", "..%2F..%2Fother%2Fk", "a/../b", "a%2f%2e.%2Fb", "a/..", "%2F..%2Fb"]
    {
        let reply = between.send("PUT", key, "", b"{}").await;
        assert_eq!(reply.status, 404, "{key}");
        assert!(reply.text().contains("<Code>InvalidURI</Code>"), "{}", reply.text());
    }
    assert_eq!(between.service.seen(), []);
}

#[tokio::test]
async fn the_status_selects_the_response_and_headers_are_mapped() {
    let stub = HttpStub::start(|seen| {
        if seen.line.contains("absent") {
            answer(404, "Content-Type: application/xml\r\n", "<Error/>")
        } else {
            answer(
                206,
                "ETag: \"e\"\r\nX-Other: 1\r\ndate: now\r\nContent-Type: text/css\r\n",
                "a{}",
            )
        }
    });
    let between = Between::new(stub.await, s3(), json!({})).await;
    let reply = between.send("GET", "there", "", b"").await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "a{}"));
    assert_eq!(reply.header("ETag"), Some("\"e\""));
    assert_eq!(reply.header("Content-Type"), Some("text/css"));
    assert_eq!(reply.header("x-amzn-Remapped-Date"), Some("now"));
    assert_eq!(reply.header("X-Other"), None);
    let reply = between.send("GET", "absent", "", b"").await;
    assert_eq!((reply.status, reply.text().as_str()), (404, "gone: <Error/>"));
    let seen = between.service.seen().remove(0);
    assert_signed(&seen, "eu-west-1", "s3");
}

/// Recorded on AWS.
#[tokio::test]
async fn bytes_are_base64_for_a_client_that_takes_text() {
    let binary = json!({ "x-amazon-apigateway-binary-media-types": ["image/png"] });
    let stub = HttpStub::start(|_| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\n";
        [head.as_bytes(), BYTES].concat()
    });
    let between = Between::new(stub.await, s3(), binary).await;
    let text = between.send("GET", "x", "Accept: text/plain\r\n", b"").await;
    assert_eq!(text.text(), STANDARD.encode(BYTES));
    let bytes = between.send("GET", "x", "Accept: image/png\r\n", b"").await;
    assert_eq!(bytes.body, BYTES);
}

#[tokio::test]
async fn a_service_that_fails_to_answer_is_a_gateway_error() {
    let integration = json!({ "uri": uri("sqs:path/1/q"), "timeoutInMillis": 50 });
    for (speaks, status, message) in [
        (&b""[..], 504, "Network error communicating with endpoint"),
        (b"rubbish\r\n\r\n", 504, "Network error communicating with endpoint"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 504, "Endpoint request timed out"),
    ] {
        let stub = HttpStub::start(move |_| speaks.to_vec()).await;
        let between = Between::new(stub, integration.clone(), json!({})).await;
        let reply = between.send("POST", "x", "", b"{}").await;
        assert_eq!(
            (reply.status, reply.text()),
            (status, format!(r#"{{"message": "{message}"}}"#))
        );
    }
}

fn codes(found: &[openapi::Diagnostic]) -> Vec<&'static str> {
    assert!(found.iter().all(|finding| finding.origin.is_some()));
    found.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_at_start() {
    let service = ok().await;
    let refused = |integration| {
        let found = deploy(&service, integration, json!({})).unwrap_err();
        assert_eq!(codes(&found).len(), 1, "{found:?}");
        (found[0].code, found[0].message.clone())
    };
    for (integration, code, message) in [
        (
            json!({ "uri": uri("s3:action/GetObject&Bucket=b") }),
            "aws-service-uri",
            "s3 has no actions",
        ),
        (
            json!({ "uri": uri("sqs:path/1/${queue}") }),
            "aws-service-uri",
            "`${queue}` of the `uri`",
        ),
        (
            json!({ "uri": uri("sqs:path/1/q"), "httpMethod": null }),
            "aws-service-method",
            "no httpMethod",
        ),
        (json!({ "uri": uri("sqs:path/1/q"), "type": "aws_proxy" }), "aws-proxy-service", "sqs"),
    ] {
        let (found_code, found_message) = refused(integration);
        assert_eq!(found_code, code, "{found_message}");
        assert!(found_message.contains(message), "{found_message}");
    }
}

/// The program with nothing but these variables to find credentials in.
#[tokio::test]
async fn credentials_come_from_the_environment_or_a_profile() {
    let integration = json!({
        "type": "aws", "httpMethod": "POST", "uri": uri("sqs:path/1/q"),
        "responses": { "default": { "statusCode": "200" } } });
    let operation = json!({
        "responses": { "200": { "description": "" } },
        "x-amazon-apigateway-integration": integration });
    let text = document(json!({ "/a": { "get": operation } }));
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("credentials");
    let keys = format!(
        "aws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    );
    std::fs::write(&file, format!("[work]\n{keys}")).unwrap();
    let file = file.to_str().unwrap();
    for (key_id, secret, token, profile) in
        [(ACCESS_KEY_ID, SECRET_ACCESS_KEY, "a-token", ""), ("", "", "", "work")]
    {
        let stub = ok().await;
        let environment = [
            ("AWS_ACCESS_KEY_ID", key_id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", token),
            ("AWS_PROFILE", profile),
            ("AWS_SHARED_CREDENTIALS_FILE", file),
            ("AWS_CONFIG_FILE", file),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ENDPOINT_URL_SQS", &stub.url("")),
        ];
        let running = Running::start_in(&environment, &text, &[]);
        let mut client = running.connect().await;
        client.write("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.reply().await.unwrap().status, 200);
        let seen = stub.only();
        assert_signed(&seen, "eu-west-1", "sqs");
        assert_eq!(seen.values("x-amz-security-token").first().copied().unwrap_or_default(), token);
    }
}

#[tokio::test]
async fn without_credentials_nothing_starts_and_with_an_emulator_none_are_needed() {
    let reading = |service: &str| {
        let integration = json!({ "type": "aws", "httpMethod": "POST", "uri": uri(service),
            "responses": { "default": { "statusCode": "200" } } });
        let operation = json!({
            "responses": { "200": { "description": "" } },
            "x-amazon-apigateway-integration": integration });
        let text = document(json!({ "/a": { "post": operation } }));
        openapi::parse("test.json", &text, &Placeholders::none()).api.unwrap()
    };
    let mut account = Account::new(echo());
    let stub = ok().await;
    account.services = Services::without_credentials().with_emulator("dynamodb", &stub.url(""));
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    let found = Gateway::new(reading("sqs:path/1/q"), stage.clone(), account.clone()).unwrap_err();
    assert_eq!(codes(&found), ["aws-credentials"]);
    assert!(found[0].help.as_deref().unwrap().contains("AWS_SECRET_ACCESS_KEY"));

    let gateway = Gateway::new(reading("dynamodb:action/Scan"), stage, account).unwrap();
    let server = Server::start_with(gateway).await;
    let reply = server.send("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}").await;
    assert_eq!(reply.status, 200);
    assert!(stub.only().values("authorization")[0].contains("Credential=local/"));
}
