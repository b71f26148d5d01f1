//! Who is kept out: other users, and pages of other origins.

use reqwest::Method;

use super::picture;
use crate::service::{Service, refusal};

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
