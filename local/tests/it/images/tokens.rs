//! Which tokens let their bearers in, and what all others are told.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use jiff::Timestamp;
use reqwest::Response;
use serde_json::{Value, json};

use super::{Member, PASSWORD};
use crate::service::Service;
use crate::user_pools::client;
use crate::user_pools::tokens::{forged, parts, tampered, unsigned};

/// What API Gateway says of a token that is none, and of one that was good once.
const UNAUTHORIZED: &str = "Unauthorized";
const EXPIRED: &str = "The incoming token has expired";

async fn list(service: &Service, token: Option<&str>) -> Response {
    let list = reqwest::Client::new().get(format!("{}/images", service.cloud.base_url));
    token
        .into_iter()
        .fold(list, |list, token| list.header("Authorization", token))
        .send()
        .await
        .unwrap()
}

/// It is refused in the words of the document's response `UNAUTHORIZED`, which a page may read.
async fn assert_refused(service: &Service, what: &str, token: Option<&str>, detail: &str) {
    let answer = list(service, token).await;
    assert_eq!(answer.status(), 401, "{what}");
    assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{what}");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("WWW-Authenticate"), "{exposed}");
    assert_eq!(answer.headers()["x-amzn-errortype"], "UnauthorizedException");
    let mut problem: Value = answer.json().await.unwrap();
    assert!(problem["requestId"].take().is_string(), "{what}");
    let expected = json!({
        "type": "about:blank", "title": "Unauthorized", "status": 401, "detail": detail,
        "requestId": null,
    });
    assert_eq!(problem, expected, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_good_id_token_lets_its_bearer_in() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let token = ada.tokens.id_token.expose();
    let [header, claims] = parts(token);
    let of = |name: &str, value: Value| {
        forged(&service.user_pools(), token, |claims| claims[name] = value)
    };
    assert_eq!(list(&service, Some(token)).await.status(), 200);
    let same = forged(&service.user_pools(), token, |_| ());
    assert_eq!(list(&service, Some(&same)).await.status(), 200, "else those below prove nothing");

    let nobody = json!({ "alg": "none", "typ": "JWT", "kid": header["kid"] });
    let (head, signature) = token.rsplit_once('.').unwrap();
    for (what, token) in [
        ("no token", "x".to_owned()),
        ("an access token", ada.tokens.access_token.expose().to_owned()),
        ("other claims", tampered(token, |_, claims| claims["email"] = "eve@example.com".into())),
        ("another key", tampered(token, |header, _| header["kid"] = "another".into())),
        ("no signature", format!("{head}.")),
        ("half a signature", format!("{head}.{}", &signature[..signature.len() / 2])),
        ("no algorithm", format!("{}.", unsigned(&nobody, &claims))),
        ("no algorithm, signed", format!("{}.{signature}", unsigned(&nobody, &claims))),
        ("another audience", of("aud", "another".into())),
        (
            "an audience that begins as it should",
            of("aud", format!("{}x", text(&claims["aud"])).into()),
        ),
        ("another purpose", of("token_use", "access".into())),
        ("no end", of("exp", Value::Null)),
    ] {
        assert_refused(&service, what, Some(&token), UNAUTHORIZED).await;
    }
    assert_refused(&service, "none", None, UNAUTHORIZED).await;
    // Whoever has no key does not learn what it was.
    let old = tampered(token, |_, claims| claims["exp"] = 1_700_000_000.into());
    assert_refused(&service, "an old one that was changed", Some(&old), UNAUTHORIZED).await;
    assert_refused(&service, "an old one", Some(&of("exp", 1_700_000_000.into())), EXPIRED).await;
    service.stop().await;
}

fn text(claim: &Value) -> &str {
    claim.as_str().unwrap()
}

/// API Gateway does not say what it tolerates: the gateway takes a token to the second, and one of a
/// pool whose clock is a minute ahead.
#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_by_seconds_keep_nobody_out() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let now = Timestamp::now().as_second();
    let of = |name: &'static str, seconds: i64| {
        let token = ada.tokens.id_token.expose();
        forged(&service.user_pools(), token, |claims| claims[name] = (now + seconds).into())
    };
    // A test may take a while between two lines.
    for token in [of("iat", 30), of("nbf", 30), of("iat", -86_400), of("nbf", -30), of("exp", 60)] {
        assert_eq!(list(&service, Some(&token)).await.status(), 200);
    }
    for claim in ["iat", "nbf"] {
        assert_refused(&service, claim, Some(&of(claim, 3600)), UNAUTHORIZED).await;
    }
    for seconds in [0, -1, -3600] {
        assert_refused(&service, "exp", Some(&of("exp", seconds)), EXPIRED).await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_pool_lets_nobody_in() {
    let pools = "  userPools:\n";
    let more = format!("{pools}    others: {{ selfSignUp: true, preSignUp: sign-up-trigger }}\n");
    let service = Service::edited(&[(pools, &more)], &[]).await;
    let Member { tokens, .. } = service.member("ada@example.com").await;
    assert_eq!(list(&service, Some(tokens.id_token.expose())).await.status(), 200);

    let cognito = client(&service.cloud.endpoints.cognito);
    let listed = cognito.list_user_pools().max_results(10).send().await.unwrap();
    let others = listed.user_pools().iter().find(|pool| pool.name().unwrap().ends_with("others"));
    let clients = cognito.list_user_pool_clients().user_pool_id(others.unwrap().id().unwrap());
    let clients = clients.send().await.unwrap();
    let id = clients.user_pool_clients()[0].client_id().unwrap();
    let sign_up = cognito.sign_up().client_id(id).username("ada@example.com").password(PASSWORD);
    assert!(sign_up.send().await.unwrap().user_confirmed());
    let sign_in = cognito.initiate_auth().client_id(id).auth_flow(AuthFlowType::UserPasswordAuth);
    let sign_in = sign_in.auth_parameters("USERNAME", "ada@example.com");
    let session = sign_in.auth_parameters("PASSWORD", PASSWORD).send().await.unwrap();
    let foreign = session.authentication_result().unwrap().id_token().unwrap();
    assert_refused(&service, "of another pool", Some(foreign), UNAUTHORIZED).await;
    service.stop().await;
}
