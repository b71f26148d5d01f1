//! A recognizer elsewhere, as the tagger asks it: its key, its answers, and how often it is asked.

use std::collections::BTreeSet;

use aws_sdk_ssm::types::ParameterType;
use client::models::{ImageStatus, ImageTag};

use super::clarifai::{Clarifai, KEY};
use super::{QUEUE, picture};
use crate::parameters;
use crate::service::Service;

/// Puts a key where the function looks for it.
async fn put_key(service: &Service, key: &str) {
    let ssm = parameters::client(&service.cloud.endpoints.ssm);
    let put = ssm.put_parameter().name("/local/clarifaiKey").value(key).overwrite(true);
    put.r#type(ParameterType::SecureString).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_waited_for_and_a_new_one_found_without_a_failure() {
    let clarifai = Clarifai::start(&["Lake", "Boat"]).await;
    let nobody_has_put_it = [(&*format!("      local: {KEY}\n"), "")];
    let service = clarifai.service(&nobody_has_put_it).await;
    let ada = service.member("ada@example.com").await;
    let upload = ada.posted("image/png", &picture(8, 8)).await;
    let told =
        "the parameter /local/clarifaiKey does not exist: whoever holds its value has to put";
    service.wait(told, async || service.said().contains(told).then_some(())).await;
    assert_eq!(ada.get(upload.image_id).await.unwrap().status, ImageStatus::Awaiting);
    put_key(&service, KEY).await;
    let image = ada.looked_at(&service, upload.image_id).await;
    let tags: Vec<_> = image.tags.iter().map(ImageTag::as_str).collect();
    assert_eq!((image.status, &*tags), (ImageStatus::Tagged, &["lake", "boat"][..]));
    service.nothing_is_left_to_hear().await;

    let failures = || service.said().matches("will come again").count();
    let failed = failures();
    clarifai.take_only("second-key");
    put_key(&service, "second-key").await;
    let image = ada.upload(&service, "image/png", &picture(9, 9)).await;
    assert_eq!((image.status, failures()), (ImageStatus::Tagged, failed));
    let seen = clarifai.seen();
    let [first, second] = [KEY, "second-key"].map(|key| format!("Key {key}"));
    assert_eq!(seen, [(first.clone(), 200), (first, 401), (second, 200)]);
    let said = service.said();
    assert!([KEY, "second-key"].iter().all(|key| !said.contains(key)), "{said}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_nobody_puts_there_fails_the_picture_at_last() {
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

#[tokio::test(flavor = "multi_thread")]
async fn however_often_s3_tells_of_a_picture_it_is_recognised_once() {
    let clarifai = Clarifai::start(&["lake"]).await;
    let service = clarifai.service(&[]).await;
    let ada = service.member("ada@example.com").await;
    let held = clarifai.hold();
    let upload = ada.posted("image/png", &picture(8, 8)).await;
    held.reached().await;
    let key = &upload.fields["key"];
    service.tell(key).await;
    let words = "another message's reader looks at the picture";
    service.wait(words, async || service.said().contains(words).then_some(())).await;
    assert_eq!(held.release().await, 200);
    let image = ada.looked_at(&service, upload.image_id).await;
    service.tell(key).await;
    service.tell(key).await;
    service.nothing_is_left_to_hear().await;
    assert_eq!(service.said().matches("the picture was looked at before").count(), 2);
    assert_eq!(ada.get(upload.image_id).await.unwrap().tags, image.tags);
    assert_eq!(clarifai.times_asked(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_concepts_become_fifty_tags_by_which_the_image_is_found() {
    let names: Vec<_> = (0..10_000).map(|n| format!("Concept, {n} {}", "x".repeat(100))).collect();
    let clarifai = Clarifai::start(&names).await;
    let service = clarifai.service(&[]).await;
    let ada = service.member("ada@example.com").await;
    let image = ada.upload(&service, "image/png", &picture(8, 8)).await;
    assert_eq!(image.status, ImageStatus::Tagged);
    let tags: BTreeSet<_> = image.tags.iter().map(ImageTag::as_str).collect();
    assert_eq!((tags.len(), image.tags.len()), (50, 50));
    let first = image.tags[0].as_str();
    assert!(first.starts_with("concept 0 xxx") && first.len() == 64, "{first}");
    let some: Vec<_> = tags.into_iter().take(10).collect();
    assert_eq!(ada.find(&some).await, [image.image_id]);
    service.stop().await;
}
