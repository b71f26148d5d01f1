//! Messages of an SQS queue: a batch in, the messages that failed out.
//!
//! ```text
//! batch ──▶ message ──read──▶ consumer ──▶ done: the queue forgets it
//!                     │           └──────▶ failed: the queue delivers it again, and after its
//!                     └──────────────────▶         last try keeps it as a dead letter
//! ```

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant, SystemTime};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use super::problem::Failure;
use super::telemetry::Consumed;

/// What a function does with the messages of its queue.
pub trait Consumer {
    /// Key of the function, as the log names it.
    const FUNCTION: &'static str;

    /// How many messages of a batch are consumed at a time.
    const AT_ONCE: usize = 1;

    /// What a message says, in JSON.
    type Message: DeserializeOwned;

    /// Does what the message asks for. A message may come more than once, also after it was done.
    fn consume(
        &self,
        message: Self::Message,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), Failure>>;

    /// Called after a message failed, one that cannot be read included: without it the queue
    /// delivers it again when its visibility timeout is over.
    fn failed(&self, delivery: &Delivery) -> impl Future<Output = ()> {
        let _ = delivery;
        std::future::ready(())
    }
}

/// The circumstances of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's id, which stays the same however often it is delivered.
    pub message_id: String,
    /// Names this delivery to the queue.
    pub receipt_handle: String,
    /// The queue's name.
    pub queue: String,
    /// How often it has been delivered, this time included.
    pub receive_count: u32,
    /// Lambda's id of the invocation.
    pub invocation_id: String,
    /// When Lambda ends the invocation.
    pub deadline: SystemTime,
}

impl Delivery {
    /// How long the invocation may still take.
    pub fn remaining(&self) -> Duration {
        self.deadline.duration_since(SystemTime::now()).unwrap_or_default()
    }

    /// How long the work itself may take, so that `margin` is left to say what became of it; of a
    /// short invocation three quarters.
    pub fn time_for_work(&self, margin: Duration) -> Duration {
        let remaining = self.remaining();
        remaining.saturating_sub(margin.min(remaining / 4))
    }
}

/// A message as Lambda passes it on.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    message_id: String,
    receipt_handle: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attributes {
    approximate_receive_count: Option<String>,
}

/// The messages of a batch that Lambda shall not delete.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchResult {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// Consumes the messages, [`Consumer::AT_ONCE`] at a time. Whatever becomes of one, the others get
/// their turn.
pub(super) async fn consume_batch<C: Consumer>(
    consumer: &C,
    records: Vec<Record>,
    invocation_id: &str,
    deadline: SystemTime,
) -> BatchResult {
    let messages = records.into_iter().map(|record| async move {
        let delivery = record.delivery(invocation_id, deadline);
        let done = consume_one(consumer, &record.body, &delivery).await;
        (!done).then_some(BatchItemFailure { item_identifier: delivery.message_id })
    });
    let failures: Vec<_> = stream::iter(messages).buffered(C::AT_ONCE).collect().await;
    BatchResult { batch_item_failures: failures.into_iter().flatten().collect() }
}

/// Whether the message is done with.
async fn consume_one<C: Consumer>(consumer: &C, body: &str, delivery: &Delivery) -> bool {
    let started = Instant::now();
    let span = tracing::info_span!(
        "message",
        function = C::FUNCTION,
        queue = delivery.queue,
        messageId = delivery.message_id,
        receiveCount = delivery.receive_count,
        invocationId = delivery.invocation_id,
    );
    let done = async {
        let done = is_done(consumer, body, delivery).await;
        if !done {
            consumer.failed(delivery).await;
        }
        done
    };
    let done = done.instrument(span).await;
    Consumed { function: C::FUNCTION, delivery, done, duration: started.elapsed() }.record();
    done
}

async fn is_done<C: Consumer>(consumer: &C, body: &str, delivery: &Delivery) -> bool {
    let message = match serde_json::from_str(body) {
        Ok(message) => message,
        Err(error) => {
            // Not the body itself: nobody knows what a stranger wrote into it.
            tracing::error!(
                error = error.to_string(),
                bytes = body.len(),
                "the message is none of this queue's: it goes to the dead letters"
            );
            return false;
        }
    };
    // A panic is this message's failure, not that of the whole batch.
    match AssertUnwindSafe(consumer.consume(message, delivery)).catch_unwind().await {
        Ok(Ok(())) => true,
        Ok(Err(failure)) => {
            tracing::error!(error = failure.chain(), "the message failed");
            false
        }
        Err(_) => {
            tracing::error!("the message failed: its consumer panicked");
            false
        }
    }
}

