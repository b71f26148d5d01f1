//! Archives through the front door: asked for by the generated client, built by a function that a
//! queue calls, and told about in three places.

mod input;
mod interruptions;
mod large;
#[path = "../../../../handlers/tests/it/assembly/reader.rs"]
mod reader;

use std::collections::BTreeMap;

use client::models;
use serde_json::{Value, json};

use crate::service::{Service, refusal, value, zip};

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

    /// The result's entries, once the standard tools have read it.
    async fn result(&self) -> BTreeMap<String, Vec<u8>> {
        let bytes = self.object("local-archives", "out/final.zip").await.unwrap();
        let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        reader::tools_read(file.path());
        reader::contents(&bytes)
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
