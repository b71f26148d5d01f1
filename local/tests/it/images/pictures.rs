//! A picture's way from its form to its end.

use client::models::ImageStatus;

use super::{PASSWORD, credentials, picture};
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_uploaded_tagged_found_by_its_tags_and_deleted() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let bytes = picture(640, 480);
    let image = ada.upload(&service, "image/png", &bytes).await;
    assert_eq!((image.status, image.reason.as_deref()), (ImageStatus::Tagged, None));
    assert_eq!((image.width, image.height), (Some(640), Some(480)));
    assert_eq!(image.size, i64::try_from(bytes.len()).ok());
    let tags: Vec<_> = image.tags.iter().map(client::models::ImageTag::as_str).collect();
    assert!(tags.len() > 1 && tags.contains(&"blue"), "{tags:?}");

    assert_eq!(ada.find(&[]).await, [image.image_id]);
    assert_eq!(ada.find(&tags[..tags.len().min(10)]).await, [image.image_id]);
    assert!(ada.find(&[tags[0], "no such thing"]).await.is_empty());

    let link = image.link.clone().unwrap();
    let shown = reqwest::get(&link).await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert!(shown.headers()["content-disposition"].to_str().unwrap().starts_with("inline; "));
    assert!(shown.bytes().await.unwrap() == bytes);

    let deleted = ada.client.delete_image().image_id(image.image_id).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(ada.get(image.image_id).await, None);
    assert_eq!(reqwest::get(&link).await.unwrap().status(), 404);
    assert_eq!(service.pictures().await, 0);
    assert!(ada.find(&[]).await.is_empty());
    service.stop().await;
}

/// The function says at its own start what it lacks; nobody's tokens are in what it says.
#[tokio::test(flavor = "multi_thread")]
async fn no_log_has_a_password_or_a_token() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let wrong = service.client.sign_in().body(credentials("ada@example.com", "Wrong-password-1"));
    wrong.send().await.unwrap_err();
    ada.upload(&service, "image/png", &picture(8, 8)).await;
    let said = service.said();
    for secret in [PASSWORD, "Wrong-password-1", ada.tokens.id_token.expose()] {
        assert!(!said.contains(secret), "{said}");
    }
    service.stop().await;
}
