//! What becomes of submissions.

use handlers::jobs::Reader;
use handlers::objects::{Body, SMALLEST_PART};
use handlers::proposals::Draft;
use handlers::runtime::Consumer as _;
use models::ProposalStatus;
use serde_json::{Value, json};

use super::{Scene, bytes, message, proposal, submission};
use crate::event::deliver_as;

#[tokio::test]
async fn a_submission_becomes_the_proposal_that_create_would_have_made() {
    let scene = Scene::in_memory();
    let message = scene.submit("p 1", proposal("p 1", b"test").to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    let mut got = scene.get("p 1").await.body;
    assert_eq!(got["submission"], json!(scene.version("p 1").await));
    assert!(scene.told("p 1").unwrap().starts_with("S,\"4 bytes, SHA-256 9f86"));
    assert_eq!(scene.documents(), [b"test".to_vec()]);

    let other = Scene::in_memory();
    let mut created = other.create(&proposal("p 1", b"test")).await.body;
    got.as_object_mut().unwrap().remove("submission");
    for body in [&mut got, &mut created] {
        for time in ["createdAt", "updatedAt"] {
            body.as_object_mut().unwrap().remove(time);
        }
    }
    assert_eq!(got, created);
}

#[tokio::test]
async fn a_message_that_comes_twice_changes_nothing() {
    let scene = Scene::in_memory();
    let message = scene.submit("p-1", proposal("p-1", b"test").to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    let record = scene.record("p-1").await;
    scene.deliver(&message, 2).await.unwrap();
    deliver_as("m-2", &scene.intake, &message, 1).await.unwrap();
    assert_eq!(scene.record("p-1").await, record);
    assert_eq!(scene.documents().len(), 1);
}

#[tokio::test]
async fn a_large_document_goes_out_in_parts() {
    let scene = Scene::in_memory();
    let document = bytes(2 * SMALLEST_PART as usize);
    let message = scene.submit("p-1", proposal("p-1", &document).to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body["document"]["size"], json!(document.len()));
    assert!(scene.documents()[0] == document);
    assert_eq!(scene.objects.open_uploads(), 0);
}

#[tokio::test]
async fn faults_of_a_payload_fail_the_proposal_and_are_told() {
    let with = |from: &str, to: &str| proposal("p-1", b"test").to_string().replace(from, to);
    let octets = "application/octet-stream";
    for (payload, media_type, words) in [
        (String::new(), octets, "The body is empty."),
        (String::new(), "binary/octet-stream", "The body is empty."),
        (" ".to_owned(), octets, "The body is not JSON: ends too early at 1:1."),
        ("hello".to_owned(), octets, "The body is not JSON: expected value at 1:1."),
        (with("dGVzdA==", "dGVzdA"), octets, "/document/content is not base64"),
        (with("p-1", "p-2"), octets, "/proposalId is not the one it was submitted under"),
        (
            with("\"title\"", "\"titel\""),
            octets,
            "/title is missing; /titel is not a declared member",
        ),
        (
            with("\"content\"", "\"sha256\":\"0\",\"content\""),
            octets,
            "/document/sha256 does not match",
        ),
        (
            with("\"content\"", &format!("\"sha256\":\"{}\",\"content\"", "0".repeat(64))),
            octets,
            "/document/sha256 is not that of the document",
        ),
        (with("x", "x"), "text/plain", "Content-Type has to be"),
        (with("x", "x"), "", "Content-Type has to be"),
    ] {
        let scene = Scene::in_memory();
        let message = scene.submit_as("p-1", payload, media_type).await;
        scene.deliver(&message, 1).await.unwrap();
        let got = scene.get("p-1").await.body;
        let reason = got["reason"].as_str().unwrap();
        assert_eq!(got["status"], "failed");
        assert_eq!(got["submission"], json!(scene.version("p-1").await));
        assert!(reason.contains(words), "{words}: {reason}");
        let told = scene.told("p-1").unwrap();
        assert!(told.starts_with("F,") && told.contains(words), "{told}");
        assert_eq!((scene.documents().len(), scene.objects.open_uploads()), (0, 0));
        // What failed gives way to what is better.
        let message =
            scene.submit_as("p-1", with("x", "x"), "application/json; charset=utf-8").await;
        scene.deliver(&message, 1).await.unwrap();
        assert_eq!(scene.get("p-1").await.body["status"], "accepted");
        assert!(scene.told("p-1").unwrap().starts_with("S,"));
    }
}

#[tokio::test]
async fn a_fault_far_behind_leaves_nothing_of_what_was_written() {
    let scene = Scene::in_memory();
    let document = bytes(2 * SMALLEST_PART as usize);
    let payload = proposal("p-1", &document).to_string() + "x";
    let message = scene.submit("p-1", payload).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body["status"], "failed");
    assert_eq!((scene.documents().len(), scene.objects.open_uploads()), (0, 0));
}

#[tokio::test]
async fn an_accepted_proposal_stays_whatever_is_submitted() {
    for payload in [
        proposal("p-1", b"other").to_string(),
        "hello".to_owned(),
        proposal("p-1", &bytes(9 << 20)).to_string(),
    ] {
        let scene = Scene::in_memory();
        let created = scene.create(&proposal("p-1", b"test")).await;
        let message = scene.submit("p-1", payload).await;
        scene.deliver(&message, 1).await.unwrap();
        let got = scene.get("p-1").await;
        assert_eq!((got.body, got.e_tag), (created.body, created.e_tag));
        assert!(scene.told("p-1").unwrap().starts_with("F,"));
        assert_eq!((scene.documents().len(), scene.objects.open_uploads()), (1, 0));
    }
    let scene = Scene::in_memory();
    let created = scene.create(&proposal("p-1", b"test")).await;
    let message = scene.submit("p-1", proposal("p-1", b"test").to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body, created.body);
    assert!(scene.told("p-1").unwrap().starts_with("S,"));
}

#[tokio::test]
async fn only_the_newest_version_is_read() {
    let scene = Scene::in_memory();
    let first = scene.submit("p-1", proposal("p-1", b"first").to_string()).await;
    let second = scene.submit("p-1", proposal("p-1", b"second").to_string()).await;
    scene.deliver(&first, 1).await.unwrap();
    assert_eq!((scene.get("p-1").await.status, scene.told("p-1")), (404, None));
    scene.deliver(&second, 1).await.unwrap();
    assert_eq!(scene.documents(), [b"second".to_vec()]);
    // Out of order is late, and late is over.
    scene.deliver(&first, 1).await.unwrap();
    assert!(scene.told("p-1").unwrap().starts_with("S,"));

    let third = scene.submit("p-3", proposal("p-3", b"third").to_string()).await;
    scene.objects.place(&submission("p-3"), Body::default());
    assert_eq!(scene.delete("p-3").await.status, 404);
    scene.deliver(&third, 1).await.unwrap();
    assert_eq!(scene.get("p-3").await.status, 404);
}

#[tokio::test]
async fn a_proposal_that_was_deleted_does_not_come_back() {
    let scene = Scene::in_memory();
    let message = scene.submit("p-1", proposal("p-1", b"test").to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.delete("p-1").await.status, 204);
    scene.deliver(&message, 2).await.unwrap();
    assert_eq!(scene.get("p-1").await.status, 404);
    assert!(scene.documents().is_empty());
}

#[tokio::test]
async fn what_is_no_identifier_is_told_and_has_no_record() {
    for (id, words) in [
        ("..", "The identifier is .., which no path can have."),
        ("a/b", "The identifier does not match"),
        ("", "The identifier is shorter"),
        (&*"x".repeat(300), "The identifier is longer than 200 characters"),
    ] {
        let scene = Scene::in_memory();
        let message = scene.submit(id, proposal("p-1", b"test").to_string()).await;
        scene.deliver(&message, 1).await.unwrap();
        let told = scene.told(id).unwrap();
        assert!(told.starts_with("F,") && told.contains(words), "{told}");
        assert!(scene.list(None, "100").await.is_empty());
    }
}

#[tokio::test]
async fn strangers_go_to_the_dead_letters_and_the_test_event_does_not() {
    let scene = Scene::in_memory();
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent"});
    scene.deliver(&test.to_string(), 1).await.unwrap();
    scene.deliver(&json!({"Records": []}).to_string(), 1).await.unwrap();
    for stranger in [message("other/p-1", "v"), message("submissions/%FF", "v")] {
        assert!(scene.deliver(&stranger, 1).await.is_err(), "{stranger}");
    }
    assert!(serde_json::from_value::<handlers::objects::Notification>(Value::Null).is_err());
}

#[tokio::test]
async fn the_world_gets_four_tries_and_a_redrive_another() {
    let scene = Scene::in_memory();
    let message = scene.submit("p-1", proposal("p-1", b"test").to_string()).await;
    scene.objects.deny("documents");
    for receive_count in 1..=3 {
        assert!(scene.deliver(&message, receive_count).await.is_err());
        assert_eq!(scene.get("p-1").await.body["status"], "processing");
        assert_eq!(scene.told("p-1"), None);
    }
    assert!(scene.deliver(&message, 4).await.is_err());
    let got = scene.get("p-1").await.body;
    assert_eq!(got["status"], "failed");
    let reason = got["reason"].as_str().unwrap();
    assert!(reason.contains("access to s3://documents/"), "{reason}");
    assert!(scene.told("p-1").unwrap().starts_with("F,The submission could not be read: "));

    scene.objects.permit("documents");
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body["status"], "accepted");
    assert!(scene.told("p-1").unwrap().starts_with("S,"));
}

