//! Builders that are interrupted, stores that are away, and messages that come again.

use client::models;

use super::{everything, new, request};
use crate::faulty::{Call, Faulty};
use crate::service::{self, Service, zip};

/// Has failures come again at once, and the builder's time-out be short enough to wait for.
const HASTY: &[(&str, &str)] = &[
    ("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"0\""),
    ("      memory: 1024\n      timeout: 900\n", "      memory: 1024\n      timeout: 8\n"),
    ("    archiveJobs:\n", "    archiveJobs:\n      visibilityTimeout: 8\n"),
];

/// Whether the builder reads what it is to do.
fn reads_the_job(call: &Call) -> bool {
    call.operation == "GetObject" && call.target.starts_with("/local-jobs/")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_replaced_meanwhile_fails_the_job_by_name() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", &[]).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"old")])).await;
    let held = s3.hold(reads_the_job);
    let body = new(request(&[("crm", "in/a.zip")], everything("crm")));
    let asked = service.client.create_archive().body(body).send().await.unwrap();
    held.reached().await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"new")])).await;
    assert_eq!(held.release().await, 206);
    let job = service.ended(asked.archive_id).await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 1));
    let reason = job.reason.unwrap();
    assert!(reason.contains("s3://local-sources/in/a.zip has changed"), "{reason}");
    assert!(service.told().await.starts_with("F,"));
    assert_eq!(service.object("local-archives", "out/final.zip").await, None);
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_builder_that_is_killed_leaves_nothing_behind_and_another_one_finishes() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", HASTY).await;
    // Two parts, which go through the builder.
    let large = vec![7; 1 << 20];
    let names: Vec<_> = (0..12).map(|n| format!("{n}.bin")).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), large.as_slice())).collect();
    service.put("local-sources", "in/large.zip", zip(&entries)).await;
    let held = s3.hold(|call| call.operation == "UploadPart");
    let body = new(request(&[("crm", "in/large.zip")], everything("crm")));
    let asked = service.client.create_archive().body(body).send().await.unwrap();
    held.reached().await;
    assert_eq!(service.uploads("local-archives").await, 1);
    service::kill(s3.endpoint(), "archive-builder");
    let job = service.ended(asked.archive_id).await;
    // Two, unless the machine is too busy to be done in time.
    assert!(job.status == models::JobStatus::Succeeded && job.attempts >= 2, "{job:?}");
    assert_eq!(service.result().await.len(), 12);
    assert_eq!(held.release().await, 404, "what the dead one had sent comes too late");
    assert_eq!(service.uploads("local-archives").await, 0);
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_for_a_while_costs_time_but_no_job() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", HASTY).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    let is_result = |call: &Call| call.target.starts_with("/local-archives/out/final.zip?");
    let away =
        s3.refuse(503, "SlowDown", move |call| call.operation == "PutObject" && is_result(call));
    let body = new(request(&[("crm", "in/a.zip")], everything("crm")));
    let asked = service.client.create_archive().body(body).send().await.unwrap();
    service
        .wait("the result is put again", async || {
            (s3.count(|call| call.operation == "PutObject" && is_result(call)) >= 2).then_some(())
        })
        .await;
    drop(away);
    let job = service.ended(asked.archive_id).await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_nobody_wrote_ends_among_the_dead_letters_and_holds_up_no_other() {
    let service = Service::edited(HASTY, &[]).await;
    for stranger in ["hello", r#"{"archiveId":"00000000-0000-0000-0000-000000000000"}"#] {
        service.send("archiveJobs", stranger).await;
    }
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    let job = service.archive(request(&[("crm", "in/a.zip")], everything("crm"))).await;
    assert_eq!(job.status, models::JobStatus::Succeeded);
    service.messages("archiveJobs-dead-letters", 2).await;
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_gets_through_is_a_dead_letter_and_says_so() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", HASTY).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    let _expired = s3.refuse(400, "ExpiredToken", reads_the_job);
    let job = service.archive(request(&[("crm", "in/a.zip")], everything("crm"))).await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 4));
    assert_eq!(s3.count(reads_the_job), 4);
    let reason = job.reason.unwrap();
    assert_eq!(service.told().await, format!("F,{reason}"));
    assert_eq!(service.object("local-archives", "out/final.zip").await, None);
    assert_eq!(service.uploads("local-archives").await, 0);
    service.messages("archiveJobs-dead-letters", 1).await;
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}
