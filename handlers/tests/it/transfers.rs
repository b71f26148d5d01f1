//! The functions `transfers` and `transfer-sender`, up to the port that sends files; what lies
//! behind it has tests of its own (`sftp`).

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use handlers::generated::transfers::dispatch;
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress, ObjectStore, fetch};
use handlers::parameters::MemoryParameters;
use handlers::queue::MemoryQueue;
use handlers::sftp::{RemoteFile, Sent, Source, TransferError};
use handlers::store::{BoxFuture, MemoryStore, RevisedStore};
use handlers::transfers::{
    Ports, SendError, Sftp, TransferRecord, TransferSender, TransfersFunction, Transport,
};
use serde_json::{Value, json};

use crate::dynamodb;
use crate::event::{Answer, deliver, got, parts, posted, with_header};

/// Keeps what it is sent, unless it is not to be reached.
#[derive(Debug, Default)]
struct Folder {
    files: Mutex<Vec<(String, Vec<u8>)>>,
    is_unreachable: Mutex<bool>,
}

impl Transport for Folder {
    fn send<'a>(
        &'a self,
        source: &'a dyn Source,
        file: &'a RemoteFile,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<Sent, SendError>> {
        Box::pin(async move {
            if *self.is_unreachable.lock().unwrap() {
                let source = io::Error::from(io::ErrorKind::ConnectionRefused);
                let server = "sftp.example.com:22".to_owned();
                return Err(TransferError::Unreachable { server, source }.into());
            }
            let mut bytes = Vec::new();
            let mut chunks = source.read(0..source.size()).await.map_err(TransferError::from)?;
            while let Some(chunk) = chunks.next().await {
                bytes.extend_from_slice(&chunk.map_err(TransferError::from)?);
            }
            progress(source.size());
            self.files.lock().unwrap().push((file.name().to_owned(), bytes));
            Ok(Sent { size: source.size(), resumed_at: 0 })
        })
    }
}

struct Scene {
    objects: Arc<InMemory>,
    queue: Arc<MemoryQueue>,
    folder: Arc<Folder>,
    function: TransfersFunction,
    sender: TransferSender,
}

