//! The Lambda Runtime API of one worker, version 2018-06-01.
//!
//! Statuses, error types and texts are those of the Runtime Interface Emulator (`rapi/`). Response
//! streaming is refused: an API Gateway integration without `STREAM` is answered from a buffer.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use super::job::Event;
use super::phase::{Delivery, Misplaced, Next, WorkerId};
use super::pool::Pool;
use super::{MAX_PAYLOAD, extension, fault};
use crate::invoke::Invocation;

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");

pub(super) type Reply = Response<Full<Bytes>>;

/// Serves one connection of a worker's process.
pub(super) async fn serve(stream: TcpStream, pool: Arc<Pool>, worker: WorkerId) {
    // Answers are small and awaited: never wait for more to send with them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let pool = Arc::clone(&pool);
        async move { Ok::<_, Infallible>(route(&pool, worker, request).await) }
    });
    let mut server = http1::Builder::new();
    // A process that answers and exits at once has closed its side before the answer is read. A
    // poll that was given up costs nothing: the next one gets the same event.
    server.half_close(true);
    // A connection that breaks is the process's business; its end is noticed elsewhere.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

async fn route(pool: &Pool, worker: WorkerId, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let ["2018-06-01", endpoint @ ..] = segments.as_slice() else {
        return match segments.as_slice() {
            ["2020-01-01", "extension", endpoint @ ..] => {
                extension::answer(pool.spec(), endpoint, request).await
            }
            _ => not_found(),
        };
    };
    match (request.method(), endpoint) {
        (&Method::GET, ["runtime", "invocation", "next"]) => next(pool, worker).await,
        (&Method::POST, ["runtime", "invocation", id, "response"]) => {
            result(pool, worker, id, Kind::Response, request).await
        }
        (&Method::POST, ["runtime", "invocation", id, "error"]) => {
            result(pool, worker, id, Kind::Error, request).await
        }
        (&Method::POST, ["runtime", "init", "error"]) => init_error(pool, worker, request).await,
        (&Method::GET, ["ping"]) => text(StatusCode::OK, "pong"),
        (_, ["ping"] | ["runtime", "invocation", "next"]) => method_not_allowed("GET"),
        (_, ["runtime", "invocation", _, "response" | "error"] | ["runtime", "init", "error"]) => {
            method_not_allowed("POST")
        }
        _ => not_found(),
    }
}

async fn next(pool: &Pool, worker: WorkerId) -> Reply {
    match pool.next(worker) {
        Next::Deliver(delivery) => event(&delivery),
        Next::Wait(delivery) => match delivery.await {
            Ok(delivery) => event(&delivery),
            // The worker is being stopped, or has polled again on another connection.
            Err(_) => std::future::pending().await,
        },
        // A runtime that is being stopped sees its connection close, not an answer: it would
        // report that as a failure of its own.
        Next::Never => std::future::pending().await,
    }
}

