//! Cognito authorizers: which tokens let their bearers pass, and what becomes of their claims.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::{Account, Services};
use serde_json::{Value, json};

use crate::command_line::Running;
use crate::harness::{Reply, Server, document, echo, gateway_of, method};
use crate::user_pool::{Signer, UserPool, key, now, public_key_der, token, unsigned};

const POOL: &str = "eu-west-1_AbCdEfGhI";

/// A document whose `/id` takes id tokens of these pools and whose `/access` takes access tokens.
fn guarded(extension: Value) -> String {
    let secured = |scopes: Value| method(json!({ "security": [{ "pool": scopes }] }));
    let mut mapped = json!({
        "security": [{ "pool": [] }],
        "responses": { "200": { "description": "fine" } },
        "x-amazon-apigateway-integration": {
            "type": "mock", "requestTemplates": { "application/json": "{\"statusCode\":200}" },
            "responses": { "default": { "statusCode": "200", "responseTemplates": { "application/json":
                "$context.authorizer.claims.sub $context.authorizer.claims['cognito:groups']" } } }
        }
    });
    mapped["operationId"] = json!("mapped");
    let paths = json!({
        "/id": { "get": secured(json!([])) },
        "/access": { "get": secured(json!(["pets/read", "pets/write"])) },
        "/mapped": { "get": mapped },
    });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    let mut authorizer = json!({ "type": "cognito_user_pools" });
    for (name, value) in extension.as_object().unwrap() {
        authorizer[name] = value.clone();
    }
    text["components"] = json!({ "securitySchemes": { "pool": {
        "type": "apiKey", "in": "header", "name": "Authorization",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": authorizer,
    } } });
    text.to_string()
}

/// A pool and a server that trusts it.
struct Guarded {
    pool: UserPool,
    server: Server,
}

impl Guarded {
    async fn start() -> Self {
        Self::with(json!({})).await
    }

    async fn with(mut extension: Value) -> Self {
        let pool = UserPool::start(POOL).await;
        extension["providerARNs"] = json!([pool.arn()]);
        let server = serve(&guarded(extension), &pool.endpoint()).await;
        Self { pool, server }
    }

    async fn get(&self, target: &str, token: &str) -> Reply {
        get(&self.server, target, token).await
    }
}

async fn serve(document: &str, endpoint: &str) -> Server {
    let mut account = Account::new(echo());
    account.services = Services::without_credentials().with_emulator("cognito-idp", endpoint);
    Server::start_with(gateway_of(document, account)).await
}

async fn get(server: &Server, target: &str, token: &str) -> Reply {
    server.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\n\r\n")).await
}

fn assert_refused(reply: &Reply, body: &str) {
    assert_eq!((reply.status, reply.text().as_str()), (401, body));
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("UnauthorizedException"));
}

fn assert_unauthorized(reply: &Reply) {
    assert_refused(reply, r#"{"message":"Unauthorized"}"#);
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "published" })
}

#[tokio::test]
async fn the_claims_of_an_id_token_reach_the_function_as_text() {
    let guarded = Guarded::start().await;
    let token = guarded.pool.id_token(json!({
        "iat": 1_680_629_979, "exp": 4_102_444_800_u64, "auth_time": 1_680_629_979, "email_verified": true
    }));
    let reply = guarded.get("/dev/id", &token).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    let expected = json!({ "claims": {
        "sub": "7", "iss": guarded.pool.issuer(), "aud": "client-1", "token_use": "id",
        "cognito:username": "jo", "cognito:groups": "admin,staff", "auth_time": "1680629979",
        "iat": "Tue Apr 04 17:39:39 UTC 2023", "exp": "Fri Jan 01 00:00:00 UTC 2100",
        "email_verified": "true",
    } });
    assert_eq!(event["requestContext"]["authorizer"], expected);
}

#[tokio::test]
async fn templates_see_the_claims() {
    let guarded = Guarded::start().await;
    let reply = guarded.get("/dev/mapped", &guarded.pool.id_token(json!({}))).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "7 admin,staff"));
}

#[tokio::test]
async fn the_word_bearer_in_front_of_a_token_does_not_matter() {
    let guarded = Guarded::start().await;
    let token = guarded.pool.id_token(json!({}));
    assert_eq!(guarded.get("/dev/id", &format!("Bearer {token}")).await.status, 200);
}

