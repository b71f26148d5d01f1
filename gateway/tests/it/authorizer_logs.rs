//! What logs tell about authorizers, and what they do not.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::result;
use crate::lambda_authorizer::{Guarded, failure, guarded, policy};
use crate::logs::{access_log, lines, trace};

const TOKEN: &str = "Bearer abcdefghijklmnopqrstuvwxyz";

fn document() -> String {
    guarded(json!({ "type": "token" }))
}

/// Knows one token.
fn guard() -> Arc<Guarded<impl Fn(&Value) -> crate::lambda_authorizer::Outcome + Send + Sync>> {
    let guard = |event: &Value| {
        if event["authorizationToken"] != TOKEN {
            return failure("no");
        }
        let mut answer = policy("Allow", &json!("*"));
        answer["context"] = json!({ "tier": "gold" });
        answer["usageIdentifierKey"] = json!("0123456789abcdefghij");
        result(&answer)
    };
    Arc::new(Guarded { guard, seen: Arc::default() })
}

fn request(token: &str) -> String {
    format!("GET /dev/b HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\n\r\n")
}

#[tokio::test]
async fn the_access_log_tells_what_the_authorizer_said() {
    let format = "$context.requestId $context.authorizer.status $context.authorizer.integrationStatus $context.authorizer.principalId $context.authorizer.tier $context.authorizer.error";
    let (server, mut written) = access_log(&document(), guard(), format).await;
    for (token, expected) in [
        (TOKEN, "200 200 me gold -"),
        ("", "401 - - - Unauthorized"),
        ("other", "500 200 - - Authorizer error"),
    ] {
        server.send(request(token)).await;
        let line = written.next().await;
        let line = line.trim_end().split_once(' ').unwrap().1;
        assert_eq!(line, expected, "{token}");
    }
}

#[tokio::test]
async fn the_execution_log_follows_the_authorizer_and_hides_credentials() {
    let (server, mut written) = trace(&document(), guard()).await;
    for _ in 0..2 {
        server.send(request(TOKEN)).await;
        let block = written.next().await;
        for secret in ["abcdefghij", "0123456789"] {
            assert!(!block.contains(secret), "{block}");
        }
        let lines = lines(&block);
        let mut rest = lines.iter();
        for start in [
            "Starting authorizer: ",
            "Incoming identity: {method.request.header.Authorization=******uvwxyz}",
            "Using valid authorizer policy for principal: ******",
            "Successfully completed authorizer execution",
            "Starting execution for request: ",
        ] {
            assert!(rest.any(|line| line.starts_with(start)), "{start} is missing in {block}");
        }
    }
    server.send(request("")).await;
    let block = written.next().await;
    assert!(lines(&block).iter().any(|line| line.starts_with("Unauthorized request: ")), "{block}");
}
