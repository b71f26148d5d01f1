//! Batches of messages as a function gets them, and what its answer says of each.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gateway::function::MAX_PAYLOAD;
use gateway::invoke::Invocation;
use serde_json::{Map, Value, json};

use crate::environment::REGION;
use crate::sqs::{Message, Receipt, arn, md5, system_attributes};

/// What one call of a function is about.
#[derive(Debug)]
pub(super) struct Batch {
    /// The event: `{"Records": [...]}`.
    pub(super) event: Bytes,
    pub(super) messages: Vec<Message>,
}

const OPEN: &str = r#"{"Records":["#;
const CLOSE: &str = "]}";

/// Batches that a call can carry, each as long as possible.
pub(super) fn split(messages: Vec<Message>, queue: &str) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut event = OPEN.to_owned();
    let mut taken = Vec::new();
    for message in messages {
        let record = record(&message, queue).to_string();
        let size = event.len() + 1 + record.len() + CLOSE.len();
        if !taken.is_empty() && size > MAX_PAYLOAD {
            let full = std::mem::replace(&mut event, OPEN.to_owned());
            batches.push(batch(full, std::mem::take(&mut taken)));
        }
        if !taken.is_empty() {
            event.push(',');
        }
        event.push_str(&record);
        taken.push(message);
    }
    if !taken.is_empty() {
        batches.push(batch(event, taken));
    }
    batches
}

fn batch(mut event: String, messages: Vec<Message>) -> Batch {
    event.push_str(CLOSE);
    Batch { event: event.into(), messages }
}

/// A message as Lambda shows it (developer guide, "Using Lambda with Amazon SQS").
fn record(message: &Message, queue: &str) -> Value {
    let attributes = system_attributes(message);
    let attributes: Map<_, _> = attributes.into_iter().collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt.handle(),
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": message_attributes(message),
        "md5OfBody": md5(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn(queue),
        "awsRegion": REGION,
    });
    if let Some(digest) = message.attributes.md5() {
        record["md5OfMessageAttributes"] = digest.into();
    }
    record
}

fn message_attributes(message: &Message) -> Map<String, Value> {
    let shown = message.attributes.0.iter().map(|(name, attribute)| {
        let mut shown = json!({
            "dataType": attribute.data_type,
            "stringListValues": [],
            "binaryListValues": [],
        });
        match attribute.kind() {
            "Binary" => {
                shown["binaryValue"] =
                    STANDARD.encode(attribute.bytes().unwrap_or_default()).into();
            }
            _ => shown["stringValue"] = attribute.string_value.clone().into(),
        }
        (name.clone(), shown)
    });
    shown.collect()
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All messages are done but those with these ids.
    Done {
        /// Ids of messages that come again.
        failed: HashSet<String>,
    },
    /// All messages come again.
    Failure {
        /// Why, for people.
        reason: String,
    },
}

impl Outcome {
    /// All messages come again.
    pub(super) fn failure(reason: impl Into<String>) -> Self {
        Self::Failure { reason: reason.into() }
    }

    /// What a function's answer says, with `ReportBatchItemFailures`: nothing and an empty list mean
    /// success, an identifier that is not one of the batch means that all failed (developer guide,
    /// "Implementing partial batch responses").
    pub(super) fn of(messages: &[Message], answer: &Invocation) -> Self {
        if answer.function_error {
            return Self::failure(error_message(&answer.payload));
        }
        let malformed = |what: &str| Self::failure(format!("its answer is not one: {what}"));
        if answer.payload.iter().all(u8::is_ascii_whitespace) {
            return Self::Done { failed: HashSet::new() };
        }
        let answer = match serde_json::from_slice::<Value>(&answer.payload) {
            Ok(Value::Null) => return Self::Done { failed: HashSet::new() },
            Ok(Value::Object(answer)) => answer,
            Ok(_) => return malformed("an object is expected"),
            Err(error) => return malformed(&error.to_string()),
        };
        let failures = match answer.get("batchItemFailures") {
            None | Some(Value::Null) => return Self::Done { failed: HashSet::new() },
            Some(Value::Array(failures)) => failures,
            Some(_) => return malformed("batchItemFailures is a list"),
        };
        let mut failed = HashSet::new();
        for failure in failures {
            let id = failure["itemIdentifier"].as_str().unwrap_or_default();
            if !messages.iter().any(|message| message.message_id == id) {
                return malformed(&format!("no message of the batch has the identifier `{id}`"));
            }
            failed.insert(id.to_owned());
        }
        Self::Done { failed }
    }

