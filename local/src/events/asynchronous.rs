//! Asynchronous calls of functions, as those who do not wait for an answer make them: two retries,
//! and at last the function's `onFailure` (Lambda developer guide, "Understanding retry behavior",
//! "Capturing records of Lambda asynchronous invocations").

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use gateway::invoke::InvokeError;
use openapi::model::FunctionReference;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::Surroundings;
use super::notification::timestamp;
use crate::sqs::NewMessage;

/// How long Lambda waits before it calls a function that failed again.
const PAUSES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// Pauses between attempts to call a function that is throttled, which count as none.
const FIRST_THROTTLED: Duration = Duration::from_secs(1);
const LONGEST_THROTTLED: Duration = Duration::from_secs(300);

/// A call whose answer nobody waits for.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) function: FunctionReference,
    pub(super) payload: Bytes,
    /// The queue that hears of a call that failed for good.
    pub(super) on_failure: Option<String>,
}

/// Why an attempt failed.
struct Failure {
    /// The function's error document, if it got as far as that.
    answer: Option<Value>,
    reason: String,
}

/// Makes a call, until it works or has failed for good.
pub(super) async fn run(call: Call, surroundings: Surroundings) {
    let mut pauses = PAUSES.into_iter();
    let mut attempts = 0;
    let failure = loop {
        attempts += 1;
        let Err(failure) = attempt(&call, &surroundings).await else { return };
        let pause = pauses.next();
        surroundings.jobs.call_failed(&call.function.name, attempts, &failure.reason, pause);
        match pause {
            Some(pause) => sleep(pause).await,
            None => break failure,
        }
    };
    let Some(queue) = &call.on_failure else { return };
    let body = failure_record(&call, attempts, failure).to_string();
    let message = NewMessage { body, ..NewMessage::default() };
    if let Err(error) = surroundings.queues.send(queue, &[message]) {
        tracing::error!(queue, %error, "a failed call is lost");
    }
}

async fn attempt(call: &Call, surroundings: &Surroundings) -> Result<(), Failure> {
    let mut pause = FIRST_THROTTLED;
    loop {
        let answer = surroundings.functions.invoke(&call.function, call.payload.clone(), "").await;
        return match answer {
            Ok(answer) if !answer.function_error => Ok(()),
            Ok(answer) => {
                let document = serde_json::from_slice(&answer.payload).unwrap_or_else(|_| {
                    Value::String(String::from_utf8_lossy(&answer.payload).into_owned())
                });
                let reason = document["errorMessage"].as_str().unwrap_or("it failed").to_owned();
                Err(Failure { answer: Some(document), reason })
            }
            Err(InvokeError::Throttled) => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_THROTTLED);
                continue;
            }
            Err(error) => Err(Failure { answer: None, reason: error.to_string() }),
        };
    }
}

/// What `onFailure` gets.
fn failure_record(call: &Call, attempts: u32, failure: Failure) -> Value {
    let payload = serde_json::from_slice(&call.payload).unwrap_or(Value::Null);
    let mut record = json!({
        "version": "1.0",
        "timestamp": timestamp(SystemTime::now()),
        "requestContext": {
            "requestId": Uuid::new_v4().to_string(),
            "functionArn": format!("{}:$LATEST", call.function.arn),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": payload,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
    });
    record["responsePayload"] =
        failure.answer.unwrap_or_else(|| json!({ "errorMessage": failure.reason }));
    record
}
