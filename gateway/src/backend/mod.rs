//! The HTTP client that reaches backends: HTTP endpoints, AWS services, key sets of user pools.
//!
//! ```text
//! send ─▶ letter_case (names) ─▶ hyper ─▶ wire (names, heads) ─▶ connector ─▶ TCP or TLS
//! ```
//!
//! It speaks as API Gateway does: always HTTP/1.1, connections are kept, no redirect is followed,
//! nothing is decompressed, and no header is added but the framing. Header names keep their letter
//! case both ways.

mod connector;
mod letter_case;
mod tls;
mod wire;

use std::error::Error as _;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::{Authority, Scheme};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::headers::Headers;
use connector::Connector;
use wire::ReceivedHead;

/// Longest answer of a backend, in bytes: API Gateway's payload limit.
const MAX_ANSWER_BYTES: usize = 10 * 1024 * 1024;
/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// What is sent to a backend.
#[derive(Clone, Debug)]
pub struct BackendRequest {
    /// Upper case by custom.
    pub method: String,
    /// Absolute, with the scheme `http` or `https`; path and query are sent as they stand.
    pub url: String,
    /// Sent in this order and letter case. `Host` is taken from the URL unless it is among them;
    /// `Content-Length` and `Transfer-Encoding` are the client's business and left out.
    pub headers: Headers,
    /// The whole body.
    pub body: Bytes,
    /// Accept any certificate, for example one that is self-signed.
    pub insecure_tls: bool,
    /// Until the last byte of the answer has come.
    pub timeout: Duration,
}

/// What a backend answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendResponse {
    /// 200 to 999.
    pub status: u16,
    /// In the order and letter case of the backend.
    pub headers: Headers,
    /// The whole body, as it was sent.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The URL is none, or not one of HTTP.
    #[error("`{0}` is no URL of an HTTP endpoint")]
    Url(String),
    /// Method or a header cannot be sent.
    #[error("{0} cannot be sent")]
    Request(String),
    /// The certificate of the backend is not trusted.
    #[error("the backend's certificate is not trusted: {0}")]
    Certificate(String),
    /// The host does not resolve, refuses the connection, speaks no TLS, or closed the connection
    /// without an answer.
    #[error("the backend cannot be reached: {0}")]
    Network(String),
    /// No answer, or not all of it, within the timeout.
    #[error("the backend did not answer in time")]
    Timeout,
    /// The answer's body is over 10 MB.
    #[error("the backend's answer is over 10 MB")]
    TooLarge,
    /// What came back is not HTTP.
    #[error("the backend's answer is not HTTP: {0}")]
    Answer(String),
}

type HttpClient = Client<Connector, Full<Bytes>>;

/// The client. It connects on first use and keeps connections.
#[derive(Default)]
pub struct Backend {
    verifying: OnceLock<HttpClient>,
    trusting: OnceLock<HttpClient>,
}

impl Backend {
    /// Sends a request and waits for all of the answer.
    ///
    /// # Errors
    /// If there is no answer. What the backend says is never an error, whatever its status.
    pub async fn send(&self, request: BackendRequest) -> Result<BackendResponse, BackendError> {
        let timeout = request.timeout;
        let client = if request.insecure_tls {
            self.trusting.get_or_init(|| client(tls::trusting()))
        } else {
            self.verifying.get_or_init(|| client(tls::verifying()))
        };
        let exchange = async {
            let response = client.request(hyper_request(request)?).await.map_err(not_answered)?;
            received(response).await
        };
        tokio::time::timeout(timeout, exchange).await.map_err(|_| BackendError::Timeout)?
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").finish_non_exhaustive()
    }
}

fn client(tls: rustls::ClientConfig) -> HttpClient {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build(Connector::new(tls))
}

