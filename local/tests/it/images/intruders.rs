//! Who is kept out: callers without a good token, and other users; and what browsers are told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, Response};

use super::picture;
use crate::service::{Service, refusal};

async fn list(service: &Service, token: Option<&str>) -> Response {
    let list = reqwest::Client::new().get(format!("{}/images", service.cloud.base_url));
    token
        .into_iter()
        .fold(list, |list, token| list.header("Authorization", token))
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_good_id_token_lets_its_bearer_in() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let token = ada.tokens.id_token.expose();
    assert_eq!(list(&service, Some(token)).await.status(), 200);
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{} parts", parts.len()) };
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let other = decoded.replace("ada@example.com", "eve@example.com");
    assert_ne!(other, decoded);
    let other = URL_SAFE_NO_PAD.encode(other);
    for (what, token) in [
        ("none", None),
        ("no token", Some("x".to_owned())),
        ("an access token", Some(ada.tokens.access_token.expose().to_owned())),
        ("other claims", Some(format!("{header}.{other}.{signature}"))),
        ("no signature", Some(format!("{header}.{claims}."))),
        ("no algorithm", Some(format!("{unsigned}.{claims}."))),
    ] {
        let answer = list(&service, token.as_deref()).await;
        assert_eq!(answer.status(), 401, "{what}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{what}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("WWW-Authenticate"), "{exposed}");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!((&problem["title"], &problem["status"]), (&"Unauthorized".into(), &401.into()));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_users_images_are_not_there() {
    let service = Service::start().await;
    let (ada, bob) =
        (service.member("ada@example.com").await, service.member("bob@example.com").await);
    let image = ada.upload(&service, "image/png", &picture(8, 8)).await;
    assert_eq!(bob.get(image.image_id).await, None);
    assert_eq!(refusal(bob.client.delete_image().image_id(image.image_id).send().await).0, 404);
    assert!(bob.find(&[]).await.is_empty());
    assert!(bob.find(&[image.tags[0].as_str()]).await.is_empty());
    assert!(ada.get(image.image_id).await.is_some());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_no_client_sends_are_refused() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let get = async |path: &str| {
        let get = reqwest::Client::new().get(format!("{}/{path}", service.cloud.base_url));
        get.header("Authorization", ada.tokens.id_token.expose()).send().await.unwrap()
    };
    let many = vec!["a"; 10_000].join(",");
    for path in ["images?tags=a,b,c,d,e,f,g,h,i,j,k", "images?tags=", "images/..%2F..%2Fbob%2F1"] {
        assert_eq!(get(path).await.status(), 422, "{path}");
    }
    assert!(get(&format!("images?tags={many}")).await.status().is_client_error());
    // API Gateway decodes it before anybody cuts it: no tag has a comma, so these are two.
    assert_eq!(get("images?tags=a%2Cb").await.status(), 200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_allowed_origin_may_call_and_machines_routes_say_nothing() {
    let service = Service::edited(&[], &[("allowed_origin", "https://app.example")]).await;
    let ask = async |method: Method, path: &str| {
        let url = format!("{}/{path}", service.cloud.base_url);
        let request = reqwest::Client::new().request(method, url);
        let request = request.header("origin", "https://app.example");
        request.header("access-control-request-method", "POST").send().await.unwrap()
    };
    let id = "00000000-0000-4000-8000-000000000000";
    for path in ["signup", "signin", "refresh", "images", &format!("images/{id}")] {
        let preflight = ask(Method::OPTIONS, path).await;
        assert_eq!(preflight.status(), 204, "{path}");
        assert_eq!(preflight.headers()["access-control-allow-origin"], "https://app.example");
        let allowed = preflight.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("Authorization"), "{allowed}");
    }
    // Of the function, an error as well.
    let refused = ask(Method::POST, "signin").await;
    assert_eq!(refused.status(), 422);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(refused.headers()["vary"], "Origin");
    let machines = ask(Method::GET, "items").await;
    assert_eq!(machines.status(), 200);
    assert!(!machines.headers().contains_key("access-control-allow-origin"));
    service.stop().await;
}
