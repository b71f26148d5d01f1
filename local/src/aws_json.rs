//! Embedded services that speak AWS's JSON protocols: one POST per operation, which the header
//! `X-Amz-Target` names (`AmazonSQS.SendMessage`). A service has a port on loopback, a thread and a
//! runtime of its own: its requests wait for the disk, and nobody else's must wait with them.
//!
//! Signatures are not verified: whoever reaches this machine's loopback interface is its user.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

/// Largest request. The largest of SQS hold 1 MiB of text, of which every character may be escaped.
const MAX_REQUEST: usize = 16 * 1024 * 1024;

/// Pause after a connection could not be accepted (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// What a service does.
pub(crate) trait Operations: Send + Sync + 'static {
    /// What stands before the operation in `X-Amz-Target`: `AmazonSQS`.
    const TARGET: &'static str;

    /// `application/x-amz-json-1.0` or `-1.1`.
    const MEDIA_TYPE: &'static str;

    /// Answers a request to an operation with the members of its output.
    fn call(
        &self,
        operation: &str,
        input: &[u8],
    ) -> impl Future<Output = Result<Value, Fault>> + Send;

    /// What the service publishes at a path, for anybody to get.
    fn document(&self, _: &str) -> impl Future<Output = Option<Result<Value, Fault>>> + Send {
        async { None }
    }

    /// Answers a request of the query protocol, if the service speaks that as well.
    fn form(&self, _: &FormRequest<'_>) -> Option<FormAnswer> {
        None
    }
}

/// A request whose parameters are a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormRequest<'a> {
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    /// `Accept` asks for JSON, not for XML.
    pub(crate) accepts_json: bool,
    /// What the request is known by.
    pub(crate) id: &'a str,
}

/// An answer to such a request.
#[derive(Clone, Debug)]
pub(crate) struct FormAnswer {
    status: StatusCode,
    media_type: &'static str,
    body: String,
}

impl FormAnswer {
    pub(crate) fn json(body: Value) -> Self {
        let (status, media_type) = (StatusCode::OK, "application/json");
        Self { status, media_type, body: body.to_string() }
    }

    pub(crate) fn xml(body: String) -> Self {
        Self { status: StatusCode::OK, media_type: "text/xml", body }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

/// An error as clients of the service know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// The shape's whole name: `com.amazonaws.sqs#QueueDoesNotExist`.
    pub(crate) shape: String,
    /// The code under which clients of the older query protocol know it, if that is another one.
    pub(crate) query_code: Option<&'static str>,
    /// For people.
    pub(crate) message: String,
}

impl Fault {
    /// A fault of the client's, 400.
    pub(crate) fn sender(shape: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            shape: shape.into(),
            query_code: None,
            message: message.into(),
        }
    }

    /// A fault of the service's, 500; its cause goes to the log.
    pub(crate) fn service(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = cause, "an embedded service failed");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let shape = "InternalServerError".to_owned();
        Self { status, shape, query_code: None, message: cause.to_string() }
    }

    /// An operation that is not offered here.
    pub(crate) fn unknown_operation(operation: &str, offered: &str) -> Self {
        let message = format!("{operation} is not offered on this machine; {offered} are");
        Self::sender("UnknownOperationException", message)
    }

    /// Whose fault it is, as the query protocol says it.
    pub(crate) fn whose(&self) -> &'static str {
        if self.status.is_client_error() { "Sender" } else { "Receiver" }
    }
}

/// The input of an operation.
pub(crate) fn input<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    // Some clients send nothing for an input without members.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| {
        Fault::sender("com.amazon.coral.service#SerializationException", error.to_string())
    })
}

/// A service that answers; dropping it stops it at once.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on this listener; `name` is the thread's.
    pub(crate) fn start<O: Operations>(
        name: &str,
        listener: std::net::TcpListener,
        operations: Arc<O>,
    ) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, mut stopped) = watch::channel(false);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, operations) => {}
                    // An error means that nobody can stop it any more: the same thing.
                    _ = stopped.wait_for(|stop| *stop) => {}
                }
            });
            // What polls for messages would poll on.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn endpoint(&self) -> String {
        endpoint(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// A free port of the loopback interface.
pub(crate) fn listen() -> std::io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The address as a URL.
pub(crate) fn endpoint(address: SocketAddr) -> String {
    format!("http://{address}")
}

async fn accept<O: Operations>(listener: TcpListener, operations: Arc<O>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        let operations = Arc::clone(&operations);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(|request| respond(&*operations, request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // A client that went away.
            let _ = connection.await;
        });
    }
}

async fn respond<O: Operations>(
    operations: &O,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let id = Uuid::new_v4().to_string();
    let (head, body) = request.into_parts();
    let mut response = match Limited::new(body, MAX_REQUEST).collect().await {
        Ok(body) => answer(operations, &head, &body.to_bytes(), &id).await,
        Err(_) => outcome::<O>(Err(too_large())),
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

async fn answer<O: Operations>(
    operations: &O,
    head: &Parts,
    body: &[u8],
    id: &str,
) -> Response<Full<Bytes>> {
    if head.method == Method::GET
        && let Some(document) = operations.document(head.uri.path()).await
    {
        return match document {
            Ok(document) => respond_with(StatusCode::OK, "application/json", document.to_string()),
            Err(fault) => outcome::<O>(Err(fault)),
        };
    }
    if !head.headers.contains_key(TARGET) {
        let accept = head.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        let request = FormRequest {
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            body,
            accepts_json: accept.is_some_and(|accept| accept.contains("json")),
            id,
        };
        if let Some(answer) = operations.form(&request) {
            return respond_with(answer.status, answer.media_type, answer.body);
        }
    }
    match operation::<O>(head) {
        Ok(operation) => outcome::<O>(operations.call(&operation, body).await),
        Err(fault) => outcome::<O>(Err(fault)),
    }
}

/// What the JSON protocol says.
fn outcome<O: Operations>(outcome: Result<Value, Fault>) -> Response<Full<Bytes>> {
    match outcome {
        Ok(output) => respond_with(StatusCode::OK, O::MEDIA_TYPE, output.to_string()),
        Err(fault) => {
            let body = json!({ "__type": fault.shape, "message": fault.message });
            let mut response = respond_with(fault.status, O::MEDIA_TYPE, body.to_string());
            if let Some(code) = query_error(&fault).and_then(|it| HeaderValue::try_from(it).ok()) {
                response.headers_mut().insert(QUERY_ERROR, code);
            }
            response
        }
    }
}

fn respond_with(
    status: StatusCode,
    media_type: &'static str,
    body: String,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// What of `X-Amz-Target` names the operation.
fn operation<O: Operations>(request: &Parts) -> Result<String, Fault> {
    let target = request.headers.get(TARGET).and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(O::TARGET)?.strip_prefix('.'));
    match operation {
        Some(operation) if request.method == Method::POST => Ok(operation.to_owned()),
        _ => {
            let message = format!(
                "this service takes POST requests with the header `X-Amz-Target: {}.OPERATION` and \
                 JSON as their body ({}), as current AWS SDKs send them",
                O::TARGET,
                O::MEDIA_TYPE
            );
            Err(Fault::sender("UnknownOperationException", message))
        }
    }
}

fn too_large() -> Fault {
    let message = format!("the request is larger than {MAX_REQUEST} bytes, or did not arrive");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    Fault { status, ..Fault::sender("RequestEntityTooLargeException", message) }
}

fn query_error(fault: &Fault) -> Option<String> {
    fault.query_code.map(|code| format!("{code};{}", fault.whose()))
}
