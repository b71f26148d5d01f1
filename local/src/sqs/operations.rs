//! The operations of SQS, as its JSON protocol has them.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::message::{Message, Receipt, md5};
use super::moves::Moves;
use super::query::{self, Form};
use super::queues::{QueueSpec, Queues, ReceiveOptions, arn};
use super::sending::{MAX_SIZE, Sending};
use super::store::Change;
use super::{batch, fault};
use crate::aws_json::{Fault, FormAnswer, FormRequest, Operations, input};
use crate::environment::ACCOUNT_ID;

/// What is not in this list changes queues, which are as the document declares them, or who may
/// use them, which is everybody here.
const OFFERED: &str = "SendMessage, SendMessageBatch, ReceiveMessage, DeleteMessage, \
    DeleteMessageBatch, ChangeMessageVisibility, ChangeMessageVisibilityBatch, GetQueueUrl, \
    GetQueueAttributes, ListQueues, ListDeadLetterSourceQueues, PurgeQueue, StartMessageMoveTask \
    and ListMessageMoveTasks";

/// Longest visibility timeout, in seconds.
const MAX_VISIBILITY: u32 = 43_200;

/// Answers requests from the queues.
#[derive(Debug)]
pub(super) struct QueueOperations {
    pub(super) queues: Arc<Queues>,
    pub(super) moves: Moves,
}

impl Operations for QueueOperations {
    const TARGET: &'static str = "AmazonSQS";
    const MEDIA_TYPE: &'static str = "application/x-amz-json-1.0";

    fn form(&self, request: &FormRequest<'_>) -> Option<FormAnswer> {
        let form = Form::parse(request.query, request.body);
        let sent = form.send_message(request.path).and_then(|input| {
            let input = serde_json::from_value(input);
            self.send(input.map_err(|error| fault::invalid_parameter(error.to_string()))?)
        });
        Some(query::answer(sent, request.accepts_json, request.id))
    }

    async fn call(&self, operation: &str, bytes: &[u8]) -> Result<Value, Fault> {
        let queues = &*self.queues;
        match operation {
            "SendMessage" => self.send(input(bytes)?),
            "SendMessageBatch" => batch::send(queues, input(bytes)?),
            "ReceiveMessage" => self.receive(input(bytes)?).await,
            "DeleteMessage" => self.delete(&input(bytes)?),
            "DeleteMessageBatch" => batch::delete(queues, input(bytes)?),
            "ChangeMessageVisibility" => change_visibility(queues, &input(bytes)?),
            "ChangeMessageVisibilityBatch" => batch::change_visibility(queues, input(bytes)?),
            "GetQueueUrl" => self.url(&input(bytes)?),
            "GetQueueAttributes" => self.attributes(&input(bytes)?),
            "ListQueues" => self.list(&input(bytes)?),
            "ListDeadLetterSourceQueues" => self.sources(&input(bytes)?),
            "PurgeQueue" => {
                queues.purge(queue_name(&input::<QueueInput>(bytes)?.queue_url)?)?;
                Ok(json!({}))
            }
            "StartMessageMoveTask" => self.moves.start(queues, &input(bytes)?),
            "ListMessageMoveTasks" => self.moves.list(queues, &input(bytes)?),
            other => Err(fault::unsupported(format!(
                "{other} is not offered on this machine, where queues are as x-lychgate.queues \
                 declares them; offered are {OFFERED}"
            ))),
        }
    }
}

