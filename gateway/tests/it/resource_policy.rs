//! Resource policies and the names of a private API, over sockets.

use gateway::{Account, Gateway, Location, Stage};
use openapi::Placeholders;
use serde_json::{Value, json};

use crate::harness::{Reply, Server, Twin, document, echo, gateway_of, method, result};

/// A document with an open method and this policy.
fn guarded(statements: &Value) -> Value {
    let paths = json!({ "/a": { "get": method(json!({})) }, "/": { "get": method(json!({})) } });
    let mut document: Value = serde_json::from_str(&document(paths)).unwrap();
    document["x-amazon-apigateway-policy"] =
        json!({ "Version": "2012-10-17", "Statement": statements });
    document
}

/// The policy of the guide's private APIs: everybody who comes through one endpoint.
fn one_endpoint(id: &str) -> Value {
    json!([
        { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" },
        { "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
          "Condition": { "StringNotEquals": { "aws:SourceVpce": id } } }
    ])
}

fn account() -> Account {
    Account { api_id: Some("abc123".into()), ..Account::new(echo()) }
}

async fn start(document: &Value) -> Server {
    Server::start_with(gateway_of(&document.to_string(), account())).await
}

async fn get(server: &Server, target: &str, headers: &str) -> Reply {
    server.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await
}

fn denial(method: &str, reason: &str) -> String {
    format!(
        r#"{{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:abc123/dev/{method} {reason}"}}"#
    )
}

#[tokio::test]
async fn whoever_the_policy_admits_gets_in_without_options() {
    let server = start(&guarded(&one_endpoint("vpce-0a1b"))).await;
    let reply = get(&server, "/dev/a", "").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["requestContext"]["identity"]["vpceId"], "vpce-0a1b");
}

#[tokio::test]
async fn one_request_can_come_from_elsewhere() {
    let server = start(&guarded(&one_endpoint("vpce-0a1b"))).await;
    for elsewhere in ["vpce-other", "internet", "vpc-1, 10.0.0.7"] {
        let reply = get(&server, "/dev/a", &format!("X-Lychgate-From: {elsewhere}\r\n")).await;
        assert_eq!(reply.status, 403, "{elsewhere}");
        assert_eq!(
            reply.text(),
            denial("GET/a", "with an explicit deny in a resource-based policy")
        );
        assert_eq!(reply.header("x-amzn-ErrorType"), Some("AccessDeniedException"));
        assert_eq!(reply.header("Content-Type"), Some("application/json"));
    }
    let from = "X-Lychgate-From: vpce-0a1b vpc-2 10.0.0.7\r\n";
    let reply = get(&server, "/dev/a", from).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!((&identity["vpceId"], &identity["vpcId"]), (&json!("vpce-0a1b"), &json!("vpc-2")));
    assert_eq!(identity["sourceIp"], "10.0.0.7");
    assert!(!event.to_string().to_lowercase().contains("lychgate-from"), "no function sees it");

    let reply = get(&server, "/dev/a", "X-Lychgate-From: nowhere\r\n").await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("X-Lychgate-From says `nowhere`"), "{}", reply.text());
}

#[tokio::test]
async fn options_say_where_requests_come_from() {
    let document = guarded(&one_endpoint("vpce-0a1b")).to_string();
    let location = Location { vpc_endpoint: Some("vpce-2".into()), vpc: Some("vpc-2".into()) };
    let gateway = gateway_of(&document, Account { location, ..account() });
    assert!(gateway.notes()[0].contains("VPC endpoint vpce-2 of vpc-2"), "{:?}", gateway.notes());
    let server = Server::start_with(gateway).await;
    assert_eq!(get(&server, "/dev/a", "").await.status, 403);
}