#[tokio::test]
async fn messages_that_failed_come_again_later_each_time() {
    let scene = Scene::in_memory();
    for receive_count in 1..=4 {
        let delivery = handlers::runtime::Delivery {
            message_id: "m".to_owned(),
            receipt_handle: "r".to_owned(),
            queue: "q".to_owned(),
            receive_count,
            invocation_id: "i".to_owned(),
            deadline: std::time::SystemTime::now(),
        };
        scene.intake.failed(&delivery).await;
    }
    let delays: Vec<_> = scene.queue.released().iter().map(|(_, it)| it.as_secs()).collect();
    assert_eq!(delays, [20, 40, 80, 0]);
}

/// A scene in which a reader, who got this message, left a draft behind.
async fn abandoned(message_id: &str, ends: u64) -> (Scene, String) {
    let scene = Scene::in_memory();
    let message = scene.submit("p-1", "hello").await;
    scene.deliver(&message, 1).await.unwrap();
    let message = scene.submit("p-1", proposal("p-1", b"test").to_string()).await;
    let mut record = scene.record("p-1").await.unwrap();
    record.revision += 1;
    record.status = ProposalStatus::Processing;
    record.submission = Some(scene.version("p-1").await);
    record.reader = Some(Reader { message_id: message_id.to_owned(), ends });
    let key = "documents/left".to_owned();
    scene.objects.place(&handlers::objects::ObjectAddress::new("documents", &*key), "left");
    record.drafts = vec![Draft { key, upload_id: None }];
    assert!(scene.records.replace(&record).await.unwrap());
    (scene, message)
}