impl Scene {
    fn new(
        records: Arc<dyn RevisedStore<TransferRecord>>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Self {
        let (objects, queue) = (Arc::new(InMemory::default()), Arc::new(MemoryQueue::default()));
        let folder = Arc::new(Folder::default());
        let ports = Ports {
            records,
            objects: objects.clone(),
            queue: queue.clone(),
            transport: transport.unwrap_or_else(|| folder.clone()),
            settings: Settings { max_receives: 4, retry_after: Duration::from_secs(1) },
        };
        let (function, sender) = (TransfersFunction::new(&ports), TransferSender::new(&ports));
        let scene = Self { objects, queue, folder, function, sender };
        scene.place("first");
        scene
    }

    fn in_memory() -> Self {
        Self::new(Arc::new(MemoryStore::default()), None)
    }

    fn place(&self, text: &'static str) {
        let address = ObjectAddress::new("archives", "out/final.zip");
        self.objects.place(&address, bytes::Bytes::from_static(text.as_bytes()));
    }

    async fn call(&self, event: Value) -> Answer {
        let (event, context) = parts(event);
        dispatch(&self.function, &event, &context).await.into()
    }

    async fn post(&self, body: &Value) -> Answer {
        self.call(posted("/transfers", body)).await
    }

    async fn job(&self, asked: &Answer) -> Value {
        let id = asked.body["transferId"].as_str().unwrap();
        self.call(got("/transfers", "transferId", id)).await.body
    }

    async fn told(&self) -> Option<String> {
        let address = ObjectAddress::new("archives", "out/final.zip.transfer.status.csv");
        let version = self.objects.head(&address).await.ok()?;
        let body = fetch(&*self.objects, &version, 0..version.size).await.unwrap();
        Some(String::from_utf8(body.to_vec()).unwrap())
    }
}

fn request() -> Value {
    json!({"source": {"bucket": "archives", "key": "out/final.zip"}})
}

#[tokio::test]
async fn an_object_is_sent_and_told_about() {
    let records = Arc::new(dynamodb::store("transfers").await);
    for scene in [Scene::in_memory(), Scene::new(records, None)] {
        let asked = scene.post(&request()).await;
        assert_eq!(asked.status, 202, "{:?}", asked.body);
        assert_eq!(asked.body["fileName"], "final.zip");
        assert_eq!(asked.body["bytesTotal"], 5);
        let location = format!("/dev/transfers/{}", asked.body["transferId"].as_str().unwrap());
        assert_eq!(asked.location, Some(location));
        assert_eq!(scene.job(&asked).await, asked.body);

        deliver(&scene.sender, &scene.queue.sent()[0], 1).await.unwrap();
        let job = scene.job(&asked).await;
        assert_eq!((&job["status"], &job["bytesDone"]), (&json!("succeeded"), &json!(5)));
        let files = scene.folder.files.lock().unwrap().clone();
        assert_eq!(files, [("final.zip".to_owned(), b"first".to_vec())]);
        assert_eq!(scene.told().await.as_deref(), Some("S,final.zip: 5 bytes sent"));
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_until_the_last_time() {
    let scene = Scene::in_memory();
    let asked = scene.post(&request()).await;
    *scene.folder.is_unreachable.lock().unwrap() = true;
    let message = &scene.queue.sent()[0];
    for receive_count in 1..4 {
        assert!(deliver(&scene.sender, message, receive_count).await.is_err());
        assert_eq!(scene.job(&asked).await["status"], "queued");
        assert_eq!(scene.told().await, None);
    }
    assert!(deliver(&scene.sender, message, 4).await.is_err());
    let job = scene.job(&asked).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("failed"), &json!(4)));
    let reason = "cannot reach the SFTP server sftp.example.com:22";
    assert_eq!(job["reason"], reason);
    assert_eq!(scene.told().await, Some(format!("F,{reason}")));
}

#[tokio::test]
async fn what_is_sent_is_what_was_there_when_it_was_asked_for() {
    let scene = Scene::in_memory();
    let asked = scene.post(&request()).await;
    scene.place("newer");
    deliver(&scene.sender, &scene.queue.sent()[0], 1).await.unwrap();
    assert_eq!(scene.job(&asked).await["status"], "failed");
    assert!(scene.folder.files.lock().unwrap().is_empty());
}

#[tokio::test]
async fn keys_nobody_has_set_fail_the_job_by_name_and_keys_that_are_none_are_never_shown() {
    for (private_key, words) in
        [("key", "the parameter key does not exist"), ("broken", "cannot be used")]
    {
        let parameters = MemoryParameters::default();
        parameters.put("hosts", "127.0.0.1 ssh-ed25519 AAAA");
        parameters.put("broken", "hunter2");
        let destination = "sftp://ada@127.0.0.1:1/inbox".parse().unwrap();
        let sftp = Sftp::new(parameters, destination, private_key.to_owned(), "hosts".to_owned());
        let scene = Scene::new(Arc::new(MemoryStore::default()), Some(Arc::new(sftp)));
        let asked = scene.post(&request()).await;
        deliver(&scene.sender, &scene.queue.sent()[0], 1).await.unwrap();
        let job = scene.job(&asked).await;
        let reason = job["reason"].as_str().unwrap();
        assert!(reason.contains(words) && !reason.contains("hunter2"), "{reason}");
    }
}

#[tokio::test]
async fn a_retry_with_its_key_gets_the_same_job_and_another_body_none() {
    let scene = Scene::in_memory();
    let keyed = |body: &Value| with_header(posted("/transfers", body), "Idempotency-Key", "try-1");
    let first = scene.call(keyed(&request())).await;
    let retry = scene.call(keyed(&request())).await;
    assert_eq!((first.status, retry.status, &first.body), (202, 202, &retry.body));
    let other = json!({"source": request()["source"], "fileName": "other.zip"});
    assert_eq!(scene.call(keyed(&other)).await.status, 409);
}

#[tokio::test]
async fn objects_that_are_not_there_and_names_that_are_none_are_refused_by_place() {
    let scene = Scene::in_memory();
    scene.objects.deny("secret");
    for (bucket, key, name, words) in [
        ("archives", "nothing", None, "body /source s3://archives/nothing does not exist"),
        ("secret", "a", None, "body /source access to s3://secret/a is denied"),
        ("archives", "folder/", None, "body /source/key "),
        ("archives", "out/final.zip", Some(".."), "body /fileName "),
        ("archives", "out/final.zip", Some("a/b"), "body /fileName "),
        ("archives", "out/final.zip", Some("a\nb"), "body /fileName "),
    ] {
        let mut body = json!({"source": {"bucket": bucket, "key": key}});
        if let Some(name) = name {
            body["fileName"] = json!(name);
        }
        let answer = scene.post(&body).await;
        let violations = answer.violations();
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words} in {violations:?}");
        assert_eq!(answer.status, 422);
    }
    assert!(scene.queue.sent().is_empty());
}

#[tokio::test]
async fn an_unknown_job_is_404() {
    let id = "4f0f6f2c-9c0e-5c59-9a39-0d1f5b6c9a11";
    let answer = Scene::in_memory().call(got("/transfers", "transferId", id)).await;
    assert_eq!((answer.status, &answer.body["status"]), (404, &json!(404)));
}
