//! One request from event to answer, and the loop that polls Lambda for events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tracing::Instrument as _;

use super::context::Context;
use super::decode::FromEvent;
use super::encode::{IntoProxyResponse, ProxyResponse, answer};
use super::event::ProxyRequest;
use super::problem::{Failure, Problem};
use super::telemetry::Served;

/// An operation as the log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Key of the function that serves it.
    pub function: &'static str,
    /// operationId.
    pub id: &'static str,
}

/// Decodes the request, calls the handler, encodes its response. Generated dispatch calls it.
pub async fn serve<Q: FromEvent, R: IntoProxyResponse>(
    operation: Operation,
    event: &ProxyRequest,
    context: &Context,
    handler: impl AsyncFnOnce(Q) -> Result<R, Failure>,
) -> ProxyResponse {
    let started = Instant::now();
    let span = tracing::info_span!(
        "request",
        function = operation.function,
        operation = operation.id,
        requestId = context.request_id,
        invocationId = context.invocation_id,
    );
    let response = async {
        match Q::from_event(event) {
            Ok(request) => answer(handler(request).await, &context.request_id),
            Err(refusal) => Problem::from(refusal).answer(&context.request_id),
        }
    };
    let response = response.instrument(span).await;
    record(operation, context, response.status, started.elapsed());
    response
}

/// The answer to a method and resource that the function does not serve: the deployed API and the
/// function are not of the same document. Generated dispatch calls it.
pub fn unserved(function: &'static str, event: &ProxyRequest, context: &Context) -> ProxyResponse {
    tracing::error!(
        function,
        requestId = context.request_id,
        method = event.method,
        resource = event.resource,
        "the function serves no such operation: deploy API and function from one document"
    );
    record(Operation { function, id: "unserved" }, context, 500, Duration::ZERO);
    Problem::new(500, "The log of this requestId says why.").answer(&context.request_id)
}

fn record(operation: Operation, context: &Context, status: u16, duration: Duration) {
    Served {
        function: operation.function,
        operation: operation.id,
        request_id: &context.request_id,
        invocation_id: &context.invocation_id,
        status,
        duration,
    }
    .record();
}

/// Polls Lambda for events and answers them, one at a time, until the environment is shut down.
/// A panic of a handler ends its invocation only: the Lambda run time catches it.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run<S>(dispatch: S) -> Result<(), RuntimeApiLost>
where
    S: AsyncFn(ProxyRequest, Context) -> ProxyResponse,
{
    let dispatch = Arc::new(dispatch);
    let service = service_fn(move |event: LambdaEvent<ProxyRequest>| {
        let dispatch = Arc::clone(&dispatch);
        async move {
            let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(event.context.deadline);
            let context = Context::new(&event.payload, &event.context.request_id, deadline);
            Ok::<_, Infallible>(dispatch(event.payload, context).await)
        }
    });
    Runtime::new(service).run().await.map_err(RuntimeApiLost)
}

/// The Lambda Runtime API does not answer any more.
#[derive(Debug, thiserror::Error)]
#[error("the Lambda Runtime API is lost")]
pub struct RuntimeApiLost(#[source] lambda_runtime::Error);
