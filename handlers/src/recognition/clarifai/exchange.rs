//! One request and its answer, over HTTP/1.1 and, but for this machine, TLS.
//!
//! The client is the one that AWS's SDK uses underneath, so functions link one of them.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;

use super::ClarifaiError;

/// Longest answer, in bytes. Ten thousand concepts take one.
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);

/// Clarifai cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not the URL of a server.
    #[error("`{0}` is no URL of a server, such as https://api.clarifai.com")]
    Url(String),
    /// The key would be sent without encryption.
    #[error("`{0}` would have the key sent in the clear: it has to begin with https://")]
    Clear(String),
    /// Certificates of this machine.
    #[error("no certificate is trusted here, so Clarifai could not be")]
    Roots(#[source] io::Error),
}

/// Where requests go to, and the connections there.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
}

/// An answer, whatever it says.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// By `Retry-After`.
    pub(super) asked: Option<Duration>,
    pub(super) body: Bytes,
}

impl Connection {
    /// Requests to that path of the server. Nothing is connected yet.
    pub(super) fn new(url: &str, path: &str) -> Result<Self, StartError> {
        let uri = endpoint(url, path)?;
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(aws_lc_rs::default_provider())
            .map_err(StartError::Roots)?
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Ok(Self { client, uri })
    }

    /// Sends the body and waits for all of the answer, so long.
    pub(super) async fn post(
        &self,
        authorization: HeaderValue,
        body: Bytes,
        limit: Duration,
    ) -> Result<Reply, ClarifaiError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let exchange = async {
            let answer = self.client.request(request).await.map_err(unreachable)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            Ok(Reply {
                status: head.status.as_u16(),
                asked: retry_after(&head.headers, SystemTime::now()),
                body: body.map_err(unread)?.to_bytes(),
            })
        };
        tokio::time::timeout(limit, exchange).await.map_err(|_| ClarifaiError::Silent(limit))?
    }
}

fn unreachable(error: hyper_util::client::legacy::Error) -> ClarifaiError {
    if is_of_certificate(&error) {
        return ClarifaiError::Untrusted(Box::new(error));
    }
    ClarifaiError::Unreachable(Box::new(error))
}

/// Whether the certificate is the trouble. Errors of input and output hold TLS's, but have it as no
/// source.
fn is_of_certificate(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |error| within(*error)).any(|error| {
        let error = error.downcast_ref::<rustls::Error>();
        matches!(error, Some(rustls::Error::InvalidCertificate(_)))
    })
}

fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

fn unread(error: Box<dyn Error + Send + Sync>) -> ClarifaiError {
    if error.is::<LengthLimitError>() {
        return ClarifaiError::TooLong;
    }
    ClarifaiError::Unreachable(error)
}

/// A URL that a key may be sent to: by TLS, or not away from this machine.
fn endpoint(url: &str, path: &str) -> Result<Uri, StartError> {
    let invalid = || StartError::Url(url.to_owned());
    let server: Uri = url.trim_end_matches('/').parse().map_err(|_| invalid())?;
    let host = server.host().ok_or_else(invalid)?;
    match server.scheme_str() {
        Some("https") => {}
        Some("http") if is_here(host) => {}
        Some("http") => return Err(StartError::Clear(url.to_owned())),
        _ => return Err(invalid()),
    }
    if server.query().is_some() {
        return Err(invalid());
    }
    let base = server.to_string();
    format!("{}{path}", base.trim_end_matches('/')).parse().map_err(|_| invalid())
}

fn is_here(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}

/// Seconds or a date: <https://www.rfc-editor.org/rfc/rfc9110#name-retry-after>.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let then = httpdate::parse_http_date(value).ok()?;
            Some(then.duration_since(now).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sent_by_tls_or_nowhere() {
        let path = "/v2/models/m/outputs";
        for (url, uri) in [
            ("https://api.clarifai.com", "https://api.clarifai.com/v2/models/m/outputs"),
            (
                "https://proxy.example/clarifai/",
                "https://proxy.example/clarifai/v2/models/m/outputs",
            ),
            ("http://127.0.0.1:4711", "http://127.0.0.1:4711/v2/models/m/outputs"),
            ("http://localhost:1/", "http://localhost:1/v2/models/m/outputs"),
            ("http://[::1]:1", "http://[::1]:1/v2/models/m/outputs"),
        ] {
            assert_eq!(endpoint(url, path).unwrap().to_string(), uri);
        }
        for url in ["http://api.clarifai.com", "http://127.0.0.1.example:80"] {
            assert!(matches!(endpoint(url, path), Err(StartError::Clear(_))), "{url}");
        }
        for url in ["", "api.clarifai.com", "/v2", "ftp://host", "https://host?x=1", "https://"] {
            assert!(matches!(endpoint(url, path), Err(StartError::Url(_))), "{url}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, seconds) in [
            ("3", Some(3)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
