//! One connection: bytes to requests, answers to bytes, within limits.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::Gateways;
use super::heads::Heads;
use super::sent::Sent;
use super::wire::Wire;
use crate::access_log::Entry;
use crate::answer::Answer;
use crate::headers::{Headers, text};
use crate::location;
use crate::request::{Ids, Request};

/// API Gateway's payload limit.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// How much of a body over the limit is read and thrown away, so that the client gets to see the
/// answer: closing a socket with unread bytes resets it.
const MAX_DISCARDED_BYTES: usize = 4 * MAX_BODY_BYTES;
/// API Gateway's limit for regional APIs (private and edge ones: 8192).
const MAX_URL_BYTES: usize = 10_240;
/// API Gateway's limit for all headers together.
const MAX_HEADER_BYTES: usize = 20_480;
/// More fields than fit into the byte limit in practice; hyper answers 431 beyond.
const MAX_HEADERS: usize = 256;
/// Longest pause between two pieces of a body.
const BODY_PAUSE: Duration = Duration::from_secs(20);
/// How long a GET or HEAD is given to begin a body of unknown length. Recorded on AWS: one that
/// says `Transfer-Encoding: chunked` and sends no chunk is answered as if it had no body.
const MISSING_BODY_PAUSE: Duration = Duration::from_secs(2);
/// Longest time a whole body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// A client's connection.
pub(super) struct Connection {
    gateways: Gateways,
    source_ip: IpAddr,
}

impl Connection {
    /// The connection of an accepted stream from `peer`.
    pub(super) const fn new(peer: SocketAddr, gateways: Gateways) -> Self {
        Self { gateways, source_ip: peer.ip() }
    }

    /// Serves the stream until one side closes it. Once `stopped` the request in flight is the
    /// last one.
    pub(super) async fn serve(self, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
        // Answers are written whole, so waiting for more bytes would only delay them.
        let _ = stream.set_nodelay(true);
        let heads = Heads::default();
        let io = TokioIo::new(Wire::new(stream, heads.clone()));
        let service = service_fn(|request| {
            let (this, heads) = (&self, heads.clone());
            async move { this.respond(request, &heads).await }
        });
        let serving = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .half_close(true)
            .serve_connection(io, service);
        tokio::pin!(serving);
        let stop = async {
            // An error means that the server is gone: stop as well.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let result = tokio::select! {
            result = serving.as_mut() => result,
            () = stop => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, peer = %self.source_ip, "a connection ended early");
        }
    }

    async fn respond(
        &self,
        request: http::Request<Incoming>,
        heads: &Heads,
    ) -> Result<Response<Sent<Full<Bytes>>>, hyper::Error> {
        let (answer, entry) = self.answer(request, heads).await?;
        heads.answered(answer.headers.iter().map(|(name, _)| name.to_owned()));
        Ok(to_response(answer).map(|body| Sent::new(body, entry)))
    }

    async fn answer(
        &self,
        request: http::Request<Incoming>,
        heads: &Heads,
    ) -> Result<(Answer, Option<Entry>), hyper::Error> {
        let received = Timestamp::now();
        let (parts, body) = request.into_parts();
        let headers = heads.take().filter(|heads| agree(heads, &parts.headers));
        let headers = headers.unwrap_or_else(|| Headers::from(&parts.headers));
        if let Some(refusal) = check_sizes(&parts.uri, &headers) {
            return Ok((refusal, None));
        }
        let body = match read(&parts, body).await? {
            Ok(body) => body,
            Err(refusal) => return Ok((refusal, None)),
        };
        let ids = Ids::new(&headers);
        let mut request = Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            protocol: if parts.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
            headers,
            body: body.bytes,
            source_ip: self.source_ip,
            received,
            ids,
            stated_location: None,
        };
        if let Err(mut refusal) = location::take(&mut request) {
            refusal.close |= !body.is_complete;
            return Ok((refusal, None));
        }
        let gateway = self.gateways.borrow().clone();
        let (mut answer, entry) = gateway.respond(&request).await;
        answer.close |= !body.is_complete;
        tracing::info!(
            method = request.method,
            path = request.path,
            status = answer.status,
            request_id = request.ids.request_id,
            "answered"
        );
        Ok((answer, entry))
    }
}

/// A body as far as it was read.
struct Arrived {
    bytes: Bytes,
    /// Nothing of it can follow; the connection is good for another request.
    is_complete: bool,
}

/// Reads a body. The inner error is what to answer if it is too large or too slow.
async fn read(
    parts: &http::request::Parts,
    mut body: Incoming,
) -> Result<Result<Arrived, Answer>, hyper::Error> {
    let announced = body.size_hint().lower();
    if parts.headers.contains_key(header::EXPECT) && announced > MAX_BODY_BYTES as u64 {
        // The client waits for leave to send; nothing has to be thrown away.
        return Ok(Err(too_large()));
    }
    let may_stay_away = matches!(parts.method, Method::GET | Method::HEAD)
        && parts.headers.contains_key(header::TRANSFER_ENCODING);
    let mut whole = BytesMut::new();
    let mut length = 0;
    let deadline = Instant::now() + BODY_TIMEOUT;
    loop {
        let is_missing = may_stay_away && length == 0;
        let pause = if is_missing { MISSING_BODY_PAUSE } else { BODY_PAUSE };
        let frame = match timeout_at(deadline.min(Instant::now() + pause), body.frame()).await {
            Ok(Some(frame)) => frame?,
            Ok(None) => break,
            Err(_) if is_missing => {
                return Ok(Ok(Arrived { bytes: Bytes::new(), is_complete: false }));
            }
            Err(_) => return Ok(Err(plain(408, "Request body arrived too slowly."))),
        };
        // Trailers are dropped, as on AWS.
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MAX_BODY_BYTES {
            whole.extend_from_slice(&data);
        } else if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if length > MAX_BODY_BYTES {
        return Ok(Err(too_large()));
    }
    Ok(Ok(Arrived { bytes: whole.freeze(), is_complete: true }))
}

/// As captured from AWS: plain text with a full stop, none of the usual headers.
fn too_large() -> Answer {
    plain(413, "HTTP content length exceeded 10485760 bytes.")
}

fn plain(status: u16, text: &'static str) -> Answer {
    let mut answer = Answer::new(status, text).closing();
    answer.headers.push("Content-Type", "text; charset=utf-8");
    answer
}

/// AWS documents the limits but not the answers.
fn check_sizes(uri: &http::Uri, headers: &Headers) -> Option<Answer> {
    let url = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let fields: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if url > MAX_URL_BYTES {
        Some(plain(414, "Request URI too long"))
    } else if fields > MAX_HEADER_BYTES {
        Some(plain(431, "Request header fields too large"))
    } else {
        None
    }
}

/// Whether the recorded head is that of the request hyper read: one behind a chunked body
/// overtakes the recording.
fn agree(recorded: &Headers, parsed: &http::HeaderMap) -> bool {
    recorded.iter().count() == parsed.len()
        && parsed.keys().all(|name| {
            let values = parsed.get_all(name).iter().map(|value| text(value.as_bytes()));
            recorded.get_all(name.as_str()).eq(values)
        })
}

fn to_response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    // A document may ask for any number; only these are final answers.
    let status = Some(answer.status).filter(|status| (200..=599).contains(status));
    *response.status_mut() = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers.iter() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        // Every stage checks what it sends; what slips through is left out rather than sent broken.
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    if answer.close {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
