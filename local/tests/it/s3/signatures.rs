//! Who may do what: signatures in headers, in URLs and in forms.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use local::s3::SECRET_ACCESS_KEY;

use super::scene::{BUCKET, Scene, client, refusal};

#[tokio::test]
async fn who_does_not_sign_or_has_another_secret_is_refused() {
    let scene = Scene::new();
    scene.put("k", "secret").await;
    let anonymous = reqwest::get(scene.url(&format!("{BUCKET}/k"))).await.unwrap();
    assert_eq!(anonymous.status(), 403);
    assert!(anonymous.text().await.unwrap().contains("<Code>AccessDenied</Code>"));
    let other = client(&scene.s3.endpoint(), "other");
    let got = other.get_object().bucket(BUCKET).key("k").send().await;
    assert_eq!(refusal(got), "403 SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_refusal_is_heard_by_those_who_talk_on() {
    let scene = Scene::new();
    let other = client(&scene.s3.endpoint(), "other");
    for _ in 0..2 {
        let put = other.put_object().bucket(BUCKET).key("k");
        let put = put.body(ByteStream::from(vec![1; 10 << 20])).send().await;
        assert_eq!(refusal(put), "403 SignatureDoesNotMatch");
        let put = scene.client.put_object().bucket("local-other").key("k");
        let put = put.body(ByteStream::from(vec![1; 10 << 20])).send().await;
        assert_eq!(refusal(put), "404 NoSuchBucket");
    }
}

#[tokio::test]
async fn a_bucket_may_be_part_of_the_host_name() {
    let scene = Scene::new();
    let port: u16 = scene.s3.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let by_name = client(&format!("http://localhost:{port}"), SECRET_ACCESS_KEY);
    let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = by_name.put_object().bucket(BUCKET).key("a/b").presigned(expiry).await.unwrap();
    let host = format!("{BUCKET}.localhost");
    assert!(put.uri().starts_with(&format!("http://{host}:{port}/a/b?")), "{}", put.uri());
    // Not every system's resolver knows names below localhost.
    let http = reqwest::Client::builder().resolve(&host, ([127, 0, 0, 1], port).into());
    let answer = http.build().unwrap().put(put.uri()).body("hello").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(scene.get("a/b").await, b"hello");
}

#[tokio::test]
async fn presigned_urls_work_with_any_client_as_long_as_they_are_whole() {
    let scene = Scene::new();
    let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = scene.client.put_object().bucket(BUCKET).key("a b/ü.txt").content_type("text/plain");
    let put = put.presigned(expiry.clone()).await.unwrap();
    let http = reqwest::Client::new();
    let request = http.put(put.uri()).header("content-type", "text/plain").body("hello");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let other_type = http.put(put.uri()).header("content-type", "text/html").body("hello");
    assert_eq!(other_type.send().await.unwrap().status(), 403);

    let get = scene.client.get_object().bucket(BUCKET).key("a b/ü.txt");
    let get = get.response_content_disposition("attachment; filename=\"x.txt\"");
    let get = get.presigned(expiry).await.unwrap();
    let answer = reqwest::get(get.uri()).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"x.txt\"");
    assert_eq!(answer.text().await.unwrap(), "hello");
    let tampered = get.uri().replace("attachment", "inline");
    assert_eq!(reqwest::get(tampered).await.unwrap().status(), 403);
    let deleted = http.delete(get.uri()).send().await.unwrap();
    assert_eq!(deleted.status(), 403);

    let past = PresigningConfig::builder()
        .start_time(std::time::SystemTime::now() - Duration::from_secs(60))
        .expires_in(Duration::from_secs(30))
        .build()
        .unwrap();
    let get = scene.client.get_object().bucket(BUCKET).key("a b/ü.txt").presigned(past).await;
    let expired = reqwest::get(get.unwrap().uri()).await.unwrap();
    assert_eq!(expired.status(), 403);
    assert!(expired.text().await.unwrap().contains("Request has expired"));
}
