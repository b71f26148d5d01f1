//! One request from event to answer.

use std::time::{Duration, Instant};

use tracing::Instrument as _;

use super::claims::Claims;
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
    observe(operation, context, respond(event, context, handler)).await
}

/// Serves an operation that a user pool guards: as [`serve`] does, with the caller's claims.
/// Generated dispatch calls it.
///
/// An event without claims is answered 500 and logged, before anything else is looked at: API
/// Gateway calls a method without its authorizer for everybody.
pub async fn serve_with_claims<Q: FromEvent, R: IntoProxyResponse>(
    operation: Operation,
    event: &ProxyRequest,
    context: &Context,
    handler: impl AsyncFnOnce(Q, &Claims) -> Result<R, Failure>,
) -> ProxyResponse {
    let response = async {
        match Claims::read(&event.context.authorizer) {
            Ok(claims) => {
                respond(event, context, async |request| handler(request, &claims).await).await
            }
            Err(error) => {
                tracing::error!(%error, "nobody has verified who calls, so nothing is served");
                unexplained(context)
            }
        }
    };
    observe(operation, context, response).await
}

async fn respond<Q: FromEvent, R: IntoProxyResponse>(
    event: &ProxyRequest,
    context: &Context,
    handler: impl AsyncFnOnce(Q) -> Result<R, Failure>,
) -> ProxyResponse {
    match Q::from_event(event) {
        Ok(request) => fitting(answer(handler(request).await, &context.request_id), context),
        Err(refusal) => Problem::from(refusal).answer(&context.request_id),
    }
}

/// The response, with a span around its making and a record of what became of it.
async fn observe(
    operation: Operation,
    context: &Context,
    response: impl Future<Output = ProxyResponse>,
) -> ProxyResponse {
    let started = Instant::now();
    let span = tracing::info_span!(
        "request",
        function = operation.function,
        operation = operation.id,
        requestId = context.request_id,
        invocationId = context.invocation_id,
    );
    let response = response.instrument(span).await;
    record(operation, context, response.status, started.elapsed());
    response
}

/// Most bytes a function may answer a synchronous invocation with; Lambda drops longer answers,
/// and the client would get a 502 that nobody can explain.
pub(crate) const LARGEST_ANSWER: usize = 6_291_556;

/// The answer, or a problem if Lambda would not take it.
fn fitting(response: ProxyResponse, context: &Context) -> ProxyResponse {
    // JSON in JSON: every quote of the body becomes two bytes, no character more than six.
    let length = response.body.as_ref().map_or(0, String::len);
    if length < LARGEST_ANSWER / 6 {
        return response;
    }
    match serde_json::to_vec(&response) {
        Ok(payload) if payload.len() > LARGEST_ANSWER => {
            tracing::error!(
                bytes = payload.len(),
                largest = LARGEST_ANSWER,
                "the answer is too long"
            );
            unexplained(context)
        }
        _ => response,
    }
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
    unexplained(context)
}

/// The answer where only the log may say what is wrong.
fn unexplained(context: &Context) -> ProxyResponse {
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::runtime::Refusal;

    const OPERATION: Operation = Operation { function: "notes", id: "getNote" };

    struct Request;

    impl FromEvent for Request {
        fn from_event(event: &ProxyRequest) -> Result<Self, Refusal> {
            match event.query("broken").next() {
                Some(detail) => Err(Refusal::Malformed(detail.to_owned())),
                None => Ok(Self),
            }
        }
    }

    struct Text(String);

    impl IntoProxyResponse for Text {
        fn into_proxy_response(self) -> ProxyResponse {
            ProxyResponse::text(200, "text/plain", self.0)
        }
    }

    async fn answered(
        query: serde_json::Value,
        result: Result<Text, Failure>,
    ) -> (u16, serde_json::Value) {
        let event: ProxyRequest = serde_json::from_value(json!({
            "httpMethod": "GET", "resource": "/", "queryStringParameters": query,
            "requestContext": {"requestId": "r-1"},
        }))
        .unwrap();
        let context = Context::new(&event, "i-1", SystemTime::UNIX_EPOCH);
        let response = serve(OPERATION, &event, &context, async |_: Request| result).await;
        let body = response.body.unwrap();
        (response.status, serde_json::from_str(&body).unwrap_or(json!(body.len())))
    }

    #[tokio::test]
    async fn without_claims_not_even_the_request_is_looked_at() {
        let event: ProxyRequest = serde_json::from_value(json!({
            "httpMethod": "GET", "resource": "/", "queryStringParameters": {"broken": "cut"},
            "requestContext": {"requestId": "r-1", "authorizer": {"claims": {}}},
        }))
        .unwrap();
        let context = Context::new(&event, "i-1", SystemTime::UNIX_EPOCH);
        let handler = async |_: Request, _: &Claims| -> Result<Text, Failure> { unreachable!() };
        let response = serve_with_claims(OPERATION, &event, &context, handler).await;
        let body = response.body.unwrap();
        assert_eq!(response.status, 500);
        assert!(body.contains("r-1") && !body.contains("authorizer"), "{body}");
    }

    #[tokio::test]
    async fn a_response_is_answered() {
        assert_eq!(answered(json!({}), Ok(Text("ok".to_owned()))).await, (200, json!(2)));
    }

    #[tokio::test]
    async fn a_refused_request_never_reaches_the_handler() {
        let (status, body) = answered(json!({"broken": "cut"}), Ok(Text(String::new()))).await;
        assert_eq!(
            (status, &body["detail"], &body["requestId"]),
            (400, &json!("cut"), &json!("r-1"))
        );
    }

    #[tokio::test]
    async fn a_failure_is_500_without_its_reason() {
        let (status, body) = answered(json!({}), Err(Failure::new("secret"))).await;
        assert_eq!((status, &body["requestId"]), (500, &json!("r-1")));
        assert!(!body.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn an_answer_longer_than_lambda_takes_is_500() {
        let (status, _) = answered(json!({}), Ok(Text("x".repeat(LARGEST_ANSWER)))).await;
        assert_eq!(status, 500);
        let quotes = "\"".repeat(LARGEST_ANSWER / 2);
        assert_eq!(answered(json!({}), Ok(Text(quotes))).await.0, 500);
        let (status, _) = answered(json!({}), Ok(Text("x".repeat(LARGEST_ANSWER - 200)))).await;
        assert_eq!(status, 200);
    }
}
