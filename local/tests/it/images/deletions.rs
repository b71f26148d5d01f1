//! Images that are deleted while something is under way with them: nothing stays that nobody can see.

use super::clarifai::Clarifai;
use super::{picture, post};
use crate::faulty::Faulty;
use crate::service::Service;

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
async fn an_image_that_is_deleted_while_it_is_tagged_leaves_nothing() {
    let clarifai = Clarifai::start(&["lake"]).await;
    let service = clarifai.service(&[]).await;
    let ada = service.member("ada@example.com").await;
    let held = clarifai.hold();
    let upload = ada.posted("image/png", &picture(8, 8)).await;
    held.reached().await;
    ada.client.delete_image().image_id(upload.image_id).send().await.unwrap();
    assert_eq!((ada.get(upload.image_id).await, service.pictures().await), (None, 0));
    assert_eq!(held.release().await, 200);
    service.nothing_is_left_to_hear().await;
    assert_eq!((ada.get(upload.image_id).await, service.pictures().await), (None, 0));
    assert!(ada.find(&[]).await.is_empty() && ada.find(&["lake"]).await.is_empty());
    assert_eq!(clarifai.times_asked(), 1);
    service.stop().await;
}

/// Its form may still be good.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_comes_while_its_image_is_deleted_goes_with_it() {
    let dynamodb = Faulty::start().await;
    let line = "        IMAGES_TABLE: ";
    let lines = format!("        AWS_ENDPOINT_URL_DYNAMODB: {}\n{line}", dynamodb.endpoint());
    let service = Service::edited(&[(line, &lines)], &[]).await;
    dynamodb.lead_to(&service.cloud.endpoints.dynamodb);
    let ada = service.member("ada@example.com").await;
    let upload = ada.create("image/png").await;
    let held = dynamodb.hold(|call| call.operation == "DeleteItem");
    let client = ada.client.clone();
    let deleted = tokio::spawn(async move {
        client.delete_image().image_id(upload.image_id).send().await.unwrap().status()
    });
    held.reached().await;
    assert_eq!(post(&upload, &picture(8, 8), &[]).await.status(), 204);
    ada.looked_at(&service, upload.image_id).await;
    held.release().await;
    assert_eq!(deleted.await.unwrap(), 204);
    service.nothing_is_left_to_hear().await;
    assert_eq!((ada.get(upload.image_id).await, service.pictures().await), (None, 0));
    service.stop().await;
}
