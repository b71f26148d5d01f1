//! Moving dead letters back: `StartMessageMoveTask`. All of a queue go at once, so that no task is
//! ever running; those that were are remembered until the process ends.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::queues::{Queues, name_of_arn};
use crate::aws_json::Fault;

/// SQS lists ten of a queue at most.
const MAX_REMEMBERED: usize = 10;

/// The tasks that were, newest first.
#[derive(Debug, Default)]
pub(super) struct Moves {
    done: Mutex<VecDeque<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartInput {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    source_arn: Option<String>,
    max_results: Option<usize>,
}

impl Moves {
    pub(super) fn start(&self, queues: &Queues, input: &StartInput) -> Result<Value, Fault> {
        let (arn, source) = source(queues, input.source_arn.as_deref())?;
        if input.max_number_of_messages_per_second.is_some() {
            let message = "messages are moved all at once on this machine; leave out \
                MaxNumberOfMessagesPerSecond";
            return Err(fault::unsupported(message));
        }
        let destination = match input.destination_arn.as_deref() {
            Some(arn) => Some(name_of_arn(arn).ok_or_else(fault::resource_not_found)?),
            None => None,
        };
        let moved = queues.redrive(source, destination)?;
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut task = json!({
            "Status": "COMPLETED",
            "SourceArn": arn,
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": u64::try_from(started.as_millis()).unwrap_or(u64::MAX),
        });
        if let Some(destination) = &input.destination_arn {
            task["DestinationArn"] = destination.as_str().into();
        }
        let handle = STANDARD.encode(task.to_string());
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push_front(task);
        done.truncate(MAX_REMEMBERED);
        Ok(json!({ "TaskHandle": handle }))
    }

    pub(super) fn list(&self, queues: &Queues, input: &ListInput) -> Result<Value, Fault> {
        let (arn, _) = source(queues, input.source_arn.as_deref())?;
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let results = done.iter().filter(|task| task["SourceArn"] == arn);
        let results: Vec<_> = results.take(input.max_results.unwrap_or(1)).collect();
        Ok(json!({ "Results": results }))
    }
}

/// The dead-letter queue that the ARN names.
fn source<'a>(queues: &Queues, arn: Option<&'a str>) -> Result<(&'a str, &'a str), Fault> {
    let arn = arn.ok_or_else(|| fault::missing_parameter("SourceArn"))?;
    let name = name_of_arn(arn).ok_or_else(fault::resource_not_found)?;
    let spec = queues.spec(name).map_err(|_| fault::resource_not_found())?;
    if spec.max_receives.is_some() {
        let message = "Source queue must be configured as a Dead Letter Queue.";
        return Err(fault::invalid_parameter(message));
    }
    Ok((arn, name))
}
