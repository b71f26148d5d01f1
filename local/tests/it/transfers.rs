//! Transfers through the front door, to the embedded SFTP server.

#[allow(dead_code, reason = "tests of the transfer itself do more with it")]
#[path = "../../../handlers/tests/it/sftp/openssh.rs"]
mod openssh;
#[allow(dead_code, reason = "tests of the transfer itself do more with it")]
#[path = "../../../handlers/tests/it/sftp/proxy.rs"]
mod proxy;

use client::models;
use local::sftp::{SftpServer, Store};
use russh::keys::ssh_key::LineEnding;
use serde_json::json;

use openssh::{OpenSsh, Setup};
use proxy::{End, Proxy};

use crate::service::{Service, refusal, value};

/// Has failures come again at once.
const HASTY: &[(&str, &str)] = &[("RETRY_SECONDS: \"60\"", "RETRY_SECONDS: \"0\"")];

fn request(key: &str) -> models::NewTransfer {
    value(json!({"source": {"bucket": "local-archives", "key": key}}))
}

impl Service {
    /// A cloud that sends to another server than its own.
    async fn sending_to(url: &str, private_key: &str, known_hosts: &str) -> Self {
        let set = [
            ("sftp_url", url),
            ("sftp_private_key", private_key),
            ("sftp_known_hosts", known_hosts),
        ];
        Self::edited(HASTY, &set).await
    }

    async fn sending_to_openssh(openssh: &OpenSsh) -> Self {
        let (port, files) = (openssh.port(), openssh.files());
        let url = openssh.url(port, files.to_str().unwrap());
        let private_key = openssh.user_key.to_openssh(LineEnding::LF).unwrap();
        Self::sending_to(&url, &private_key, &openssh.known_hosts(port, 0)).await
    }

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

/// The port of a server that runs here.
fn port(server: &SftpServer) -> u16 {
    server.url().trim_end_matches('/').rsplit_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_is_resumed_where_it_stopped() {
    let server = SftpServer::start(&Store::Memory).unwrap();
    // No connection may send all of it, so only who resumes comes to the end.
    let wire = Proxy::start(port(&server), 4_500_000, End::Cut).await;
    let by_wire = |text: &str| text.replace(&port(&server).to_string(), &wire.port().to_string());
    let (url, known_hosts) = (by_wire(&server.url()), by_wire(&server.known_hosts()));
    let service = Service::sending_to(&url, server.private_key(), &known_hosts).await;
    let body: Vec<u8> = (0..1_500_000_u32).flat_map(u32::to_le_bytes).collect();
    service.put("local-archives", "out/final.zip", body.clone()).await;
    let job = service.transfer("out/final.zip").await;
    assert!(job.status == models::JobStatus::Succeeded && job.attempts > 1, "{job:?}");
    assert!(std::fs::read(server.files().join("final.zip")).unwrap() == body);
    assert_eq!(std::fs::read_dir(server.files()).unwrap().count(), 1, "nothing temporary is left");
    service.messages("transferJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_do_not_fit_fail_the_job_by_name_at_once() {
    let [server, other] = [(); 2].map(|()| SftpServer::start(&Store::Memory).unwrap());
    let others_hosts =
        other.known_hosts().replace(&port(&other).to_string(), &port(&server).to_string());
    for (private_key, known_hosts, words) in [
        (
            other.private_key(),
            server.known_hosts(),
            "does not let lychgate in with the key SHA256:",
        ),
        (server.private_key(), others_hosts, "SHA256:"),
    ] {
        let service = Service::sending_to(&server.url(), private_key, &known_hosts).await;
        service.put("local-archives", "out/final.zip", vec![1]).await;
        let job = service.transfer("out/final.zip").await;
        assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 1));
        let reason = job.reason.unwrap();
        assert!(reason.contains(words), "{reason}");
        let told = service.text("local-archives", "out/final.zip.transfer.status.csv").await;
        assert!(told.unwrap().starts_with("F,"));
        assert_eq!(std::fs::read_dir(server.files()).unwrap().count(), 0);
        // Another try would not mend it: the message is done.
        service.messages("transferJobs", 0).await;
        service.messages("transferJobs-dead-letters", 0).await;
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_gets_the_object_and_is_quoted_when_it_does_not_permit_it() {
    let Some(openssh) = openssh::start() else { return };
    let service = Service::sending_to_openssh(&openssh).await;
    let body: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    service.put("local-archives", "out/final.zip", body.clone()).await;
    let job = service.transfer("out/final.zip").await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    assert!(openssh.file("final.zip") == body);
    assert_eq!(openssh.names(), ["final.zip"]);

    openssh.protect();
    service.put("local-archives", "out/more.zip", body).await;
    let job = service.transfer("out/more.zip").await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 1));
    let reason = job.reason.unwrap();
    assert!(reason.starts_with("the SFTP server does not permit to "), "{reason}");
    assert_eq!(openssh.names(), ["final.zip"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_stays_full_ends_the_job_with_the_last_try() {
    let setup = Setup { small_disk: true, ..Setup::sftp("") };
    let Some(openssh) = OpenSsh::start(setup) else { return };
    let service = Service::sending_to_openssh(&openssh).await;
    service.put("local-archives", "out/final.zip", vec![1; 9_000_000]).await;
    let job = service.transfer("out/final.zip").await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Failed, 4));
    let reason = job.reason.unwrap();
    assert!(reason.starts_with("the SFTP server's disk is full: "), "{reason}");
    service.messages("transferJobs-dead-letters", 1).await;
    service.stop().await;
}

/// A bucket is no host name here, whatever it is called.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_a_bucket_with_dots_is_missing_like_any_other() {
    let service = Service::start().await;
    for bucket in ["nowhere", "no.where"] {
        let body: models::NewTransfer = value(json!({"source": {"bucket": bucket, "key": "k"}}));
        let refused = service.client.create_transfer().body(body).send().await;
        let violation = format!("/source s3://{bucket}/k does not exist");
        assert_eq!(refusal(refused), (422, vec![violation]));
    }
    service.stop().await;
}
