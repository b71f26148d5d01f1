//! The functions `archives` and `archive-builder`, from the request to the zip.

use std::io::{Cursor, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use handlers::archives::{ArchiveBuilder, ArchiveRecord, ArchivesFunction, Ports};
use handlers::generated::archives::dispatch;
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress, ObjectStore, fetch};
use handlers::queue::MemoryQueue;
use handlers::store::{MemoryStore, RevisedStore};
use serde_json::{Value, json};

use crate::dynamodb;
use crate::event::{Answer, deliver, got, parts, posted, with_header};

struct Scene {
    objects: Arc<InMemory>,
    queue: Arc<MemoryQueue>,
    function: ArchivesFunction,
    builder: ArchiveBuilder,
}

impl Scene {
    /// Two systems have sent a zip each.
    fn new(records: Arc<dyn RevisedStore<ArchiveRecord>>) -> Self {
        let (objects, queue) = (Arc::new(InMemory::default()), Arc::new(MemoryQueue::default()));
        let ports = Ports {
            records,
            objects: objects.clone(),
            queue: queue.clone(),
            jobs_bucket: "jobs".to_owned(),
            settings: Settings { max_receives: 4, retry_after: Duration::from_secs(1) },
        };
        let (function, builder) = (ArchivesFunction::new(&ports), ArchiveBuilder::new(&ports));
        let scene = Self { objects, queue, function, builder };
        scene.place("in/crm.zip", &zip(&[("a.txt", "of crm"), ("deep/b.txt", "b")]));
        scene.place("in/erp.zip", &zip(&[("report.pdf", "of erp"), ("a.txt", "other")]));
        scene
    }

    fn in_memory() -> Self {
        Self::new(Arc::new(MemoryStore::default()))
    }

    fn place(&self, key: &str, bytes: &[u8]) {
        let bytes = bytes::Bytes::copy_from_slice(bytes);
        self.objects.place(&ObjectAddress::new("sources", key), bytes);
    }

    async fn post(&self, body: &Value) -> Answer {
        self.call(posted("/archives", body)).await
    }

    async fn get(&self, id: &str) -> Answer {
        self.call(got("/archives", "archiveId", id)).await
    }

    async fn call(&self, event: Value) -> Answer {
        let (event, context) = parts(event);
        dispatch(&self.function, &event, &context).await.into()
    }

    /// What `out/final.zip`, with this behind it, holds.
    async fn written(&self, suffix: &str) -> Option<Vec<u8>> {
        let address = ObjectAddress::new("archives", format!("out/final.zip{suffix}"));
        let version = self.objects.head(&address).await.ok()?;
        Some(fetch(&*self.objects, &version, 0..version.size).await.unwrap().to_vec())
    }

    async fn told(&self) -> String {
        String::from_utf8(self.written(".status.csv").await.unwrap()).unwrap()
    }
}

fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn request() -> Value {
    json!({
        "destination": {"bucket": "archives", "key": "out/final.zip"},
        "sources": [
            {"system": "crm", "bucket": "sources", "key": "in/crm.zip"},
            {"system": "erp", "bucket": "sources", "key": "in/erp.zip"},
        ],
        "content": {
            "entries": [{"system": "crm", "match": "**", "keepFolders": true}],
            "folders": [{"name": "reports", "entries": [
                {"system": "erp", "match": "*.pdf"},
                {"system": "erp", "match": "a.txt", "rename": "erp.txt"},
            ]}],
        },
    })
}

#[tokio::test]
async fn a_zip_is_asked_for_built_and_told_about() {
    for scene in [Scene::in_memory(), Scene::new(Arc::new(dynamodb::store("archives").await))] {
        let asked = scene.post(&request()).await;
        assert_eq!(asked.status, 202, "{:?}", asked.body);
        let id = asked.body["archiveId"].as_str().unwrap().to_owned();
        assert_eq!(asked.location, Some(format!("/dev/archives/{id}")));
        assert_eq!(
            (&asked.body["status"], &asked.body["bytesDone"]),
            (&json!("queued"), &json!(0))
        );
        assert_eq!(scene.get(&id).await.body, asked.body);
        assert_eq!(scene.queue.sent(), [json!({ "archiveId": id }).to_string()]);

        deliver(&scene.builder, &scene.queue.sent()[0], 1).await.unwrap();
        let built = scene.get(&id).await.body;
        assert_eq!(built["status"], "succeeded", "{built}");
        assert_eq!(built["entries"], built["entries"].as_u64().unwrap().max(4));
        assert_eq!(
            [&built["bytesDone"], &built["size"]],
            [&asked.body["bytesTotal"], &asked.body["bytesTotal"]]
        );
        assert!(scene.told().await.starts_with("S,s3://archives/out/final.zip: "));

        let result = scene.written("").await.unwrap();
        assert_eq!(json!(result.len()), built["size"]);
        let mut archive = zip::ZipArchive::new(Cursor::new(result)).unwrap();
        for (name, text) in [
            ("a.txt", "of crm"),
            ("deep/b.txt", "b"),
            ("reports/report.pdf", "of erp"),
            ("reports/erp.txt", "other"),
        ] {
            let mut content = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut content).unwrap();
            assert_eq!(content, text, "{name}");
        }
        // A message that comes twice builds nothing twice.
        deliver(&scene.builder, &scene.queue.sent()[0], 2).await.unwrap();
        assert_eq!(scene.get(&id).await.body, built);
    }
}

