//! Transfers through the front door, to the embedded SFTP server.

use client::models;
use serde_json::json;

use crate::service::{Service, refusal, value};

/// Has failures come again at once.
const HASTY: &[(&str, &str)] = &[("RETRY_SECONDS: \"60\"", "RETRY_SECONDS: \"0\"")];

fn request(key: &str) -> models::NewTransfer {
    value(json!({"source": {"bucket": "local-archives", "key": key}}))
}

impl Service {
    async fn transfer(&self, key: &str) -> models::Transfer {
        let asked = self.client.create_transfer().body(request(key)).send().await.unwrap();
        assert_eq!(asked.status(), 202);
        let id = asked.transfer_id;
        self.wait("the job ends", async || {
            let job = self.client.get_transfer().transfer_id(id).send().await.unwrap().into_inner();
            let ended = [models::JobStatus::Succeeded, models::JobStatus::Failed];
            ended.contains(&job.status).then_some(job)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_on_the_server_under_its_name() {
    let service = Service::start().await;
    let body: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    service.put("local-archives", "out/final.zip", body.clone()).await;
    let job = service.transfer("out/final.zip").await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    assert_eq!((job.bytes_done, job.bytes_total), (3 << 20, 3 << 20));
    let folder = service.sftp_files();
    assert_eq!(std::fs::read(folder.join("final.zip")).unwrap(), body);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "nothing temporary is left");
    let told = service.text("local-archives", "out/final.zip.transfer.status.csv").await;
    assert_eq!(told.as_deref(), Some("S,final.zip: 3145728 bytes sent"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_leaves_a_status_and_a_dead_letter() {
    let nowhere = [("sftp_url", "sftp://ada@127.0.0.1:1/inbox")];
    let service = Service::edited(HASTY, &nowhere).await;
    service.put("local-archives", "out/final.zip", vec![1]).await;
    let job = service.transfer("out/final.zip").await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 4));
    let reason = "cannot reach the SFTP server 127.0.0.1:1";
    assert_eq!(job.reason.as_deref(), Some(reason));
    let told = service.text("local-archives", "out/final.zip.transfer.status.csv").await;
    assert_eq!(told, Some(format!("F,{reason}")));
    service.messages("transferJobs-dead-letters", 1).await;
    service.messages("transferJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_not_there_is_told_at_once() {
    let service = Service::start().await;
    let answer = service.client.create_transfer().body(request("gone")).send().await;
    let violation = "/source s3://local-archives/gone does not exist".to_owned();
    assert_eq!(refusal(answer), (422, vec![violation]));
    service.stop().await;
}