impl Record {
    fn delivery(&self, invocation_id: &str, deadline: SystemTime) -> Delivery {
        let count = self.attributes.approximate_receive_count.as_deref();
        let queue = self.event_source_arn.rsplit(':').next().unwrap_or_default();
        Delivery {
            message_id: self.message_id.clone(),
            receipt_handle: self.receipt_handle.clone(),
            queue: queue.to_owned(),
            receive_count: count.and_then(|count| count.parse().ok()).unwrap_or(1),
            invocation_id: invocation_id.to_owned(),
            deadline,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::{Value, json};

    use super::*;

    #[derive(Deserialize)]
    struct Job {
        name: String,
    }

    #[derive(Default)]
    struct Jobs {
        done: Mutex<Vec<(String, u32)>>,
        failed: Mutex<Vec<String>>,
    }

    impl Consumer for Jobs {
        const FUNCTION: &'static str = "jobs";
        type Message = Job;

        async fn consume(&self, job: Job, delivery: &Delivery) -> Result<(), Failure> {
            assert_ne!(job.name, "panic", "as asked");
            if job.name == "fail" {
                return Err(Failure::new("as asked"));
            }
            self.done.lock().unwrap().push((job.name, delivery.receive_count));
            Ok(())
        }

        async fn failed(&self, delivery: &Delivery) {
            self.failed.lock().unwrap().push(delivery.receipt_handle.clone());
        }
    }

    fn record(id: &str, body: &str, count: Option<&str>) -> Record {
        serde_json::from_value(json!({
            "messageId": id, "receiptHandle": format!("handle-{id}"), "body": body,
            "attributes": {"ApproximateReceiveCount": count, "SentTimestamp": "1545082649183"},
            "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs", "awsRegion": "us-east-2",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        }))
        .unwrap()
    }

    async fn consumed(jobs: &Jobs, records: Vec<Record>) -> Value {
        let result = consume_batch(jobs, records, "i-1", SystemTime::UNIX_EPOCH).await;
        serde_json::to_value(result).unwrap()
    }

    #[tokio::test]
    async fn only_messages_that_failed_come_again() {
        let jobs = Jobs::default();
        let records = ["a", "fail", "panic", "b"]
            .map(|name| record(name, &json!({ "name": name }).to_string(), Some("3")));
        let result = consumed(&jobs, records.into()).await;
        assert_eq!(
            result,
            json!({"batchItemFailures": [{"itemIdentifier": "fail"}, {"itemIdentifier": "panic"}]})
        );
        assert_eq!(*jobs.done.lock().unwrap(), [("a".to_owned(), 3), ("b".to_owned(), 3)]);
        assert_eq!(*jobs.failed.lock().unwrap(), ["handle-fail", "handle-panic"]);
    }

    /// Each message waits until as many as may be are under way.
    struct Together(tokio::sync::Barrier);

    impl Consumer for Together {
        const FUNCTION: &'static str = "together";
        const AT_ONCE: usize = 3;
        type Message = Job;

        async fn consume(&self, job: Job, _: &Delivery) -> Result<(), Failure> {
            self.0.wait().await;
            if job.name == "fail" { Err(Failure::new("as asked")) } else { Ok(()) }
        }
    }

    #[tokio::test]
    async fn as_many_are_consumed_at_a_time_as_the_consumer_takes() {
        let names = ["a", "fail", "b", "c", "d", "fail"];
        let records = names.iter().enumerate().map(|(index, name)| {
            record(&format!("m-{index}"), &json!({ "name": name }).to_string(), None)
        });
        let together = Together(tokio::sync::Barrier::new(3));
        let batch = consume_batch(&together, records.collect(), "i-1", SystemTime::UNIX_EPOCH);
        let result = serde_json::to_value(batch.await).unwrap();
        assert_eq!(
            result,
            json!({"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-5"}]})
        );
    }

    #[tokio::test]
    async fn messages_nobody_wrote_fail_and_the_others_do_not() {
        let jobs = Jobs::default();
        let bodies = ["", "hello", "{}", "[1]", r#"{"name":3}"#, r#"{"name":"a","more":1}"#];
        let records = bodies.map(|body| record(body, body, None));
        let result = consumed(&jobs, records.into()).await;
        assert_eq!(result["batchItemFailures"].as_array().unwrap().len(), 5);
        assert_eq!(*jobs.done.lock().unwrap(), [("a".to_owned(), 1)]);
        assert_eq!(jobs.failed.lock().unwrap().len(), 5);
    }

    #[tokio::test]
    async fn a_batch_without_failures_says_so() {
        assert_eq!(consumed(&Jobs::default(), Vec::new()).await, json!({"batchItemFailures": []}));
    }

    #[test]
    fn a_delivery_knows_its_queue() {
        let delivery = record("m-1", "", Some("2")).delivery("i-1", SystemTime::UNIX_EPOCH);
        assert_eq!((delivery.queue.as_str(), delivery.receive_count), ("my-queue", 2));
        assert_eq!(delivery.remaining(), Duration::ZERO);
    }
}
