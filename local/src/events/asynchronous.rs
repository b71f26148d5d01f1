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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use gateway::invoke::{BoxFuture, Invocation, Invoke};
    use tokio::time::Instant;

    use super::super::reference;
    use super::*;
    use crate::console::{Captured, Console};
    use crate::jobs::Jobs;
    use crate::sqs::{QueueSpec, ReceiveOptions, Sqs};

    /// Fails so often before it works.
    struct Sad {
        left: AtomicU32,
    }

    impl Invoke for Sad {
        fn invoke<'a>(
            &'a self,
            _: &'a FunctionReference,
            _: Bytes,
            _: &'a str,
        ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
            let left = self.left.load(Ordering::Relaxed);
            self.left.store(left.saturating_sub(1), Ordering::Relaxed);
            let document = r#"{"errorType":"Sad","errorMessage":"it is sad"}"#;
            let answer = Invocation {
                payload: Bytes::from_static(document.as_bytes()),
                function_error: left > 0,
            };
            Box::pin(async move { Ok(answer) })
        }
    }

    /// Runs a call of a function that fails so often; answers how long it took, in seconds, what was
    /// said, and what the queue of failures got.
    async fn run_failing(times: u32) -> (u64, Captured, Option<Value>) {
        let sqs = Sqs::start(None, Box::new(|_| {})).unwrap();
        sqs.ensure(&[QueueSpec {
            key: "failures".to_owned(),
            name: "local-failures".to_owned(),
            visibility_timeout_seconds: 30,
            retention_seconds: 60,
            delay_seconds: 0,
            max_receives: Some(1),
        }]);
        let (console, said) = Console::captured();
        let surroundings = Surroundings {
            queues: Arc::clone(sqs.queues()),
            functions: Arc::new(Sad { left: AtomicU32::new(times) }),
            jobs: Jobs::new(console),
        };
        let call = Call {
            function: reference("worker", "local-worker"),
            payload: Bytes::from_static(b"{\"Records\":[]}"),
            on_failure: Some("local-failures".to_owned()),
        };
        let begun = Instant::now();
        run(call, surroundings).await;
        let options = ReceiveOptions { limit: 1, ..ReceiveOptions::default() };
        let failures = sqs.queues().receive("local-failures", options).await.unwrap();
        let failure = failures.first().map(|message| serde_json::from_str(&message.body).unwrap());
        (begun.elapsed().as_secs(), said, failure)
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_fails_twice_works_in_the_end() {
        let (seconds, said, failure) = run_failing(2).await;
        assert_eq!((seconds, failure), (180, None));
        assert!(said.text().contains("worker | failed, attempt 1 (again in 60 s): it is sad"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_failed_for_good_goes_to_the_queue_of_failures() {
        let (seconds, said, failure) = run_failing(3).await;
        assert_eq!(seconds, 180);
        assert!(said.text().contains("attempt 3 (it is not called again)"), "{}", said.text());
        let failure = failure.unwrap();
        assert_eq!(failure["requestContext"]["condition"], "RetriesExhausted");
        assert_eq!(failure["requestContext"]["approximateInvokeCount"], 3);
        assert_eq!(failure["requestPayload"], json!({ "Records": [] }));
        assert_eq!(failure["responsePayload"]["errorType"], "Sad");
    }
}