#[tokio::test]
async fn a_retry_with_its_key_gets_the_same_job_and_another_body_none() {
    let scene = Scene::in_memory();
    let keyed = |body: &Value| with_header(posted("/archives", body), "Idempotency-Key", "try-1");
    let first = scene.call(keyed(&request())).await;
    let retry = scene.call(keyed(&request())).await;
    assert_eq!((first.status, retry.status), (202, 202));
    assert_eq!((&first.body, &first.location), (&retry.body, &retry.location));
    // Told twice, since the first try may not have come so far; done once.
    assert_eq!(scene.queue.sent().len(), 2);

    let mut other = request();
    other["verify"] = json!(true);
    let other = scene.call(keyed(&other)).await;
    assert_eq!(other.status, 409);
    assert_eq!(other.body["detail"], "The idempotency key was used for another request.");

    deliver(&scene.builder, &scene.queue.sent()[0], 1).await.unwrap();
    let late = scene.call(keyed(&request())).await;
    assert_eq!((late.status, &late.body["status"]), (202, &json!("succeeded")));
    assert_eq!(scene.queue.sent().len(), 2);
}

#[tokio::test]
async fn a_job_that_could_not_be_queued_is_queued_by_the_retry() {
    let scene = Scene::in_memory();
    let keyed = || with_header(posted("/archives", &request()), "Idempotency-Key", "try-1");
    scene.queue.lose(true);
    assert_eq!(scene.call(keyed()).await.status, 500);
    scene.queue.lose(false);
    assert_eq!(scene.call(keyed()).await.status, 202);
    deliver(&scene.builder, &scene.queue.sent()[0], 1).await.unwrap();
    assert!(scene.written("").await.is_some());
}

#[tokio::test]
async fn every_fault_of_sources_and_destination_is_listed() {
    let scene = Scene::in_memory();
    scene.objects.deny("secret");
    scene.place("in/text.zip", b"this is no zip at all, but text of some length");
    let mut body = request();
    body["destination"] = json!({"bucket": "sources", "key": "in/crm.zip"});
    let sources = body["sources"].as_array_mut().unwrap();
    for (bucket, key) in
        [("sources", "in/nothing.zip"), ("secret", "in/a.zip"), ("sources", "in/text.zip")]
    {
        sources.push(json!({"system": "crm", "bucket": bucket, "key": key}));
    }
    sources.push(sources[1].clone());
    let answer = scene.post(&body).await;
    assert_eq!(answer.status, 422);
    let violations = answer.violations();
    for words in [
        "body /destination is /sources/0 too",
        "body /sources/2 s3://sources/in/nothing.zip does not exist",
        "body /sources/3 access to s3://secret/in/a.zip is denied",
        "body /sources/4 ",
        "body /sources/5 is the same zip as /sources/1",
    ] {
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words} in {violations:?}");
    }
    assert!(scene.queue.sent().is_empty());
    assert_eq!(scene.objects.open_uploads(), 0);
}

#[tokio::test]
async fn a_destination_that_cannot_be_written_is_a_fault() {
    let scene = Scene::in_memory();
    scene.objects.deny("archives");
    let answer = scene.post(&request()).await;
    assert_eq!(
        (answer.status, answer.violations()),
        (422, vec!["body /destination access to s3://archives/out/final.zip is denied".to_owned()])
    );
}

#[tokio::test]
async fn faults_of_the_content_point_into_it() {
    let scene = Scene::in_memory();
    let mut body = request();
    body["content"]["entries"][0]["match"] = json!("no-such-*");
    body["content"]["folders"][0]["name"] = json!("..");
    let answer = scene.post(&body).await;
    assert_eq!(answer.status, 422);
    let violations = answer.violations();
    for words in ["body /content/entries/0", "body /content/folders/0"] {
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words} in {violations:?}");
    }
}

#[tokio::test]
async fn a_source_that_was_replaced_fails_the_job_for_good() {
    let scene = Scene::in_memory();
    let asked = scene.post(&request()).await;
    scene.place("in/erp.zip", &zip(&[("report.pdf", "newer"), ("a.txt", "newer")]));
    deliver(&scene.builder, &scene.queue.sent()[0], 1).await.unwrap();
    let job = scene.get(asked.body["archiveId"].as_str().unwrap()).await.body;
    assert_eq!(job["status"], "failed");
    let reason = job["reason"].as_str().unwrap();
    assert!(reason.contains("s3://sources/in/erp.zip has changed"), "{reason}");
    assert!(scene.told().await.starts_with("F,"));
    assert_eq!((scene.written("").await, scene.objects.open_uploads()), (None, 0));
}

#[tokio::test]
async fn bodies_beyond_the_limits_are_refused_by_place() {
    let scene = Scene::in_memory();
    let mut none = request();
    none["sources"] = json!([]);
    assert!(scene.post(&none).await.violations()[0].starts_with("body /sources "));
    let mut many = request();
    many["sources"] = json!(vec![request()["sources"][0].clone(); 10_000]);
    let answer = scene.post(&many).await;
    assert_eq!(answer.status, 422);
    assert!(answer.violations()[0].starts_with("body /sources "), "{:?}", answer.violations());

    let nested = |levels: usize| {
        let start = json!({"name": "f", "entries": [{"system": "crm", "match": "a.txt"}]});
        let folder = (1..levels).fold(start, |folder, _| json!({"name": "f", "folders": [folder]}));
        let mut body = request();
        body["content"] = json!({ "folders": [folder] });
        body
    };
    assert_eq!(scene.post(&nested(32)).await.status, 202);
    assert_eq!(scene.post(&nested(33)).await.status, 422);
    let deep = scene.post(&nested(100)).await;
    assert_eq!(deep.status, 400, "deeper than JSON is read");
}

#[tokio::test]
async fn an_unknown_job_is_404() {
    let answer = Scene::in_memory().get("4f0f6f2c-9c0e-5c59-9a39-0d1f5b6c9a11").await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.body["detail"],
        "Archive 4f0f6f2c-9c0e-5c59-9a39-0d1f5b6c9a11 does not exist."
    );
}
