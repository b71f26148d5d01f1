//! The functions `images` and `image-tagger`: what owners see, and what becomes of uploads.

mod deletion;
mod operations;
mod tagging;

use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use handlers::generated::images::dispatch;
use handlers::images::{ImageRecord, ImageTagger, ImagesFunction, Ports};
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress, ObjectStore as _};
use handlers::queue::MemoryQueue;
use handlers::recognition::{Picture, RecognitionError, Recognizer, Tag};
use handlers::runtime::Failure;
use handlers::store::{MemoryStore, RevisedStore};
use serde_json::{Value, json};

use crate::event::{Answer, deliver_as, parts, posted, recorded, with_query};

const BUCKET: &str = "images";

/// What a recognizer says, and does before.
#[derive(Clone, Copy, Debug)]
enum Says {
    Tags(&'static [&'static str]),
    Refused,
    Unavailable,
    /// Somebody deletes the image while the recognizer looks.
    Deleted,
    /// Somebody uploads another picture while the recognizer looks.
    Replaced,
}

/// Says what it was told to, one after the other, and notes how many times it was asked.
#[derive(Clone, Debug)]
struct Scripted {
    says: Arc<Mutex<VecDeque<Says>>>,
    asked: Arc<Mutex<usize>>,
    objects: Arc<InMemory>,
    records: Arc<dyn RevisedStore<ImageRecord>>,
}

impl Recognizer for Scripted {
    async fn recognize(&self, _: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        *self.asked.lock().unwrap() += 1;
        let says = self.says.lock().unwrap().pop_front().unwrap();
        let keys = self.objects.keys(BUCKET);
        match says {
            Says::Tags(names) => {
                return Ok(names.iter().map(|name| Tag::new(name, 0.99).unwrap()).collect());
            }
            Says::Refused => {
                return Err(RecognitionError::Refused("the service does not take it".to_owned()));
            }
            Says::Unavailable => return Err(RecognitionError::Unavailable("it is away".into())),
            Says::Deleted => {
                self.objects.delete(BUCKET, &keys).await.unwrap();
                let id = keys[0].rsplit('/').next().unwrap();
                self.records.remove(id).await.unwrap();
            }
            Says::Replaced => {
                self.objects.place(&ObjectAddress::new(BUCKET, &keys[0]), picture(7, 7));
            }
        }
        Ok(vec![Tag::new("gone", 0.99).unwrap()])
    }
}

struct Scene {
    objects: Arc<InMemory>,
    records: Arc<dyn RevisedStore<ImageRecord>>,
    queue: Arc<MemoryQueue>,
    function: ImagesFunction,
    tagger: ImageTagger<Scripted>,
    recognizer: Scripted,
}

impl Scene {
    fn new(says: &[Says]) -> Self {
        let objects = Arc::new(InMemory::default());
        let queue = Arc::new(MemoryQueue::default());
        let records: Arc<dyn RevisedStore<ImageRecord>> = Arc::new(MemoryStore::default());
        let ports = Ports {
            records: Arc::clone(&records),
            objects: objects.clone(),
            forms: objects.clone(),
            queue: queue.clone(),
            bucket: BUCKET.to_owned(),
            settings: Settings { max_receives: 4, retry_after: Duration::from_secs(20) },
        };
        let recognizer = Scripted {
            says: Arc::new(Mutex::new(says.iter().copied().collect())),
            asked: Arc::default(),
            objects: Arc::clone(&objects),
            records: Arc::clone(&records),
        };
        let function = ImagesFunction::new(&ports);
        let tagger = ImageTagger::new(&ports, recognizer.clone());
        Self { objects, records, queue, function, tagger, recognizer }
    }

    /// A call by this user.
    async fn call(&self, mut event: Value, sub: &str) -> Answer {
        event["requestContext"]["authorizer"] = json!({"claims": {"sub": sub, "token_use": "id"}});
        let (event, context) = parts(event);
        dispatch(&self.function, &event, &context).await.into()
    }

    /// Creates an image of this user; answers its identifier and the form's fields.
    async fn create(&self, sub: &str) -> (String, Value) {
        let new = json!({"contentType": "image/png", "fileName": "lake.png"});
        let created = self.call(posted("/images", &new), sub).await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        let id = created.body["imageId"].as_str().unwrap().to_owned();
        assert_eq!(created.location, Some(format!("/dev/images/{id}")));
        (id, created.body)
    }

    /// Uploads to the image's place; answers what S3 tells of it.
    fn upload(&self, sub: &str, id: &str, body: impl Into<handlers::objects::Body>) -> String {
        let key = format!("images/{sub}/{id}");
        self.objects.place_as(&ObjectAddress::new(BUCKET, &key), body, "image/png");
        message(&key)
    }

    async fn get(&self, sub: &str, id: &str) -> Answer {
        self.call(to("GET", "/images/{imageId}", id), sub).await
    }

    async fn list(&self, sub: &str, query: &[(&str, &str)]) -> Answer {
        self.call(with_query(to("GET", "/images", ""), query), sub).await
    }

    async fn deliver(&self, message: &str, receive_count: u32) -> Result<(), Failure> {
        deliver_as("m-1", &self.tagger, message, receive_count).await
    }

    fn asked(&self) -> usize {
        *self.recognizer.asked.lock().unwrap()
    }
}

fn message(key: &str) -> String {
    json!({"Records": [{
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Post",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}},
    }]})
    .to_string()
}

fn to(method: &str, resource: &str, id: &str) -> Value {
    let mut event = recorded("get_user");
    event["httpMethod"] = json!(method);
    event["resource"] = json!(resource);
    event["pathParameters"] = if id.is_empty() { Value::Null } else { json!({"imageId": id}) };
    event
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = image::DynamicImage::new_rgb8(width, height);
    pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