    /// Receipts of the messages that are to be deleted.
    pub(super) fn done(&self, messages: &[Message]) -> Vec<Receipt> {
        let Self::Done { failed } = self else { return Vec::new() };
        let done = messages.iter().filter(|message| !failed.contains(&message.message_id));
        done.map(|message| message.receipt.clone()).collect()
    }
}

/// What an error document says, shortened: it may hold anything.
fn error_message(document: &[u8]) -> String {
    const LONGEST: usize = 300;
    let text = String::from_utf8_lossy(document);
    let message = serde_json::from_slice::<Value>(document).ok().and_then(|document| {
        let part = |name: &str| document[name].as_str().filter(|text| !text.is_empty());
        match (part("errorType"), part("errorMessage")) {
            (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    });
    let message = message.unwrap_or_else(|| text.into_owned());
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqs::tests::message;

    fn of(answer: &str) -> Outcome {
        let messages = [message("m-1", "x"), message("m-2", "y")];
        let payload = Bytes::from(answer.to_owned());
        Outcome::of(&messages, &Invocation { payload, function_error: false })
    }

    #[test]
    fn an_event_is_that_of_lambda() {
        let batches = split(vec![message("m-1", "gr\u{fc}n")], "local-jobs");
        let event: Value = serde_json::from_slice(&batches[0].event).unwrap();
        let record = &event["Records"][0];
        assert_eq!(record["messageId"], "m-1");
        assert_eq!(record["body"], "gr\u{fc}n");
        assert_eq!(record["eventSource"], "aws:sqs");
        assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:000000000000:local-jobs");
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
        assert_eq!(record["receiptHandle"], batches[0].messages[0].receipt.handle());
        assert_eq!(record["messageAttributes"], json!({}));
    }

    #[test]
    fn a_batch_is_no_larger_than_a_call_may_be() {
        let big = "x".repeat(1_048_576);
        let messages = (0..10).map(|n| message(&format!("m-{n}"), &big)).collect();
        let batches = split(messages, "local-jobs");
        let sizes: Vec<_> = batches.iter().map(|batch| batch.messages.len()).collect();
        assert_eq!(sizes, [5, 5]);
        for batch in batches {
            assert!(batch.event.len() <= MAX_PAYLOAD);
            let event: Value = serde_json::from_slice(&batch.event).unwrap();
            assert_eq!(event["Records"].as_array().unwrap().len(), batch.messages.len());
        }
    }

    #[test]
    fn nothing_and_an_empty_list_mean_success() {
        for answer in
            ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#]
        {
            assert_eq!(of(answer), Outcome::Done { failed: HashSet::new() }, "{answer}");
        }
    }

    #[test]
    fn messages_that_failed_come_again_and_no_others() {
        let outcome = of(r#"{"batchItemFailures":[{"itemIdentifier":"m-2"}]}"#);
        let messages = [message("m-1", "x"), message("m-2", "y")];
        assert_eq!(outcome.done(&messages), [messages[0].receipt.clone()]);
    }

    #[test]
    fn an_answer_that_is_none_fails_the_whole_batch() {
        for answer in [
            "nonsense",
            "[]",
            r#""done""#,
            r#"{"batchItemFailures":{}}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"m-1"},{"itemIdentifier":"m-3"}]}"#,
        ] {
            assert!(matches!(of(answer), Outcome::Failure { .. }), "{answer}");
            assert!(of(answer).done(&[message("m-1", "x")]).is_empty());
        }
    }
}