#[tokio::test]
async fn a_reader_is_left_alone_by_other_messages_until_it_must_have_ended() {
    let (scene, message) = abandoned("m-0", u64::MAX).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body["status"], "processing");
    for (message_id, ends) in [("m-0", 0), ("m-1", u64::MAX)] {
        let (scene, message) = abandoned(message_id, ends).await;
        scene.deliver(&message, 2).await.unwrap();
        assert_eq!(scene.get("p-1").await.body["status"], "accepted");
        assert_eq!(scene.documents(), [b"test".to_vec()]);
    }
}

#[tokio::test]
async fn a_submission_that_ends_its_readers_is_not_read_on_the_last_try() {
    let (scene, message) = abandoned("m-1", u64::MAX).await;
    assert!(scene.deliver(&message, 4).await.is_err());
    let told = scene.told("p-1").unwrap();
    assert_eq!(told, "F,The submission could not be read: its reader was ended 3 times.");
    assert_eq!(scene.get("p-1").await.body["status"], "failed");
}

#[tokio::test]
async fn create_takes_over_what_is_not_accepted() {
    let (scene, message) = abandoned("m-0", u64::MAX).await;
    assert_eq!(scene.create(&proposal("p-1", b"other")).await.status, 201);
    assert_eq!(scene.documents(), [b"other".to_vec()]);
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.told("p-1").as_deref(), Some("F,Proposal p-1 exists."));
    assert_eq!(scene.documents(), [b"other".to_vec()]);
}
