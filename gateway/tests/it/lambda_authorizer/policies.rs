//! What the policies that functions answer allow.

use serde_json::json;

use super::{Watched, assert_refused, policy, token};
use crate::harness::result;

#[tokio::test]
async fn a_policy_denies_explicitly_or_by_saying_nothing() {
    let watched = Watched::start(&token(), |event| match event["authorizationToken"].as_str() {
        Some("deny") => result(&policy("Deny", &json!("*"))),
        _ => result(&policy("Allow", &json!("arn:aws:execute-api:*:*:other/*"))),
    })
    .await;
    assert_refused(
        &watched.get("/dev/b", "Authorization: deny\r\n").await,
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#,
    );
    assert_refused(
        &watched.get("/dev/b", "Authorization: other\r\n").await,
        403,
        "AccessDeniedException",
        r#"{"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}"#,
    );
}

#[tokio::test]
async fn wildcards_stand_for_stages_methods_and_paths() {
    let watched = Watched::start(&token(), |event| {
        let arn = event["methodArn"].as_str().unwrap();
        let api = arn.split('/').next().unwrap();
        result(&policy("Allow", &json!([format!("{api}/*/GET/a/?"), format!("{api}/dev/P*")])))
    })
    .await;
    let token = "Authorization: t\r\n";
    assert_eq!(watched.get("/dev/a/1", token).await.status, 200);
    assert_eq!(watched.get("/dev/a/12", token).await.status, 403);
    let post = format!("POST /dev/a/12 HTTP/1.1\r\nHost: h\r\n{token}Content-Length: 0\r\n\r\n");
    assert_eq!(watched.server.send(post).await.status, 200);
}
