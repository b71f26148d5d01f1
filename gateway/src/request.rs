//! One request as it came over the wire, and the identifiers API Gateway gives it.

use std::net::{IpAddr, Ipv4Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::headers::Headers;
use crate::location::Stated;

/// A request whose body has arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// As in the request line, upper case by custom.
    pub method: String,
    /// The path as in the request line: percent-encoded, stage included.
    pub path: String,
    /// What follows the first `?`, undecoded.
    pub query: Option<String>,
    /// For example `HTTP/1.1`.
    pub protocol: &'static str,
    /// As the client wrote them.
    pub headers: Headers,
    /// The whole body.
    pub body: Bytes,
    /// Who sent it.
    pub source_ip: IpAddr,
    /// When its head had been read.
    pub received: Timestamp,
    /// Identifiers of this request.
    pub ids: Ids,
    /// Where it says it comes from.
    pub(crate) stated_location: Option<Stated>,
}

impl Request {
    /// A request with a method and a target, for example `GET` and `/dev/users?limit=1`, as if a
    /// client on this machine had sent it.
    pub fn new(method: &str, target: &str, headers: Headers, body: impl Into<Bytes>) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let ids = Ids::new(&headers);
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            protocol: "HTTP/1.1",
            headers,
            body: body.into(),
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            received: Timestamp::now(),
            ids,
            stated_location: None,
        }
    }

    /// The method API Gateway acts on: `X-HTTP-Method-Override` replaces the one in the request
    /// line (guide, "known issues").
    pub fn effective_method(&self) -> &str {
        match self.headers.get("x-http-method-override") {
            Some(method) if !method.is_empty() => method,
            _ => &self.method,
        }
    }
}

/// The identifiers of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// `x-amzn-RequestId`: a UUID, the client's own if it sent one.
    pub request_id: String,
    /// `x-amz-apigw-id`: 16 characters of base64 that end in `=`.
    pub extended_request_id: String,
    /// The `Root` part of `X-Amzn-Trace-Id`, with whatever else the client sent.
    pub trace: Trace,
}

impl Ids {
    /// Identifiers for a request with these headers.
    pub fn new(headers: &Headers) -> Self {
        let request_id = headers
            .get("x-amzn-requestid")
            .and_then(|id| Uuid::try_parse(id).ok())
            .unwrap_or_else(Uuid::new_v4)
            .hyphenated()
            .to_string();
        let extended_request_id = STANDARD.encode(&Uuid::new_v4().as_bytes()[..11]);
        Self { request_id, extended_request_id, trace: Trace::new(headers) }
    }
}

/// An X-Ray trace header: `Root=1-{8 hex digits}-{24 hex digits}`, perhaps with `Parent` and
/// `Sampled`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    passed_on: String,
    with_parent: String,
}

impl Trace {
    fn new(headers: &Headers) -> Self {
        let sent = headers.get("x-amzn-trace-id").unwrap_or_default();
        let part = |key: &str| {
            sent.split(';').find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('='))
        };
        let sampled = part("Sampled").filter(|flag| flag.len() == 1).unwrap_or("0");
        let parent = Uuid::new_v4().simple().to_string();
        let own = |root: &str| format!("Root={root};Parent={};Sampled={sampled}", &parent[..16]);
        match part("Root").filter(|root| is_root(root)) {
            Some(root) => Self { passed_on: sent.to_owned(), with_parent: own(root) },
            None => {
                let random = Uuid::new_v4().simple().to_string();
                let root = format!("1-{:08x}-{}", Timestamp::now().as_second(), &random[..24]);
                Self { passed_on: format!("Root={root}"), with_parent: own(&root) }
            }
        }
    }

    /// The trace's own id: `1-{8 hex digits}-{24 hex digits}`.
    pub(crate) fn root(&self) -> &str {
        let after = self.with_parent.strip_prefix("Root=").unwrap_or_default();
        after.split(';').next().unwrap_or_default()
    }

    /// The header value the function's event shows: what the client sent, else a new root.
    pub fn passed_on(&self) -> &str {
        &self.passed_on
    }

    /// The same trace with the gateway's own segment as parent, as the answer and the function's
    /// runtime see it.
    pub fn with_parent(&self) -> &str {
        &self.with_parent
    }
}

fn is_root(text: &str) -> bool {
    let hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let mut parts = text.splitn(3, '-');
    parts.next() == Some("1")
        && parts.next().is_some_and(|time| hex(time, 8))
        && parts.next().is_some_and(|random| hex(random, 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(name: &str, value: &str) -> Ids {
        Ids::new(&[(name, value)].into_iter().collect())
    }

    #[test]
    fn a_client_may_choose_the_request_id_if_it_is_a_uuid() {
        let chosen = "6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11";
        assert_eq!(ids("X-Amzn-RequestId", chosen).request_id, chosen);
        assert_ne!(ids("x-amzn-RequestId", "mine").request_id, "mine");
    }

    #[test]
    fn the_extended_id_has_16_characters_and_ends_in_an_equals_sign() {
        let id = ids("a", "b").extended_request_id;
        assert_eq!(id.len(), 16);
        assert!(id.ends_with('=') && !id.ends_with("=="));
    }

    #[test]
    fn a_sent_root_is_kept_and_gets_a_new_parent() {
        let sent = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1";
        let trace = ids("X-Amzn-Trace-Id", sent).trace;
        assert_eq!(trace.passed_on(), sent);
        let own = trace.with_parent();
        assert!(own.starts_with("Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent="));
        assert!(!own.contains("7fa8c0f79203be72"));
        assert!(own.ends_with(";Sampled=1"));
    }

    #[test]
    fn a_broken_trace_header_is_replaced() {
        for sent in ["", "Root=", "Root=1-x-y", "Root=1-3152b799-8954dae64eda91bc9a23a7eö"] {
            let trace = ids("X-Amzn-Trace-Id", sent).trace;
            assert!(trace.passed_on().starts_with("Root=1-"), "{sent}");
            assert_eq!(trace.passed_on().len(), "Root=1-".len() + 8 + 1 + 24, "{sent}");
        }
    }
}
