//! Which security schemes and authorizers a document may have.

use gateway::{Account, Gateway, Stage};
use openapi::Placeholders;
use serde_json::{Value, json};

use crate::harness::{Server, document, echo, method};
use crate::start::{codes, with_scheme};

#[test]
fn schemes_that_api_gateway_drops_guard_nothing() {
    let bearer = json!({ "type": "http", "scheme": "bearer" });
    assert!(codes(&with_scheme(bearer)).is_empty());
}

/// A scheme with this authorizer.
fn authorizer(extension: Value) -> Value {
    json!({
        "type": "apiKey", "name": "Authorization", "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": extension,
    })
}

fn lambda(extra: Value) -> Value {
    let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:guard/invocations";
    let mut extension = json!({ "type": "token", "authorizerUri": uri });
    for (name, value) in extra.as_object().unwrap() {
        extension[name] = value.clone();
    }
    authorizer(extension)
}

fn cognito(extra: Value) -> Value {
    let arn = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_A";
    let mut extension = json!({ "type": "cognito_user_pools", "providerARNs": [arn] });
    for (name, value) in extra.as_object().unwrap() {
        extension[name] = value.clone();
    }
    authorizer(extension)
}

#[test]
fn an_authorizer_that_cannot_work_is_refused_where_it_stands() {
    assert!(codes(&with_scheme(lambda(json!({})))).is_empty());
    assert!(codes(&with_scheme(cognito(json!({})))).is_empty());
    for (scheme, code) in [
        (lambda(json!({ "authorizerUri": "http://a.example" })), "authorizer-uri"),
        (lambda(json!({ "identityValidationExpression": "(" })), "validation-expression"),
        (lambda(json!({ "authorizerResultTtlInSeconds": 3601 })), "authorizer-ttl"),
        (lambda(json!({ "type": "request" })), "identity-source"),
        (
            lambda(json!({ "type": "request", "identitySource": "method.request.path.id" })),
            "identity-source",
        ),
        (
            lambda(json!({ "type": "request", "identitySource": "method.request.body" })),
            "identity-source",
        ),
        (cognito(json!({ "providerARNs": [] })), "authorizer-providers"),
        (cognito(json!({ "providerARNs": ["eu-west-1_A"] })), "provider-arn"),
        (cognito(json!({ "providerARNs": ["${pool_arn}"] })), "provider-arn"),
        (
            cognito(json!({ "providerARNs": [
                "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/${stageVariables.pool}"
            ] })),
            "provider-arn",
        ),
        (cognito(json!({ "identityValidationExpression": "[" })), "validation-expression"),
    ] {
        assert_eq!(codes(&with_scheme(scheme.clone())), [code], "{scheme}");
    }
}

#[test]
fn an_authorizer_that_no_operation_uses_has_to_work_too() {
    let mut text: Value = serde_json::from_str(&document(json!({}))).unwrap();
    text["components"] =
        json!({ "securitySchemes": { "s": cognito(json!({ "providerARNs": ["x"] })) } });
    assert_eq!(codes(&text.to_string()), ["provider-arn"]);
}

#[test]
fn a_method_has_room_for_one_authorizer() {
    let security = |requirements: Value| {
        let paths = json!({ "/a": { "get": method(json!({ "security": requirements })) } });
        let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
        text["components"] = json!({ "securitySchemes": {
            "a": lambda(json!({})),
            "b": cognito(json!({})),
            "iam": {
                "type": "apiKey", "name": "Authorization", "in": "header",
                "x-amazon-apigateway-authtype": "awsSigv4"
            },
        } });
        codes(&text.to_string())
    };
    assert!(security(json!([{ "b": ["x"] }, { "b": ["y"] }])).is_empty());
    for several in [json!([{ "a": [] }, { "b": [] }]), json!([{ "a": [], "iam": [] }])] {
        assert!(security(several.clone()).contains(&"several-authorizers"), "{several}");
    }
}

/// Codes of all findings about an operation with these members that the scheme `s` may guard.
fn findings(extra: Value) -> Vec<&'static str> {
    let paths = json!({ "/a": { "get": method(extra) } });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text["components"] = json!({ "securitySchemes": { "s": lambda(json!({})) } });
    let reading = openapi::parse("test.json", &text.to_string(), &Placeholders::none());
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    let account = Account::new(echo());
    let gateway = Gateway::allowing_unsupported(reading.api.unwrap(), stage, account);
    gateway.diagnostics().iter().map(|finding| finding.code).collect()
}

#[test]
fn an_operation_that_says_it_is_open_and_is_not_is_found() {
    let guarded = json!([{ "s": [] }]);
    let open = json!({ "type": "NONE" });
    let both = json!({ "security": guarded, "x-amazon-apigateway-auth": open });
    assert_eq!(findings(both), ["contradictory-auth"]);
    let optional = json!({ "security": [{ "s": [] }, {}] });
    assert_eq!(findings(optional), ["optional-security"]);
    assert!(findings(json!({ "security": [{}], "x-amazon-apigateway-auth": open })).is_empty());
}

#[tokio::test]
async fn an_authorizer_that_cannot_work_lets_nobody_pass_even_if_let_through() {
    let text = with_scheme(cognito(json!({ "providerARNs": ["x"] })));
    let reading = openapi::parse("test.json", &text, &Placeholders::none());
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    let account = Account::new(echo());
    let gateway = Gateway::allowing_unsupported(reading.api.unwrap(), stage, account);
    let server = Server::start_with(gateway).await;
    let reply = server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!((reply.status, reply.text().as_str()), (500, r#"{"message":null}"#));
}
