//! Requests of the console itself, to the gateway and to the embedded services: plain HTTP to an address
//! that this process listens on.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longer than the gateway lets any integration take.
const PATIENCE: Duration = Duration::from_secs(120);

/// More than the gateway or a service answers at once.
const MAX_BODY: usize = 64 << 20;

/// What was answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why nothing was answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoopbackError {
    #[error("{0} does not answer: {1}")]
    Connect(String, #[source] std::io::Error),
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    #[error("the answer is larger than {MAX_BODY} bytes, or broke off: {0}")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("there was no answer within {} s", PATIENCE.as_secs())]
    Timeout,
}

/// Sends a request, whose URI is a path, to `HOST:PORT`.
pub(super) async fn send(
    authority: &str,
    request: Request<Full<Bytes>>,
) -> Result<Answered, LoopbackError> {
    let exchange = tokio::time::timeout(PATIENCE, exchange(authority, request));
    exchange.await.unwrap_or(Err(LoopbackError::Timeout))
}

async fn exchange(
    authority: &str,
    mut request: Request<Full<Bytes>>,
) -> Result<Answered, LoopbackError> {
    let stream = TcpStream::connect(authority).await;
    let stream = stream.map_err(|error| LoopbackError::Connect(authority.to_owned(), error))?;
    // Small requests go out at once.
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer; what goes wrong, the sender says.
    tokio::spawn(connection);
    if let Ok(host) = HeaderValue::try_from(authority) {
        request.headers_mut().insert(HOST, host);
    }
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(LoopbackError::Body)?;
    Ok(Answered { status: head.status, headers: head.headers, body: body.to_bytes() })
}
