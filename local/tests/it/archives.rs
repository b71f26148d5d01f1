//! Archives through the front door: asked for by the generated client, built by a function that a
//! queue calls, and told about in three places.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use client::models;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::faulty::{Call, Faulty};
use crate::service::{Service, refusal, value, zip};

/// Has failures come again at once, and the builder's time-out be short enough to wait for.
const HASTY: &[(&str, &str)] = &[
    ("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"0\""),
    ("      memory: 1024\n      timeout: 900\n", "      memory: 1024\n      timeout: 8\n"),
    ("    archiveJobs:\n", "    archiveJobs:\n      visibilityTimeout: 8\n"),
];

fn request(sources: &[(&str, &str)], content: Value) -> Value {
    let sources: Vec<_> = sources
        .iter()
        .map(|(system, key)| json!({"system": system, "bucket": "local-sources", "key": key}))
        .collect();
    json!({
        "destination": {"bucket": "local-archives", "key": "out/final.zip"},
        "sources": sources,
        "content": content,
    })
}

fn everything(system: &str) -> Value {
    json!({"entries": [{"system": system, "match": "**", "keepFolders": true}]})
}

impl Service {
    /// Asks for an archive; answers its job when it has ended.
    async fn archive(&self, request: Value) -> models::Archive {
        let asked = self.client.create_archive().body(new(request)).send().await.unwrap();
        assert_eq!(asked.status(), 202);
        assert_eq!(
            asked.headers()["location"],
            format!("/local/archives/{}", asked.archive_id).as_str()
        );
        self.ended(asked.archive_id).await
    }

    async fn ended(&self, id: models::value::Uuid) -> models::Archive {
        self.wait("the job ends", async || {
            let job = self.client.get_archive().archive_id(id).send().await.unwrap().into_inner();
            let ended = [models::JobStatus::Succeeded, models::JobStatus::Failed];
            ended.contains(&job.status).then_some(job)
        })
        .await
    }

    /// The result's entries.
    async fn result(&self) -> BTreeMap<String, Vec<u8>> {
        let bytes = self.object("local-archives", "out/final.zip").await.unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut entries = BTreeMap::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            entries.insert(entry.name().unwrap().into_owned(), content);
        }
        entries
    }

    async fn told(&self) -> String {
        self.text("local-archives", "out/final.zip.status.csv").await.unwrap()
    }
}

fn new(request: Value) -> models::NewArchive {
    value(request)
}

