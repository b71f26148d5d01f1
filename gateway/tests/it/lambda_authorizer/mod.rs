//! Lambda authorizers: what their functions see, and what becomes of their answers.

mod identity;
mod policies;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use gateway::function::Functions;
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use gateway::{Account, ApiKey, ApiKeyValue, Limits, Usage, UsagePlan};
use openapi::model::FunctionReference;
use serde_json::{Value, json};

use crate::functions::quiet;
use crate::harness::{Reply, Server, document, gateway_of, method, result};
use crate::stand_in::spec;

pub(crate) type Outcome = Result<Invocation, InvokeError>;

/// The function `guard`, and every other function as an echo of its event. Keeps the events that
/// the guard saw.
pub(crate) struct Guarded<F> {
    pub(crate) guard: F,
    pub(crate) seen: Arc<Mutex<Vec<Value>>>,
}

impl<F: Fn(&Value) -> Outcome + Send + Sync + 'static> Invoke for Guarded<F> {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let event: Value = serde_json::from_slice(&event).unwrap();
            if function.name != "guard" {
                return result(&json!({ "body": event.to_string() }));
            }
            self.seen.lock().unwrap().push(event.clone());
            (self.guard)(&event)
        })
    }
}

/// A server whose methods are guarded, and what its guard saw.
struct Watched {
    server: Server,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl Watched {
    async fn start(
        document: &str,
        guard: impl Fn(&Value) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::default();
        let functions = Arc::new(Guarded { guard, seen: Arc::clone(&seen) });
        Self { server: Server::start(document, functions).await, seen }
    }

    async fn get(&self, target: &str, headers: &str) -> Reply {
        self.server.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await
    }

    /// How often the guard was asked so far.
    fn asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn last_seen(&self) -> Value {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

/// A document whose `/a/{id}` and `/b` are guarded by this authorizer.
pub(crate) fn guarded(authorizer: Value) -> String {
    let guarded = || method(json!({ "security": [{ "guard": [] }] }));
    let paths = json!({
        "/a/{id}": { "get": guarded(), "post": guarded() },
        "/b": { "get": guarded() },
        "/open": { "get": method(json!({ "security": [] })) },
    });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    let mut extension = json!({
        "authorizerUri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:guard/invocations"
    });
    for (key, value) in authorizer.as_object().unwrap() {
        extension[key] = value.clone();
    }
    text["components"] = json!({ "securitySchemes": { "guard": {
        "type": "apiKey", "in": "header", "name": "Authorization",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": extension,
    } } });
    text.to_string()
}

fn token() -> String {
    guarded(json!({ "type": "token", "authorizerResultTtlInSeconds": 0 }))
}

fn request() -> String {
    guarded(json!({ "type": "request", "authorizerResultTtlInSeconds": 0 }))
}

/// A policy with one statement.
pub(crate) fn policy(effect: &str, resource: &Value) -> Value {
    let statement =
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource });
    json!({
        "principalId": "me",
        "policyDocument": { "Version": "2012-10-17", "Statement": [statement] },
    })
}

/// Allows the method that was called.
fn allow(event: &Value) -> Outcome {
    result(&policy("Allow", &event["methodArn"]))
}

pub(crate) fn failure(message: &str) -> Outcome {
    let document = json!({ "errorMessage": message, "errorType": "Error" });
    Ok(Invocation { payload: Bytes::from(document.to_string()), function_error: true })
}

fn assert_refused(reply: &Reply, status: u16, error_type: &str, body: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (status, body));
    assert_eq!(reply.header("x-amzn-ErrorType"), Some(error_type));
}

