//! Payloads that come in parts.

use bytes::Bytes;
use handlers::objects::{ObjectStore as _, Upload};
use serde_json::{Value, json};

use super::{Scene, bytes, proposal, submission, to, with_json};
use crate::event::{Answer, with_body, with_query};

const PART: usize = 8 << 20;

impl Scene {
    async fn begin(&self, id: &str, size: usize) -> Answer {
        let event = to("POST", "/proposals/{proposalId}/uploads", id);
        self.call(with_json(with_body(event, &json!({ "size": size })))).await
    }

    async fn upload(&self, id: &str, from: &str) -> Answer {
        let event = to("GET", "/proposals/{proposalId}/uploads", id);
        self.call(with_query(event, &[("from", from)])).await
    }

    async fn complete(&self, id: &str) -> Answer {
        self.call(to("POST", "/proposals/{proposalId}/uploads/completion", id)).await
    }

    /// Sends a part as whoever has the link does.
    async fn send(&self, id: &str, number: u32, part: &[u8]) {
        let upload_id = self.record(id).await.unwrap().upload.unwrap().id;
        let upload = Upload { address: submission(id), id: upload_id };
        let part = Bytes::copy_from_slice(part);
        self.objects.upload_part(&upload, number, part).await.unwrap();
    }
}

fn arrived(answer: &Answer) -> Vec<bool> {
    let parts = answer.body["parts"].as_array().unwrap();
    for part in parts {
        assert_eq!(part["arrived"] == json!(true), part.get("url").is_none(), "{part}");
    }
    parts.iter().map(|part| part["arrived"] == json!(true)).collect()
}

#[tokio::test]
async fn parts_become_a_submission_and_that_a_proposal() {
    let scene = Scene::in_memory();
    let document = bytes(13 << 20);
    let payload = proposal("p-1", &document).to_string();
    let begun = scene.begin("p-1", payload.len()).await;
    assert_eq!(begun.status, 201, "{:?}", begun.body);
    assert_eq!((&begun.body["partSize"], &begun.body["partCount"]), (&json!(PART), &json!(3)));
    assert_eq!(begun.body["parts"][2]["size"], json!(payload.len() - 2 * PART));
    assert_eq!(
        begun.body["parts"][1]["url"],
        "memory:2 of s3://submissions/submissions/p-1 for 900 s"
    );
    assert_eq!(scene.get("p-1").await.body["status"], "uploading");

    let parts: Vec<_> = payload.as_bytes().chunks(PART).collect();
    scene.send("p-1", 3, parts[2]).await;
    scene.send("p-1", 1, parts[0]).await;
    // A part of another size is to be sent again.
    scene.send("p-1", 2, b"short").await;
    let again = scene.begin("p-1", payload.len()).await;
    assert_eq!((again.status, arrived(&again)), (201, vec![true, false, true]));
    assert_eq!(arrived(&scene.upload("p-1", "2").await), [false, true]);
    let early = scene.complete("p-1").await;
    assert_eq!((early.status, &early.body["detail"]), (409, &json!("Part 2 is missing.")));
    let other = scene.begin("p-1", 7).await;
    assert_eq!(other.status, 409);
    let detail = format!("An upload of {} bytes is under way.", payload.len());
    assert_eq!(other.body["detail"], json!(detail));

    scene.send("p-1", 2, parts[1]).await;
    let completed = scene.complete("p-1").await;
    let version = json!(scene.version("p-1").await);
    assert_eq!(completed.status, 202);
    assert_eq!(completed.body, json!({"received": true, "submission": version}));
    let got = scene.get("p-1").await.body;
    assert_eq!((&got["status"], &got["submission"]), (&json!("processing"), &version));
    assert_eq!(scene.begin("p-1", payload.len()).await.status, 409);
    assert_eq!(scene.upload("p-1", "1").await.status, 404);

    let message = scene.message("p-1").await;
    scene.deliver(&message, 1).await.unwrap();
    assert!(scene.documents()[0] == document);
    assert_eq!(scene.get("p-1").await.body["status"], "accepted");
    let retry = scene.complete("p-1").await;
    assert_eq!((retry.status, &retry.body), (202, &completed.body));
    assert_eq!(scene.begin("p-1", 7).await.status, 409);
}

