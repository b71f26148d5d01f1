//! What becomes of uploads.

use std::time::{Duration, SystemTime};

use handlers::images::Reading;
use handlers::jobs::Reader;
use handlers::runtime::{Consumer as _, Delivery};
use serde_json::json;

use super::{BUCKET, Says, Scene, message, picture};
use crate::event::deliver_as;

#[tokio::test]
async fn a_picture_is_looked_at_once_however_often_s3_tells() {
    let scene = Scene::new(&[Says::Tags(&["lake", "blue"]), Says::Tags(&["boat"])]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(6, 4));
    for message_id in ["m-1", "m-1", "m-2"] {
        deliver_as(message_id, &scene.tagger, &message, 1).await.unwrap();
    }
    let image = scene.get("ada", &id).await.body;
    assert_eq!((&image["status"], &image["tags"]), (&json!("tagged"), &json!(["lake", "blue"])));
    assert_eq!((&image["width"], &image["height"]), (&json!(6), &json!(4)));
    assert_eq!((scene.asked(), image["size"].as_u64().unwrap() > 0), (1, true));
    // The form may be sent again, and another picture is another.
    let message = scene.upload("ada", &id, picture(5, 5));
    scene.deliver(&message, 1).await.unwrap();
    let image = scene.get("ada", &id).await.body;
    assert_eq!((&image["tags"], &image["width"]), (&json!(["boat"]), &json!(5)));
    assert_eq!(scene.asked(), 2);
}

#[tokio::test]
async fn what_is_no_picture_fails_with_the_reason_and_is_never_shown() {
    let scene = Scene::new(&[]);
    let cut = picture(40, 40);
    let jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".to_vec();
    for body in [
        b"just text, whatever it is called".to_vec(),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(),
        b"<html><script>alert(1)</script>".to_vec(),
        cut[..cut.len() / 2].to_vec(),
        jpeg,
    ] {
        let (id, _) = scene.create("ada").await;
        let message = scene.upload("ada", &id, body);
        scene.deliver(&message, 1).await.unwrap();
        let image = scene.get("ada", &id).await.body;
        assert_eq!(image["status"], "failed", "{image}");
        let reason = image["reason"].as_str().unwrap();
        assert!(reason.starts_with("The ") && reason.ends_with('.'), "{reason}");
        let link = image["link"].as_str().unwrap();
        assert!(link.contains("as application/octet-stream, attachment;"), "{link}");
    }
    assert_eq!(scene.asked(), 0);
}

