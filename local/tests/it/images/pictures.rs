//! A picture's way from its form to its end.

use client::models::ImageStatus;

use super::{BUCKET, PASSWORD, QUEUE, credentials, picture, post};
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

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_again_changes_nothing() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let image = ada.upload(&service, "image/png", &picture(64, 64)).await;
    let sub = subject(&service).await;
    let key = format!("images/{sub}/{}", image.image_id);
    let event = format!(
        r#"{{"Records":[{{"eventSource":"aws:s3","eventName":"ObjectCreated:Post",
            "s3":{{"bucket":{{"name":"{BUCKET}"}},"object":{{"key":"{key}"}}}}}}]}}"#
    );
    service.send(QUEUE, &event).await;
    service.send(QUEUE, &event).await;
    service.messages(QUEUE, 0).await;
    let again = ada.get(image.image_id).await.unwrap();
    assert_eq!((again.tags, again.status), (image.tags, image.status));
    let said = service.said();
    assert_eq!(said.matches("the picture was looked at before").count(), 2, "{said}");
    service.stop().await;
}

/// The only owner there is, as the key of the picture says.
async fn subject(service: &Service) -> String {
    let listed = service.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    listed.contents()[0].key().unwrap().split('/').nth(1).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_uploaded_for_an_image_that_was_deleted_does_not_stay() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let upload = ada.create("image/png").await;
    ada.client.delete_image().image_id(upload.image_id).send().await.unwrap();
    assert_eq!(post(&upload, &picture(8, 8), &[]).await.status(), 204);
    service
        .wait("the picture is gone", async || (service.pictures().await == 0).then_some(()))
        .await;
    assert_eq!(ada.get(upload.image_id).await, None);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_nobody_put_there_is_said_and_the_picture_tried_again() {
    let edits = [
        // Nobody has put it there.
        ("      local: none\n", ""),
        ("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"0\""),
    ];
    let service = Service::edited(&edits, &[("recognizer", "clarifai")]).await;
    let ada = service.member("ada@example.com").await;
    let image = ada.upload(&service, "image/png", &picture(64, 64)).await;
    assert_eq!(image.status, ImageStatus::Failed);
    assert!(!image.reason.unwrap().contains("parameter"));
    service.messages(&format!("{QUEUE}-dead-letters"), 1).await;
    let said = service.said();
    let words = "the parameter /local/clarifaiKey does not exist";
    assert_eq!(said.matches(words).count(), 4, "{said}");
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