#[tokio::test]
async fn a_request_without_token_is_unauthorized_and_no_key_is_fetched() {
    let guarded = Guarded::start().await;
    assert_unauthorized(&guarded.get("/dev/id", "").await);
    let reply = guarded.server.send("GET /dev/id HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_unauthorized(&reply);
    assert_unauthorized(&guarded.get("/dev/id", "Bearer abc").await);
    assert_eq!(guarded.pool.fetches(), 0);
}

#[tokio::test]
async fn an_expired_token_is_told_so_unless_it_is_forged() {
    let guarded = Guarded::start().await;
    let expired = json!({ "exp": now() - 1 });
    let reply = guarded.get("/dev/id", &guarded.pool.id_token(expired.clone())).await;
    assert_refused(&reply, r#"{"message":"The incoming token has expired"}"#);
    let forged = token(&header(), &guarded.pool.claims(expired), Signer::Stranger);
    assert_unauthorized(&guarded.get("/dev/id", &forged).await);
}

#[tokio::test]
async fn a_token_that_was_changed_is_unauthorized() {
    let guarded = Guarded::start().await;
    let good = guarded.pool.id_token(json!({}));
    let signature = good.rsplit_once('.').unwrap().1;
    let claims = guarded.pool.claims(json!({ "sub": "8" }));
    assert_unauthorized(
        &guarded.get("/dev/id", &format!("{}.{signature}", unsigned(&header(), &claims))).await,
    );
    let cut = &good[..good.len() - 4];
    assert_unauthorized(&guarded.get("/dev/id", cut).await);
    let stranger = token(&header(), &guarded.pool.claims(json!({})), Signer::Stranger);
    assert_unauthorized(&guarded.get("/dev/id", &stranger).await);
    assert_eq!(guarded.get("/dev/id", &good).await.status, 200);
}

#[tokio::test]
async fn the_token_does_not_choose_the_algorithm() {
    let guarded = Guarded::start().await;
    let claims = guarded.pool.claims(json!({}));
    for algorithm in ["none", "None", "HS256", "RS384", "PS256", "ES256"] {
        let header = json!({ "alg": algorithm, "kid": "published" });
        let unsigned = format!("{}.", unsigned(&header, &claims));
        assert_unauthorized(&guarded.get("/dev/id", &unsigned).await);
        let signed = token(&header, &claims, Signer::Pool);
        assert_unauthorized(&guarded.get("/dev/id", &signed).await);
    }
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let guarded = Guarded::start().await;
    let modulus = guarded.pool.keys.lock().unwrap()["keys"][0]["n"].as_str().unwrap().to_owned();
    for secret in
        [public_key_der(), modulus.clone().into_bytes(), URL_SAFE_NO_PAD.decode(modulus).unwrap()]
    {
        let text = unsigned(
            &json!({ "alg": "HS256", "kid": "published" }),
            &guarded.pool.claims(json!({})),
        );
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), text.as_bytes());
        let forged = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_unauthorized(&guarded.get("/dev/id", &forged).await);
    }
}

#[tokio::test]
async fn only_pools_of_the_authorizer_issue_tokens() {
    let guarded = Guarded::start().await;
    for issuer in [
        json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another"),
        json!(format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}")),
        json!(format!("{}/", guarded.pool.issuer())),
        json!("https://accounts.example"),
        json!([guarded.pool.issuer()]),
        json!(null),
    ] {
        let token = guarded.pool.id_token(json!({ "iss": issuer }));
        assert_unauthorized(&guarded.get("/dev/id", &token).await);
    }
    assert_eq!(guarded.pool.fetches(), 0, "nobody else's token makes the gateway fetch");
}

#[tokio::test]
async fn an_emulator_may_name_itself_as_the_issuer() {
    let guarded = Guarded::start().await;
    let issuer = format!("{}/{POOL}", guarded.pool.endpoint());
    let token = guarded.pool.id_token(json!({ "iss": issuer }));
    assert_eq!(guarded.get("/dev/id", &token).await.status, 200);
}

