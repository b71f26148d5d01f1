//! Bad days: whatever dies, comes twice or is away for a while, each proposal is kept once.

use client::models::ProposalStatus;
use serde_json::json;

use super::{DOCUMENTS, HASTY, QUEUE, SUBMISSIONS, small};
use crate::faulty::{Call, Faulty};
use crate::service::{self, Service};

const DEAD_LETTERS: &str = "proposalSubmissions-dead-letters";

fn reads_submission(call: &Call, id: &str) -> bool {
    call.operation == "GetObject" && call.target.contains(&format!("/submissions/{id}"))
}

/// What S3 says of an object that was put.
fn event(key: &str, version: &str) -> String {
    let object =
        json!({"key": key, "size": 1, "eTag": "x", "versionId": version, "sequencer": "0"});
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "awsRegion": "us-east-1", "eventTime": "2026-11-21T18:00:00.000Z",
        "s3": {"bucket": {"name": SUBMISSIONS}, "object": object},
    }]})
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_is_killed_in_mid_batch_costs_time_but_no_proposal() {
    let s3 = Faulty::start().await;
    // Messages wait long enough to come in one batch.
    let late = [("      visibilityTimeout: 8\n", "      visibilityTimeout: 8\n      delay: 1\n")];
    let edits = [HASTY, &late].concat();
    let service = Service::behind(&s3, "PROPOSALS_TABLE", &edits).await;
    service.messages(QUEUE, 0).await;
    let ids: Vec<_> = (0..10).map(|n| format!("p-{n}")).collect();
    let held = s3.hold(|call| reads_submission(call, "p-5"));
    for id in &ids {
        service.post(id, small(id).to_string()).await;
    }
    held.reached().await;
    service::kill(s3.endpoint(), "proposal-intake");
    for id in &ids {
        let record = service.becomes(id, ProposalStatus::Accepted).await;
        assert!(service.said_of(id).await.starts_with("S,"), "{record:?}");
    }
    held.release().await;
    service.is_tidy(ids.len()).await;
    service.messages(DEAD_LETTERS, 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_twice_or_too_late_changes_nothing() {
    let service = Service::start().await;
    let first = service.post("p-1", small("p-1").to_string()).await;
    let before = service.becomes("p-1", ProposalStatus::Accepted).await;
    assert_eq!(before.submission.as_deref(), Some(first.as_str()));
    service.send(QUEUE, &event("submissions/p-1", &first)).await;
    service.send(QUEUE, &event("submissions/p-1", "of-an-older-one")).await;
    service.send(QUEUE, &event("submissions/nobody", "of-one-that-was-deleted")).await;
    service.messages(QUEUE, 0).await;
    assert_eq!(service.proposal("p-1").await, Some(before));
    assert_eq!(service.proposal("nobody").await, None);
    service.messages(DEAD_LETTERS, 0).await;
    service.is_tidy(1).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_work_on_one_message_make_one_proposal() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "PROPOSALS_TABLE", HASTY).await;
    let writes = |call: &Call| {
        let is_write = matches!(&*call.operation, "CompleteMultipartUpload" | "PutObject");
        is_write && call.target.starts_with("/local-documents/")
    };
    let held = s3.hold(writes);
    let submission = service.post("p-1", small("p-1").to_string()).await;
    held.reached().await;
    // Somebody else gets the same to do, and leaves it to the first.
    service.send(QUEUE, &event("submissions/p-1", &submission)).await;
    service.messages(QUEUE, 1).await;
    held.release().await;
    service.becomes("p-1", ProposalStatus::Accepted).await;
    service.is_tidy(1).await;
    assert_eq!(service.document("p-1").await.bytes().await.unwrap(), "test");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_slow_is_taken_over_when_its_message_is_seen_again() {
    let s3 = Faulty::start().await;
    let edits = [
        ("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"0\""),
        ("      memory: 1024\n      timeout: 900\n", "      memory: 1024\n      timeout: 120\n"),
        ("    proposalSubmissions:\n", "    proposalSubmissions:\n      visibilityTimeout: 4\n"),
    ];
    let service = Service::behind(&s3, "PROPOSALS_TABLE", &edits).await;
    let held = s3.hold(|call| reads_submission(call, "p-1"));
    service.post("p-1", small("p-1").to_string()).await;
    held.reached().await;
    // Its time is not over, but that of the message is: the next who gets it does the work.
    let kept = service.becomes("p-1", ProposalStatus::Accepted).await;
    assert!(s3.count(|call| reads_submission(call, "p-1")) >= 2);
    let clears = |call: &Call| call.operation.starts_with("Delete");
    let cleared = s3.count(clears);
    held.release().await;
    // What it has written by now is in nobody's record.
    service
        .wait("the slow one clears its draft away", async || {
            let is_cleared = s3.count(clears) > cleared && service.objects(DOCUMENTS).await == 1;
            is_cleared.then_some(())
        })
        .await;
    service.is_tidy(1).await;
    service.messages(DEAD_LETTERS, 0).await;
    assert_eq!(service.proposal("p-1").await, Some(kept));
    assert_eq!(service.document("p-1").await.bytes().await.unwrap(), "test");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_for_a_while_costs_time_but_no_proposal() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "PROPOSALS_TABLE", HASTY).await;
    let away = s3.refuse(503, "SlowDown", |call| call.operation == "GetObject");
    service.post("p-1", small("p-1").to_string()).await;
    service
        .wait("the submission is asked for again", async || {
            (s3.count(|call| reads_submission(call, "p-1")) >= 2).then_some(())
        })
        .await;
    drop(away);
    service.becomes("p-1", ProposalStatus::Accepted).await;
    assert!(service.said_of("p-1").await.starts_with("S,"));
    service.is_tidy(1).await;
    service.messages(DEAD_LETTERS, 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_too_long_is_a_dead_letter_that_can_be_redriven() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "PROPOSALS_TABLE", HASTY).await;
    let away = s3.refuse(503, "SlowDown", |call| reads_submission(call, ""));
    service.post("p-1", small("p-1").to_string()).await;
    service.messages(DEAD_LETTERS, 1).await;
    let record = service.becomes("p-1", ProposalStatus::Failed).await;
    assert!(record.reason.is_some(), "{record:?}");
    assert!(service.said_of("p-1").await.starts_with("F,"));
    drop(away);

    // aws sqs start-message-move-task --source-arn ARN, as the README has it.
    let source = format!("arn:aws:sqs:us-east-1:000000000000:local-{DEAD_LETTERS}");
    service.sqs.start_message_move_task().source_arn(source).send().await.unwrap();
    service.becomes("p-1", ProposalStatus::Accepted).await;
    service.messages(DEAD_LETTERS, 0).await;
    service.is_tidy(1).await;
    assert_eq!(service.objects(DOCUMENTS).await, 1);
    service.stop().await;
}