fn hyper_request(request: BackendRequest) -> Result<Request<Full<Bytes>>, BackendError> {
    let uri = endpoint(&request.url)?;
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| BackendError::Request(format!("the method `{}`", request.method)))?;
    let mut sent = Request::new(Full::new(request.body));
    *sent.method_mut() = method;
    for (name, value) in request.headers.iter() {
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "content-length" | "transfer-encoding") {
            continue;
        }
        let invalid = || BackendError::Request(format!("the header `{name}`"));
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        let name = if lower == "host" {
            HOST
        } else {
            letter_case::encode(name).parse().map_err(|_| invalid())?
        };
        sent.headers_mut().append(name, value);
    }
    *sent.uri_mut() = uri;
    Ok(sent)
}

/// The port a URL names, or the one of its scheme.
///
/// # Errors
/// If it is no URL of an HTTP endpoint.
pub(crate) fn port(url: &str) -> Result<u16, BackendError> {
    let uri = endpoint(url)?;
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    Ok(uri.port_u16().unwrap_or(default))
}

/// The URL as hyper takes it; credentials in it are not sent.
fn endpoint(url: &str) -> Result<Uri, BackendError> {
    let invalid = || BackendError::Url(without_query(url).to_owned());
    let mut parts = url.parse::<Uri>().map_err(|_| invalid())?.into_parts();
    let scheme = parts.scheme.as_ref().ok_or_else(invalid)?;
    let authority = parts.authority.as_ref().ok_or_else(invalid)?;
    if (*scheme != Scheme::HTTP && *scheme != Scheme::HTTPS) || authority.host().is_empty() {
        return Err(invalid());
    }
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    let host = host.parse::<Authority>().map_err(|_| invalid())?;
    if host.port_u16().is_none() && host.as_str() != host.host() {
        return Err(invalid());
    }
    parts.authority = Some(host);
    Uri::from_parts(parts).map_err(|_| invalid())
}

/// A URL without what may hold secrets.
fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

async fn received(response: http::Response<Incoming>) -> Result<BackendResponse, BackendError> {
    let status = response.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(BackendError::Answer("it changes the protocol".to_owned()));
    }
    let recorded = response.extensions().get::<ReceivedHead>().and_then(ReceivedHead::take);
    let headers = recorded.unwrap_or_else(|| Headers::from(response.headers()));
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            BackendError::TooLarge
        } else {
            BackendError::Network(innermost(error.as_ref()))
        }
    })?;
    Ok(BackendResponse { status: status.as_u16(), headers, body: body.to_bytes() })
}

fn not_answered(error: hyper_util::client::legacy::Error) -> BackendError {
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(rustls::Error::InvalidCertificate(problem)) = source.downcast_ref() {
            return BackendError::Certificate(problem.to_string());
        }
        if source.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return BackendError::Answer(source.to_string());
        }
        cause = inner(source);
    }
    BackendError::Network(innermost(&error))
}

/// What an error was caused by. An I/O error hides the one it carries.
fn inner<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
        None => error.source(),
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = inner(last) {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_urls_of_http_are_endpoints() {
        for (url, expected) in [
            ("http://a.example/p?q=%20", Some("http://a.example/p?q=%20")),
            ("https://a.example:8443", Some("https://a.example:8443/")),
            ("http://u:secret@a.example/", Some("http://a.example/")),
            ("ftp://a.example/", None),
            ("/p", None),
            ("http://", None),
            ("http:///p", None),
            ("http://a b/", None),
            ("http://a.example:port/", None),
            ("", None),
        ] {
            let endpoint = endpoint(url).ok().map(|uri| uri.to_string());
            assert_eq!(endpoint.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_port_is_named_or_the_schemes() {
        assert_eq!(port("http://a.example/p").ok(), Some(80));
        assert_eq!(port("https://a.example/p").ok(), Some(443));
        assert_eq!(port("https://a.example:8443/p").ok(), Some(8443));
        assert!(port("https://a.example:x/p").is_err());
    }

    #[test]
    fn an_error_does_not_show_the_query() {
        let error = endpoint("ftp://a.example/p?token=secret").unwrap_err();
        assert_eq!(error.to_string(), "`ftp://a.example/p` is no URL of an HTTP endpoint");
    }
}