#[tokio::test]
async fn what_the_recognizer_refuses_fails_for_good() {
    let scene = Scene::new(&[Says::Refused]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    scene.deliver(&message, 2).await.unwrap();
    let image = scene.get("ada", &id).await.body;
    assert_eq!(image["reason"], "The service does not take it.");
    assert_eq!(scene.asked(), 1);
}

#[tokio::test]
async fn a_recognizer_that_is_away_is_asked_again_and_at_last_given_up() {
    let scene = Scene::new(&[
        Says::Unavailable,
        Says::Unavailable,
        Says::Unavailable,
        Says::Unavailable,
        Says::Tags(&["lake"]),
    ]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    for count in 1..=4 {
        assert_eq!(scene.get("ada", &id).await.body["status"], "awaiting");
        let error = scene.deliver(&message, count).await.unwrap_err().chain();
        assert!(error.ends_with("it is away"), "{error}");
    }
    let image = scene.get("ada", &id).await.body;
    assert_eq!(image["status"], "failed");
    assert!(!image["reason"].as_str().unwrap().contains("away"));
    // Sent again from the dead letters.
    deliver_as("m-2", &scene.tagger, &message, 1).await.unwrap();
    assert_eq!(scene.get("ada", &id).await.body["tags"], json!(["lake"]));
}

#[tokio::test]
async fn an_image_deleted_while_it_is_looked_at_leaves_neither_record_nor_picture() {
    let scene = Scene::new(&[Says::Deleted]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    assert!(scene.records.get(&id).await.unwrap().is_none());
    assert!(scene.objects.keys(BUCKET).is_empty());
}

#[tokio::test]
async fn a_picture_that_replaces_another_under_way_is_looked_at_by_its_own_message() {
    let scene = Scene::new(&[Says::Replaced, Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    deliver_as("m-2", &scene.tagger, &message, 1).await.unwrap();
    let image = scene.get("ada", &id).await.body;
    assert_eq!((&image["tags"], &image["width"]), (&json!(["lake"]), &json!(7)));
}

#[tokio::test]
async fn another_messages_reader_is_left_alone_until_it_must_have_ended() {
    let scene = Scene::new(&[Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    let e_tag = "\"1\"".to_owned();
    for (ends, status) in [(u64::MAX, "awaiting"), (0, "tagged")] {
        let mut record = scene.records.get(&id).await.unwrap().unwrap();
        record.revision += 1;
        let reader = Reader { message_id: "m-2".to_owned(), ends };
        record.reading = Some(Reading { reader, e_tag: e_tag.clone() });
        assert!(scene.records.replace(&record).await.unwrap());
        scene.deliver(&message, 1).await.unwrap();
        assert_eq!(scene.get("ada", &id).await.body["status"], status);
    }
}

#[tokio::test]
async fn a_picture_that_ended_its_readers_is_not_looked_at_a_last_time() {
    let scene = Scene::new(&[]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    let mut record = scene.records.get(&id).await.unwrap().unwrap();
    record.revision += 1;
    let reader = Reader { message_id: "m-1".to_owned(), ends: 0 };
    record.reading = Some(Reading { reader, e_tag: "\"1\"".to_owned() });
    assert!(scene.records.replace(&record).await.unwrap());
    let error = scene.deliver(&message, 4).await.unwrap_err().chain();
    assert!(error.contains("ended 3 times"), "{error}");
    assert_eq!(
        (scene.get("ada", &id).await.body["status"].clone(), scene.asked()),
        (json!("failed"), 0)
    );
}

#[tokio::test]
async fn an_upload_that_never_came_expires_and_what_comes_too_late_is_deleted() {
    let scene = Scene::new(&[]);
    let (id, _) = scene.create("ada").await;
    let mut record = scene.records.get(&id).await.unwrap().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((now + 3600..=now + 25 * 3600).contains(&record.expires.unwrap()));
    record.revision += 1;
    record.expires = Some(now - 1);
    assert!(scene.records.replace(&record).await.unwrap());
    assert_eq!(scene.get("ada", &id).await.status, 404);
    assert_eq!(scene.list("ada", &[]).await.body, json!({"images": []}));
    scene.records.remove(&id).await.unwrap();
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    assert!(scene.objects.keys(BUCKET).is_empty());
}

#[tokio::test]
async fn a_batch_fails_in_part_and_strangers_places_are_left_alone() {
    let scene = Scene::new(&[]);
    scene
        .objects
        .place(&handlers::objects::ObjectAddress::new(BUCKET, "images/readme.txt"), vec![1]);
    scene.deliver(&message("images/readme.txt"), 1).await.unwrap();
    assert_eq!(scene.objects.keys(BUCKET).len(), 1);
    let other = message("images/ada/x").replace("\"images\"}", "\"others\"}");
    let error = scene.deliver(&other, 1).await.unwrap_err().chain();
    assert!(error.contains("of bucket others"), "{error}");
    let delivery = Delivery {
        message_id: "m-1".to_owned(),
        receipt_handle: "handle-1".to_owned(),
        queue: "imageUploads".to_owned(),
        receive_count: 1,
        invocation_id: "i-1".to_owned(),
        deadline: SystemTime::now(),
    };
    scene.tagger.failed(&delivery).await;
    assert_eq!(scene.queue.released(), [("handle-1".to_owned(), Duration::from_secs(20))]);
}
