//! API keys, throttles and quotas over sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gateway::invoke::Invoke;
use gateway::{
    Account, ApiKey, ApiKeyValue, Gateway, Limits, Period, Quota, Stage, Throttle, Usage, UsagePlan,
};
use openapi::{Placeholders, Severity};
use serde_json::{Value, json};

use crate::harness::{Reply, Server, document, echo, gateway_of, method};

const ADA: &str = "ada-0123456789-0123456789";
const BOB: &str = "bob-0123456789-0123456789";

/// `/keyed` requires a key for GET and POST, `/open` does not.
fn keyed(extra: Value) -> String {
    let required = || method(json!({ "security": [{ "key": [] }] }));
    let paths = json!({
        "/keyed": { "get": required(), "post": required() },
        "/open": { "get": method(json!({})) }
    });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text["components"] = json!({ "securitySchemes": {
        "key": { "type": "apiKey", "name": "x-api-key", "in": "header" } } });
    let Value::Object(extra) = extra else { panic!("members are an object") };
    text.as_object_mut().unwrap().extend(extra);
    text.to_string()
}

fn plan() -> UsagePlan {
    let key = |name, value| ApiKey::new(name, ApiKeyValue::new(value));
    UsagePlan {
        name: "basic".to_owned(),
        keys: vec![key("ada", ADA), key("bob", BOB)],
        ..UsagePlan::default()
    }
}

/// A server whose clock moves only when told to.
struct Metered {
    server: Server,
    milliseconds: Arc<AtomicI64>,
}

impl Metered {
    async fn start(document: &str, functions: Arc<dyn Invoke>, limits: Limits) -> Self {
        // A Saturday, 10:11:12 UTC.
        let milliseconds = Arc::new(AtomicI64::new(1_795_255_872_000));
        let shown = Arc::clone(&milliseconds);
        let clock =
            move || jiff::Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap();
        let mut account = Account::new(functions);
        account.usage = Usage::new(limits, Arc::new(clock));
        Self { server: Server::start_with(gateway_of(document, account)).await, milliseconds }
    }

    async fn of_plan(plan: UsagePlan) -> Self {
        let limits = Limits { plans: vec![plan], ..Limits::default() };
        Self::start(&keyed(json!({})), echo(), limits).await
    }

    async fn send(&self, request: &str, key: &str) -> Reply {
        let head = format!("{request} HTTP/1.1\r\nHost: h\r\nX-API-Key: {key}\r\n");
        self.server.send(format!("{head}Content-Length: 0\r\n\r\n")).await
    }

    async fn status(&self, request: &str, key: &str) -> u16 {
        self.send(request, key).await.status
    }

    fn pass(&self, milliseconds: i64) {
        self.milliseconds.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

fn assert_refused(reply: &Reply, status: u16, error_type: &str, body: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (status, body));
    assert_eq!(reply.header("x-amzn-ErrorType"), Some(error_type));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    assert_eq!(reply.header("Retry-After"), None);
    assert_eq!(reply.header("X-Amzn-Trace-Id"), None);
}

#[tokio::test]
async fn a_method_that_requires_a_key_is_forbidden_without_a_good_one() {
    let mut plan = plan();
    plan.keys[1].enabled = false;
    let metered = Metered::of_plan(plan).await;
    let forbidden = r#"{"message":"Forbidden"}"#;
    let without = metered.server.send("GET /dev/keyed HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_refused(&without, 403, "ForbiddenException", forbidden);
    for bad in ["wrong-0123456789-0123456789", BOB, "", "ADA-0123456789-0123456789"] {
        let reply = metered.send("GET /dev/keyed", bad).await;
        assert_refused(&reply, 403, "ForbiddenException", forbidden);
    }
    assert_eq!(metered.status("GET /dev/open", "wrong").await, 200);
    let reply = metered.send("GET /dev/keyed", ADA).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["apiKey"], ADA);
    assert_eq!(identity["apiKeyId"], ApiKey::new("ada", ApiKeyValue::new(ADA)).id);
}

#[tokio::test]
async fn a_document_customises_these_refusals() {
    let responses = json!({ "x-amazon-apigateway-gateway-responses": {
        "INVALID_API_KEY": { "statusCode": "401" },
        "THROTTLED": { "responseTemplates": { "application/json": "slow down, $context.identity.apiKeyId" } } } });
    let plan = UsagePlan { throttle: Throttle::new(1.0, 0), ..plan() };
    let limits = Limits { plans: vec![plan], ..Limits::default() };
    let metered = Metered::start(&keyed(responses), echo(), limits).await;
    assert_eq!(metered.status("GET /dev/keyed", "wrong").await, 401);
    let reply = metered.send("GET /dev/keyed", ADA).await;
    let id = ApiKey::new("ada", ApiKeyValue::new(ADA)).id;
    assert_eq!((reply.status, reply.text()), (429, format!("slow down, {id}")));
}

#[tokio::test]
async fn each_key_has_a_burst_of_its_own_and_then_its_rate() {
    let metered = Metered::of_plan(UsagePlan { throttle: Throttle::new(2.0, 2), ..plan() }).await;
    for key in [ADA, BOB] {
        assert_eq!(metered.status("GET /dev/keyed", key).await, 200);
        assert_eq!(metered.status("POST /dev/keyed", key).await, 200);
        let reply = metered.send("GET /dev/keyed", key).await;
        let body = r#"{"message":"Too Many Requests"}"#;
        assert_refused(&reply, 429, "TooManyRequestsException", body);
        assert_eq!(metered.status("GET /dev/open", key).await, 200, "it does not count");
    }
    metered.pass(500);
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 200);
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 429);
}

