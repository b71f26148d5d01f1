//! What identifies a caller: without it no function is asked, with the same again the cache answers.

use serde_json::{Value, json};

use super::{Watched, allow, assert_unauthorized, failure, guarded, policy, token};
use crate::harness::result;

#[tokio::test]
async fn a_missing_or_empty_token_is_unauthorized_without_a_call() {
    let watched = Watched::start(&token(), allow).await;
    assert_unauthorized(&watched.get("/dev/b", "").await);
    assert_unauthorized(&watched.get("/dev/b", "Authorization: \r\n").await);
    assert_eq!(watched.asked(), 0);
}

#[tokio::test]
async fn a_token_has_to_match_the_validation_expression_as_a_whole() {
    let authorizer = json!({ "type": "token", "identityValidationExpression": "[a-z]+(?!x)" });
    let watched = Watched::start(&guarded(authorizer), allow).await;
    assert_unauthorized(&watched.get("/dev/b", "Authorization: abc1\r\n").await);
    assert_unauthorized(&watched.get("/dev/b", "Authorization: 1abc\r\n").await);
    assert_eq!(watched.asked(), 0);
    assert_eq!(watched.get("/dev/b", "Authorization: abc\r\n").await.status, 200);
}

#[tokio::test]
async fn a_request_authorizer_that_caches_needs_every_identity_source() {
    let sources = "method.request.header.X-User, method.request.querystring.tenant, stageVariables.color, context.httpMethod";
    let authorizer = json!({ "type": "request", "identitySource": sources });
    let watched =
        Watched::start(&guarded(authorizer), |_| result(&policy("Allow", &json!("*")))).await;
    assert_unauthorized(&watched.get("/dev/b", "X-User: me\r\n").await);
    assert_unauthorized(&watched.get("/dev/b?tenant=a", "").await);
    assert_unauthorized(&watched.get("/dev/b?tenant=", "X-User: me\r\n").await);
    assert_eq!(watched.asked(), 0);
    for target in ["/dev/b?tenant=a", "/dev/a/1?tenant=a", "/dev/b?tenant=a&more=1"] {
        assert_eq!(watched.get(target, "x-user: me\r\n").await.status, 200, "{target}");
    }
    assert_eq!(watched.asked(), 1, "one caller is asked about once");
    assert_eq!(watched.get("/dev/b?tenant=b", "X-User: me\r\n").await.status, 200);
    assert_eq!(watched.asked(), 2, "every source is part of the key");
}

#[tokio::test]
async fn a_request_authorizer_without_cache_is_asked_whatever_is_missing() {
    let authorizer = json!({
        "type": "request", "authorizerResultTtlInSeconds": 0,
        "identitySource": "method.request.header.X-User"
    });
    let watched = Watched::start(&guarded(authorizer), allow).await;
    for _ in 0..2 {
        assert_eq!(watched.get("/dev/b", "").await.status, 200);
    }
    assert_eq!(watched.asked(), 2);
}

#[tokio::test]
async fn a_cached_policy_is_evaluated_again_for_another_method() {
    let watched = Watched::start(&guarded(json!({ "type": "token" })), allow).await;
    let token = "Authorization: t\r\n";
    assert_eq!(watched.get("/dev/b", token).await.status, 200);
    let denied = watched.get("/dev/a/1", token).await;
    assert_eq!(denied.status, 403, "the policy names the first method alone");
    let again = watched.get("/dev/b", token).await;
    let event: Value = serde_json::from_slice(&again.body).unwrap();
    assert_eq!(event["requestContext"]["authorizer"]["integrationLatency"], 0);
    assert_eq!(watched.asked(), 1);
    assert_eq!(watched.get("/dev/a/1", "Authorization: u\r\n").await.status, 200);
}

#[tokio::test]
async fn refusals_are_not_cached() {
    let watched =
        Watched::start(&guarded(json!({ "type": "token" })), |_| failure("Unauthorized")).await;
    for _ in 0..2 {
        assert_unauthorized(&watched.get("/dev/b", "Authorization: t\r\n").await);
    }
    assert_eq!(watched.asked(), 2);
}