#[tokio::test]
async fn whoever_reads_the_submission_first_takes_nothing_from_the_answer() {
    let scene = Scene::in_memory();
    let payload = proposal("p-1", b"test").to_string();
    scene.begin("p-1", payload.len()).await;
    scene.send("p-1", 1, payload.as_bytes()).await;
    // The record as it was when a completion under way read it.
    let record = scene.record("p-1").await.unwrap();
    let completed = scene.complete("p-1").await;
    let now = scene.record("p-1").await.unwrap();
    let unnoted = handlers::proposals::ProposalRecord { revision: now.revision + 1, ..record };
    assert!(scene.records.replace(&unnoted).await.unwrap());
    let message = scene.message("p-1").await;
    scene.deliver(&message, 1).await.unwrap();
    let retry = scene.complete("p-1").await;
    assert_eq!((retry.status, &retry.body), (202, &completed.body));
    assert_eq!(scene.get("p-1").await.body["status"], "accepted");
}

#[tokio::test]
async fn pages_tell_of_a_hundred_parts() {
    let scene = Scene::in_memory();
    let begun = scene.begin("p-1", 250 * PART).await;
    let page = |answer: &Answer| (arrived(answer).len(), answer.body["nextPart"].clone());
    assert_eq!(page(&begun), (100, json!(101)));
    scene.send("p-1", 201, &vec![1; PART]).await;
    let last = scene.upload("p-1", "201").await;
    assert_eq!((page(&last), arrived(&last)[0]), ((50, Value::Null), true));
    assert_eq!(page(&scene.upload("p-1", "250").await), (1, Value::Null));
    assert_eq!(page(&scene.upload("p-1", "251").await), (0, Value::Null));
    for from in ["0", "10001", "x"] {
        assert_eq!(scene.upload("p-1", from).await.status, 422);
    }
    let largest = scene.begin("p-2", 5 << 40).await.body;
    assert!(largest["partCount"].as_u64().unwrap() <= 10_000, "{}", largest["partCount"]);
    assert_eq!(scene.begin("p-3", (5 << 40) + 1).await.status, 422);
    assert_eq!(scene.begin("p-3", 0).await.status, 422);
}

#[tokio::test]
async fn what_is_not_under_way_is_404() {
    let scene = Scene::in_memory();
    assert_eq!(scene.upload("p-1", "1").await.status, 404);
    assert_eq!(scene.complete("p-1").await.status, 404);
    scene.create(&proposal("p-1", b"test")).await;
    assert_eq!(scene.upload("p-1", "1").await.status, 404);
    assert_eq!(scene.complete("p-1").await.status, 404);
    assert_eq!(scene.begin("p-1", 7).await.status, 409);
}

#[tokio::test]
async fn other_ways_take_over_and_give_the_upload_up() {
    let scene = Scene::in_memory();
    scene.begin("p-1", 20 << 20).await;
    assert_eq!(scene.create(&proposal("p-1", b"test")).await.status, 201);
    scene.begin("p-2", 20 << 20).await;
    let message = scene.submit("p-2", proposal("p-2", b"test").to_string()).await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.objects.open_uploads(), 0);
    for id in ["p-1", "p-2"] {
        assert_eq!(scene.get(id).await.body["status"], "accepted");
        assert_eq!(scene.upload(id, "1").await.status, 404);
    }
}

#[tokio::test]
async fn a_bad_submission_leaves_the_upload_and_a_deletion_does_not() {
    let scene = Scene::in_memory();
    let payload = proposal("p-1", b"test").to_string();
    scene.begin("p-1", payload.len()).await;
    let message = scene.submit("p-1", "hello").await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.get("p-1").await.body["status"], "failed");
    scene.send("p-1", 1, payload.as_bytes()).await;
    assert_eq!(arrived(&scene.begin("p-1", payload.len()).await), [true]);
    assert_eq!(scene.complete("p-1").await.status, 202);
    let message = scene.message("p-1").await;
    assert_eq!(scene.delete("p-1").await.status, 204);
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!((scene.get("p-1").await.status, scene.complete("p-1").await.status), (404, 404));

    scene.begin("p-2", 7).await;
    assert_eq!(scene.objects.open_uploads(), 1);
    assert_eq!(scene.delete("p-2").await.status, 204);
    assert_eq!(scene.objects.open_uploads(), 0);
}

#[tokio::test]
async fn of_two_that_begin_at_a_time_both_go_on_with_one() {
    let scene = Scene::in_memory();
    let (one, two) = tokio::join!(scene.begin("p-1", 7), scene.begin("p-1", 7));
    assert_eq!((one.status, two.status, &one.body), (201, 201, &two.body));
    assert_eq!(scene.objects.open_uploads(), 1);
}