#[tokio::test]
async fn a_method_of_a_plan_may_be_throttled_by_itself() {
    let methods = [("/keyed/GET".to_owned(), Throttle::new(1.0, 1).unwrap())];
    let metered =
        Metered::of_plan(UsagePlan { methods: methods.into_iter().collect(), ..plan() }).await;
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 200);
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 429);
    assert_eq!(metered.status("POST /dev/keyed", ADA).await, 200);
    assert_eq!(metered.status("GET /dev/keyed", BOB).await, 200);
}

#[tokio::test]
async fn stage_and_account_throttle_everybody_together() {
    let limits = Limits {
        plans: vec![plan()],
        stage: Throttle::new(1.0, 2),
        methods: [("/open/GET".to_owned(), Throttle::new(1.0, 1).unwrap())].into_iter().collect(),
        account: Throttle::new(1.0, 4),
    };
    let metered = Metered::start(&keyed(json!({})), echo(), limits).await;
    assert_eq!(metered.status("GET /dev/open", "").await, 200);
    assert_eq!(metered.status("GET /dev/open", "").await, 429, "its own setting");
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 200);
    assert_eq!(metered.status("GET /dev/keyed", BOB).await, 200);
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 429, "the setting of every method");
    assert_eq!(metered.status("POST /dev/keyed", ADA).await, 200);
    assert_eq!(metered.status("POST /dev/keyed", ADA).await, 429, "the account's");
}

#[tokio::test]
async fn a_quota_is_used_up_per_key_and_renewed_with_its_period() {
    let quota = Quota { limit: 2, period: Period::Week, offset: 0 };
    let metered = Metered::of_plan(UsagePlan { quota: Some(quota), ..plan() }).await;
    for _ in 0..2 {
        assert_eq!(metered.status("GET /dev/keyed", ADA).await, 200);
    }
    let reply = metered.send("POST /dev/keyed", ADA).await;
    let body = r#"{"message":"Limit Exceeded"}"#;
    assert_refused(&reply, 429, "LimitExceededException", body);
    assert_eq!(metered.status("GET /dev/keyed", BOB).await, 200);
    // Sunday.
    metered.pass(14 * 3_600_000);
    assert_eq!(metered.status("GET /dev/keyed", ADA).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_burst_gets_through_at_once() {
    let metered = Metered::of_plan(UsagePlan { throttle: Throttle::new(1.0, 7), ..plan() }).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = metered.server.connect().await;
        client
            .write(format!("GET /dev/keyed HTTP/1.1\r\nHost: h\r\nx-api-key: {ADA}\r\n\r\n"))
            .await;
        clients.push(client);
    }
    let mut passed = 0;
    for client in &mut clients {
        match client.reply().await.unwrap().status {
            200 => passed += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(passed, 7);
}

#[test]
fn keys_nobody_has_and_throttles_of_nothing_are_told_at_start() {
    let found = |limits: Limits| {
        let reading = openapi::parse("test.json", &keyed(json!({})), &Placeholders::none());
        let mut account = Account::new(echo());
        account.usage = Usage::new(limits, Arc::new(jiff::Timestamp::now));
        let stage = Stage { name: "dev".into(), ..Stage::default() };
        let gateway = Gateway::new(reading.api.unwrap(), stage, account).unwrap();
        let found = gateway.diagnostics().iter();
        found
            .map(|found| {
                assert_eq!(found.severity, Severity::Warning);
                (found.code, found.message.clone())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(Limits::default()),
        [(
            "no-api-key",
            "GET /keyed and 1 more require an API key, but none is known: \
             every request is answered with status 403"
                .to_owned()
        )]
    );
    let methods = [("/nowhere/GET".to_owned(), Throttle::new(1.0, 1).unwrap())];
    let plan = UsagePlan { methods: methods.into_iter().collect(), ..plan() };
    let [(code, message)] = &found(Limits { plans: vec![plan], ..Limits::default() })[..] else {
        panic!("one finding");
    };
    assert_eq!(*code, "throttled-method");
    assert!(message.starts_with("the usage plan `basic` throttles /nowhere/GET"), "{message}");
}
