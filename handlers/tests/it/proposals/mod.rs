//! The functions `proposals` and `proposal-intake`: every way that a proposal comes, and every end
//! that it takes.

mod endings;
mod faults;
mod intake;
mod operations;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use handlers::generated::proposals::dispatch;
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress, ObjectStore};
use handlers::proposals::{Ports, ProposalIntake, ProposalRecord, ProposalsFunction};
use handlers::queue::MemoryQueue;
use handlers::runtime::Failure;
use handlers::store::RevisedStore;
use serde_json::{Value, json};

use crate::event::{Answer, deliver_as, parts, recorded, with_body, with_header, with_query};

struct Scene {
    objects: Arc<InMemory>,
    records: Arc<dyn RevisedStore<ProposalRecord>>,
    queue: Arc<MemoryQueue>,
    function: ProposalsFunction,
    intake: ProposalIntake,
}

impl Scene {
    fn in_memory() -> Self {
        Self::scripted().0
    }

    fn with_records(records: Arc<dyn RevisedStore<ProposalRecord>>) -> Self {
        let objects = Arc::new(InMemory::default());
        Self::of(Arc::clone(&objects), objects, records)
    }

    /// A scene whose functions reach their objects by way of this store.
    fn of(
        objects: Arc<InMemory>,
        reached: Arc<dyn ObjectStore>,
        records: Arc<dyn RevisedStore<ProposalRecord>>,
    ) -> Self {
        let queue = Arc::new(MemoryQueue::default());
        let ports = Ports {
            records: Arc::clone(&records),
            objects: reached,
            queue: queue.clone(),
            documents_bucket: "documents".to_owned(),
            submissions_bucket: "submissions".to_owned(),
            settings: Settings { max_receives: 4, retry_after: Duration::from_secs(20) },
        };
        let (function, intake) = (ProposalsFunction::new(&ports), ProposalIntake::new(&ports));
        Self { objects, records, queue, function, intake }
    }

    async fn call(&self, event: Value) -> Answer {
        let (event, context) = parts(event);
        dispatch(&self.function, &event, &context).await.into()
    }

    async fn create(&self, proposal: &Value) -> Answer {
        self.call(crate::event::posted("/proposals", proposal)).await
    }

    async fn get(&self, id: &str) -> Answer {
        self.call(to("GET", "/proposals/{proposalId}", id)).await
    }

    async fn replace(&self, id: &str, e_tag: &str, change: &Value) -> Answer {
        let event = with_body(to("PUT", "/proposals/{proposalId}", id), change);
        self.call(with_header(with_json(event), "If-Match", e_tag)).await
    }

    async fn delete(&self, id: &str) -> Answer {
        self.call(to("DELETE", "/proposals/{proposalId}", id)).await
    }

    /// Every page of a list, in one.
    async fn list(&self, client: Option<&str>, limit: &str) -> Vec<Value> {
        let (mut all, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", limit)];
            query.extend(client.map(|client| ("clientId", client)));
            query.extend(token.as_deref().map(|token| ("nextToken", token)));
            let answer = self.call(with_query(to("GET", "/proposals", ""), &query)).await;
            assert_eq!(answer.status, 200, "{:?}", answer.body);
            all.extend(answer.body["proposals"].as_array().unwrap().clone());
            match answer.body["nextToken"].as_str() {
                Some(next) => token = Some(next.to_owned()),
                None => return all,
            }
        }
    }

    /// Submits a payload by way of S3; answers what S3 tells of it, as a message.
    async fn submit(&self, id: &str, payload: impl Into<Bytes>) -> String {
        self.submit_as(id, payload, "application/octet-stream").await
    }

    async fn submit_as(&self, id: &str, payload: impl Into<Bytes>, media_type: &str) -> String {
        self.objects.place_as(&submission(id), payload.into(), media_type);
        self.message(id).await
    }

    /// What S3 tells of the submission that is there.
    async fn message(&self, id: &str) -> String {
        let version = self.version(id).await;
        let encoded = format!("submissions/{id}").replace(' ', "+");
        message(&encoded, &version)
    }

    async fn version(&self, id: &str) -> String {
        self.objects.describe(&submission(id)).await.unwrap().version_id.unwrap()
    }

    async fn deliver(&self, message: &str, receive_count: u32) -> Result<(), Failure> {
        deliver_as("m-1", &self.intake, message, receive_count).await
    }

    /// What the status object says.
    fn told(&self, id: &str) -> Option<String> {
        let address = ObjectAddress::new("submissions", format!("status/{id}.csv"));
        Some(String::from_utf8(self.objects.body(&address)?.to_vec()).unwrap())
    }

    /// The documents that are there.
    fn documents(&self) -> Vec<Vec<u8>> {
        let keys = self.objects.keys("documents").into_iter();
        keys.map(|key| self.objects.body(&ObjectAddress::new("documents", key)).unwrap().to_vec())
            .collect()
    }

    async fn record(&self, id: &str) -> Option<ProposalRecord> {
        self.records.get(id).await.unwrap()
    }
}

fn submission(id: &str) -> ObjectAddress {
    ObjectAddress::new("submissions", format!("submissions/{id}"))
}

fn message(key: &str, version: &str) -> String {
    json!({"Records": [{
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "submissions"}, "object": {"key": key, "versionId": version}},
    }]})
    .to_string()
}

/// A call of this method; no test looks at what is as recorded.
fn to(method: &str, resource: &str, id: &str) -> Value {
    let mut event = recorded("get_user");
    event["httpMethod"] = json!(method);
    event["requestContext"]["httpMethod"] = json!(method);
    event["resource"] = json!(resource);
    event["pathParameters"] = if id.is_empty() { Value::Null } else { json!({"proposalId": id}) };
    event
}

fn with_json(event: Value) -> Value {
    with_header(event, "Content-Type", "application/json")
}

fn proposal(id: &str, document: &[u8]) -> Value {
    json!({
        "proposalId": id, "clientId": "c-7", "title": "Pension 2027",
        "document": {
            "fileName": "plan.pdf", "mediaType": "application/pdf",
            "content": STANDARD.encode(document),
        },
    })
}

/// Bytes that no store holds as zeros.
fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8 | 1).collect()
}
