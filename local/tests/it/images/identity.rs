//! Signing up and in.

use client::Error;
use serde_json::{Value, json};

use super::{PASSWORD, credentials};
use crate::service::{Service, refusal, value};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_signs_up_once_and_fresh_tokens_are_as_good() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let again = service.client.sign_up().body(credentials("ada@example.com", PASSWORD)).send();
    assert_eq!(refusal(again.await).0, 409);
    let refresh = json!({ "refreshToken": ada.tokens.refresh_token.as_ref().unwrap().expose() });
    let refresh =
        service.client.refresh_tokens().body::<client::models::TokenRefresh>(value(refresh));
    let fresh = refresh.send().await.unwrap().into_inner();
    let list = reqwest::Client::new().get(format!("{}/images", service.cloud.base_url));
    let list = list.header("Authorization", fresh.id_token.expose()).send().await.unwrap();
    assert_eq!(list.status(), 200);
    let stale = json!({ "refreshToken": "not one" });
    let stale = service.client.refresh_tokens().body::<client::models::TokenRefresh>(value(stale));
    assert_eq!(refusal(stale.send().await).0, 401);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_told_what_it_lacks() {
    let service = Service::start().await;
    for (password, told) in [
        ("Short-1", "/password Password not long enough"),
        ("no-upper-case-1", "/password Password must have uppercase characters"),
        ("No-digits-at-all", "/password Password must have numeric characters"),
    ] {
        let sign_up = service.client.sign_up().body(credentials("ada@example.com", password));
        assert_eq!(refusal(sign_up.send().await), (422, vec![told.to_owned()]));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_a_megabyte_is_refused_before_anybody_looks_at_it() {
    let service = Service::start().await;
    service.signed_up("ada@example.com").await;
    // No client would send it. Five wrong passwords would lock her out: the pool hears of none.
    for (email, path) in [("bob@example.com", "signup"), ("bob@example.com", "signin")]
        .into_iter()
        .chain([("ada@example.com", "signin"); 8])
    {
        let body = json!({ "email": email, "password": "A1-".repeat(350_000) });
        let url = format!("{}/{path}", service.cloud.base_url);
        let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422);
        let text = answer.text().await.unwrap();
        assert!(text.contains("/password") && text.contains("256"), "{text}");
        assert!(text.len() < 1000, "{}", text.len());
    }
    let sign_in = service.client.sign_in().body(credentials("ada@example.com", PASSWORD));
    sign_in.send().await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_out_who_is_known_and_guessing_ends() {
    let service = Service::start().await;
    service.member("ada@example.com").await;
    let refused = async |email: &str| {
        let sign_in = service.client.sign_in().body(credentials(email, "Wrong-password-1"));
        let Err(Error::Problem { status, problem, .. }) = sign_in.send().await else {
            panic!("it is not refused")
        };
        let mut problem = serde_json::to_value(problem).unwrap();
        problem["requestId"] = Value::Null;
        (status.as_u16(), problem)
    };
    let unknown = refused("bob@example.com").await;
    assert_eq!((unknown.0, &unknown), (401, &refused("ada@example.com").await));
    // From the fifth on, each locks her out for twice as long.
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 20 {
        statuses.push(refused("ada@example.com").await.0);
    }
    assert!(statuses.starts_with(&[401; 4]) && statuses.ends_with(&[429]), "{statuses:?}");
    service.stop().await;
}
