//! Pages of other origins: preflights, and the headers of the answers themselves.

use openapi::model::Cors;
use reqwest::{Method, Response};

use super::scene::{BUCKET, Scene, VERSIONED, spec};

fn scene(origins: &[&str]) -> Scene {
    let scene = Scene::new();
    let mut with_rule = spec(BUCKET, false);
    let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    with_rule.bucket.cors = Some(Cors {
        origins: text(origins),
        methods: text(&["GET", "PUT"]),
        headers: text(&["content-type", "x-amz-meta-*"]),
        expose_headers: text(&["ETag"]),
    });
    scene.s3.ensure(&[with_rule, spec(VERSIONED, true)]).unwrap();
    scene
}

async fn preflight(
    scene: &Scene,
    path: &str,
    origin: &str,
    method: &str,
    headers: &str,
) -> Response {
    let request = reqwest::Client::new().request(Method::OPTIONS, scene.url(path));
    let request = request.header("origin", origin).header("access-control-request-method", method);
    request.header("access-control-request-headers", headers).send().await.unwrap()
}

#[tokio::test]
async fn a_page_of_a_declared_origin_may_ask() {
    let scene = scene(&["https://app.example", "https://*.example.org"]);
    let path = format!("{BUCKET}/some/key");
    let headers = "content-type, X-Amz-Meta-Name";
    let allowed = preflight(&scene, &path, "https://a.example.org", "PUT", headers).await;
    assert_eq!(allowed.status(), 200);
    let header = |name: &str| allowed.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "https://a.example.org");
    assert_eq!(header("access-control-allow-methods"), "GET, PUT");
    assert_eq!(header("access-control-allow-headers"), "content-type, x-amz-meta-name");
    assert_eq!(header("access-control-expose-headers"), "ETag");
    assert!(header("vary").contains("Origin"));
    for (path, origin, method, headers) in [
        (path.as_str(), "https://evil.example", "PUT", "content-type"),
        (&path, "https://app.example", "DELETE", "content-type"),
        (&path, "https://app.example", "PUT", "authorization"),
        (&path, "https://app.example.evil", "PUT", "content-type"),
        (&format!("{VERSIONED}/key"), "https://app.example", "PUT", "content-type"),
        ("local-other/key", "https://app.example", "PUT", "content-type"),
    ] {
        let refused = preflight(&scene, path, origin, method, headers).await;
        assert_eq!(refused.status(), 403, "{path} {origin} {method} {headers}");
        assert!(!refused.headers().contains_key("access-control-allow-origin"));
        assert!(refused.text().await.unwrap().contains("<Code>AccessForbidden</Code>"));
    }
}

#[tokio::test]
async fn answers_and_refusals_can_be_read_by_such_a_page_only() {
    let scene = scene(&["*"]);
    let get = |origin: Option<&str>| {
        let get = reqwest::Client::new().get(scene.url(&format!("{BUCKET}/k")));
        origin.into_iter().fold(get, |get, origin| get.header("origin", origin)).send()
    };
    let answer = get(Some("https://any.example")).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let answer = get(None).await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    assert_eq!(answer.headers()["server"], "AmazonS3");
    assert!(answer.headers().contains_key("x-amz-request-id"));
}