/// The name of a queue by its URL, of which only the last part is read: clients may reach this
/// machine by several names.
pub(super) fn queue_name(url: &Option<String>) -> Result<&str, Fault> {
    let url = url.as_deref().ok_or_else(|| fault::missing_parameter("QueueUrl"))?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueInput {
    queue_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendInput {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: Sending,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveInput {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    /// The older name of the next.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteInput {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

/// How long a message in flight stays so.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityInput {
    pub(super) queue_url: Option<String>,
    pub(super) receipt_handle: Option<String>,
    pub(super) visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameInput {
    queue_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesInput {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    #[serde(default)]
    queue_name_prefix: String,
}

impl QueueOperations {
    fn send(&self, input: SendInput) -> Result<Value, Fault> {
        let queue = queue_name(&input.queue_url)?;
        let message = input.message.check()?;
        let digests = batch::digests(&message);
        let ids = self.queues.send(queue, &[message])?;
        Ok(batch::sent(ids.into_iter().next().unwrap_or_default(), digests))
    }

    async fn receive(&self, input: ReceiveInput) -> Result<Value, Fault> {
        let queue = queue_name(&input.queue_url)?;
        let limit = bounded(input.max_number_of_messages, "MaxNumberOfMessages", 1, 10)?;
        let wait = bounded(input.wait_time_seconds, "WaitTimeSeconds", 0, 20)?;
        let visibility = input.visibility_timeout;
        let options = ReceiveOptions {
            limit: limit.unwrap_or(1),
            wait: Duration::from_secs(wait.unwrap_or(0).into()),
            visibility_timeout_seconds: bounded(
                visibility,
                "VisibilityTimeout",
                0,
                MAX_VISIBILITY,
            )?,
        };
        let messages = self.queues.receive(queue, options).await?;
        if messages.is_empty() {
            return Ok(json!({}));
        }
        let system = [input.attribute_names, input.message_system_attribute_names].concat();
        let shown = |message: &Message| received(message, &system, &input.message_attribute_names);
        Ok(json!({ "Messages": messages.iter().map(shown).collect::<Vec<_>>() }))
    }

    fn delete(&self, input: &DeleteInput) -> Result<Value, Fault> {
        let receipt = receipt(&input.receipt_handle)?;
        self.queues.delete(queue_name(&input.queue_url)?, &[receipt])?;
        Ok(json!({}))
    }

    fn url(&self, input: &NameInput) -> Result<Value, Fault> {
        let name = input.queue_name.as_deref();
        let name = name.ok_or_else(|| fault::missing_parameter("QueueName"))?;
        self.queues.spec(name)?;
        Ok(json!({ "QueueUrl": self.queues.url(name) }))
    }

    fn attributes(&self, input: &AttributesInput) -> Result<Value, Fault> {
        let spec = self.queues.spec(queue_name(&input.queue_url)?)?;
        let known = self.known_attributes(&spec)?;
        let mut attributes = Map::new();
        for name in &input.attribute_names {
            match (name.as_str(), known.get(name)) {
                ("All", _) => attributes.extend(known.clone()),
                (_, Some(value)) => _ = attributes.insert(name.clone(), value.clone()),
                _ => return Err(fault::invalid_attribute_name(name)),
            }
        }
        Ok(json!({ "Attributes": attributes }))
    }

    /// All of them are text.
    fn known_attributes(&self, spec: &QueueSpec) -> Result<Map<String, Value>, Fault> {
        let counts = self.queues.counts(&spec.name)?;
        let mut known = Map::new();
        let mut set = |name: &str, value: String| _ = known.insert(name.to_owned(), value.into());
        set("QueueArn", arn(&spec.name));
        set("ApproximateNumberOfMessages", counts.visible.to_string());
        set("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string());
        set("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string());
        set("VisibilityTimeout", spec.visibility_timeout_seconds.to_string());
        set("MessageRetentionPeriod", spec.retention_seconds.to_string());
        set("MaximumMessageSize", MAX_SIZE.to_string());
        set("DelaySeconds", spec.delay_seconds.to_string());
        set("ReceiveMessageWaitTimeSeconds", "0".to_owned());
        if let Some(max_receives) = spec.max_receives {
            let target = arn(&spec.dead_letters());
            let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": max_receives });
            set("RedrivePolicy", policy.to_string());
        } else if let Some(source) = self.queues.source_of(&spec.name) {
            let sources = json!([arn(&source.name)]);
            let policy = json!({ "redrivePermission": "byQueue", "sourceQueueArns": sources });
            set("RedriveAllowPolicy", policy.to_string());
        }
        Ok(known)
    }

    fn list(&self, input: &ListInput) -> Result<Value, Fault> {
        let names = self.queues.names().into_iter();
        let names = names.filter(|name| name.starts_with(&input.queue_name_prefix));
        Ok(json!({ "QueueUrls": names.map(|name| self.queues.url(&name)).collect::<Vec<_>>() }))
    }

    fn sources(&self, input: &QueueInput) -> Result<Value, Fault> {
        let spec = self.queues.spec(queue_name(&input.queue_url)?)?;
        let sources = self.queues.source_of(&spec.name).into_iter();
        let urls: Vec<_> = sources.map(|source| self.queues.url(&source.name)).collect();
        // The operation's output spells it unlike all others.
        Ok(json!({ "queueUrls": urls }))
    }
}

/// Has a message be seen again after so long from now.
pub(super) fn change_visibility(queues: &Queues, input: &VisibilityInput) -> Result<Value, Fault> {
    let queue = queue_name(&input.queue_url)?;
    let receipt = receipt(&input.receipt_handle)?;
    let seconds = bounded(input.visibility_timeout, "VisibilityTimeout", 0, MAX_VISIBILITY)?;
    let seconds = seconds.ok_or_else(|| fault::missing_parameter("VisibilityTimeout"))?;
    match queues.change_visibility(queue, &receipt, seconds)? {
        Change::Done => Ok(json!({})),
        Change::NotInFlight => Err(fault::not_in_flight()),
        Change::Gone => Err(fault::gone(&receipt.handle())),
    }
}

/// The receipt that a handle stands for.
pub(super) fn receipt(handle: &Option<String>) -> Result<Receipt, Fault> {
    let handle = handle.as_deref().ok_or_else(|| fault::missing_parameter("ReceiptHandle"))?;
    Receipt::of_handle(handle).ok_or_else(|| fault::invalid_receipt(handle))
}

/// A number within its limits.
pub(super) fn bounded(
    value: Option<i64>,
    name: &str,
    least: u32,
    most: u32,
) -> Result<Option<u32>, Fault> {
    let Some(value) = value else { return Ok(None) };
    match u32::try_from(value) {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => {
            let reason = format!("Must be between {least} and {most}, if provided.");
            Err(fault::invalid_value(value, name, &reason))
        }
    }
}

/// A message as `ReceiveMessage` answers it.
fn received(message: &Message, system: &[String], names: &[String]) -> Value {
    let mut shown = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt.handle(),
        "MD5OfBody": md5(&message.body),
        "Body": message.body,
    });
    let all = system.iter().any(|name| name == "All");
    let mut known = system_attributes(message);
    known.retain(|name, _| all || system.contains(name));
    if !known.is_empty() {
        shown["Attributes"] = known.into();
    }
    let attributes = message.attributes.selected(names);
    if let Some(digest) = attributes.md5() {
        shown["MessageAttributes"] = json!(attributes);
        shown["MD5OfMessageAttributes"] = digest.into();
    }
    shown
}

/// `ApproximateReceiveCount` and all others; text, each.
pub(crate) fn system_attributes(message: &Message) -> Map<String, Value> {
    let mut known = Map::new();
    let mut set = |name: &str, value: String| _ = known.insert(name.to_owned(), value.into());
    set("ApproximateReceiveCount", message.receive_count.to_string());
    set("SentTimestamp", message.sent_at.to_string());
    set("SenderId", ACCOUNT_ID.to_owned());
    set("ApproximateFirstReceiveTimestamp", message.first_received_at.to_string());
    if let Some(header) = &message.trace_header {
        set("AWSTraceHeader", header.clone());
    }
    if let Some(group) = &message.group_id {
        set("MessageGroupId", group.clone());
    }
    if let Some(source) = &message.dead_letter_source {
        set("DeadLetterQueueSourceArn", arn(source));
    }
    known
}
