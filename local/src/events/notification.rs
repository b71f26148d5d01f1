//! Notifications of buckets: what happens to an object becomes an event of S3, for a queue or a
//! function (S3 user guide, "Amazon S3 Event Notifications").

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use openapi::model::{BucketEvent, FunctionReference, NotificationTarget};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::asynchronous::{self, Call};
use super::{Surroundings, reference};
use crate::environment::REGION;
use crate::plan::Plan;
use crate::s3::ObjectEvent;
use crate::services::ObjectEvents;
use crate::sqs::NewMessage;

/// What stands in a key of an event as it is; a space is a plus.
const KEY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// Who hears of a bucket's objects.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subscription {
    bucket: String,
    target: Target,
    prefix: String,
    suffix: String,
    created: bool,
    removed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Queue(String),
    Function { function: FunctionReference, on_failure: Option<String> },
}

/// The notifications of all buckets.
pub(super) struct Notifications {
    surroundings: Surroundings,
    subscriptions: RwLock<Vec<Subscription>>,
    calls: Mutex<JoinSet<()>>,
}

impl Notifications {
    pub(super) fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, subscriptions: RwLock::default(), calls: Mutex::default() }
    }

    /// Does what the document says from now on. Queues get a test event of a bucket whose
    /// notifications are new, as they do of S3.
    pub(super) fn follow(&self, plan: &Plan) {
        let subscriptions = subscriptions(plan);
        for bucket in &plan.buckets {
            let own: Vec<_> = subscriptions.iter().filter(|it| it.bucket == bucket.name).collect();
            let queues = &self.surroundings.queues;
            match queues.remember(&format!("notifications of {}", bucket.name), &format!("{own:?}"))
            {
                Ok(true) => own.iter().for_each(|subscription| self.test(subscription)),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "notifications are not remembered"),
            }
        }
        *self.subscriptions.write().unwrap_or_else(PoisonError::into_inner) = subscriptions;
    }

    /// Passes on what it hears of, until nobody can tell it anything.
    pub(super) async fn listen(self: Arc<Self>, mut objects: ObjectEvents) {
        while let Some(event) = objects.recv().await {
            self.pass_on(&event);
        }
    }

    /// Calls nobody any more.
    pub(super) fn stop(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    fn pass_on(&self, event: &ObjectEvent) {
        let subscriptions = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner);
        for subscription in subscriptions.iter().filter(|it| it.wants(event)) {
            let message = json!({ "Records": [record(event)] }).to_string();
            match &subscription.target {
                Target::Queue(queue) => self.send(queue, message),
                Target::Function { function, on_failure } => {
                    let call = Call {
                        function: function.clone(),
                        payload: message.into(),
                        on_failure: on_failure.clone(),
                    };
                    let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
                    while calls.try_join_next().is_some() {}
                    calls.spawn(asynchronous::run(call, self.surroundings.clone()));
                }
            }
        }
    }

    /// `s3:TestEvent`, which only queues get.
    fn test(&self, subscription: &Subscription) {
        let Target::Queue(queue) = &subscription.target else { return };
        let event = json!({
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": timestamp(SystemTime::now()),
            "Bucket": subscription.bucket,
            "RequestId": request_id(),
            "HostId": Uuid::new_v4().to_string(),
        });
        self.send(queue, event.to_string());
    }

    fn send(&self, queue: &str, body: String) {
        let message = NewMessage { body, ..NewMessage::default() };
        if let Err(error) = self.surroundings.queues.send(queue, &[message]) {
            tracing::error!(queue, %error, "a bucket's notification is lost");
        }
    }
}

impl Subscription {
    fn wants(&self, event: &ObjectEvent) -> bool {
        let kind = if event.name.is_created() { self.created } else { self.removed };
        kind && event.bucket == self.bucket
            && event.key.starts_with(&self.prefix)
            && event.key.ends_with(&self.suffix)
    }
}

fn subscriptions(plan: &Plan) -> Vec<Subscription> {
    let buckets = plan.buckets.iter();
    let all = buckets.flat_map(|spec| spec.bucket.notifications.iter().map(move |it| (spec, it)));
    all.filter_map(|(spec, notification)| {
        let has = |event| notification.events.contains(&event);
        Some(Subscription {
            bucket: spec.name.clone(),
            target: target(plan, &notification.target)?,
            prefix: notification.prefix.clone(),
            suffix: notification.suffix.clone(),
            created: has(BucketEvent::Created),
            removed: has(BucketEvent::Removed),
        })
    })
    .collect()
}

/// `None` if there is no such thing, which the reader has found out before.
fn target(plan: &Plan, target: &NotificationTarget) -> Option<Target> {
    let queue = |key: &str| {
        let queue = plan.queues.iter().find(|queue| queue.key == key)?;
        Some(queue.name.clone())
    };
    match target {
        NotificationTarget::Queue(key) => queue(key).map(Target::Queue),
        NotificationTarget::Function(key) => {
            let function = plan.functions.iter().find(|function| function.key == *key)?;
            let on_failure = function.function.on_failure.as_deref().and_then(queue);
            Some(Target::Function { function: reference(key, &function.name), on_failure })
        }
    }
}

/// Version 2.1 of the record (S3 user guide, "Event message structure").
fn record(event: &ObjectEvent) -> Value {
    let mut object = json!({
        "key": utf8_percent_encode(&event.key, KEY).to_string().replace(' ', "+"),
        "sequencer": event.sequencer,
    });
    if let Some(size) = event.size {
        object["size"] = size.into();
    }
    if let Some(etag) = &event.etag {
        object["eTag"] = etag.as_str().into();
    }
    if let Some(version) = &event.version_id {
        object["versionId"] = version.as_str().into();
    }
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": timestamp(event.time),
        "eventName": event.name.as_str(),
        "userIdentity": { "principalId": "AWS:local" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {
            "x-amz-request-id": request_id(),
            "x-amz-id-2": Uuid::new_v4().to_string(),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "x-lychgate",
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": { "principalId": "local" },
                "arn": format!("arn:aws:s3:::{}", event.bucket),
            },
            "object": object,
        },
    })
}

fn request_id() -> String {
    let id = Uuid::new_v4().simple().to_string().to_ascii_uppercase();
    id.chars().take(16).collect()
}

/// `2026-11-21T18:00:00.000Z`
pub(super) fn timestamp(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
