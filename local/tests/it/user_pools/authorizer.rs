//! The gateway's Cognito authorizer and the pools together: whose token passes.

use std::sync::Arc;

use bytes::Bytes;
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use gateway::{Account, Gateway, Services, Stage};
use local::cognito::UserPoolSpec;
use openapi::Placeholders;
use openapi::model::FunctionReference;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::tokens::{forged, parts, tampered, unsigned};
use super::{ADA, CLIENT, PASSWORD, POOL, Pools, spec};

/// Nothing calls a function here.
struct Nobody;

impl Invoke for Nobody {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        Box::pin(async { Err(InvokeError::UnknownFunction(function.name.clone())) })
    }
}

/// Serves a document whose `/me` takes id tokens of the pool for its client; answers the URL.
async fn guarded(pools: &Pools) -> String {
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "guarded", "version": "1" },
        "components": { "securitySchemes": { "members": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {
                "type": "cognito_user_pools",
                "providerARNs": [format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}")],
                "identityValidationExpression": CLIENT,
            },
        } } },
        "paths": { "/me": { "get": {
            "operationId": "me",
            "security": [{ "members": [] }],
            "responses": { "200": { "description": "Who calls." } },
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "requestTemplates": { "application/json": "{\"statusCode\":200}" },
                "responses": { "default": { "statusCode": "200", "responseTemplates": {
                    "application/json": "$context.authorizer.claims.email",
                } } },
            },
        } } },
    });
    let reading = openapi::parse("api.json", &document.to_string(), &Placeholders::none());
    let mut account = Account::new(Arc::new(Nobody));
    let endpoint = pools.cognito.endpoint();
    account.services = Services::without_credentials().with_emulator("cognito-idp", &endpoint);
    let stage = Stage { name: "local".to_owned(), ..Stage::default() };
    let gateway = Gateway::new(reading.api.unwrap(), stage, account).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/local/me", listener.local_addr().unwrap());
    let (newest, gateways) = watch::channel(Arc::new(gateway));
    tokio::spawn(async move {
        gateway::serve(listener, gateways, std::future::pending()).await;
        drop(newest);
    });
    url
}

/// Status and body of the answer to a token.
async fn get(url: &str, token: &str) -> (u16, String) {
    let request = reqwest::Client::new().get(url).header("Authorization", token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_token_passes_if_the_pool_issued_it_for_the_client_and_it_lasts() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("user-pools.sqlite");
    let other_pool = UserPoolSpec {
        id: "us-east-1_Another01".to_owned(),
        client_id: "another".to_owned(),
        ..spec()
    };
    let pools = Pools::with(&[spec(), other_pool], Some(&file));
    pools.user(ADA).await;
    let session = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let good = session.id_token().unwrap();
    let url = guarded(&pools).await;
    assert_eq!(get(&url, good).await, (200, ADA.to_owned()));

    let unauthorized = (401, r#"{"message":"Unauthorized"}"#.to_owned());
    let expired = forged(&file, good, |claims| claims["exp"] = 1_700_000_000.into());
    let told = (401, r#"{"message":"The incoming token has expired"}"#.to_owned());
    assert_eq!(get(&url, &expired).await, told);
    let audience = forged(&file, good, |claims| claims["aud"] = "another".into());
    assert_eq!(get(&url, &audience).await, unauthorized);
    let same = forged(&file, good, |_| ());
    assert_eq!(get(&url, &same).await.0, 200, "else the two before prove nothing");

    let swapped = tampered(good, |_, claims| claims["email"] = "bob@example.com".into());
    assert_eq!(get(&url, &swapped).await, unauthorized);
    let [mut header, claims] = parts(good);
    header["alg"] = "none".into();
    assert_eq!(get(&url, &format!("{}.", unsigned(&header, &claims))).await, unauthorized);
    assert_eq!(get(&url, session.access_token().unwrap()).await, unauthorized);
}

#[tokio::test]
async fn tokens_of_other_pools_and_other_machines_are_refused() {
    let pools = Pools::start();
    let url = guarded(&pools).await;
    pools.user(ADA).await;
    let own = pools.sign_in(ADA, PASSWORD).await.unwrap();
    assert_eq!(get(&url, own.id_token().unwrap()).await.0, 200);
    // The same pool on another machine has another key.
    let elsewhere = Pools::start();
    elsewhere.user(ADA).await;
    let foreign = elsewhere.sign_in(ADA, PASSWORD).await.unwrap();
    assert_eq!(get(&url, foreign.id_token().unwrap()).await.0, 401);
    // Another pool of this machine.
    let other = UserPoolSpec { id: "us-east-1_Another01".to_owned(), ..spec() };
    pools.cognito.ensure(std::slice::from_ref(&other));
    pools.sign_up("bob@example.com").await.unwrap();
    let confirm = pools.client.admin_confirm_sign_up().user_pool_id(&other.id);
    confirm.username("bob@example.com").send().await.unwrap();
    let foreign = pools.sign_in("bob@example.com", PASSWORD).await.unwrap();
    assert_eq!(get(&url, foreign.id_token().unwrap()).await.0, 401);
}

#[tokio::test]
async fn what_a_pool_publishes_is_found_by_its_discovery_document() {
    let pools = Pools::start();
    let fetch = async |url: String| -> serde_json::Value {
        reqwest::get(url).await.unwrap().json().await.unwrap()
    };
    let endpoint = pools.cognito.endpoint();
    let found = fetch(format!("{endpoint}/{POOL}/.well-known/openid-configuration")).await;
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}");
    assert_eq!(found["issuer"], issuer.as_str());
    let keys = fetch(found["jwks_uri"].as_str().unwrap().to_owned()).await;
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let members = ["kid", "kty", "alg", "use", "n", "e"];
        assert!(members.iter().all(|member| key[member].is_string()), "{key}");
        assert_eq!(key.as_object().unwrap().len(), members.len(), "a private part is published");
    }
    let missing = reqwest::get(format!("{endpoint}/nobody/.well-known/jwks.json")).await.unwrap();
    assert!(missing.status().is_client_error());
}
