//! The function `identity` through its dispatch.

use std::sync::Arc;

use handlers::generated::identity::dispatch;
use handlers::identity::{IdentityFunction, InMemoryPool};
use serde_json::{Value, json};

use crate::event::{Answer, parts, posted};

const PASSWORD: &str = "Analytical-1843";

fn function() -> IdentityFunction {
    IdentityFunction::new(Arc::new(InMemoryPool::default()))
}

async fn call(function: &IdentityFunction, path: &str, body: &Value) -> Answer {
    let (event, context) = parts(posted(path, body));
    dispatch(function, &event, &context).await.into()
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

#[tokio::test]
async fn a_user_signs_up_once_in_and_gets_fresh_tokens() {
    let function = function();
    let ada = credentials("ada@example.com", PASSWORD);
    let created = call(&function, "/signup", &ada).await;
    assert_eq!((created.status, &created.body["userId"]), (201, &json!("sub of ada@example.com")));
    let again = call(&function, "/signup", &ada).await;
    assert_eq!(again.status, 409);

    let tokens = call(&function, "/signin", &ada).await;
    assert_eq!(
        (tokens.status, tokens.body),
        (
            200,
            json!({
                "idToken": "id of ada@example.com", "accessToken": "access of ada@example.com",
                "refreshToken": "refresh of ada@example.com", "tokenType": "Bearer", "expiresIn": 3600,
            })
        )
    );
    let refresh = json!({ "refreshToken": "refresh of ada@example.com" });
    let fresh = call(&function, "/refresh", &refresh).await;
    assert_eq!((fresh.status, fresh.body.get("refreshToken")), (200, None));
    let stale = call(&function, "/refresh", &json!({ "refreshToken": "refresh of bob" })).await;
    assert_eq!(stale.status, 401);
}

#[tokio::test]
async fn nobody_finds_out_who_is_known_by_signing_in() {
    let function = function();
    let ada = credentials("ada@example.com", PASSWORD);
    assert_eq!(call(&function, "/signup", &ada).await.status, 201);
    let wrong = call(&function, "/signin", &credentials("ada@example.com", "wrong")).await;
    let unknown = call(&function, "/signin", &credentials("bob@example.com", "wrong")).await;
    assert_eq!((wrong.status, &wrong.body), (401, &unknown.body));
    for _ in 0..4 {
        call(&function, "/signin", &credentials("ada@example.com", "wrong")).await;
    }
    assert_eq!(call(&function, "/signin", &ada).await.status, 429);
}

#[tokio::test]
async fn a_password_that_is_refused_is_told_what_it_lacks_and_never_shown() {
    let function = function();
    let long = "x".repeat(1 << 20);
    for (password, told) in [
        ("hunter2", "body /password Password not long enough"),
        ("", "body /password is shorter than 1 character"),
        (long.as_str(), "body /password is longer than 256 characters"),
    ] {
        let answer = call(&function, "/signup", &credentials("ada@example.com", password)).await;
        assert_eq!((answer.status, answer.violations()), (422, vec![told.to_owned()]));
        assert!(password.is_empty() || !answer.body.to_string().contains(password));
    }
    let no_address = call(&function, "/signup", &credentials("ada", PASSWORD)).await;
    assert_eq!(no_address.violations().len(), 1);
    let typed: models::Credentials =
        serde_json::from_value(credentials("ada@example.com", "hunter2")).unwrap();
    assert!(!format!("{typed:?}").contains("hunter2"));
}