fn assert_unauthorized(reply: &Reply) {
    assert_refused(reply, 401, "UnauthorizedException", r#"{"message":"Unauthorized"}"#);
}

fn assert_misconfigured(reply: &Reply) {
    assert_refused(reply, 500, "AuthorizerConfigurationException", r#"{"message":null}"#);
}

#[tokio::test]
async fn a_token_authorizer_sees_the_raw_header_and_the_method() {
    let watched = Watched::start(&token(), allow).await;
    let reply = watched.get("/dev/a/x%20y?q=1", "authorization: Bearer  abc\r\n").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mut seen = watched.last_seen();
    let arn = seen["methodArn"].take();
    let arn = arn.as_str().unwrap();
    assert!(arn.starts_with("arn:aws:execute-api:eu-west-1:111122223333:"), "{arn}");
    assert!(arn.ends_with("/dev/GET/a/x%20y"), "{arn}");
    let expected =
        json!({ "type": "TOKEN", "authorizationToken": "Bearer  abc", "methodArn": null });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_request_authorizer_sees_the_request_but_for_its_body() {
    let watched = Watched::start(&request(), allow).await;
    let reply = watched
        .server
        .send("POST /dev/a/1?q=1&q=2 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\n{}")
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let seen = watched.last_seen();
    let names: Vec<&str> = seen.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    ];
    assert_eq!(names, expected);
    assert_eq!(seen["type"], "REQUEST");
    assert_eq!((&seen["resource"], &seen["path"]), (&json!("/a/{id}"), &json!("/a/1")));
    assert_eq!(seen["httpMethod"], "POST");
    assert_eq!(seen["headers"]["X-A"], "2");
    assert_eq!(seen["multiValueHeaders"]["X-A"], json!(["1", "2"]));
    assert_eq!(seen["queryStringParameters"], json!({ "q": "2" }));
    assert_eq!(seen["multiValueQueryStringParameters"], json!({ "q": ["1", "2"] }));
    assert_eq!(seen["pathParameters"], json!({ "id": "1" }));
    assert_eq!(seen["stageVariables"], json!({ "color": "red" }));
    assert_eq!(seen["requestContext"]["resourcePath"], "/a/{id}");
    assert!(seen["requestContext"].get("authorizer").is_none());
}

#[tokio::test]
async fn what_a_request_does_not_have_is_an_empty_object() {
    let watched = Watched::start(&request(), allow).await;
    assert_eq!(watched.get("/dev/b", "").await.status, 200);
    let seen = watched.last_seen();
    for member in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters"] {
        assert_eq!(seen[member], json!({}), "{member}");
    }
}

#[tokio::test]
async fn a_method_without_security_is_open() {
    let watched = Watched::start(&token(), |_| failure("Unauthorized")).await;
    assert_eq!(watched.get("/dev/open", "").await.status, 200);
    assert_eq!(watched.asked(), 0);
}

#[tokio::test]
async fn security_of_the_root_guards_every_operation_without_its_own() {
    let mut text: Value = serde_json::from_str(&token()).unwrap();
    text["security"] = json!([{ "guard": [] }]);
    text["paths"]["/c"] = json!({ "get": method(json!({})) });
    let watched = Watched::start(&text.to_string(), allow).await;
    assert_unauthorized(&watched.get("/dev/c", "").await);
    assert_eq!(watched.get("/dev/c", "Authorization: t\r\n").await.status, 200);
    assert_eq!(watched.get("/dev/open", "").await.status, 200);
}

#[tokio::test]
async fn context_and_principal_reach_the_event_as_text() {
    let watched = Watched::start(&token(), |event| {
        let mut answer = policy("Allow", &event["methodArn"]);
        answer["context"] = json!({ "number": 1, "flag": true, "text": "a" });
        result(&answer)
    })
    .await;
    let reply = watched.get("/dev/b", "Authorization: t\r\n").await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    let mut authorizer = event["requestContext"]["authorizer"].clone();
    assert!(authorizer["integrationLatency"].take().is_u64());
    let expected = json!({
        "number": "1", "flag": "true", "text": "a", "principalId": "me", "integrationLatency": null
    });
    assert_eq!(authorizer, expected);
}

#[tokio::test]
async fn a_function_that_says_unauthorized_refuses_the_caller() {
    let watched = Watched::start(&token(), |_| failure("Unauthorized")).await;
    assert_unauthorized(&watched.get("/dev/b", "Authorization: t\r\n").await);
}

#[tokio::test]
async fn a_broken_function_is_a_misconfigured_authorizer() {
    let answers = [
        failure("Unauthorized!"),
        failure("unauthorized"),
        Err(InvokeError::UnknownFunction("guard".into())),
        Err(InvokeError::Start("no such file".into())),
        result(&json!(null)),
        result(&json!("Unauthorized")),
        result(&json!({ "statusCode": 401 })),
        result(&json!({ "policyDocument": {} })),
        result(&{
            let mut answer = policy("Allow", &json!("*"));
            answer["context"] = json!({ "roles": ["a"] });
            answer
        }),
        result(&{
            let mut answer = policy("Allow", &json!("*"));
            answer["principalId"] = json!(null);
            answer
        }),
        result(&policy("Permit", &json!("*"))),
        Ok(Invocation { payload: Bytes::from_static(b"<html>"), function_error: false }),
    ];
    let count = answers.len();
    let next = Mutex::new(answers.into_iter());
    let watched = Watched::start(&token(), move |_| next.lock().unwrap().next().unwrap()).await;
    for _ in 0..count {
        assert_misconfigured(&watched.get("/dev/b", "Authorization: t\r\n").await);
    }
    assert_eq!(watched.asked(), count);
}

#[tokio::test]
async fn a_method_whose_arn_is_too_long_is_refused_before_the_function() {
    let watched = Watched::start(&token(), allow).await;
    let long = "x".repeat(1_700);
    let reply = watched.get(&format!("/dev/a/{long}"), "Authorization: t\r\n").await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (414, r#"{"message":"Request URI too long"}"#)
    );
    assert_eq!(watched.asked(), 0);
}

#[tokio::test]
async fn a_process_guards_a_process() {
    let specs = vec![spec("guard", "guard"), spec("f", "proxy")];
    let functions = Arc::new(Functions::new(specs, quiet()));
    let server = Server::start(&token(), functions.clone()).await;
    let get = |token| format!("GET /dev/b HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\n\r\n");
    assert_eq!(server.send(get("good")).await.status, 200);
    assert_unauthorized(&server.send(get("bad")).await);
    server.stop().await;
    functions.shutdown().await;
}

#[tokio::test]
async fn the_functions_answer_may_name_the_api_key() {
    let key = "0123456789abcdefghij";
    let mut text: Value = serde_json::from_str(&token()).unwrap();
    text["x-amazon-apigateway-api-key-source"] = json!("AUTHORIZER");
    text["components"]["securitySchemes"]["key"] =
        json!({ "type": "apiKey", "in": "header", "name": "x-api-key" });
    text["paths"]["/b"]["get"]["security"] = json!([{ "guard": [], "key": [] }]);
    let guard = move |event: &Value| {
        let mut answer = policy("Allow", &event["methodArn"]);
        answer["usageIdentifierKey"] = event["authorizationToken"].clone();
        result(&answer)
    };
    let mut account = Account::new(Arc::new(Guarded { guard, seen: Arc::default() }));
    let keys = vec![ApiKey::new("mine", ApiKeyValue::new(key))];
    let plans = vec![UsagePlan { name: "basic".to_owned(), keys, ..UsagePlan::default() }];
    let limits = Limits { plans, ..Limits::default() };
    account.usage = Usage::new(limits, Arc::new(jiff::Timestamp::now));
    let server = Server::start_with(gateway_of(&text.to_string(), account)).await;
    let get = |token| format!("GET /dev/b HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\n\r\n");
    assert_eq!(server.send(get(key)).await.status, 200);
    let reply = server.send(get("abcdefghij0123456789")).await;
    assert_refused(&reply, 403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
}

#[tokio::test]
async fn stage_variables_choose_the_function() {
    let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:${stageVariables.color}-guard/invocations";
    let document = guarded(json!({ "type": "token", "authorizerUri": uri }));
    let functions = Arc::new(Named(Mutex::default()));
    let server = Server::start(&document, Arc::clone(&functions) as Arc<dyn Invoke>).await;
    server.send("GET /dev/b HTTP/1.1\r\nHost: h\r\nAuthorization: t\r\n\r\n").await;
    assert_eq!(*functions.0.lock().unwrap(), ["red-guard"]);
}

/// Remembers which functions were called.
struct Named(Mutex<Vec<String>>);

impl Invoke for Named {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Outcome> {
        self.0.lock().unwrap().push(function.name.clone());
        Box::pin(async { Err(InvokeError::UnknownFunction(function.name.clone())) })
    }
}

#[tokio::test]
async fn refusals_are_customised_by_their_type() {
    let mut text: Value = serde_json::from_str(&token()).unwrap();
    let response = |status: u16| {
        json!({ "statusCode": status, "responseTemplates": { "application/json":
            "$context.error.responseType $context.error.messageString" } })
    };
    text["x-amazon-apigateway-gateway-responses"] = json!({
        "UNAUTHORIZED": response(418),
        "ACCESS_DENIED": response(419),
        "AUTHORIZER_CONFIGURATION_ERROR": response(519),
    });
    let watched =
        Watched::start(&text.to_string(), |event| match event["authorizationToken"].as_str() {
            Some("deny") => result(&policy("Deny", &json!("*"))),
            _ => failure("broken"),
        })
        .await;
    let reply = watched.get("/dev/b", "").await;
    assert_eq!((reply.status, reply.text().as_str()), (418, r#"UNAUTHORIZED "Unauthorized""#));
    let reply = watched.get("/dev/b", "Authorization: deny\r\n").await;
    assert_eq!(reply.status, 419);
    assert!(
        reply.text().starts_with(r#"ACCESS_DENIED "User is not authorized"#),
        "{}",
        reply.text()
    );
    let reply = watched.get("/dev/b", "Authorization: t\r\n").await;
    assert_eq!((reply.status, reply.text().as_str()), (519, "AUTHORIZER_CONFIGURATION_ERROR null"));
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("AuthorizerConfigurationException"));
}
