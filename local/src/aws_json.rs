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
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
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

    fn is_sender(&self) -> bool {
        self.status.is_client_error()
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
    let answer = match operation::<O>(&request) {
        Ok(operation) => match Limited::new(request.into_body(), MAX_REQUEST).collect().await {
            Ok(body) => operations.call(&operation, &body.to_bytes()).await,
            Err(_) => Err(too_large()),
        },
        Err(fault) => Err(fault),
    };
    let (status, body, query_error) = match answer {
        Ok(output) => (StatusCode::OK, output, None),
        Err(fault) => {
            let body = json!({ "__type": fault.shape, "message": fault.message });
            (fault.status, body, query_error(&fault))
        }
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(O::MEDIA_TYPE));
    if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(code) = query_error.and_then(|code| HeaderValue::try_from(code).ok()) {
        headers.insert(QUERY_ERROR, code);
    }
    Ok(response)
}

/// What of `X-Amz-Target` names the operation.
fn operation<O: Operations>(request: &Request<Incoming>) -> Result<String, Fault> {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(O::TARGET)?.strip_prefix('.'));
    match operation {
        Some(operation) if request.method() == Method::POST => Ok(operation.to_owned()),
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
    let whose = if fault.is_sender() { "Sender" } else { "Receiver" };
    fault.query_code.map(|code| format!("{code};{whose}"))
}
