//! The loop that polls Lambda for events, and what kinds of events there are.

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::Value;

use super::configuration::environment;
use super::context::Context;
use super::cors::Cors;
use super::encode::ProxyResponse;
use super::event::ProxyRequest;
use super::queue::{BatchResult, Consumer, Record, consume_batch};

/// Polls Lambda for requests of the API and answers them, one at a time, until the environment is
/// shut down. A panic of a handler ends its invocation only: the Lambda run time catches it.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run<S>(dispatch: S) -> Result<(), RuntimeApiLost>
where
    S: AsyncFn(ProxyRequest, Context) -> ProxyResponse,
{
    let cors = Cors::read(&environment);
    poll(async |request: ProxyRequest, invocation: Invocation| {
        let context = invocation.context(&request);
        Ok::<_, Infallible>(cors.allow(dispatch(request, context).await))
    })
    .await
}

/// Like [`run`], for a program that two functions share: one answers the API, the other consumes a
/// queue. An event says by its shape which of them it is for.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run_with_queue<S, C>(dispatch: S, consumer: C) -> Result<(), RuntimeApiLost>
where
    S: AsyncFn(ProxyRequest, Context) -> ProxyResponse,
    C: Consumer,
{
    let cors = Cors::read(&environment);
    poll(async |event: Value, invocation: Invocation| match Event::of(event)? {
        Event::Request(request) => {
            let context = invocation.context(&request);
            let response = cors.allow(dispatch(*request, context).await);
            Ok::<_, UnknownEvent>(Answer::Response(response))
        }
        Event::Messages(records) => {
            let Invocation { id, deadline } = &invocation;
            Ok(Answer::Batch(consume_batch(&consumer, records, id, *deadline).await))
        }
    })
    .await
}

/// Polls Lambda for events of a service that does what the answer says, as Cognito's triggers are. An
/// error is logged, and the service hears of it.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run_trigger<F>(
    answer: impl Fn(Value) -> Result<Value, F>,
) -> Result<(), RuntimeApiLost>
where
    F: std::error::Error,
{
    poll(async |event: Value, _: Invocation| {
        answer(event).map_err(|error| {
            let error_message = error.to_string();
            tracing::error!(error = error_message, "the trigger failed");
            Diagnostic { error_type: "TriggerFailed".to_owned(), error_message }
        })
    })
    .await
}

/// What Lambda says of an invocation.
struct Invocation {
    id: String,
    deadline: SystemTime,
}

impl Invocation {
    fn context(&self, request: &ProxyRequest) -> Context {
        Context::new(request, &self.id, self.deadline)
    }
}

async fn poll<E, A, F, S>(serve: S) -> Result<(), RuntimeApiLost>
where
    E: DeserializeOwned,
    A: Serialize,
    F: Into<Diagnostic> + Debug,
    S: AsyncFn(E, Invocation) -> Result<A, F>,
{
    let serve = Arc::new(serve);
    let service = service_fn(move |event: LambdaEvent<E>| {
        let serve = Arc::clone(&serve);
        async move {
            let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(event.context.deadline);
            serve(event.payload, Invocation { id: event.context.request_id, deadline }).await
        }
    });
    Runtime::new(service).run().await.map_err(RuntimeApiLost)
}

/// The Lambda Runtime API does not answer any more.
#[derive(Debug, thiserror::Error)]
#[error("the Lambda Runtime API is lost")]
pub struct RuntimeApiLost(#[source] lambda_runtime::Error);

/// Events by what sends them.
#[derive(Debug)]
enum Event {
    /// From API Gateway.
    Request(Box<ProxyRequest>),
    /// From an SQS queue.
    Messages(Vec<Record>),
}

/// What each is answered.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Response(ProxyResponse),
    Batch(BatchResult),
}

/// `eventSource` of messages from a queue.
const SQS: &str = "aws:sqs";

impl Event {
    fn of(mut event: Value) -> Result<Self, UnknownEvent> {
        let Some(records) = event.get_mut("Records").and_then(Value::as_array_mut) else {
            let request = ProxyRequest::deserialize(event).map_err(UnknownEvent::NotRequest)?;
            return Ok(Self::Request(Box::new(request)));
        };
        let foreign = records.iter().map(|record| &record["eventSource"]).find(|it| *it != SQS);
        if let Some(source) = foreign {
            return Err(UnknownEvent::Source(source.as_str().unwrap_or_default().to_owned()));
        }
        let records = records.drain(..).map(Record::deserialize);
        Ok(Self::Messages(records.collect::<Result<_, _>>().map_err(UnknownEvent::NotMessage)?))
    }
}

/// The event is of no kind that the function serves.
#[derive(Debug, thiserror::Error)]
enum UnknownEvent {
    #[error("the event has no Records, and is no request of the API either: {0}")]
    NotRequest(serde_json::Error),
    #[error("the event has Records from `{0}`, and this function knows those of {SQS} only")]
    Source(String),
    #[error("the event has Records of a queue that cannot be read: {0}")]
    NotMessage(serde_json::Error),
}

impl From<UnknownEvent> for Diagnostic {
    fn from(error: UnknownEvent) -> Self {
        let message = error.to_string();
        tracing::error!(error = message, "the event is of no kind this function serves");
        Self { error_type: "UnknownEvent".to_owned(), error_message: message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_apart_by_their_shape() {
        let request = json!({"httpMethod": "GET", "resource": "/", "path": "/"});
        assert!(matches!(Event::of(request), Ok(Event::Request(it)) if it.method == "GET"));
        let record = json!({
            "messageId": "m", "receiptHandle": "r", "body": "{}", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:q",
        });
        let messages = json!({"Records": [record, record]});
        assert!(matches!(Event::of(messages), Ok(Event::Messages(them)) if them.len() == 2));
        assert!(matches!(Event::of(json!({"Records": []})), Ok(Event::Messages(_))));
    }

    #[test]
    fn other_events_are_refused_and_named() {
        for (event, words) in [
            (json!({"Records": [{"eventSource": "aws:s3"}]}), "Records from `aws:s3`"),
            (json!({"Records": [{"eventSource": "aws:sqs"}]}), "missing field `messageId`"),
            (json!({"Records": [1]}), "Records from ``"),
            (json!({"source": "aws.events"}), "has no `httpMethod`"),
            (json!([]), "no Records"),
        ] {
            let message = Event::of(event).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