#[tokio::test]
async fn one_of_several_pools_is_enough() {
    let pool = UserPool::start(POOL).await;
    let other = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Other";
    let document = guarded(json!({ "providerARNs": [other, pool.arn()] }));
    let server = serve(&document, &pool.endpoint()).await;
    assert_eq!(get(&server, "/dev/id", &pool.id_token(json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_stage_variable_may_name_the_pool() {
    let pool = UserPool::start("red").await;
    let arn = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/${stageVariables.color}";
    let server = serve(&guarded(json!({ "providerARNs": [arn] })), &pool.endpoint()).await;
    assert_eq!(get(&server, "/dev/id", &pool.id_token(json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_method_without_scopes_takes_id_tokens_only() {
    let guarded = Guarded::start().await;
    assert_unauthorized(&guarded.get("/dev/id", &guarded.pool.access_token("pets/read")).await);
    let without_use = guarded.pool.id_token(json!({ "token_use": null }));
    assert_unauthorized(&guarded.get("/dev/id", &without_use).await);
}

#[tokio::test]
async fn a_method_with_scopes_takes_access_tokens_that_have_one_of_them() {
    let guarded = Guarded::start().await;
    for (scopes, status) in
        [("pets/write", 200), ("openid pets/read", 200), ("pets/rea", 401), ("", 401)]
    {
        let token = guarded.pool.access_token(scopes);
        assert_eq!(guarded.get("/dev/access", &token).await.status, status, "{scopes}");
    }
    let id = guarded.pool.id_token(json!({ "scope": "pets/read" }));
    assert_unauthorized(&guarded.get("/dev/access", &id).await);
}

#[tokio::test]
async fn the_audience_has_to_match_the_validation_expression_as_a_whole() {
    let guarded = Guarded::with(json!({ "identityValidationExpression": "client-[0-9]" })).await;
    assert_eq!(guarded.get("/dev/id", &guarded.pool.id_token(json!({}))).await.status, 200);
    for audience in ["client-10", "my-client-1", ""] {
        let token = guarded.pool.id_token(json!({ "aud": audience }));
        assert_unauthorized(&guarded.get("/dev/id", &token).await);
    }
    let access = guarded.pool.access_token("pets/read");
    assert_unauthorized(&guarded.get("/dev/access", &access).await);
}

#[tokio::test]
async fn a_token_from_the_future_is_unauthorized() {
    let guarded = Guarded::start().await;
    for claim in ["nbf", "iat"] {
        let early = guarded.pool.id_token(json!({ claim: now() + 600 }));
        assert_unauthorized(&guarded.get("/dev/id", &early).await);
        let clock_ahead = guarded.pool.id_token(json!({ claim: now() + 20 }));
        assert_eq!(guarded.get("/dev/id", &clock_ahead).await.status, 200);
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_an_unknown_one() {
    let guarded = Guarded::start().await;
    let claims = guarded.pool.claims(json!({}));
    for _ in 0..3 {
        assert_eq!(
            guarded.get("/dev/id", &token(&header(), &claims, Signer::Pool)).await.status,
            200
        );
    }
    assert_eq!(guarded.pool.fetches(), 1);
    // The pool changes its keys.
    *guarded.pool.keys.lock().unwrap() = json!({ "keys": [
        { "kid": "curve", "kty": "EC", "crv": "P-256", "x": "a", "y": "b" },
        key("next", Signer::Stranger),
    ] });
    let next = token(&json!({ "alg": "RS256", "kid": "next" }), &claims, Signer::Stranger);
    assert_eq!(guarded.get("/dev/id", &next).await.status, 200);
    assert_eq!(guarded.pool.fetches(), 2);
    assert_unauthorized(&guarded.get("/dev/id", &token(&header(), &claims, Signer::Pool)).await);
    let unknown = token(&json!({ "alg": "RS256", "kid": "guess" }), &claims, Signer::Pool);
    for _ in 0..3 {
        assert_unauthorized(&guarded.get("/dev/id", &unknown).await);
    }
    assert_eq!(guarded.pool.fetches(), 2, "guesses do not make the gateway fetch all the time");
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_misconfigure_the_authorizer() {
    let pool = UserPool::start(POOL).await;
    let document = guarded(json!({ "providerARNs": [pool.arn()] }));
    let assert_misconfigured = |reply: &Reply| {
        assert_eq!((reply.status, reply.text().as_str()), (500, r#"{"message":null}"#));
        let kind = reply.header("x-amzn-ErrorType");
        assert_eq!(kind, Some("AuthorizerConfigurationException"));
    };
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = serve(&document, &format!("http://{nobody}")).await;
    assert_misconfigured(&get(&server, "/dev/id", &pool.id_token(json!({}))).await);
    let elsewhere = UserPool::start("eu-west-1_Another").await;
    let server = serve(&document, &elsewhere.endpoint()).await;
    assert_misconfigured(&get(&server, "/dev/id", &pool.id_token(json!({}))).await);
}

#[tokio::test]
async fn an_expired_token_is_customised_as_unauthorized() {
    let pool = UserPool::start(POOL).await;
    let mut text: Value =
        serde_json::from_str(&guarded(json!({ "providerARNs": [pool.arn()] }))).unwrap();
    text["x-amazon-apigateway-gateway-responses"] = json!({ "UNAUTHORIZED": {
        "statusCode": 418,
        "responseTemplates": { "application/json": "$context.error.responseType: $context.error.message" }
    } });
    let server = serve(&text.to_string(), &pool.endpoint()).await;
    let reply = get(&server, "/dev/id", &pool.id_token(json!({ "exp": 1 }))).await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (418, "UNAUTHORIZED: The incoming token has expired")
    );
}

#[tokio::test]
async fn the_environment_names_the_endpoint_of_the_pools() {
    let pool = UserPool::start(POOL).await;
    let document = guarded(json!({ "providerARNs": [pool.arn()] }));
    for (variable, other) in [
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"),
        ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"),
    ] {
        let endpoint = format!("{}/", pool.endpoint());
        let environment = [(variable, endpoint.as_str()), (other, "")];
        let running = Running::start_in(&environment, &document, &[]);
        let token = format!("Authorization: {}\r\n", pool.id_token(json!({})));
        let ask = move || running.get_with("/dev/mapped", &token);
        let reply = tokio::task::spawn_blocking(ask).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 "), "{variable}: {reply}");
    }
}
