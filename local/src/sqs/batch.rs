//! Operations on up to ten messages at once, each of which succeeds or fails by itself.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fault;
use super::message::{MessageAttribute, MessageAttributes, NewMessage, md5};
use super::operations::{VisibilityInput, change_visibility as change_one, queue_name, receipt};
use super::queues::Queues;
use super::sending::{MAX_SIZE, Sending, size};
use crate::aws_json::Fault;

/// Most entries of a request.
const MAX_ENTRIES: usize = 10;

/// Longest id of an entry.
const MAX_ID: usize = 80;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput<E> {
    queue_url: Option<String>,
    entries: Option<Vec<Entry<E>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<E> {
    id: String,
    #[serde(flatten)]
    what: E,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Deletion {
    receipt_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityChange {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

/// `SendMessageBatch`
pub(super) fn send(queues: &Queues, input: BatchInput<Sending>) -> Result<Value, Fault> {
    let (queue, entries) = checked(input)?;
    queues.spec(&queue)?;
    let mut outcome = Outcome::default();
    let mut messages: Vec<(String, NewMessage)> = Vec::new();
    for entry in entries {
        match entry.what.check() {
            Ok(message) => messages.push((entry.id, message)),
            Err(fault) => outcome.failed(&entry.id, &fault),
        }
    }
    let total = messages.iter().map(|(_, message)| size(message)).sum();
    if total > MAX_SIZE {
        return Err(fault::batch_too_long(total, MAX_SIZE));
    }
    let (ids, messages): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
    let message_ids = queues.send(&queue, &messages)?;
    for ((id, message), message_id) in ids.iter().zip(&messages).zip(message_ids) {
        outcome.succeeded(id, sent(message_id, digests(message)));
    }
    Ok(outcome.output())
}

/// `DeleteMessageBatch`
pub(super) fn delete(queues: &Queues, input: BatchInput<Deletion>) -> Result<Value, Fault> {
    each(queues, input, |queue, deletion: Deletion| {
        queues.delete(queue, &[receipt(&deletion.receipt_handle)?])?;
        Ok(())
    })
}

/// `ChangeMessageVisibilityBatch`
pub(super) fn change_visibility(
    queues: &Queues,
    input: BatchInput<VisibilityChange>,
) -> Result<Value, Fault> {
    each(queues, input, |queue, change: VisibilityChange| {
        let change = VisibilityInput {
            queue_url: Some(queue.to_owned()),
            receipt_handle: change.receipt_handle,
            visibility_timeout: change.visibility_timeout,
        };
        change_one(queues, &change).map(|_| ())
    })
}

fn each<E>(
    queues: &Queues,
    input: BatchInput<E>,
    work: impl Fn(&str, E) -> Result<(), Fault>,
) -> Result<Value, Fault> {
    let (queue, entries) = checked(input)?;
    queues.spec(&queue)?;
    let mut outcome = Outcome::default();
    for entry in entries {
        match work(&queue, entry.what) {
            Ok(()) => outcome.succeeded(&entry.id, json!({})),
            Err(fault) => outcome.failed(&entry.id, &fault),
        }
    }
    Ok(outcome.output())
}

/// The queue's name and the entries, if they are well identified.
fn checked<E>(input: BatchInput<E>) -> Result<(String, Vec<Entry<E>>), Fault> {
    let queue = queue_name(&input.queue_url)?.to_owned();
    let entries = input.entries.filter(|entries| !entries.is_empty());
    let entries = entries.ok_or_else(fault::empty_batch)?;
    if entries.len() > MAX_ENTRIES {
        return Err(fault::too_many_entries(entries.len()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut seen = HashSet::new();
    for Entry { id, .. } in &entries {
        if !(1..=MAX_ID).contains(&id.len()) || !id.chars().all(plain) {
            return Err(fault::invalid_entry_id());
        }
        if !seen.insert(id.clone()) {
            return Err(fault::entry_ids_not_distinct(id));
        }
    }
    Ok((queue, entries))
}

/// What became of each entry.
#[derive(Default)]
struct Outcome {
    successful: Vec<Value>,
    failed: Vec<Value>,
}

impl Outcome {
    fn succeeded(&mut self, id: &str, mut result: Value) {
        result["Id"] = id.into();
        self.successful.push(result);
    }

    fn failed(&mut self, id: &str, fault: &Fault) {
        self.failed.push(json!({
            "Id": id,
            "SenderFault": fault.status.is_client_error(),
            "Code": fault.query_code.unwrap_or("InternalError"),
            "Message": fault.message,
        }));
    }

    fn output(self) -> Value {
        json!({ "Successful": self.successful, "Failed": self.failed })
    }
}

/// By which a sender sees that its message arrived as it was.
pub(super) fn digests(message: &NewMessage) -> Map<String, Value> {
    let system = message
        .trace_header
        .iter()
        .map(|header| ("AWSTraceHeader".to_owned(), MessageAttribute::text("String", header)));
    let all = [
        ("MD5OfMessageBody", Some(md5(&message.body))),
        ("MD5OfMessageAttributes", message.attributes.md5()),
        ("MD5OfMessageSystemAttributes", MessageAttributes(system.collect()).md5()),
    ];
    all.into_iter().filter_map(|(name, digest)| Some((name.to_owned(), digest?.into()))).collect()
}

/// The result of sending one.
pub(super) fn sent(message_id: String, mut digests: Map<String, Value>) -> Value {
    digests.insert("MessageId".to_owned(), message_id.into());
    digests.into()
}