#[tokio::test]
async fn without_an_allow_nobody_gets_in() {
    let statements = json!([{ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/GET/a" }]);
    let server = start(&guarded(&statements)).await;
    assert_eq!(get(&server, "/dev/a", "").await.status, 200);
    let reply = get(&server, "/dev/", "").await;
    assert_eq!(reply.status, 403);
    let reason = "because no resource-based policy allows the execute-api:Invoke action";
    assert_eq!(reply.text(), denial("GET/", reason));
    // A route that does not exist is none that a policy could speak of.
    let reply = get(&server, "/dev/nowhere", "").await;
    assert_eq!(reply.text(), r#"{"message":"Missing Authentication Token"}"#);
}

#[tokio::test]
async fn addresses_are_let_in_by_range() {
    let statements = json!([{ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "IpAddress": { "aws:SourceIp": ["203.0.113.0/24"] }, "Bool": { "aws:SecureTransport": "true" } } }]);
    let server = start(&guarded(&statements)).await;
    assert_eq!(get(&server, "/dev/a", "").await.status, 403, "127.0.0.1");
    assert_eq!(get(&server, "/dev/a", "X-Lychgate-From: 203.0.113.9\r\n").await.status, 200);
    assert_eq!(get(&server, "/dev/a", "X-Lychgate-From: 203.0.114.9\r\n").await.status, 403);
    let private = "X-Lychgate-From: vpce-1, 203.0.113.9\r\n";
    assert_eq!(get(&server, "/dev/a", private).await.status, 403, "it is aws:VpcSourceIp now");
}

#[tokio::test]
async fn a_denial_is_customised_as_access_denied() {
    let mut document = guarded(&json!([]));
    document["x-amazon-apigateway-gateway-responses"] = json!({ "ACCESS_DENIED": {
        "statusCode": "404", "responseTemplates": { "application/json": "{\"type\":\"$context.error.responseType\"}" } } });
    let reply = get(&start(&document).await, "/dev/a", "").await;
    assert_eq!((reply.status, reply.text().as_str()), (404, r#"{"type":"ACCESS_DENIED"}"#));
}

/// A document whose method is guarded by a function that answers with an effect for `/a`.
fn with_authorizer(statements: &Value) -> Value {
    let mut document = guarded(statements);
    document["paths"]["/a"]["get"]["security"] = json!([{ "guard": [] }]);
    document["components"] = json!({ "securitySchemes": { "guard": {
        "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": { "type": "token", "authorizerResultTtlInSeconds": 0, "authorizerUri":
            "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:guard/invocations" }
    } } });
    document
}

/// Calls a method whose resource policy has this effect, with a token that names the effect the
/// authorizer's policy has; `Silent` is neither.
async fn together(resource: &str, identity: &str) -> (u16, String) {
    let statement = |effect: &str| json!([{ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/GET/a" }]);
    let statements = if resource == "Silent" { json!([]) } else { statement(resource) };
    let functions = Twin(|event: Value| {
        let Some(effect) = event["authorizationToken"].as_str() else {
            return result(&json!({ "body": "in" }));
        };
        let (effect, resource) = match effect {
            "Silent" => ("Allow", "arn:aws:execute-api:*:*:*/dev/GET/other"),
            effect => (effect, "*"),
        };
        let statement =
            json!({ "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource });
        result(
            &json!({ "principalId": "me", "policyDocument": { "Version": "2012-10-17", "Statement": [statement] } }),
        )
    });
    let document = with_authorizer(&statements).to_string();
    let account =
        Account { api_id: Some("abc123".into()), ..Account::new(std::sync::Arc::new(functions)) };
    let server = Server::start_with(gateway_of(&document, account)).await;
    let reply = get(&server, "/dev/a", &format!("Authorization: {identity}\r\n")).await;
    (reply.status, reply.text())
}

#[tokio::test]
async fn a_lambda_authorizer_and_the_policy_decide_together() {
    let resource_deny = denial("GET/a", "with an explicit deny in a resource-based policy");
    let identity = |reason: &str| {
        format!(r#"{{"Message":"User is not authorized to access this resource {reason}"}}"#)
    };
    let identity_deny = identity("with an explicit deny in an identity-based policy");
    let nobody = identity("because no identity-based policy allows the execute-api:Invoke action");
    for (resource, authorizer, expected) in [
        ("Allow", "Allow", None),
        ("Allow", "Silent", None),
        ("Silent", "Allow", None),
        ("Allow", "Deny", Some(&identity_deny)),
        ("Silent", "Silent", Some(&nobody)),
        ("Silent", "Deny", Some(&identity_deny)),
        ("Deny", "Allow", Some(&resource_deny)),
        ("Deny", "Silent", Some(&resource_deny)),
        ("Deny", "Deny", Some(&resource_deny)),
    ] {
        let (status, text) = together(resource, authorizer).await;
        match expected {
            None => assert_eq!((status, text.as_str()), (200, "in"), "{resource} {authorizer}"),
            Some(body) => assert_eq!((status, &text), (403, body), "{resource} {authorizer}"),
        }
    }
}

#[tokio::test]
async fn the_policy_denies_before_the_authorizer_is_asked() {
    let statements =
        json!([{ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" }]);
    // Without a token the authorizer would say 401.
    let reply = get(&start(&with_authorizer(&statements)).await, "/dev/a", "").await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn names_of_other_apis_are_forbidden() {
    let mut document = guarded(&one_endpoint("vpce-0a1b"));
    document["servers"] = json!([{ "url": "/", "x-amazon-apigateway-endpoint-configuration": { "vpcEndpointIds": ["vpce-0a1b"] } }]);
    let server = start(&document).await;
    for (host, id, status) in [
        ("abc123.execute-api.eu-west-1.amazonaws.com", None, 200),
        ("abc123-vpce-0a1b.execute-api.eu-west-1.amazonaws.com", None, 200),
        ("vpce-0a1b-xyz.execute-api.eu-west-1.vpce.amazonaws.com", Some("abc123"), 200),
        ("localhost:3000", Some("abc123"), 200),
        ("localhost:3000", Some("xyz789"), 403),
        ("xyz789.execute-api.eu-west-1.amazonaws.com", None, 403),
        ("vpce-0a1b-xyz.execute-api.eu-west-1.vpce.amazonaws.com", None, 403),
    ] {
        let id = id.map(|id| format!("x-apigw-api-id: {id}\r\n")).unwrap_or_default();
        let reply = server.send(format!("GET /dev/a HTTP/1.1\r\nHost: {host}\r\n{id}\r\n")).await;
        assert_eq!(reply.status, status, "{host} {id}");
        if status == 403 {
            assert_eq!(reply.text(), r#"{"message":"Forbidden"}"#);
            assert_eq!(reply.header("x-amzn-ErrorType"), Some("ForbiddenException"));
        }
    }
    let other = "vpce-9-xyz.execute-api.eu-west-1.vpce.amazonaws.com";
    let request = format!("GET /dev/a HTTP/1.1\r\nHost: {other}\r\nx-apigw-api-id: abc123\r\n\r\n");
    let reply = server.send(request).await;
    assert!(
        reply.text().contains("with an explicit deny"),
        "the host's endpoint is what policies see"
    );
}

/// What is found when a document is deployed: code, line and whether it stops the start.
fn findings(document: &str) -> Vec<(&'static str, usize, bool)> {
    let reading = openapi::parse("test.yaml", document, &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    let found = match Gateway::new(api, stage, account()) {
        Ok(gateway) => gateway.diagnostics().to_vec(),
        Err(found) => found,
    };
    let place = |it: &openapi::Diagnostic| {
        (it.code, it.origin.as_ref().unwrap().position.line, it.is_error())
    };
    found.iter().map(place).collect()
}

#[test]
fn what_a_policy_cannot_mean_is_found_where_it_stands() {
    let document = r#"openapi: 3.0.3
info: { title: t, version: "1" }
paths: {}
x-amazon-apigateway-policy:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Principal: "*"
      Action: execute-api:Invoke
      Resource: execute-api:/*
      Condition:
        StringEquals:
          aws:SourceVpcEndpoint: vpce-1
        IPAddress:
          aws:SourceIp: 10.0.0.0/8
    - Effect: Deny
      Principal: "*"
      Action: execute-api:Invoke
      Resource: execute-api:/*
      Condition:
        StringNotEquals:
          aws:SourceVpce: "${vpc_endpoint_id}"
"#;
    let expected = [
        ("resource-policy", 13, true),
        ("resource-policy", 14, true),
        ("resource-policy", 22, true),
    ];
    assert_eq!(findings(document), expected);
}

#[test]
fn an_endpoint_that_only_a_pattern_names_is_asked_for() {
    let mut statements = one_endpoint("vpce-*");
    statements[1]["Condition"] = json!({ "StringNotLike": { "aws:SourceVpce": "vpce-*" } });
    assert_eq!(findings(&guarded(&statements).to_string()), [("policy-location", 1, false)]);
    assert_eq!(findings(&guarded(&one_endpoint("vpce-1")).to_string()), []);
}

#[test]
fn a_private_api_needs_a_policy() {
    let document = r#"openapi: 3.0.3
info: { title: t, version: "1" }
servers:
  - url: /
    x-amazon-apigateway-endpoint-configuration:
      vpcEndpointIds: [vpce-1]
paths: {}
"#;
    assert_eq!(findings(document), [("private-without-policy", 5, true)]);
}