fn event(Delivery { event, deadline_millis }: &Delivery) -> Reply {
    let mut reply = Response::new(Full::new(event.payload.clone()));
    let headers = reply.headers_mut();
    headers.reserve(6);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, text) in [
        (REQUEST_ID, &event.request_id),
        (INVOCATION_ID, &event.invocation_id),
        (DEADLINE, &deadline_millis.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
    headers.insert(FUNCTION_ARN, event.arn.clone());
    if let Some(trace_id) = &event.trace_id {
        headers.insert(TRACE_ID, trace_id.clone());
    }
    reply
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Response,
    Error,
}

/// `POST .../response` and `POST .../error`.
async fn result(
    pool: &Pool,
    worker: WorkerId,
    request_id: &str,
    kind: Kind,
    request: Request<Incoming>,
) -> Reply {
    let (head, body) = request.into_parts();
    let invocation_id = head.headers.get(INVOCATION_ID).map(HeaderValue::as_bytes);
    let event = match pool.running(worker, request_id, invocation_id) {
        Ok(event) => event,
        Err(misplaced) => {
            let _ = read(body).await;
            return refuse(misplaced, kind);
        }
    };
    let received = read(body).await;
    let (invocation, reply) = judge(&event, kind, &head.headers, received);
    match pool.complete(worker, request_id, invocation) {
        Ok(()) => reply,
        Err(misplaced) => refuse(misplaced, kind),
    }
}

/// What the caller and what the worker gets.
fn judge(
    event: &Event,
    kind: Kind,
    headers: &HeaderMap,
    received: Received,
) -> (Invocation, Reply) {
    if let (Kind::Response, Some(mode)) = (kind, headers.get(RESPONSE_MODE)) {
        let mode = String::from_utf8_lossy(mode.as_bytes());
        let reply = problem(
            StatusCode::BAD_REQUEST,
            "InvalidFunctionResponseMode",
            &format!("Response mode '{mode}' is not supported: only buffered responses are"),
        );
        return (fault::response_mode(event, &mode), reply);
    }
    match received {
        Received::Whole(payload) if kind == Kind::Response => {
            (Invocation { payload, function_error: false }, accepted())
        }
        Received::Whole(document) => {
            let error_type = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
            (fault::reported(document, error_type), accepted())
        }
        Received::TooLarge(size) => (fault::response_too_large(size), too_large()),
        Received::Broken => (fault::truncated(event), truncated()),
    }
}

async fn init_error(pool: &Pool, worker: WorkerId, request: Request<Incoming>) -> Reply {
    let error_type = request.headers().get(ERROR_TYPE).cloned();
    let document = match read(request.into_body()).await {
        Received::Whole(document) => document,
        Received::TooLarge(_) => return too_large(),
        Received::Broken => return truncated(),
    };
    let error_type = error_type.as_ref().and_then(|value| value.to_str().ok());
    let document = fault::reported(document, error_type).payload;
    match pool.report_init_error(worker, document) {
        Ok(()) => accepted(),
        Err(misplaced) => refuse(misplaced, Kind::Error),
    }
}

pub(super) enum Received {
    Whole(Bytes),
    TooLarge(u64),
    Broken,
}

/// Reads a body to its end. What is too large is counted, not kept: a client that is cut off
/// while it sends would not see why.
pub(super) async fn read(mut body: Incoming) -> Received {
    let mut kept: Vec<Bytes> = Vec::new();
    let mut size = 0_u64;
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let Ok(frame) = frame else { return Received::Broken };
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if size > MAX_PAYLOAD as u64 {
            kept.clear();
        } else {
            kept.push(data);
        }
    }
    match kept.as_slice() {
        _ if size > MAX_PAYLOAD as u64 => Received::TooLarge(size),
        // One frame is the usual case; no copy then.
        [only] => Received::Whole(only.clone()),
        _ => Received::Whole(Bytes::from(kept.concat())),
    }
}

fn accepted() -> Reply {
    json_reply(StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"OK"}"#))
}

fn refuse(misplaced: Misplaced, kind: Kind) -> Reply {
    match misplaced {
        Misplaced::RequestId => {
            problem(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
        }
        Misplaced::InvocationId => {
            problem(StatusCode::BAD_REQUEST, "InvalidInvocationId", "Invalid invocation ID")
        }
        Misplaced::State(state) => {
            let target = match kind {
                Kind::Response => "InvocationResponse",
                Kind::Error => "InvocationErrorResponse",
            };
            let message = format!(
                "State transition from {state} to {target} failed for runtime. \
                 Error: State transition is not allowed"
            );
            problem(StatusCode::FORBIDDEN, "InvalidStateTransition", &message)
        }
    }
}

fn too_large() -> Reply {
    let message = format!("Exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes).");
    problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

fn truncated() -> Reply {
    let message = "HTTP request detected as truncated";
    problem(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", message)
}

pub(super) fn problem(status: StatusCode, error_type: &str, message: &str) -> Reply {
    let document = json!({ "errorMessage": message, "errorType": error_type });
    json_reply(status, Bytes::from(document.to_string()))
}

pub(super) fn json_reply(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

fn text(status: StatusCode, body: &'static str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    reply
}

pub(super) fn not_found() -> Reply {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Reply {
    let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, "");
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}