#[tokio::test(flavor = "multi_thread")]
async fn zips_of_several_systems_become_one_with_folders_of_its_own() {
    let service = Service::start().await;
    let crm = zip(&[("letter.txt", b"of crm"), ("2026/july/bill.pdf", b"bill")]);
    service.put("local-sources", "in/crm.zip", crm).await;
    // The same names as in the other zip, and another zip of the same system.
    service.put("local-sources", "in/erp 1.zip", zip(&[("letter.txt", b"of erp")])).await;
    service.put("local-sources", "in/erp 2.zip", zip(&[("größe.pdf", b"\x00\x01")])).await;
    let content = json!({
        "entries": [{"system": "crm", "match": "**", "keepFolders": true}],
        "folders": [
            {"name": "erp", "entries": [{"system": "erp", "match": "*"}], "folders": [
                {"name": "again", "entries": [
                    {"system": "crm", "match": "2026/*/*.pdf", "rename": "the bill.pdf"},
                ]},
            ]},
            {"name": "empty"},
        ],
    });
    let sources = [("crm", "in/crm.zip"), ("erp", "in/erp 1.zip"), ("erp", "in/erp 2.zip")];
    let mut request = request(&sources, content);
    request["verify"] = json!(true);
    let job = service.archive(request).await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    assert_eq!((job.attempts, job.verified, job.reason), (1, Some(true), None));
    assert_eq!((job.bytes_done, job.size), (job.bytes_total, Some(job.bytes_total)));

    let result = service.result().await;
    let files: BTreeMap<_, _> = result.iter().filter(|(name, _)| !name.ends_with('/')).collect();
    let expected: [(&str, &[u8]); 5] = [
        ("2026/july/bill.pdf", b"bill"),
        ("erp/again/the bill.pdf", b"bill"),
        ("erp/größe.pdf", b"\x00\x01"),
        ("erp/letter.txt", b"of erp"),
        ("letter.txt", b"of crm"),
    ];
    assert!(
        files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).eq(expected),
        "{files:?}"
    );
    assert!(result.contains_key("empty/"), "{result:?}");
    assert_eq!(job.entries, Some(result.len() as i64));
    assert!(service.told().await.starts_with("S,s3://local-archives/out/final.zip: "));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_small_entries_are_kept_apart() {
    let service = Service::start().await;
    let names: Vec<_> =
        (0..10_000).map(|n| (format!("{:02}/{n}.txt", n % 100), n.to_string())).collect();
    let entries: Vec<_> =
        names.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    service.put("local-sources", "in/many.zip", zip(&entries)).await;
    let job = service.archive(request(&[("crm", "in/many.zip")], everything("crm"))).await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    let result = service.result().await;
    for (name, text) in &names {
        assert_eq!(result[name], text.as_bytes(), "{name}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_told_at_once_is_told_at_once() {
    let service = Service::start().await;
    let good = zip(&[("a.txt", b"a"), ("A.txt", b"A")]);
    service.put("local-sources", "in/good.zip", good.clone()).await;
    service.put("local-sources", "in/cut.zip", good[..good.len() - 9].to_vec()).await;
    let post = async |request: Value| {
        refusal(service.client.create_archive().body(new(request)).send().await)
    };
    let sources = [("crm", "in/good.zip"), ("crm", "in/cut.zip"), ("erp", "in/gone.zip")];
    let mut all = request(&sources, everything("crm"));
    all["destination"] = json!({"bucket": "local-nowhere", "key": "final.zip"});
    let (status, violations) = post(all).await;
    assert_eq!(status, 422);
    for words in [
        "/destination/bucket the bucket local-nowhere does not exist",
        "/sources/1",
        "/sources/2 s3://local-sources/in/gone.zip does not exist",
    ] {
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words} in {violations:?}");
    }

    let content =
        json!({"folders": [{"name": "..", "entries": [{"system": "nobody", "match": "x"}]}]});
    let (status, violations) = post(request(&sources[..1], content)).await;
    assert_eq!(status, 422);
    assert!(violations.iter().all(|it| it.starts_with("/content/folders/0")), "{violations:?}");
    assert!(!violations.is_empty());
    assert_eq!(service.uploads("local-archives").await, 0);
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_twice_is_one_job() {
    let service = Service::start().await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    let body = request(&[("crm", "in/a.zip")], everything("crm"));
    let post = async |body: &Value| {
        service.client.create_archive().idempotency_key("k-1").body(new(body.clone())).send().await
    };
    let (first, second) = (post(&body).await.unwrap(), post(&body).await.unwrap());
    assert_eq!(first.archive_id, second.archive_id);
    let job = service.ended(first.archive_id).await;
    assert_eq!((job.status, job.attempts), (models::JobStatus::Succeeded, 1));
    let mut other = body.clone();
    other["destination"]["key"] = json!("out/other.zip");
    assert_eq!(refusal(post(&other).await).0, 409);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_replaced_meanwhile_fails_the_job_by_name() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", &[]).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"old")])).await;
    // The builder reads what it is to do.
    let held =
        s3.hold(|call| call.operation == "GetObject" && call.target.starts_with("/local-jobs/"));
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
    for process in processes(s3.endpoint(), "archive-builder") {
        // One that ended by itself meanwhile is as good.
        let _ = kill_process(process, Signal::KILL);
    }
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
async fn what_is_not_allowed_is_told_by_place_at_once() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", &[]).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    for (place, target, words) in [
        ("/sources/0", "/local-sources/in/", "access to s3://local-sources/in/a.zip is denied"),
        ("/destination", "/local-archives/out/", "s3://local-archives/out/final.zip is denied"),
    ] {
        let denied = s3.refuse(403, "AccessDenied", move |call| call.target.starts_with(target));
        let body = new(request(&[("crm", "in/a.zip")], everything("crm")));
        let (status, violations) = refusal(service.client.create_archive().body(body).send().await);
        drop(denied);
        assert_eq!((status, violations.len()), (422, 1), "{violations:?}");
        assert!(violations[0].starts_with(place), "{violations:?}");
        assert!(violations[0].contains(words), "{violations:?}");
    }
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

/// Processes of a function of this cloud, and of no other that runs here.
fn processes(endpoint: &str, function: &str) -> Vec<Pid> {
    let wanted = [
        format!("AWS_ENDPOINT_URL_S3={endpoint}"),
        format!("AWS_LAMBDA_FUNCTION_NAME=local-{function}"),
    ];
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // Processes end while one looks.
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
        let holds = |variable: &String| {
            environment.split(|&byte| byte == 0).any(|it| it == variable.as_bytes())
        };
        if wanted.iter().all(holds) {
            found.extend(pid.and_then(Pid::from_raw));
        }
    }
    found
}
